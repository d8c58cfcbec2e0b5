"""Places that clients take in turn: one who asks much waits behind himself, not before others."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from cachetools import LRUCache

from odlinked.cage.faults import Busy


class Turns:
    """`places` that are given out fairly: of those who wait, each client gets one in turn (round robin), in order of arrival.

    At most `a_client` requests of one client and `all_clients` together wait; further ones are turned away at once.
    `free` is how many places are. All methods are thread-safe.
    """

    def __init__(self, places: int, a_client: int = 8, all_clients: int = 24) -> None:
        self.free = places
        self._a_client, self._all = a_client, all_clients
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def take(self, client: str, seconds: float) -> None:
        """Take a place, waiting up to `seconds` for it; raise `Busy` where there is none."""
        with self._lock:
            if self.free:
                self.free -= 1
                return
            queue = self._waiting.get(client)
            if self._count >= self._all or (queue is not None and len(queue) >= self._a_client):
                raise Busy("too many queries are waiting already", "Try again in a moment", retry_after=2)
            if queue is None:
                queue = self._waiting[client] = deque()
            turn = threading.Event()
            queue.append(turn)
            self._count += 1
        if turn.wait(seconds):
            return
        with self._lock:
            if turn.is_set():
                return
            self._forget(client, turn)
        raise Busy(f"no place came free within {seconds:g} s", "Try again in a moment", retry_after=5)

    def give(self) -> None:
        """Give a place back: to the next client in turn, if one waits."""
        with self._lock:
            if not self._waiting:
                self.free += 1
                return
            client, queue = next(iter(self._waiting.items()))
            turn = queue[0]
            self._forget(client, turn)
            if client in self._waiting:
                self._waiting.move_to_end(client)
            turn.set()

    def _forget(self, client: str, turn: threading.Event) -> None:
        queue = self._waiting[client]
        queue.remove(turn)
        self._count -= 1
        if not queue:
            del self._waiting[client]

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._count


class Recent:
    """The last keys seen, a bounded set; thread-safe."""

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
