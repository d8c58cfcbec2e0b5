"""The papers of a ministry's year: forms in, what is internal, and that pages, questions and reports give one number."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from builders.catalogs import everywhere
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.asking.organizations import TOTALS
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.publishing.publish import Publisher
from odlinked.queries import load
from odlinked.reporting.report import make
from odlinked.settings import Settings
from odlinked.web.app import create

CLOCK = Clock.of("+08:00", datetime(2026, 11, 29, 4, tzinfo=UTC))
TODAY = date(2026, 11, 29)
CASES = Path(__file__).parent / "cases" / "mapping"
MINISTRY = "2.16.886.101.20003.20007"
INTERNAL = ("moea-asset", "moea-subsidy", "moea-tracking", "moea-checklist", "moea-cost-sums", "moea-withheld")
PUBLIC = ("awards", "promotion", "moea-strategy", "moea-on-request")

PLANNED = {"經濟部商業司": 8, "經濟部技術處": 2, "經濟部投資業務處": 2, "經濟部統計處": 2, "經濟部水利署": 42,
           "經濟部國際貿易局": 2, "經濟部標檢局": 5, "經濟部能源局": 3, "經濟部礦務局": 3, "經濟部中小企業處": 4,
           "經濟部國營事業委員會": 1, "經濟部貿易調查委員會": 4, "經濟部中央地質調查所": 8,
           "台灣中油股份有限公司": 2, "台灣自來水公司": 1, "台灣糖業公司": 3}
"""The table of planned openings of the economics ministry's paper (2020-11): sixteen agencies, 92 together."""

HEADS = ("序號", "機關名稱", "資料集名稱", "資料集描述", "主要欄位說明", "服務分類", "更新頻率", "檔案格式", "預計開放日期")


def planned(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADS)
        for unit, number in PLANNED.items():
            for place in range(number):
                texts = ("說明這份資料的內容。", "序號;名稱", "公共資訊", "每1年", "CSV", "115年12月")
                out.writerow([place + 1, unit, f"{unit}資料{place}", *texts])
    return path


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three open datasets of two units, 92 planned ones, and the cases of the other papers."""
    folder = tmp_path_factory.mktemp("papers")
    made = Workspace(folder / "var")
    publisher = Publisher(made, Settings(), clock=CLOCK)
    rows = [row(1, 提供機關="經濟部水利署"), row(2, 提供機關="經濟部水利署"), row(3, 提供機關="經濟部統計處")]
    publisher.publish([write(folder / "list.csv", *rows)], "national")
    publisher.publish([planned(folder / "planned.csv")], "planned")
    for form in (*INTERNAL, *PUBLIC):
        publisher.publish([CASES / form / "table.csv"], form)
    return made


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


@pytest.fixture(scope="module")
def meeting(workspace: Workspace) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(make(workspace, Settings(), "meeting", TODAY)))


def lines(book: openpyxl.Workbook, sheet: str) -> list[dict[str, object]]:
    heads, *rest = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, heads), one, strict=True)) for one in rest]


def test_planned_openings_are_counted_by_agency_and_together(client: FlaskClient, meeting: openpyxl.Workbook) -> None:
    told = list(csv.DictReader(io.StringIO(client.get("/query/planned-by-organization.csv?today=2026-11-29").text)))
    assert [one["datasets"] for one in told if not one["unit"]] == ["92"]
    assert sorted(int(one["datasets"]) for one in told if one["unit"]) == sorted(PLANNED.values())
    sheet = lines(meeting, "預計開放統計")
    assert sheet[-1] == {"機關名稱": "合計", "數量": 92}
    assert sorted(one["數量"] for one in sheet[:-1]) == sorted(PLANNED.values())
    names = {one["機關名稱"] for one in sheet}
    assert {"經濟部標準檢驗局", "台灣自來水股份有限公司"} <= names, "a short name means the organisation it is short for"


def test_what_is_planned_is_not_open(client: FlaskClient, meeting: openpyxl.Workbook) -> None:
    page = client.get(f"/organization/{MINISTRY}?lang=en", headers={"Accept": "text/html"}).text
    query = load(Assets(), TOTALS).spelled(today=TODAY.isoformat())
    answer = client.post("/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}).get_json()
    counted = [one for one in answer["results"]["bindings"] if one["body"]["value"].endswith(MINISTRY)]
    assert [(one["datasets"]["value"], one["open"]["value"]) for one in counted] == [("97", "3")]
    sheet = {one["機關"]: one for one in lines(meeting, "機關合計")}
    assert (sheet["經濟部"]["資料集（含所屬）"], sheet["經濟部"]["開放（含所屬）"]) == (97, 3)
    assert ">97<" in page
    assert ">95<" not in page
    assert lines(meeting, "服務分類")[-1]["項數"] == 3


def test_internal_papers_are_kept_and_nowhere_served(workspace: Workspace) -> None:
    told = everywhere(workspace)
    for secret in ("負責人資料", "稽查紀錄", "升級輔導計畫", "人才培訓計畫", "請依程序登載", "請改善",
                   "水庫每日營運狀況", "水情監測", "輔導計畫審查資料",
                   "/id/asset/", "/id/subsidy/", "/id/conclusion/", "/id/checklist/", "/id/cost/"):
        assert secret not in told, secret
    for known in ("薪資比對平台", "政府資料開放應用研討會", "水防救災資料開放推動策略", "地質圖數值檔"):
        assert known in told, known


def test_the_meeting_s_workbook_holds_the_papers(meeting: openpyxl.Workbook) -> None:
    conclusions = lines(meeting, "會議結論追蹤")
    assert [(str(one["會議日期"]), one["備註"]) for one in conclusions if one["會議日期"]] == [("2020-06-30", "建議解除列管")]
    assert {one["辦理情形"] for one in conclusions} == {"已如期完成登載。", "辦理中", None}
    assert [(one["作品名稱"], one["使用資料集"]) for one in lines(meeting, "應用獎項") if one["年度"] == "2020"] == [
        ("智慧洗衣", None), ("薪資比對平台", "127751、6569")]
    events = lines(meeting, "推廣活動")
    assert [one["參加人次"] for one in events if one["活動名稱"] == "政府資料開放應用研討會"] == [74]
    assert events[-1]["參加人次"] == "未檢測", "a total over what is not known is not known"
    notes = [one for one in meeting["說明"].iter_rows(values_only=True) if one[1] and str(one[1]).endswith(".rq")]
    assert {one[0] for one in notes} >= {"預計開放統計", "白金標章", "會議結論追蹤"}


def test_each_table_of_the_meeting_can_be_asked_of_the_service(client: FlaskClient, meeting: openpyxl.Workbook) -> None:
    """But those on what is internal, which the service answers nobody."""
    stored = {str(one[1]) for one in meeting["說明"].iter_rows(values_only=True) if str(one[1]).startswith("queries/stored/")}
    assert len(stored) >= 10
    for name in stored:
        assert client.get(f"/query/{Path(name).stem}.csv").status_code == 200, name


def test_a_checklist_handed_in_is_no_badge(workspace: Workspace) -> None:
    book = openpyxl.load_workbook(io.BytesIO(make(workspace, Settings(), "checklist", TODAY)))
    handed = {(one["資料集識別碼"], one["檢核日期"]): one for one in lines(book, "單位所填檢核表")}
    entry = handed["41568", "2020-09-15"]
    assert (entry["金標章"], entry["白金標章"], entry["OAS"], entry["檢核結果"]) == ("是", "是", None, "合格")
    datasets = lines(book, "檢核明細")
    assert {str(one["資料集識別碼"]) for one in datasets} == {"1", "2", "3"}
    assert all(one["標章上限（量測）"] == "未檢測" for one in datasets)


def test_the_same_release_and_day_give_the_same_bytes(workspace: Workspace) -> None:
    for kind in ("meeting", "checklist"):
        assert make(workspace, Settings(), kind, TODAY) == make(workspace, Settings(), kind, TODAY)
