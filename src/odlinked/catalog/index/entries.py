"""The entries of an index: the columns of table `record` that are a record's state, read and written.

A list that is published again costs one row, not one for each of its records: column `input` has a slot, which stands for the
input of the same number unless table `origin` names another one. Where nearly all records of an input pass to the next file of
their source, their slot does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final

from odlinked.catalog.index.schema import Entry

COLUMNS: Final = "iri, source, hash, state, changed, input, sheet, row, key, mentions, violations, warnings"
_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS origin(slot INTEGER PRIMARY KEY, input INTEGER NOT NULL)"

_made = tuple.__new__
"""Makes an `Entry` of its parts as `Entry._make` does, in half the time: there are twice as many as datasets."""


class Entries:
    """The entries of an index that is open; one in which no input was ever followed by another has no table `origin`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        held = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'origin'").fetchone()
        self._moved: dict[int, int] = dict(db.execute("SELECT slot, input FROM origin")) if held else {}
        """Slot -> input, of the slots that do not stand for the input of their number."""

    def read(self) -> dict[str, tuple[int, Entry]]:
        """Return all entries: IRI -> (record id, entry)."""
        mentioned: dict[str, tuple[str, ...]] = {"": ()}  # few bodies are mentioned, each by many records
        moved, found = self._moved, dict[str, tuple[int, Entry]]()
        rows = self._db.execute(f"SELECT id, {COLUMNS} FROM record")  # noqa: S608 - a constant
        for number, iri, source, digest, state, changed, slot, sheet, row, key, mentions, violations, warnings in rows:
            if (named := mentioned.get(mentions)) is None:
                named = mentioned[mentions] = tuple(mentions.split())
            found[iri] = number, _made(Entry, (iri, source, digest, state, changed, moved.get(slot, slot), sheet, row, key, named,
                                               violations, warnings))
        return found

    def columns(self, entry: Entry) -> tuple[object, ...]:
        """Return an entry as it is written into `COLUMNS`."""
        return (*entry[:5], self._slot(entry.input), *entry[6:9], " ".join(entry.mentions), *entry[10:])

    def transfer(self, before: int, after: int, numbers: Collection[int], others: Collection[int]) -> None:
        """Name the input `after` as the origin of some records of the input `before`, whose places and all else stay; `others`
        are all other records of that input.

        Where records pass from `after` to other inputs, too, these are to be moved first.
        """
        if len(others) < len(numbers):
            for slot in self._slots(before):
                self._set(slot, after)
            after, numbers = before, others
        place = self._slot(after) if numbers else None
        self._db.executemany("UPDATE record SET input=? WHERE id=?", ((place, number) for number in numbers))

    def _slot(self, given: int | None) -> int | None:
        """Return a slot of an input, a new one (below 0) where none stands for it."""
        if given is None or given not in self._moved:
            return given
        found = self._slots(given)
        return min(found) if found else self._set(min((0, *self._moved)) - 1, given)

    def _slots(self, given: int) -> set[int]:
        """Return the slots that stand for an input."""
        own = {given} if given not in self._moved else set()
        return own | {slot for slot, one in self._moved.items() if one == given}

    def _set(self, slot: int, given: int) -> int:
        self._db.execute(_SCHEMA)
        self._db.execute("INSERT OR REPLACE INTO origin VALUES(?, ?)", (slot, given))
        self._moved[slot] = given
        return slot
