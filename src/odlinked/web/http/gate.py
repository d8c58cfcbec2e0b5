"""A limit of long downloads: a slow reader occupies a thread, so only so many are admitted at a time."""

from __future__ import annotations

import threading
from collections import Counter


class ClientLimiter:
    """Admits `everyone` clients at a time, and `each` client that many times."""

    def __init__(self, everyone: int, each: int) -> None:
        self.everyone, self.each = everyone, each
        self._inside: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, client: str) -> bool:
        """Admit a client, or return False where the limit is reached."""
        with self._lock:
            if self._inside.total() >= self.everyone or self._inside[client] >= self.each:
                return False
            self._inside[client] += 1
            return True

    def leave(self, client: str) -> None:
        """Record that the client is done."""
        with self._lock:
            self._inside[client] -= 1
            if self._inside[client] <= 0:
                del self._inside[client]
