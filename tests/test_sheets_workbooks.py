"""Both sides that read workbooks, inventory and inspection, see the same: what cells show, headings, and how many rows."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
import xlwt.CompoundDoc
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdsTable
from odf.table import TableCell, TableRow
from odf.text import P

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.evidence.inspection import codes
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.observation import Content, Declared
from odlinked.settings import ReadSettings


def test_zeros_months_shares_and_formulas_are_read_as_they_are_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["縣市代碼", "月份", "比率", "名稱"], [9007, 113.1, 0.5, '="a"&"b"'], [9020, 113.2, 0.25, "乙"]):
        sheet.append(row)
    for number in (2, 3):
        for column, code in (("A", "00000"), ("B", "0.00"), ("C", "0%")):
            sheet[f"{column}{number}"].number_format = code
    path = tmp_path / "a.xlsx"
    book.save(path)
    (table,) = inventory.read(path, ReadSettings())
    assert [row.cells for row in table.rows()] == [("09007", "113.10", "50%", '="a"&"b"'), ("09020", "113.20", "25%", "乙")]
    content = path.read_bytes()
    seen = examine(Content(io.BytesIO(content), len(content)), Declared(), codes=codes.load(Assets()))
    assert (seen.fields, seen.record_count) == (table.headings, 2)


def _cells(path: Path) -> list[tuple[str, ...]]:
    (table,) = inventory.read(path, ReadSettings())
    return [table.headings, *(row.cells for row in table.rows())]


def test_a_date_of_a_year_below_two_hundred_is_of_the_republic(tmp_path: Path) -> None:
    """113/05/01 typed into Calc is kept as the date 0113-05-01, and shown as typed."""
    book, table = OpenDocumentSpreadsheet(), OdsTable(name="表")
    for cells in ((("測站", None), ("日期", None)), (("甲", None), ("113/05/01", "0113-05-01"))):
        row = TableRow()
        for text, date in cells:
            cell = TableCell(valuetype="date", datevalue=date) if date else TableCell(valuetype="string")
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "a.ods"))
    assert _cells(tmp_path / "a.ods") == [("測站", "日期"), ("甲", "113/05/01")]


def _book(path: Path) -> dict[str, bytes]:
    """Write a small workbook; return its parts."""
    book = openpyxl.Workbook()
    for row in (["測站", "數值"], ["甲", 1], ["乙", "#CALC!"]):
        book.worksheets[0].append(row)
    book.worksheets[0]["B3"].data_type = "e"
    book.save(path)
    with zipfile.ZipFile(path) as made:
        return {name: made.read(name) for name in made.namelist()}


def _renamed(parts: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    """Give a part another name, and what leads to it."""
    at = {old: new, old.replace("xl/", "xl/_rels/") + ".rels": new.replace("xl/", "xl/_rels/") + ".rels"}
    short = (old.removeprefix("xl/").encode(), new.removeprefix("xl/").encode())
    return {at.get(name, name): content.replace(*short) if name.endswith((".rels", "].xml")) else content
            for name, content in parts.items()}


ODD: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "as it is": dict,
    "backslashes": lambda parts: {name.replace("/", "\\"): content for name, content in parts.items()},
    "another name": lambda parts: _renamed(parts, "xl/workbook.xml", "xl/workbook22.xml"),
    "a dot in a target": lambda parts: parts | {"xl/_rels/workbook.xml.rels": parts["xl/_rels/workbook.xml.rels"].replace(
        b"/xl/worksheets/", b"./worksheets/")},
    **{f"extent {extent}": lambda parts, extent=extent: parts | {"xl/worksheets/sheet1.xml": re.sub(  # type: ignore[misc]
        rb'<dimension ref="[^"]*"', f'<dimension ref="{extent}"'.encode(), parts["xl/worksheets/sheet1.xml"])}
       for extent in ("A0", "", "A1:A1", "XFD1048576", "?")},
}


@pytest.mark.parametrize("how", ODD)
def test_workbooks_that_spreadsheet_programs_open_are_read(tmp_path: Path, how: str) -> None:
    """Written by other programs: parts under other names, stated extents that are none, an error value newer than the format."""
    parts = ODD[how](_book(tmp_path / "made.xlsx"))
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name), content)
    assert _cells(tmp_path / "a.xlsx") == [("測站", "數值"), ("甲", "1"), ("乙", "#CALC!")]


@pytest.mark.parametrize(("codec", "page"), [("cp950", 950), ("cp1252", 1252)])
def test_a_workbook_of_excel_5_is_read_in_its_code_page(tmp_path: Path, codec: str, page: int) -> None:
    """BIFF5, MS-XLS before Unicode: texts are bytes of the code page that a CODEPAGE record names."""
    rows = [("測站", "數值"), ("甲", "乙丙")] if codec == "cp950" else [("Städte", "Maß"), ("Köln", "Größe")]

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begun(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHH", 0x0500, kind, 0, 0))

    cells = b"".join(record(0x0204, struct.pack("<HHHH", row, column, 0, len(text.encode(codec))) + text.encode(codec))
                     for row, texts in enumerate(rows) for column, text in enumerate(texts))
    title = "表".encode(codec) if codec == "cp950" else b"One"
    head = begun(0x0005) + record(0x0042, struct.pack("<H", page))
    size = len(head) + 4 + 7 + len(title) + 4
    stream = head + record(0x0085, struct.pack("<IHB", size, 0, len(title)) + title) + record(0x000A, b"")
    stream += begun(0x0010) + cells + record(0x000A, b"")
    xlwt.CompoundDoc.XlsDoc().save(str(tmp_path / "a.xls"), stream + bytes(max(0, 4096 - len(stream))))
    assert _cells(tmp_path / "a.xls") == rows
