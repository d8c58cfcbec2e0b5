"""The list of organisations: searched by name and identifier, in pages, as JSON and CSV."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from builders.catalogs import publish
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.assets import bundled
from odlinked.catalog.asking.organizations import everyone, matching
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

LIST = bundled() / "examples" / "oid-gds-excerpt.csv"
INDUSTRY = "2.16.886.101.20003.20007.20002"
HTML = {"Accept": "text/html"}


@pytest.fixture
def client(workspace: Workspace, tmp_path: Path) -> FlaskClient:
    publish(workspace, LIST, "oid")
    rows = [row(1, 提供機關="經濟部工業局"), row(2, 提供機關="經濟部工業局"), row(3, 提供機關="<b>某處</b>"),
            row(4, 資料集名稱="")]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    return create(Releases(workspace), Settings()).test_client()


def test_a_dataset_without_a_title_is_named_by_its_identifier(client: FlaskClient) -> None:
    assert "<h1>4</h1>" in client.get("/dataset/4?lang=en", headers=HTML).text
    assert ">(no title) 4</a>" in client.get("/datasets?lang=en", headers=HTML).text


def test_everyone_is_listed_and_found(client: FlaskClient, workspace: Workspace) -> None:
    release = Releases(workspace).current()
    found = everyone(release)
    assert len(found) == release.counts()["organization"]
    assert (found[0].oid, found[0].datasets) == (INDUSTRY, 2)
    assert [one.oid for one in matching(found, "經濟部 工業局")] == [INDUSTRY]
    assert matching(found, INDUSTRY) == matching(found, "經濟部 工業局")
    assert {one.oid for one in matching(found, "2.16.886.101.20003.20007")} >= {INDUSTRY, "2.16.886.101.20003.20007"}
    assert matching(found, "2.16.886.101.2000") == [], "a part of a number is no number"
    assert matching(found, "沒有這個") == []


@pytest.mark.parametrize(("language", "words"), [
    ("zh-Hant", ("機關單位", "物件識別碼", "沒有符合的機關單位")),
    ("en", ("Organisations", "object identifier", "No organisation matches")),
])
def test_the_page(client: FlaskClient, language: str, words: tuple[str, ...]) -> None:
    page = client.get(f"/organizations?lang={language}", headers=HTML)
    assert page.status_code == 200
    assert all(word in page.text for word in words[:2])
    assert f"/organization/{INDUSTRY}" in page.text
    assert re.search(r"<span class=\"callno oid\">2\.16", page.text)
    assert "&lt;b&gt;某處" in page.text
    assert words[2] in client.get(f"/organizations?q=zzzz&lang={language}", headers=HTML).text
    assert "/organizations" in client.get(f"/?lang={language}", headers=HTML).text
    assert client.get("/organizations?page=99", headers=HTML).status_code == 404
    again = client.get(f"/organizations?lang={language}", headers={**HTML, "If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304


def test_the_same_as_data(client: FlaskClient) -> None:
    told = client.get("/organizations.json?q=工業局").get_json()
    assert told["total"] == 1
    assert (told["organizations"][0]["oid"], told["organizations"][0]["datasets"]) == (INDUSTRY, 2)
    table = client.get("/organizations.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert table.headers["Content-Type"].startswith("text/csv")
    assert rows[0]["iri"].endswith(INDUSTRY)
    assert len(rows) == client.get("/organizations.json").get_json()["total"]
