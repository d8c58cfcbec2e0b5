"""Rows in blocks are the rows one by one: none is lost, moved or changed, whatever is blank, short, doubled or a note."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.errors import InputError
from odlinked.inventory import files
from odlinked.lifting.describing import keys
from odlinked.settings import Settings
from odlinked.sheets.encoded import EncodedBlock
from odlinked.sheets.tables import RowBlock, Table

CAPS = Settings().read
CELL = st.sampled_from(["", " ", "\u3000", "1", "2.5", "臺北", "a b", "註：無", "合計", "名稱",
                        '"x"', '"a,b"', '"a\nb"', '="007"', "-"])
ROW = st.lists(CELL, min_size=0, max_size=5).map(",".join)


def alike(table: Table) -> None:
    """Assert that both ways of reading a table give the same, each row as wide as the table."""
    width = len(table.headings)
    one_by_one = [(row.number, (*row.cells, *[""] * (width - len(row.cells)))) for row in table.rows()]
    together = [(number, tuple(cells)) for block in table.blocks()
                for number, cells in zip(block.numbers, block.rows, strict=True)]
    assert together == one_by_one
    for block in table.blocks():
        assert [tuple(row) for row in zip(*block.columns, strict=True)] == [tuple(cells) for cells in block.rows]
        assert block.distinct == [set(column) for column in block.columns]


@given(st.lists(ROW, max_size=12))
@settings(deadline=None)
def test_blocks_of_a_file_that_is_kept_are_its_rows(rows: list[str]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "t.csv"
        file.write_text("\n".join(["代碼,名稱,數量,日期", "1,甲,2,2024-01-01", *rows]) + "\n", encoding="utf-8")
        for table in files.read(file, CAPS):
            alike(table)


@given(st.lists(ROW, max_size=12))
@settings(deadline=None)
def test_blocks_of_a_file_too_large_to_be_kept_are_its_rows(rows: list[str]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("odlinked.sheets.delimited.KEPT", 0)
        file = Path(folder) / "t.csv"
        file.write_text("\n".join(["代碼,名稱,數量,日期", "1,甲,2,2024-01-01", *rows]) + "\n", encoding="utf-8")
        for table in files.read(file, CAPS):
            alike(table)


ORDINARY = st.tuples(st.integers(0, 40).map(str), st.sampled_from(["臺北", "新北 ", "\ufeff甲", "乙：", "代碼"]), CELL, CELL)
LINES = st.lists(st.one_of(ORDINARY.map(",".join), ROW), max_size=90)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(LINES, st.sampled_from([64, 400, 1 << 20]))
@settings(deadline=None)
def test_tables_whose_columns_are_encoded_are_those_read_row_by_row(encoding: str, end: str, rows: list[str], part: int) -> None:
    pytest.importorskip("pyarrow")
    text = end.join(["報表", "代碼,名稱,數量,日期", "1,甲,2,2024-01-01", *rows]).encode(encoding, "ignore")
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("odlinked.sheets.encoded.PART", part)
        file = Path(folder) / "t.csv"
        file.write_bytes(text)
        found = []
        for least in (1 << 30, 0):
            patch.setattr("odlinked.sheets.delimited.LEAST", least)
            found.append(files.read(file, CAPS))
        plain, encoded = found
        assert plain == encoded
        for one, other in zip(plain, encoded, strict=True):
            alike(one)
            alike(other)
            assert list(one.rows()) == list(other.rows())
            blocks = [list(table.blocks()) for table in (one, other)]
            if all(len(found) == 1 for found in blocks):
                assert _counted(blocks[0][0]) == _counted(blocks[1][0])


def _counted(block: RowBlock) -> list[list[tuple[str, int, int]]]:
    """Return of each column the different cells in order, with how often each occurs and where first."""
    return [[(text, times, block.first(place, text)) for text, times in block.times(place).items()]
            for place in range(len(block.distinct))]


def test_a_long_file_is_surveyed_by_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("odlinked.sheets.delimited.LEAST", 0)
    monkeypatch.setattr("odlinked.sheets.encoded.PART", 4_000)
    file = tmp_path / "t.csv"
    body = [f"{number},甲{number % 7},{number}.5" for number in range(1, 4_500)]
    body[2_500] = ""
    body[3_000] = " ,,"
    body[3_500] = '7,"a,\n""b",1'
    file.write_text("\n".join(["報表", "", "代碼,名稱,數量", *body, "", "註：以上為估計值"]) + "\n", encoding="utf-8")
    [table] = files.read(file, CAPS)
    alike(table)
    kinds = {type(block).__name__ for block in table.blocks()}
    assert kinds == {"EncodedBlock", "RowBlock"}
    assert sum(len(block) for block in table.blocks()) == 4_497
    assert [row.cells for row in table.titles] == [("報表",), ("註：以上為估計值",)]


def test_a_list_for_forms_is_read_for_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("odlinked.sheets.delimited.LEAST", 0)
    file = tmp_path / "t.csv"
    file.write_text("代碼,名稱\n" + "".join(f"{number},甲{number}\n" for number in range(900)), encoding="utf-8")
    [data], [listed] = files.read(file, CAPS), files.read(file, CAPS, known=lambda headings: len(headings))
    assert data == listed
    assert list(data.rows()) == list(listed.rows())
    assert [{type(block) for block in table.blocks()} for table in (data, listed)] == [{EncodedBlock}, {RowBlock}]


def test_a_file_of_too_many_rows_is_refused_by_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("odlinked.sheets.delimited.LEAST", 0)
    file = tmp_path / "t.csv"
    file.write_text("代碼,名稱\n" + "1,甲\n" * 3_000, encoding="utf-8")
    with pytest.raises(InputError, match="2,000"):
        files.read(file, replace(CAPS, max_rows=2_000))


def test_blocks_over_the_end_of_a_block_with_notes_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odlinked.sheets.delimited.KEPT", 0)
    file = tmp_path / "t.csv"
    body = [f"{number},甲{number},{number}.5" for number in range(1, 4_500)]
    body[2_500] = ""
    body[3_000] = " ,,"
    file.write_text("\n".join(["報表", "", "代碼,名稱,數量", *body, "", "註：以上為估計值"]) + "\n", encoding="utf-8")
    [table] = files.read(file, CAPS)
    alike(table)
    assert sum(len(block.rows) for block in table.blocks()) == 4_497


def test_three_columns_are_tried_as_a_key_where_no_two_tell_rows_apart() -> None:
    rows = [("a", "x", "1"), ("a", "x", "2"), ("a", "y", "1"), ("b", "x", "1"), ("b ", "x", "2")]
    assert keys.several(lambda: [RowBlock(range(5), rows)], (0, 1, 2)) == (0, 1, 2)
    assert keys.several(lambda: [RowBlock(range(2), rows[:2]), RowBlock(range(1), rows[2:3])], (0, 1, 2)) == (1, 2)
    assert keys.several(lambda: [RowBlock(range(6), [*rows, ("b", "x", " 2")])], (0, 1, 2)) == ()
