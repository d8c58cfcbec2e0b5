"""Internal forms: costs and appraisal are checked, measured and reported, and nothing of them is served unless set public."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from builders.catalogs import answers, everywhere, publish, served
from builders.national_list import row, write

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.mapping import forms
from odlinked.publishing.publish import Publisher
from odlinked.reporting.report import make
from odlinked.settings import Settings, SourceSettings

APPRAISAL = (
    "受考核單位,主管機關,考核項目,實績,佐證,統計日期\n環境部,,開放資料集獲得金標章之比重,71,季報七一,2026-09-30\n"
)
COST = (
    "資料集識別碼,提供機關,資料集名稱,建置整體投入金額,盤點年度,前一年維護更新金額,前二年維護更新金額,前三年維護更新金額,提報審核情形\n"
    "1,環境部,空氣品質1,5123456,109,1,1,1,已提報\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A catalogue of one dataset, its cost and an item of its unit's appraisal."""
    made = Workspace(tmp_path / "var")
    publish(made, write(tmp_path / "list.csv", row(1)))
    for name, text in (("appraisal", APPRAISAL), ("cost", COST)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        done = publish(made, tmp_path / f"{name}.csv", name)
        assert (done.added, done.rows) == (0, 1)
    return made


def sheet(workspace: Workspace) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(BytesIO(make(workspace, Settings(), "quarter", date(2099, 12, 1))))
    return list(book["績效考核"].iter_rows(values_only=True))


def test_costs_and_appraisal_are_internal_and_the_other_forms_are_public() -> None:
    internal = {"appraisal", "moea-asset", "moea-checklist", "moea-cost", "moea-cost-sums", "moea-subsidy", "moea-tracking"}
    assert {form.name for form in forms.load_all(Assets()) if form.internal} == internal


def test_internal_records_are_kept_checked_and_reported_and_nowhere_served(workspace: Workspace) -> None:
    told = everywhere(workspace)
    assert "空氣品質1" in told
    for secret in ("季報七一", "5123456", "/id/cost/", "/id/appraisal/", "/quality/internal/"):
        assert secret not in told
    release = served(workspace)
    assert release.counts().get("cost", 0) == release.counts().get("appraisal", 0) == 0
    assert answers(workspace, "/cost/1")[0] == 404
    assert "71" in {str(cell) for cells in sheet(workspace) for cell in cells}
    assert "季報七一" in {cell for cells in sheet(workspace) for cell in cells}
    Publisher(workspace, Settings()).rebuild()
    assert "季報七一" not in everywhere(workspace)
    assert "季報七一" in {cell for cells in sheet(workspace) for cell in cells}


def test_a_source_set_public_shows_them(workspace: Workspace, tmp_path: Path) -> None:
    settings = Settings(sources={"cost": SourceSettings(public=True)})
    done = publish(workspace, tmp_path / "cost.csv", "cost", settings)
    assert done.added == 1
    assert "5123456" in everywhere(workspace)
    assert answers(workspace, "/cost/1")[0] == 200
    publish(workspace, tmp_path / "cost.csv", "cost")
    assert "5123456" not in everywhere(workspace)
    assert answers(workspace, "/cost/1")[0] == 410
