"""Worksheets: xlsx, xls and ods by calamine, cells as a spreadsheet shows them as far as the file says.

Whole numbers come without a decimal point, dates and times as ISO 8601, truth values as TRUE and FALSE, formulas as the value
stored with them. A cell merged downwards over data rows counts for each of them that shows anything else.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import ods, xls, xlsx
from odlinked.sheets.body import Span
from odlinked.sheets.headings import is_blank
from odlinked.sheets.kinds import Kind
from odlinked.sheets.layout import Known, find
from odlinked.sheets.merges import Merge, Merges
from odlinked.sheets.seen import Seen
from odlinked.sheets.tables import Row, Table

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta
_CONTROLS: Final = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


_LOOKS: Final[dict[str, Callable[[Path, str, int, ReadSettings], list[Seen]]]] = {
    "xlsx": xlsx.look, "ods": ods.look, "xls": xls.look}


def read(path: Path, name: str, kind: Kind, size: int, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of all worksheets, hidden ones too; chart sheets and blank ones have none."""
    try:
        seen = _LOOKS[kind](path, name, size, caps)
        tables = list(_tables(path, name, seen, caps, known))
    except InputError:
        raise
    except CalamineError as problem:
        raise _broken(name, problem) from problem
    except BaseException as problem:  # a panic inside the reader is a BaseException of a class that has no public name
        if isinstance(problem, (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)):
            raise
        raise _broken(name, problem) from problem
    if not any(table.headings for table in tables):
        lines = sum(len(table.titles) for table in tables)
        raise InputError(f"none of its {lines:,} rows can be a header" if lines else "the workbook has no filled cell",
                         doing="reading", on=name, next_step="Give the table a row of headings")
    return tables


def _broken(name: str, problem: BaseException) -> InputError:
    return InputError(f"the workbook is broken or not what it says it is ({problem})", doing="reading", on=name,
                      next_step="Open it, save it again as xlsx or ods and retry")


def _tables(path: Path, name: str, seen: list[Seen], caps: ReadSettings, known: Known | None) -> Iterator[Table]:
    with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
        for index, sheet in enumerate(book.sheets_metadata):
            if sheet.typ in (SheetTypeEnum.WorkSheet, SheetTypeEnum.DialogSheet, SheetTypeEnum.MacroSheet):
                yield from _sheet(book.get_sheet_by_index(index), seen[index] if index < len(seen) else Seen(), name, caps, known)


def _sheet(sheet: CalamineSheet, seen: Seen, name: str, caps: ReadSettings, known: Known | None) -> Iterator[Table]:
    rows = list(_rows(sheet, seen, name, caps))
    merges = _merges(sheet, seen)
    spans, lines = find(rows, merges, known)
    filled = _filled_down(rows, merges, 10 * caps.max_rows)
    for span in spans:
        yield _table(name, sheet.name, filled, span)
    if lines:
        yield Table(name, sheet.name, (), 0, _nothing, tuple(lines))


def _merges(sheet: CalamineSheet, seen: Seen) -> Merges:
    if seen.merges is not None:
        return Merges(seen.merges, stated=True)
    stated = sheet.merged_cell_ranges
    return Merges((Merge(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in stated or ()),
                  stated=stated is not None)


def _nothing() -> Iterator[Row]:
    return iter(())


def _table(name: str, sheet: str, rows: list[Row], span: Span) -> Table:
    data = tuple(row for row in rows if span.first <= row.number <= span.last and row.number not in span.left_out)
    return Table(name, sheet, span.headings, span.header_row, lambda: iter(data), span.titles)


def _filled_down(rows: list[Row], merges: Merges, most: int) -> list[Row]:
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


def _rows(sheet: CalamineSheet, seen: Seen, name: str, caps: ReadSettings) -> Iterator[Row]:
    """Yield the rows that show something, columns counted from A."""
    first, left = sheet.start or (0, 0)
    limits.check_rows(name, sheet.height, caps)
    limits.check_width(name, first + 1, left + sheet.width, caps)
    grid = sheet.to_python(skip_empty_area=True)
    margin = [""] * left
    numbers = range(first + 1, first + 1 + len(grid))
    for number in sorted({*numbers, *seen.shown}):
        values = grid[number - first - 1] if number in numbers else []
        cells = margin + [value.translate(_CONTROLS) if type(value) is str else shown(value) for value in values]
        for column, text in seen.shown.get(number, {}).items():
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text
        while cells and not cells[-1]:
            cells.pop()
        if not is_blank(cells):
            yield Row(number, tuple(cells))


def shown(value: Value) -> str:
    """Return a cell's value as text: 15 significant digits as a spreadsheet keeps, ISO 8601 dates, hours past 24 kept."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return value.isoformat()
