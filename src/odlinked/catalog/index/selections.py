"""Which records have which value of a facet, kept as sets: what lists and pages count is counted when a release is made.

Table `selection` has, for each dimension and value of table `facet`, how many records have it and which (see module `selection`).
A publish that changes few records changes the sets of their values only: SQLite notes what comes to and goes from table `facet`.
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from cachetools import LRUCache

from odlinked.catalog.index.facet_columns import FacetColumn
from odlinked.catalog.index.selection import BITS, NUMBERS, Selection, bits_of, numbers, packed, unpacked

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS selection(dimension TEXT NOT NULL, value TEXT NOT NULL, records INTEGER NOT NULL, ids BLOB NOT NULL,
    PRIMARY KEY(dimension, value));
"""

_NOTED: Final = """
CREATE TEMP TABLE moved(dimension TEXT, value TEXT, record INTEGER, step INTEGER);
CREATE TEMP TRIGGER facet_come AFTER INSERT ON facet BEGIN
    INSERT INTO moved VALUES(new.dimension, new.value, new.record, 1); END;
CREATE TEMP TRIGGER facet_gone AFTER DELETE ON facet BEGIN
    INSERT INTO moved VALUES(old.dimension, old.value, old.record, -1); END;
CREATE TEMP TRIGGER facet_changed AFTER UPDATE ON facet BEGIN
    INSERT INTO moved VALUES(old.dimension, old.value, old.record, -1);
    INSERT INTO moved VALUES(new.dimension, new.value, new.record, 1); END;
"""
_UNIONS: Final = 32
"""So many sets that records have any of are remembered."""


class _Row(NamedTuple):
    dimension: str
    value: str
    records: int
    ids: bytes


def begin(db: sqlite3.Connection) -> None:
    """Note from now on what comes and goes, in an index that is about to be carried forward and has its sets."""
    if _has_table(db):
        db.executescript(_NOTED)


def settle(db: sqlite3.Connection) -> None:
    """Bring the sets of an index up to date: by what was noted since `begin`, else all of them anew."""
    if not db.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'moved'").fetchone():
        db.executescript(SCHEMA)
        db.execute("DELETE FROM selection")
        db.executemany("INSERT INTO selection VALUES(?, ?, ?, ?)", _scanned(db))
        return
    moved = db.execute("SELECT dimension, value, record, sum(step) FROM moved GROUP BY dimension, value, record"
                       " HAVING sum(step) <> 0 ORDER BY dimension, value").fetchall()
    for (dimension, value), group in groupby(moved, itemgetter(0, 1)):
        row = db.execute("SELECT ids FROM selection WHERE dimension = ? AND value = ?", (dimension, value)).fetchone()
        bits = unpacked(row[0]) if row else 0
        steps = list(group)
        bits |= bits_of(record for _, _, record, step in steps if step > 0)
        bits &= ~bits_of(record for _, _, record, step in steps if step < 0)
        db.execute("DELETE FROM selection WHERE dimension = ? AND value = ?", (dimension, value))
        if bits:
            db.execute("INSERT INTO selection VALUES(?, ?, ?, ?)", _row(dimension, value, bits))
    db.execute("DELETE FROM moved")


def _has_table(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'selection'").fetchone() is not None


def _scanned(db: sqlite3.Connection) -> Iterator[_Row]:
    """Yield every set from table `facet`, in the order of its index."""
    rows = db.execute("SELECT dimension, value, record FROM facet ORDER BY dimension, value, record")
    for (dimension, value), group in groupby(rows, itemgetter(0, 1)):
        yield _row(dimension, value, bits_of(map(itemgetter(2), group)))


def _row(dimension: str, value: str, bits: int) -> _Row:
    """Return a set as it is kept."""
    return _Row(dimension, value, bits.bit_count(), packed(bits))


class Selections:
    """The sets of one release's index, each read once."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows: Mapping[str, Mapping[str, _Row]] = {}
        found: dict[str, dict[str, _Row]] = {}
        for row in rows:
            found.setdefault(row.dimension, {})[row.value] = row
        self._rows = found
        self._read: dict[tuple[str, str], Selection] = {}
        self._columns: dict[str, FacetColumn] = {}
        # A page asks for the datasets of an organisation with all below it several times.
        self._unions: LRUCache[tuple[str, tuple[str, ...]], Selection] = LRUCache(_UNIONS)
        self._lock = threading.Lock()

    @classmethod
    def read(cls, db: sqlite3.Connection) -> Selections:
        """Read the sets of an index; one that was made without them is counted now."""
        if not _has_table(db):
            return cls(_scanned(db))
        return cls(map(_Row._make, db.execute("SELECT dimension, value, records, ids FROM selection")))

    def counts(self, dimensions: Iterable[str]) -> list[tuple[str, str, int]]:
        """Return (dimension, value, how many records have it), the most frequent first, then by value."""
        found = [(d, row.value, row.records) for d in dimensions for row in self._rows.get(d, {}).values()]
        return sorted(found, key=lambda one: (-one[2], one[1]))

    def values(self, dimension: str) -> frozenset[str]:
        """Return the values that records have in a dimension."""
        return frozenset(self._rows.get(dimension, ()))

    def count(self, dimension: str, value: str) -> int:
        """Return how many records have a value."""
        row = self._rows.get(dimension, {}).get(value)
        return row.records if row else 0

    def of(self, dimension: str, value: str) -> Selection:
        """Return the records that have a value."""
        found = self._read.get((dimension, value))
        if found is None:
            row = self._rows.get(dimension, {}).get(value)
            found = Selection(unpacked(row.ids) if row else 0)
            if row is not None and row.ids[:1] == BITS:
                self._read[dimension, value] = found
        return found

    def has(self, dimension: str, value: str, number: int) -> bool:
        """True when a record has a value; a set of few is searched as it is kept."""
        row = self._rows.get(dimension, {}).get(value)
        if row is None or row.ids[:1] != NUMBERS:
            return row is not None and number in self.of(dimension, value)
        few = numbers(row.ids)
        place = bisect_left(few, number)
        return place < len(few) and few[place] == number

    def ids(self, dimension: str, value: str) -> Iterable[int]:
        """Return the ids of the records that have a value."""
        row = self._rows.get(dimension, {}).get(value)
        return () if row is None else numbers(row.ids) if row.ids[:1] == NUMBERS else self.of(dimension, value).ids()

    def any(self, dimension: str, values: Iterable[str]) -> Selection:
        """Return the records that have any of some values."""
        wanted = tuple(values)
        with self._lock:
            found = self._unions.get((dimension, wanted))
        if found is None:
            rows, few, found = self._rows.get(dimension, {}), array("I"), Selection(0)
            for row in (rows[value] for value in wanted if value in rows):
                if row.ids[:1] == NUMBERS:
                    few.extend(numbers(row.ids))
                else:
                    found |= self.of(dimension, row.value)
            found |= Selection(bits_of(few))
            with self._lock:
                self._unions[dimension, wanted] = found
        return found

    def within(self, records: Selection, dimensions: Iterable[str]) -> list[tuple[str, str, int]]:
        """Return `counts` of some records only."""
        ids = cache(records.ids)
        members = cache(lambda: frozenset(ids()))
        found = [(dimension, *one) for dimension in dimensions for one in self._column(dimension).counts(records, ids, members)]
        return sorted(found, key=lambda one: (-one[2], one[1]))

    def _column(self, dimension: str) -> FacetColumn:
        found = self._columns.get(dimension)
        if found is None:
            rows = self._rows.get(dimension, {}).values()
            found = self._columns[dimension] = FacetColumn(
                [(row.value, self.of(dimension, row.value)) for row in rows if row.ids[:1] == BITS],
                [(row.value, numbers(row.ids)) for row in rows if row.ids[:1] == NUMBERS])
        return found
