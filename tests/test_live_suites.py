"""The W3C suites of the SPARQL 1.1 Graph Store Protocol (what of it reads), Protocol and Service Description, over HTTP, of the
server as it is run.

This store is for reading: a request of the suite that writes is sent and must be refused by name, and what it would have left is
then put into the catalogue by a release, as everything comes into it. The requests that read are judged as they are.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import shutil
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from builders.catalogs import BASE, publish, served
from builders.national_list import row, write
from builders.servers import Running
from rdflib.compare import isomorphic

from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.documents import Document
from odlinked.publishing.index_entries import show

SUITE = Path(__file__).parents[2] / "shared" / "suites" / "http"
pytestmark = [pytest.mark.slow, pytest.mark.shared,
              pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suite is not beside the checkout")]

STORE = "http://www.example/gsp"
NOW = "2026-11-29T12:00:00+08:00"
NOT_OURS: dict[str, str] = {
    "post_get_new_graph": "a graph gets its name from the server that stores it: reading has no part in it",
}
"""Test -> why it is not for a store that is only read."""

EXPECTED_FAILURES: dict[str, str] = {}
"""Test -> why we answer otherwise."""


def cases(name: str) -> list[dict[str, Any]]:
    file = SUITE / f"{name}.json"
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8")) if file.is_file() else []
    return found


@dataclass
class Planted:
    """A served catalogue whose documents a test replaces, by one release after the other."""

    workspace: Workspace
    url: str
    graphs: dict[str, rdflib.Graph] = field(default_factory=dict)

    def write(self, method: str, name: str, bodies: list[str]) -> None:
        """Do to the graphs what a request of the suite would have done."""
        graph = self.graphs.get(name) if method == "POST" else None
        graph = graph if graph is not None else rdflib.Graph()
        for body in bodies:
            graph.parse(data=body, format="turtle", publicID=name)
        if method == "DELETE":
            self.graphs.pop(name, None)
        else:
            self.graphs[name] = graph

    def release(self, store: Path | None = None) -> None:
        """Make the graphs the documents of a new release, and serve it, with another store where one is given."""
        before = self.workspace.releases / str(self.workspace.current())
        folder = self.workspace.releases / self.workspace.next_name()
        shutil.copytree(before, folder)
        if store:
            shutil.rmtree(folder / "store")
            shutil.copytree(store, folder / "store")
        archive, key = Archive(self.workspace.documents, write=True), f"{int(folder.name):064d}"
        with Index(folder / "catalog.sqlite") as index:
            for number, _ in index.entries().values():
                index.remove(number)
            whole = b""
            for name, graph in self.graphs.items():
                document = Document.of(name, graph.serialize(format="nt", encoding="utf-8").split(b"\n")[:-1])
                archive.put(document)
                shown = show(str(archive.path), [(name, document.hash, None)])[0][0]
                # A person of the suite is read as a dataset is: our addresses have the kind of a record in them.
                shown = shown._replace(summary=shown.summary._replace(kind="dataset"))
                index.insert(Entry(name, "", document.hash, "live", NOW), shown, "", NOW)
                whole += document.text
            part = self.workspace.dump / f"{key}.gz"
            part.write_bytes(gzip.compress(whole, mtime=0))
            index.replace_parts([(0, key, part.stat().st_size)])
        archive.close()
        manifest = json.loads((before / "manifest.json").read_text("utf-8")) | {"name": folder.name, "content": key}
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        self.workspace.switch(folder.name)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("gsp")
    workspace = Workspace(folder / "var")
    publish(workspace, write(folder / "list.csv", row(1)))
    assert served(workspace).base == BASE
    running = Running(workspace.root)
    yield Planted(workspace, running.url)
    running.kill()


def send(url: str, method: str, headers: list[list[str]], body: bytes | None) -> tuple[int, dict[str, str], bytes]:
    """Send a request and follow redirections."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=300)
    path = urllib.parse.quote(parts.path + (f"?{parts.query}" if parts.query else ""), safe="/?=&%:")
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    found = {name.lower(): value for name, value in answer.getheaders()}
    if answer.status in (302, 303):
        return send(urllib.parse.urljoin(url, found["location"]), method, headers, body)
    return answer.status, found, content


def graph_of(path: str) -> str:
    """Return the name of the graph that a request of the suite is about, "" for the default graph."""
    named = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("graph", [""])[0]
    return named or ("" if "?default" in path else STORE + path.removeprefix("/gsp"))


def bodies_of(request: dict[str, Any]) -> list[str]:
    """Return the Turtle that a request sends: one text, or several in parts."""
    text = (request["body"] or {}).get("text") or ""
    if "multipart" not in str(request["headers"]):
        return [text]
    return [part.replace("\r\n", "\n").split("\n\n", 1)[1] for part in text.split("--a6fe4cd636164618814be9f8d3d1a0de")
            if "Content-Type" in part]


def run(catalogue: Planted, test: dict[str, Any], *, direct: bool) -> str:
    """Run a test; return "" or what is wrong."""
    catalogue.graphs.clear()
    for number, request in enumerate(test["requests"], 1):
        path, method, expected = request["path"], request["method"], request["expect"]
        name = graph_of(path)
        # Read by its own address, a graph is a record of ours: its name is below the catalogue's base.
        local = name.removeprefix(STORE).strip("/").replace("/", "-").removesuffix(".ttl")
        own = f"{BASE}/id/dataset/{local}" if direct else name
        where = own.replace(BASE, catalogue.url) if direct else f"{catalogue.url}/graph-store{path.removeprefix('/gsp')}"
        text = ((request["body"] or {}).get("text") or "").encode()
        if method not in ("GET", "HEAD"):
            status, headers, _ = send(where, method, request["headers"], text)
            if status != 405 or "GET" not in headers.get("allow", ""):
                return f"request {number}: {method} is answered {status} {headers.get('allow')}, not refused by name"
            catalogue.write(method, own, bodies_of(request))
            catalogue.release()
            continue
        if number == 1:
            catalogue.release()
        status, headers, body = send(where, method, request["headers"], None)
        wanted = {"OK": 200, "NotFound": 404}
        if status not in [wanted.get(word) for word in expected["status"]]:
            return f"request {number}: {method} {status}, not {expected['status']}: {body[:80]!r}"
        if method == "HEAD" and body:
            return f"request {number}: HEAD with a body"
        for header, value in expected["headers"]:
            if headers.get(header.lower()) != value:
                return f"request {number}: {header} is {headers.get(header.lower())}, not {value}"
        if expected["body"]:
            got = rdflib.Graph().parse(data=body, format="turtle", publicID=name)
            if not isomorphic(got, rdflib.Graph().parse(data=expected["body"]["text"], format="turtle", publicID=name)):
                return f"request {number}: the graph differs"
    return ""


@pytest.mark.parametrize("kind", ["gsp-indirect", "gsp-direct"])
def test_what_reads_of_the_suite(catalogue: Planted, kind: str) -> None:
    found = {test["id"]: run(catalogue, test, direct=kind == "gsp-direct") for test in cases(kind) if test["id"] not in NOT_OURS}
    assert len(found) == {"gsp-indirect": 8, "gsp-direct": 4}[kind]
    assert {name: why for name, why in found.items() if why} == EXPECTED_FAILURES


UPDATES = {
    "update_dataset_default_graph", "update_dataset_default_graphs", "update_dataset_named_graphs", "update_dataset_full",
    "update_post_form", "update_post_direct", "update_base_uri",
}
"""Tests of the protocol that change data: this service refuses updates by name, as the protocol lets it (section 2.2)."""


def body_of(request: dict[str, Any]) -> bytes | None:
    body = request["body"]
    if body is None:
        return None
    return base64.b64decode(body["base64"]) if body["text"] is None else bytes(body["text"].encode(body["encoding"]))


def judged(url: str, test: dict[str, Any]) -> str:
    """Run a test of the protocol; return "", "refused" for an update that is, or what is wrong."""
    for request in test["requests"]:
        expected, body = request["expect"], body_of(request)
        status, headers, content = send(url + "/sparql" + request["path"].removeprefix("/sparql/"), request["method"],
                                        request["headers"], body)
        if test["id"] in UPDATES and ("update" in str(request["headers"]) or (body or b"").startswith(b"update=")):
            return "refused" if status == 403 else f"an update is answered {status}"
        if not any(status // 100 == int(word[10]) for word in expected["status"]):
            return f"{request['method']} {status}, not {expected['status']}: {content[:80]!r}"
        kind = headers.get("content-type", "").partition(";")[0]
        if expected["format"] in ("boolean", "tabular") and "sparql-results" not in kind and not kind.startswith("text/"):
            return f"a table is {kind}"
        if expected["format"] == "RDF" and kind not in ("text/turtle", "application/ld+json", "application/rdf+xml",
                                                        "application/n-triples"):
            return f"a graph is {kind}"
        if expected["boolean"] is not None and json.loads(content)["boolean"] is not expected["boolean"]:
            return f"{content!r}, not {expected['boolean']}"
    return ""


def test_the_protocol_suite(catalogue: Planted, tmp_path: Path) -> None:
    store = ox.Store(str(tmp_path / "store"))
    for test in cases("protocol"):
        for one in test["data"]:
            file = SUITE.parent / "rdf-tests" / "sparql" / "sparql11" / "protocol" / one["file"]
            store.load(file.read_bytes(), ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(one["graph"]))
    store.flush()
    del store
    catalogue.release(tmp_path / "store")
    found = {test["id"]: judged(catalogue.url, test) for test in cases("protocol")}
    assert len(found) == 34
    assert {name for name, why in found.items() if why == "refused"} == UPDATES
    assert {name: why for name, why in found.items() if why not in ("", "refused")} == {}


def test_the_service_description_suite(catalogue: Planted) -> None:
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert {test["id"] for test in cases("service-description")} == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}
    status, headers, body = send(catalogue.url + "/sparql", "GET", [], None)
    assert (status, headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    graph = rdflib.Graph().parse(data=body, format="turtle")
    (service, endpoint), = graph.subject_objects(sd.endpoint)
    assert str(endpoint) == catalogue.url + "/sparql"
    assert (service, rdflib.RDF.type, sd.Service) in graph
    ranges = {sd.defaultDataset: sd.Dataset, sd.defaultGraph: sd.Graph}
    assert all((node, rdflib.RDF.type, kind) in graph for name, kind in ranges.items() for node in graph.objects(None, name))
    assert set(graph.objects(service, sd.supportedLanguage)) == {sd.SPARQL11Query}
