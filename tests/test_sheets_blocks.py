"""Rows in blocks are the rows one by one: none is lost, moved or changed, whatever is blank, short, doubled or a note."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.inventory import files
from odlinked.lifting import keys
from odlinked.settings import Settings
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
    assert keys.several(lambda: [RowBlock(range(3), rows[:2]), RowBlock(range(2), rows[2:3])], (0, 1, 2)) == (1, 2)
    assert keys.several(lambda: [RowBlock(range(6), [*rows, ("b", "x", " 2")])], (0, 1, 2)) == ()
