"""History: each kept release as on its own day, published figures, who gained or lost gold; and the marks of the appraisal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from builders.catalogs import dated
from builders.measured import NOON
from builders.national_list import row, write
from click.testing import CliRunner

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.errors import AssetError
from odlinked.publishing.publish import Publisher
from odlinked.reporting.appraisal import AppraisalWeights, beside
from odlinked.reporting.report import make
from odlinked.settings import AssetSettings, Settings

DAY = date(2026, 11, 22)
MINISTRY = "環境部"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two releases: one of May with three gold datasets, one of November in which one is lost, one gained, one withdrawn."""
    folder = tmp_path_factory.mktemp("history")
    made = Workspace(folder / "var")
    publisher = Publisher(made, Settings(), clock=NOON)
    publisher.publish([write(folder / "list.csv", row(1), row(2), row(3), row(4, 品質檢測="銀"))], "national")
    publisher.publish([write(folder / "list.csv", row(1), row(2, 品質檢測="銅"), row(4, 品質檢測="白金"))], "national")
    figures = ["受考核單位,主管機關,考核項目,實績,佐證,統計日期", "環境部,,資料集數,3,,114年10月",
               "環境部,,金標章數,2,,114年10月", "環境部,,開放資料集獲得金標章之比重,60,季報,115年9月30日", ""]
    (folder / "figures.csv").write_text("\r\n".join(figures), encoding="utf-8")
    publisher.publish([folder / "figures.csv"], "appraisal")
    publisher.measure(DAY)
    first, *others = made.names()
    dated(made, first, "2026-05-02")
    for name in others:
        dated(made, name, "2026-11-20")
    return made


def lines(book: openpyxl.Workbook, sheet: str) -> Iterator[dict[str, object]]:
    heads, *rest = book[sheet].iter_rows(values_only=True)
    for one in rest:
        yield dict(zip(map(str, heads), one, strict=True))


@pytest.fixture(scope="module")
def meeting(workspace: Workspace) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(make(workspace, Settings(), "meeting", DAY)))


def test_each_kept_release_tells_its_own_day_and_figures_theirs(meeting: openpyxl.Workbook) -> None:
    found = {(one["日期"], one["依據"]): one for one in lines(meeting, "歷次統計") if one["機關（含所屬）"] == MINISTRY}
    heads = ("資料集", "已開放", "述明標章者／檢測筆數", "金標章以上", "白金標章")
    assert {day: tuple(one[head] for head in heads) for day, one in found.items()} == {
        ("2026-05-02", "發布版次"): (4, 4, 4, 3, 0),
        ("2026-11-20", "發布版次"): (3, 3, 3, 2, 1),
        ("2025-10", "公布數"): ("未檢測", "未檢測", 3, 2, "未檢測"),
    }
    assert list(lines(meeting, "金標章進度（公布）"))[1]["2025-10"] == 3


def test_nothing_of_a_later_day_is_told_of_an_earlier_one(workspace: Workspace) -> None:
    book = openpyxl.load_workbook(io.BytesIO(make(workspace, Settings(), "meeting", date(2026, 6, 1))))
    assert {one["日期"] for one in lines(book, "歷次統計")} == {"2026-05-02"}, "the figures were published here in November"
    assert [one["項數"] for one in lines(book, "服務分類")][-1] == 4
    assert {one["統計日"] for one in lines(book, "金標章進度")} == set()
    before = openpyxl.load_workbook(io.BytesIO(make(workspace, Settings(), "meeting", date(2026, 2, 1))))
    assert {one["日期"] for one in lines(before, "歷次統計") if one["依據"] == "發布版次"} == set()


def test_gold_gained_and_lost_since_a_day(workspace: Workspace, meeting: openpyxl.Workbook, tmp_path: Path) -> None:
    told = [(one["得失"], one["資料集識別碼"], one["原標章"], one["現標章"]) for one in lines(meeting, "金標章得失")]
    assert sorted(map(str, told)) == sorted(map(str, [
        ("失去", "2", "金", "銅"), ("失去", "3", "金", None), ("得到", "4", "銀", "白金")]))
    since = ["report", "--kind", "quarter", "--as-of", "2026-11-22", "--workspace", str(workspace.root), "--output"]
    assert CliRunner().invoke(main, [*since, str(tmp_path / "a.xlsx"), "--since", "2026-05-01"]).exit_code == 0
    unknown = list(lines(openpyxl.load_workbook(tmp_path / "a.xlsx"), "金標章得失"))
    assert [(one["得失"], one["標題"] if "標題" in one else one["資料集名稱"]) for one in unknown] == [("未檢測", None)]
    assert CliRunner().invoke(main, [*since, str(tmp_path / "b.xlsx"), "--since", "2027-05-01"]).exit_code == 2


def test_all_units_have_twelve_items_computed_beside_reported(meeting: openpyxl.Workbook) -> None:
    found = {str(one["項次"]): one for one in lines(meeting, "績效考核") if one["單位"] == MINISTRY}
    assert len(found) == 12
    assert (found["02"]["所報"], found["02"]["本服務所計（所述標章）"], found["02"]["配分"]) == (60, 66.67, None)
    assert (found["07"]["所報"], found["07"]["本服務所計（量測）"]) == ("未檢測", 3)
    assert found["03"]["本服務所計（量測）"] == "未檢測"


def test_marks_are_given_where_a_ministry_sets_weights(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "reports"
    folder.mkdir(parents=True)
    weights = '["環境部"]\n"02" = { weight = 20, full = 100 }\n"03" = { weight = 5, full = 1 }\n'
    (folder / "appraisal.toml").write_text(weights, encoding="utf-8")
    options = Settings(assets=AssetSettings((str(tmp_path),)))
    book = openpyxl.load_workbook(io.BytesIO(make(workspace, options, "meeting", DAY)))
    found = {str(one["項次"]): (one["配分"], one["得分"]) for one in lines(book, "績效考核") if one["單位"] == MINISTRY}
    assert (found["02"], found["03"], found["04"]) == ((20, 12), (5, "未檢測"), (None, None))


@pytest.mark.parametrize("text", [
    '["甲"]\n"02" = 3', '["甲"]\n"02" = { weight = 0, full = 1 }', '["甲"]\n"02" = { weight = "很多", full = 1 }', "甲 = [",
    '["甲"]\n"02" = { weight = 2 }'])
def test_weights_that_are_none_are_refused(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "reports"
    folder.mkdir(parents=True)
    (folder / "appraisal.toml").write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match="weights of the appraisal"):
        AppraisalWeights.of(Assets((tmp_path,)))


def test_a_mark_is_in_proportion_and_never_more_than_its_weight() -> None:
    weights = AppraisalWeights({"部": {"02": (Decimal(20), Decimal(90))}})
    marks = [weights.mark("部", {"number": "02", "reported": value}) for value in ("90", "99", "30", "-1", "")]
    assert marks == [20, 20, Decimal("6.67"), 0, None]
    rows = list(beside([{"unit": "a", "number": "02", "measured": "1"}], [
        {"unit": "a", "number": "02", "date": "2026-01-01", "reported": "2"},
        {"unit": "a", "number": "02", "date": "2026-02-01", "reported": "3"},
        {"unit": "b", "number": "02", "date": "2026-02-01", "reported": "4"}]))
    assert [(one["unit"], one.get("measured"), one["reported"]) for one in rows] == [("a", "1", "3"), ("b", None, "4")]
