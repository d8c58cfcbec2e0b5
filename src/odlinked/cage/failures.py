"""Why a query was not answered: each reason has a class, so that callers can choose a status without reading text."""

from __future__ import annotations

from typing import ClassVar

from odlinked.errors import QueryError


class QueryFailure(QueryError):
    """A query was not answered. `code` is a stable word for programs, `status` the HTTP status that fits."""

    code: ClassVar[str] = "failed"
    status: ClassVar[int] = 500

    def __init__(self, why: str, next_step: str = "") -> None:
        super().__init__(why, doing="answering the query", next_step=next_step)


class Malformed(QueryFailure):
    """The text is not SPARQL, or a parameter violates the protocol."""

    code = "malformed"
    status = 400


class Syntax(Malformed):
    """The text is not SPARQL; `message` is the message of the engine's parser, unabridged."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(why)
        self.message = message


class TooComplex(QueryFailure):
    """The text is nested deeper, or chains more operators, than the engine can handle."""

    code = "too-complex"
    status = 400


class Refused(QueryFailure):
    """The request is understood and not allowed here: an update, or a call to another service."""

    code = "refused"
    status = 403


class TooLong(QueryFailure):
    """The query text is longer than the service reads."""

    code = "query-too-long"
    status = 413


class ResultTooLarge(QueryFailure):
    """The answer exceeds the limit; nothing of it is returned, because a truncated answer looks like a complete one."""

    code = "result-too-large"
    status = 422


class OutOfMemory(QueryFailure):
    """The query needed more memory than a query may have."""

    code = "memory-limit"
    status = 422


class Unanswerable(QueryFailure):
    """The query is valid, and the engine cannot answer it: a function it does not know."""

    code = "unanswerable"
    status = 422


class NotSearchable(QueryFailure):
    """A full-text search is asked for in a way, or of a size, that is not supported."""

    code = "full-text"
    status = 400


class NotWritable(QueryFailure):
    """The answer holds characters that the chosen format cannot hold."""

    code = "not-writable"
    status = 406


class Crashed(QueryFailure):
    """The engine broke while working on the query; it was in a process of its own, which has been replaced."""

    code = "engine-crashed"
    status = 500


class Busy(QueryFailure):
    """All slots for such a query are taken. `retry_after` is in seconds."""

    code = "busy"
    status = 503

    def __init__(self, why: str, next_step: str = "", *, retry_after: int = 5) -> None:
        super().__init__(why, next_step)
        self.retry_after = retry_after


class NoRoom(Busy):
    """The disk has no room for the answer, or for the process that would give it."""

    code = "disk-full"


class Gone(QueryFailure):
    """The client closed its connection before the answer was complete; nothing reads this."""

    code = "client-gone"
    status = 499


class TimedOut(QueryFailure):
    """The query ran longer than a query may."""

    code = "time-limit"
    status = 504


class NotSupported(QueryFailure):
    """This system cannot sandbox a query."""

    code = "not-supported"
    status = 501
