"""Workbooks: values as shown, places as a spreadsheet shows them, what a broken or hostile file brings out."""

from __future__ import annotations

import datetime
import io
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from odf import opendocument, table, text

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import compound, numerals, xls, xls_texts
from odlinked.sheets.tables import Row

CAPS = ReadSettings()
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def raw_xlsx(path: Path, sheet: str, **parts: str) -> Path:
    """Write a workbook of one sheet whose XML is given, for what no library writes."""
    whole = sheet if sheet.startswith("<?") else f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>")
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
                                            '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')
        for part, key, kind, target in (("_rels/.rels", "r0", "officeDocument", "xl/workbook.xml"),
                                        ("xl/_rels/workbook.xml.rels", "r1", "worksheet", "worksheets/sheet1.xml")):
            archive.writestr(part, f'<Relationships xmlns="{PACKAGE}"><Relationship Id="{key}" Type="{DOCUMENT}/{kind}" '
                                   f'Target="{target}"/></Relationships>')
        archive.writestr("xl/worksheets/sheet1.xml", whole)
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return path


def cell(where: str, words: str) -> str:
    return f'<c r="{where}" t="inlineStr"><is><t>{words}</t></is></c>'


FINE = f'<row r="1">{cell("A1", "a")}{cell("B1", "b")}</row><row r="2">{cell("A2", "x")}{cell("B2", "y")}</row>'


def test_values_of_xlsx(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["E3"], sheet["F3"], sheet["G3"] = "代碼", "日期", "時間", "值", "錯誤", "文字"
    sheet["B4"], sheet["B4"].number_format = 7, "00000"
    sheet["C4"], sheet["D4"], sheet["E4"] = datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5), 1.50
    sheet["F4"], sheet["F4"].data_type, sheet["G4"] = "#REF!", "e", "007"
    sheet["B5"], sheet["B5"].number_format, sheet["C5"], sheet["D5"] = 107, '"A"000-000', True, datetime.timedelta(hours=30)
    sheet["E5"], sheet["G5"] = 20240102.0, " x\ny "
    sheet["XFD9"].font = openpyxl.styles.Font(bold=True)
    hidden = book.create_sheet("隱藏")
    hidden.sheet_state = "hidden"
    hidden.append(["x", "y"])
    book.create_chartsheet("圖")
    book.save(tmp_path / "a.xlsx")
    first, second = inventory.read(tmp_path / "a.xlsx", CAPS)
    assert (first.sheet, first.header_row, first.headings) == ("Sheet", 3, ("", "代碼", "日期", "時間", "值", "錯誤", "文字"))
    assert list(first.rows()) == [Row(4, ("", "00007", "2024-01-02", "2024-01-02T03:04:05", "1.5", "#REF!", "007")),
                                  Row(5, ("", "A000-107", "TRUE", "30:00:00", "20240102", "", " x\ny "))]
    assert (second.sheet, second.headings, list(second.rows())) == ("隱藏", ("x", "y"), [])


def test_formulas_give_their_stored_value(tmp_path: Path) -> None:
    path = raw_xlsx(tmp_path / "a.xlsx", FINE.replace(cell("B2", "y"), '<c r="B2"><f>1+1</f><v>2</v></c>')
                    + '<row r="3"><c r="A3" t="str"><f>A1</f><v>甲</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>')
    assert [row.cells for row in inventory.read(path, CAPS)[0].rows()] == [("x", "2"), ("甲", "#DIV/0!")]


def test_values_of_xls(tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("甲")
    for column, words in enumerate(["代碼", "名稱", "日期", "錯誤"]):
        sheet.write(2, column + 1, words)
    padded, day = xlwt.easyxf(num_format_str="00000"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for row in range(3, 900):  # enough texts for the shared table to be cut into several records
        sheet.write(row, 1, row, padded if row < 5 else xlwt.Style.default_style)
        sheet.write(row, 2, f"空氣品質{row}" * (row % 30 + 1))
        sheet.write(row, 3, datetime.date(2024, 1, 2), day)
        sheet.row(row).set_cell_error(4, 0x17)
    book.save(str(tmp_path / "a.xls"))
    (found,) = inventory.read(tmp_path / "a.xls", CAPS)
    rows = list(found.rows())
    assert (found.header_row, found.headings, len(rows)) == (3, ("", "代碼", "名稱", "日期", "錯誤"), 897)
    assert rows[0] == Row(4, ("", "00003", "空氣品質3" * 4, "2024-01-02", "#REF!"))
    assert rows[-1].cells[:3] == ("", "899", "空氣品質899" * 30)
    content = (tmp_path / "a.xls").read_bytes()
    with compound.Compound(io.BytesIO(content), len(content)) as parts:
        book_of_one = parts.stream("Workbook")
    shared = [data for _, kind, data in xls.records(book_of_one) if kind in (0x00FC, 0x003C)]
    assert len(shared) > 10
    assert sum(map(len, xls_texts.shared(shared))) == 8 + sum(len(f"空氣品質{row}") * (row % 30 + 1) for row in range(3, 900))


def test_values_of_ods(tmp_path: Path) -> None:
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="甲")
    blank = table.TableRow(numberrowsrepeated="3")
    blank.addElement(table.TableCell(numbercolumnsrepeated="16384"))
    sheet.addElement(blank)
    for cells in ([("string", "代碼"), ("string", "名稱"), ("string", "錯誤")],
                  [("7", "007"), ("string", "空氣"), ("formula", "#REF!")],
                  [("7", "7"), ("string", "水"), ("1.5", "1.50")]):
        row = table.TableRow()
        row.addElement(table.TableCell())
        for kind, words in cells:
            if kind == "formula":
                one = table.TableCell(valuetype="string", stringvalue="", formula="of:=1")
            elif kind == "string":
                one = table.TableCell(valuetype="string")
            else:
                one = table.TableCell(valuetype="float", value=kind)
            one.addElement(text.P(text=words))
            row.addElement(one)
        sheet.addElement(row)
    tail = table.TableRow(numberrowsrepeated="1048000")
    tail.addElement(table.TableCell(numbercolumnsrepeated="16384"))
    sheet.addElement(tail)
    document.spreadsheet.addElement(sheet)
    document.save(str(tmp_path / "a.ods"))
    (found,) = inventory.read(tmp_path / "a.ods", CAPS)
    assert (found.header_row, found.headings) == (4, ("", "代碼", "名稱", "錯誤"))
    assert list(found.rows()) == [Row(5, ("", "007", "空氣", "#REF!")), Row(6, ("", "7", "水", "1.50"))]


@pytest.mark.parametrize(("code", "number", "shown"), [
    ("00000", 7, "00007"), ("000", 1234, "1234"), ("000", -7, "-007"), ("000-0000", 1234567, "123-4567"), ('"A"00', 3, "A03"),
    (r"00\-00;[Red]-0", 102, "01-02"), ("[$-404]000", 5, "005"), ("###-0000", 12345678, "1234-5678"),
    ("(00)0000-0000", 212345678, "(02)1234-5678"),
    ("0", 7, "7"), ("0", 0.5, "1"), ("0.00", 113.1, "113.10"), ("0.00", 1.005, "1.01"), ("0.##", 3, "3"),
    ("0.##", 3.14159, "3.14"), ("00.00", 3.14159, "03.14"), ("00%", 7, "700%"), ("0%", 0.5, "50%"), ("0.0%", 0.125, "12.5%"),
    ('0"年"', 113, "113年"), ('General"年"', 113, "113年"), ('0.00"x;y"', 1, "1.00x;y"),
    ("#,##0", 1234, "1234"), ('"NT$"#,##0.00', 1234.5, "1234.50"), ("[$NT$-404]#,##0", 12, "12"), ("0.0_);(0.0)", -2.25, "-2.3"),
    ('_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', 0, "0.00"), ("0.00", 1e20, "1e+20"),
    ("General", 7, None), ("G/通用格式", 7, None), ("@", 7, None), ("0.00E+00", 7, None), ("# ?/?", 0.5, None),
    ("0,", 12345, None), ("[>100]0;0.0", 5, None), ("yyyy", 45000, "2023-03-15"), ('[$-404]e"年"m"月"', 45000, "2023-03-15"),
    ("h:mm", 0.5, "12:00:00"), ("[h]:mm", 1.25, "30:00:00")])
def test_what_numbers_show(code: str, number: float, shown: str | None) -> None:
    found = numerals.show(code)
    assert (found and found(float(number))) == shown


def test_a_cell_merged_down_counts_for_every_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for cells in (["單位", "名稱", "數"], ["甲司", "空氣", 1], [None, "水", 2], [None, None, None], ["乙司", "土", 3]):
        sheet.append(cells)
    sheet.merge_cells("A2:A4")
    book.save(tmp_path / "a.xlsx")
    assert [row.cells for row in inventory.read(tmp_path / "a.xlsx", CAPS)[0].rows()] == [
        ("甲司", "空氣", "1"), ("甲司", "水", "2"), ("乙司", "土", "3")]


def test_a_far_corner_and_shared_texts_are_capped(tmp_path: Path) -> None:
    far = raw_xlsx(tmp_path / "far.xlsx", FINE + f'<row r="1048576">{cell("XFD1048576", "z")}</row>')
    with pytest.raises(InputError, match=r"far\.xlsx, sheet S: its filled cells reach to XFD1048576.*read\.max_rows"):
        inventory.read(far, CAPS)
    many = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(3, 1000))
    shared = raw_xlsx(tmp_path / "s.xlsx", FINE + many, sharedStrings=f'<sst xmlns="{MAIN}"><si><t>{"q" * 30_000}</t></si></sst>')
    with pytest.raises(InputError, match=r"its cells show more than .*read\.max_bytes"):
        inventory.read(shared, ReadSettings(max_bytes=10_000_000))
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row in range(1_000):
        sheet.write(row, 0, "q" * 3_000)
    book.save(str(tmp_path / "s.xls"))
    with pytest.raises(InputError, match=r"its cells show more than .*read\.max_bytes"):
        inventory.read(tmp_path / "s.xls", ReadSettings(max_bytes=1_000_000))
    book = xlwt.Workbook()
    for number in range(3):
        sheet = book.add_sheet(str(number))
        sheet.write(0, 0, "a")
        sheet.write(65_535, 255, "z")
    book.save(str(tmp_path / "far.xls"))
    with pytest.raises(InputError, match=r"far\.xls, sheet 2: its filled cells reach to IV65536"):
        inventory.read(tmp_path / "far.xls", CAPS)


def test_unpacking_is_capped_even_where_the_directory_lies(tmp_path: Path) -> None:
    path = raw_xlsx(tmp_path / "a.xlsx", f'<row r="1">{cell("A1", "a" * 20_000_000)}</row>')
    with pytest.raises(InputError, match=r"more than 200 times its size; the cap is 200\. Raise read\.max_ratio"):
        inventory.read(path, CAPS)
    with pytest.raises(InputError, match=r"unpacked it has more than 1,000,000 bytes.*read\.max_bytes"):
        inventory.read(path, ReadSettings(max_bytes=1_000_000))
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    content = path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 500))
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"read\.max_ratio"):
        inventory.read(path, CAPS)
    small = raw_xlsx(tmp_path / "b.xlsx", FINE)
    with zipfile.ZipFile(small) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    small.write_bytes(small.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 100)))
    with pytest.raises(InputError, match=r"directory says|Bad CRC"):
        inventory.read(small, CAPS)


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = ('<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
            f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{cell("A1", "&b;")}</row></sheetData></worksheet>')
    with pytest.raises(InputError, match="declares a document type"):
        inventory.read(raw_xlsx(tmp_path / "a.xlsx", bomb), CAPS)


def test_broken_and_locked_files_get_one_line(tmp_path: Path) -> None:
    whole = raw_xlsx(tmp_path / "whole.xlsx", FINE).read_bytes()
    flagged = bytearray(whole)
    for magic, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = -1
        while (start := whole.find(magic, start + 1)) >= 0:
            flagged[start + at] |= 1
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, "x")
    book.save(str(tmp_path / "x.xls"))
    old = (tmp_path / "x.xls").read_bytes()
    sealed = old.replace("Workbook".encode("utf-16-le").ljust(64, b"\0") + b"\x12\0",
                         "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + b"\x22\0")
    interface = old.index(b"\xe1\x00\x02\x00")
    password = old[:interface] + b"\x2f\x00\x02\x00" + old[interface + 4:]
    cases = {"cut": (whole[:len(whole) // 2], "broken zip"), "lock": (bytes(flagged), "encrypted"), "ole": (sealed, "encrypted"),
             "pass": (password, "encrypted"), "stub": (compound.MAGIC + bytes(600), "broken"), "short": (old[:1500], "broken")}
    for name, (content, told) in cases.items():
        path = tmp_path / f"{name}.xls"
        path.write_bytes(content)
        with pytest.raises(InputError, match=told) as caught:
            inventory.read(path, CAPS)
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(f"reading {name}.xls: ")


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "really.xls").write_bytes(raw_xlsx(tmp_path / "a.xlsx", FINE).read_bytes())
    assert [row.cells for row in inventory.read(tmp_path / "really.xls", CAPS)[0].rows()] == [("x", "y")]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match=r"a zip archive.*Unpack it"):
        inventory.read(tmp_path / "a.zip", CAPS)


def test_sheets_without_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["填表說明"])
    book.create_sheet("空")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="none of its 1 rows can be a header"):
        inventory.read(tmp_path / "a.xlsx", CAPS)
    book["空"].append(["a", "b"])
    book.save(tmp_path / "a.xlsx")
    words, found = inventory.read(tmp_path / "a.xlsx", CAPS)
    assert (words.headings, list(words.rows()), [row.cells for row in words.titles]) == ((), [], [("填表說明",)])
    assert found.headings == ("a", "b")


def test_a_sheet_that_states_a_false_extent(tmp_path: Path) -> None:
    """Excel does not believe it, and nor do the readers: no room is made for 65,536 rows by 65,535 columns."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row, column, words in ((0, 0, "x"), (0, 1, "y"), (1, 0, "1"), (1, 1, "2")):
        sheet.write(row, column, words)
    book.save(str(tmp_path / "a.xls"))
    content = (tmp_path / "a.xls").read_bytes()
    stated = content.index(struct.pack("<HH", 0x0200, 14)) + 4
    for first, last in ((0, 0xFFFF), (9, 2)):
        wide = struct.pack("<IIHH", first, last, 0, 0xFFFF if last > first else 2)
        (tmp_path / "b.xls").write_bytes(content[:stated] + wide + content[stated + 12:])
        assert [row.cells for row in inventory.read(tmp_path / "b.xls", CAPS)[0].rows()] == [("1", "2")]


def test_merged_cells_of_ods(tmp_path: Path) -> None:
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="甲")
    grid: list[list[tuple[str, int, int]]] = [
        [("盤點表", 4, 1)], [("序號", 1, 2), ("聯絡", 2, 1), ("備註", 1, 2)],
        [("", 1, 1), ("電話", 1, 1), ("信箱", 1, 1), ("", 1, 1)], [("1", 1, 1), ("02", 1, 1), ("a@b", 1, 1), ("無", 1, 1)]]
    for cells in grid:
        row = table.TableRow()
        for words, across, down in cells:
            one = table.TableCell(valuetype="string", numbercolumnsspanned=str(across), numberrowsspanned=str(down)) if words \
                else table.CoveredTableCell()
            if words:
                one.addElement(text.P(text=words))
            row.addElement(one)
            for _ in range(across - 1):
                row.addElement(table.CoveredTableCell())
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(str(tmp_path / "a.ods"))
    (found,) = inventory.read(tmp_path / "a.ods", CAPS)
    assert (found.headings, found.header_row) == (("序號", "聯絡 電話", "聯絡 信箱", "備註"), 3)
    assert [row.cells for row in found.rows()] == [("1", "02", "a@b", "無")]


def test_repeats_of_ods_are_counted_before_they_are_unrolled(tmp_path: Path) -> None:
    for name, rows, columns, told in (("tall", "999999999", "1", r"read\.max_"), ("wide", "1", "999999999", r"read\.max_columns"),
                                      ("both", "1048576", "16384", r"read\.max_")):
        document = opendocument.OpenDocumentSpreadsheet()
        sheet = table.Table(name="甲")
        row = table.TableRow(numberrowsrepeated=rows)
        one = table.TableCell(valuetype="string", numbercolumnsrepeated=columns)
        one.addElement(text.P(text="a"))
        row.addElement(one)
        sheet.addElement(row)
        document.spreadsheet.addElement(sheet)
        document.save(str(tmp_path / f"{name}.ods"))
        with pytest.raises(InputError, match=told):
            inventory.read(tmp_path / f"{name}.ods", CAPS)


@pytest.mark.parametrize("kind", ["xls", "xlsx", "ods"])
def test_damaged_bytes_never_bring_a_traceback(tmp_path: Path, kind: str) -> None:
    """Two hundred damaged files a kind: read or refused in one line. Parts of packages are damaged inside the zip."""
    chance = random.Random(kind)
    whole = tmp_path / f"whole.{kind}"
    if kind == "xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("a")
        for row in range(20):
            for column in range(4):
                sheet.write(row, column, f"t{column}" if row == 0 or column == 1 else row * column)
        book.save(str(whole))
    elif kind == "xlsx":
        raw_xlsx(whole, FINE)
    else:
        document = opendocument.OpenDocumentSpreadsheet()
        rows = table.Table(name="甲")
        for words in ("名稱", "空氣", "水"):
            line = table.TableRow()
            for column in "甲乙丙":
                one = table.TableCell(valuetype="string")
                one.addElement(text.P(text=words + column))
                line.addElement(one)
            rows.addElement(line)
        document.spreadsheet.addElement(rows)
        document.save(str(whole))
    refused = 0
    for number in range(200):
        path = tmp_path / f"{number}.{kind}"
        path.write_bytes(damaged(whole, chance))
        try:
            for found in inventory.read(path, CAPS):
                list(found.rows())
        except InputError:
            refused += 1
        path.unlink()
    assert 0 < refused < 200


def damaged(whole: Path, chance: random.Random) -> bytes:
    """Return the file with a few bytes changed; in a package those of one XML part, so that its check sums are right."""
    content = bytearray(whole.read_bytes())
    if whole.suffix == ".xls":
        for _ in range(chance.choice((1, 2, 10))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        return bytes(content)
    buffer = io.BytesIO()
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(buffer, "w") as copy:
        parts = [info for info in archive.infolist() if info.filename.endswith("xml")]
        victim = chance.choice(parts).filename
        for info in archive.infolist():
            part = bytearray(archive.read(info))
            if info.filename == victim:
                start = chance.randrange(len(part))
                part[start:start + chance.choice((1, 1, 8))] = bytes([chance.choice(b'Az09<>"/& ')])
            copy.writestr(info, bytes(part))
    return buffer.getvalue()
