"""The annex as a workbook that prints: landscape, headings on every page, cells with lines around them, no text below 8 points.

A table stands one page wide on A4, a wider one on A3; one wider than that goes on over several pages of A3, and its first
columns, which say what a row is about, stand on each of them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break, ColBreak

from odlinked.csv_text import is_formula
from odlinked.reporting.presentation import width as width_of
from odlinked.reporting.workbook import fixed

_SIDE: Final = Side(style="thin", color="7D7D7D")
_LINES: Final = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_HEAD: Final = PatternFill("solid", fgColor="DDE6F0")
_A4, _A3 = 9, 8
_ACROSS: Final = {_A4: 784, _A3: 1_133}
"""Paper by its number in a workbook -> points between its margins, the long way."""

_UNIT: Final = 7.1
"""Points of a unit of a column's width where it is drawn widest: LibreOffice without a font as narrow as Calibri (else 5.25)."""

_SMALLEST: Final = 80
"""How small a table may be printed, in percent: 10 points are 8 then."""

_POINTS: Final = 15
"""Height of a line of text."""

_OTHER_WIDTH: Final = 14
_SPARE: Final = 3
"""Empty rows with lines, for a clerk to write into."""


class AnnexSheet(NamedTuple):
    """A table: the texts above it, its headings, rows of texts, the texts below it, and the widths of its first columns. The
    first `named` columns say what a row is about."""

    name: str
    above: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    below: Sequence[str]
    widths: Sequence[int]
    named: int = 1


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
        paper, breaks = _pages(widths, one.named)
        across = breaks[0] if breaks else len(one.heads)  # a text across the pages would be cut between them
        for row, text in enumerate(one.above, 1):
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=across)
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
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=across)
            self._cell(sheet, row, 1, text).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = sheet.cell(first + 1, 1)
        sheet.print_title_rows = f"{first}:{first}"
        _print(sheet, paper, breaks, one.named)

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


def _pages(widths: Sequence[int], named: int) -> tuple[int, list[int]]:
    """Return the smallest paper that shows all columns large enough; else the largest, and behind which columns its pages end."""
    for paper in _ACROSS:
        if sum(widths) <= _units(paper):
            return paper, []
    breaks, used = list[int](), 0
    for column, width in enumerate(widths):
        if column > named and used + width > _units(_A3):
            breaks.append(column)
            used = sum(widths[:named])
        used += width
    return _A3, breaks


def _print(sheet: Any, paper: int, breaks: Sequence[int], named: int) -> None:
    """Set paper and scale; on several pages across, the first columns stand on each."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", paper
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddFooter.center.text = "&P / &N"
    if not breaks:
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        return
    sheet.page_setup.scale, sheet.page_setup.pageOrder = _SMALLEST, "overThenDown"
    sheet.print_title_cols = f"A:{get_column_letter(named)}"
    sheet.col_breaks = ColBreak()
    for column in breaks:
        sheet.col_breaks.append(Break(id=column))


def _units(paper: int) -> float:
    """Return how wide the columns of a page may be together."""
    return _ACROSS[paper] / _UNIT * 100 / _SMALLEST


def _height(texts: Sequence[str], widths: Sequence[int]) -> int:
    """Return the height that shows the longest cell of a row whole, as far as a sheet may have it (409 points)."""
    lines = max(sum(-(-width_of(line) // max(1, width - 1)) or 1 for line in text.split("\n"))
                for text, width in zip(texts, widths, strict=True))
    return min(409, _POINTS * lines + 3)
