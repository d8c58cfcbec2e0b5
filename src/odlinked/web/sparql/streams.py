"""Slots for answers that are sent piece by piece: the server keeps a thread for each as long as its reader takes.

Without a limit, as many stalled readers as there are threads would stop the whole service.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Final

from odlinked.cage.failures import Busy

PLACES: Final = 8
A_CLIENT: Final = 2
WAIT_SECONDS: Final = 5.0


class Streams:
    """At most `places` answers are being sent at a time, `a_client` of them to one client; thread-safe."""

    def __init__(self, places: int = PLACES, a_client: int = A_CLIENT) -> None:
        self._places, self._a_client = places, a_client
        self._held: Counter[str] = Counter()
        self._waiting = 0
        self._changed = threading.Condition()

    def take(self, client: str, seconds: float = WAIT_SECONDS) -> None:
        """Take a slot for `client`, waiting up to `seconds`; raise `Busy` where none becomes free or too many wait."""
        with self._changed:
            if not self._free(client) and self._waiting >= self._places:
                raise self._busy()
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: self._free(client), seconds):
                    raise self._busy()
                self._held[client] += 1
            finally:
                self._waiting -= 1

    def give(self, client: str) -> None:
        """Free a slot."""
        with self._changed:
            self._held[client] -= 1
            if self._held[client] <= 0:
                del self._held[client]
            self._changed.notify_all()

    def _free(self, client: str) -> bool:
        return self._held.total() < self._places and self._held[client] < self._a_client

    @staticmethod
    def _busy() -> Busy:
        return Busy("too many large results are being read", "Read one to its end before you ask for the next", retry_after=10)

    @property
    def held(self) -> int:
        """How many slots are taken."""
        return self._held.total()


class Stream:
    """An answer being sent: an iterable of pieces that frees its slot when it ends or is closed, once."""

    def __init__(self, pieces: Iterator[bytes], streams: Streams, client: str) -> None:
        """Take over a slot that `client` has already taken."""
        self._pieces, self._streams, self._client = pieces, streams, client
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the answer, read or not."""
        if self._open:
            self._open = False
            self._streams.give(self._client)
