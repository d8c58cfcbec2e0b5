"""Where tables are: titles, headers of several rows, notes, several tables; no row is lost whatever the table looks like."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets.headings import on_one_line
from odlinked.sheets.tables import Table

CAPS = ReadSettings()
OPEN = ("序\n號", "開放狀況\n（新增/異動/\n下架）", "資料\n集名\n稱", "資料\n集代\n碼", "提供\n單位", "承\n辦\n人",
        "聯絡電\n話\n／\n電子郵\n件", "備\n註")
ON_REQUEST = ("序號", "資料集\n名稱", "使用條件：\n1.收費\n2.限制利用", "資料申請\n網址", "實質效\n益", "備註")


def save(path: Path, rows: Sequence[Sequence[object]], merges: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def numbers(table: Table) -> list[int]:
    return [row.number for row in table.rows()]


@pytest.mark.parametrize(("text", "folded"), [
    ("資料\n集名\n稱", "資料集名稱"), ("SDGs目\n標分類", "SDGs目標分類"),
    ("聯絡電\r\n話\n／\n電子郵\n件", "聯絡電話／電子郵件"),
    ("使用條件：\n1.收費", "使用條件： 1.收費"),
    ("（新增/異動/\n下架）", "（新增/異動/下架）"), ("Data\nset", "Data set"),
    (" a \u3000 b\t", "a b"), ("名稱\nName", "名稱 Name"), ("\ufeffid\0", "id")])
def test_headings_are_folded(text: str, folded: str) -> None:
    assert on_one_line(text) == folded


@pytest.mark.parametrize("gaps", [True, False], ids=["gaps", "dense"])
def test_the_annex_of_three_tables(tmp_path: Path, gaps: bool) -> None:
    gap: list[list[object]] = [[]] if gaps else []
    rows: list[Sequence[object]] = [
        ["環境部政府開放資料盤點表"], ["一、一般開放資料盤點表"], *gap, ["日期："], OPEN,
        [1, "新增", "空氣品質", "aqx_p_432", "大氣環境司", "王", "02", None],
        [2, "異動", "水質", "wqx_p_01", "水質保護司", "李", "02", "無"], *gap,
        [3, "下架", "酸雨", "acidr_p_01", "大氣環境司", "王", "02", None], *gap,
        ["註："], ["1.開放資料以結構化格式之原始資料為主。"], ["（1）如已開放"], [9], *gap,
        ["二、依申請提供或限制利用之開放資料盤點表"], ["日期：", "114/1/1"], *gap, ON_REQUEST,
        [1, "甲", "收費", "http://x", "高", ""],
        ["三、不予提供資料之資料集盤點表"], ["日期："], [*ON_REQUEST[:4], "不予提供\n之法令", "備註"],
        [1, "乙", "收費", "http://x", "法", ""]]
    first, second, third = inventory.read(save(tmp_path / "a.xlsx", rows), CAPS)
    assert first.headings == ("序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "承辦人",
                              "聯絡電話／電子郵件", "備註")
    assert second.headings == ("序號", "資料集名稱", "使用條件： 1.收費 2.限制利用", "資料申請網址", "實質效益", "備註")
    assert third.headings[4] == "不予提供之法令"
    assert [len(numbers(table)) for table in (first, second, third)] == [3, 1, 1]
    assert [row.cells[0][:2] for row in first.titles] == ["環境", "一、", "日期", "註：", "1.", "（1", "9"]
    assert [[row.cells[0][:2] for row in table.titles] for table in (second, third)] == [["二、", "日期"], ["三、", "日期"]]
    if not gaps:
        assert (first.header_row, numbers(first), second.header_row, numbers(second)) == (4, [5, 6, 7], 14, [15])


def test_headers_of_two_rows(tmp_path: Path) -> None:
    rows = [["盤點表"], [], ["序號", "資料集", "", "聯絡", "", "備註"], ["", "名稱", "代碼", "電話", "信箱", ""],
            ["1", "空氣", "a1", "02", "a@b", "無"],
            ["", "水", "a2", "", "", ""]]
    merged = save(tmp_path / "a.xlsx", rows, ["A1:F1", "A3:A4", "B3:C3", "D3:E3", "F3:F4"])
    plain = write(tmp_path / "a.csv", rows)
    for path in (merged, plain):
        (table,) = inventory.read(path, CAPS)
        assert table.headings == ("序號", "資料集 名稱", "資料集 代碼", "聯絡 電話", "聯絡 信箱", "備註")
        assert (table.header_row, numbers(table)) == (4, [5, 6])


def test_a_merged_heading_without_sub_headings_takes_no_data_row(tmp_path: Path) -> None:
    rows = [["序號", "名稱", "聯絡", ""], ["甲", "空氣", "王", "李"], ["乙", "水", "丁", "戊"]]
    path = save(tmp_path / "a.xlsx", rows, ["C1:D1"])
    (table,) = inventory.read(path, CAPS)
    assert (table.headings, numbers(table)) == (("序號", "名稱", "聯絡", ""), [2, 3])


def test_tables_side_by_side_in_time(tmp_path: Path) -> None:
    """Two tables with only a gap between; a header repeated as on printed pages; all-text rows after a gap stay data."""
    two = inventory.read(write(tmp_path / "a.csv", [["id", "name", "n"], ["1", "a", "3"], ["2", "b", "4"], [], ["code", "text"],
                                                    ["x", "y"], ["z", "w"]]), CAPS)
    assert [(table.headings, numbers(table)) for table in two] == [(("id", "name", "n"), [2, 3]), (("code", "text"), [6, 7])]
    pages = inventory.read(write(tmp_path / "b.csv", [["id", "name"], ["1", "a"], ["id", "name"], ["2", "b"]]), CAPS)
    assert [(table.header_row, numbers(table)) for table in pages] == [(1, [2]), (3, [4])]
    words = [["名稱", "單位"], ["空氣", "甲司"], [], ["水質", "乙司"], ["土", "丙司"]]
    (one,) = inventory.read(write(tmp_path / "c.csv", words), CAPS)
    assert numbers(one) == [2, 4, 5]


def test_notes_and_sparse_rows(tmp_path: Path) -> None:
    rows = [["名稱", "單位", "數"], ["空氣", "甲司", "1"], ["水質"], ["土", "丙司", "2"], ["資料來源：環境部"],
            ["填表人：", "王"], [], ["第1頁"]]
    (table,) = inventory.read(write(tmp_path / "a.csv", rows), CAPS)
    assert (numbers(table), [row.number for row in table.titles]) == ([2, 3, 4, 6], [5, 8])


def test_a_form_without_rows(tmp_path: Path) -> None:
    (table,) = inventory.read(save(tmp_path / "a.xlsx", [["一、盤點表"], ["日期："], OPEN]), CAPS)
    assert (table.header_row, len(table.headings), numbers(table)) == (3, 8, [])


def test_known_headings_decide(tmp_path: Path) -> None:
    rows = [["機關", "年度", "單位", "備考"], ["名稱", "代碼", "網址", "備註"], ["空氣", "a1", "甲", "無"], [],
            ["標題", "編號", "連結", "說明"], ["x", "y", "z", "w"]]
    path = write(tmp_path / "a.csv", rows)

    def known(headings: tuple[str, ...]) -> int:
        return len({"名稱", "代碼", "網址", "標題", "編號", "連結"}.intersection(headings))

    assert [table.header_row for table in inventory.read(path, CAPS)] == [1]
    assert [(table.header_row, numbers(table)) for table in inventory.read(path, CAPS, known=known)] == [(2, [3]), (5, [6])]


def test_duplicate_and_missing_headings(tmp_path: Path) -> None:
    (table,) = inventory.read(write(tmp_path / "a.csv", [["名稱", "", "名稱", "值"], ["a", "b", "c", "d", "e"]]), CAPS)
    assert table.headings == ("名稱", "", "名稱", "值", "")


CELL = st.one_of(
    st.just(""), st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6),
    st.sampled_from(["序號", "名稱", "日期：", "註：", "一、表", "1", "2.5", "http://x", " ", "x\ny",
                     "合計", "a", "b", "c", "備註", '"', "a,b"]))


def shows(cells: Sequence[str]) -> bool:
    return any(cell and not cell.isspace() for cell in cells)


def in_headings(tables: list[Table], number: int, cells: Sequence[str]) -> bool:
    """True when the row is part of a header: its letters and digits stand in the headings (whatever separated them)."""
    letters = {letter for cell in cells for letter in cell if letter.isalnum()}
    return any(number <= table.header_row and letters <= set("".join(table.headings)) for table in tables)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, max_size=6), max_size=14), separator=st.sampled_from(",\t;"))
def test_no_row_is_lost(tmp_path: Path, rows: list[list[str]], separator: str) -> None:
    """Whatever the table: each row that shows something is data of one table, a title, a note or a header, or all is refused."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=separator).writerows(rows)
    path = tmp_path / "wild.csv"
    path.write_bytes(buffer.getvalue().encode())
    try:
        tables = inventory.read(path, CAPS)
    except InputError:
        return
    placed: list[int] = []
    for table in tables:
        found = list(table.rows())
        assert all(shows(row.cells) and row.cells[-1] and len(row.cells) <= len(table.headings) for row in found)
        placed += [row.number for row in (*found, *table.titles)]
    assert len(placed) == len(set(placed))
    records = enumerate(csv.reader(io.StringIO(buffer.getvalue(), newline=""), delimiter=separator), 1)
    for number, cells in records:
        assert number in placed or not shows(cells) or in_headings(tables, number, cells), number


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(st.one_of(CELL, st.integers(-9, 10**12), st.booleans(), st.none()), max_size=5), max_size=10),
       merge=st.sampled_from(["A1:B1", "A1:A3", "B2:C4", "A3:E3"]))
def test_no_row_of_a_worksheet_is_lost(tmp_path: Path, rows: list[list[object]], merge: str) -> None:
    path = tmp_path / "wild.xlsx"
    book = openpyxl.Workbook()
    sheet: Any = book.active
    try:
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column).value = value
        sheet.merge_cells(merge)
        wanted = {row[0].row: ["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()}
    except openpyxl.utils.exceptions.IllegalCharacterError:
        return
    book.save(path)
    try:
        tables = inventory.read(path, CAPS)
    except InputError:
        return
    placed = [row.number for table in tables for row in (*table.rows(), *table.titles)]
    assert len(placed) == len(set(placed))
    for number, cells in wanted.items():
        texts = [cell for cell in cells if not cell.isdecimal() and cell not in ("True", "False")]
        assert number in placed or not shows(cells) or in_headings(tables, number, texts), number
