"""Certain repairs in files that are no .xlsx: an .ods and JSON stay what they are, an .xls is given back as an .xlsx."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from builders.national_list import HEADER, row
from click.testing import CliRunner, Result
from odf import table as odf
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet, load
from odf.style import Style, TextProperties
from odf.text import A, P, Span

from odlinked import api
from odlinked.cli.verbs import main
from odlinked.quality.report import Report

WRONG = "https//data.gov.tw/a.csv"
RIGHT = "https://data.gov.tw/a.csv"
PLACE = HEADER.index("資料下載網址")
CELL = openpyxl.utils.get_column_letter(PLACE + 1)


def lines(*addresses: str) -> list[list[str]]:
    return [list(row(number, 資料下載網址=address)) for number, address in enumerate(addresses, 1)]


def mended(file: Path, target: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["validate", str(file), "--fix", str(target), "--lang", "en", *more])


def places(report: Report) -> Counter[tuple[int, str, int, str]]:
    return Counter((one.row, one.column, one.member, one.rule) for one in report.findings)


def cell(text: str, **attributes: Any) -> Any:
    made = odf.TableCell(valuetype="string", **attributes)
    made.addElement(P(text=text))
    return made


def spreadsheet(path: Path, rows: list[list[str]], special: dict[int, Any] | None = None, **attributes: Any) -> Path:
    """Write a sheet of rows and one beside it; `special` has other cells for the address of some rows."""
    book = OpenDocumentSpreadsheet()
    bold = Style(name="bold", family="text")
    bold.addElement(TextProperties(fontweight="bold"))
    book.automaticstyles.addElement(bold)
    sheet = odf.Table(name="清單")
    sheet.addElement(odf.TableColumn(numbercolumnsrepeated=len(HEADER)))
    for number, line in enumerate([list(HEADER), *rows], 1):
        made = odf.TableRow(**(attributes if number == 2 else {}))
        for place, text in enumerate(line):
            made.addElement((special or {}).get(number) if place == PLACE and number in (special or {}) else cell(text))
        sheet.addElement(made)
    book.spreadsheet.addElement(sheet)
    other = odf.Table(name="其他")
    line = odf.TableRow()
    line.addElement(odf.TableCell(formula="of:=1+1", valuetype="float", value="2"))
    other.addElement(line)
    book.spreadsheet.addElement(other)
    book.save(str(path))
    return path


def shown(path: Path, sheet: int = 0) -> dict[str, Any]:
    """Return the cells of a sheet by name, as the nodes that odfpy reads."""
    found: dict[str, Any] = {}
    row = 0
    for line in load(str(path)).spreadsheet.getElementsByType(odf.Table)[sheet].getElementsByType(odf.TableRow):
        for _ in range(int(line.getAttribute("numberrowsrepeated") or 1)):
            row, column = row + 1, 0
            for one in line.getElementsByType(odf.TableCell):
                for _ in range(int(one.getAttribute("numbercolumnsrepeated") or 1)):
                    column += 1
                    found[f"{openpyxl.utils.get_column_letter(column)}{row}"] = one
    return found


def text(node: Any) -> str:
    return "".join(str(one) for one in node.getElementsByType(P) if one.parentNode is node)


def test_an_ods_stays_one_with_what_is_certain_and_the_old_text_in_the_comment(tmp_path: Path) -> None:
    file = spreadsheet(tmp_path / "a.ods", lines(WRONG, RIGHT))
    before, _ = api.validate([file])
    done = mended(file, tmp_path / "b.ods")
    assert (done.exit_code, "1 cells mended" in done.stderr) == (before.passes is False, True), done.output
    was, now = shown(file), shown(tmp_path / "b.ods")
    assert text(now[f"{CELL}2"]) == RIGHT
    (note,) = now[f"{CELL}2"].getElementsByType(Annotation)
    assert [str(one) for one in note.getElementsByType(P)] == [f"Mended; it said: {WRONG}", "(A10-url-form)"]
    assert {name: text(one) for name, one in was.items() if name != f"{CELL}2"} == {
        name: text(one) for name, one in now.items() if name != f"{CELL}2"}
    with zipfile.ZipFile(file) as one, zipfile.ZipFile(tmp_path / "b.ods") as two:
        assert two.namelist()[0] == "mimetype"
        assert two.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert [name for name in one.namelist() if one.read(name) != two.read(name)] == ["content.xml"]
    after, _ = api.validate([tmp_path / "b.ods"])
    gone = places(before) - places(after)
    assert {(number, column) for number, column, _, _ in gone} == {(2, CELL)}
    assert not places(after) - places(before)
    assert shown(tmp_path / "b.ods", 1)["A1"].getAttribute("formula") == "of:=1+1"


def _linked(wrong: str) -> Any:
    made = odf.TableCell(valuetype="string")
    paragraph = P()
    paragraph.addElement(A(href="https://data.gov.tw/", text=wrong))
    made.addElement(paragraph)
    return made


def _dressed(wrong: str) -> Any:
    made = odf.TableCell(valuetype="string")
    paragraph = P(text=wrong[:5])
    paragraph.addElement(Span(stylename="bold", text=wrong[5:]))
    made.addElement(paragraph)
    return made


@pytest.mark.parametrize(("special", "attributes", "why"), [
    (cell(WRONG, formula='of:="https//data.gov.tw/a.csv"'), {}, "formula"),
    (cell(WRONG, numbercolumnsspanned=1, numberrowsspanned=2), {}, "merged"),
    (_linked(WRONG), {}, "format"), (_dressed(WRONG), {}, "format"),
    (cell(WRONG), {"visibility": "collapse"}, "hidden"), (cell(WRONG), {"visibility": "filter"}, "hidden"),
])  # fmt: skip
def test_what_an_ods_would_lose_is_left_and_told(tmp_path: Path, special: Any, attributes: dict[str, Any], why: str) -> None:
    file = spreadsheet(tmp_path / "a.ods", lines(WRONG, RIGHT), {2: special}, **attributes)
    done = mended(file, tmp_path / "b.ods")
    assert f"{CELL}2 ({why})" in done.stderr, done.output
    assert not (tmp_path / "b.ods").exists()


def test_rows_and_cells_that_stand_for_several_are_parted(tmp_path: Path) -> None:
    """Three equal rows are one element of the file."""
    book = OpenDocumentSpreadsheet()
    sheet = odf.Table(name="清單")
    for line, times in ((list(HEADER), 1), (lines(RIGHT)[0], 1), (lines(WRONG)[0], 3), (lines(RIGHT)[0], 1)):
        made = odf.TableRow(**({"numberrowsrepeated": times} if times > 1 else {}))
        for one in line:
            made.addElement(cell(one))
        sheet.addElement(made)
    book.spreadsheet.addElement(sheet)
    book.save(str(tmp_path / "a.ods"))
    report, _ = api.validate([tmp_path / "a.ods"])
    assert {one.row for one in report.findings if one.certain} == {3, 4, 5}
    done = mended(tmp_path / "a.ods", tmp_path / "b.ods")
    assert "3 cells mended" in done.stderr, done.output
    now, was = shown(tmp_path / "b.ods"), shown(tmp_path / "a.ods")
    assert [text(now[f"{CELL}{number}"]) for number in range(2, 7)] == [RIGHT] * 5
    assert {name: text(one) for name, one in now.items() if not name.startswith(CELL)} == {
        name: text(one) for name, one in was.items() if not name.startswith(CELL)}


def test_an_ods_that_libreoffice_wrote_is_read_by_it_again(tmp_path: Path) -> None:
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in [list(HEADER), *lines(WRONG, RIGHT, WRONG)]:
        sheet.append([one or None for one in line])
    book.save(tmp_path / "a.xlsx")
    convert = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to"]
    subprocess.run([*convert, "ods", "--outdir", tmp_path, tmp_path / "a.xlsx"], check=True, capture_output=True, timeout=120)
    done = mended(tmp_path / "a.ods", tmp_path / "b.ods")
    assert "2 cells mended" in done.stderr, done.output
    subprocess.run([*convert, "xlsx", "--outdir", tmp_path, tmp_path / "b.ods"], check=True, capture_output=True, timeout=120)
    again: Any = openpyxl.load_workbook(tmp_path / "b.xlsx").active
    assert [again.cell(number, PLACE + 1).value for number in (2, 3, 4)] == [RIGHT, RIGHT, RIGHT]
    assert WRONG in again.cell(2, PLACE + 1).comment.text
    assert again.cell(3, PLACE + 1).comment is None


def test_an_xls_is_given_back_as_xlsx_with_all_its_sheets_and_says_so(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("清單")
    for number, line in enumerate([list(HEADER), *lines(WRONG, RIGHT)]):
        for place, one in enumerate(line):
            sheet.write(number, place, one)
    other = book.add_sheet("其他")
    other.write_merge(0, 0, 0, 2, "說明")
    other.write(2, 1, 3.5)
    book.add_sheet("空白")
    book.save(str(tmp_path / "a.xls"))
    done = mended(tmp_path / "a.xls", tmp_path / "b.xlsx")
    assert "1 cells mended" in done.stderr, done.output
    assert "formats, formulas, comments" in done.stderr
    made = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert made.sheetnames == ["清單", "其他", "空白"]
    assert made["清單"][f"{CELL}2"].value == RIGHT
    assert WRONG in made["清單"][f"{CELL}2"].comment.text
    assert [made["其他"]["A1"].value, made["其他"]["B3"].value] == ["說明", "3.5"]
    assert [str(one) for one in made["其他"].merged_cells.ranges] == ["A1:C1"]
    refused = mended(tmp_path / "a.xls", tmp_path / "b.xls")
    assert (refused.exit_code, ".xlsx" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("codec", "ascii", "indent"), [
    ("utf-8", False, 2), ("utf-8-sig", False, None), ("utf-16", False, None), ("utf-8", True, None)])
def test_json_changes_in_its_values_alone_and_tells_the_old_ones(tmp_path: Path, codec: str, ascii: bool,
                                                                 indent: int | None) -> None:
    records = [dict(zip(HEADER, line, strict=True)) for line in lines(WRONG, RIGHT, WRONG)]
    document = {"時間": "2026-01-01", "list": records, "n": 1.5}
    whole = json.dumps(document, ensure_ascii=ascii, indent=indent).replace("1.5", "1.50")
    (tmp_path / "a.json").write_text(whole, encoding=codec)
    done = mended(tmp_path / "a.json", tmp_path / "b.json")
    assert "2 cells mended" in done.stderr, done.output
    assert f"{CELL}3: {WRONG} → {RIGHT}" in done.stderr
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "a.json").read_bytes().replace(
        WRONG.encode("utf-16-le" if codec == "utf-16" else "utf-8"), RIGHT.encode("utf-16-le" if codec == "utf-16" else "utf-8"))


def test_json_lines_and_lists_of_objects(tmp_path: Path) -> None:
    records = [dict(zip(HEADER, line, strict=True)) for line in lines(WRONG, RIGHT)]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records) + "\n", encoding="utf-8")
    assert "1 cells mended" in mended(file, tmp_path / "out").stderr
    assert (tmp_path / "out" / "a.jsonl").read_text("utf-8") == file.read_text("utf-8").replace(WRONG, RIGHT)
    assert not [one for one in api.validate([tmp_path / "out" / "a.jsonl"])[0].findings if one.certain]
