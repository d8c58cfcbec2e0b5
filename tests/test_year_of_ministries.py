"""A year of both ministries: hand-ins, approvals, openings, withdrawals, requests, checklists and two meetings.

After every step pages, the report and SPARQL give one number for each thing that is counted.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from builders.catalogs import everywhere
from builders.national_list import row, write

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.publishing.handins import HandIns
from odlinked.publishing.publish import Publisher
from odlinked.reporting.report import make
from odlinked.settings import Settings
from odlinked.web.app import create

MOEA, MOENV = "2.16.886.101.20003.20007", "2.16.886.101.20003.20083"
MOENV_HEADS = ("序號,開放狀況（新增/異動/下架）,資料集名稱,資料集代碼,提供單位,資料集描述,資料集分類,"
               "國家環境保護計畫分類,SDGs目標分類,開放年月,承辦人,聯絡電話／電子郵件,備註")
PLAN_HEADS = "序號,機關名稱,資料集名稱,資料集描述,主要欄位說明,服務分類,更新頻率,檔案格式,預計開放日期"
REQUEST_HEADS = "ID,標題,發表內容,回應機關,開放情形,回覆情形"


class Year:
    """The workspace of a year, and the numbers that its faces tell."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workspace = folder, Workspace(folder / "var")
        self.day = date(2026, 1, 2)
        self.files = 0

    def on(self, month: int, day: int) -> None:
        self.day = date(2026, month, day)

    @property
    def publisher(self) -> Publisher:
        now = datetime(self.day.year, self.day.month, self.day.day, 4, tzinfo=UTC)
        return Publisher(self.workspace, Settings(), clock=Clock.of("+08:00", now))

    def file(self, text: str) -> Path:
        self.files += 1
        path = self.folder / f"file{self.files}.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def publish(self, text: str, source: str, form: str | None = None) -> None:
        self.publisher.publish([self.file(text)], source, form)

    def listed(self, *titles: str, unit: str = "經濟部水利署") -> None:
        """Publish the national list: open datasets of a unit."""
        rows = [row(place, 資料集名稱=title, 提供機關=unit) for place, title in enumerate(titles, 1)]
        self.publisher.publish([write(self.folder / "list.csv", *rows)], "national", allow_removals=True)

    def inventory(self, *rows: tuple[str, str, str]) -> str:
        """Rows of the environment ministry's first table: status, code and title; each belongs to one unit."""
        lines = [f"{place},{status},{title},{code},大氣環境司,各測站之測值。,環境,空氣,11,115年1月,王小明,02-5555-0100,"
                 for place, (status, code, title) in enumerate(rows, 1)]
        return "\n".join((MOENV_HEADS, *lines)) + "\n"

    def numbers(self) -> dict[str, int]:
        """Return what SPARQL, pages and the meeting's workbook count; fail where they differ."""
        web = create(Releases(self.workspace), Settings()).test_client()

        def ask(query: str) -> int:
            answer = web.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})
            return int(answer.text.split()[1])

        datasets = ask("SELECT (COUNT(DISTINCT ?d) AS ?n) WHERE { ?d a <http://www.w3.org/ns/dcat#Dataset> }")
        assert datasets == len(web.get("/api/3/action/package_list").get_json()["result"])
        planned = list(csv.DictReader(io.StringIO(web.get(f"/query/planned.csv?today={self.day}").text)))
        book = openpyxl.load_workbook(io.BytesIO(make(self.workspace, Settings(), "meeting", self.day)))

        def sheet(name: str) -> list[dict[str, object]]:
            heads, *rest = book[name].iter_rows(values_only=True)
            return [dict(zip(map(str, heads), one, strict=True)) for one in rest]

        told = sheet("預計開放統計")
        assert (told[-1]["數量"] if told else 0) == len(planned)
        totals = {one["機關"]: one for one in sheet("機關合計")}
        found = {"datasets": datasets, "planned": len(planned)}
        for name, oid in (("經濟部", MOEA), ("環境部", MOENV)):
            if name in totals:
                found[name] = int(str(totals[name]["開放（含所屬）"]))
                page = web.get(f"/organization/{oid}?lang=zh-Hant", headers={"Accept": "text/html"})
                shown = re.search(r">開放資料集（至.*?</th><td>[\d,]*</td><td>([\d,]+)</td>", page.text)
                assert shown is not None, (name, page.status_code)
                assert int(shown[1].replace(",", "")) == found[name], name
        found["requests"] = ask("SELECT (COUNT(*) AS ?n) WHERE { ?r a <https://w3id.org/odlinked/ns#Feedback> }")
        return found


@pytest.mark.slow
def test_a_year_of_both_ministries(tmp_path: Path) -> None:
    year = Year(tmp_path)
    # January: the economics ministry's open data are listed.
    year.listed("雨量", "水位")
    assert year.numbers() == {"datasets": 2, "planned": 0, "經濟部": 2, "requests": 0}

    # First quarter: a unit of the environment ministry hands its inventory in; nobody sees it before its approval.
    year.on(3, 20)
    desk = HandIns(year.publisher)
    desk.keep([year.file(year.inventory(("新增", "aqx_1", "待核之測項"), ("新增", "aqx_2", "沙塵")))], "moenv")
    assert year.numbers()["datasets"] == 2
    assert "待核之測項" not in everywhere(year.workspace)
    year.on(3, 31)
    HandIns(year.publisher).approve("H0001", year.day, "1150003310")
    assert year.numbers() == {"datasets": 4, "planned": 0, "經濟部": 2, "環境部": 2, "requests": 0}

    # March: planned openings; they are planned and not open.
    year.publish(f"{PLAN_HEADS}\n1,經濟部水利署,地下水,井位,井號,公共資訊,每1年,CSV,115年6月\n"
                 "2,經濟部水利署,潮位,測站,站號,公共資訊,每1年,CSV,115年11月\n", "planned")
    before = year.numbers()
    assert (before["datasets"], before["planned"], before["經濟部"]) == (6, 2, 2)

    # June: the first meeting; one plan is met, a request is answered, a checklist is handed in and stays internal.
    year.on(6, 30)
    year.listed("雨量", "水位", "地下水")
    year.publish(f"{REQUEST_HEADS}\n548277,水權統計,請開放水權統計,經濟部水利署,已開放,已開放於平臺\n", "requests")
    year.publish("序號,資料集識別碼,資料集名稱,提供機關,檔案格式,資料更新頻率,金標章,白金標章,OAS,檢核結果,備註\n"
                 "1,1,檢核專用之雨量,經濟部水利署,CSV,每1日,V,,,合格,\n", "checklist")
    met = year.numbers()
    assert (met["datasets"], met["planned"], met["經濟部"], met["requests"]) == (6, 1, 3, 1)
    assert "檢核專用之雨量" not in everywhere(year.workspace)

    # July: a dataset of the environment ministry is withdrawn by its unit.
    year.on(7, 15)
    year.publish(year.inventory(("下架", "aqx_2", "沙塵")), "moenv")
    after = year.numbers()
    assert (after["datasets"], after["planned"], after["環境部"]) == (5, 1, 1)

    # September: costs and assets are reported; they are nobody's but the ministry's.
    year.on(9, 15)
    year.publish("序號,機關(單位),系統名稱,資料集名稱,資料內容說明,資料分類(開放/依申請/不予提供),是否含個資,資料格式,更新頻率,預計開放時間,備註\n"
                 "1,經濟部水利署,防災系統,內部盤點之資產,雨量,開放,否,CSV,每1時,,\n", "assets")
    assert "內部盤點之資產" not in everywhere(year.workspace)
    assert year.numbers() == after

    # November: the second meeting; the second plan is met, what was published before stays as it is after a rebuild.
    year.on(11, 30)
    year.listed("雨量", "水位", "地下水", "潮位")
    last = year.numbers()
    assert (last["datasets"], last["planned"], last["經濟部"]) == (5, 0, 4)
    year.publisher.rebuild()
    assert year.numbers() == last


@pytest.mark.slow
def test_what_goes_otherwise_in_a_year(tmp_path: Path) -> None:
    """A hand-in is replaced, an approval withdrawn, a form twice in a publish and signed, a code a dash, a unit renamed."""
    year = Year(tmp_path)
    year.listed("雨量", "水位")
    year.publish(f"{PLAN_HEADS}\n1,經濟部水利署,地下水,井位,井號,公共資訊,每1年,CSV,115年6月\n", "planned")

    # A unit hands the same form in twice; the second is approved, the first given back and never seen.
    year.on(3, 20)
    for title in ("初稿之測項", "定稿之測項"):
        HandIns(year.publisher).keep([year.file(year.inventory(("新增", "aqx_1", title), ("新增", "aqx_2", "沙塵")))], "moenv")
    HandIns(year.publisher).approve("H0002", year.day, "1150003310")
    HandIns(year.publisher).give_back("H0001")
    assert year.numbers() == {"datasets": 5, "planned": 1, "經濟部": 2, "環境部": 2, "requests": 0}

    # The approval of a change is withdrawn: what was public stays as it was approved.
    year.on(4, 1)
    head, line = year.inventory(("異動", "aqx_1", "未核之測項")).splitlines()
    year.publish(f"{head},核定情形\n{line},待核定\n", "moenv")
    told = everywhere(year.workspace)
    assert [text in told for text in ("初稿之測項", "定稿之測項", "未核之測項")] == [False, True, False]

    # The same form twice in one publish, one of them signed; a dash is no code, so that its row is known by unit and title.
    year.on(5, 1)
    again = year.inventory(("新增", "aqx_3", "臭氧"), ("新增", "-", "酸雨"))
    signed = f"{again},,,,,,,,,,,,\n承辦人：王小明,,,單位主管：陳大華,,,,,,,,,\n"
    done = year.publisher.publish([year.file(signed), year.file(again)], "moenv")
    with Index(year.workspace.releases / str(done.release) / "catalog.sqlite", read_only=True) as index:
        repeated = [issue.row for issue in index.issues() if issue.fault.rule == "L16-identifier-unique"]
    assert (done.added, repeated) == (2, [2, 3]), "each row of the second file is told"
    assert [text in everywhere(year.workspace) for text in ("王小明", "陳大華")] == [False, False]
    year.publish(year.inventory(("新增", "－", "酸雨")), "moenv")
    assert year.numbers() == {"datasets": 7, "planned": 1, "經濟部": 2, "環境部": 4, "requests": 0}

    # The water agency is renamed; its plan is met by the dataset of its new name, also when all is published anew.
    year.on(6, 1)
    agency = "2.16.886.101.20003.20007.20014"
    year.publish("old_name,new_name,old_oid,new_oid,change_date,ref\n"
                 f"經濟部水利署,經濟部水資源署,{agency},{agency},2026/5/20,https://gazette.example.tw/1\n", "renames")
    year.listed("雨量", "水位", "地下水", unit="經濟部水資源署")
    last = year.numbers()
    assert last == {"datasets": 7, "planned": 0, "經濟部": 3, "環境部": 4, "requests": 0}
    year.publisher.rebuild()
    assert year.numbers() == last
