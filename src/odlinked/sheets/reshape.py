"""A table read in another direction: blocks side by side, headings in the first column, a statement above it as a column.

None of this depends on a form. Every cell stays at its column of the sheet, so that a finding on it needs no translation; of a
turned table, whose rows are columns of the sheet, `tables.upright` gives the cell back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from odlinked.sheets.headings import is_blank, on_one_line
from odlinked.sheets.tables import TURNED, Row, Table

MOST_TURNED: Final = 500
"""Most rows, and most columns, of a table that is turned: a larger one is a list, not a small table of figures."""


def blocks(table: Table) -> list[Table]:
    """Return the blocks of a table that stand side by side under the same headings, from left to right; the table where it has
    one.

    The headings of a block are repeated from the first column to the last, twice or more often; a heading alone is no block.
    """
    headings = table.headings
    period = next((size for size in range(2, len(headings) // 2 + 1)
                   if len(headings) % size == 0 and all(headings[:size]) and len(set(headings[:size])) == size
                   and headings == headings[:size] * (len(headings) // size)), 0)
    return [_block(table, start, start + period) for start in range(0, len(headings), period)] if period else [table]


def _block(table: Table, start: int, end: int) -> Table:
    before = ("",) * start

    def rows() -> Iterator[Row]:
        for number, cells in table.rows():
            own = cells[start:end]
            if not is_blank(own):
                yield Row(number, before + own)

    return replace(table, headings=before + table.headings[start:end], read=rows)


def turned(table: Table) -> Table | None:
    """Return a table whose headings are in its first column, a row for each other column of the sheet; None for a large one.

    The numbers of its rows and its columns are those of `tables.upright`.
    """
    rows = [Row(table.header_row, table.headings)]
    for row in table.rows():
        rows.append(row)
        if len(rows) > MOST_TURNED:
            return None
    width = max(len(cells) for _, cells in rows)
    if width > MOST_TURNED or rows[-1].number > MOST_TURNED or not 0 < table.header_row < TURNED:
        return None
    columns = [[""] * rows[-1].number for _ in range(width)]
    for number, cells in rows:
        for place, text in enumerate(cells):
            columns[place][number - 1] = text
    data = [Row(TURNED + place + 1, tuple(cells)) for place, cells in enumerate(columns) if place and not is_blank(cells)]
    return replace(table, headings=tuple(map(on_one_line, columns[0])), header_row=TURNED + 1, read=lambda: iter(data),
                   places=None, values=None)


def with_column(table: Table, heading: str, text: str) -> Table:
    """Return a table with one more column behind its last one that has the same text in every row: what is said of all of them
    elsewhere."""
    width = len(table.headings)

    def rows() -> Iterator[Row]:
        for number, cells in table.rows():
            yield Row(number, cells[:width] + ("",) * (width - len(cells)) + (text,))

    return replace(table, headings=(*table.headings, heading), read=rows)
