"""`/sparql` answered by a mirror: the same answers, refusals and limits, and none where it holds another release."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import engines, site
from builders.endpoints import ask, problem
from builders.engines import OtherEngine
from builders.national_list import example_rows
from flask.testing import FlaskClient

from odlinked import queries
from odlinked.assets import Assets
from odlinked.cage import tokenizer
from odlinked.mirror.run import Mirror
from odlinked.settings import MirrorSettings, ServeSettings
from odlinked.web.app import create

ROWS = example_rows()
SERVE = ServeSettings(query_seconds=3, query_result_mb=1)
EXAMPLES = [name for name in Assets().glob("queries/pages/*.rq") if not queries.load(Assets(), name).parameters]
slow = pytest.mark.slow


class MirroredSite:
    """A site over a catalogue and a mirror of it, and another whose answers come from the documents' own store."""

    def __init__(self, folder: Path, engine: OtherEngine) -> None:
        self.folder, self.engine = folder, engine
        self.releases = site.publish(folder, ROWS[:12])
        self.settings = replace(site.SETTINGS, serve=SERVE, mirror=replace(engine.settings, answers=True))
        assert self.update(), self.told
        self.apps = [create(self.releases, self.settings), create(self.releases, replace(self.settings, mirror=MirrorSettings()))]

    def update(self) -> bool:
        done = Mirror(self.releases.workspace, self.settings, self.engine.environment).update()
        self.told = done.comparison.line()
        return done.same

    @property
    def client(self) -> FlaskClient:
        return self.apps[0].test_client()

    @property
    def store(self) -> FlaskClient:
        return self.apps[1].test_client()

    def close(self) -> None:
        for app in self.apps:
            app.extensions["odlinked.sparql"].close()
        self.engine.stop()


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def mirrored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirroredSite]:
    """A mirrored site on each of the engines."""
    folder = tmp_path_factory.mktemp("mirrored")
    engine = engines.start_oxigraph(folder / "engine") if request.param == "oxigraph" else engines.start_virtuoso(folder)
    try:
        one = MirroredSite(folder, engine)
        yield one
        one.close()
    finally:
        engine.stop()


@pytest.fixture
def claimed(tmp_path: Path) -> Iterator[Any]:
    """Make a client of a site that is told its mirror, at an address, holds the release."""
    apps = []

    def make(url: str, **state: object) -> FlaskClient:
        releases = site.publish(tmp_path, ROWS[:2])
        release = releases.current()
        known = {"release": release.name, "content": release.content, "cap": 0, **state}
        (releases.workspace.root / "mirror.json").write_text(json.dumps(known))
        mirror = MirrorSettings("snapshot", query=f"{url}/query", answers=True)
        apps.append(create(releases, replace(site.SETTINGS, serve=SERVE, mirror=mirror)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        app.extensions["odlinked.sparql"].close()


def rows(response: Any) -> Counter[tuple[str, ...]]:
    assert response.status_code == 200, response.data[:500]
    return Counter(tuple(row) for row in csv.reader(io.StringIO(response.get_data(as_text=True))))


GOOD = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"urn:a"}}]}}'
JSON = "application/sparql-results+json"


@pytest.mark.parametrize(("status", "body", "kind", "code"), [
    (200, GOOD, JSON, 200),
    (200, GOOD[:-10], JSON, "mirror-down"),
    (200, b"", JSON, "mirror-down"),
    (200, b"<html>down for maintenance</html>", "text/html", "mirror-down"),
    (200, b"{}", JSON, "mirror-down"),
    (200, b'{"head":{},"boolean":true}', JSON, "mirror-down"),
    (302, b"", JSON, "mirror-down"), (401, b"", JSON, "mirror-down"), (404, b"", JSON, "mirror-down"),
    (502, b"", JSON, "mirror-down"), (503, b"", JSON, "mirror-down"), (204, b"", JSON, "mirror-down"),
    (500, b"SR353: Sorted TOP clause", "text/plain", "unanswerable"), (400, b"SP031", "text/plain", "unanswerable"),
    (200, GOOD.replace(b"urn:a", b"urn:" + b"a" * 1_100_000), JSON, "result-too-large"),
    (200, b" " * 5_000_000 + GOOD, JSON, "result-too-large"),
])
def test_an_answer_that_is_none_is_told(status: int, body: bytes, kind: str, code: int | str, claimed: Any) -> None:
    with engines.answering(status, body, kind) as (url, asked):
        found = ask(claimed(url), "SELECT ?s { ?s ?p ?o }", Accept_Encoding="gzip")
    if code == 200:
        assert found.get_json(force=True)["results"]["bindings"] == [{"s": {"type": "uri", "value": "urn:a"}}]
        return
    assert len(asked) == 1
    assert problem(found, {"mirror-down": 503, "unanswerable": 422, "result-too-large": 422}[str(code)], str(code))
    if code == "mirror-down":
        assert found.headers["Retry-After"] == "30"


def test_a_part_of_an_answer_is_none(claimed: Any) -> None:
    with engines.answering(200, GOOD, JSON, X_SQL_State="S1TAT") as (url, _):
        assert problem(ask(claimed(url), "SELECT ?s { ?s ?p ?o }"), 503, "mirror-down")
    with engines.answering(200, GOOD, JSON, Content_Length="4000") as (url, _):
        assert problem(ask(claimed(url), "SELECT ?s { ?s ?p ?o }"), 503, "mirror-down")


@pytest.mark.parametrize("state", [{"content": "other"}, {"content": ""}, {"cap": 10_000}])
def test_a_mirror_of_another_release_is_not_asked(state: dict[str, object], claimed: Any) -> None:
    with engines.answering(200, GOOD, JSON) as (url, asked):
        client = claimed(url, **state)
        found = ask(client, "SELECT ?s { ?s ?p ?o }")
        assert problem(found, 503, "mirror-behind")
        assert found.headers["Retry-After"]
        chinese = client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept-Language": "zh-Hant"})
        assert "鏡像" in chinese.get_json()["detail"]
    assert asked == []


def test_what_is_sent_is_the_query_with_its_base_prefixes_and_dataset(claimed: Any) -> None:
    with engines.answering(200, GOOD, JSON) as (url, asked):
        ask(claimed(url), "SELECT ?s { ?s a dcat:Dataset }", **{"default-graph-uri": "urn:g"})
    sent = asked[0].rpartition("\n")[2]
    assert sent.startswith("query=BASE+%3Chttps%3A%2F%2Fdata.example.tw%2Fsparql%3E%0APREFIX+dcat%3A+%3Chttp")
    assert sent.endswith("&default-graph-uri=urn%3Ag")
    assert "Authorization" not in asked[0]


def test_pages_and_stored_questions_stay_on_the_documents(claimed: Any) -> None:
    client = claimed("http://127.0.0.1:1")
    assert problem(ask(client, "ASK {}"), 503, "mirror-down")
    for path in ("/", "/dataset/6075", "/query/states?format=json", "/sparql"):
        assert client.get(path).status_code == 200, path


@slow
@pytest.mark.parametrize("query", [
    "SELECT ?t { ?d a dcat:Dataset ; dcterms:title ?t }",
    'SELECT ?t { ?d a dcat:Dataset ; dcterms:title ?t FILTER(LANG(?t) = "zh-Hant") }',
    'SELECT ?t (LANG(?t) AS ?l) { ?d a dcat:Dataset ; dcterms:title ?t FILTER(LANG(?t) IN ("zh-Hant", "fr")) }',
    "SELECT ?d ?size { ?d a dcat:Distribution OPTIONAL { ?d dcat:byteSize ?size } }",
    "SELECT ?theme (COUNT(?d) AS ?n) { ?d a dcat:Dataset ; dcat:theme ?theme } GROUP BY ?theme",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(STRSTARTS(STR(?s), \"https://data.example.tw/id/dataset\")) }",
    "SELECT ?s { ?s a </none> }",
    'SELECT ?d ?score { (?d ?score) odl:matches ("資料" 5) }',
])
def test_the_mirror_answers_as_the_store_does(query: str, mirrored: MirroredSite) -> None:
    theirs, ours = (ask(client, query, "text/csv") for client in (mirrored.client, mirrored.store))
    assert rows(theirs) == rows(ours)
    assert theirs.headers["Content-Type"] == ours.headers["Content-Type"]


@slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_page_are_answered(name: str, mirrored: MirroredSite) -> None:
    text = queries.load(Assets(), name).spelled()
    theirs, ours = (ask(client, text, "text/csv") for client in (mirrored.client, mirrored.store))
    if tokenizer.inspect(text).form == "SELECT":
        assert rows(theirs).total() == rows(ours).total()
    else:
        assert theirs.status_code == ours.status_code


@slow
def test_every_form_and_format(mirrored: MirroredSite) -> None:
    client = mirrored.client
    for query, verdict in (("ASK { ?s a dcat:Dataset }", True), ("ASK { ?s a </none> }", False)):
        assert ask(client, query).get_json(force=True)["boolean"] is verdict
    graph = f"CONSTRUCT {{ <{site.BASE}/id/dataset/6075> ?p ?o }} {{ <{site.BASE}/id/dataset/6075> ?p ?o }}"
    for accept, store_answer in (("text/turtle", True), ("application/n-triples", True), ("application/rdf+xml", False),
                                 ("application/ld+json", False), ("application/trig", False)):
        theirs, ours = (ask(one, graph, accept) for one in (client, mirrored.store))
        assert theirs.status_code == 200
        assert theirs.headers["Content-Type"].startswith(accept)
        assert "@zh-Hant" in theirs.text or accept not in ("text/turtle", "application/n-triples")
        if store_answer and mirrored.engine.settings.authentication == "basic":
            assert sorted(theirs.data.splitlines()) == sorted(ours.data.splitlines())
    assert ask(client, f"DESCRIBE <{site.BASE}/id/dataset/6075>").status_code == 200
    columns = ask(client, "SELECT * { ?s a ?c ; dcterms:title ?a }").get_json(force=True)["head"]["vars"]
    assert columns == ["s", "c", "a"]
    page = ask(client, "SELECT * { ?s a dcat:Catalog }", "text/html")
    assert page.status_code == 200
    assert f"{site.BASE}/id/catalog" in page.text


@slow
@pytest.mark.parametrize(("query", "status", "code"), [
    ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", 403, "refused"),
    ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403, "refused"),
    ("ASK " + "{" * 200 + "}" * 200, 400, "too-complex"),
    ("SELECT * { ?s ?p }", 400, "malformed"),
    ('define input:inference "x" SELECT * { ?s ?p ?o }', 400, "malformed"),
    ("SELECT (<bif:sleep>(60) AS ?x) { }", 422, "unanswerable"),
    ("PREFIX sql: <sql:> SELECT (sql:file_to_string(\"/etc/passwd\") AS ?x) { ?s ?p ?o }", 422, "unanswerable"),
    # Not all pairs of triples: Virtuoso goes on for minutes, on all processors, with what nobody waits for any more.
    ("SELECT * { ?a ?b ?c . ?d a dcat:Catalog }", 422, "result-too-large"),
])
def test_what_is_refused_stays_refused(query: str, status: int, code: str, mirrored: MirroredSite) -> None:
    found = ask(mirrored.client, query)
    if code == "result-too-large" and found.status_code == 504:
        return  # an engine that has all of an answer before it sends a byte may need longer than a query may take
    assert problem(found, status, code)


@slow
def test_a_long_query_ends_at_the_time_limit(mirrored: MirroredSite) -> None:
    """The last but one of the file: Virtuoso goes on with the query until it is stopped."""
    query = "SELECT (SUM(STRLEN(STR(?c))) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STRLEN(STR(?f)) != STRLEN(STR(?i))) }"
    found = ask(mirrored.client, query)
    assert found.status_code in (422, 504), found.data  # Virtuoso may refuse what it takes to be too long
    assert ask(mirrored.client, "ASK {}").status_code == 200


@slow
@pytest.mark.parametrize("mirrored", ["oxigraph"], indirect=True)
def test_after_a_publish_nothing_is_answered_until_the_mirror_has_followed(mirrored: MirroredSite) -> None:
    """The last of the file: it stops the engine."""
    query = "SELECT (COUNT(*) AS ?n) { ?d a dcat:Dataset }"
    before = ask(mirrored.client, query, "text/csv")
    assert before.status_code == 200
    site.publish(mirrored.folder, ROWS[:10], "later.csv")
    behind = ask(mirrored.client, query)
    assert problem(behind, 503, "mirror-behind")
    assert int(behind.headers["Retry-After"]) > 0
    assert mirrored.client.get("/dataset/6075").status_code == 200
    assert mirrored.update()
    after = rows(ask(mirrored.client, query, "text/csv"))
    assert after == rows(ask(mirrored.store, query, "text/csv"))
    assert after != rows(before)
    mirrored.engine.stop()
    assert problem(ask(mirrored.client, "SELECT (COUNT(*) AS ?m) { ?d a dcat:Dataset }"), 503, "mirror-down")
