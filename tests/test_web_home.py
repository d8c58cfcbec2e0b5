"""The home page: words that find something, what is new with the nearest where nothing is, counts with their denominators."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders.catalogs import served
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.catalog.asking.news import found_words, news
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create

HTML = {"Accept": "text/html"}


def listed(number: int, opened: str, changed: str, **cells: str) -> list[str]:
    return row(number, 上架日期=f"{opened} 00:00:00" if opened else "", 詮釋資料更新時間=f"{changed} 10:00:00", **cells)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Six datasets: one opened and one changed in the week before 22 November, one planned, one taken down on that day."""
    folder = tmp_path_factory.mktemp("home")
    made = Workspace(folder / "var")
    rows = [listed(1, "2026-11-16", "2026-11-16"), listed(2, "2020-01-02", "2026-11-22"), listed(3, "2026-11-15", "2026-11-15"),
            listed(4, "2027-02-01", "2026-10-01"), listed(5, "2026-11-30", "2026-12-01"), listed(6, "2020-01-02", "2020-01-02")]
    for day, kept in ((20, rows), (22, rows[:5])):
        clock = Clock.of("+08:00", datetime(2026, 11, day, 4, tzinfo=UTC))
        Publisher(made, Settings(), clock=clock).publish([write(folder / "list.csv", *kept)], "national")
    return made


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


def numbers(told: list[tuple[str, object]]) -> list[tuple[str, str]]:
    return [(day, str(getattr(record, "iri", "")).rpartition("/")[2]) for day, record in told]


def test_the_week_is_told_as_of_the_day_it_is_read(workspace: Workspace) -> None:
    found = news(served(workspace), date(2026, 11, 22))
    assert found.since == "2026-11-16"
    assert (found.opened.total, numbers(list(found.opened.shown))) == (1, [("2026-11-16", "1")])
    assert (found.changed.total, numbers(list(found.changed.shown))) == (2, [("2026-11-22", "2"), ("2026-11-16", "1")])
    assert (found.withdrawn.total, numbers(list(found.withdrawn.shown))) == (1, [("2026-11-22", "6")])
    assert numbers(list(found.planned.shown))[:2] == [("2026-11-30", "5"), ("2027-02-01", "4")]
    later = news(served(workspace), date(2026, 11, 30))
    assert (later.opened.total, numbers(list(later.opened.shown))) == (1, [("2026-11-30", "5")]), "its day has come"


def test_where_nothing_is_new_the_last_is_offered(workspace: Workspace) -> None:
    found = news(served(workspace), date(2026, 11, 29))
    assert [one.total for one in (found.opened, found.changed, found.withdrawn)] == [0, 0, 0]
    assert numbers(list(found.opened.shown))[0] == ("2026-11-16", "1")
    assert numbers(list(found.changed.shown))[0] == ("2026-11-22", "2"), "not one that says it was changed tomorrow"
    assert numbers(list(found.withdrawn.shown)) == [("2026-11-22", "6")]


def test_words_to_try_find_something(workspace: Workspace, client: FlaskClient) -> None:
    release = served(workspace)
    assert found_words(release, ["zzzz", "水質", "", "空氣品質", "空氣品質", "公共資訊"]) == ["空氣品質", "公共資訊"]
    assert found_words(release, ["空汽品質"]) == [], "what is found by another spelling is not found as it is written"
    for language in ("zh-Hant", "en"):
        text = html.unescape(client.get(f"/?lang={language}", headers=HTML).get_data(as_text=True))
        tried = re.findall(r'<a href="(/\?q=[^"]+)">', text)
        assert len(tried) == 2
        for address in tried:
            assert 'class="entry"' in client.get(address, headers=HTML).get_data(as_text=True), address


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_the_page_is_in_its_order(client: FlaskClient, language: str) -> None:
    text = client.get(f"/?lang={language}", headers=HTML).get_data(as_text=True)
    places = [text.index(f'id="{name}"') for name in ("q", "new", "browse", "publishers", "quality", "reuse")]
    assert places == sorted(places)
    assert len(re.findall(r'<code class="curl">curl ', text)) == 3


def test_an_empty_catalogue_has_a_home(tmp_path: Path) -> None:
    made = Workspace(tmp_path / "var")
    Publisher(made, Settings()).publish([write(tmp_path / "list.csv", row(1, 提供機關="<b>x</b>", 上架日期=""))], "national")
    text = create(Releases(made), Settings()).test_client().get("/", headers=HTML)
    assert text.status_code == 200
    assert "<b>x" not in text.get_data(as_text=True)
