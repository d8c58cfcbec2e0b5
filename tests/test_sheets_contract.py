"""Both sides that read workbooks, inventory and inspection, see the same: what cells show, headings, and how many rows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl

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
