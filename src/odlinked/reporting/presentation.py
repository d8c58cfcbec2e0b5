"""How a table is laid out for people: several rows side by side, or rows as columns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from odlinked.reporting.plan import ReportColumn, ReportSheet
from odlinked.reporting.workbook import ShownValue

Cells = Sequence[ShownValue]


class ShownTable(NamedTuple):
    """A table as it is shown: its headings with their widths, its rows, and the row of the total ([] where there is none)."""

    heads: list[ShownValue]
    widths: list[int]
    rows: list[list[ShownValue]]
    last: list[ShownValue]


def shown(sheet: ReportSheet, rows: Sequence[Cells], last: Cells, slide: bool = False) -> ShownTable:
    """Return the table of a sheet; on a slide only the columns that slides show."""
    kept = [place for place, column in enumerate(sheet.columns) if column.slide or not slide]
    columns = [sheet.columns[place] for place in kept]
    chosen = [[row[place] for place in kept] for row in rows]
    total = [last[place] for place in kept] if last else []
    if sheet.turned:
        return _turned(columns, chosen)
    across = sheet.slide_across if slide else sheet.across
    if across > 1:
        return _beside(columns, chosen, total, across)
    return ShownTable([*(column.title for column in columns)], [column.width for column in columns], chosen, total)


def _turned(columns: Sequence[ReportColumn], rows: Sequence[Cells]) -> ShownTable:
    heads: list[ShownValue] = [columns[0].title, *(row[0] for row in rows)]
    lines = [[column.title, *(row[place] for row in rows)] for place, column in enumerate(columns) if place]
    return ShownTable(heads, [columns[0].width, *([14] * len(rows))], lines, [])


def _beside(columns: Sequence[ReportColumn], rows: Sequence[list[ShownValue]], last: list[ShownValue], across: int) -> ShownTable:
    """Lay rows out side by side, down the first columns, then the next; the total stands below the last of them."""
    high = -(-len(rows) // across) or 1
    blank: list[ShownValue] = [""] * len(columns)
    lines: list[list[ShownValue]] = [[] for _ in range(high)]
    for start in range(0, high * across, high):
        for number in range(high):
            lines[number] += rows[start + number] if start + number < len(rows) else blank
    return ShownTable([*(column.title for column in columns)] * across, [column.width for column in columns] * across, lines,
                      [*(blank * (across - 1)), *last] if last else [])


def text(value: ShownValue, missing: str) -> str:
    """Return a cell as text, numbers with thousands separators; `missing` where nothing is known."""
    if value is None:
        return missing
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    return value


def width(line: str) -> int:
    """Return the width of a line in digits: a Chinese character is as wide as two."""
    return sum(1 if character < "\u1100" else 2 for character in line)
