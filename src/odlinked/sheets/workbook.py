"""Tables of workbooks: xlsx, xls and ods, cells as a spreadsheet shows them (see `numerals` for numbers and dates).

Truth values are TRUE and FALSE, formulas the value stored with them. A cell merged downwards over data rows counts for each of
them that is not blank otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import ods, xls, xlsx
from odlinked.sheets.body import Span
from odlinked.sheets.compound import BrokenCompound, Compound
from odlinked.sheets.kinds import FileKind
from odlinked.sheets.layout import Known, find
from odlinked.sheets.merges import Merges
from odlinked.sheets.packages import Package
from odlinked.sheets.sheet import Sheet, in_order
from odlinked.sheets.tables import Row, Table


def read(path: Path, name: str, kind: FileKind, size: int, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of all worksheets, hidden ones too; chart sheets and blank ones have none."""
    with path.open("rb") as file:
        found = [table for sheet in sheets(file, name, kind, size, caps) for table in tables(sheet, name, caps, known)]
    if not any(table.headings for table in found):
        lines = sum(len(table.titles) for table in found)
        raise InputError(f"none of its {lines:,} rows can be a header" if lines else "the workbook has no filled cell",
                         doing="reading", on=name, next_step="Give the table a row of headings")
    return found


def sheets(file: BinaryIO, name: str, kind: FileKind, size: int, caps: ReadSettings) -> Iterator[Sheet]:
    """Yield the worksheets in order, each to be read before the next; raise `InputError` for a file that is broken or exceeds a
    limit."""
    if kind == "xls":
        try:
            with Compound(file, size) as compound:
                stream = compound.stream("Workbook" if "Workbook" in compound.names else "Book")
        except BrokenCompound as problem:
            raise limits.broken(name, str(problem)) from problem
        yield from xls.sheets(stream, name, caps)
        return
    with Package(file, name, size, caps) as package:
        yield from ods.sheets(package) if kind == "ods" else xlsx.sheets(package, caps.max_bytes)


def tables(sheet: Sheet, name: str, caps: ReadSettings, known: Known | None) -> Iterator[Table]:
    """Yield the tables of a sheet, and its lines as a table without headings where they belong to none."""
    rows = in_order(sheet.rows)
    spans, lines = find(rows, sheet.merges, known)
    try:
        filled = filled_down(rows, sheet.merges, 10 * caps.max_rows)
    except ValueError as problem:
        raise limits.broken(name, str(problem)) from problem
    for span in spans:
        yield _table(name, sheet.name, filled, span)
    if lines:
        yield Table(name, sheet.name, (), 0, _nothing, tuple(lines))


def _nothing() -> Iterator[Row]:
    return iter(())


def _table(name: str, sheet: str, rows: list[Row], span: Span) -> Table:
    data = tuple(row for row in rows if span.first <= row.number <= span.last and row.number not in span.left_out)
    return Table(name, sheet, span.headings, span.header_row, lambda: iter(data), span.titles)


def filled_down(rows: list[Row], merges: Merges, most: int) -> list[Row]:
    """Return the rows with each cell merged downwards repeated in the rows it covers."""
    covered = merges.down([row.number for row in rows], most)
    if not covered:
        return rows
    by_number = {row.number: row for row in rows}
    result = []
    for row in rows:
        if row.number in covered:
            cells = list(row.cells)
            for column, top in covered[row.number]:
                source = by_number.get(top)
                if source and column < len(source.cells) and (column >= len(cells) or not cells[column]):
                    cells.extend([""] * (column + 1 - len(cells)))
                    cells[column] = source.cells[column]
            row = Row(row.number, tuple(cells))
        result.append(row)
    return result
