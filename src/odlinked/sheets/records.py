"""JSON records as tables: which of a file's arrays and objects are the records, and their rows.

`outline` decides which. Other arrays of objects follow as tables of their own, so that nothing is silently left out. A table's
`sheet` is the path of keys to it, None at the top; the values around it are its titles. Row numbers are positions in the array (1
in a file of one record), and columns have letters in the order in which their keys first occur.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import json_places, json_walk
from odlinked.sheets.encoding import Encoding, detect, errors
from odlinked.sheets.flatten import MOST_VALUES, TooDeep, TooWide, flatten
from odlinked.sheets.json_places import SpelledText
from odlinked.sheets.json_text import JsonText
from odlinked.sheets.json_walk import JsonValue, KeyPath
from odlinked.sheets.layout import Known
from odlinked.sheets.outline import Outline
from odlinked.sheets.outline import name as name_of
from odlinked.sheets.tables import JsonPlace, Row, Table

MOST_TITLES: Final = 100
MOST_OTHERS: Final = 100
"""Most tables after the records: a file with more arrays of objects is some other kind of tree, and its smaller arrays are left
out."""

_LONGEST_TITLE: Final = 200


class _JsonSource(NamedTuple):
    """A JSON file, how to read it, and whether it is JSON Lines."""

    path: Path
    name: str
    caps: ReadSettings
    encoding: Encoding
    lines: bool = False

    def found(self, whole: KeyPath | None = None) -> Iterator[JsonValue]:
        """Traverse the file from the start."""
        codec = self.encoding.codec
        with closing(JsonText(self.path.open(encoding=codec, errors=errors(codec, lost=False), newline=""), self.name)) as text:
            try:
                yield from json_walk.lines(text) if self.lines else json_walk.walk(text, whole)
            except RecursionError:
                raise text.too_deep() from None

    def spelled(self, whole: KeyPath | None = None) -> Iterator[tuple[JsonValue, int, str]]:
        """Traverse the file from the start; yield also where each value begins and its text."""
        codec = self.encoding.codec
        opened = self.path.open(encoding=codec, errors=errors(codec, lost=False), newline="")
        with closing(SpelledText(opened, self.name)) as text:
            for found in json_walk.lines(text) if self.lines else json_walk.walk(text, whole):
                yield found, text.begun, text.spelled

    def cells(self, found: JsonValue) -> list[tuple[str, str | None]]:
        """Return the cells of a record."""
        where = f"record {found.number:,}" if found.number else "the record"
        try:
            return flatten(found.value)
        except TooDeep:
            why, cap = f"{where} is nested too deeply", "100 levels"
        except TooWide:
            why = f"{where} spreads over too many values or has too long a path of keys"
            cap = f"{MOST_VALUES:,} values"
        raise InputError(f"{why}; the cap is {cap}", doing="reading", on=self.name,
                         next_step="Give the records themselves, as flat as they are")


@dataclass
class _ArrayHeadings:
    """What was found in an array: how many members and objects it has, and its headings (False: only empty so far)."""

    members: int = 0
    objects: int = 0
    headings: dict[str, bool] = field(default_factory=dict)

    def shown(self) -> tuple[str, ...]:
        """Return the headings, without those of empty arrays and objects that other records fill."""
        empty = {heading for heading, filled in self.headings.items() if not filled}
        if empty:
            empty = {heading[:i] for heading in self.headings for i, c in enumerate(heading) if c == "." and heading[:i] in empty}
        return tuple(heading for heading in self.headings if heading not in empty)


@dataclass
class _FileSurvey:
    """What was found in a file: arrays, and single values by the path of keys to them."""

    arrays: dict[KeyPath, _ArrayHeadings] = field(default_factory=dict)
    values: dict[KeyPath, str] = field(default_factory=dict)

    def outline(self) -> Outline:
        """Return the outline of the file: its structure without the values."""
        return Outline(self.arrays, self.values.keys())


def read(path: Path, name: str, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of a JSON or JSON Lines file, the records found first; raise `InputError` for a file that is not JSON or
    holds no record."""
    source = _JsonSource(path, name, caps, detect(path, name, one_line=True))
    try:
        survey = _survey(source)
    except json_walk.SeveralValues:
        source = source._replace(lines=True)
        survey = _survey(source)
    outline = survey.outline()
    place = outline.records(known)
    if place is None:
        raise InputError("the JSON holds no record: there is no object with a value in it", doing="reading", on=name,
                         next_step="Give an array of objects, one a record")
    chosen, whole = place
    others = [keys for keys in outline.tables() if keys[:len(chosen)] != chosen or not (whole or keys == chosen)]
    first = _single(source, survey, chosen) if whole else _table(source, survey, chosen)
    return [first, *(_table(source, survey, keys) for keys in others[:MOST_OTHERS])]


def _survey(source: _JsonSource) -> _FileSurvey:
    """Traverse the whole file once and check it against the limits."""
    survey = _FileSurvey()
    caps = source.caps
    for found in source.found():
        keys, number, value = found
        if number or value == []:
            array = survey.arrays.setdefault(keys, _ArrayHeadings())
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
                if len(survey.values) > caps.max_columns:
                    limits.check_width(source.name, 1, len(survey.values), caps)
                survey.values[(*keys, heading) if heading else keys] = text or ""
    area = 0
    for keys in survey.outline().tables():
        array = survey.arrays[keys]
        area = limits.check_area(source.name, array.members, len(array.headings), area, caps)
    return survey


def _table(source: _JsonSource, survey: _FileSurvey, keys: KeyPath) -> Table:
    headings = survey.arrays[keys].shown()
    places = {heading: place for place, heading in enumerate(headings)}

    def data() -> Iterator[Row]:
        for found in source.found():
            if found.path == keys and found.number:
                row = _row(source, found, places, found.number)
                if row.cells:
                    yield row

    def values(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[JsonPlace]]:
        records = ((one.number, begun, text) for one, begun, text in source.spelled() if one.path == keys and one.number)
        return json_places.found(records, headings, wanted)

    return Table(source.name, name_of(keys) or None, headings, 0, data, _titles(survey, keys), values=values)


def _single(source: _JsonSource, survey: _FileSurvey, keys: KeyPath) -> Table:
    """Return the table of one record; its headings are those of its own cells."""
    array = _ArrayHeadings()
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

    def values(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[JsonPlace]]:
        records = ((1, begun, text) for one, begun, text in source.spelled(keys) if one.path == keys)
        return json_places.found(records, headings, wanted)

    return Table(source.name, name_of(keys) or None, headings, 0, data, _titles(survey, keys), values=values)


def _row(source: _JsonSource, found: JsonValue, places: dict[str, int], number: int) -> Row:
    """Return the row of a record; a blank record has no cells."""
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


def _titles(survey: _FileSurvey, keys: KeyPath) -> tuple[Row, ...]:
    """Return the values around the records, one a line."""
    around = (Row(0, (name_of(value), text[:_LONGEST_TITLE])) for value, text in survey.values.items()
              if text and value[:len(keys)] != keys)
    return tuple(islice(around, MOST_TITLES))
