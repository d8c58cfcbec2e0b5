"""One HTTP exchange over a socket of our own: connected to the address that was checked, and never longer than its budget.

`http.client` reads status, headers and chunks; what it lacks is here. Its timeouts hold for one receive, so that a server that
drips a byte a second holds a visitor for hours: here every receive gets what is left of the visit. It accepts megabytes of
headers: here they are limited. It is silent when a body is shorter or longer than announced: here that is reported. Connections
are closed after one exchange, which is what makes the length of a body certain.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from typing import Any, cast

from odlinked.evidence.guard import UrlParts, VisitRefused

MAX_HEADERS = 65_536
"""The most bytes of status line and headers; `http.client` also stops at 100 headers."""

_STEP = 65_536
_SURPLUS_WAIT = 0.3
_CODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


class Budget:
    """The time one visit may take: `seconds` in all and `idle` seconds without a byte. It also counts the bytes received."""

    def __init__(self, seconds: float, idle: float) -> None:
        self._seconds = seconds
        self.idle = idle
        self.received = 0
        self.header_room: int | None = None
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, 0 where none are."""
        return max(0.0, self._end - time.monotonic())

    def wait(self) -> float:
        """Return how long the next operation may take; raise `TimeoutError` where the time is over."""
        left = self.left
        if left <= 0:
            raise TimeoutError("the time for this visit is over")
        return min(left, self.idle)

    @property
    def spent(self) -> float:
        """Seconds used."""
        return self._seconds - self.left

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Stop the clock: waiting for one's turn is not the server's fault."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - began

    def count(self, size: int) -> None:
        """Record `size` bytes; raise `VisitRefused` where the headers exceed their limit."""
        self.received += size
        if self.header_room is not None:
            self.header_room -= size
            if self.header_room < 0:
                raise VisitRefused("bad-answer")


class _Timed:
    """What both kinds of socket add: each receive within the budget."""

    budget: Budget | None = None

    def recv_into(self, *arguments: Any) -> int:
        """Receive as a socket does, within what is left of the budget."""
        if self.budget is None:
            return int(super().recv_into(*arguments))  # type: ignore[misc]
        self.settimeout(self.budget.wait())  # type: ignore[attr-defined]
        size = int(super().recv_into(*arguments))  # type: ignore[misc]
        self.budget.count(size)
        return size


class _Plain(_Timed, socket.socket):
    """A TCP socket within a budget."""


class _Secure(_Timed, ssl.SSLSocket):
    """A TLS socket within a budget."""


def trust(ca_file: str = "") -> ssl.SSLContext:
    """Return how servers are verified: the system's authorities, the well-known ones, and those of `ca_file`.

    Strict conformance to RFC 5280, on which newer Pythons insist, is not required, nor is secure renegotiation (RFC 5746), on
    which OpenSSL 3 insists: browsers take those servers, so their links work.
    """
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # named from Python 3.12 on
    context.sslsocket_class = _Secure
    return context


def connect(at: UrlParts, addresses: list[str], context: ssl.SSLContext, budget: Budget) -> _Plain | _Secure:
    """Connect to the first of `addresses` that answers, with TLS where the scheme requires it. Raises the errors of `socket` and
    `ssl`."""
    problem: OSError = OSError("no address")
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        plain = _Plain(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(budget.wait() / (2 if address is not addresses[-1] else 1))
            plain.connect((address, at.port))
        except OSError as trouble:
            plain.close()
            problem = trouble
            continue
        return _ready(plain, at, context, budget)
    raise problem


def _ready(plain: _Plain, at: UrlParts, context: ssl.SSLContext, budget: Budget) -> _Plain | _Secure:
    if at.scheme == "http":
        plain.budget = budget
        return plain
    try:
        plain.settimeout(budget.wait())
        secure = cast(_Secure, context.wrap_socket(plain, server_hostname=at.host))
    except BaseException:
        plain.close()
        raise
    secure.budget = budget
    return secure


class Exchange:
    """One GET: `status` and `headers` are available, `parts` yields the body. Use as a context manager."""

    def __init__(self, connection: _Plain | _Secure, at: UrlParts, headers: Mapping[str, str], budget: Budget) -> None:
        self.budget = budget
        self._connection = connection
        lines = [f"GET {at.path} HTTP/1.1", f"Host: {at.authority}", *(f"{name}: {value}" for name, value in headers.items()),
                 "Accept-Encoding: gzip", "Connection: close", "", ""]
        connection.settimeout(budget.wait())
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        self._response = HTTPResponse(connection, method="GET")
        budget.header_room = MAX_HEADERS
        self._response.begin()
        budget.header_room = None
        self.status = self._response.status
        self._body: Any = self._response.fp
        self.length = None if self._response.chunked else self._response.length

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._connection.close()

    def header(self, name: str) -> str:
        """Return a header's value, read as UTF-8 where it is not Latin-1, "" where there is none."""
        value = self._response.headers.get(name) or ""
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value

    def all_headers(self, name: str) -> list[str]:
        """Return all values of a header that may occur several times."""
        return [str(value) for value in self._response.headers.get_all(name) or ()]

    def file_name(self) -> str:
        """Return the name the server gives the file (`Content-Disposition`, RFC 6266), "" where it gives none."""
        try:
            name = self._response.headers.get_filename() or ""
        except (ValueError, TypeError, LookupError):
            return ""
        with suppress(UnicodeError):
            return name.encode("latin-1").decode("utf-8")
        return name

    def parts(self) -> Iterator[bytes]:
        """Yield the body as it comes. Raise `VisitRefused` ("wrong-length") at its end where it is shorter than announced."""
        left = self.length
        while left is None or left > 0:
            if self._response.chunked:
                part = self._response.read1(_STEP)
            else:
                part = self._body.read1(_STEP if left is None else min(_STEP, left))
            if not part:
                if left:
                    raise VisitRefused("wrong-length")
                return
            if left is not None:
                left -= len(part)
            yield part

    def surplus(self) -> bool:
        """True when more bytes follow a body of announced length that was read to its end."""
        if not self.length or self._response.chunked:
            return False
        self.budget.idle = _SURPLUS_WAIT
        try:
            return bool(self._body.read1(1))
        except (OSError, http.client.HTTPException):
            return False


class Decoder:
    """Undoes a `Content-Encoding`, in steps of bounded size. `packed` and `unpacked` count bytes."""

    def __init__(self, coding: str) -> None:
        name = coding.strip().lower()
        if name not in ("", "identity", *_CODINGS):
            raise VisitRefused("bad-answer")
        self._window = _CODINGS.get(name)
        self._machine: Any = zlib.decompressobj(self._window) if self._window else None
        self._raw_tried = name != "deflate"
        self.packed = self.unpacked = 0

    def parts(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to, 64 KiB at a time. Raise `VisitRefused` ("bad-answer") for data that cannot be
        unpacked."""
        if self._machine is None:
            self.packed += len(data)
            self.unpacked += len(data)
            yield data
            return
        while data:
            part, before = self._step(data), len(data)
            data = self._machine.unused_data if self._machine.eof else self._machine.unconsumed_tail
            self.packed += before - len(data)
            self.unpacked += len(part)
            if part:
                yield part
            if self._machine.eof:
                if not data.strip(b"\0"):
                    return
                self._machine = zlib.decompressobj(self._window or 31)

    def _step(self, data: bytes) -> bytes:
        try:
            part: bytes = self._machine.decompress(data, _STEP)
        except zlib.error:
            if self._raw_tried or self.unpacked:
                raise VisitRefused("bad-answer") from None
            # "deflate" means zlib (RFC 9110, section 8.4.1.2), but some servers send it without its wrapper.
            self._raw_tried = True
            self._machine = zlib.decompressobj(-15)
            return self._step(data)
        self._raw_tried = True
        return part

    @property
    def whole(self) -> bool:
        """True when the packed data came to its end."""
        return self._machine is None or self._machine.eof or not self.packed
