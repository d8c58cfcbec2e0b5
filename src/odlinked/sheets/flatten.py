"""A JSON record as cells: nested objects become headings joined with dots, arrays become lists in a cell.

The members of an array are joined with ␞, those of an array within with ␟, then ␝ and ␜: the pictures of the control characters
made for this, replaced by a blank where a text contains one. An array of objects becomes lists that run in parallel, one a key,
each with as many members as the array: `distribution.resourceFormat` is `CSV␞JSON`, so that an address with a semicolon is never
split.
"""

from __future__ import annotations

import re
from typing import Final

from odlinked.sheets.headings import on_one_line
from odlinked.sheets.json_text import DEPTH

MARKS: Final = "␞␟␝␜"
LONGEST_PATH: Final = 1_000
"""Most characters of a heading: the keys from the record down to a value."""

MOST_VALUES: Final = 2_000_000
"""Most values one record may expand to, gaps in its lists included."""

_UNSHOWN: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\ud800-\udfff]|[␞␟␝␜]")

FlatCells = list[tuple[str, str | None]]
"""Heading and text in the order of the record; None for an array or object without members."""


class TooDeep(Exception):
    """A record is nested too deeply."""


class TooWide(Exception):
    """A record expands to too many values, or a path of keys is too long."""


def flatten(record: object) -> FlatCells:
    """Return the cells of a record; a repeated heading is followed by (2), (3) … from the second time on.

    A number keeps its spelling, true and false are `true` and `false`, null is empty. A value that is not an object has the
    heading "". Control characters that no spreadsheet shows are dropped.
    """
    out: FlatCells = []
    _Flattening().put(record, "", 0, 1, out)
    return _numbered(out)


def _numbered(cells: FlatCells) -> FlatCells:
    if len({heading for heading, _ in cells}) == len(cells):
        return cells
    times: dict[str, int] = {}
    taken = {heading for heading, _ in cells}
    answer: FlatCells = []
    for heading, text in cells:
        times[heading] = times.get(heading, 0) + 1
        if times[heading] > 1:
            first = heading
            while (heading := f"{first} ({times[first]})") in taken:
                times[first] += 1
            taken.add(heading)
        answer.append((heading, text))
    return answer


class _Flattening:
    """One record being flattened; `left` is how many more values its lists may expand to."""

    def __init__(self) -> None:
        self.left = MOST_VALUES

    def put(self, value: object, heading: str, level: int, depth: int, out: FlatCells) -> None:
        """Add the cells of a value: `level` arrays and `depth` arrays and objects are around it."""
        if isinstance(value, str):
            out.append((heading, value if value.isalnum() else _shown(value)))
        elif value is None:
            out.append((heading, ""))
        elif isinstance(value, bool):
            out.append((heading, "true" if value else "false"))
        elif depth > DEPTH:
            raise TooDeep
        elif isinstance(value, tuple):
            if not value:
                out.append((heading, None))
            for key, item in value:
                name = f"{heading}.{on_one_line(key)}" if heading else on_one_line(key)
                if len(name) > LONGEST_PATH:
                    raise TooWide
                self.put(item, name, level, depth + 1, out)
        elif isinstance(value, list):
            self.parallel(value, heading, level, depth, out)

    def parallel(self, items: list[object], heading: str, level: int, depth: int, out: FlatCells) -> None:
        """Add an array as parallel lists."""
        columns: dict[str, list[str]] = {}
        for place, item in enumerate(items):
            cells: FlatCells = []
            self.put(item, heading, level + 1, depth + 1, cells)
            for name, text in _numbered(cells):
                column = columns.setdefault(name, [])
                column.extend([""] * (place - len(column)))
                column.append(text or "")
            if len(columns) * len(items) > self.left:
                raise TooWide
        self.left -= len(columns) * len(items)
        mark = MARKS[min(level, len(MARKS) - 1)]
        if not columns:
            out.append((heading, None))
        for name, column in columns.items():
            out.append((name, mark.join(column) + mark * (len(items) - len(column)) if any(column) else ""))


def _shown(text: str) -> str:
    return _UNSHOWN.sub(lambda found: " " if found[0] in MARKS else "", text) if _UNSHOWN.search(text) else text
