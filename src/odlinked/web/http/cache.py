"""Rendered answers cached by key, limited by the bytes they hold; the least recently used is dropped first."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Generic, TypeVar

from cachetools import LRUCache

V = TypeVar("V")


def gzipped(body: bytes) -> bytes:
    """Return an answer's body in gzip, without a time in it, so that every process compresses it alike."""
    return gzip.compress(body, 5, mtime=0)


@dataclass(frozen=True)
class Rendered:
    """One representation, ready to send.

    `etag` is the quoted entity tag, `modified` when the content last changed (aware), `location` the path of exactly
    this representation ("" where there is none), `links` the value of the Link header, `language` "" for RDF, `status` HTTP's.
    """

    body: bytes
    media_type: str
    etag: str
    modified: datetime
    location: str = ""
    links: str = ""
    language: str = ""
    status: int = 200

    @cached_property
    def packed(self) -> bytes:
        """The body in gzip."""
        return gzipped(self.body)

    @property
    def packed_etag(self) -> str:
        """The entity tag of the compressed body: another representation needs another one (RFC 9110, section 8.8.3.3)."""
        return f'{self.etag[:-1]}-gzip"'

    @property
    def worth_packing(self) -> bool:
        """Whether compression is worthwhile."""
        return len(self.body) > 1_000

    @property
    def size(self) -> int:
        """The memory it takes, compressed body included: text compresses to less than a third."""
        return len(self.body) + len(self.body) // 3


class Cache(Generic[V]):
    """A thread-safe store of answers by key that never holds more than `limit` bytes; the least recently used goes first."""

    def __init__(self, limit: int, size: Callable[[V], int], share: int = 8) -> None:
        """`size` returns the bytes of an answer.

        One larger than the `share`-th part of the limit is not cached, so that it cannot displace all others.
        """
        self._largest = limit // share
        self._size = size
        self._lock = threading.Lock()
        self._answers: LRUCache[Hashable, V] = LRUCache(limit, getsizeof=size)

    def get(self, key: Hashable) -> V | None:
        """Return the answer cached under `key`, or None."""
        with self._lock:
            return self._answers.get(key)

    def put(self, key: Hashable, answer: V) -> None:
        """Cache an answer, unless it is too large."""
        if self._size(answer) <= self._largest:
            with self._lock:
                self._answers[key] = answer

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def held(self) -> int:
        """The bytes that all cached answers take."""
        return int(self._answers.currsize)
