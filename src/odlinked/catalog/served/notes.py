"""What a page was made from: the questions it asked a release, each with a mark of the answer.

A page is the same in another release that answers all of them alike. So pages stay known over a publish that changes other
records, and none is kept over one that changes anything it shows.
"""

from __future__ import annotations

import copy
import hashlib
import os
import threading
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Concatenate, Final, ParamSpec, Protocol, Self, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
NotedQuestion = str | Callable[..., object]
"""A name the release knows, or a function of a release."""

_SIZE: Final = 160
"""Bytes a noted question takes in memory, its arguments not counted."""

_SHORT: Final = 32


class Answering(Protocol):
    """A release, as it is asked again."""

    @property
    def head(self) -> object:
        """What a page may show without asking."""

    def again(self, question: NotedQuestion, arguments: tuple[Any, ...]) -> object:
        """Answer a question that was noted."""


class ReadingNotes:
    """The questions asked of a release, and what their answers were."""

    def __init__(self, head: object) -> None:
        """`head` is what the release says of itself without being asked."""
        self.head = head
        self.questions: dict[tuple[NotedQuestion, tuple[Any, ...]], bytes] = {}

    def add(self, question: NotedQuestion, arguments: tuple[Any, ...], answer: T) -> T:
        """Note a question, once, and return its answer."""
        if (question, arguments) not in self.questions:
            self.questions[question, arguments] = mark(answer)
        return answer

    def taking(self, name: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return a function that notes what it is asked under a name."""
        return lambda *arguments: self.add(name, arguments, function(*arguments))

    def hold(self, release: Answering) -> bool:
        """True when a release answers every question as it was answered."""
        return release.head == self.head and all(mark(release.again(question, arguments)) == noted
                                                 for (question, arguments), noted in self.questions.items())

    @property
    def size(self) -> int:
        """About how many bytes the notes take."""
        texts = sum(len(one) for _, arguments in self.questions for one in arguments if isinstance(one, str))
        return _SIZE * len(self.questions) + texts


class Noting:
    """Any object, with notes taken of what its attributes and methods answer, under a name before theirs."""

    def __init__(self, asked: object, name: str, notes: ReadingNotes) -> None:
        self._asked, self._name, self._notes = asked, name, notes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._asked, name)
        whole = f"{self._name}.{name}"
        return self._notes.taking(whole, found) if callable(found) else self._notes.add(whole, (), found)


class Asked:
    """What answers questions, and takes notes of them where a view of it is asked.

    It refers to itself nowhere: what holds files open is gone as soon as the last request is done with it.
    """

    def __init__(self) -> None:
        self.notes: ReadingNotes | None = None
        self._whole: Self | None = None
        self._answers: dict[Callable[..., object], object] = {}
        self._lock = threading.RLock()

    @property
    def head(self) -> object:
        """What a page may show without asking."""
        raise NotImplementedError

    def noting(self) -> Self:
        """Return a view that takes notes of what is asked."""
        view = copy.copy(self)
        view.notes, view._whole = ReadingNotes(self.head), self
        return view

    def noted(self, question: Callable[Concatenate[Self, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """Return `question(self, *arguments)`, noted as one question; `question` is a function of a module."""
        answer = question(self._whole or self, *arguments, **named)
        return answer if self.notes is None else self.notes.add(question, arguments, answer)

    def once(self, question: Callable[[Self], T]) -> T:
        """Return `question(self)`, worked out once, and note it."""
        with self._lock:
            if question not in self._answers:
                self._answers[question] = question(self._whole or self)
        answer = cast("T", self._answers[question])
        return answer if self.notes is None else self.notes.add("once", (question,), answer)

    def telling(self, name: str, answer: T) -> T:
        """Return what an attribute is, and note it."""
        return answer if self.notes is None else self.notes.add(name, (), answer)

    def again(self, question: NotedQuestion, arguments: tuple[Any, ...]) -> object:
        """Answer a question that was noted of another."""
        if not isinstance(question, str):
            return question(self, *arguments)
        found = attrgetter(question)(self)
        return found(*arguments) if callable(found) else found


def mark(answer: object) -> bytes:
    """Return what tells an answer from any other: a digest of all its parts, or the answer itself where it is short bytes.

    An answer that does not show its parts, such as an iterator, is like no other: a page that asks for it is made anew.
    """
    if isinstance(answer, bytes) and len(answer) <= _SHORT:
        return answer
    if hasattr(answer, "__next__") or type(answer).__repr__ is object.__repr__:
        return os.urandom(_SHORT + 1)
    return hashlib.blake2b(repr(answer).encode("utf-8", "surrogatepass"), digest_size=16).digest()
