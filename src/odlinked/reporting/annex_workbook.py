"""The annex as a workbook that prints: landscape A4, one page wide, headings on every page, cells with lines around them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from odlinked.csv_text import is_formula
from odlinked.reporting.presentation import width as width_of
from odlinked.reporting.workbook import fixed

_SIDE: Final = Side(style="thin", color="7D7D7D")
_LINES: Final = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_HEAD: Final = PatternFill("solid", fgColor="DDE6F0")
_A4: Final = 9
_POINTS: Final = 15
"""Height of a line of text."""

_OTHER_WIDTH: Final = 18
_SPARE: Final = 3
"""Empty rows with lines, for a clerk to write into."""


class AnnexSheet(NamedTuple):
    """A table: the texts above it, its headings, rows of texts, the texts below it, and the widths of its first columns."""

    name: str
    above: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    below: Sequence[str]
    widths: Sequence[int]


class AnnexBook:
    """A workbook of such tables; the same tables and day give the same bytes."""

    def __init__(self, font: str, day: date) -> None:
        self._book, self._font, self._day = Workbook(), font, day
        self._book.remove(self._book.worksheets[0])

    def add(self, one: AnnexSheet) -> None:
        """Add a table as a sheet."""
        sheet: Any = self._book.create_sheet(one.name[:31])
        widths = [*one.widths, *([_OTHER_WIDTH] * (len(one.heads) - len(one.widths)))]
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        for row, text in enumerate(one.above, 1):
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(one.heads))
            cell = self._cell(sheet, row, 1, text)
            cell.alignment = Alignment(horizontal="right" if row == len(one.above) else "center", vertical="center")
            cell.font = Font(name=self._font, size=14 if row == 1 else 11, bold=row < len(one.above))
        first = len(one.above) + 1
        for row, texts in enumerate((one.heads, *one.rows, *([[""] * len(one.heads)] * _SPARE)), first):
            for column, text in enumerate(texts, 1):
                cell = self._cell(sheet, row, column, text)
                cell.border, cell.number_format = _LINES, "@"
                cell.alignment = Alignment(wrap_text=True, vertical="center" if row == first else "top")
                if row == first:
                    cell.fill, cell.font = _HEAD, Font(name=self._font, size=10, bold=True)
            sheet.row_dimensions[row].height = _height(texts, widths)
        # A blank row ends the table: what follows is no record.
        for row, text in enumerate(one.below, first + len(one.rows) + _SPARE + 2):
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(one.heads))
            self._cell(sheet, row, 1, text).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = sheet.cell(first + 1, 1)
        sheet.print_title_rows = f"{first}:{first}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.oddFooter.center.text = "&P / &N"

    def _cell(self, sheet: Any, row: int, column: int, text: str) -> Any:
        """Return a cell of text: nothing in it is a formula, a number or a day to a spreadsheet."""
        cell = sheet.cell(row, column)
        cell.font = Font(name=self._font, size=10)
        if text:
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
            cell.data_type = "s"
            cell.quotePrefix = is_formula(text)
        return cell

    def bytes(self) -> bytes:
        """Return the file."""
        raw = io.BytesIO()
        self._book.save(raw)
        return fixed(raw, self._day)


def _height(texts: Sequence[str], widths: Sequence[int]) -> int:
    """Return the height that shows the longest cell of a row whole, as far as a sheet may have it (409 points)."""
    lines = max(sum(-(-width_of(line) // max(1, width - 1)) or 1 for line in text.split("\n"))
                for text, width in zip(texts, widths, strict=True))
    return min(409, _POINTS * lines + 3)
