"""Tables counted while the shared layout finds them: one table of a content is read, the others are reported as unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

from odlinked.evidence.inspection.headings import LOOKED_AT, known_of
from odlinked.evidence.inspection.shape import ContentShape, Expectation, RowCounter
from odlinked.sheets.headings import is_text, on_one_line
from odlinked.sheets.layout import find
from odlinked.sheets.merges import Merges
from odlinked.sheets.tables import Row

RowCells = Callable[[Row], Sequence[str]]
TableScore = tuple[int, int]
"""0 for a table of one column, 1 for one without headings, 2 for others; how many of its headings are described."""

_COUNTED: Final = re.compile(r"\D{0,4}?(\d{1,4})[年月日季度週周時]{0,2}\Z")


class Tables:
    """Takes the rows of one worksheet after another (of a delimited file once); `shape()` returns the result.

    The table with the most described fields is read, the first of several such, and so the first of all where nothing is
    described; one with a single column only where there is no other. A table of the same sheet under the same headings continues
    it. The number of the others is reported: each in the sheet that is read, and each further sheet that has one. Rows are
    streamed and never held. `even`: rows have no width of their own, so that none is ragged. `errors`: look for cells that show a
    spreadsheet's error.
    """

    def __init__(self, wanted: Expectation, *, even: bool = True, errors: bool = True) -> None:
        self.wanted, self.even, self.errors = wanted, even, errors
        self.known = known_of(wanted.fields)
        self.found = ContentShape()
        self.rows: RowCounter | None = None
        self.headings: tuple[str, ...] = ()
        self.first = ""
        self.score: TableScore = (0, -1)
        self.sheets: list[_SheetTaker] = []

    @property
    def is_blank(self) -> bool:
        """True while no table was found."""
        return self.rows is None

    def read(self, rows: Iterable[Row], merges: Merges, *, run: Callable[[int], int] | None = None,
             raw: RowCells | None = None) -> None:
        """Take a sheet's non-blank rows, in rising order of their numbers.

        `run` may take ordinary rows past the layout (see `sheets.layout.Taker`), handing them to `self.rows`; it is called only
        while the table that is read is open. `raw` returns a row's cells as they are counted and checked, for instance with
        merged cells filled in, and is called once for each row of a table, in order; without it they are the row's own.
        """
        sheet = _SheetTaker(self, run, raw)
        self.sheets.append(sheet)
        find(rows, merges, self.known, sheet)

    def read_column(self, rows: Iterable[Row], raw: RowCells) -> None:
        """Take the rows of a text of one column, where every line counts: its heading is a described field, else the first
        line."""
        known = self.known
        waiting: list[Row] = []
        for row in rows:
            if self.rows is not None:
                self.rows.take(row.number, raw(row))
            elif known is None or known(row.cells[:1]) or len(waiting) >= LOOKED_AT:
                first = row if known is None or known(row.cells[:1]) else waiting[0]
                self._head(first, [*waiting, row], raw)
            else:
                waiting.append(row)
        if self.rows is None and waiting:
            self._head(waiting[0], waiting, raw)

    def _head(self, first: Row, waiting: list[Row], raw: RowCells) -> None:
        """Begin a column with one of the rows held back and take those after it."""
        cells = {row.number: raw(row) for row in waiting}
        hits = self.known(first.cells[:1]) if self.known else 0
        self.begin((on_one_line(first.cells[0]),), [first], lambda row: cells[row.number], (0, hits))
        for row in waiting:
            if row.number > first.number and self.rows is not None:
                self.rows.take(row.number, cells[row.number])

    def begin(self, headings: tuple[str, ...], header: list[Row], raw: RowCells, score: TableScore) -> None:
        """Read the table that starts here instead of the one read so far."""
        self.score, self.headings, self.found = score, headings, ContentShape()
        self.first = header[-1].cells[0]
        cells = [raw(row) for row in header]
        width = len(cells[-1])
        names = headings + ("",) * (width - len(headings))
        headless = score[0] == 1 or (not score[1] and is_headless(headings))
        self.found.named(() if headless else names)
        self.rows = RowCounter(names, None if headless else self.wanted.check, errors=self.errors)
        self.rows.last = header[-1].number
        for row, own in zip(header, cells, strict=True) if headless else ():
            self.rows.take(row.number, own)

    def shape(self, *, whole: bool = True) -> ContentShape:
        """Return what was found after the last row; without the `whole` there are no totals."""
        if self.rows is None:
            return self.found
        self.rows.settle(self.found, whole=whole, even=self.even)
        self.found.unread = sum(sheet.others if sheet.is_read else bool(sheet.others) for sheet in self.sheets)
        return self.found


class _SheetTaker:
    """One sheet's tables as the layout finds them (a `Taker`); `others` are those with rows that are not read."""

    def __init__(self, tables: Tables, run: Callable[[int], int] | None, raw: RowCells | None) -> None:
        self.tables, self.raw = tables, raw or (lambda row: row.cells)
        self.others = 0
        self.is_read = self.reading = self.fresh = False
        self._run = run

    def open(self, header: list[Row], headings: tuple[str, ...]) -> None:
        """Decide which table it is and whether it is the one to read."""
        tables = self.tables
        if self.is_read and headings == tables.headings:
            self.reading, self.fresh = True, False
            return
        known = tables.known(headings) if tables.known else 0
        several = sum(map(bool, headings)) > 1
        score = (several + (several and (bool(known) or not is_headless(headings))), known)
        blank = tables.rows is None or not tables.rows.count
        self.reading = score > tables.score or (blank and score == tables.score)
        self.fresh = not self.reading and several
        if self.reading:
            for sheet in tables.sheets:
                sheet.others += sheet.is_read and not blank and tables.score[0] > 0
                sheet.is_read = sheet is self
            tables.begin(headings, header, self.raw, score)

    def row(self, row: Row) -> None:
        """Count a row of the table that is read; the first row of another makes it one to report."""
        cells = self.raw(row)
        if self.reading and self.tables.rows is not None:
            self.tables.rows.take(row.number, cells)
        elif self.fresh:
            self.others, self.fresh = self.others + 1, False

    def run(self, last: int) -> int:
        """Take ordinary rows without the layout."""
        return self._run(last) if self._run and self.reading else last


def is_headless(headings: Sequence[str]) -> bool:
    """True when what stands in the place of headings is a row of values: half of it or more are numbers, dates or addresses,
    and these do not count up as years, months and ordinals in a header do."""
    words = [on_one_line(heading) for heading in headings if heading.strip()]
    values = [word for word in words if not is_text(word)]
    if len(values) * 2 < len(words):
        return False
    matches = [_COUNTED.match(value) for value in values]
    numbers = [int(match[1]) for match in matches if match]
    steps = {after - before for before, after in pairwise(numbers)}
    return not (len(numbers) == len(values) > 1 and len(steps) == 1 and steps <= {1, -1})
