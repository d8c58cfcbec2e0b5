"""A door for long downloads: a slow reader holds a thread, so only so many may come in at a time."""

from __future__ import annotations

import threading
from collections import Counter


class ClientLimiter:
    """Lets in `everyone` clients at a time, and `each` client that many times."""

    def __init__(self, everyone: int, each: int) -> None:
        self.everyone, self.each = everyone, each
        self._inside: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, client: str) -> bool:
        """Let a client in, or return False where there is no room."""
        with self._lock:
            if self._inside.total() >= self.everyone or self._inside[client] >= self.each:
                return False
            self._inside[client] += 1
            return True

    def leave(self, client: str) -> None:
        """Let the client out again."""
        with self._lock:
            self._inside[client] -= 1
            if self._inside[client] <= 0:
                del self._inside[client]
