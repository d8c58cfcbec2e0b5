"""Proved repairs: certain is only what leaves one reading and was tried on its row; the mended workbook is checked again."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders.national_list import HEADER, row
from click.testing import CliRunner
from openpyxl.worksheet.formula import ArrayFormula

from odlinked import api
from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.findings import Finding
from odlinked.quality import slips
from odlinked.quality.report import Report
from odlinked.quality.shapes import Profile
from odlinked.settings import Settings
from odlinked.validation import mending, repairs

EXAMPLES = Path(__file__).parents[1] / "examples"
INVENTORY = (
    "序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
    "國家環境保護計畫分類", "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註",
)  # fmt: skip
GOOD = (
    "1", "新增", "空氣品質監測資料", "aqx_p_488", "大氣環境司", "各測站每小時之空氣品質觀測值。", "公共資訊", "環境品質",
    "11", "115年3月", "", "02-2311-7722#6001", "",
)  # fmt: skip


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


def changed(number: int, **cells: str) -> list[str]:
    """Return a faultless row of the inventory, numbered, with other texts in some columns (by letter)."""
    line = list(GOOD)
    line[0], line[2], line[3] = str(number), f"空氣品質監測資料{number}", f"aqx_p_{number}"
    for letter, text in cells.items():
        line[ord(letter) - 65] = text
    return line


def book(path: Path, rows: Sequence[Sequence[str]], headings: Sequence[str] = INVENTORY) -> Path:
    made = openpyxl.Workbook()
    sheet: Any = made.active
    for line in (headings, *rows):
        sheet.append([text or None for text in line])
    made.save(path)
    return path


def table(path: Path, rows: Sequence[Sequence[str]], headings: Sequence[str] = INVENTORY) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows((headings, *rows))
    return path


def told(report: Report) -> dict[str, Finding]:
    """Return the findings by cell and rule number."""
    return {f"{one.column}{one.row} {one.rule.split('-')[0]}": one for one in report.findings}


def places(report: Report) -> Counter[tuple[int, str, int, str]]:
    return Counter((one.row, one.column, one.member, one.rule) for one in report.findings)


@pytest.mark.parametrize(("rule", "written", "meant"), [
    ("M12-change-status-code", "1.新增", "新增"),
    ("M12-change-status-code", "☑新增", "新增"),
    ("M12-change-status-code", "V新增", "新增"),
    ("M12-change-status-code", "新曾", "新增"),
    ("M12-change-status-code", "异动", "異動"),
    ("L14-environment-plan-code", "一、氣候行動", "氣候行動"),
    ("L14-environment-plan-code", "（四）環境品質", "環境品質"),
    ("L14-environment-plan-code", "氣侯行動", "氣候行動"),
    ("M06-theme-code", "生活安全與品質", "生活安全及品質"),
    ("M06-theme-code", "公共資迅;交通及通訊類", "公共資訊;交通及通訊"),
    ("P09-format-code", "ＣＶＳ", "CSV"),
    ("P09-format-code", "GeoJSN", "GeoJSON"),
    ("U08-encoding-code", "UFT-8", "UTF-8"),
    ("A10-url-form", "https//data.gov.tw/a.csv", "https://data.gov.tw/a.csv"),
    ("A10-url-form", "htp:/data.gov.tw/a.csv", "http://data.gov.tw/a.csv"),
    ("A44-host", "https://https//data.gov.tw/a.csv", "https://data.gov.tw/a.csv"),
    ("A10-url-behind", "https://data.gov.tw/a.csv。", "https://data.gov.tw/a.csv"),
    ("A10-url-list", "https://a.tw/1、https://b.tw/2", "https://a.tw/1;https://b.tw/2"),
    ("M01-identifier-written", "１２３", "123"),
    ("M01-identifier-written", '="00123"', "00123"),
    ("U45-unseen-characters", "水位\u200b資料", "水位資料"),
])  # fmt: skip
def test_a_slip_has_one_reading(rule: str, written: str, meant: str) -> None:
    found = slips.load(Assets()).repaired(profile().by_name[rule], written, (";", "；", "、"))
    assert found == meant


@pytest.mark.parametrize(("rule", "written"), [
    ("M12-change-status-code", "無異動"), ("M12-change-status-code", "下架(轉為依申請)"), ("M12-change-status-code", "新增/異動"),
    ("M12-change-status-code", "■新增□異動□下架"), ("M12-change-status-code", "□新增"), ("M12-change-status-code", "X新增"),
    ("M12-change-status-code", "移除"), ("U05-frequency-code", "每8月"), ("U05-frequency-code", "每千年"),
    ("U05-frequency-code", "每個月底"), ("L14-sdg-code", "1.氣候行動"), ("L14-sdg-code", "3和11"), ("L14-sdg-code", "11永續城市"),
    ("M06-theme-code", "公開資訊"), ("M06-theme-code", "公共資訊;環境"), ("P09-format-code", "XLSS"), ("P09-format-code", "XLM"),
    ("U08-encoding-code", "UTF-9"), ("M38-feedback-outcome-code", "不法開放"), ("M22-use-condition", "免費"),
    ("A10-url-form", "見本公司網站"), ("A10-url-form", "ftp//data.gov.tw"), ("A10-url-behind", "https://a.tw/a.csv (主檔)"),
    ("U13-issued-early", "24/05"), ("U13-issued", "115年13月"), ("U13-issued", "2026-02-30"), ("U45-unseen-characters", "\ue000"),
    ("M01-identifier-form", "aqx_p_502、aqx_p_503"), ("M01-identifier-form", "123.0"), ("M03-publisher", "大氣司"),
])  # fmt: skip
def test_what_leaves_a_doubt_is_none(rule: str, written: str) -> None:
    assert slips.load(Assets()).repaired(profile().by_name[rule], written, (";", "；", "、")) is None


def test_certain_possible_and_nothing(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", [changed(1, B="1.新增"), changed(2, B="無異動"), changed(3, J="24/05"), changed(4, C="")])
    report, _ = api.validate([file])
    found = told(report)
    certain, possible, moved = found["B2 M12"], found["B3 M12"], found["J4 U13"]
    assert certain.repair == ("certain", "B", "1.新增", "新增")
    assert "請改成「新增」" in certain.suggestions["zh-Hant"]
    assert possible.repair == ("uncertain", "", "", "")
    assert possible.suggestions["zh-Hant"] == "您是不是要填「異動」？"
    assert moved.repair is not None
    assert moved.repair.certainty == "uncertain"
    assert found["C5 M02"].repair is None
    said = {f"{one['column']}{one['row']}": one for one in (one.as_json() for one in report.findings)}
    assert (said["B2"]["certainty"], said["B2"]["repair"]) == ("certain", {"cell": "B2", "value": "新增"})
    assert (said["B3"]["certainty"], said["B3"]["repair"]) == ("uncertain", None)
    assert said["C5"]["certainty"] == ""


def test_what_makes_a_new_fault_is_not_certain(tmp_path: Path) -> None:
    """Two addresses parted by a mark that parts none: with a better mark there is one format too few."""
    wrong = "https://a.gov.tw/1.csv、https://a.gov.tw/2.csv"
    rows = [row(1, 資料下載網址=wrong, 檔案格式="CSV"),
            row(2, 資料下載網址=wrong, 檔案格式="CSV;CSV", 編碼格式="UTF-8;UTF-8")]  # fmt: skip
    file = table(tmp_path / "a.csv", rows, HEADER)
    report, _ = api.validate([file])
    lists = {one.row: one.certain for one in report.findings if one.rule == "A10-url-list"}
    for number, repair in lists.items():
        mended = mending.mend(report, file, "a.csv", tmp_path / f"{number}.xlsx", "zh-Hant", Settings()) if repair else None
        assert mended is None or mended.written
    assert all(repair is None or repair.instead == wrong.replace("、", ";") for repair in lists.values())


def test_a_row_that_would_contradict_another_is_not_mended(tmp_path: Path) -> None:
    """Read as meant, two rows have one identifier already, and say so; nothing changes that."""
    file = table(tmp_path / "a.csv", [changed(1, D="１２３"), changed(2, D="123"), changed(3, B="新曾")])
    before, _ = api.validate([file])
    target = tmp_path / "b.xlsx"
    done = mending.mend(before, file, "a.csv", target, "zh-Hant", Settings())
    after, _ = api.validate([target])
    assert places(after) == places(before) - Counter((one.row, one.column, one.member, one.rule) for one in done.written)


def test_persons_and_keys_are_never_written(tmp_path: Path) -> None:
    """A cell of which something is left out stays as it is: what would be written is the rest."""
    rows = [row(1, 備註="洽承辦人王小明\u200b 0912-345-678"),
            row(2, 資料下載網址="https//data.gov.tw/a.csv?api_key=abc123def456abc123def456")]  # fmt: skip
    report, _ = api.validate([table(tmp_path / "a.csv", rows, HEADER)])
    assert report.findings
    text = json.dumps([one.as_json() for one in report.findings], ensure_ascii=False)
    for secret in ("王小明", "0912", "abc123def456"):
        assert secret not in text
        assert all(secret not in str(one.repair) for one in report.findings)


def test_beyond_the_limit_nothing_is_said_to_be_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odlinked.validation.inventories.MOST", 2)
    file = table(tmp_path / "a.csv", [changed(number, B="新曾") for number in range(1, 5)])
    report, _ = api.validate([file])
    found = [one for one in report.findings if one.rule == "M12-change-status-code"]
    assert [one.repair.certainty for one in found if one.repair] == ["certain", "certain", "untried", "untried"]
    assert "還沒有試過" in found[3].suggestions["zh-Hant"]
    assert repairs.MOST >= 2_000


def test_several_repairs_of_a_row_hold_together(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", [changed(1, B="新曾", G="公共資迅", H="環竟品質", C="空氣\u200b品質")])
    before, _ = api.validate([file])
    assert {one.column for one in before.findings if one.certain} == {"B", "C", "G", "H"}
    done = mending.mend(before, file, "a.xlsx", tmp_path / "b.xlsx", "zh-Hant", Settings())
    assert done.cells == 4
    after, _ = api.validate([tmp_path / "b.xlsx"])
    assert places(after) == places(before) - Counter((one.row, one.column, one.member, one.rule) for one in done.written)


def test_every_example_mended_lacks_what_was_certain_and_nothing_else(tmp_path: Path) -> None:
    total = 0
    for file in sorted((*EXAMPLES.glob("*.csv"), *EXAMPLES.glob("*.xlsx"))):
        before, _ = api.validate([file])
        target = tmp_path / f"{file.stem}.xlsx"
        done = mending.mend(before, file, file.name, target, "zh-Hant", Settings())
        certain = [one for one in before.findings if one.certain]
        assert len(done.written) + len(done.left) == len(certain)
        assert target.exists() == bool(done.written)
        if done.written:
            total += len(done.written)
            after, _ = api.validate([target])
            gone = Counter((one.row, one.column, one.member, one.rule) for one in done.written)
            assert places(after) == places(before) - gone
    assert total >= 4


def test_nothing_else_of_a_workbook_moves(tmp_path: Path) -> None:
    """Formulas, merged cells, hidden rows and other sheets stay; the rest of the package keeps its bytes."""
    made = openpyxl.Workbook()
    sheet: Any = made.active
    sheet.title = "清單"
    wrong = [changed(number, B="新曾") for number in range(1, 8)]
    for line in (INVENTORY, *wrong):
        sheet.append([text or None for text in line])
    sheet["B3"] = '="新"&"曾"'
    sheet.merge_cells("B4:B5")
    sheet.row_dimensions[6].hidden = True
    sheet["B7"] = ArrayFormula("B7:B7", '="新"&"曾"')
    other: Any = made.create_sheet("其他")
    other.append(["甲", "=1+1"])
    file = tmp_path / "a.xlsx"
    made.save(file)
    _calculated(file, {"B3": "新曾", "B7": "新曾"})
    before, _ = api.validate([file])
    certain = {f"{one.column}{one.row}" for one in before.findings if one.certain}
    assert certain >= {"B2", "B3", "B4", "B6", "B7", "B8"}
    target = tmp_path / "b.xlsx"
    done = mending.mend(before, file, "a.xlsx", target, "en", Settings())
    assert {f"{one.column}{one.row}" for one in done.written} == {"B2", "B8"}
    assert {why for _, why in done.left} == {"formula", "merged", "hidden"}
    was, now = openpyxl.load_workbook(file), openpyxl.load_workbook(target)
    for line in was["清單"].iter_rows():
        for cell in line:
            if cell.coordinate not in ("B2", "B8") and not isinstance(cell.value, ArrayFormula):
                assert now["清單"][cell.coordinate].value == cell.value
    assert now["清單"]["B2"].value == "新增"
    assert "新曾" in now["清單"]["B2"].comment.text
    assert "M12-change-status-code" in now["清單"]["B2"].comment.text
    assert now["清單"].merged_cells.ranges == was["清單"].merged_cells.ranges
    assert now["清單"].row_dimensions[6].hidden
    with zipfile.ZipFile(file) as one, zipfile.ZipFile(target) as two:
        same = [name for name in one.namelist() if one.read(name) == two.read(name)]
    assert set(one.namelist()) - set(same) == {"[Content_Types].xml", "xl/worksheets/sheet1.xml"}


def _calculated(file: Path, values: dict[str, str]) -> None:
    """Give formulas the values that a spreadsheet would keep with them."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode() if name.endswith("sheet1.xml") else ""
            for cell, value in values.items():
                head, sign, tail = data.partition(f'r="{cell}"')
                start, tag, rest = tail.partition("</f>")
                rest = re.sub(r"<v ?/>|<v></v>", f"<v>{value}</v>", rest, count=1)
                data = head + sign + start.replace(">", ' t="str">', 1) + tag + rest if sign else data
            new.writestr(name, data or old.read(name))
    file.write_bytes(out.getvalue())


def test_the_command_writes_a_workbook_and_never_over_the_file(tmp_path: Path) -> None:
    file, target = book(tmp_path / "a.xlsx", [changed(1, B="新曾")]), tmp_path / "b.xlsx"
    before = file.read_bytes()
    run = CliRunner().invoke
    done = run(main, ["validate", str(file), "--fix", str(target)])
    assert (done.exit_code, "1 cells mended" in done.output) == (1, True), done.output
    assert openpyxl.load_workbook(target).worksheets[0]["B2"].value == "新增"
    again = run(main, ["validate", str(target), "--fix", str(tmp_path / "c.xlsx")])
    assert (again.exit_code, "nothing is certain" in again.output) == (0, True)
    assert not (tmp_path / "c.xlsx").exists()
    assert run(main, ["validate", str(file), "--fix", str(file)]).exit_code == 2
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_sarif_has_certain_ones_as_fixes(tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", [changed(1, B="新曾"), changed(2, B="無異動")])
    (log,) = json.loads(CliRunner().invoke(main, ["validate", str(file), "--format", "sarif"]).output)["runs"]
    fixes = [result["fixes"] for result in log["results"] if "fixes" in result]
    ((one,),) = fixes
    (replacement,) = one["artifactChanges"][0]["replacements"]
    region = replacement["deletedRegion"]
    line = file.read_text(encoding="utf-8-sig").split("\n")[region["startLine"] - 1]
    assert line[region["startColumn"] - 1:region["endColumn"] - 1] == "新曾"
    assert replacement["insertedContent"]["text"] == '"新增"'


def test_a_misspelt_heading_is_told_at_its_cell_with_the_one_meant(tmp_path: Path) -> None:
    headings = [{"國家環境保護計畫分類": "國家環境保護計劃分類別", "備註": "備考"}.get(one, one) for one in INVENTORY]
    report, _ = api.validate([book(tmp_path / "a.xlsx", [changed(1)], headings)])
    (found,) = [one for one in report.findings if one.rule == "U85-heading"]
    assert (f"{found.column}{found.row}", found.value) == ("H1", "國家環境保護計劃分類別")
    assert found.suggestions["zh-Hant"] == "您是不是要填「國家環境保護計畫分類」？"
    again, _ = api.validate([book(tmp_path / "b.xlsx", [changed(1)])])
    assert not again.findings
