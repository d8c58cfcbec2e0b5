"""Keys: constraints beyond a single cell (Model for Tabular Data, section 6.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from odlinked.csvw.annotated import AnnotatedRow, AnnotatedTable
from odlinked.csvw.model import ForeignKey
from odlinked.csvw.problems import ValidationProblem
from odlinked.csvw.terms import normal_url

_Key = tuple[tuple[str, ...], ...]


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
