"""Rendered answers kept by key, bounded by the bytes they hold; the least recently used goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Rendered:
    """One representation, ready to send.

    `etag` is the quoted entity tag, `modified` when the content last changed (aware), `location` the path of exactly
    this representation ("" where there is none), `links` the value of the Link header, `language` "" for RDF.
    """

    body: bytes
    media_type: str
    etag: str
    modified: datetime
    location: str = ""
    links: str = ""
    language: str = ""


class Cache:
    """A thread-safe store of `Rendered` answers that never holds more than `limit` bytes of bodies."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, Rendered] = OrderedDict()

    def get(self, key: Hashable) -> Rendered | None:
        """Return the answer kept under `key`, or None."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: Hashable, rendered: Rendered) -> None:
        """Keep an answer; one larger than an eighth of the limit is not kept, so that it cannot drive out all others."""
        if len(rendered.body) > self.limit // 8:
            return
        with self._lock:
            old = self._entries.pop(key, None)
            self._held += len(rendered.body) - (len(old.body) if old else 0)
            self._entries[key] = rendered
            while self._held > self.limit:
                _, gone = self._entries.popitem(last=False)
                self._held -= len(gone.body)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held(self) -> int:
        """The bytes of all bodies kept."""
        return self._held
