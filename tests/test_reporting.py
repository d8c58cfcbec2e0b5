"""The periodic report: opened again it says what the release says, the same bytes each time, and nothing in it is a formula."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest
from builders import firsts
from builders.catalogs import dated
from builders.measured import NOON
from builders.national_list import row, write
from click.testing import CliRunner

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.clock import Clock
from odlinked.errors import SettingsError, WorkspaceError
from odlinked.publishing.publish import Publisher
from odlinked.queries import load
from odlinked.reporting import period, plan
from odlinked.reporting.report import by_unit, compiled, make
from odlinked.reporting.workbook import LONGEST, Book
from odlinked.settings import ReportSettings, Settings

DAY = date(2026, 11, 22)
FEEDBACK = "意見編號,意見類別,意見標題,發表內容,提出日期,回應機關,開放情形,無法開放原因,回覆內容,回覆日期"
Sheets = dict[str, list[dict[str, Any]]]


def publish(workspace: Workspace, file: Path, source: str = "national") -> None:
    firsts.publish(workspace, [file], source, Settings(), NOON)


def opened(content: bytes) -> Sheets:
    """Return the sheets of a workbook: title -> rows by heading (the notes by place)."""
    found: Sheets = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        rows = [list(cells) for cells in sheet.iter_rows(values_only=True)]
        heads = [str(head) for head in (rows[0] if sheet.freeze_panes else range(3))]
        found[sheet.title] = [dict(zip(heads, cells, strict=False)) for cells in rows[1 if sheet.freeze_panes else 0 :]]
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four releases: 000001 of 15 August, 000002 to 000004 of 20 November 2026, with changes and requests between them."""
    tmp_path = tmp_path_factory.mktemp("published")
    workspace = Workspace(tmp_path / "var")
    old = [row(1), row(2, 品質檢測="銀"), row(3, 資料集名稱="將下架"), row(4, 提供機關="文化部", 品質檢測="")]
    publish(workspace, write(tmp_path / "list.csv", *old))
    new = [
        row(1), row(2, 品質檢測="銅"), row(4, 提供機關="文化部", 品質檢測=""),
        row(5, 品質檢測="白金", 上架日期="2026-10-05 00:00:00"), row(6, 上架日期="2026-12-01 00:00:00"),
        row(7, 資料下載網址="", 檔案格式="", 編碼格式="", 資料量="", 上架日期="2026-11-01 00:00:00"),
    ]
    publish(workspace, write(tmp_path / "list.csv", *new))
    requests = [
        "1,我想要更多,要資料,請開放,2026-10-01,環境部,已開放,,好,2026-10-11",
        "2,我想要更多,=1+1,請開放,2026-11-20,環境部,,,,",
        "3,我想要更多,舊的,請開放,2026-01-01,環境部,已開放,,好,2026-01-31",
    ]
    appraised = ["受考核單位,主管機關,考核項目,實績,佐證,統計日期", "環境部,,開放資料集獲得金標章之比重,90,季報,2026-09-30", ""]
    (tmp_path / "appraisal.csv").write_text("\r\n".join(appraised), encoding="utf-8")
    (tmp_path / "asked.csv").write_text("\r\n".join([FEEDBACK, *requests, ""]), encoding="utf-8")
    publish(workspace, tmp_path / "asked.csv", "feedback")
    publish(workspace, tmp_path / "appraisal.csv", "appraisal")
    for name, day in zip(workspace.names(), ("2026-08-15", *["2026-11-20"] * 3), strict=True):
        dated(workspace, name, day)
    return workspace


def report(workspace: Workspace, kind: str = "quarter", day: date = DAY, language: str = "zh-Hant") -> Sheets:
    return opened(make(workspace, Settings(), kind, day, language))


def test_the_checklist_counts_by_unit_and_says_what_is_not_checked(published: Workspace) -> None:
    found = {one["單位"] or one["主管機關"]: one for one in report(published)["檢核表"]}
    ministry, other, total = found["環境部"], found["文化部"], found["合計"]
    assert ministry["累計開放資料集"] == 4, "what is to open in December is not open"
    assert [ministry[f"{badge}（所述）"] for badge in ("白金", "金", "銀", "銅")] == [1, 2, 0, 1]
    assert (ministry["已量測"], ministry["確為金以上（量測）"]) == (0, "未檢測")
    assert (other["累計開放資料集"], other["述明標章者"], other["金（所述）"]) == (1, 0, "未檢測"), "nothing stated is not none"
    assert (total["累計開放資料集"], total["金（所述）"]) == (5, "未檢測")


def test_a_dataset_of_two_publishers_counts_once_in_the_total() -> None:
    """The last row of the checklist is the number of datasets, as the totals of organisations have it."""
    store = ox.Store()
    store.load("""
        PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX org: <http://www.w3.org/ns/org#> PREFIX odl: <https://w3id.org/odlinked/ns#>
        PREFIX foaf: <http://xmlns.com/foaf/0.1/>
        <urn:a> a foaf:Agent . <urn:b> a foaf:Agent . <urn:top> a foaf:Agent .
        <urn:1> a dcat:Dataset ; dcterms:publisher <urn:a> .
        <urn:2> a dcat:Dataset ; dcterms:publisher <urn:b> .
        <urn:3> a dcat:Dataset ; dcterms:publisher <urn:a>, <urn:b> ;
            odl:qualityBadge <https://w3id.org/odlinked/code/quality-badge/platinum> .
        <urn:a> org:subOrganizationOf <urn:top> . <urn:b> org:subOrganizationOf <urn:top> .""", format=ox.RdfFormat.TURTLE)

    def asked(name: str, *columns: str) -> list[tuple[str, ...]]:
        query = load(Assets(), f"queries/stored/{name}.rq")
        answer = store.query(query.spelled(**{**dict.fromkeys(query.parameters), "today": "2026-11-22"}))
        assert isinstance(answer, ox.QuerySolutions)
        return [tuple(str(getattr(row[column], "value", "")) for column in columns) for row in answer]

    assert asked("badges-by-organization", "unit", "open", "platinum") == [
        ("urn:a", "2", "1"), ("urn:b", "2", "1"), ("", "3", "1")]
    assert ("urn:top", "3", "1") in asked("organization-totals", "body", "open", "platinum")
    assert plan.ReportPlan(Assets(), "quarter", "en").sheets[1].last == "unit"


def test_what_has_no_unit_is_not_taken_for_the_total(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "list.csv", row(1, 品質檢測="白金"), row(2, 提供機關="", 品質檢測="白金"), row(3)))
    sheets = report(workspace, "meeting", NOON.today())
    assert [(one["單位名稱"], one["白金標章數"]) for one in sheets["白金標章"]][-1] == ("合計", 2)
    *_, total = report(workspace, "checklist", NOON.today())["檢核表"]
    assert (total["主管機關"], total["累計開放資料集"], total["白金（所述）"]) == ("合計", 3, 2)


def test_changes_are_told_against_the_release_before_the_period(published: Workspace) -> None:
    sheets = report(published)
    assert {(one["資料集識別碼"], one["變動"]) for one in sheets["新增異動下架"]} == {
        ("2", "異動"), ("3", "下架"), ("5", "新增"), ("6", "新增"), ("7", "新增")}
    notes = [[str(cell) for cell in one.values()] for one in sheets["說明"]]
    assert any("000001" in cell for cells in notes for cell in cells)
    assert ["發布版次", "000004", "本表取截止日當日所供應之版次。"] in notes


def test_without_a_release_from_before_dates_tell(published: Workspace) -> None:
    sheets = report(published, day=date(2026, 9, 30))  # the period begins in July, the first release is of August
    assert sheets["新增異動下架"] == [], "listed in 2020, modified in March"
    assert any("期初版次已不留存" in str(cell) for one in sheets["說明"] for cell in one.values())


def test_the_release_served_on_the_day_is_taken(published: Workspace) -> None:
    sheets = report(published, day=date(2026, 9, 30))
    assert {one["單位"]: one["累計開放資料集"] for one in sheets["檢核表"] if one["單位"]} == {"環境部": 3, "文化部": 1}
    assert any(one["1"] == "000001" for one in sheets["說明"])


def test_a_day_before_all_releases_takes_the_current_one_and_says_so(published: Workspace) -> None:
    sheets = report(published, day=date(2026, 7, 31))
    assert any("截止日所供應之版次已不留存" in str(one["2"]) for one in sheets["說明"])
    assert {one["單位"]: one["累計開放資料集"] for one in sheets["檢核表"] if one["單位"]} == {"環境部": 2, "文化部": 1}
    gone = "當日版次不留存"
    heads = ("述明標章者", "白金（所述）", "金（所述）", "銅（所述）", "已量測")
    badges = [one[head] for one in sheets["檢核表"] for head in heads]
    assert set(badges) == {gone}, "badges have no day: those of today are not told of an earlier one, nor in the total"
    assert {(one["資料集（含所屬）"], one["金以上（所述，含所屬）"]) for one in sheets["機關合計"]} == {(gone, gone)}
    assert gone not in str([report(published)[name] for name in ("檢核表", "機關合計")])


def test_the_checklist_of_each_unit_cell_by_cell(published: Workspace) -> None:
    files = {name.rpartition("-")[2]: opened(content)
             for name, content in by_unit(compiled(published, Settings(), "checklist", DAY, "zh-Hant"))}
    assert len(files) == 2
    ministry, other = (next(one for one in files.values() if unit in str(one["說明"][0])) for unit in ("環境部", "文化部"))
    heads = ("資料集識別碼", "標章（所述）", "白金標章", "OAS", "標章下限（量測）", "標章上限（量測）", "未通過之指標")
    unknown = ("未檢測",) * 4

    def told(sheets: Sheets) -> list[tuple[Any, ...]]:
        return [tuple(one[head] for head in heads) for one in sheets["檢核明細"]]

    assert told(ministry) == [("1", "金", "否", *unknown), ("2", "銅", "否", *unknown), ("5", "白金", "是", *unknown),
                              ("7", "金", "否", *unknown)], "6 is to open in December, 3 was taken down"
    assert told(other) == [("4", "未檢測", "未檢測", *unknown)] or told(other) == [("4", None, "未檢測", *unknown)]
    for sheets, unit, count, platinum in ((ministry, "環境部", 4, 1), (other, "文化部", 1, "未檢測")):
        (own, total) = sheets["檢核表"]
        assert (own["單位"], own["累計開放資料集"], own["白金（所述）"]) == (unit, count, platinum)
        assert (total["主管機關"], total["累計開放資料集"], total["白金（所述）"]) == ("合計", count, platinum)


def test_a_sheet_that_knows_no_day_says_since_when_it_is_so(published: Workspace) -> None:
    earlier, now = (compiled(published, Settings(), "meeting", day, "en") for day in (date(2026, 7, 31), DAY))
    said = {table.sheet.name: table.sheet.about for table in earlier.tables}
    assert said["strategy-texts"].startswith("The release served on the day is not kept; this is as it stands on 2026-11-20")
    assert not said["totals"].startswith("The release"), "it says so in its cells"
    assert not [table for table in now.tables if table.sheet.about.startswith("The release")]


def test_lists_and_badges_of_a_day_whose_release_is_gone_are_not_kept(published: Workspace) -> None:
    gone, past = "當日版次不留存", date(2026, 7, 31)
    inventory, checklist, meeting = (report(published, kind, past) for kind in ("inventory", "checklist", "meeting"))
    for rows in (inventory["資料資產盤點"], checklist["檢核明細"], checklist["未達金標章"]):
        assert [list(filter(None, one.values())) for one in rows] == [[gone]]
    assert {one["白金標章數"] for one in meeting["白金標章"]} == {gone}
    assert {one["已開放"] for one in meeting["主題式策略"]} == {gone}
    kept = report(published, "inventory", date(2026, 9, 30))["資料資產盤點"]
    assert {(one["資料集識別碼"], one["標章（所述）"]) for one in kept} == {("1", "金"), ("2", "銀"), ("3", "金"), ("4", None)}


def test_an_older_release_does_not_stand_for_one_that_is_gone(tmp_path: Path) -> None:
    """Releases of 1 June, 1 July and 1 September, of which July's is gone: on 1 August June's was not served any more."""
    workspace = Workspace(tmp_path / "var")
    for month, badge in ((6, "金"), (7, "銀"), (9, "白金")):
        clock = Clock.of("+08:00", datetime(2026, month, 1, 4, tzinfo=UTC))
        Publisher(workspace, Settings(), clock=clock).publish([write(tmp_path / "list.csv", row(1, 品質檢測=badge))], "national")
    shutil.rmtree(workspace.releases / "000002")
    days = (date(2026, 6, 30), date(2026, 8, 1), date(2026, 9, 1))
    assert [report(workspace, day=day)["檢核表"][0]["金（所述）"] for day in days] == [1, "當日版次不留存", 0]
    notes = str(compiled(workspace, Settings(), "quarter", date(2026, 9, 1), "zh-Hant", since=date(2026, 8, 1)).notes)
    assert "期初版次已不留存" in notes, "July's gone: nothing is compared with June's as if it were the one before August"


def test_planned_openings(published: Workspace) -> None:
    found = {one["資料集識別碼"]: one["情形"] for one in report(published)["預計開放"]}
    assert found == {"5": "已開放", "6": "預計開放", "7": "逾期"}


def test_a_form_without_addresses_makes_nothing_late(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    headings = ("序號,開放狀況,資料集名稱,資料集代碼,提供單位,資料集描述,資料集分類,國家環境保護計畫分類,SDGs目標分類,"
                "開放年月,承辦人,聯絡電話,備註")
    months = {"wqx_1": "115年10月", "wqx_2": "115年12月", "wqx_3": "預計115年第3季"}
    rows = [f"1,新增,河川水質{code},{code},水質保護司,河川水質之每月檢測結果。,公共資訊,環境品質,6,{month},,02-5555-0100,"
            for code, month in months.items()]
    (tmp_path / "open.csv").write_text("\n".join([headings, *rows, ""]), encoding="utf-8")
    publish(workspace, tmp_path / "open.csv", "moenv")
    dated(workspace, workspace.names()[0], "2026-11-20")
    found = {one["資料集識別碼"]: one["情形"] for one in report(workspace)["預計開放"]}
    assert found.pop("wqx_3", "預計開放") == "預計開放"
    assert found == {"wqx_1": "依盤點表已開放", "wqx_2": "預計開放"}


def test_below_gold(published: Workspace) -> None:
    (one,) = report(published)["未達金標章"]
    assert (one["資料集識別碼"], one["標章（所述）"], one["標章上限（量測）"], one["請改進"]) == ("2", "銅", "未檢測", "未檢測")


def test_requests_and_their_days(published: Workspace) -> None:
    sheets = report(published)
    one = sheets["意見回復統計"][0]
    assert [one[head] for head in ("意見數", "已回復", "未回復", "可計天數者", "平均天數", "最長天數")] == [3, 2, 1, 2, 20, 30]
    listed = {one["意見編號"]: (one["回覆日期"], one["天數"]) for one in sheets["意見明細"]}
    assert listed == {"1": ("2026-10-11", 10), "2": (None, "未檢測")}


def test_answers_after_the_day_are_not_known_yet(published: Workspace) -> None:
    one = report(published, day=date(2026, 10, 5))["意見回復統計"]
    assert one == [], "the release of that day had no requests"


def test_measured_sheets_say_what_is_measured(published: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(shutil.copytree(published.root, tmp_path / "var"))
    used = ["資料集識別碼,提供機關名稱,資料集名稱,瀏覽人次,下載次數,資料集評分,意見回應數,統計日期",
            "1,環境部,空氣品質1,100,20,80,3,2026-10-31", "5,環境部,空氣品質5,900,20,80,3,2026-10-31", ""]
    (tmp_path / "use.csv").write_text("\r\n".join(used), encoding="utf-8")
    publish(workspace, tmp_path / "use.csv", "usage")
    Publisher(workspace, Settings(), clock=NOON).measure(DAY)
    for name in workspace.names()[4:]:
        dated(workspace, name, "2026-11-21")
    sheets = report(workspace)
    found = {one["機關（含所屬）"]: one for one in sheets["機關評分"]}
    assert found["環境部"]["評分（所述標章）"] == 83  # (1 + 1 + 1 + 0.3) / 4 = 82.5, and 0.1 for platinum
    assert found["環境部"]["評分下限（量測）"] == "未檢測"
    heads = ("所報", "本服務所計（量測）", "本服務所計（所述標章）")
    items = {one["項次"]: [one[head] for head in heads] for one in sheets["績效考核"]}
    assert items["02"] == [90, "未檢測", 75]
    assert len(items) == 12
    (popular,) = sheets["人氣獎"]  # dataset 5 is not open for a year
    assert [popular[head] for head in ("名次", "合計", "資料集識別碼", "標章依據")] == [1, 203, "1", "來源所述標章"]
    assert items["09"] == ["未檢測"] * 3
    (rules,) = [one["1"] for one in sheets["說明"] if one["0"] == "計分規則"]
    assert "https://w3id.org/odlinked/rule-set/agency-2020" in rules


def test_the_inventory_lists_all_datasets_in_english_too(published: Workspace) -> None:
    found = {one["Identifier"]: one for one in report(published, "inventory", language="en")["Inventory"]}
    assert set(found) == {"1", "2", "4", "5", "6", "7"}
    assert (found["1"]["Formats"], found["1"]["Resources"], found["7"]["Resources"]) == ("CSV JSON", 2, "not checked")


@pytest.mark.parametrize("kind", ["quarter", "half-year", "inventory"])
def test_the_same_bytes_each_time(published: Workspace, kind: str) -> None:
    first = make(published, Settings(), kind, DAY)
    assert first == make(published, Settings(), kind, DAY)
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-22T00:00:00Z" in file.read("docProps/core.xml")


def test_what_looks_like_a_formula_is_text(published: Workspace) -> None:
    content = make(published, Settings(), "quarter", DAY)
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(content)) for line in sheet.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    (guarded,) = [cell for cell in cells if cell.value == "=1+1"]
    assert guarded.quotePrefix


@pytest.mark.parametrize("text", ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "bell\a", "長" * (LONGEST + 5)])
def test_odd_texts_in_cells(text: str) -> None:
    book = Book("-", DAY)
    book.sheet("a", [10], ["head"], [[text]])
    (cell,) = openpyxl.load_workbook(io.BytesIO(book.bytes())).active["A"][1:]
    assert cell.data_type == "s"
    assert cell.value == (text.replace("\a", "") if len(text) < LONGEST else text[: LONGEST - 1] + "…")


def test_every_sheet_tells_where_its_numbers_come_from(published: Workspace) -> None:
    for kind in plan.kinds(Assets()):
        sheets = report(published, kind)
        told = {one["0"]: one["1"] for one in sheets["說明"]}
        for title in sheets:
            assert title == "說明" or told[title]


def test_the_plan_has_an_asset_for_every_question() -> None:
    for kind in plan.kinds(Assets()):
        for language in plan.LANGUAGES:
            for sheet in plan.ReportPlan(Assets(), kind, language).sheets:
                assert bool(sheet.query) != bool(sheet.rows)
                assert not sheet.query or Assets().get(sheet.query)
                assert len({column.title for column in sheet.columns}) == len(sheet.columns)


def test_deadlines_are_settings() -> None:
    said = list(period.deadlines(("12/15", "3/15", "11/22 初核"), DAY, {"3/15": "提報"}))
    assert [(one.day.isoformat(), one.task, one.status, one.days) for one in said] == [
        ("2026-03-15", "提報", "past", -252), ("2026-11-22", "初核", "today", 0), ("2026-12-15", "", "ahead", 23)]


@pytest.mark.parametrize("text", ["13/1", "2/29", "15 March", "", "3/15/2026", "0/3"])
def test_an_odd_deadline_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="cannot be a deadline"):
        list(period.deadlines((text,), DAY, {}))


def test_both_ministries_have_their_calendar(published: Workspace) -> None:
    told = opened(make(published, Settings(), "quarter", DAY))["期限"]
    days = {name: [str(one["期限"])[5:] for one in told if one["部會"] == name] for name in ("經濟部", "環境部")}
    assert days == {"經濟部": ["01-31", "02-28", "03-15", "06-30", "07-31", "09-15", "11-30", "12-15", "12-31"],
                    "環境部": ["03-31", "06-30", "12-31"]}
    assert all(one["工作"] for one in told)
    assert [str(one["期限"]) for one in told] == sorted(str(one["期限"]) for one in told)
    english = opened(make(published, Settings(report=ReportSettings(("moenv", "3/15"))), "quarter", DAY, "en"))["Deadlines"]
    assert [(one["Ministry"], one["Deadline"]) for one in english] == [
        (None, "2026-03-15"), ("Ministry of Environment", "2026-03-31"), ("Ministry of Environment", "2026-06-30"),
        ("Ministry of Environment", "2026-12-31")]
    assert english[0]["Task"], "a single day of a calendar says what is due on it"


def test_the_settings_deadlines_are_used(published: Workspace) -> None:
    sheets = opened(make(published, Settings(report=ReportSettings(("4/30 初核",))), "quarter", DAY))
    assert [(one["期限"], one["工作"]) for one in sheets["期限"]] == [("2026-04-30", "初核")]


@pytest.mark.parametrize(("months", "start"), [(3, "2026-10-01"), (6, "2026-07-01"), (12, "2026-01-01")])
def test_periods(months: int, start: str) -> None:
    assert period.start_of(DAY, months).isoformat() == start
    assert period.start_of(date(2026, 10, 1), 3) == date(2026, 10, 1)
    assert period.start_of(date(2026, 9, 30), 3) == date(2026, 7, 1)


def test_nothing_published_and_no_such_kind(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    with pytest.raises(WorkspaceError, match="nothing is published"):
        make(workspace, Settings(), "quarter", DAY)
    with pytest.raises(SettingsError, match="quarter, half-year, inventory"):
        make(workspace, Settings(), "year", DAY)


def test_the_verb_writes_a_file(published: Workspace, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", "--kind", "quarter", "--as-of", "2026-11-22", "--workspace", str(published.root),
                                     "--output", str(tmp_path / "q.xlsx")])
    assert (done.exit_code, done.output.startswith(str(tmp_path / "q.xlsx"))) == (0, True)
    assert (tmp_path / "q.xlsx").read_bytes() == make(published, Settings(), "quarter", DAY)
    assert CliRunner().invoke(main, ["report", "--as-of", "2026-11-22", "--workspace", str(published.root),
                                     "--output", str(tmp_path / "no" / "q.xlsx")]).exit_code == 2
