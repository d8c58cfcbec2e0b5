"""Pages that are kept: each as long as the release answers what it was made from as it did then.

A publish that changes one record leaves all other pages known. A page is asked again of a new release once, when it is next
wanted; most of what it asks are single rows of the index.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from odlinked.catalog.served.notes import ReadingNotes
from odlinked.catalog.served.release import Release
from odlinked.web.http.cache import Cache, Rendered

_KEY: Final = 600
"""Bytes that an entry takes besides the page and its notes."""


@dataclass
class _Entry:
    """A page, what it was made from (None: of no release), and the release that it was last compared with."""

    rendered: Rendered
    notes: ReadingNotes | None
    identity: tuple[str, str] | None

    @property
    def size(self) -> int:
        return self.rendered.size + _KEY + (self.notes.size if self.notes else 0)


class KeptPages:
    """Pages by key, of at most `limit` bytes; the least recently used goes first. Safe for threads."""

    def __init__(self, limit: int) -> None:
        self._entries: Cache[_Entry] = Cache(limit, lambda entry: entry.size)

    def get(self, key: Hashable, release: Release | None) -> Rendered | None:
        """Return the page under a key as the release (None: nothing is published) shows it, None where it is to be made."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        identity = release.identity if release else None
        if entry.identity != identity:
            if release is None or entry.notes is None or not entry.notes.hold(release):
                return None
            entry.identity = identity
        return entry.rendered

    def put(self, key: Hashable, rendered: Rendered, view: Release | None) -> None:
        """Keep a page made from the view of a release that took notes."""
        self._entries.put(key, _Entry(rendered, view.notes if view else None, view.identity if view else None))

    @property
    def held(self) -> int:
        """The bytes that all kept pages take."""
        return self._entries.held

    def __len__(self) -> int:
        return len(self._entries)

