"""Forms to fill in: made of the CSVW, the rules and the code lists; read again as that form, with nothing of ours in the way."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from odlinked import api
from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.errors import InputError
from odlinked.mapping import forms
from odlinked.quality.shapes import Profile
from odlinked.reporting import blank, blank_columns
from odlinked.reporting.blank_columns import BlankColumn
from odlinked.settings import Settings

ASSETS = Assets(())
FORMS = {form.name: form for form in forms.load_all(ASSETS)}
PROFILE = Profile.load(ASSETS, "tw-open")
ROW: dict[str, Any] = {
    "開放狀況（新增/異動/下架）": "新增", "資料集名稱": "空氣品質監測資料", "資料集代碼": "aqx_p_488", "提供單位": "大氣環境司",
    "資料集描述": "各測站每小時之空氣品質觀測值。", "資料集分類": "公共資訊", "國家環境保護計畫分類": "環境品質",
    "SDGs目標分類": "11 永續城鄉", "開放年月": datetime(2026, 3, 1), "聯絡電話／電子郵件": "02-2311-7722#6001",
}  # fmt: skip
"""A faultless row of `moenv-open`, the month as a spreadsheet keeps it."""


def written(tmp_path: Path, name: str, *rows: dict[str, Any]) -> Path:
    """Write a form and fill it in as a person would: below the headings, into cells that have the formats of their columns."""
    path = tmp_path / f"{name}.xlsx"
    blank.save(name, path, "zh-Hant", Settings())
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headings = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, 2):
        for heading, value in row.items():
            cell = sheet.cell(number, headings[heading], value)
            cell.number_format = sheet.column_dimensions[get_column_letter(cell.column)].number_format
    book.save(path)
    return path


def checks(path: Path) -> dict[str, DataValidation]:
    """Return the validation of each column, by heading."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    found = {}
    for one in sheet.data_validations.dataValidation:
        letter = str(one.sqref).split("2:")[0]
        found[str(sheet[f"{letter}1"].value)] = one
    return found


def column(name: str, heading: str) -> BlankColumn:
    return next(one for one in blank_columns.columns(FORMS[name], PROFILE) if one.heading == heading)


def test_a_table_whose_headings_stand_below_each_other_is_refused_by_name(tmp_path: Path) -> None:
    turned = [name for name, form in FORMS.items() if form.turned]
    assert turned == ["moea-progress"]
    with pytest.raises(InputError, match="headings stand below each other"):
        blank.save("moea-progress", tmp_path / "form.xlsx", "zh-Hant", Settings())


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if not form.turned])
def test_every_form_is_read_again_as_itself(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    report, notes = api.validate([path])
    assert [table.form for table in report.checked] == [dict(FORMS[name].labels)]
    assert notes == []
    assert not report.findings
    table = api.read(path)[0]
    binding = forms.find(list(FORMS.values()), table)
    assert binding.form.name == name
    assert (binding.missing, binding.unknown) == ((), ())


def test_what_is_filled_in_as_offered_has_no_fault(tmp_path: Path) -> None:
    report, notes = api.validate([written(tmp_path, "moenv-open", ROW)])
    assert notes == []
    assert [(one.rule, one.heading, one.value) for one in report.findings if one.severity != "Info"] == []
    assert sum(table.records for table in report.checked) == 1


@pytest.mark.parametrize("heading", [one.heading for one in blank_columns.columns(FORMS["moenv-open"], PROFILE) if one.choices])
def test_every_choice_of_a_drop_down_is_known_when_it_is_read(tmp_path: Path, heading: str) -> None:
    one = column("moenv-open", heading)
    rows = [{**ROW, "資料集代碼": f"aqx_p_{number}", heading: choice} for number, choice in enumerate(one.choices)]
    report, _ = api.validate([written(tmp_path, "moenv-open", *rows)])
    unknown = {(finding.rule, finding.value) for finding in report.findings
               if finding.heading == heading and finding.rule.endswith("-code")}
    assert unknown == set()


def test_the_national_list_offers_what_it_reads(tmp_path: Path) -> None:
    for heading in ("更新頻率", "授權方式", "編碼格式", "檔案格式"):
        one = column("data-gov-tw", heading)
        folder = tmp_path / heading
        folder.mkdir()
        rows = [{"資料集識別碼": str(number), "資料集名稱": f"空氣品質{number}", "資料下載網址": "https://data.moenv.gov.tw/a.csv",
                 heading: choice} for number, choice in enumerate(one.choices, 1)]  # fmt: skip
        report, _ = api.validate([written(folder, "data-gov-tw", *rows)])
        assert {finding.value for finding in report.findings
                if finding.heading == heading and finding.rule.endswith("-code")} == set()


def test_the_checks_are_those_of_the_rules(tmp_path: Path) -> None:
    path = written(tmp_path, "moenv-open")
    made = checks(path)
    status, title, month, code = (made[key] for key in ("開放狀況（新增/異動/下架）", "資料集名稱", "開放年月", "資料集代碼"))
    assert (status.type, status.errorStyle, status.showErrorMessage) == ("list", "stop", True)
    assert (title.type, title.operator, title.formula2) == ("textLength", "between", "255")
    assert month.type == "date"
    assert code.formula1.startswith("AND(COUNTIF($D$2:$D$2001,D2)=1,")
    assert made["提供單位"].showErrorMessage is False, "the list of organisations is open"
    assert made["資料集分類"].showErrorMessage is False, "several may stand in one cell"
    assert all(len(one.prompt) <= 255 for one in made.values())
    sheet = openpyxl.load_workbook(path).worksheets[0]
    colours = {cell.value: cell.fill.fgColor.rgb for cell in sheet[1]}
    assert colours["資料集名稱"] != colours["備註"]
    assert "必填" in sheet["C1"].comment.text
    assert "Must be filled in" in sheet["C1"].comment.text
    assert "M02" in sheet["C1"].comment.text


def test_long_lists_stand_on_a_hidden_sheet(tmp_path: Path) -> None:
    path = written(tmp_path, "data-gov-tw")
    book = openpyxl.load_workbook(path)
    assert [sheet.sheet_state for sheet in book] == ["visible", "hidden"]
    sheet, _, cells = checks(path)["更新頻率"].formula1.replace("'", "").partition("!")
    offered = tuple(cell.value for line in book[sheet][cells.replace("$", "")] for cell in line)
    assert offered == column("data-gov-tw", "更新頻率").choices


def test_the_command_lists_forms_and_overwrites_none(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert all(name in run(main, ["form"]).output for name in FORMS)
    target = tmp_path / "form.xlsx"
    assert run(main, ["form", "moenv-open", "--output", str(target)]).exit_code == 0
    before = target.read_bytes()
    assert run(main, ["form", "moenv-open", "--output", str(target)]).exit_code == 2
    assert target.read_bytes() == before
    unknown = run(main, ["form", "moenv", "--output", str(tmp_path / "b.xlsx")])
    assert unknown.exit_code == 2
    assert "moenv-open" in unknown.output
    assert run(main, ["form", "moenv-open", "--output", str(tmp_path / "b.csv")]).exit_code == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moenv-open", "data-gov-tw"])
def test_libreoffice_opens_it_and_keeps_the_checks(tmp_path: Path, name: str) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    path = written(tmp_path, name, *([ROW] if name == "moenv-open" else []))
    subprocess.run([office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx", "--outdir",
                    str(tmp_path / "again"), str(path)], check=True, capture_output=True, timeout=180)
    again = tmp_path / "again" / path.name
    assert {heading: one.type for heading, one in checks(again).items() if one.type} == {
        heading: one.type for heading, one in checks(path).items() if one.type}
    report, notes = api.validate([again])
    assert notes == []
    assert not [finding for finding in report.findings if finding.severity != "Info"]
