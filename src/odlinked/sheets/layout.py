"""Where the tables are in a worksheet or a delimited file: titles above, headers, data, notes below.

The rules, which depend on no form:

1. Blank rows are gaps. A *block* is the run of rows up to the next gap, or up to a line of one cell that follows wider rows.
2. The **header** is the first row that shows at least two different cells and at least half as many cells as the widest
   row of its block and is no line of labels and values (some cells end in a colon). A cell is *heading-like* when it is
   short and neither number, date nor address: where less than half of the cells are, a row within the next three that shows
   only different, heading-like cells is preferred. A row that stands alone in its block is a title when the next block
   opens with a wider header. Rows above are titles. Where no row will do, the first of half the width is taken.
3. A heading merged over several columns, or followed by columns without a heading, is a **group** when the row below shows
   text only under groups: that row is a header too, and headings are joined top to bottom. So is a row that headings are
   merged down into.
4. A **new table** starts where the header is repeated, or after a gap or a line of one cell at a row that shows only
   heading-like cells, when it is set off by more than that: an ordinal or a label before it, another width than the table
   above, or columns whose values are numbers above it or below it while its own cells are text.
5. Lines of one cell, and rows that open with a label and fill no more than half of the width, are **notes** when they
   open with the mark of a note (and all such lines after it) or with a short label and a colon; also when they
   follow a gap and no more data come. They are titles when another table follows. All other rows are data.

A caller who knows forms may give `known`, which says how many of some headings a form knows: it decides between a row and the
next few as the header, and recognises the header of another table after a gap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Final, Protocol

from odlinked.sheets import headings as text
from odlinked.sheets.body import OpenTable, Span, first_words, is_line
from odlinked.sheets.merges import Merges
from odlinked.sheets.tables import Row

AHEAD: Final = 64
"""Rows looked ahead to find out how wide a block is."""

MOST_LINES: Final = 1_000
"""Rows kept as titles while no header is found, before the first wide row is taken instead."""

COLONS: Final = "：:"

Known = Callable[[tuple[str, ...]], int]

PassRun = Callable[[int, tuple[str, ...]], int]
"""Passes over ordinary rows (see `Taker.run`) below these cells of a header, once the first rows of a table are known."""


class Taker(Protocol):
    """Receives the tables while they are being found, so that they need not be read again; called in the order of the rows."""

    def open(self, header: list[Row], headings: tuple[str, ...]) -> None:
        """A table starts with these header rows and headings."""

    def row(self, row: Row) -> None:
        """Receive a data row of the table opened last."""

    def run(self, last: int) -> int:
        """Receive ordinary rows directly from the source of `rows` and return the number of the last one, `last` for none.

        Called when row `last` was the last one handed out. A row is ordinary when its number follows that of the row before, it
        shows something in its first two cells, the first does not end in a colon and differs from the header's, and it is no
        wider than the header. The first row that is not ordinary is the next one of `rows`.
        """


def find(rows: Iterable[Row], merges: Merges, known: Known | None = None,
         taker: Taker | None = None, run: PassRun | None = None) -> tuple[list[Span], list[Row]]:
    """Return the tables of `rows` (non-blank, in rising order of their numbers) and the lines that belong to none of them.

    With a `taker`, whose file may be of any length, lines not followed by a header are a table of one column. `run`, if any,
    passes over ordinary rows.
    """
    return _Finder(rows, merges, known, taker, run).run()


class _Finder:
    """One pass over the rows with a short lookahead."""

    def __init__(self, rows: Iterable[Row], merges: Merges, known: Known | None, taker: Taker | None,
                 passed: PassRun | None) -> None:
        self.rows, self.merges, self.known, self.taker, self.passed = iter(rows), merges, known, taker, passed
        self.ahead: deque[Row] = deque()
        self.spans: list[Span] = []
        self.lines: list[Row] = []
        self.lenient = False

    def run(self) -> tuple[list[Span], list[Row]]:
        self._seek_and_follow()
        if not self.spans and any(text.filled(row.cells) > 1 for row in self.lines):
            self._again()
        if not self.spans and self.lines and self.taker:
            self._single()
        return self.spans, self.lines

    def _again(self) -> None:
        """Start over with the rows kept so far, taking the first wide one as the header."""
        self.lenient = True
        self.ahead.extendleft(reversed(self.lines))
        self.lines = []
        self._seek_and_follow()

    def _single(self) -> None:
        """Take the lines, none of which can be a header, as a table headed by the first: a data file may have one column."""
        first, *others = self.lines
        self.ahead.extendleft(reversed(others))
        self.lines = []
        self._follow([first])

    def _seek_and_follow(self) -> None:
        while (row := self._next()) is not None:
            header = self._header(row)
            if header:
                self._follow(header)
            else:
                self.lines.append(row)
                if len(self.lines) >= MOST_LINES and not self.spans and (self.taker or not self.lenient):
                    if self.lenient:
                        self._single()
                    else:
                        self._again()

    def _next(self) -> Row | None:
        return self.ahead.popleft() if self.ahead else next(self.rows, None)

    def _look(self) -> deque[Row]:
        self.ahead.extend(islice(self.rows, max(0, AHEAD - len(self.ahead))))
        return self.ahead

    # following a table

    def _follow(self, header: list[Row] | None) -> None:
        """Read tables one after another to the end of the rows."""
        while header:
            for _ in header[1:]:
                self.ahead.popleft()
            headings = self.merges.join(header)
            table = OpenTable(header, headings, self.lines, self.taker.row if self.taker else None)
            if self.taker:
                self.taker.open(header, headings)
            header = self._body(table)
            self.lines = table.close(another=bool(header))
            self.spans.append(table.span())

    def _body(self, table: OpenTable) -> list[Row] | None:
        """Read data rows until another table's header, which is returned with its rows."""
        ordinary, alert, before = table.cells, False, table.last
        run = self.taker.run if self.taker else partial(self._passed, table) if self.passed else None
        while True:
            if run and not (self.ahead or table.pending) and (last := run(before)) != before:
                before = table.last = last
            row = self._next()
            if row is None:
                return None
            number, cells = row
            gap = number != before + 1
            before = number
            plain = not (gap or alert) and len(cells) > 1 and cells[0] and cells[1] and cells[0][-1] not in COLONS
            if plain and cells != ordinary:
                table.data_row(row)
                continue
            if is_line(row, table.width):
                table.line(row, gap)
                alert = True
                continue
            header = self._another(table, row, gap or alert)
            if header:
                return header
            table.data(row)
            alert = False

    def _passed(self, table: OpenTable, last: int) -> int:
        """Pass over ordinary rows; return the number of the last one."""
        return self.passed(last, table.cells) if self.passed and table.known_well else last

    def _another(self, table: OpenTable, row: Row, set_off: bool) -> list[Row] | None:
        """Return the header rows when `row` starts another table (rule 4)."""
        if row.cells == table.cells:
            return self._header_rows(row)
        if not set_off:
            return None
        words = [text.on_one_line(cell) for cell in row.cells if cell.strip()]
        if self.known is not None:
            header = self._header_rows(row)
            if self.known(self.merges.join(header)) >= max(2, len(words) / 2):
                return header
        if not (all(map(text.is_text, words)) and self._header(row)):
            return None
        before = [first_words(line) for line, _ in table.pending]
        if any(text.is_numbered_title(line) or text.is_label(line) for line in before) or self._differs(table, row):
            return self._header_rows(row)
        return None

    def _differs(self, table: OpenTable, row: Row) -> bool:
        """True when `row` has another width than the table and its successors, or is text above or below numbers."""
        below = [line.cells for line in islice(self._look(), 5)]
        if below and len(row.cells) != len(table.cells) and text.filled(row.cells) == len(row.cells) == max(map(len, below)):
            return True
        return any(_numbers(rows, column) for rows in (table.sample, below)
                   for column, cell in enumerate(row.cells) if cell.strip())

    # finding a header

    def _header(self, row: Row) -> list[Row] | None:
        """Return the rows of the header that starts at `row`, or None (rules 2 and 3)."""
        words = [text.on_one_line(cell) for cell in row.cells if cell.strip()]
        if self.known is not None and len(words) > 1:
            score = self.known(self.merges.join(self._header_rows(row)))
            if score >= max(2, len(words) / 2):
                return self._header_rows(row)
            if any(self.known(self.merges.join([line])) > max(score, 1) for line in islice(self._look(), 10)):
                return None
        if len(set(words)) < 2 or not self._is_wide(row):
            return None
        if not self.lenient and (self._is_filled_in(words) or (self._is_values(words) and self._heads_below())):
            return None
        return self._header_rows(row)

    @staticmethod
    def _is_filled_in(words: list[str]) -> bool:
        """True for labels with their values, such as a unit and a date above a table."""
        labels = sum(map(text.is_label, words))
        return 0 < labels < len(words)

    @staticmethod
    def _is_values(words: list[str]) -> bool:
        return sum(map(text.is_text, words)) * 2 < len(words)

    def _heads_below(self) -> bool:
        """True when one of the next rows shows only different, heading-like cells, and so is a better header."""
        for line in islice(self._look(), 3):
            words = [text.on_one_line(cell) for cell in line.cells if cell.strip()]
            if 1 < len(words) == len(set(words)) and all(map(text.is_text, words)) and self._is_wide(line):
                return True
        return False

    def _is_wide(self, row: Row) -> bool:
        """True when `row` shows half as many cells as the widest row of its block and does not sit alone above a wider one."""
        own = text.filled(row.cells) + self.merges.covered(row)
        block = list(self._block(row))
        if any(text.filled(line.cells) > 2 * own for line in block):
            return False
        if any(text.filled(line.cells) > 1 for line in block):
            return True
        following = next((line for line in self._look() if text.filled(line.cells) > 1), None)
        return following is None or text.filled(following.cells) <= own or not all(
            text.is_text(text.on_one_line(cell)) for cell in following.cells if cell.strip())

    def _block(self, row: Row) -> Iterator[Row]:
        """Yield the rows after `row` that are in its block."""
        number, wide = row.number, False
        for line in self._look():
            if line.number <= number:
                continue
            several = text.filled(line.cells) > 1
            if line.number != number + 1 or (wide and not several):
                return
            number, wide = line.number, wide or several
            yield line

    def _header_rows(self, row: Row) -> list[Row]:
        """Return `row` and the rows below it that belong to the header; they stay among the rows ahead."""
        return [row, *self.merges.below(row, self._look())]


def _numbers(rows: list[tuple[str, ...]], column: int) -> bool:
    """True when at least two rows have a value in `column` and all values are numbers, dates or addresses."""
    values = [text.on_one_line(cells[column]) for cells in rows if column < len(cells) and cells[column].strip()]
    return len(values) > 1 and not any(map(text.is_text, values))
