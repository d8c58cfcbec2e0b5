"""Slots for queries, given to the client that used the service least recently: no query waits behind those of one busy client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from cachetools import LRUCache

from odlinked.cage.failures import Busy, Gone

HALF_LIFE: Final = 60.0
"""Seconds after which half of what a client has used is forgotten."""

ADVANCE: Final = 0.05
"""Seconds that a query is taken to use when it gets a place; what it really used is put right when it leaves."""

CLIENTS: Final = 4_096
"""Networks and addresses whose use is remembered."""


class Caller:
    """A client: `network` and `address` (both "" where unknown). Another thread may report that the client has gone away."""

    def __init__(self, network: str = "", address: str = "") -> None:
        self.network, self.address = network, address or network
        self._lock = threading.Lock()
        self._gone = False
        self._abort: Callable[[], object] | None = None

    def leave(self) -> None:
        """Report that the client has gone: its current work is aborted."""
        with self._lock:
            self._gone, abort = True, self._abort
        if abort is not None:
            abort()

    @contextmanager
    def abortable(self, abort: Callable[[], object]) -> Iterator[None]:
        """Have `abort()` called if the client goes away meanwhile; raise `Gone` if it has gone, before or after."""
        with self._lock:
            self._abort, gone = abort, self._gone
        try:
            if gone:
                raise Gone("the client has gone away")
            yield
        finally:
            with self._lock:
                self._abort = None

    @property
    def gone(self) -> bool:
        """Whether the client has gone away."""
        return self._gone


class Use:
    """Seconds of places used of late, by network and by address; old use is forgotten by halves. Not thread-safe."""

    def __init__(self) -> None:
        self._used: LRUCache[str, tuple[float, float]] = LRUCache(CLIENTS)

    def of(self, name: str, now: float) -> float:
        """Return what `name` has used."""
        amount, since = self._used.get(name, (0.0, now))
        return float(amount * 0.5 ** ((now - since) / HALF_LIFE))

    def add(self, name: str, seconds: float, now: float) -> None:
        """Add to what `name` has used."""
        self._used[name] = (max(0.0, self.of(name, now) + seconds), now)


@dataclass(eq=False)
class _Waiting:
    """A request that waits for a place; `refused` where another client was given the room to wait."""

    caller: Caller
    turn: threading.Event = field(default_factory=threading.Event)
    refused: bool = False


class Turns:
    """`places` for queries. Of those who wait, the one whose network, then address, has used the least gets the next place.

    At most `a_client` requests of one address and `all_clients` together wait. Where the room to wait is full, the newcomer takes
    the room of the one who has used the most, unless that is the newcomer itself. `free` is how many places are. All methods are
    thread-safe.
    """

    def __init__(self, places: int, a_client: int = 8, all_clients: int = 24) -> None:
        self.free = places
        self._a_client, self._all = a_client, all_clients
        self._waiting: list[_Waiting] = []
        self._use = Use()
        self._lock = threading.Lock()

    def take(self, caller: Caller, seconds: float) -> None:
        """Take a place, waiting up to `seconds` for it; raise `Busy` where there is none, `Gone` where the client left."""
        with self._lock:
            if self.free:
                self.free -= 1
                self._charge(caller, ADVANCE)
                return
            mine = self._queue(caller) if seconds > 0 else None
        if mine is None:
            raise Busy("all places are taken", "Try again later, or ask for less at once", retry_after=5)
        try:
            with caller.abortable(mine.turn.set):
                mine.turn.wait(seconds)
        finally:
            self._settle(mine)

    def give(self, caller: Caller, seconds: float) -> None:
        """Give a place back that `caller` has held for `seconds`: the next who waits gets it."""
        with self._lock:
            self._charge(caller, seconds - ADVANCE)
            now = time.monotonic()
            following = min(self._waiting, key=lambda one: self._rank(one.caller, now), default=None)
            if following is None:
                self.free += 1
                return
            self._waiting.remove(following)
            self._charge(following.caller, ADVANCE)
            following.turn.set()

    def _queue(self, caller: Caller) -> _Waiting:
        """Return room to wait; the lock is held. Raise `Busy` where there is none for this caller."""
        own = sum(one.caller.address == caller.address for one in self._waiting)
        if own < self._a_client and len(self._waiting) >= self._all:
            now = time.monotonic()
            # Of those who have used the same, the one who came last makes room.
            most = max(reversed(self._waiting), key=lambda one: self._rank(one.caller, now))
            if self._rank(most.caller, now) > self._rank(caller, now):
                self._waiting.remove(most)
                most.refused = True
                most.turn.set()
        if own >= self._a_client or len(self._waiting) >= self._all:
            raise Busy("too many queries are waiting already", "Try again in a moment", retry_after=2)
        mine = _Waiting(caller)
        self._waiting.append(mine)
        return mine

    def _settle(self, mine: _Waiting) -> None:
        """Report how waiting ended: return where the slot is ours, else raise; a slot that came too late is passed on."""
        with self._lock:
            still = mine in self._waiting
            if still:
                self._waiting.remove(mine)
        ours = not still and not mine.refused
        if mine.caller.gone:
            if ours:
                self.give(mine.caller, 0.0)
            raise Gone("the client has gone away")
        if not ours:
            why = "another client's turn comes first" if mine.refused else "no place came free in time"
            raise Busy(why, "Try again in a moment", retry_after=5)

    def _rank(self, caller: Caller, now: float) -> tuple[float, float]:
        return self._use.of(caller.network, now), self._use.of(caller.address, now)

    def _charge(self, caller: Caller, seconds: float) -> None:
        now = time.monotonic()
        self._use.add(caller.network, seconds, now)
        if caller.address != caller.network:
            self._use.add(caller.address, seconds, now)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)


class Recent:
    """The last keys, in a bounded set; thread-safe."""

    def __init__(self, size: int) -> None:
        self._keys: LRUCache[object, None] = LRUCache(size)
        self._lock = threading.Lock()

    def add(self, key: object) -> None:
        """Remember `key`; the oldest is forgotten."""
        with self._lock:
            self._keys[key] = None

    def discard(self, key: object) -> None:
        """Forget `key`."""
        with self._lock:
            self._keys.pop(key, None)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)
