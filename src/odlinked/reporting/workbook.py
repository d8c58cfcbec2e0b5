"""Writing a workbook so that the same content gives the same bytes, and no cell is ever a formula."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from odlinked.csv_text import is_formula

LONGEST = 32_767
"""Most characters of a cell (ECMA-376 leaves it open; Excel's limit)."""

_SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_HEAD = PatternFill("solid", fgColor="DDE6F0")
ShownValue = str | int | Decimal | None


class Address(str):
    """A web address, which a cell shows and leads to; "" leads nowhere."""

    __slots__ = ()


class Book:
    """A workbook written row by row; `missing` is the text where nothing is known."""

    def __init__(self, missing: str, day: date) -> None:
        self._book = Workbook(write_only=True)
        self._missing, self._day = missing, day

    def sheet(self, title: str, widths: Sequence[int], heads: Sequence[ShownValue], rows: Iterable[Sequence[ShownValue]],
              last: Sequence[ShownValue] = ()) -> None:
        """Add a sheet with a heading row that is frozen and can be filtered by, and a `last` row set off from the others."""
        sheet: Any = self._book.create_sheet(title[:31])
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        if heads:
            sheet.freeze_panes = "A2"
            sheet.append([self._cell(sheet, head, bold=True, fill=True) for head in heads])
        count = 1
        for row in rows:
            sheet.append([_linked(self._cell(sheet, value), value, count + bool(heads), place)
                          for place, value in enumerate(row, 1)])
            count += 1
        if heads:
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{count}"
        if last:
            sheet.append([self._cell(sheet, value, bold=True) for value in last])

    def _cell(self, sheet: Any, value: ShownValue, *, bold: bool = False, fill: bool = False) -> Cell:
        if value is None:
            value = self._missing
        if isinstance(value, str):
            value = ILLEGAL_CHARACTERS_RE.sub("", value)
            value = value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
        cell = WriteOnlyCell(sheet, value=float(value) if isinstance(value, Decimal) else value)
        if isinstance(value, str):
            cell.data_type = "s"  # text as it is, even where it begins like a formula
            if is_formula(value):
                cell.quotePrefix = True
            if len(value) > 40 or "\n" in value:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        if bold:
            cell.font = Font(bold=True)
        if fill:
            cell.fill = _HEAD
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        return cell

    def bytes(self) -> bytes:
        """Return the file."""
        raw = io.BytesIO()
        self._book.save(raw)
        return fixed(raw, self._day)


def _linked(cell: Cell, value: ShownValue, row: int, column: int) -> Cell:
    """Return a cell that leads to its address, if it is one; a cell that is written at once does not know its place."""
    if isinstance(value, Address) and value:
        cell.row, cell.column = row, column
        cell.hyperlink, cell.style = value, "Hyperlink"
    return cell


def fixed(raw: io.BytesIO, day: date) -> bytes:
    """Return an Office Open XML file with its parts in order, all with the same time, saved on the day it is as of."""
    made = io.BytesIO()
    saved = f"{day.isoformat()}T00:00:00Z".encode()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                body = _SAVED.sub(rb"\g<1>" + saved + rb"\g<2>", body)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, body)
    return made.getvalue()
