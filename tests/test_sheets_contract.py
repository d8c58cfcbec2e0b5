"""One reading of a file for both sides of the house: inventories and data files have the same headings, tables and rows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdsTable
from odf.table import TableCell, TableRow
from odf.text import P

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.evidence.inspection import codes as code_lists
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.inspection.shape import Expectation
from odlinked.evidence.inspection.tables import Tables
from odlinked.evidence.observation import Content, ContentObservation, Declared, DescribedField
from odlinked.settings import ReadSettings
from odlinked.sheets.layout import find
from odlinked.sheets.merges import Merge, Merges
from odlinked.sheets.tables import Row, Table

CODES = code_lists.load(Assets())
CAPS = ReadSettings(max_bytes=1 << 30)
SHARED = Path(__file__).parents[2] / "shared" / "data"


def seen(path: Path, *described: str) -> ContentObservation:
    data = path.read_bytes()
    declared = Declared(fields=tuple(map(DescribedField, described)))
    return examine(Content(io.BytesIO(data), len(data), file_name=path.name), declared, codes=CODES)


def alike(path: Path) -> tuple[list[Table], ContentObservation]:
    """Read a file on both sides and hold the two against each other."""
    tables, look = inventory.read(path, CAPS), seen(path)
    first = tables[0]
    assert look.fields == tuple(dict.fromkeys(filter(None, first.headings)))
    assert look.record_count == len(list(first.rows()))
    assert (look.unread_tables or 0) == len(tables) - 1
    return tables, look


TEXTS = {
    "pipe": ("甲|乙|丙\n1|2|3\n4|5|6\n", ("甲", "乙", "丙"), 2),
    "semicolons": ("a;b\n1;2\n3;4\n", ("a", "b"), 2),
    "tabs": ("a\tb\n1,5\t2\n3\t4\n", ("a", "b"), 2),
    "one column": ("站名\n基隆\n\n汐止\n", ("站名",), 2),
    "one column with a remark": ("站名\n基隆\n註：無\n", ("站名",), 2),
    "quotes": ('a,b\n"x ""y""",2\nz,"3\n4"\n', ("a", "b"), 2),
    "blanks before quotes": ('"名稱", "說明", "值"\n"甲", "一,二", "1"\n"乙", "三", "2"\n', ("名稱", "說明", "值"), 2),
    "blanks around quotes": ('"名稱" , "說明"\n"甲" ,　"一,二"\n"乙" , "三\n四"\n', ("名稱", "說明"), 2),
    "formulas": ('代碼,名稱\n="00123",甲\n"=""00,7""",乙\n', ("代碼", "名稱"), 2),
    "title, date and note": (
        "表一 測站清單\n製表日期：113/01/01\n編號,名稱,值\n1,甲,3\n2,乙,4\n\n註：資料來源\n", ("編號", "名稱", "值"), 2),
    "group": ("測站,水質,\n,pH,溫度\n甲,7,20\n乙,6,21\n", ("測站", "水質 pH", "水質 溫度"), 2),
    "years": ("縣市,108,109,110\n臺北市,1,2,3\n新北市,4,5,6\n", ("縣市", "108", "109", "110"), 2),
    "two tables": ("a,b\nx,y\n\n表二 其他\nc,d,e\np,q,r\n", ("a", "b"), 1),
    "trailing blanks": ("a,b,,\n1,2,,\n\n,,\n5,,,\n", ("a", "b"), 2),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp950", "utf-16"])
def test_delimited_text(tmp_path: Path, name: str, codec: str) -> None:
    text, headings, count = TEXTS[name]
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(codec))
    tables, look = alike(path)
    assert (look.fields, look.record_count, len(tables)) == (headings, count, 2 if name == "two tables" else 1)


def _xlsx(path: Path, rows: list[list[str]], merged: tuple[tuple[int, int, int, int], ...]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append([cell or None for cell in row])
    for top, left, bottom, right in merged:
        sheet.merge_cells(start_row=top, start_column=left + 1, end_row=bottom, end_column=right + 1)
    book.save(path)


def _xls(path: Path, rows: list[list[str]], merged: tuple[tuple[int, int, int, int], ...]) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表", cell_overwrite_ok=True)
    for top, left, bottom, right in merged:
        sheet.write_merge(top - 1, bottom - 1, left, right, rows[top - 1][left])
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell:
                sheet.write(number, at, cell)
    book.save(str(path))


def _ods(path: Path, rows: list[list[str]], merged: tuple[tuple[int, int, int, int], ...]) -> None:
    book, table = OpenDocumentSpreadsheet(), OdsTable(name="表")
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merged}
    for number, row in enumerate(rows, 1):
        line = TableRow()
        for at, cell in enumerate(row):
            down, across = spans.get((number, at), (1, 1))
            made = TableCell(valuetype="string", numberrowsspanned=down, numbercolumnsspanned=across)
            if cell:
                made.addElement(P(text=cell))
            line.addElement(made)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))


WRITERS = {"xlsx": _xlsx, "xls": _xls, "ods": _ods}
MERGED = {"group": ((1, 0, 2, 0), (1, 1, 1, 2))}


@pytest.mark.parametrize("style", WRITERS)
@pytest.mark.parametrize("name", ["title, date and note", "group", "years", "two tables", "trailing blanks"])
def test_workbooks(tmp_path: Path, style: str, name: str) -> None:
    text, headings, count = TEXTS[name]
    path = tmp_path / f"a.{style}"
    WRITERS[style](path, list(csv.reader(io.StringIO(text))), MERGED.get(name, ()))
    tables, look = alike(path)
    assert (look.fields, look.record_count, len(tables)) == (headings, count, 2 if name == "two tables" else 1)


def test_cells_are_what_people_meant(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TEXTS["blanks around quotes"][0], encoding="utf-8")
    table = inventory.read(path, CAPS)[0]
    assert [row.cells for row in table.rows()] == [("甲", "一,二"), ("乙", "三\n四")]
    assert table.places is not None
    assert table.places({(2, 1), (3, 0)}) == {(2, 1): (2, 6), (3, 0): (3, 1)}
    path.write_text(TEXTS["formulas"][0], encoding="utf-8")
    assert [row.cells for row in inventory.read(path, CAPS)[0].rows()] == [("00123", "甲"), ("00,7", "乙")]
    path.write_text('a,b\n1, "甲" 與乙\n="x"&"y",=A1\n', encoding="utf-8")
    assert [row.cells for row in inventory.read(path, CAPS)[0].rows()] == [("1", ' "甲" 與乙'), ('="x"&"y"', "=A1")]


def test_a_character_an_agency_made_is_read_as_windows_does(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("單位,承辦單位名稱\n環境部水質保護司,".encode("cp950") + b"\xfa\x40" + "科管理科\n".encode("cp950"))
    tables, _ = alike(path)
    assert next(tables[0].rows()).cells[1] == "\ue000科管理科"
    path.write_bytes("标题,机关,强\n数据,环境,权\n".encode("gb18030"))
    with pytest.raises(InputError, match="no encoding"):
        inventory.read(path, CAPS)


DOCUMENTS = {
    "records, not their fields": ({"total": 2, "records": [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}],
                                   "fields": [{"f": 1}, {"f": 2}, {"f": 3}]}, ("id", "n"), 2, 1),
    "one record": ({"a": 1, "b": {"c": 2}, "x": True}, ("a", "b.c", "x"), 1, 0),
    "array": ([{"a": 1}, {"a": 2, "b": 3}], ("a", "b"), 2, 0),
    "one record of many members": ({"success": True, "total": 1, "limit": 9, "records": [{"id": 1}]}, ("id",), 1, 0),
    "features": ({"rows": [{"a": "x"}], "other": [{"b": 1}, {"b": 2}]}, ("a",), 1, 1),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json(tmp_path: Path, name: str) -> None:
    document, headings, count, others = DOCUMENTS[name]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    table = inventory.read(path, CAPS)
    look = seen(path)
    assert (table[0].headings, len(list(table[0].rows())), len(table) - 1) == (headings, count, others)
    assert (look.fields, look.record_count) == (headings, count)


def test_an_object_with_a_list_is_one_record(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a":1,"b":{"c":2},"list":[{"x":1}]}', encoding="utf-8")
    look = seen(path)
    assert (look.fields, look.record_count, look.unread_tables) == (("a", "b.c", "list"), 1, 1)
    assert [row.cells for row in inventory.read(path, CAPS)[0].rows()] == [("1", "2", "1")]


def test_described_fields_say_which_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "單位,日期\n" + "大氣司,3月\n" * 12 + "\n表二\n站名,縣市,值\n基隆,基隆市,1\n汐止,新北市,2\n", encoding="utf-8")
    look = seen(path, "站名", "縣市", "值")
    assert (look.fields, look.record_count, look.unread_tables) == (("站名", "縣市", "值"), 2, 1)


def test_rows_of_sheets_are_counted_by_the_layout() -> None:
    """Merged groups, a note, a second sheet: as the readers of workbooks hand them in."""
    rows = [Row(1, ("測站", "水質")), Row(2, ("", "pH", "溫度")), Row(3, ("甲", "7", "20")), Row(5, ("註：a",))]
    merges = Merges([Merge(1, 1, 1, 2), Merge(1, 0, 2, 0)], stated=True)
    tables = Tables(Expectation())
    tables.read(iter(rows), merges)
    tables.read(iter([Row(1, ("c", "d")), Row(2, ("1", "2"))]), Merges(stated=True))
    shape = tables.shape()
    spans, _ = find(rows, merges)
    assert shape.fields == spans[0].headings == ("測站", "水質 pH", "水質 溫度")
    assert (shape.count, shape.unread, shape.ragged) == (1, 1, None)


def test_a_long_file_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    line = "基隆,,\n"
    path.write_text("站名,縣市,值\n甲,乙,1\n" + line * 50_000 + "丙,丁,2\n", encoding="utf-8")
    alike(path)


def _real() -> list[Path]:
    """Real files of records; descriptions of an API and records without keys are read by one side only."""
    files = [path for kind in ("csv", "tsv", "json", "xlsx", "xls", "ods") for path in SHARED.rglob(f"*.{kind}")]
    return sorted(path for path in files if "openapi" not in path.name and "genary_2024.json" not in path.name)


@pytest.mark.shared
@pytest.mark.parametrize("path", _real(), ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    tables, look = inventory.read(path, CAPS), seen(path)
    assert look.fields == tuple(dict.fromkeys(name[:200] for name in tables[0].headings if name))
    assert look.record_count == len(list(tables[0].rows()))
