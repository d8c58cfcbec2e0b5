"""The SPARQL 1.1 Protocol: requests, formats, faults, caching, CORS, the service description."""

from __future__ import annotations

import base64
import http.client
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pyoxigraph as ox
import pytest
import rdflib
from builders.endpoints import Mounted, ask, make_store, problem
from flask import Flask, Response, request
from flask.testing import FlaskClient
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper
from werkzeug.serving import make_server

from odlinked.cage.failures import Busy, Malformed
from odlinked.cage.turns import Turns
from odlinked.web.http.cache import Cache
from odlinked.web.sparql import endpoint, protocol, results
from odlinked.web.sparql.endpoint import QueryPage, StoreView
from odlinked.web.sparql.protocol import QueryRequest
from odlinked.web.sparql.streams import Streams

SUITES = Path(__file__).parents[2] / "shared" / "suites"
SIZES = "SELECT ?s { ?s <http://example.org/size> ?n } ORDER BY ?n"
TABLE_TYPES = [form.media_type for form in results.TABLES]
GRAPH_TYPES = [form.media_type for form in results.GRAPHS]


@pytest.fixture
def client(mounted: Mounted) -> FlaskClient:
    return mounted.client


# --- three ways to ask ---------------------------------------------------------------------------------------------


def test_get_and_both_posts_answer_alike(client: FlaskClient) -> None:
    form = client.post("/sparql", data={"query": SIZES})
    direct = client.post("/sparql", data=SIZES, content_type="application/sparql-query; charset=utf-8")
    got = ask(client, SIZES)
    assert got.status_code == form.status_code == direct.status_code == 200
    assert got.data == form.data == direct.data
    assert [row["s"]["value"] for row in got.json["results"]["bindings"]] == ["http://example.org/b", "http://example.org/a"]


def test_chinese_queries_come_through(client: FlaskClient) -> None:
    text = 'ASK { ?s ?p "空氣品質"@zh-Hant }'
    assert ask(client, text).json["boolean"] is True
    assert client.post("/sparql", data={"query": text}).json["boolean"] is True
    assert client.post("/sparql", data=text.encode(), content_type="application/sparql-query").json["boolean"] is True


@pytest.mark.parametrize("accept", [*TABLE_TYPES, *GRAPH_TYPES])
def test_every_format(client: FlaskClient, accept: str) -> None:
    query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }" if accept in GRAPH_TYPES else "SELECT ?s ?p ?o { ?s ?p ?o }"
    response = ask(client, query, accept)
    assert response.status_code == 200
    assert response.content_type.partition(";")[0] == accept
    assert "Accept" in response.headers["Vary"]
    text = response.get_data(as_text=True)
    for lexical in ("0042", "P12M", "空氣品質"):
        assert lexical in text
    if accept != "text/csv":
        assert "zh-Hant" in text
        assert "nonNegativeInteger" in text
    if accept in GRAPH_TYPES:
        graph = rdflib.Graph()
        graph.parse(data=response.data, format=accept)
        assert len(graph) == 5


def columns(response: Any) -> list[str]:
    """Return the names of the columns of an answer in any of the formats of tables."""
    text = response.get_data(as_text=True)
    match response.content_type.partition(";")[0]:
        case "text/csv":
            return text.split("\r\n", 1)[0].split(",")
        case "text/tab-separated-values":
            return [name[1:] for name in text.split("\n", 1)[0].split("\t")]
        case "application/sparql-results+json":
            return list(json.loads(text)["head"]["vars"])
    return re.findall(r'<variable name="(\w+)"', text)


@pytest.mark.parametrize(("query", "wanted"), [
    ("SELECT * { ?z ?a ?m }", "z a m"), ("SELECT DISTINCT * { ?z ?a ?m BIND(1 AS ?b) }", "z a m b"),
    ("SELECT * { { SELECT ?q ?a { ?q ?a ?c } } OPTIONAL { ?c ?b ?a } }", "q a c b"), ("SELECT ?m ?a { ?z ?a ?m }", "m a"),
    ("SELECT (COUNT(*) AS ?z) ?a { ?a ?b ?c } GROUP BY ?a", "z a"),
    ("PREFIX b: <a:b> SELECT * { $z b:x '?y' . ?z ?a <x:?x> }", "z a"),
])
def test_columns_come_in_the_order_of_the_query(client: FlaskClient, query: str, wanted: str) -> None:
    for accept in TABLE_TYPES:
        assert columns(ask(client, query, accept)) == wanted.split()


def test_the_values_stand_under_their_columns(client: FlaskClient) -> None:
    for row in ask(client, "SELECT * { ?s ?p ?o }").json["results"]["bindings"]:
        assert (row["s"]["type"], row["p"]["type"]) == ("uri", "uri")
    assert ask(client, "SELECT * { ?z ?a 0042 }", "text/csv").data == ask(client, "SELECT ?z ?a { ?z ?a 0042 }", "text/csv").data


def test_usual_prefixes_need_no_declaration(client: FlaskClient) -> None:
    usual = "ASK { BIND(dcat:Dataset AS ?x) FILTER(?x = <http://www.w3.org/ns/dcat#Dataset>) }"
    assert ask(client, usual).json["boolean"] is True
    own = "PREFIX dcat: <http://example.org/own#> ASK { BIND(dcat:Dataset AS ?x) FILTER(?x = <http://example.org/own#Dataset>) }"
    assert ask(client, own).json["boolean"] is True
    graph = ask(client, "CONSTRUCT { ?s dcat:byteSize ?o } { ?s ?p ?o }", "text/turtle").get_data(as_text=True)
    assert "dcat:byteSize" in graph
    assert rdflib.Graph().parse(data=graph, format="turtle")
    unknown = problem(ask(client, "ASK { ?s nosuch:thing ?o }"), 400, "malformed")
    assert "nosuch" in unknown["detail"]


@pytest.mark.parametrize("accept", TABLE_TYPES)
def test_ask_in_every_format(client: FlaskClient, accept: str) -> None:
    response = ask(client, "ASK {}", accept)
    assert response.content_type.partition(";")[0] == accept
    assert b"true" in response.data


@pytest.mark.parametrize(("accept", "query", "wanted"), [
    ("", "ASK {}", "application/sparql-results+json"),
    ("*/*", "DESCRIBE <http://example.org/a>", "text/turtle"),
    ("text/csv;q=0.5, text/tab-separated-values;q=0.6, image/png", SIZES, "text/tab-separated-values"),
    ("application/json", SIZES, "application/sparql-results+json"),
    ("application/xml", SIZES, "application/sparql-results+xml"),
    ("application/rdf+xml;q=0.9, application/n-triples;q=0.91", "CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples"),
    ("text/*;q=0.3, application/sparql-results+xml;q=0.2", SIZES, "text/csv"),
    ("application/sparql-results+json;q=0, */*", SIZES, "application/sparql-results+xml"),
])
def test_the_best_format_is_chosen(client: FlaskClient, accept: str, query: str, wanted: str) -> None:
    assert ask(client, query, accept).content_type.partition(";")[0] == wanted


@pytest.mark.parametrize(("name", "query", "wanted"), [
    ("csv", SIZES, "text/csv"), ("xml", SIZES, "application/sparql-results+xml"), ("text/csv", SIZES, "text/csv"),
    ("application/sparql-results+json", SIZES, "application/sparql-results+json"),
    ("turtle", "CONSTRUCT WHERE { ?s ?p ?o }", "text/turtle"), ("rdf", "CONSTRUCT WHERE { ?s ?p ?o }", "application/rdf+xml"),
    ("json-ld", "CONSTRUCT WHERE { ?s ?p ?o }", "application/ld+json"),
])
def test_a_format_can_be_named(client: FlaskClient, name: str, query: str, wanted: str) -> None:
    for parameter in ("format", "output"):
        assert ask(client, query, "image/png", **{parameter: name}).content_type.partition(";")[0] == wanted


# --- dataset -------------------------------------------------------------------------------------------------------


def test_a_dataset_names_graphs_of_the_store_only(client: FlaskClient) -> None:
    inside = "ASK { <http://example.org/g> ?p ?o }"
    graph = "http://example.org/graph"
    assert ask(client, inside).json["boolean"] is False
    assert ask(client, inside, **{"default-graph-uri": graph}).json["boolean"] is True
    assert ask(client, f"ASK FROM <{graph}> {{ <http://example.org/g> ?p ?o }}").json["boolean"] is True
    assert ask(client, "ASK { GRAPH ?g { ?s ?p ?o } }").json["boolean"] is True
    assert ask(client, "ASK { GRAPH ?g { ?s ?p ?o } }", **{"default-graph-uri": graph}).json["boolean"] is False
    assert ask(client, "ASK { ?s ?p ?o }", **{"named-graph-uri": graph}).json["boolean"] is False
    elsewhere = {"default-graph-uri": "http://127.0.0.1:1/"}
    assert ask(client, f"ASK FROM <{graph}> {{ ?s ?p ?o }}", **elsewhere).json["boolean"] is False


def test_a_dataset_is_never_fetched(client: FlaskClient) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/data.ttl"
        assert ask(client, "ASK { ?s ?p ?o }", **{"default-graph-uri": address}).json["boolean"] is False
        assert ask(client, f"ASK FROM <{address}> FROM NAMED <{address}> {{ ?s ?p ?o }}").json["boolean"] is False
        assert ask(client, f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}").status_code == 403
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_graph_name_must_be_an_iri(client: FlaskClient) -> None:
    assert problem(ask(client, "ASK {}", **{"default-graph-uri": "not an iri"}), 400, "malformed")
    many = {"default-graph-uri": [f"http://example.org/{n}" for n in range(65)]}
    assert problem(ask(client, "ASK {}", **many), 400, "malformed")


def test_relative_iris_follow_the_catalogue(client: FlaskClient) -> None:
    answer = ask(client, "SELECT (<x> AS ?x) {}").json["results"]["bindings"]
    assert answer[0]["x"]["value"] == "http://localhost:8000/x"


# --- faults --------------------------------------------------------------------------------------------------------


def test_faults_of_the_request(client: FlaskClient) -> None:
    assert "error at 1:" in problem(ask(client, "SELECT * { "), 400, "malformed")["detail"]
    problem(client.get("/sparql", query_string="query=ASK%7B%7D&query=ASK%7B%7D"), 400, "malformed")
    problem(client.get("/sparql", query_string="query=%FF"), 400, "malformed")
    problem(client.post("/sparql", data=b"\xff", content_type="application/sparql-query"), 400, "malformed")
    problem(client.post("/sparql", data={"nothing": "1"}), 400, "malformed")
    problem(client.post("/sparql?query=ASK%7B%7D", data="ASK {}", content_type="application/sparql-query"), 400, "malformed")
    problem(ask(client, "ASK {}", "image/png"), 406, "not-acceptable")
    problem(ask(client, "ASK {}", format="ttl"), 406, "not-acceptable")
    problem(client.post("/sparql", data="ASK {}", content_type="text/plain"), 415, "media-type")
    problem(client.post("/sparql", data=b"ASK {}"), 415, "media-type")
    utf16 = "ASK {}".encode("utf-16")
    problem(client.post("/sparql", data=utf16, content_type="application/sparql-query; charset=UTF-16"), 415, "media-type")
    for text in ("ASK {} #" + "x" * 300_000, "x" * 3_000_000):
        problem(client.post("/sparql", data=text, content_type="application/sparql-query"), 413, "query-too-long")


def test_updates_are_refused(client: FlaskClient) -> None:
    update = "INSERT DATA { <a:a> <a:b> <a:c> }"
    problem(ask(client, update), 403, "refused")
    problem(client.post("/sparql", data=update, content_type="application/sparql-update"), 403, "refused")
    problem(client.post("/sparql", data={"update": update}), 403, "refused")
    problem(client.get("/sparql", query_string={"update": update}), 403, "refused")
    assert ask(client, "ASK { <a:a> <a:b> <a:c> }").json["boolean"] is False


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_no_operation(client: FlaskClient, method: str) -> None:
    response = client.open("/sparql", method=method)
    problem(response, 405, "method")
    assert response.headers["Allow"] == endpoint.METHODS


def test_limits_are_told(client: FlaskClient) -> None:
    deep = "ASK " + "{" * 4_096 + "}" * 4_096
    problem(ask(client, deep), 400, "too-complex")
    values = " ".join(map(str, range(1_000)))
    wide = f"SELECT * {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} }}"
    problem(ask(client, wide), 422, "result-too-large")
    problem(ask(client, "ASK { FILTER(<http://example.org/f>(1)) }"), 422, "unanswerable")
    endless = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} VALUES ?c {{ {values} }} }}"
    problem(ask(client, endless), 504, "time-limit")


def test_a_full_service_says_when_to_come_back(tmp_path: Path) -> None:
    values = " ".join(map(str, range(1_000)))
    text = f"SELECT (COUNT(*) AS ?m) {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} VALUES ?c {{ {values} }} }}"
    full = Mounted(make_store(tmp_path / "store"), seconds=1)
    with ThreadPoolExecutor(5) as clients:
        responses = list(clients.map(lambda n: ask(full.client, text.replace("?m", f"?m{n}")), range(5)))
    full.service.close()
    busy = [response for response in responses if response.status_code == 503]
    assert busy, "one runs, two wait, and the others are sent away"
    problem(busy[0], 503, "busy")
    assert int(busy[0].headers["Retry-After"]) > 0
    assert {response.status_code for response in responses} == {503, 504}


def test_a_person_is_told_in_plain_text_where_there_is_no_page(client: FlaskClient) -> None:
    response = ask(client, "SELECT", "text/html,application/xhtml+xml,*/*;q=0.8")
    assert response.status_code == 400
    assert response.content_type == "text/plain; charset=utf-8"


# --- headers, caching ----------------------------------------------------------------------------------------------


def test_head_and_options(client: FlaskClient) -> None:
    head = client.head("/sparql", query_string={"query": SIZES})
    assert head.status_code == 200
    assert head.data == b""
    assert head.content_type == "application/sparql-results+json"
    options = client.options("/sparql", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"})
    assert options.status_code == 204
    assert options.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in options.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in options.headers["Access-Control-Allow-Headers"]


def test_an_answer_is_kept_while_its_content_stands(tmp_path: Path) -> None:
    mounted = Mounted(make_store(tmp_path / "one"))
    client = mounted.client
    first = ask(client, SIZES)
    tag = first.headers["ETag"]
    assert ask(client, SIZES).headers["ETag"] == tag
    mounted.service.close()
    Path(mounted.view.path).rename(tmp_path / "away")  # nothing can be asked: what is answered now was kept
    assert ask(client, SIZES).data == first.data
    again = client.get("/sparql", query_string={"query": SIZES}, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    Path(tmp_path / "away").rename(mounted.view.path)
    assert ask(client, SIZES, "text/csv").headers["ETag"] != tag
    mounted.view = StoreView(make_store(tmp_path / "two", "<a:x> <http://example.org/size> 1 ."), "second")
    changed = client.get("/sparql", query_string={"query": SIZES}, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.json["results"]["bindings"][0]["s"]["value"] == "a:x"
    mounted.service.close()


def test_what_changes_by_itself_is_not_kept(client: FlaskClient) -> None:
    for text in ("SELECT (NOW() AS ?t) {}", "SELECT (RAND() AS ?t) {}", "SELECT (STRUUID() AS ?t) {}"):
        response = ask(client, text)
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers
    uuid = "SELECT (UUID() AS ?t) {}"
    assert ask(client, uuid).data != ask(client, uuid).data


def test_kept_answers_are_bounded() -> None:
    kept = Cache(1_600, len, 16)
    for number in range(100):
        kept.put(bytes([number]), b"x" * 100)
    assert kept.held <= 1_600
    assert kept.get(bytes([99])) == b"x" * 100
    assert kept.get(bytes([0])) is None
    kept.put(b"large", b"x" * 101)
    assert kept.get(b"large") is None


def test_a_large_answer_is_streamed_whole(tmp_path: Path) -> None:
    mounted = Mounted(make_store(tmp_path / "store"))
    values = " ".join(f'"{number:0100}"' for number in range(2_000))
    response = ask(mounted.client, f"SELECT * {{ VALUES ?a {{ {values} }} }}", "text/csv")
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert response.data.count(b"\r\n") == 2_001
    response.close()
    assert mounted.service.lanes.spooled == 0
    assert mounted.service.streams.held == 0
    unread = mounted.app.test_client().open("/sparql", query_string={"query": f"SELECT * {{ VALUES ?b {{ {values} }} }}"})
    unread.close()
    assert mounted.service.lanes.spooled == 0
    assert mounted.service.streams.held == 0
    mounted.service.close()


# --- the service described -----------------------------------------------------------------------------------------

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


@pytest.mark.parametrize("accept", ["", "*/*", *GRAPH_TYPES])
def test_the_service_describes_itself(client: FlaskClient, accept: str) -> None:
    response = client.get("/sparql", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200
    graph = rdflib.Graph()
    graph.parse(data=response.data, format=response.content_type.partition(";")[0])
    service = graph.value(predicate=rdflib.RDF.type, object=SD.Service)
    assert str(graph.value(service, SD.endpoint)) == "http://localhost/sparql"
    assert (service, SD.supportedLanguage, SD.SPARQL11Query) in graph
    assert len(list(graph.objects(service, SD.resultFormat))) == len(results.TABLES) + len(results.GRAPHS)
    assert (None, rdflib.RDF.type, SD.Graph) in graph
    said = " ".join(graph.objects(service, rdflib.RDFS.comment)) + " ".join(graph.objects(service, rdflib.DCTERMS.description))
    for words in ("exactly one", "BCP 47", "AS 或 VALUES", "2 s", "256 MB", "SERVICE"):
        assert words in said
    assert not any(isinstance(node, rdflib.BNode) for node in graph.all_nodes())


def test_an_unchanged_description_is_not_sent_twice(client: FlaskClient) -> None:
    tag = client.get("/sparql").headers["ETag"]
    assert client.get("/sparql", headers={"If-None-Match": tag}).status_code == 304


def test_pages_for_people(tmp_path: Path) -> None:
    shown: list[QueryPage] = []

    def page(one: QueryPage) -> Response:
        shown.append(one)
        return Response("<p>page</p>", mimetype="text/html")

    mounted = Mounted(make_store(tmp_path / "store"), page=page)
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert mounted.client.get("/sparql", headers={"Accept": browser}).mimetype == "text/html"
    assert ask(mounted.client, SIZES, browser).status_code == 200
    assert ask(mounted.client, "SELECT", browser).status_code == 400
    assert ask(mounted.client, "DESCRIBE <http://example.org/a>", browser).status_code == 200
    assert ask(mounted.client, SIZES, browser, format="csv").mimetype == "text/csv"
    assert ask(mounted.client, SIZES, "*/*").mimetype == "application/sparql-results+json"
    first, table, failure, graph = shown
    assert first.query == ""
    assert json.loads(table.body)["results"]["bindings"]
    assert failure.failure is not None
    assert failure.query == "SELECT"
    assert "空氣品質" in graph.body.decode()
    mounted.service.close()


# --- over a real connection ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(mounted: Mounted) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, mounted.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    server.server_close()


def test_sparqlwrapper_reads_it(address: str) -> None:
    wrapper = SPARQLWrapper(address)
    wrapper.setQuery(SIZES)
    wrapper.setReturnFormat(JSON)
    found: Any = wrapper.queryAndConvert()
    assert len(found["results"]["bindings"]) == 2
    wrapper.setMethod("POST")
    wrapper.setQuery("CONSTRUCT WHERE { ?s ?p ?o }")
    wrapper.setReturnFormat(TURTLE)
    graph = rdflib.Graph()
    graph.parse(data=wrapper.queryAndConvert(), format="turtle")
    assert len(graph) == 5


def test_rdflib_reads_it(address: str) -> None:
    for form in ("xml", "json", "csv", "tsv"):
        graph = rdflib.Graph(store=SPARQLStore(address, returnFormat=form))
        assert [str(row[0]) for row in graph.query(SIZES)] == ["http://example.org/b", "http://example.org/a"]  # type: ignore[index]


NOT_OURS = {
    "update_dataset_default_graph", "update_dataset_default_graphs", "update_dataset_named_graphs", "update_dataset_full",
    "update_post_form", "update_post_direct", "update_base_uri",
}
"""Tests of the protocol suite that change data: this service refuses updates by name."""


def protocol_cases() -> list[Any]:
    file = SUITES / "http" / "protocol.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else []


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("protocol") / "store"
    store = ox.Store(str(path))
    for case in protocol_cases():
        for one in case["data"]:
            file = SUITES / "rdf-tests" / "sparql" / "sparql11" / "protocol" / one["file"]
            store.load(file.read_bytes(), ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(one["graph"]))
    store.flush()
    del store
    app = Flask("protocol")
    service = endpoint.mount(app, lambda: StoreView(path, "protocol"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    service.close()


@pytest.mark.shared
@pytest.mark.skipif(not SUITES.is_dir(), reason="the W3C suite is not beside the checkout")
@pytest.mark.parametrize("case", protocol_cases(), ids=lambda case: case["id"])
def test_the_protocol_suite(suite: str, case: dict[str, Any]) -> None:
    for one in case["requests"]:
        status, media_type, body = send(suite, one)
        if case["id"] in NOT_OURS and "update" in str(one["headers"]) + str(one["body"]["text"])[:7]:
            assert status == 403
            return
        assert any(status // 100 == int(wanted[10]) for wanted in one["expect"]["status"]), body
        form = one["expect"]["format"]
        if form in ("boolean", "tabular"):
            assert media_type in TABLE_TYPES
        if form == "RDF":
            assert media_type in GRAPH_TYPES
        if one["expect"]["boolean"] is not None:
            assert json.loads(body)["boolean"] is one["expect"]["boolean"]


def send(host: str, one: dict[str, Any]) -> tuple[int, str, bytes]:
    body = one["body"]
    data = None
    if body is not None:
        data = base64.b64decode(body["base64"]) if body["text"] is None else body["text"].encode(body["encoding"])
    connection = http.client.HTTPConnection(host, timeout=300)
    connection.request(one["method"], quote(one["path"], safe="/?=&%:"), data, dict(one["headers"]))
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.getheader("Content-Type", "").partition(";")[0], content


def test_large_answers_are_sent_to_few_at_a_time() -> None:
    streams = Streams(places=3, a_client=2)
    streams.take("a", 0)
    streams.take("a", 0)
    with pytest.raises(Busy):
        streams.take("a", 0.01)
    streams.take("b", 0)
    with pytest.raises(Busy):
        streams.take("c", 0.01)
    streams.give("a")
    streams.take("c", 0)
    assert streams.held == 3


@pytest.mark.parametrize(("peer", "forwarded", "same"), [
    ("2001:b011::1", "", ("2001:b011::2", "")), ("8.8.8.8", "1.1.1.1", ("8.8.8.8", "")),
    ("127.0.0.1", "8.8.8.8", ("127.0.0.1", "")),
])
def test_clients_are_told_apart(mounted: Mounted, peer: str, forwarded: str, same: tuple[str, str]) -> None:
    def who(address: str, header: str) -> str:
        with mounted.app.test_request_context(environ_base={"REMOTE_ADDR": address}, headers={"X-Forwarded-For": header}):
            return protocol.caller(request).address

    assert who(peer, forwarded) == who(*same)
    assert who(peer, forwarded) != who("1.0.0.1", "")


def test_addresses_of_one_network_are_known_as_that(mounted: Mounted) -> None:
    def network(address: str) -> str:
        with mounted.app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return protocol.caller(request).network

    assert network("203.0.113.7") == network("203.0.113.250") != network("203.0.114.7")
    assert network("2001:b011:1:2::1") == network("2001:b011:1:3::1") != network("2001:b011:2::1")
    assert network("") == ""


def test_long_texts_are_looked_at_in_turns(mounted: Mounted) -> None:
    """A text of a hundred kilobytes takes the processor from everybody's pages: one at a time, and short ones pass by."""
    turns, mounted.service.reader.turns = mounted.service.reader.turns, Turns(0, 0, 0)
    try:
        long = f"ASK {{}} # {'x' * 20_000}"
        found = mounted.client.post("/sparql", data={"query": long})
        assert problem(found, 503, "busy")
        assert found.headers["Retry-After"]
        assert ask(mounted.client, "ASK {} # short").status_code == 200
        undecoded = mounted.client.post("/sparql", data=b"query=" + b"%FF" * 20_000, content_type=protocol.POST_TYPES[0])
        assert problem(undecoded, 503, "busy"), "a long body is decoded in its turn, too"
        mounted.service.reader.turns = Turns(1)
        assert mounted.client.post("/sparql", data={"query": long}).status_code == 200
        assert mounted.service.reader.turns.free == 1
    finally:
        mounted.service.reader.turns = turns


@pytest.mark.parametrize("piece", [3, 4, 5, 6, 7, 1 << 14])
def test_fields_are_decoded_in_pieces_as_in_one(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(protocol, "_PIECE", piece)
    text = "SELECT * { ?d dcterms:title '空氣 100%' FILTER(1 < 2 && ?x+1 = 2) } # é\U0001f600 %41 %zz %"
    body = f"query={quote(text)}&&format=&flag&=x&query2={quote_plus(text)}&half=%E7%A9%BA%zz%4"
    with Flask("fields").test_request_context("/", method="POST", data=body, content_type=protocol.POST_TYPES[0]):
        assert protocol.read(request).query == text
    with pytest.raises(Malformed):
        protocol.asked(b"query=%E7%A9")
    found = protocol.asked(f"query={quote_plus(text)}&format=%63sv&default-graph-uri=a%3Ab&default-graph-uri=".encode())
    assert found == QueryRequest(text, ("a:b",), (), "csv")
