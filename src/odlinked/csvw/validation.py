"""Keys: constraints beyond a single cell (Model for Tabular Data, section 6.6)."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

from odlinked import columnar
from odlinked.columnar import EncodedColumn
from odlinked.csvw.annotated import AnnotatedRow, AnnotatedTable
from odlinked.csvw.model import ForeignKey
from odlinked.csvw.problems import ValidationProblem
from odlinked.csvw.terms import normal_url

_Key = tuple[tuple[str, ...], ...]
KeyDigests = list[tuple["array[int]", "array[int]"]]
"""Digests of keys and the numbers of their rows, in parts."""

_PARTS: Final = 256
_MANY: Final = 100_000
"""Rows from which on keys are compared all at once, where that can be done."""

DIGEST: Final = (1 << 63) - 1
MIXED: Final = 0x2545F4914F6CDD1D
"""An odd number of 63 bits."""


def digest(key: Iterable[Hashable]) -> int:
    """Return a digest of 63 bits of a key: equal ones have the same in all processes with one seed."""
    found = 0
    for values in key:
        found = found * MIXED + hash(values)
    return found & DIGEST


def digested(key: Iterable[tuple[EncodedColumn, Callable[[str], Hashable]]]) -> Any:
    """Return the digests of the keys of encoded rows, an array: of each column of the key what its texts mean is digested."""
    parts = [columnar.looked_up([hash(meant(text)) for text in column.texts], column.codes) for column, meant in key]
    return columnar.mixed(parts, MIXED, DIGEST)


def keys(tables: Sequence[AnnotatedTable]) -> list[ValidationProblem]:
    """Return faults of keys: rows that share a primary key and those whose foreign keys do not refer to exactly one row."""
    problems: list[ValidationProblem] = []
    for read in tables:
        problems += _primary(read)
        for key in read.table.schema.foreign_keys:
            problems += _foreign(read, key, tables)
    return problems


def _primary(read: AnnotatedTable) -> Iterator[ValidationProblem]:
    names = read.table.schema.primary_key
    if not names:
        return
    known: dict[_Key, int] = {}
    for row, found in _keyed(read, names):
        first = known.setdefault(found, row.source)
        if first != row.source:
            yield ValidationProblem(True, f"{read.table.url}, row {row.source}",
                                    f"its key {_shown(found)} is that of row {first}")


def _foreign(read: AnnotatedTable, key: ForeignKey, tables: Sequence[AnnotatedTable]) -> Iterator[ValidationProblem]:
    target = next((other for other in tables if _meant(other, key)), None)
    if target is None:
        return
    counted = Counter(found for _, found in _keyed(target, key.reference.columns))
    for row, found in _keyed(read, key.columns):
        if counted[found] != 1:
            matches = "no row" if not counted[found] else f"{counted[found]} rows"
            yield ValidationProblem(True, f"{read.table.url}, row {row.source}",
                                    f"{_shown(found)} means {matches} of {target.table.url}")


def _meant(read: AnnotatedTable, key: ForeignKey) -> bool:
    reference = key.reference
    if reference.resource:
        return normal_url(read.table.url) == normal_url(reference.resource)
    return read.table.schema.id == reference.schema


def _keyed(read: AnnotatedTable, names: Sequence[str]) -> Iterator[tuple[AnnotatedRow, _Key]]:
    """Yield each row with the values of its key columns, lists kept apart from single values that look alike."""
    places = [index for name in names for index, column in enumerate(read.table.columns) if column.name == name]
    for row in read.rows:
        yield row, tuple(tuple(value.lexical for value in row.cells[place].cell.values) for place in places)


def _shown(found: _Key) -> str:
    return ", ".join(repr("; ".join(values)) for values in found)


class KeyWatch:
    """Watches the keys of tables whose rows pass once. A row costs 16 bytes for each key: its number and a digest of 63 bits.

    Two keys of one digest count as the same; among ten million keys that happens by chance once in a hundred thousand files.
    """

    def __init__(self, tables: Sequence[AnnotatedTable]) -> None:
        self._tables = tables
        wanted = {(place, table.table.schema.primary_key) for place, table in enumerate(tables)}
        self._links = [(place, key, target) for place, table in enumerate(tables) for key in table.table.schema.foreign_keys
                       for target, other in enumerate(tables) if _meant(other, key)]
        for place, key, target in self._links:
            wanted |= {(place, key.columns), (target, key.reference.columns)}
        self._kept = {one: _KeyColumn(tables[one[0]], one[1]) for one in wanted if one[1]}

    def keys(self, place: int) -> tuple[tuple[str, ...], ...]:
        """Return the names of the columns of each key to watch in the table at a place."""
        return tuple(names for table, names in self._kept if table == place)

    def take(self, place: int, row: AnnotatedRow) -> None:
        """Take a row of the table at a place."""
        for names in self.keys(place):
            column = self._kept[place, names]
            column.add((row.source,), (column.of(row),))

    def add(self, place: int, names: tuple[str, ...], rows: Iterable[int], keys: Iterable[_Key]) -> None:
        """Take the keys of rows of the table at a place: for each column its values."""
        self._kept[place, names].add(rows, keys)

    def add_digested(self, place: int, names: tuple[str, ...], rows: Sequence[int], digests: Any) -> None:
        """Take the digests of keys of rows of the table at a place, an array of 64-bit numbers."""
        self._kept[place, names].add_digested(rows, digests)

    def digests(self) -> list[KeyDigests]:
        """Return what is kept of the rows so far, key by key: what `add_digests` takes in another process with the same seed."""
        return [column.parts for column in self._kept.values()]

    def add_digests(self, digests: Iterable[KeyDigests]) -> None:
        """Take what another watch of the same tables has kept."""
        for column, parts in zip(self._kept.values(), digests, strict=True):
            for own, other in zip(column.parts, parts, strict=True):
                own[0].extend(other[0])
                own[1].extend(other[1])

    def problems(self) -> Iterator[ValidationProblem]:
        """Yield the faults of all keys once every row has passed."""
        for (place, names), column in self._kept.items():
            if names == self._tables[place].table.schema.primary_key:
                url = self._tables[place].table.url
                for row, first in column.doubled():
                    yield ValidationProblem(True, f"{url}, row {row}", f"its key is that of row {first}", row, ",".join(names))
        for place, key, target in self._links:
            column, other = self._kept[place, key.columns], self._kept[target, key.reference.columns]
            url, there = self._tables[place].table.url, self._tables[target].table.url
            for row, times in column.unmatched(other):
                matches = "no row" if not times else f"{times} rows"
                told = f"its {', '.join(key.columns)} means {matches} of {there}"
                yield ValidationProblem(True, f"{url}, row {row}", told, row, ",".join(key.columns))


class _KeyColumn:
    """The digests of the values of one key, in parts that are small enough to be sorted one by one."""

    def __init__(self, read: AnnotatedTable, names: Sequence[str]) -> None:
        self._places = [index for name in names for index, column in enumerate(read.table.columns) if column.name == name]
        self._parts = [(array("q"), array("q")) for _ in range(_PARTS)]
        self._digests, self._rows = array("q"), array("q")

    def of(self, row: AnnotatedRow) -> _Key:
        """Return the key of a row."""
        return tuple(tuple(value.lexical for value in row.cells[place].cell.values) for place in self._places)

    def add(self, rows: Iterable[int], keys: Iterable[_Key]) -> None:
        """Take the keys of rows, by their numbers."""
        self._digests.extend(map(digest, keys))
        self._rows.extend(rows)

    def add_digested(self, rows: Iterable[int], digests: Any) -> None:
        """Take digests of keys."""
        self._digests.frombytes(columnar.content_of_numbers(digests))
        self._rows.extend(rows)

    @property
    def parts(self) -> list[tuple[array[int], array[int]]]:
        """The digests and the numbers of their rows in parts, by what a digest ends with."""
        parts = self._parts
        for found, row in zip(self._digests, self._rows, strict=True):
            digests, rows = parts[found % _PARTS]
            digests.append(found)
            rows.append(row)
        self._digests, self._rows = array("q"), array("q")
        return parts

    def doubled(self) -> list[tuple[int, int]]:
        """Return the rows whose key an earlier row has, with that row, in order."""
        found: list[tuple[int, int]] = []
        if len(self._digests) >= _MANY and not any(digests for digests, _ in self._parts) and columnar.engine() is not None \
                and columnar.all_differ(self._digests):
            return found
        for digests, rows in self.parts:
            first: dict[int, int] = {}
            more: list[tuple[int, int]] = []
            for one, row in zip(digests, rows, strict=True):
                other = first.setdefault(one, row)
                if other != row:
                    first[one] = min(other, row)
                    more.append((max(other, row), one))
            found += [(row, first[one]) for row, one in more]
        return sorted(found)

    def unmatched(self, other: _KeyColumn) -> list[tuple[int, int]]:
        """Return the rows whose key is not that of one row in another table, with how many there are, in order."""
        found = []
        for (digests, rows), (there, _) in zip(self.parts, other.parts, strict=True):
            counted = Counter(there)
            found += [(row, counted[one]) for one, row in zip(digests, rows, strict=True) if counted[one] != 1]
        return sorted(found, key=itemgetter(0))
