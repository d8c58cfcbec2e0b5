"""What internal forms give is asked for at every door of the service, by its address and by its words: nobody gets it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from builders.tools import told_by_tools
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.index import Index
from odlinked.catalog.releases import Releases
from odlinked.catalog.workspace import Workspace
from odlinked.clock import Clock
from odlinked.mapping import forms
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings, SourceSettings
from odlinked.web.app import create

CASES = Path(__file__).parent / "cases" / "mapping"
CLOCK = Clock.of("+08:00", datetime(2026, 11, 29, 4, tzinfo=UTC))
INTERNAL = sorted(form.name for form in forms.load_all(Assets()) if form.internal and (CASES / form.name / "table.csv").is_file())
WORDS = ("負責人資料", "稽查紀錄", "升級輔導計畫", "人才培訓計畫", "請依程序登載", "水情監測", "輔導計畫審查資料")
TYPES = ("text/html", "text/turtle", "application/ld+json", "application/json", "application/rdf+xml")
LISTS = ("/", "/datasets", "/datasets.atom", "/organizations", "/requests", "/themes", "/catalog.ttl", "/void", "/sitemap.xml",
         "/feeds/dcat-ap.trig", "/quality", "/query/awards.csv", "/api/3/action/package_list")
SEARCHES = ("/datasets?q={}", "/api/3/action/package_search?q={}", "/reconcile/suggest/entity?prefix={}")


def publish(folder: Path, settings: Settings) -> Workspace:
    made = Workspace(folder / "var")
    publisher = Publisher(made, settings, clock=CLOCK)
    for form in INTERNAL:
        publisher.publish([CASES / form / "table.csv"], form)
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return publish(tmp_path_factory.mktemp("internal"), Settings())


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


def private(workspace: Workspace) -> list[str]:
    with Index(workspace.releases / str(workspace.current()) / "catalog.sqlite", read_only=True) as index:
        return [iri for iri, (_, entry) in index.entries().items() if entry.state == "private"]


def test_no_internal_record_answers_at_its_address(workspace: Workspace, client: FlaskClient) -> None:
    found = private(workspace)
    kinds = {iri.rsplit("/", 2)[-2] for iri in found}
    assert {"asset", "subsidy", "conclusion", "checklist", "cost", "appraisal"} <= kinds
    for iri in found:
        path = urlsplit(iri).path
        for place in (path, path.removeprefix("/id"), f"/quality{path.removeprefix('/id')}"):
            for kind in TYPES:
                answer = client.get(place, headers={"Accept": kind}, follow_redirects=True)
                assert answer.status_code == 404, (place, kind, answer.status_code)
        answer = client.post("/sparql", data={"query": f"ASK {{ {{ <{iri}> ?p ?o }} UNION {{ ?s ?p <{iri}> }} }}"},
                             headers={"Accept": "text/csv"})
        assert "true" not in answer.text.lower(), iri
        assert client.get(f"/graph-store?graph={quote(iri, safe='')}").status_code in (400, 404)


def test_none_is_found_by_its_words(workspace: Workspace, client: FlaskClient) -> None:
    def told(path: str) -> str:
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    lists = "".join(map(told, LISTS))
    assert not [word for word in WORDS if word in lists]
    searched = "".join(told(path.format(quote(word))) for path in SEARCHES for word in WORDS)
    names = {urlsplit(iri).path.removeprefix("/id") for iri in private(workspace)}
    assert not [name for name in names if name in lists + searched], "a search tells back what was asked for and no record"
    for word in WORDS:
        query = f"SELECT ?o {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} FILTER(CONTAINS(STR(?o), '{word}')) }}"
        assert client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text.split() == ["o"]


def test_no_tool_for_assistants_tells_of_one(workspace: Workspace, client: FlaskClient) -> None:
    found = private(workspace)
    told = told_by_tools(client.application, WORDS, found)
    assert not [word for word in WORDS if word in told]
    assert not [iri for iri in found if urlsplit(iri).path.removeprefix("/id") in told]


def test_a_source_that_is_set_public_is(tmp_path: Path) -> None:
    settings = Settings(sources={form: SourceSettings(public=True) for form in INTERNAL})
    workspace = publish(tmp_path, settings)
    assert private(workspace) == []
    client = create(Releases(workspace), settings).test_client()
    query = "SELECT ?o WHERE { ?s ?p ?o FILTER(STR(?o) = '負責人資料') }"
    assert "負責人資料" in client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text
    assert "輔導計畫" in told_by_tools(client.application, ["升級"], ["0"]), "what is public is told: the test above can fail"
