"""What comes of a query: a result and how it is sent, a page for a person, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from flask import Response

from odlinked.cage.failures import QueryFailure
from odlinked.cage.process import Answer
from odlinked.web.sparql import results
from odlinked.web.sparql.results import ResultFormat

METHODS: Final = "GET, HEAD, POST, OPTIONS"
"""What the endpoint answers."""


class NotAcceptable(QueryFailure):
    """None of the formats that the client accepts can hold such an answer."""

    code: ClassVar[str] = "not-acceptable"
    status: ClassVar[int] = 406


class WrongMethod(QueryFailure):
    """The protocol has no such operation."""

    code: ClassVar[str] = "method"
    status: ClassVar[int] = 405


@dataclass(frozen=True)
class QueryPage:
    """What a page shows a person: the query ("" at first), then its answer or the fault.

    `media_type` and `body` are the answer: SPARQL Results JSON or Turtle; `too_large` when it is too long for a page, though it
    can be downloaded. `formats` are those it can be downloaded in. `explanation` is the failure in the reader's language.
    """

    query: str = ""
    form: str = ""
    media_type: str = ""
    body: bytes = b""
    too_large: bool = False
    failure: QueryFailure | None = None
    formats: tuple[ResultFormat, ...] = results.TABLES
    explanation: str = ""


Page = Callable[[QueryPage], Response]


@dataclass(frozen=True)
class QueryReply:
    """A result and how it is sent: its `body`, or a large one in its file, `spooled`."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    spooled: Answer | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a query that was answered before the application was asked to tell it: a reply, or why there is none."""

    query: str
    of: QueryReply | Exception

    def reply(self) -> QueryReply:
        """Return the reply, or raise the reason."""
        if isinstance(self.of, Exception):
            raise self.of
        return self.of


OUTCOME: Final = "odlinked.outcome"
"""Where the WSGI environment holds the `Outcome` of a query, if there is one already."""


def not_acceptable(formats: tuple[ResultFormat, ...], named: str) -> NotAcceptable:
    names = ", ".join(form.media_type for form in formats)
    what = f"there is no format {named[:60]!r} for such an answer" if named else "no format you accept can hold such an answer"
    return NotAcceptable(what, f"Ask for one of {names}")
