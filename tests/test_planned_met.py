"""A planned opening is met by the dataset of its title and unit: told, shown on both sides, counted once."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import firsts
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create

CLOCK = Clock.of("+08:00", datetime(2026, 11, 29, 4, tzinfo=UTC))
PLANS = """序號,機關名稱,資料集名稱,資料集描述,主要欄位說明,服務分類,更新頻率,檔案格式,預計開放日期
1,經濟部水利署,地下水觀測井位置圖,井位,井號;座標,公共資訊,每1年,CSV,115年12月
2,經濟部水利署,雨量統計,雨量,站號,公共資訊,每1年,CSV,115年12月
"""


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    made = Publisher(Workspace(tmp_path / "var"), Settings(), clock=CLOCK)
    (tmp_path / "plans.csv").write_text(PLANS, encoding="utf-8")
    firsts.publish(made.workspace, [tmp_path / "plans.csv"], "planned", Settings(), CLOCK)
    return made


def opened(publisher: Publisher, folder: Path, *titles: str) -> tuple[str, ...]:
    rows = [row(place, 資料集名稱=title, 提供機關="經濟部水利署") for place, title in enumerate(titles, 1)]
    return publisher.publish([write(folder / "list.csv", *rows)], "national", allow_removals=True).notes


def counted(publisher: Publisher) -> tuple[int, int, int]:
    """Return datasets by SPARQL, planned ones by the stored question, and datasets by the page of the catalogue."""
    web = create(Releases(publisher.workspace), Settings()).test_client()
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?d a <http://www.w3.org/ns/dcat#Dataset> }"
    answer = web.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text
    datasets = answer.split()[1]
    planned = list(csv.DictReader(io.StringIO(web.get("/query/planned.csv?today=2026-11-29").text)))
    listed = web.get("/api/3/action/package_list").get_json()["result"]
    return int(datasets), len(planned), len(listed)


def test_a_plan_that_is_met_is_told_shown_on_both_sides_and_counted_once(publisher: Publisher, tmp_path: Path) -> None:
    assert counted(publisher) == (2, 2, 2)
    notes = opened(publisher, tmp_path, "地下水觀測井位置圖", "別的資料")
    assert any("planned openings that are open now" in note for note in notes)
    assert counted(publisher) == (3, 1, 3)
    web = create(Releases(publisher.workspace), Settings()).test_client()
    page = web.get("/dataset/1?lang=en", headers={"Accept": "text/html"})
    assert "The plan it meets" in page.text
    plan = page.text.partition("The plan it meets")[2].partition('href="')[2].partition('"')[0]
    remains = web.get(plan, headers={"Accept": "text/html", "Accept-Language": "en"}, follow_redirects=True)
    assert remains.status_code == 410
    assert "/dataset/1" in remains.text
    release = publisher.workspace.current()
    assert not publisher.publish([tmp_path / "plans.csv"], "planned").new, "the same list again changes nothing"
    assert publisher.workspace.current() == release
    opened(publisher, tmp_path, "地下水觀測井位置圖", "又一筆")
    assert counted(publisher) == (3, 1, 3)
    assert "The plan it meets" in web.get("/dataset/1?lang=en", headers={"Accept": "text/html"}).text
    rebuilt = publisher.rebuild()
    assert counted(publisher) == (3, 1, 3), rebuilt


def test_another_unit_s_dataset_or_two_of_a_name_settle_nothing(publisher: Publisher, tmp_path: Path) -> None:
    rows = [row(1, 資料集名稱="雨量統計", 提供機關="經濟部統計處"),
            row(2, 資料集名稱="地下水觀測井位置圖", 提供機關="經濟部水利署"),
            row(3, 資料集名稱="地下水觀測井位置圖", 提供機關="經濟部水利署")]
    publisher.publish([write(tmp_path / "list.csv", *rows)], "national")
    assert counted(publisher) == (5, 2, 5)


def test_a_plan_listed_after_its_opening_never_counts(tmp_path: Path) -> None:
    publisher = Publisher(Workspace(tmp_path / "var"), Settings(), clock=CLOCK)
    opened(publisher, tmp_path, "地下水觀測井位置圖")
    (tmp_path / "plans.csv").write_text(PLANS, encoding="utf-8")
    publisher.publish([tmp_path / "plans.csv"], "planned")
    assert counted(publisher) == (2, 1, 2)
    assert not publisher.publish([tmp_path / "plans.csv"], "planned").new
