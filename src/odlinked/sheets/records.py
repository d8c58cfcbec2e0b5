"""JSON records as tables: which of a file's arrays and objects are the records, and their rows.

The candidates are the outermost arrays that hold an object, and the objects around them (a file of one record). The
caller's `known` decides where forms know the headings of one better. Else the object with the most members is a record itself if
it has more values than any array has objects, and after that the array with the most objects is the records. Other arrays
of objects come after it as tables of their own, so that nothing is left out unseen. A table's `sheet` is the path of keys to
it, None at the top; what stands around it are its titles. Row numbers are places in the array (1 in a file of one
record), and columns have letters in the order in which their keys come up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import json_walk
from odlinked.sheets.encoding import Encoding, detect, errors
from odlinked.sheets.flatten import MOST_VALUES, TooDeep, TooWide, flatten
from odlinked.sheets.headings import fold
from odlinked.sheets.json_text import JsonText
from odlinked.sheets.json_walk import Found, Keys
from odlinked.sheets.layout import Known
from odlinked.sheets.tables import Row, Table

MOST_TITLES: Final = 100
MOST_OTHERS: Final = 100
"""Tables beside the records: a file with more arrays of objects is a tree of another kind, and its smaller ones are left out."""

_LONGEST_TITLE: Final = 200


class _Source(NamedTuple):
    """A JSON file, how to read it, and whether it is JSON Lines."""

    path: Path
    name: str
    caps: ReadSettings
    encoding: Encoding
    lines: bool = False

    def found(self, whole: Keys | None = None) -> Iterator[Found]:
        """Walk the file from the start."""
        codec = self.encoding.codec
        with closing(JsonText(self.path.open(encoding=codec, errors=errors(codec, lost=False), newline=""), self.name)) as text:
            try:
                yield from json_walk.lines(text) if self.lines else json_walk.walk(text, whole)
            except RecursionError:
                raise text.too_deep() from None

    def cells(self, found: Found) -> list[tuple[str, str | None]]:
        """Return the cells of a record."""
        where = f"record {found.number:,}" if found.number else "the record"
        try:
            return flatten(found.value)
        except TooDeep:
            why, cap = "is nested too deeply", "100 levels"
        except TooWide:
            why, cap = "spreads over too many values or has too long a path of keys", f"{MOST_VALUES:,} values"
        raise InputError(f"{where} {why}; the cap is {cap}", doing="reading", on=self.name,
                         next_step="Give the records themselves, as flat as they are")


@dataclass
class _Array:
    """What was seen of an array: how many members and objects it has and its headings (False: only empty so far)."""

    members: int = 0
    objects: int = 0
    headings: dict[str, bool] = field(default_factory=dict)

    def shown(self) -> tuple[str, ...]:
        """Return the headings, without those of empty arrays and objects that others fill."""
        empty = {heading for heading, filled in self.headings.items() if not filled}
        if empty:
            empty = {heading[:i] for heading in self.headings for i, c in enumerate(heading) if c == "." and heading[:i] in empty}
        return tuple(heading for heading in self.headings if heading not in empty)


@dataclass
class _Seen:
    """What was seen of a file: arrays, and single values by the path of keys to them."""

    arrays: dict[Keys, _Array] = field(default_factory=dict)
    values: dict[Keys, str] = field(default_factory=dict)
    objects: set[Keys] = field(default_factory=set)

    def tables(self) -> list[Keys]:
        """Return the arrays that hold objects, the one with the most first."""
        return sorted((keys for keys, array in self.arrays.items() if array.objects),
                      key=lambda keys: -self.arrays[keys].objects)

    def members(self, keys: Keys) -> int:
        """Return how many members an object has."""
        depth = len(keys)
        return len({at[depth] for at in (*self.values, *self.arrays) if len(at) > depth and at[:depth] == keys})

    def weight(self, keys: Keys) -> int:
        """Return how many values an object and the objects in it have; an array without objects is one."""
        plain = (at for at, array in self.arrays.items() if not array.objects)
        return sum(1 for at in (*self.values, *plain) if at[:len(keys)] == keys)

    def headings_of(self, keys: Keys) -> tuple[str, ...]:
        """Return the headings an object has as a record."""
        depth = len(keys)
        found = [value[depth:] for value in self.values if value[:depth] == keys]
        for at, array in self.arrays.items():
            if at[:depth] == keys:
                found += [(*at[depth:], heading) if heading else at[depth:] for heading in array.shown() or ("",)]
        return tuple(map(_name, found))


def read(path: Path, name: str, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of a JSON or JSON Lines file, the records found first; raise `InputError` for what is no JSON or
    holds no record."""
    source = _Source(path, name, caps, detect(path, name, one_line=True))
    try:
        seen = _survey(source)
    except json_walk.SeveralValues:
        source = source._replace(lines=True)
        seen = _survey(source)
    chosen, whole = _choose(seen, known)
    if chosen is None:
        raise InputError("the JSON holds no record: there is no object with a value in it", doing="reading", on=name,
                         next_step="Give an array of objects, one a record")
    others = [keys for keys in seen.tables() if keys[:len(chosen)] != chosen or not (whole or keys == chosen)]
    first = _single(source, seen, chosen) if whole else _table(source, seen, chosen)
    return [first, *(_table(source, seen, keys) for keys in others[:MOST_OTHERS])]


def _survey(source: _Source) -> _Seen:
    """Walk the whole file once and hold it against the caps."""
    seen = _Seen()
    caps = source.caps
    for found in source.found():
        keys, number, value = found
        seen.objects.update(keys[:i] for i in range(len(keys)))
        if number or value == []:
            array = seen.arrays.setdefault(keys, _Array())
            array.members += number > 0
            array.objects += isinstance(value, tuple)
            limits.check_rows(source.name, array.members, caps)
            headings = array.headings
            for heading, text in source.cells(found) if number else ():
                if not headings.get(heading):
                    headings[heading] = text is not None
            if len(headings) > caps.max_columns:
                limits.check_width(source.name, number, len(headings), caps)
        else:
            for heading, text in source.cells(found):
                if len(seen.values) > caps.max_columns:
                    limits.check_width(source.name, 1, len(seen.values), caps)
                seen.values[(*keys, heading) if heading else keys] = text or ""
    area = 0
    for keys in seen.tables():
        array = seen.arrays[keys]
        area = limits.check_area(source.name, array.members, len(array.headings), area, caps)
    return seen


def _choose(seen: _Seen, known: Known | None) -> tuple[Keys | None, bool]:
    """Return the path to the records and whether one object there is the whole record; None where there is none."""
    arrays = seen.tables()
    largest = seen.arrays[arrays[0]].objects if arrays else 0
    singles = sorted(filter(seen.weight, seen.objects), key=lambda keys: (-seen.members(keys), len(keys), keys))
    record = next((keys for keys in singles if seen.weight(keys) > largest), None)
    fallback = (record, True) if record is not None else (arrays[0], False) if arrays else (None, False)
    if known is None:
        return fallback
    scores = {(keys, False): known(seen.arrays[keys].shown()) for keys in arrays}
    scores |= {(keys, True): known(seen.headings_of(keys)) for keys in singles}
    best = max(scores.values(), default=0)
    if best == 0 or scores.get((fallback[0] or (), fallback[1])) == best:
        return fallback
    return next(candidate for candidate, score in scores.items() if score == best)


def _table(source: _Source, seen: _Seen, keys: Keys) -> Table:
    headings = seen.arrays[keys].shown()
    places = {heading: place for place, heading in enumerate(headings)}

    def data() -> Iterator[Row]:
        for found in source.found():
            if found.path == keys and found.number:
                row = _row(source, found, places, found.number)
                if row.cells:
                    yield row

    return Table(source.name, _name(keys) or None, headings, 0, data, _titles(seen, keys))


def _single(source: _Source, seen: _Seen, keys: Keys) -> Table:
    """Return the table of one record; its headings come from its own cells."""
    array = _Array()
    for found in source.found(keys):
        if found.path == keys:
            array.headings |= {heading: text is not None for heading, text in source.cells(found)}
    limits.check_width(source.name, 1, len(array.headings), source.caps)
    headings = array.shown()
    places = {heading: place for place, heading in enumerate(headings)}

    def data() -> Iterator[Row]:
        for found in source.found(keys):
            if found.path == keys and (row := _row(source, found, places, 1)).cells:
                yield row

    return Table(source.name, _name(keys) or None, headings, 0, data, _titles(seen, keys))


def _row(source: _Source, found: Found, places: dict[str, int], number: int) -> Row:
    """Return the row of a record; one that shows nothing has no cells."""
    cells = [""] * len(places)
    blank = True
    for heading, text in source.cells(found):
        if text:
            cells[places[heading]] = text
            blank = blank and text.isspace()
    if blank:
        return Row(number, ())
    while cells and not cells[-1]:
        cells.pop()
    return Row(number, tuple(cells))


def _titles(seen: _Seen, keys: Keys) -> tuple[Row, ...]:
    """Return what stands around the records, a value a line."""
    around = (Row(0, (_name(value), text[:_LONGEST_TITLE])) for value, text in seen.values.items()
              if text and value[:len(keys)] != keys)
    return tuple(islice(around, MOST_TITLES))


def _name(keys: Keys) -> str:
    return ".".join(fold(key) for key in keys)
