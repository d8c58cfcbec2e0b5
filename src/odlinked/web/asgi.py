"""The WSGI application as ASGI 3.0: no client, however slow, holds a thread that another's page needs.

A body is read before a thread is given to the request, under a cap of bytes and a deadline; an answer longer than a piece is
sent as fast as its reader takes it, and a thread makes the next piece only then. What the HTTP server itself refuses (a
malformed request line, an address over 65,534 bytes) never comes here.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from odlinked.cage.failures import Busy, Gone, Malformed, QueryFailure
from odlinked.cage.turns import Caller
from odlinked.web.http.replay import COUNTED, KEPT, Replays
from odlinked.web.sparql.protocol import CALLER, MAX_BODY, RECEIVED, SlowBody, too_long

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

PIECE: Final = 1 << 16
"""Bytes sent at a time; a shorter answer is sent whole."""

_ANY: Final = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
"""What a server that listens everywhere gives as its own address."""

PATIENCE: Final = 0.1
"""Seconds after which it is worth looking whether the client still waits."""

REPLAYED: Final = 32_000_000
"""Bytes of answers that are kept as they were sent."""

HELD: Final = 64_000_000
"""Bytes of bodies that are held together while they come in."""


class _LeftUnsent(Exception):
    """The client went away before its body was there."""


class _Withheld(io.RawIOBase):
    """A body that did not arrive; reading it raises the reason."""

    def __init__(self, why: QueryFailure) -> None:
        super().__init__()
        self._why = why

    def readable(self) -> bool:
        return True

    def readinto(self, _: Any, /) -> int:
        raise self._why


@dataclass
class _Answer:
    """An answer whose head and first bytes are known; `rest` are its other pieces, None where there are none."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None
    close: Callable[[], object]
    counted: Callable[[], object] | None = None

    @property
    def size(self) -> int:
        """About the memory it takes while it is kept, with the request it is kept for."""
        return len(self.body) + 3_000


class _Watch:
    """Watches whether the client of a request has gone away, and notifies its `Caller`."""

    def __init__(self, receive: Receive, caller: Caller) -> None:
        self._receive, self._caller = receive, caller
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._look())

    def stop(self) -> None:
        """Look no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._caller.leave()


class Front:
    """The ASGI application; one for each process. Its threads end with the process."""

    def __init__(self, application: WSGIApplication, threads: int, body_seconds: float, reader_seconds: float,
                 edition: Callable[[], Hashable] | None = None, bodies: Mapping[str, int] | None = None) -> None:
        """`body_seconds` is the time a body has to come in, `reader_seconds` that a reader has for each piece of an answer.

        `edition` tells what is served: while it tells the same, an answer the application allows it of is given again.
        `bodies` are the paths that take larger bodies than a query has, with their most bytes.
        """
        self._bodies = {path.encode(): most for path, most in (bodies or {}).items()}
        self._replays: Replays[_Answer] | None = Replays(edition, attrgetter("size"), REPLAYED) if edition else None
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "odlinked-web")
        self._body_seconds, self._reader_seconds = body_seconds, reader_seconds
        self._held = 0

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI, HTTP connection scope)."""
        if scope["type"] != "http":
            return
        key = self._replays.key(scope) if self._replays else None
        again = self._replays.get(key) if self._replays else None
        if again is not None:
            if again.counted:
                again.counted()
            await self._send(again, send)
            return
        # No other method's body means anything here (RFC 9110, section 9.3.1): it is left unread.
        try:
            body = await self._body(scope, receive) if scope["method"] == "POST" else io.BytesIO()
        except _LeftUnsent:
            await self._send(_Answer(Gone.status, [], b"", None, _nothing), send)  # for the access log alone
            return
        loop = asyncio.get_running_loop()
        caller = Caller()
        environ = _environ(scope, body)
        environ[CALLER] = caller
        environ[RECEIVED] = body.getbuffer().nbytes if isinstance(body, io.BytesIO) else 0
        # Most answers are there at once; only what takes longer is worth looking whether somebody still waits for it.
        watch = _Watch(receive, caller)
        later = loop.call_later(PATIENCE, watch.start)
        try:
            answer = await loop.run_in_executor(self._threads, self._ask, environ)
        finally:
            later.cancel()
            watch.stop()
        if self._replays and answer.status == HTTPStatus.OK and answer.rest is None:
            answer.counted = environ.get(COUNTED)
            self._replays.put(key, environ.get(KEPT), answer)
        try:
            await self._send(answer, send)
        finally:
            if answer.rest is not None:
                loop.run_in_executor(self._threads, answer.close)

    async def _body(self, scope: Mapping[str, Any], receive: Receive) -> io.RawIOBase | io.BytesIO:
        """Read a body to its end, or to a byte over the limit; return one that raises the reason where it did not arrive.

        Raise `_LeftUnsent` where nobody waits for an answer any more.
        """
        length = dict(scope["headers"]).get(b"content-length", b"")
        most = self._bodies.get(scope["raw_path"].rstrip(b"/"), MAX_BODY)
        if length.isdigit() and int(length) > most:
            if most > MAX_BODY and int(length) <= HELD:
                await self._passed_over(receive)
            return io.BytesIO()  # whoever asks for it sees the length first
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_seconds):
                async for part in _parts(receive):
                    parts.append(part)
                    size += len(part)
                    self._held += len(part)
                    if size > most == MAX_BODY:
                        return _Withheld(too_long())
                    if size > most:
                        break
                    if self._held > HELD:
                        return _Withheld(Busy("too many bodies are coming in", "Try again in a moment"))
        except TimeoutError:
            return _Withheld(SlowBody(f"the body did not come in within {self._body_seconds:g} s",
                                      "Send it faster, or a shorter one"))
        finally:
            self._held -= size
        if length.isdigit() and size < int(length):
            return _Withheld(Malformed(f"the body broke off after {size:,} of {int(length):,} bytes"))
        return io.BytesIO(b"".join(parts))

    async def _passed_over(self, receive: Receive) -> None:
        """Read a file that is too large and keep nothing of it: a browser reads no answer before it has sent all."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._body_seconds):
                async for _ in _parts(receive):
                    pass

    def _ask(self, environ: dict[str, Any]) -> _Answer:
        """Let the application answer; called in a thread."""
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
            head[:] = [int(status[:3]), headers]
            return _unwritable

        pieces = self._application(environ, start)
        close = getattr(pieces, "close", _nothing)
        try:
            rest = iter(pieces)
            body, ended = _gathered(rest)
            headers = [(_name(name), value.encode("latin-1")) for name, value in head[1]]
        except BaseException:
            close()
            raise
        if ended:
            close()
        elif environ["SERVER_PROTOCOL"].startswith("HTTP/1"):
            # Who opens many answers and reads them in turn, as Node's fetch lets harvesters do, may leave one unread for longer
            # than an idle connection is kept; taken for idle and closed unannounced, it would end as a broken one there.
            headers.append((b"connection", b"close"))
        return _Answer(head[0], headers, body, None if ended else rest, close)

    async def _send(self, answer: _Answer, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.body, "more_body": False})
            return
        loop = asyncio.get_running_loop()
        piece: bytes | None = answer.body
        with suppress(TimeoutError):  # who takes nothing for so long is gone, or wants to be in the way
            while piece is not None:
                for place in range(0, len(piece), PIECE):
                    async with asyncio.timeout(self._reader_seconds):
                        await send({"type": "http.response.body", "body": piece[place:place + PIECE], "more_body": True})
                piece = await loop.run_in_executor(self._threads, next, answer.rest, None)
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the parts of a body as they come."""
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise _LeftUnsent
        yield event.get("body", b"")
        if not event.get("more_body", False):
            return


def _gathered(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the first bytes of an answer, more than a piece unless it ended before, and whether it has ended."""
    first: list[bytes] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > PIECE:
            return b"".join(first), False
    return b"".join(first), True


def _environ(scope: Mapping[str, Any], body: object) -> dict[str, Any]:
    """Return the WSGI environment of a request (PEP 3333)."""
    host, port = scope.get("server") or ("", "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REQUEST_URI": scope["raw_path"].decode("latin-1"), "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host, "SERVER_PORT": str(port), "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0), "wsgi.url_scheme": scope["scheme"], "wsgi.input": body, "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key, text = _key(name), value.decode("latin-1")
        if key:
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    if scope["http_version"] == "2" and "HTTP_HOST" not in environ and host not in _ANY:
        environ["HTTP_HOST"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"  # granian keeps :authority to itself
    return environ


@lru_cache(maxsize=512)
def _key(name: bytes) -> str:
    """Return a header's key in the environment, "" for one with `_`: X_Forwarded_For would be taken for X-Forwarded-For."""
    key = name.decode("latin-1").upper().replace("-", "_")
    return "" if b"_" in name else key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


@lru_cache(maxsize=512)
def _name(name: str) -> bytes:
    """Return a header's name as it is sent: ASGI wants small letters."""
    return name.lower().encode("latin-1")


def _nothing() -> None:
    """Close what needs no closing."""


def _unwritable(_: bytes) -> None:
    """Refuse the imperative way to write (PEP 3333 keeps it for old frameworks)."""
    raise NotImplementedError("answers are returned, not written")
