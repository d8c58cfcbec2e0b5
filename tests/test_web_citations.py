"""How a dataset is cited: one entry, whatever stands in its title, with the release and the hash of what is cited."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.catalogs import iri, publish, served
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

TITLE = "空氣{品質} 50% & a_b\\c #1\nER  - "


@pytest.fixture
def client(workspace: Workspace, tmp_path: Path) -> FlaskClient:
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料集名稱=TITLE), row(2)))
    return create(Releases(workspace), Settings()).test_client()


def test_a_citation_names_what_is_cited(client: FlaskClient, workspace: Workspace) -> None:
    record = served(workspace).record(iri(2))
    assert record is not None
    for suffix in ("bib", "ris", "txt"):
        answer = client.get(f"/cite/dataset/2.{suffix}?lang=zh-Hant")
        assert answer.status_code == 200
        for text in (record.title, record.publisher_name, record.iri, record.hash[:16], "000001", record.modified[:4]):
            assert text in answer.text, (suffix, text)


def test_a_title_is_text_in_every_form(client: FlaskClient) -> None:
    bib, ris = client.get("/cite/dataset/1.bib").text, client.get("/cite/dataset/1.ris").text
    assert bib.count("{") == bib.count("}")
    assert r"空氣\{品質\} 50\% \& a\_b\textbackslash{}c \#1" in bib
    assert [line[:6] for line in ris.splitlines()].count("ER  - ") == 1
    assert len(client.get("/cite/dataset/1.txt").text.splitlines()) == 1


@pytest.mark.parametrize("path", ["/cite/dataset/99.bib", "/cite/dataset/1.xml", "/cite/organization/1.bib"])
def test_what_is_not_there_is_not_cited(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_of_a_dataset_says_how_to_cite_it(client: FlaskClient) -> None:
    page = client.get("/dataset/2?lang=en", headers={"Accept": "text/html"}).text
    assert "[Data set]" in page
    assert 'href="/cite/dataset/2.bib?lang=en"' in page
