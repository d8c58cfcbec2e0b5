"""Quality pages: what is measured, what is not, and why, as pages and as RDF; a dataset that is gone says so here too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from test_publishing_measuring import MEASURED, NOON
from test_publishing_publish import iri, row, served, write

from odlinked.catalog.release import Releases
from odlinked.catalog.workspace import Workspace
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, Observation, Seen
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create

FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A catalogue of three datasets: the files of one were looked at, one is gone."""
    folder = tmp_path_factory.mktemp("quality")
    made = Workspace(folder / "var")
    Publisher(made, MEASURED, clock=NOON).publish([write(folder / "list.csv", row(1), row(2), row(3))], "national")
    Publisher(made, MEASURED, clock=NOON).publish([write(folder / "list.csv", row(1), row(2))], "national")
    notebook = Notebook(made.root / FILE)
    document = served(made).document(iri(1))
    assert document is not None
    files = sorted({line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line})
    assert len(files) == 2
    when = served(made).created
    seen = Seen(format=FILE_TYPE + "CSV", record_count=56)
    notebook.put(Observation(files[0], ANSWER + "answered", when, seen, status=200), "h")
    notebook.put(Observation(files[1], ANSWER + "not-found", when, status=404), "h")
    notebook.close()
    Publisher(made, MEASURED, clock=NOON).measure(date(2026, 11, 22))
    return made


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("language", "failed", "unchecked"), [("zh-Hant", "未通過", "未檢測"), ("en", "failed", "not checked")])
def test_a_dataset_tells_each_answer_and_its_evidence(client: FlaskClient, language: str, failed: str, unchecked: str) -> None:
    text = page(client, f"/quality/dataset/1?lang={language}")
    assert failed in text
    assert unchecked in text
    assert "404" in text
    assert "#seen-distribution-" in text
    assert "/metric/link-validity" in text
    assert "/ 405" in text


def test_nothing_is_asserted_of_what_nobody_looked_at(client: FlaskClient) -> None:
    text = page(client, "/quality/dataset/2")
    assert "標章：未檢測" in text
    assert "尚未檢測連結與內容" in text
    assert "#seen-" not in text


def test_the_numbers_are_had_as_rdf_and_the_thing_points_there(client: FlaskClient) -> None:
    answer = client.get("/quality/dataset/1.ttl")
    assert answer.status_code == 200
    assert "dqv:isMeasurementOf" in answer.get_data(as_text=True)
    seen = client.get("/id/quality/dataset/1")
    assert seen.status_code == 303
    assert seen.headers["Location"].endswith("/quality/dataset/1")


def test_a_dataset_that_is_gone_is_gone_here_too(client: FlaskClient) -> None:
    page(client, "/quality/dataset/3", 410)
    page(client, "/quality/dataset/9", 404)


def test_organisations_are_listed_and_have_a_page(client: FlaskClient) -> None:
    text = page(client, "/quality")
    assert "環境部" in text
    link = next(part.split('"')[0] for part in text.split('href="') if part.startswith("/quality/organization/"))
    about = page(client, link)
    assert "2026-11-22" in about
    assert "<svg" in about


def test_a_family_is_told_with_its_members(tmp_path: Path) -> None:
    made = Workspace(tmp_path / "var")
    rows = [row(n, 資料集名稱=f"稽查件數{n}月統計") for n in range(1, 9)]
    Publisher(made, MEASURED, clock=NOON).publish([write(tmp_path / "list.csv", *rows)], "national")
    client = create(Releases(made), Settings()).test_client()
    text = page(client, "/quality/dataset/1")
    link = next(part.split('"')[0] for part in text.split('href="') if part.startswith("/quality/series/"))
    family = page(client, link)
    assert "稽查件數各月統計" in family
    assert all(f"稽查件數{n}月統計" in family for n in range(1, 9))
    page(client, "/quality/series/none", 404)


def test_a_metric_shows_how_it_is_computed(client: FlaskClient) -> None:
    assert "/metric/timeliness" in page(client, "/metric")
    text = page(client, "/metric/timeliness")
    assert "queries/metrics/dataset/" in text
    assert "CONSTRUCT" in text
    page(client, "/metric/none-such", 404)


def test_records_link_to_their_quality(client: FlaskClient) -> None:
    assert 'href="/quality/dataset/1"' in page(client, "/dataset/1")
