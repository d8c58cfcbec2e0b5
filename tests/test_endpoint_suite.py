"""The W3C SPARQL 1.1 query and results suites, asked over HTTP of a real server, over stores of the tests' data."""

from __future__ import annotations

import csv
import http.client
import io
import json
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from flask import Flask
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from werkzeug.serving import make_server

from odlinked.settings import ServeSettings
from odlinked.web.sparql import endpoint

SUITE = Path(__file__).parents[2] / "shared" / "suites" / "rdf-tests"
HOME = "https://w3c.github.io/rdf-tests/"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = "http://www.w3.org/2001/XMLSchema#"
FORMATS = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML}
TABLES = {".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON, ".tsv": ox.QueryResultsFormat.TSV}
SAMPLE = ("csv-tsv-res", "json-res", "exists", "construct", "bind")

EXPECTED_FAILURES = {
    "aggregates/agg-groupconcat-04": "the engine's GROUP_CONCAT drops the language tag all members share",
    "aggregates/agg-groupconcat-06": "the engine's GROUP_CONCAT drops the language tag of a single member",
    "aggregates/agg-empty-group-count-graph": "the engine aggregates over all graphs inside GRAPH ?g, not over each",
    "bindings/graph": "the engine joins VALUES ?g inside GRAPH ?g after matching, losing a row",
    "functions/bnode01": "the engine's BNODE(str) gives the same node in different solutions",
    "negation/graph-minus": "the engine counts the graph name as a shared variable of MINUS",
    "property-path/zero_or_more_set_start": "the engine gives no zero-length path for a constant that is not in the store",
    "property-path/zero_or_more_set_end": "the engine gives no zero-length path for a constant that is not in the store",
    "property-path/zero_or_one_set_start": "the engine gives no zero-length path for a constant that is not in the store",
    "property-path/zero_or_one_set_end": "the engine gives no zero-length path for a constant that is not in the store",
}
"""Test (folder/name) -> why the engine answers otherwise."""

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suite is not beside the checkout")]


@dataclass(frozen=True)
class Case:
    """One entry of a manifest."""

    name: str
    kinds: frozenset[str]
    query: str
    data: tuple[str, ...]
    graphs: tuple[str, ...]
    result: str


def file_of(iri: str) -> Path:
    return SUITE / urllib.parse.unquote(iri[len(HOME):])


def cases(manifest: Path) -> Iterator[Case]:
    """Yield the entries of a manifest and of those it includes."""
    graph = rdflib.Graph()
    graph.parse(manifest, format="turtle", publicID=HOME + manifest.relative_to(SUITE).as_posix())
    for included in graph.objects(None, MF.include):
        for one in Collection(graph, included):
            yield from cases(file_of(str(one)))
    for entries in graph.objects(None, MF.entries):
        for entry in Collection(graph, entries):
            action = graph.value(entry, MF.action)
            query = graph.value(action, QT["query"]) or action
            local = str(entry).replace("#", "/").rpartition("/")[2]
            yield Case(
                f"{manifest.parent.name}/{local}",
                frozenset(str(kind).partition("#")[2] for kind in graph.objects(entry, rdflib.RDF.type)), str(query),
                tuple(map(str, graph.objects(action, QT.data))), tuple(map(str, graph.objects(action, QT.graphData))),
                str(graph.value(entry, MF.result) or ""),
            )


class Mounted:
    """A server on loopback whose endpoint stands over a store that changes from test to test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0
        self.view = endpoint.StoreView(folder, "nothing")
        self.views: dict[tuple[tuple[str, ...], tuple[str, ...]], endpoint.StoreView] = {}
        app = Flask("suite")
        self.service = endpoint.mount(app, lambda: self.view, ServeSettings(query_seconds=10, query_memory_mb=512))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def load(self, case: Case) -> None:
        """Make a store of the case's data, with the spellings a release would hand over; cases of the same data have the same."""
        if (known := self.views.get((case.data, case.graphs))) is not None:
            self.view = known
            return
        self.number += 1
        path = self.folder / str(self.number)
        store = ox.Store(str(path))
        written: dict[str, set[str]] = {}
        for name, graph in [*((name, None) for name in case.data), *((name, name) for name in case.graphs)]:
            if graph:
                store.add_graph(ox.NamedNode(graph))
            for quad in ox.parse(path=str(file_of(name)), format=FORMATS[file_of(name).suffix], base_iri=name,
                                 rename_blank_nodes=True):
                store.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(graph) if graph else quad.graph_name))
                if isinstance(quad.object, ox.Literal) and not quad.object.language:
                    written.setdefault(folded(quad.object), set()).add(str(quad.object))
        store.flush()
        del store
        unique = {term: next(iter(spelled)) for term, spelled in written.items() if len(spelled) == 1}
        self.view = self.views[case.data, case.graphs] = endpoint.StoreView(path, str(self.number), lambda: unique)

    def ask(self, query: str, accept: str) -> tuple[int, str, bytes]:
        """POST a query; return status, media type and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=300)
        connection.request("POST", "/sparql", query.encode(), {"Content-Type": "application/sparql-query", "Accept": accept})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, response.getheader("Content-Type", ""), body

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.service.close()


def folded(literal: ox.Literal) -> str:
    """Return a literal as the engine's store holds it."""
    store = ox.Store()
    node = ox.NamedNode("urn:x")
    store.add(ox.Quad(node, node, literal))
    return str(next(iter(store)).object)


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mounted]:
    one = Mounted(tmp_path_factory.mktemp("stores"))
    yield one
    one.close()


# --- comparing -----------------------------------------------------------------------------------------------------


def term(one: Any) -> Any:
    """Return a term of the engine as a comparable value: numbers by value, tags without case."""
    if one is None:
        return None
    if isinstance(one, ox.NamedNode):
        return ("uri", one.value)
    if isinstance(one, ox.BlankNode):
        return ("bnode", one.value)
    value, datatype = one.value, one.datatype.value
    try:
        if datatype in {XSD + name for name in ("integer", "decimal", "int", "long", "short", "byte", "nonNegativeInteger")}:
            value = str(Decimal(value).normalize() + 0)
        elif datatype in (XSD + "double", XSD + "float"):
            value = repr(float(value))
    except (InvalidOperation, ValueError):
        pass
    if datatype == XSD + "boolean":
        value = {"1": "true", "0": "false"}.get(value, value)
    return ("literal", value, datatype, (one.language or "").lower())


def as_graph(triples: Any) -> rdflib.Graph:
    """Return comparable triples as a graph, literals frozen into strings so that nothing is folded again."""
    graph = rdflib.Graph()
    for triple in triples:
        graph.add(tuple(_node(part) for part in triple))  # type: ignore[arg-type]
    return graph


def _node(one: Any) -> Any:
    if one[0] == "uri":
        return rdflib.URIRef(one[1])
    return rdflib.BNode(one[1]) if one[0] == "bnode" else rdflib.Literal("|".join(one[1:]))


def same_rows(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    """Say whether two lists of solutions are the same bag, blank nodes by isomorphism."""
    if len(one) != len(other):
        return False
    if not any(value[0] == "bnode" for row in one for value in row.values()):
        return sorted(map(_flat, one)) == sorted(map(_flat, other))
    return isomorphic(_rows_graph(one), _rows_graph(other))


def _flat(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))


def _rows_graph(rows: list[dict[str, Any]]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for row in rows:
        node = rdflib.BNode()
        graph.add((node, rdflib.RDF.type, RS.ResultSet))
        for name, value in row.items():
            graph.add((node, rdflib.URIRef("urn:v:" + name), _node(value)))
    return graph


def rows_of(solutions: Any) -> list[dict[str, Any]]:
    names = [variable.value for variable in solutions.variables]
    return [{name: term(row[name]) for name in names if row[name] is not None} for row in solutions]


def parsed(path: Path, iri: str) -> list[Any]:
    return [(term(t.subject), term(t.predicate), term(t.object)) for t in
            ox.parse(path=str(path), format=FORMATS[path.suffix], base_iri=iri, rename_blank_nodes=True)]


def result_set(triples: list[Any]) -> Any:
    """Return the solutions or the boolean of a result set written as RDF, or None if it is a graph."""
    by: dict[Any, dict[str, list[Any]]] = {}
    for s, p, o in triples:
        by.setdefault(s, {}).setdefault(p[1].partition("result-set#")[2], []).append(o)
    for facts in by.values():
        if "boolean" in facts:
            return facts["boolean"][0][1] == "true"
    if not any("resultVariable" in facts for facts in by.values()):
        return None
    bindings = {s: (facts["variable"][0][1], facts["value"][0]) for s, facts in by.items() if "variable" in facts}
    return [dict(bindings[one] for one in facts["binding"]) for facts in by.values() if "binding" in facts]


def run(mounted: Mounted, case: Case) -> str:
    """Run one case; return "" or what is wrong."""
    text = file_of(case.query).read_text("utf-8")
    if any("Syntax" in kind for kind in case.kinds):
        status, _, body = mounted.ask(f"BASE <{case.query}>\n{text}", "*/*")
        if any("Negative" in kind for kind in case.kinds):
            return "" if status == 400 else f"accepted bad syntax: {status}"
        return "" if status != 400 else f"{status} {body[:200]!r}"  # 422: good syntax, an unknown function
    mounted.load(case)
    path = file_of(case.result)
    query = f"BASE <{case.query}>\n{text}"
    if path.suffix == ".csv":
        status, _, body = mounted.ask(query, "text/csv")
        return "" if status == 200 and _csv_rows(body.decode()) == _csv_rows(path.read_text("utf-8")) else f"{status} {body!r}"
    accept = {".tsv": "text/tab-separated-values", ".srx": "application/sparql-results+xml"}.get(path.suffix)
    status, media_type, body = mounted.ask(query, accept or "application/sparql-results+json, text/turtle")
    if status != 200:
        return f"{status} {body[:200]!r}"
    if path.suffix in TABLES:
        wanted = ox.parse_query_results(path=str(path), format=TABLES[path.suffix])
        expected: Any = bool(wanted) if isinstance(wanted, ox.QueryBoolean) else rows_of(wanted)
    else:
        triples = parsed(path, case.result)
        expected = result_set(triples)
        if expected is None:
            got = [(term(t.subject), term(t.predicate), term(t.object)) for t in ox.parse(body, format=ox.RdfFormat.TURTLE)]
            return "" if isomorphic(as_graph(got), as_graph(triples)) else "graph differs"
    form = next(form for form in TABLES.values() if form.media_type.partition(";")[0] == media_type.partition(";")[0])
    answer = ox.parse_query_results(body, format=form)
    if isinstance(answer, ox.QueryBoolean):
        return "" if bool(answer) == expected else "boolean differs"
    rows = rows_of(answer)
    return "" if same_rows(rows, expected) else f"rows differ: {rows} {expected}"


def _csv_rows(text: str) -> list[list[str]]:
    """Return the lines of a CSV as sorted rows, columns in the order of their names, blank nodes without label."""
    head, *rows = csv.reader(io.StringIO(text))
    order = sorted(range(len(head)), key=lambda place: head[place])
    return sorted([["_:" if row[i].startswith("_:") else row[i] for i in order] for row in [head, *rows] if row])


def unexpected(mounted: Mounted, found: list[Case]) -> dict[str, str]:
    """Return what did not go as expected: failures that are not known, and known ones that pass now."""
    wrong = {}
    for case in found:
        problem = run(mounted, case)
        if bool(problem) != (case.name in EXPECTED_FAILURES):
            wrong[case.name] = problem or "passes now: take it off the list"
    return wrong


@pytest.mark.parametrize("folder", SAMPLE)
def test_a_sample_of_the_suite(mounted: Mounted, folder: str) -> None:
    found = list(cases(SUITE / "sparql" / "sparql11" / folder / "manifest.ttl"))
    assert len(found) >= 4
    assert unexpected(mounted, found) == {}


@pytest.mark.slow
def test_the_whole_suite(mounted: Mounted) -> None:
    """All but the folders of the sample."""
    found = [case for name in ("query", "results")
             for case in cases(SUITE / "sparql" / "sparql11" / f"manifest-sparql11-{name}.ttl")]
    assert len(found) > 330
    found = [case for case in found if case.name.partition("/")[0] not in SAMPLE]
    assert len(found) > 280
    assert json.dumps(unexpected(mounted, found), indent=1) == "{}"
