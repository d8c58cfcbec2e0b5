"""The outline of a JSON file, and which of its arrays and objects holds the records; all readers of JSON use it.

The candidates are the outermost arrays that hold an object, and the objects around them (a file of one record):

1. the one with the most headings known to the caller, if any;
2. else an array with a usual name for records, of several the one with the most objects: there may be another that describes the
   fields;
3. else the object with the most members, where it has more values than any array has objects: it is a record itself;
4. else the array with the most objects.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple, Protocol

from odlinked.folding import fold
from odlinked.sheets import headings
from odlinked.sheets.json_walk import KeyPath
from odlinked.sheets.layout import Known

USUAL: Final = frozenset({"records", "data", "items", "rows", "features", "value", "results", "graph", "result"})
"""Usual names of the array of records, folded and without surrounding @ and _."""


class RecordsPath(NamedTuple):
    """Where the records are: the path of keys to them, and whether the object there is the only record."""

    path: KeyPath
    whole: bool


class Array(Protocol):
    """What is known of an array: how many of its members are objects, and the headings of all of them."""

    @property
    def objects(self) -> int:
        """Return how many members are objects."""

    def shown(self) -> tuple[str, ...]:
        """Return the headings of the objects."""


class Outline:
    """What was found in a file: arrays, and paths of single values outside of them."""

    def __init__(self, arrays: Mapping[KeyPath, Array], values: Collection[KeyPath]) -> None:
        self.arrays, self.values = arrays, values
        self.objects = {path[:depth] for path in (*values, *arrays) for depth in range(len(path))}

    def tables(self) -> list[KeyPath]:
        """Return the arrays that hold objects: those with usual names first, then by size."""
        return sorted((path for path, array in self.arrays.items() if array.objects),
                      key=lambda path: (not is_usual(path), -self.arrays[path].objects))

    def records(self, known: Known | None) -> RecordsPath | None:
        """Return where the records are, None where no object has a value."""
        tables = self.tables()
        singles = self._singles()
        first = RecordsPath(tables[0], False) if tables else None
        largest = max((self.arrays[path].objects for path in tables), default=0)
        if first is None or not is_usual(first.path):
            record = next((path for path in singles if self._weight(path) > largest), None)
            first = first if record is None else RecordsPath(record, True)
        if known is None or first is None:
            return first
        scores = {RecordsPath(path, False): known(self.arrays[path].shown()) for path in tables}
        scores |= {RecordsPath(path, True): known(self.headings_of(path)) for path in singles}
        best = max(scores.values(), default=0)
        if best == 0 or scores.get(first) == best:
            return first
        return next(place for place, score in scores.items() if score == best)

    def _singles(self) -> list[KeyPath]:
        return sorted(filter(self._weight, self.objects), key=lambda path: (-self._members(path), len(path), path))

    def _members(self, path: KeyPath) -> int:
        """Return how many members an object has."""
        depth = len(path)
        return len({at[depth] for at in (*self.values, *self.arrays) if len(at) > depth and at[:depth] == path})

    def _weight(self, path: KeyPath) -> int:
        """Return how many values an object and the objects in it have; an array without objects is one."""
        plain = (at for at, array in self.arrays.items() if not array.objects)
        return sum(1 for at in (*self.values, *plain) if at[:len(path)] == path)

    def headings_of(self, path: KeyPath) -> tuple[str, ...]:
        """Return the headings an object has as a record."""
        depth = len(path)
        found = [value[depth:] for value in self.values if value[:depth] == path]
        for at, array in self.arrays.items():
            if at[:depth] == path:
                found += [(*at[depth:], heading) if heading else at[depth:] for heading in array.shown() or ("",)]
        return tuple(map(name, found))


def is_usual(path: KeyPath) -> bool:
    """True for an array with a usual name for records."""
    return bool(path) and fold(path[-1]).strip("@_") in USUAL


def name(path: KeyPath) -> str:
    """Return the heading of a value: the keys to it joined with dots."""
    return ".".join(headings.on_one_line(key) for key in path)
