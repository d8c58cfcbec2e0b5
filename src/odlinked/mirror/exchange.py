"""One query sent to the mirror's engine over a connection of its own, within a time and a size, ended when the client goes away.

The standard library's `http.client`, because its socket can be shut from another thread, which frees a place at once, and because
every receive can be given what is left of the query's time.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import tempfile
import time
from dataclasses import dataclass
from typing import IO, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from odlinked.cage.failures import Busy, Gone, QueryFailure, Unanswerable
from odlinked.cage.process import Limits, timed_out, too_large
from odlinked.cage.turns import Caller
from odlinked.settings import MirrorSettings

CONNECT_SECONDS: Final = 5.0
_STEP: Final = 1 << 16


class MirrorDown(Busy):
    """The mirror does not answer, or not as an engine does."""

    code: ClassVar[str] = "mirror-down"

    def __init__(self, why: str) -> None:
        super().__init__(why, "Try again in a moment; pages, feeds and downloads are there", retry_after=30)


@dataclass(frozen=True)
class Exchanged:
    """An engine's answer, whole: a file at its start. The reader closes it."""

    file: IO[bytes]


def exchange(mirror: MirrorSettings, form: list[tuple[str, str]], wants: str, caller: Caller, limits: Limits,
             most: int) -> Exchanged:
    """Send a query (SPARQL 1.1 Protocol, 2.1.2) and return its answer of media type `wants`, at most `most` bytes.

    Raise `MirrorDown`, or the failure of the query: out of time, too large, not answered by this engine.
    """
    end = time.monotonic() + limits.seconds
    connection = _connection(mirror)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the reader closes it
    try:
        _within(connection, mirror, form, wants, caller, limits, most, end, file)
        file.seek(0)
        return Exchanged(file)
    except BaseException as problem:
        file.close()
        if caller.gone:
            raise Gone("the client has gone away") from problem
        if isinstance(problem, TimeoutError):
            raise timed_out(limits) from problem
        if isinstance(problem, (OSError, http.client.HTTPException)):
            raise MirrorDown(f"the mirror that answers queries broke off ({type(problem).__name__})") from problem
        raise
    finally:
        connection.close()


def _connection(mirror: MirrorSettings) -> http.client.HTTPConnection:
    """Connect; raise `MirrorDown` where that fails."""
    parts = urlsplit(mirror.query)
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=mirror.ca_file or None)
            made: http.client.HTTPConnection = http.client.HTTPSConnection(parts.netloc, timeout=CONNECT_SECONDS, context=context)
        else:
            made = http.client.HTTPConnection(parts.netloc, timeout=CONNECT_SECONDS)
        made.connect()
    except OSError as problem:
        raise MirrorDown(f"the mirror that answers queries cannot be reached ({problem.strerror or type(problem).__name__})"
                         ) from problem
    return made


def _within(connection: http.client.HTTPConnection, mirror: MirrorSettings, form: list[tuple[str, str]], wants: str,
            caller: Caller, limits: Limits, most: int, end: float, file: IO[bytes]) -> None:
    taken: socket.socket = connection.sock

    def left() -> float:
        seconds = end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def shut() -> None:
        with contextlib.suppress(OSError):
            taken.shutdown(socket.SHUT_RDWR)

    path = urlsplit(mirror.query).path or "/"
    with caller.abortable(shut):
        taken.settimeout(left())
        connection.request("POST", path, urlencode(form), {
            "Content-Type": "application/x-www-form-urlencoded", "Accept": wants, "Connection": "close"})
        taken.settimeout(left())
        answer = connection.getresponse()
        size = 0
        while part := answer.read1(_STEP):
            size += len(part)
            if size > most:
                raise too_large(limits)
            file.write(part)
            taken.settimeout(left())
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
    if (failure := _failure(answer, wants, file)) is not None:
        raise failure


def _failure(answer: http.client.HTTPResponse, wants: str, file: IO[bytes]) -> QueryFailure | None:
    """Return why an answer is none, None where it is one."""
    if answer.status in (400, 422, 500, 501):
        file.seek(0)
        said = " ".join(file.read(2_000).decode("utf-8", "replace").split())[:200]
        return Unanswerable(f"the mirror's engine does not answer this: {said or answer.status}")
    if answer.status != 200:
        return MirrorDown(f"the mirror that answers queries says {answer.status}")
    if answer.getheader("X-SQL-State"):  # Virtuoso: the rows it had when its time was over
        return MirrorDown("the mirror's engine gave a part of the answer")
    stated = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if stated != wants:
        return MirrorDown(f"the mirror that answers queries sends {stated or 'no media type'}")
    return None
