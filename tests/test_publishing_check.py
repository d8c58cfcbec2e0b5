"""Checking files without publishing: the examples' planted mistakes, rows against each other, what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders.national_list import HEADER, row, write
from openpyxl import Workbook

from odlinked.errors import FormError
from odlinked.quality.report import Report
from odlinked.settings import PublishSettings, Settings
from odlinked.validation.inventories import check

EXAMPLES = Path(__file__).parents[1] / "examples"
PLANTED = json.loads((EXAMPLES / "planted.json").read_text(encoding="utf-8"))


def checked(*files: Path, settings: Settings | None = None) -> tuple[Report, list[str]]:
    return check(files, None, None, settings or Settings(), lambda _stage, _done: None)


@pytest.mark.parametrize("name", sorted({mistake["file"] for mistake in PLANTED}))
def test_each_planted_mistake_is_told_at_its_cell_and_nothing_else(name: str) -> None:
    report, _ = checked(EXAMPLES / name)
    wanted = {(m["sheet"], m["row"], m["column"], m["rule"]) for m in PLANTED if m["file"] == name}
    assert {(f.sheet, f.row, f.column, f.rule) for f in report.findings} == wanted


def test_a_repeated_identifier_is_told_at_the_second_row(tmp_path: Path) -> None:
    report, _ = checked(write(tmp_path / "list.csv", row(1), row(2), row(1, 資料集名稱="又一個")))
    told = [(f.row, f.column, f.heading, f.rule) for f in report.findings]
    assert told == [(4, "A", "資料集識別碼", "L16-identifier-unique")]
    assert "第 2 列" in report.findings[0].messages["zh-Hant"]


def test_a_row_that_names_nothing_is_told(tmp_path: Path) -> None:
    report, _ = checked(write(tmp_path / "list.csv", row(1), row(2, 資料集識別碼="", 資料集名稱="", 提供機關="")))
    assert (3, "L18-record-identifiable") in {(f.row, f.rule) for f in report.findings}


def test_processes_find_what_one_process_finds(tmp_path: Path) -> None:
    rows = [row(n, 更新頻率="每1曰" if n % 50 == 0 else "每1日") for n in range(1, 801)]
    file = write(tmp_path / "list.csv", *rows)
    alone, _ = checked(file, settings=Settings(publish=PublishSettings(workers=1)))
    together, _ = checked(file, settings=Settings(publish=PublishSettings(workers=2)))
    assert alone.findings == together.findings
    assert len(alone.findings) == 16


def test_a_sheet_on_no_known_form_is_left_out_and_told(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "封面"
    sheet.append(["版次", "日期", "說明"])
    sheet.append(["1", "2026-01-01", "初版"])
    sheet.append(["2", "2026-02-01", "修訂"])
    listed = book.create_sheet("清單")
    for cells in (list(HEADER), row(1), row(2)):
        listed.append(cells)
    book.save(tmp_path / "book.xlsx")
    report, notes = checked(tmp_path / "book.xlsx")
    assert [table.sheet for table in report.checked] == ["清單"]
    assert [note for note in notes if note.startswith("book.xlsx · 封面: left out")]
    with pytest.raises(FormError, match="no form fits"):
        checked(_only_cover(tmp_path))


def _only_cover(folder: Path) -> Path:
    path = folder / "cover.csv"
    path.write_text("版次,日期,說明\n1,2026-01-01,初版\n2,2026-02-01,修訂\n", encoding="utf-8")
    return path
