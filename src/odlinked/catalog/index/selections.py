"""Which records have which value of a facet, kept as sets: what lists and pages count is counted when a release is made.

Table `selection` has, for each dimension and value of table `facet`, how many records have it and which. A set of many is kept as
bits (bit n: the record with id n), a set of few as numbers (unsigned, 32 bits, little endian), whichever is shorter. A publish
that changes few records changes the sets of their values only: SQLite notes what comes to and goes from table `facet`.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import compress, groupby
from operator import itemgetter
from typing import Final, NamedTuple

from cachetools import LRUCache

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
_BITS, _NUMBERS = b"\1", b"\0"
_MANY: Final = 2_000
"""From so many ids on their bits are written as digits."""

_UNIONS: Final = 32
"""So many sets that records have any of are remembered."""

_AS_FLAGS: Final = bytes.maketrans(b"01", b"\0\1")


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
        bits = _read(row[0]) if row else 0
        steps = list(group)
        bits |= _bits(record for _, _, record, step in steps if step > 0)
        bits &= ~_bits(record for _, _, record, step in steps if step < 0)
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
        yield _row(dimension, value, _bits(map(itemgetter(2), group)))


def _row(dimension: str, value: str, bits: int) -> _Row:
    """Return a set as it is kept."""
    count, length = bits.bit_count(), (bits.bit_length() + 7) // 8
    if 4 * count >= length:
        return _Row(dimension, value, count, _BITS + bits.to_bytes(length, "little"))
    numbers = array("I", compress(range(8 * length), _flags(bits)))
    if sys.byteorder == "big":
        numbers.byteswap()
    return _Row(dimension, value, count, _NUMBERS + numbers.tobytes())


def _read(packed: bytes) -> int:
    """Return the bits of a kept set."""
    return int.from_bytes(packed[1:], "little") if packed[:1] == _BITS else _bits(_numbers(packed))


def _numbers(packed: bytes) -> array[int]:
    """Return the ids of a set of few."""
    numbers = array("I", packed[1:])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _bits(ids: Iterable[int]) -> int:
    """Return ids as the bits of a number."""
    found = bytearray()
    for one in ids:
        place = one >> 3
        if place >= len(found):
            found.extend(bytes(place + 1024))
        found[place] |= 1 << (one & 7)
    return int.from_bytes(found, "little")


def _bits_of_many(ids: array[int]) -> int:
    """Return what `_bits` does: each id costs less, and the highest one more."""
    flags = bytearray(b"0") * (max(ids) + 1)
    for one in ids:
        flags[one] = 49  # "1"
    flags.reverse()
    return int(flags, 2)


def _flags(bits: int) -> bytes:
    """Return a byte for each bit, from the lowest on: 1 where it is set."""
    return f"{bits:b}"[::-1].encode().translate(_AS_FLAGS)


class Selection:
    """Some records: `bits` has the bit of each id set."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    @classmethod
    def of(cls, ids: Iterable[int]) -> Selection:
        """Return the selection of these ids."""
        return cls(_bits(ids))

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __and__(self, other: Selection) -> Selection:
        return Selection(self.bits & other.bits)

    def __or__(self, other: Selection) -> Selection:
        return Selection(self.bits | other.bits)

    @cached_property
    def flags(self) -> bytes:
        """A byte for each id up to the highest: 1 where it is in."""
        return _flags(self.bits)

    def __contains__(self, number: int) -> bool:
        return bool(self.bits >> number & 1)

    def ids(self) -> list[int]:
        """Return the ids in their order."""
        return list(compress(range(len(self.flags)), self.flags))


_Column = tuple[list[tuple[str, Selection]], list[str], int, Callable[[bytes], tuple[int, ...]]]


class Selections:
    """The sets of one release's index, each read once."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows: Mapping[str, Mapping[str, _Row]] = {}
        found: dict[str, dict[str, _Row]] = {}
        for row in rows:
            found.setdefault(row.dimension, {})[row.value] = row
        self._rows = found
        self._read: dict[tuple[str, str], Selection] = {}
        self._columns: dict[str, _Column] = {}
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
            found = Selection(_read(row.ids) if row else 0)
            if row is not None and row.ids[:1] == _BITS:
                self._read[dimension, value] = found
        return found

    def has(self, dimension: str, value: str, number: int) -> bool:
        """True when a record has a value; a set of few is searched as it is kept."""
        row = self._rows.get(dimension, {}).get(value)
        if row is None or row.ids[:1] != _NUMBERS:
            return row is not None and number in self.of(dimension, value)
        numbers = _numbers(row.ids)
        place = bisect_left(numbers, number)
        return place < len(numbers) and numbers[place] == number

    def ids(self, dimension: str, value: str) -> Iterable[int]:
        """Return the ids of the records that have a value."""
        row = self._rows.get(dimension, {}).get(value)
        return () if row is None else _numbers(row.ids) if row.ids[:1] == _NUMBERS else self.of(dimension, value).ids()

    def any(self, dimension: str, values: Iterable[str]) -> Selection:
        """Return the records that have any of some values."""
        wanted = tuple(values)
        with self._lock:
            found = self._unions.get((dimension, wanted))
        if found is None:
            rows, few, found = self._rows.get(dimension, {}), array("I"), Selection(0)
            for row in (rows[value] for value in wanted if value in rows):
                if row.ids[:1] == _NUMBERS:
                    few.extend(_numbers(row.ids))
                else:
                    found |= self.of(dimension, row.value)
            found |= Selection(_bits(few) if len(few) < _MANY else _bits_of_many(few))
            with self._lock:
                self._unions[dimension, wanted] = found
        return found

    def within(self, records: Selection, dimensions: Iterable[str]) -> list[tuple[str, str, int]]:
        """Return `counts` of some records only."""
        found: list[tuple[str, str, int]] = []
        for dimension in dimensions:
            many, owners, highest, pick = self._column(dimension)
            counted = [(value, len(records & one)) for value, one in many]
            few = Counter(compress(owners, pick(records.flags.ljust(highest + 1, b"\0"))))
            found += [(dimension, value, count) for value, count in (*counted, *few.items()) if count]
        return sorted(found, key=lambda one: (-one[2], one[1]))

    def _column(self, dimension: str) -> _Column:
        """Return a dimension's sets of many, and those of few: a value for each id, the highest id, and what picks the flags of
        all ids at once."""
        found = self._columns.get(dimension)
        if found is None:
            rows = self._rows.get(dimension, {}).values()
            owners, ids = list[str](), array("I")
            for row in rows:
                if row.ids[:1] == _NUMBERS:
                    ids.extend(_numbers(row.ids))
                    owners += [row.value] * row.records
            many = [(row.value, self.of(dimension, row.value)) for row in rows if row.ids[:1] == _BITS]
            pick = itemgetter(*ids, 0, 0)  # two more: of one alone it would give no tuple
            found = self._columns[dimension] = many, owners, max(ids, default=0), pick
        return found
