"""The live service read by programs that are not ours, over loopback: SPARQLWrapper, rdflib's stores, requests and curl."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from oxrdflib import OxigraphStore
from rdflib import Dataset, Graph, URIRef, namespace
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, POST, RDFXML, TURTLE, XML, SPARQLWrapper

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases

pytestmark = pytest.mark.slow

EXCERPT = Path(__file__).parents[1] / "examples" / "data-gov-tw-excerpt.csv"
JSON_RESULTS = "application/sparql-results+json"
PREFIXES = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/> "
TITLES = PREFIXES + "SELECT ?dataset ?title { ?dataset a dcat:Dataset ; dcterms:title ?title } ORDER BY ?dataset ?title"


class Live(NamedTuple):
    """A running service: its address, a dataset of it, that dataset's own triples, and how many datasets there are."""

    url: str
    iri: str
    graph: Graph
    titles: int

    @property
    def endpoint(self) -> str:
        return self.url + "/sparql"

    @property
    def path(self) -> str:
        """The path of the dataset's IRI."""
        return "/" + self.iri.split("/", 3)[3]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    odlinked = [sys.executable, "-m", "odlinked"]
    done = subprocess.run([*odlinked, "publish", str(EXCERPT), "--source", "national", "--workspace", str(folder / "var")],
                          capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    release = Releases(Workspace(folder / "var")).current()
    number, records = release.page("dataset", 1, 1_000)
    assert number == len(records) > 0
    record = max(records, key=lambda one: len(one.formats))
    document = release.document(record.iri)
    assert document
    graph = Graph().parse(data=document.text, format="nt")
    log = folder / "log"
    with log.open("w") as out:
        server = subprocess.Popen([*odlinked, "serve", "--port", "0", "--workspace", str(folder / "var")],
                                  stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield Live(address(server, log), record.iri, graph, sum(bool(one.title) for one in records))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return where the service listens, once it answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        _, _, said = log.read_text().partition("Serving at ")
        try:
            if said:
                urllib.request.urlopen(said.split()[0] + "/health", timeout=5).close()
                return said.split()[0]
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def own(graph: Graph, iri: str) -> set[tuple[object, object]]:
    """Return what a graph says of one node."""
    return set(graph.predicate_objects(URIRef(iri)))


@pytest.mark.parametrize("method", ["GET", POST])
@pytest.mark.parametrize("form", [JSON, XML])
def test_sparqlwrapper_select(live: Live, method: str, form: str) -> None:
    client = SPARQLWrapper(live.endpoint)
    client.setMethod(method)
    client.setQuery(TITLES)
    client.setReturnFormat(form)
    answer = client.query().convert()
    if form == JSON:
        rows = answer["results"]["bindings"]
        found = {row["dataset"]["value"]: row["title"] for row in rows}
        assert found[live.iri]["xml:lang"] == "zh-Hant"
    else:
        rows = answer.getElementsByTagName("result")
        assert {tag.getAttribute("xml:lang") for tag in answer.getElementsByTagName("literal")} == {"zh-Hant"}
    assert len(rows) == live.titles


def test_sparqlwrapper_ask(live: Live) -> None:
    client = SPARQLWrapper(live.endpoint, returnFormat=JSON)
    client.setQuery(PREFIXES + f"ASK {{ <{live.iri}> a dcat:Dataset }}")
    assert client.query().convert()["boolean"] is True
    client.setQuery(PREFIXES + f"ASK {{ <{live.iri}> a dcat:DataService }}")
    assert client.query().convert()["boolean"] is False


@pytest.mark.parametrize("form", [TURTLE, RDFXML])
def test_sparqlwrapper_construct(live: Live, form: str) -> None:
    client = SPARQLWrapper(live.endpoint)
    client.setQuery(f"CONSTRUCT {{ <{live.iri}> ?p ?o }} WHERE {{ <{live.iri}> ?p ?o }}")
    client.setReturnFormat(form)
    answer = client.query().convert()
    graph = answer if isinstance(answer, Graph) else Graph().parse(data=answer, format="turtle")
    assert own(graph, live.iri) == own(live.graph, live.iri)


def test_sparqlwrapper_is_told_of_a_mistake(live: Live) -> None:
    client = SPARQLWrapper(live.endpoint, returnFormat=JSON)
    client.setQuery("SELECT * { ?s ?p }")
    with pytest.raises(Exception, match=r"bad formed|400"):
        client.query()


def test_rdflib_sparqlstore(live: Live) -> None:
    graph = Graph(store=SPARQLStore(live.endpoint), identifier=None)
    node = URIRef(live.iri)
    assert (node, namespace.RDF.type, namespace.DCAT.Dataset) in graph
    assert own(graph, live.iri) == own(live.graph, live.iri)
    assert set(graph.objects(node, namespace.DCTERMS.title)) == set(live.graph.objects(node, namespace.DCTERMS.title))
    rows = list(graph.query(TITLES))
    assert len(rows) == live.titles
    assert (node, next(live.graph.objects(node, namespace.DCTERMS.title))) in {(row[0], row[1]) for row in rows}
    parts = graph.query(PREFIXES + "SELECT ?o ?t { ?d dcat:distribution ?o . ?o a ?t }", initBindings={"d": node})
    assert {row[0] for row in parts} == set(live.graph.objects(node, namespace.DCAT.distribution))


def test_requests_follows_to_what_it_accepts(live: Live) -> None:
    answer = requests.get(live.url + live.path, headers={"Accept": "text/turtle"}, timeout=300)
    assert [one.status_code for one in answer.history] == [303]
    assert answer.headers["Content-Type"].startswith("text/turtle")
    assert isomorphic(Graph().parse(data=answer.content, format="turtle"), live.graph)


def test_oxrdflib_loads_the_dump_and_answers_like_the_endpoint(live: Live) -> None:
    said = requests.get(live.url + "/dump.nq.gz", timeout=300)
    data = Dataset(store=OxigraphStore(), default_union=True)
    data.parse(data=gzip.decompress(said.content), format="ox-nq")
    rows = list(data.query(TITLES))
    assert len(rows) == live.titles
    assert URIRef(live.iri) in {row[0] for row in rows}


def curl(*arguments: str) -> str:
    """Return what curl writes."""
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@needs_curl
def test_curl_is_sent_on_and_gets_turtle(live: Live) -> None:
    told = curl("-o", os.devnull, "-w", "%{http_code} %{redirect_url}", "-H", "Accept: text/turtle", live.url + live.path)
    assert told == f"303 {live.url}{live.path.replace('/id/', '/', 1)}"
    turtle, _, told = curl("-L", "-H", "Accept: text/turtle", "-w", "\n%{http_code} %{content_type}",
                           live.url + live.path).rpartition("\n")
    assert told.startswith("200 text/turtle")
    assert isomorphic(Graph().parse(data=turtle, format="turtle"), live.graph)


@needs_curl
@pytest.mark.parametrize(("accept", "format_"), [
    ("application/rdf+xml", "xml"), ("application/ld+json", "json-ld"), ("application/n-triples", "nt")])
def test_curl_gets_the_same_in_every_format(live: Live, accept: str, format_: str) -> None:
    text = curl("-L", "-H", f"Accept: {accept}", live.url + live.path)
    assert isomorphic(Graph().parse(data=text, format=format_), live.graph)


@needs_curl
def test_curl_posts_a_query_from_a_file(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "titles.rq"
    file.write_text(TITLES, encoding="utf-8")
    kind = "Content-Type: application/sparql-query"
    table = curl("-H", "Accept: text/csv", "-H", kind, "--data-binary", f"@{file}", live.endpoint).splitlines()
    assert table[0] == "dataset,title"
    assert len(table) == 1 + live.titles
    answer = json.loads(curl("-H", f"Accept: {JSON_RESULTS}", "--data-urlencode", f"query={TITLES}", live.endpoint))
    assert len(answer["results"]["bindings"]) == live.titles
