"""The table being read: its header, its extent, and single-cell lines that may turn out to be notes."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from odlinked.sheets import headings as text
from odlinked.sheets.tables import Row

MOST_NOTES: Final = 2_000
"""Most lines that the notes of one table may have; further lines count as data, so that a long file is never held in memory."""

_SAMPLE: Final = 20


class Span(NamedTuple):
    """A table as a range of rows: its data are the non-blank rows from `first` to `last` that are not in `left_out`."""

    headings: tuple[str, ...]
    header_row: int
    first: int
    last: int
    left_out: frozenset[int]
    titles: tuple[Row, ...]


class Line(Enum):
    """What a line below data may be: MARKED as a note by its words, standing APART after a gap, or PLAIN."""

    MARKED = 1
    APART = 2
    PLAIN = 3


class OpenTable:
    """The table being read: its header, its extent, and single-cell lines that may turn out to be notes."""

    def __init__(self, header: list[Row], headings: tuple[str, ...], titles: list[Row],
                 taken: Callable[[Row], None] | None = None) -> None:
        self.header, self.headings, self.titles = header, headings, titles
        self.cells = header[-1].cells
        self.last = header[-1].number
        self.width = len(headings)
        self.sample: list[tuple[str, ...]] = []
        self.noting = False
        self.pending: list[tuple[Row, Line]] = []
        self.left_out: set[int] = set()
        self.taken = taken

    @property
    def known_well(self) -> bool:
        """Whether the sample is full and no row is wider than the header."""
        return len(self.sample) >= _SAMPLE and self.width == len(self.headings)

    def note(self, row: Row) -> None:
        if len(self.left_out) >= MOST_NOTES:
            self.data_row(row)
            return
        self.titles.append(row)
        self.left_out.add(row.number)

    def data(self, row: Row) -> None:
        """Take a data row; the lines kept before it are data as well, unless they are marked as notes."""
        for line, kind in self.pending:
            if kind is Line.MARKED:
                self.note(line)
            else:
                self.data_row(line)
        self.pending.clear()
        self.noting = False
        self.data_row(row)

    def data_row(self, row: Row) -> None:
        self.last = row.number
        self.width = max(self.width, len(row.cells))
        if len(self.sample) < _SAMPLE:
            self.sample.append(row.cells)
        if self.taken:
            self.taken(row)

    def span(self) -> Span:
        headings = self.headings + ("",) * (self.width - len(self.headings))
        first = self.header[-1].number + 1
        left_out = frozenset(number for number in self.left_out if number < self.last)
        return Span(headings, first - 1, first, self.last, left_out, tuple(self.titles))

    def line(self, row: Row, gap: bool) -> None:
        """Keep a single-cell line until it is known what follows it."""
        words = first_words(row)
        self.noting = self.noting or text.is_note(words)
        if self.noting or (self.width > 2 and text.is_labelled(words)):
            kind = Line.MARKED
        elif self.width > 2 and (gap or (self.pending and self.pending[-1][1] is not Line.PLAIN)):
            kind = Line.APART
        else:
            kind = Line.PLAIN
        self.pending.append((row, kind))
        if len(self.pending) > MOST_NOTES:
            self._give_up()

    def _give_up(self) -> None:
        """Take the lines kept so far as data: no table has that many notes."""
        for line, _ in self.pending:
            self.data_row(line)
        self.pending.clear()

    def close(self, *, another: bool) -> list[Row]:
        """Settle the lines after the last data row: notes and data of this table; return those that are titles of the next."""
        lines = self.pending
        split = _split([row for row, _ in lines]) if another else len(lines)
        for row, kind in lines[:split]:
            if kind is Line.PLAIN and not another:
                self.data_row(row)
            else:
                self.note(row)
        self.pending = []
        return [row for row, _ in lines[split:]]


def is_line(row: Row, width: int) -> bool:
    """True for a row of one cell, and for one that starts with a label and fills at most half of the table's width."""
    shown = text.filled(row.cells)
    return shown == 1 or (shown * 2 <= width and text.is_label(first_words(row)))


def _split(lines: list[Row]) -> int:
    """Return how many of the lines between two tables belong to the first: its notes; the rest are titles of the second.

    Titles start at the line with an ordinal (after notes, the last such line, since notes may have ordinals too), else after the
    last gap, else at the first line, or nowhere when the lines are notes.
    """
    words = [first_words(row) for row in lines]
    noted = next((index for index, line in enumerate(words) if text.is_note(line)), None)
    numbered = [index for index, line in enumerate(words) if text.is_numbered_title(line) and index >= (noted or 0)]
    if numbered:
        return numbered[0] if noted is None else numbered[-1]
    start = 0 if noted is None else noted + 1
    gaps = [index for index in range(start, len(lines)) if index and lines[index].number != lines[index - 1].number + 1]
    if gaps:
        return gaps[-1]
    return 0 if noted is None else len(lines)


def first_words(row: Row) -> str:
    """Return the first text of a row."""
    return text.on_one_line(next((cell for cell in row.cells if cell.strip()), ""))
