"""Rendered answers kept by key, bounded by the bytes they hold; the least recently used goes first."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property


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

    @cached_property
    def packed(self) -> bytes:
        """The body in gzip, without a time in it, so that every process packs it alike."""
        return gzip.compress(self.body, 5, mtime=0)

    @property
    def packed_etag(self) -> str:
        """The entity tag of the packed body: another representation needs another one (RFC 9110, section 8.8.3.3)."""
        return f'{self.etag[:-1]}-gzip"'

    @property
    def worth_packing(self) -> bool:
        """Whether packing saves anything to speak of."""
        return len(self.body) > 1_000

    @property
    def size(self) -> int:
        """What it takes to keep, packed too: text packs to less than a third."""
        return len(self.body) + len(self.body) // 3


class Cache:
    """A thread-safe store of `Rendered` answers that never holds more than about `limit` bytes."""

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
        if rendered.size > self.limit // 8:
            return
        with self._lock:
            old = self._entries.pop(key, None)
            self._held += rendered.size - (old.size if old else 0)
            self._entries[key] = rendered
            while self._held > self.limit:
                _, gone = self._entries.popitem(last=False)
                self._held -= gone.size

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held(self) -> int:
        """The bytes all answers kept take."""
        return self._held
