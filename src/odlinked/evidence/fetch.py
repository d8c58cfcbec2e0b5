"""Fetching an address politely and safely: robots, redirects, a bounded body, and the answer for each failure."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import re
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import BinaryIO, cast
from urllib.parse import unquote

from odlinked.evidence import failures
from odlinked.evidence.firewall import LOOK, Marks
from odlinked.evidence.guard import Guard, UrlParts, VisitRefused, onward, place
from odlinked.evidence.hosts import Hosts, Resolver
from odlinked.evidence.observation import Content
from odlinked.evidence.robots import MAX_BYTES as ROBOTS_BYTES
from odlinked.evidence.robots import Reply, Robots
from odlinked.evidence.wire import Budget, Decoder, Exchange, connect

MAX_REDIRECTS = 10
MAX_RATIO = 200
"""Content that reaches the limit by unpacking to more than this many times its packed size is a bomb, not data."""

SLOWEST = 1_000
"""A body slower than this many bytes a second when the time is over is a timeout; a faster one is a partial answer."""

_IN_MEMORY = 1_048_576
_FAILURES = (OSError, http.client.HTTPException, ValueError, VisitRefused)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})
_MAYBE_FIREWALL = frozenset({200, 202, 401, 403, 405, 406, 409, 418, 429, 500, 501, 503})


@dataclass
class Fetched:
    """The result of fetching: an answer's local name; the final address; the headers of interest; the content, if any.

    `connected`: a server accepted the connection there; `hops`: how many redirects led there.
    """

    answer: str
    at: UrlParts | None = None
    status: int | None = None
    content: Content | None = None
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    retry_after: str = ""
    cache_control: str = ""
    connected: bool = False
    hops: int = 0

    def close(self) -> None:
        """Close the content."""
        if self.content is not None:
            self.content.stream.close()


@dataclass(frozen=True)
class Manner:
    """How to fetch: the agent's name, seconds without a byte and in all, and whether robots.txt is obeyed."""

    agent: str
    idle: float = 20.0
    seconds: float = 120.0
    robots: bool = True


@dataclass
class _Visit:
    """One fetch in progress: its time, conditions, limit, and the cookies each host gave on the way."""

    budget: Budget
    headers: Mapping[str, str]
    cap: int
    obeys_robots: bool
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    last: Fetched = field(default_factory=lambda: Fetched(""))

    def cookie(self, host: str) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.get(host, {}).items())


class Fetcher:
    """Fetches addresses. One for all threads of a run; `get` may be called from many of them."""

    def __init__(self, manner: Manner, guard: Guard, hosts: Hosts, resolver: Resolver, trusted: ssl.SSLContext,
                 marks: Marks) -> None:
        self._manner = manner
        self._guard = guard
        self.hosts = hosts
        self._resolver = resolver
        self._trusted = trusted
        self._marks = marks
        self._robots = Robots(self._robots_txt, manner.agent.split("/")[0], hosts.slow_down)

    def get(self, url: str, cap: int, conditions: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an address, at most `cap` bytes of content; never raise for what a server or a network does."""
        return self._fetch(url, cap, conditions or {}, self._manner.robots)

    def _robots_txt(self, url: str) -> Reply:
        fetched = self._fetch(url, ROBOTS_BYTES, {}, False)
        try:
            return _robots_reply(fetched)
        finally:
            fetched.close()

    def _fetch(self, url: str, cap: int, conditions: Mapping[str, str], obeys_robots: bool) -> Fetched:
        headers = {"User-Agent": self._manner.agent, "Accept": "*/*", **conditions}
        visit = _Visit(Budget(self._manner.seconds, self._manner.idle), headers, cap, obeys_robots)
        try:
            return self._followed(place(url), visit)
        except _FAILURES as problem:
            visit.last.answer = failures.name(problem)
            return visit.last

    def _followed(self, at: UrlParts, visit: _Visit) -> Fetched:
        """Follow redirects; raise what stops it. `visit.last` is how far it came."""
        been: set[tuple[str, str]] = set()
        for hops in range(1, MAX_REDIRECTS + 2):
            step = (at.url, visit.cookie(at.host))
            if step in been:
                raise VisitRefused("redirect-loop")
            been.add(step)
            found = self._hop(at, visit)
            if isinstance(found, Fetched):
                return found
            visit.last = Fetched("", found, hops=hops)
            at = found
        raise VisitRefused("too-many-redirects")

    def _hop(self, at: UrlParts, visit: _Visit) -> Fetched | UrlParts:
        """Make one exchange: return the answer, or where it redirects."""
        with visit.budget.standing():
            # Whether the address may be visited comes first: a private address gets no request, not even for robots.txt.
            addresses = self._guard.allowed(at, self._resolver.addresses(at.host, at.port))
            if visit.obeys_robots:
                self._robots.judge(at)
        with contextlib.ExitStack() as held:
            with visit.budget.standing():
                held.enter_context(self.hosts.slot(at.host))
            connection = connect(at, addresses, self._trusted, visit.budget)
            held.callback(connection.close)
            visit.last.connected = True
            cookie = visit.cookie(at.host)
            headers = {**visit.headers, "Cookie": cookie} if cookie else visit.headers
            exchange = held.enter_context(Exchange(connection, at, headers, visit.budget))
            _remember(visit, at, exchange)
            if exchange.status in _REDIRECTS:
                visit.last.at, visit.last.status = at, exchange.status
                location = exchange.header("Location")
                if not location:
                    raise VisitRefused("bad-redirect")
                return onward(at, location)
            return self._taken(exchange, at, visit)

    def _taken(self, exchange: Exchange, at: UrlParts, visit: _Visit) -> Fetched:
        """Return the result of an exchange that is not a redirect."""
        found = visit.last
        found.answer, found.at, found.status = _by_status(exchange.status), at, exchange.status
        found.etag, found.modified = exchange.header("ETag"), exchange.header("Last-Modified")
        found.retry_after, found.cache_control = exchange.header("Retry-After"), exchange.header("Cache-Control")
        if found.answer == "unchanged":
            if not visit.headers.keys() & {"If-None-Match", "If-Modified-Since"}:
                found.answer = "bad-answer"
            return found
        if found.answer == "answered":
            _take_body(exchange, found, visit)
        if exchange.status in _MAYBE_FIREWALL and self._marks.fit(exchange.header, _start(exchange, found)):
            found.close()
            found.answer, found.content = "firewall", None
        return found


def _robots_reply(found: Fetched) -> Reply:
    """Return what an answer for robots.txt means (RFC 9309, section 2.3.1).

    A server that cannot be reached is unreachable for all its files; one that fails on robots.txt forbids them; where robots.txt
    does not exist, or its redirects lead nowhere, nothing is forbidden.
    """
    if not found.connected and not found.hops:
        return Reply(found.answer)
    if found.status == 200 and found.content is not None:
        return Reply("", found.content.stream.read())
    broken = found.status is None or found.status >= 500 or found.status in (200, 429)
    if broken and not found.hops and found.answer != "firewall":
        return Reply("robots-failure")
    return Reply()


def _remember(visit: _Visit, at: UrlParts, exchange: Exchange) -> None:
    """Keep the cookies a host gives for the rest of this visit: some redirect to themselves until they get one back."""
    for text in exchange.all_headers("Set-Cookie")[:20]:
        with contextlib.suppress(CookieError):
            for name, morsel in SimpleCookie(text).items():
                visit.cookies.setdefault(at.host, {})[name] = morsel.coded_value[:4_096]


def _by_status(status: int) -> str:
    if status == 304:
        return "unchanged"
    if 200 <= status < 300:
        return "answered"
    if status in (404, 410):
        return "not-found"
    if status == 429:
        return "too-many-requests"
    if status in _FORBIDDEN:
        return "forbidden"
    if 400 <= status < 500:
        return "client-error"
    return "server-error" if 500 <= status < 600 else "bad-answer"


def _take_body(exchange: Exchange, found: Fetched, visit: _Visit) -> None:
    """Read the content into `found`, and record there how reading ended."""
    stream = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 (found.close ends it)
    digest = hashlib.sha256()
    size, complete, decoder = 0, True, None
    try:
        decoder = Decoder(exchange.header("Content-Encoding"))
        for part in (part for packed in exchange.parts() for part in decoder.parts(packed)):
            kept = part[: visit.cap - size]
            stream.write(kept)
            digest.update(kept)
            size += len(kept)
            if len(kept) < len(part):
                complete = False
                break
        if complete and not decoder.whole:
            raise VisitRefused("wrong-length")
        if complete and exchange.surplus():
            found.answer = "wrong-length"
    except _FAILURES as problem:
        complete = False
        found.answer = _ended(problem, visit.budget)
    if not complete and decoder is not None and size == visit.cap and decoder.unpacked > MAX_RATIO * decoder.packed:
        found.answer = "too-large"
    if found.answer not in ("answered", "wrong-length"):
        stream.close()
        return
    stream.seek(0)
    name = exchange.file_name() or unquote(re.sub(r"[?].*", "", found.at.path if found.at else "").rpartition("/")[2])
    found.content = Content(stream, size, complete, exchange.header("Content-Type"), name)
    found.sha256 = digest.hexdigest()


def _ended(problem: Exception, budget: Budget) -> str:
    """Return the answer for a body that broke off: time over while bytes were flowing well is an answer of which a part was
    read."""
    if isinstance(problem, TimeoutError) and budget.left <= 0 and budget.received >= SLOWEST * budget.spent:
        return "answered"
    return failures.name(problem)


def _start(exchange: Exchange, found: Fetched) -> bytes:
    """Return the beginning of an answer, b"" for content that is too long to be a refusal."""
    if found.content is not None:
        if found.content.size > LOOK:
            return b""
        start = found.content.stream.read(LOOK)
        found.content.stream.seek(0)
        return start
    start = b""
    with contextlib.suppress(*_FAILURES):
        decoder = Decoder(exchange.header("Content-Encoding"))
        for part in (part for packed in exchange.parts() for part in decoder.parts(packed)):
            start += part
            if len(start) >= LOOK:
                break
    return start[:LOOK]
