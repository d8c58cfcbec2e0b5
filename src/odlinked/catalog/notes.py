"""What a page was made from: the questions it asked a release, each with a mark of the answer.

A page is the same in another release that answers all of them alike. So pages stay known over a publish that changes other
records, and none is kept over one that changes anything it shows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

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


def mark(answer: object) -> bytes:
    """Return what tells an answer from any other: a digest of all its parts, or the answer itself where it is short bytes.

    An answer that does not show its parts, such as an iterator, is like no other: a page that asks for it is made anew.
    """
    if isinstance(answer, bytes) and len(answer) <= _SHORT:
        return answer
    if hasattr(answer, "__next__") or type(answer).__repr__ is object.__repr__:
        return os.urandom(_SHORT + 1)
    return hashlib.blake2b(repr(answer).encode("utf-8", "surrogatepass"), digest_size=16).digest()
