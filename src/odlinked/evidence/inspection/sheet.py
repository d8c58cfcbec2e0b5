"""A worksheet's rows as they come: the header is found among the first, the others are counted and checked."""

from __future__ import annotations

import datetime
import re
from typing import Final

from odlinked.evidence.inspection.headings import header
from odlinked.evidence.inspection.package import Unreadable
from odlinked.evidence.inspection.shape import Rows, Shape, Wanted

_WAITED: Final = 200
"""Rows looked at before the header is settled."""

MOST_CELLS: Final = 50_000_000
"""Cells, blank ones between filled ones included, that a sheet may spread over."""

_FORMAT_TEXT: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number formats that are dates or times without saying so (ECMA-376-1, 18.8.30, those of zh-TW included)."""


class Sheet:
    """Takes rows in order; `shape()` tells what they came to."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.held: list[tuple[int, list[str]]] = []
        self.rows: Rows | None = None
        self.found = Shape()
        self.cells = 0

    @property
    def is_blank(self) -> bool:
        return not self.held and self.rows is None

    def take(self, number: int, cells: list[str]) -> None:
        """Take row `number` (1 is the first of the sheet), blank cells at its end left out."""
        self.cells += len(cells)
        if self.cells > MOST_CELLS:
            raise Unreadable("its filled cells spread over more cells than are read")
        if self.rows is not None:
            self.rows.take(number, cells)
        elif any(cells):
            self.held.append((number, cells))
            if len(self.held) >= _WAITED:
                self.settle()

    def settle(self) -> Rows:
        """Find the header among the rows held back and take the others."""
        held, self.held = self.held, []
        place = header([cells for _, cells in held], self.wanted.fields)
        top = held[place][1] if place is not None else []
        self.found.named(top)
        self.rows = rows = Rows(top, self.wanted.check if place is not None else None)
        for number, cells in held[0 if place is None else place + 1:]:
            rows.take(number, cells)
        return rows

    def shape(self) -> Shape:
        """Return what was found after the last row."""
        rows = self.rows or self.settle()
        rows.settle(self.found, whole=True, even=True)
        return self.found


class Further(Sheet):
    """A worksheet after the one that counts: only whether it holds a table is told, two rows of two filled cells or more."""

    rows_seen = 0
    told = False

    class Enough(Exception):
        """It is known to hold a table."""

    def take(self, number: int, cells: list[str]) -> None:
        """Take a row; raise `Enough` with the second of a table."""
        self.rows_seen += sum(map(bool, cells)) > 1
        if self.rows_seen > 1:
            raise Further.Enough


def is_date(number_format: int, code: str = "") -> bool:
    """True when numbers in this format show as a date or a time."""
    if not code:
        return number_format in _DATES
    return bool(re.search(r"[ymdhs]", _FORMAT_TEXT.sub("", code.split(";")[0]), re.IGNORECASE)) and "0.0" not in code


def number(value: float, *, date: bool = False, from_1904: bool = False) -> str:
    """Return a number as a spreadsheet shows it: 15 digits, no point on whole numbers; dates and times as ISO 8601."""
    if date and 0 <= value < 2_958_466:
        return _date(value, from_1904)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")


def _date(value: float, from_1904: bool) -> str:
    start = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30) + datetime.timedelta(value < 60)
    moment = start + datetime.timedelta(seconds=round(value * 86_400))
    if value < 1 and not from_1904:
        return moment.time().isoformat()
    return moment.isoformat() if moment.time() != datetime.time() else moment.date().isoformat()
