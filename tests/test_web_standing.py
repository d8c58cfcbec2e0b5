"""Planned openings and data that are not open, as lists and SPARQL tell them."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from pathlib import Path

import pytest
from builders import firsts
from builders.agency_tables import OPEN, PLANNED, THEN, WITHHELD, opened, withheld, write
from builders.catalogs import iri
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.errors import QueryError
from odlinked.publishing.publish import Publisher
from odlinked.queries import Query, load
from odlinked.settings import PublishSettings, Settings, SourceSettings
from odlinked.web.app import create

SETTINGS = Settings(publish=PublishSettings(workers=1), sources={"annex": SourceSettings(public=True)})
HTML = {"Accept": "text/html"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    firsts.copied(_published, tmp_path)
    return Workspace(tmp_path / "var")


def _published(folder: Path) -> None:
    made = Workspace(folder / "var")
    rows = (opened("open_1"), opened("plan_1", 開放年月=PLANNED))
    Publisher(made, SETTINGS).publish([write(folder / "open.csv", OPEN, *rows)], "moenv")
    secret = withheld("河川水質監測名冊", 資料集代碼="sec_1")
    Publisher(made, SETTINGS).publish([write(folder / "annex.csv", WITHHELD, secret)], "annex")


@pytest.fixture
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), SETTINGS).test_client()


def badges(page: str) -> list[str]:
    return re.findall(r'<span class="flag note state">([^<]*)</span>', page)


@pytest.mark.parametrize(("language", "words"), [("zh-Hant", ["不予提供", "預計開放"]), ("en", ["planned", "withheld"])])
def test_lists_mark_what_is_not_open(client: FlaskClient, workspace: Workspace, language: str, words: list[str]) -> None:
    release = Releases(workspace).current()
    publisher = release.search("").records[0].publisher.removeprefix(f"{release.base}/id")
    for path in ("/?q=水質", "/catalog?", f"{publisher}?"):
        page = client.get(f"{path}&lang={language}", headers=HTML).text
        assert sorted(badges(page)) == words, path


def test_a_list_is_new_where_a_month_has_come(client: FlaskClient, workspace: Workspace, tmp_path: Path) -> None:
    before = client.get("/catalog?lang=en", headers=HTML)
    Publisher(workspace, SETTINGS, clock=THEN).publish([tmp_path / "open.csv"], "moenv")
    after = client.get("/catalog?lang=en", headers={**HTML, "If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert badges(after.text) == ["withheld"]


def test_planned_openings_are_asked_for_as_of_today(client: FlaskClient) -> None:
    page = html.unescape(client.get("/sparql?lang=en", headers=HTML).text)
    assert "Planned openings" in page
    assert "預計開放" in html.unescape(client.get("/sparql?lang=zh-Hant", headers=HTML).text)
    today = date.today().isoformat()
    text = load(Assets(), "queries/pages/08-planned.rq").spelled(today=today)
    assert f'VALUES (?today) {{ ("{today}") }}' in text
    asked = {"query": text, "format": "json"}
    found = json.loads(client.get("/sparql", query_string=asked, headers={"Accept": "application/sparql-results+json"}).text)
    assert [row["dataset"]["value"] for row in found["results"]["bindings"]] == [iri("plan_1")]
    later = {**asked, "query": text.replace(today, "2200-01-01")}
    found = json.loads(client.get("/sparql", query_string=later, headers={"Accept": "application/sparql-results+json"}).text)
    assert found["results"]["bindings"] == []


def test_a_parameter_is_spelled_as_a_term() -> None:
    query = Query("x", "#+ param: today string\nSELECT ?today WHERE { ?s ?p ?today }")
    assert query.spelled(today='1" } ; DROP') == 'SELECT ?today WHERE {\n  VALUES (?today) { ("1\\" } ; DROP") } ?s ?p ?today }\n'
    with pytest.raises(QueryError, match="no WHERE"):
        Query("x", "#+ param: today string\nASK { ?s ?p ?today }").spelled(today="1")
