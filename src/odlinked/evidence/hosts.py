"""How hosts are treated: their names resolved once, a few connections at a time, a pause between two requests.

Everything is by host name, not by address: agencies that share a machine are treated separately.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cachetools import TLRUCache

Lookup = Callable[[str, int], list[str]]
MAX_KEPT = 4_096
"""The most hosts remembered at a time; the least recently used is dropped first."""

_RESOLVED_SECONDS = 600.0
_FAILED_SECONDS = 300.0


class Stopped(Exception):
    """The run was stopped while a visit waited for its turn."""


def lookup(host: str, port: int) -> list[str]:
    """Return a host's addresses, IPv4 first, as the system resolves it; raise `socket.gaierror`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = dict.fromkeys(str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET))
    return list(addresses)


def _until(_: object, found: list[str] | socket.gaierror, now: float) -> float:
    """Return until when an answer is cached."""
    return now + (_FAILED_SECONDS if isinstance(found, socket.gaierror) else _RESOLVED_SECONDS)


class Resolver:
    """Resolves names with a time limit, which `getaddrinfo` lacks; caches answers for ten minutes, failures for five."""

    def __init__(self, ask: Lookup = lookup, seconds: float = 20.0) -> None:
        self._ask = ask
        self._seconds = seconds
        self._kept: TLRUCache[tuple[str, int], list[str] | socket.gaierror] = TLRUCache(MAX_KEPT, _until, time.monotonic)
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int) -> list[str]:
        """Return a host's addresses. Raise `socket.gaierror`: `EAI_AGAIN` also where no answer came in time."""
        with self._lock:
            found = self._kept.get((host, port))
        if found is None:
            found = self._look_up(host, port)
            with self._lock:
                self._kept[host, port] = found
        if isinstance(found, socket.gaierror):
            raise socket.gaierror(*found.args)
        return found

    def _look_up(self, host: str, port: int) -> list[str] | socket.gaierror:
        result: list[list[str] | socket.gaierror] = []

        def work() -> None:
            try:
                result.append(self._ask(host, port))
            except socket.gaierror as problem:
                result.append(problem)
            except (UnicodeError, OSError):
                result.append(socket.gaierror(socket.EAI_NONAME, "no such name"))

        thread = threading.Thread(target=work, daemon=True, name="resolving")
        thread.start()
        thread.join(self._seconds)
        return result[0] if result else socket.gaierror(socket.EAI_AGAIN, "no answer in time")


@dataclass
class _Host:
    """A host's state: open connections, when the next may begin, and the pause between two (robots.txt may demand a longer
    one)."""

    delay: float
    open: int = 0
    next: float = 0.0


class Hosts:
    """Keeps visitors polite: at most `per_host` exchanges at a time with a host, and `delay` seconds between two beginnings."""

    def __init__(self, per_host: int = 2, delay: float = 1.0, stop: threading.Event | None = None) -> None:
        self.per_host = per_host
        self.delay = delay
        self.stop = stop or threading.Event()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._turn = threading.Condition()

    @contextmanager
    def slot(self, host: str) -> Iterator[None]:
        """Wait for a turn with a host and hold it. Raise `Stopped` where the run stops first."""
        self._enter(host)
        try:
            yield
        finally:
            with self._turn:
                self._of(host).open -= 1
                self._turn.notify_all()

    def _enter(self, host: str) -> None:
        with self._turn:
            while True:
                if self.stop.is_set():
                    raise Stopped
                state = self._of(host)
                now = time.monotonic()
                if state.open < self.per_host and state.next <= now:
                    state.open += 1
                    state.next = now + state.delay
                    return
                self._turn.wait(min(1.0, state.next - now) if state.next > now else 1.0)

    def ready_at(self, host: str) -> float:
        """Return when (`time.monotonic`) the next exchange with a host may begin."""
        with self._turn:
            return self._of(host).next

    def pause(self, host: str, seconds: float) -> None:
        """Leave a host alone for some seconds: it demanded that (`Retry-After`)."""
        with self._turn:
            state = self._of(host)
            state.next = max(state.next, time.monotonic() + seconds)

    def slow_down(self, host: str, delay: float) -> None:
        """Make the pause between two requests to a host at least `delay` seconds (`Crawl-delay`)."""
        with self._turn:
            state = self._of(host)
            state.delay = max(state.delay, delay)

    def _of(self, host: str) -> _Host:
        state = self._hosts.get(host)
        if state is None:
            while len(self._hosts) >= MAX_KEPT:
                idle = next((name for name, kept in self._hosts.items() if not kept.open and kept.next < time.monotonic()), None)
                if idle is None:
                    break
                del self._hosts[idle]
            state = self._hosts[host] = _Host(self.delay)
        else:
            self._hosts.move_to_end(host)
        return state
