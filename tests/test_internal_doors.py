"""Every form's case goes in; what internal forms give, and columns that public forms do not know, is asked for at every door of
the service, by its address and by its words: nobody gets it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from builders.catalogs import everywhere
from builders.mapping_cases import case
from builders.tools import told_by_tools
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.mapping import forms
from odlinked.publishing.publish import Publisher
from odlinked.reporting.annex import Annex
from odlinked.reporting.report import make
from odlinked.settings import Settings, SourceSettings
from odlinked.web.app import create

CASES = Path(__file__).parent / "cases" / "mapping"
CLOCK = Clock.of("+08:00", datetime(2026, 11, 29, 4, tzinfo=UTC))
DAY = date(2026, 11, 29)
FORMS = {form.name: form for form in forms.load_all(Assets())}
INTERNAL = sorted(name for name, form in FORMS.items() if form.internal)
WORDS = ("負責人資料", "稽查紀錄", "升級輔導計畫", "人才培訓計畫", "請依程序登載", "水情監測", "輔導計畫審查資料")
COLUMNS = {"單價分析表": "qzxcost", "逐次列管表": "qzxtrack", "經辦內部註記": "qzxinner"}
"""Headings that no form knows, of what an agency keeps for itself, and the word in each cell."""

TURNED = "moea-progress"
"""A table whose first row has the days: a column more would be a day."""

TYPES = ("text/html", "text/turtle", "application/ld+json", "application/json", "application/rdf+xml")
LISTS = ("/", "/datasets", "/datasets.atom", "/organizations", "/requests", "/themes", "/catalog.ttl", "/void", "/sitemap.xml",
         "/feeds/dcat-ap.trig", "/quality", "/query/awards.csv", "/api/3/action/package_list")
SEARCHES = ("/datasets?q={}", "/api/3/action/package_search?q={}", "/reconcile/suggest/entity?prefix={}")


def widened(folder: Path, form: str) -> Path:
    """Write the case of a form with three columns that no form knows."""
    if (CASES / form / "table.json").is_file():
        records = json.loads((CASES / form / "table.json").read_text(encoding="utf-8"))
        for one in records if isinstance(records, list) else [records]:
            one.update(COLUMNS)
        (folder / f"{form}.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
        return folder / f"{form}.json"
    with (CASES / form / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    more = list(COLUMNS.items())[:0 if form == TURNED else max(1, len(heads) // 3)]  # of more, no form would fit
    with (folder / f"{form}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*heads, *(head for head, _ in more)])
        out.writerows([*row, *(word for _, word in more)] for row in rows)
    return folder / f"{form}.csv"


def publish(folder: Path, settings: Settings, names: Iterable[str]) -> tuple[Workspace, str]:
    """Publish the cases: the whole lists together, and the tables of changes together; return what was told, too."""
    made, told = Workspace(folder / "var"), ""
    for source, is_delta in (("lists", False), ("changes", True)):
        files = [widened(folder, name) for name in names if FORMS[name].delta is is_delta]
        if files:
            told += "".join(f"{note}\n" for note in Publisher(made, settings, clock=CLOCK).publish(files, source).notes)
    return made, told


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    return publish(tmp_path_factory.mktemp("internal"), Settings(), sorted(FORMS))


@pytest.fixture(scope="module")
def workspace(published: tuple[Workspace, str]) -> Workspace:
    return published[0]


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


def test_each_row_of_each_form_is_a_record_or_is_told(workspace: Workspace) -> None:
    with Index(workspace.releases / str(workspace.current()) / "catalog.sqlite", read_only=True) as index:
        inputs = {row["name"].partition(".")[0]: row["id"] for row in index.inputs()}
        taken = {(entry.input, entry.row) for _, entry in index.entries().values()}
        told = {(issue.input, issue.row) for issue in index.issues()}
    assert set(inputs) == set(FORMS)
    for form, number in inputs.items():
        rows = {row.number for row in case(form)[1]}
        assert {row for row in rows if (number, row) in taken}, form
        assert {row for row in rows if (number, row) not in taken | told} == set(), form


def test_columns_that_no_form_knows_are_told_and_go_nowhere(published: tuple[Workspace, str], client: FlaskClient,
                                                            tmp_path: Path) -> None:
    workspace, notes = published
    told = everywhere(workspace)
    assert "薪資比對平台" in told
    for form in set(FORMS) - {TURNED}:
        line = next(line for line in notes.splitlines() if line.startswith(f"{form}.") and "are not mapped" in line)
        assert next(iter(COLUMNS)) in line, form
    with Index(workspace.releases / str(workspace.current()) / "catalog.sqlite", read_only=True) as index:
        public = [iri for iri, (_, entry) in index.entries().items() if "/id/" in iri and entry.state != "private"]
    for iri in public:
        path = urlsplit(iri).path
        for place in (path.removeprefix("/id"), f"/findings{path.removeprefix('/id')}.csv"):
            told += client.get(place, follow_redirects=True).text
    told += "".join(client.get(path, follow_redirects=True).text for path in ("/findings", *LISTS))
    told += told_by_tools(client.application, ["薪資"], public[:40])
    for kind in ("meeting", "checklist", "inventory", "quarter"):
        with zipfile.ZipFile(io.BytesIO(make(workspace, Settings(), kind, DAY, public=True))) as book:
            told += "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    Annex(workspace, Settings(), DAY, public=True).save(tmp_path / "annex.xlsx")
    with zipfile.ZipFile(tmp_path / "annex.xlsx") as book:
        told += "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert not [word for word in (*COLUMNS.values(), *WORDS) if word in told]


def test_a_source_that_is_set_public_is(tmp_path: Path) -> None:
    settings = Settings(sources={"lists": SourceSettings(public=True)})
    workspace, _ = publish(tmp_path, settings, INTERNAL)
    assert private(workspace) == []
    client = create(Releases(workspace), settings).test_client()
    query = "SELECT ?o WHERE { ?s ?p ?o FILTER(STR(?o) = '負責人資料') }"
    assert "負責人資料" in client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text
    assert "輔導計畫" in told_by_tools(client.application, ["升級"], ["0"]), "what is public is told: the test above can fail"
