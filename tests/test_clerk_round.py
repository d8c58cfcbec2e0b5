"""A clerk's round: thirty faults planted, told at their cells, marked, mended, clean; then the form that does not take most of
them."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import clerk
from builders.browsers import see
from builders.clerk import PlantedFault
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from werkzeug.serving import make_server

from odlinked import api
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.reporting import blank
from odlinked.settings import Settings
from odlinked.web.app import create

FAULTS = [one for form in clerk.FORMS for one in clerk.faults(form)]
RESULTS = "AZ"
"""The column, right of every form, in which a spreadsheet works out what the checks of a row say."""


def test_there_are_thirty_of_many_rules() -> None:
    assert len(FAULTS) == 30
    assert len({one.rule for one in FAULTS}) >= 25
    assert {one.form for one in FAULTS} == {"moenv-open", "moenv-on-request", "moenv-withheld", "data-gov-tw"}


@pytest.mark.parametrize("form", clerk.FORMS)
def test_each_is_told_at_its_cell_and_nothing_else_is(tmp_path: Path, form: str) -> None:
    report, notes = api.validate([clerk.planted(form, tmp_path / "a.xlsx")])
    assert notes == []
    told = {(f"{one.column}{one.row}", one.rule) for one in report.findings}
    assert told == {(one.cell, one.rule) for one in clerk.faults(form)}


@pytest.fixture(scope="module")
def checking() -> Iterator[str]:
    """The address of a service that checks files; nothing is published in it."""
    server = make_server("127.0.0.1", 0, create(Releases(Workspace(Path("/nowhere"))), Settings()), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.browser
@pytest.mark.parametrize("form", clerk.FORMS)
def test_dropped_marked_mended_and_dropped_again_it_is_clean(browser: Any, checking: str, tmp_path: Path, form: str) -> None:
    see(browser, 1280, "light")
    _drop(browser, checking, clerk.planted(form, tmp_path / "盤點表.xlsx"))
    seen = {(line.find_element("css selector", "td strong").text, line.find_element("css selector", ".callno").text)
            for line in browser.find_elements("css selector", "tbody tr")}
    assert seen == {(one.cell, one.rule) for one in clerk.faults(form)}
    link = browser.find_element("css selector", "a.button[download]")
    assert link.get_attribute("download") == "盤點表-marked.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(b64decode(link.get_attribute("href").partition("base64,")[2])))
    sheet: Any = book.worksheets[0]
    assert {cell.coordinate for line in sheet.iter_rows() for cell in line if cell.comment} == {
        one.cell for one in clerk.faults(form)}
    for one in clerk.faults(form):
        sheet[one.cell] = one.meant
    book.save(tmp_path / "改好.xlsx")
    _drop(browser, checking, tmp_path / "改好.xlsx")
    told = browser.find_element("css selector", "section.answer [role=status]").text
    assert "沒有要改的地方" in told
    assert "檢核結果" not in browser.find_element("css selector", "section.answer").text


def _drop(browser: Any, address: str, file: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(f"{address}/validate?lang=zh-Hant")
    browser.find_element("id", "file").send_keys(str(file))
    browser.find_element("css selector", "form.drop button[value=html]").click()
    WebDriverWait(browser, 60).until(lambda it: it.find_elements("css selector", "section.answer [role=status]"))


@pytest.mark.slow
def test_most_of_them_cannot_be_typed_into_the_form(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice, libreoffice-calc-nogui) is not installed: nothing works out the checks of the form")
    found = {one: typed for form in clerk.FORMS for one, typed in _typed(form, office, tmp_path).items()}
    assert found == {one: one.typed for one in FAULTS}
    assert Counter(found.values())["stop"] >= 20


def _typed(form: str, office: str, folder: Path) -> dict[PlantedFault, str]:
    """Fill the form in with the faults, have its checks worked out, and return what becomes of each."""
    path = folder / f"{form}.xlsx"
    blank.save(form, path, "zh-Hant", Settings())
    book = openpyxl.load_workbook(path)
    sheet: Any = book.worksheets[0]
    place = {str(cell.value): get_column_letter(cell.column) for cell in sheet[1]}
    checks = {str(one.sqref).split("2:")[0]: one for one in sheet.data_validations.dataValidation}
    coloured = {str(where.sqref).split("2:")[0]: [rule.formula[0] for rule in where.rules]
                for where in sheet.conditional_formatting}
    planted = {one.row: one for one in clerk.faults(form) if one.heading in place}
    asked: dict[str, tuple[int, str, str]] = {}
    for row in (2, *planted):
        for heading, text in (clerk.good(form, row) | ({planted[row].heading: planted[row].written} if row > 2 else {})).items():
            if heading in place:
                sheet[f"{place[heading]}{row}"] = _entered(text, sheet.column_dimensions[place[heading]].number_format)
        wanted = [place[planted[row].heading]] if row > 2 else place.values()
        for letter in wanted:
            style = _style(checks[letter])
            cells = [(style, f"NOT({_allowed(checks[letter], f'{letter}2')})")] if style else []
            for what, formula in (*cells, *(("shown", formula) for formula in coloured.get(letter, ()))):
                at = f"{RESULTS}{len(asked) + 2}"
                moved = Translator(f"={formula}", origin=f"{letter}2").translate_formula(f"{letter}{row}")
                sheet[at] = f'=IF({moved[1:]},"yes","no")'
                asked[at] = (row, what, letter)
    book.save(path)
    subprocess.run([office, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx", "--outdir",
                    str(folder / "again"), str(path)], check=True, capture_output=True, timeout=180)
    worked = openpyxl.load_workbook(folder / "again" / path.name, data_only=True).worksheets[0]
    said = [where for at, where in asked.items() if {"yes": True, "no": False}[str(worked[at].value)]]
    assert not [where for where in said if where[0] == 2], "a faultless row is taken as it is"
    becomes = {one: {what for row, what, _ in said if row == one.row} for one in planted.values()}
    return {one: next((kind for kind in ("stop", "asked", "shown") if kind in kinds), "taken") for one, kinds in becomes.items()}


def _style(check: DataValidation) -> str:
    """Return what a spreadsheet does with what a validation does not allow: "stop", "asked", or "" for nothing."""
    if not (check.type and check.showErrorMessage):
        return ""
    return "stop" if check.errorStyle in (None, "stop") else "asked"


def _allowed(check: DataValidation, cell: str) -> str:
    """Return a validation as a formula (ECMA-376 part 1, 18.3.1.32), true for a blank cell."""
    low, high = check.formula1, check.formula2
    holds = {
        "list": f"COUNTIF({low},{cell})>0", "date": f"AND(ISNUMBER({cell}),{cell}>={low},{cell}<={high})",
        "whole": f"AND(ISNUMBER({cell}),{cell}>={low})", "textLength": f"AND(LEN({cell})>={low},LEN({cell})<={high})",
        "custom": f"IFERROR({low},FALSE)",
    }[check.type]  # fmt: skip
    return f"OR(LEN({cell})=0,{holds})"


def _entered(text: str, number_format: str) -> Any:
    """Return what a spreadsheet makes of a text typed into a cell: a date where its format is one and the text can be."""
    for way in ("%Y-%m", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S") if "yy" in number_format else ():
        try:
            return datetime.strptime(text, way)
        except ValueError:
            continue
    return text or None
