"""The Graph Store Protocol for reading, and the counts for Prometheus."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from builders.site import BASE, SETTINGS
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create
from odlinked.web.pages.graph_store import unpacked

IRI = f"{BASE}/id/dataset/6075"


@pytest.mark.parametrize(("accept", "suffix"), [("text/turtle", "ttl"), ("application/ld+json", "jsonld"), ("text/plain", "nt"),
                                                ("application/rdf+xml", "rdf"), ("application/n-triples", "nt")])
def test_a_named_graph_is_the_record_s_document(client: FlaskClient, accept: str, suffix: str) -> None:
    answer = client.get("/graph-store", query_string={"graph": IRI}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.data == client.get(f"/dataset/6075.{suffix}").data
    assert answer.headers["ETag"] == client.get(f"/dataset/6075.{suffix}").headers["ETag"]
    known = {"Accept": accept, "If-None-Match": answer.headers["ETag"]}
    again = client.get("/graph-store", query_string={"graph": IRI}, headers=known)
    assert again.status_code == 304
    head = client.head("/graph-store", query_string={"graph": IRI}, headers={"Accept": accept})
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])


def test_the_default_graph_is_the_dump(client: FlaskClient) -> None:
    dump = gzip.decompress(client.get("/dump.nq.gz", buffered=True).data)
    plain = client.get("/graph-store?default", buffered=True)
    packed = client.get("/graph-store?default", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert plain.mimetype == packed.mimetype == "application/n-triples"
    assert plain.data == gzip.decompress(packed.data) == dump
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert client.get("/graph-store?default", headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    turtle = client.get("/graph-store?default", headers={"Accept": "text/turtle"}, buffered=True)
    assert (turtle.content_type, turtle.data) == ("text/turtle; charset=utf-8", dump)
    assert turtle.headers["ETag"] != plain.headers["ETag"]
    assert client.get("/graph-store?default", headers={"Accept": "application/rdf+xml"}).status_code == 406


@pytest.mark.parametrize(("query", "status"), [
    ("", 400), ("graph=", 400), ("graph=a&default", 400), (f"graph={IRI}&graph={IRI}", 400), ("graph=no-iri", 404),
    (f"graph={BASE}/id/dataset/nosuch", 404), (f"graph={IRI}%23distribution", 404), (f"graph={BASE}/id/dataset/990099", 410),
    ("graph=%00", 404), ("graph=" + "a" * 3_000, 404),
])
def test_other_graphs_are_told_apart(client: FlaskClient, query: str, status: int) -> None:
    answer = client.get(f"/graph-store?{query}", headers={"Accept": "text/turtle"})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_graphs_are_for_reading(client: FlaskClient, method: str) -> None:
    answer = client.open("/graph-store", method=method, query_string={"graph": IRI}, data="<a:a> <a:a> <a:a> .")
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})


@given(st.lists(st.binary(max_size=200), max_size=6), st.integers(1, 50))
def test_members_are_unpacked_however_they_are_cut(members: list[bytes], size: int) -> None:
    data = b"".join(gzip.compress(member) for member in members)
    pieces = [data[start:start + size] for start in range(0, len(data), size)]
    if members:
        assert b"".join(unpacked(pieces)) == b"".join(members)
        with pytest.raises(EOFError):
            list(unpacked([data[:-1]]))



def test_what_is_answered_is_counted_for_those_who_may_know(releases: Releases) -> None:
    settings = replace(SETTINGS, serve=replace(SETTINGS.serve, metrics=("127.0.0.1", "10.0.0.0/8")))
    client = create(releases, settings).test_client()
    for path in ("/dataset/6075.ttl", "/dataset/6075.nt", "/nosuch/secret", "/sparql?query=ASK%7B%7D"):
        client.get(path)
    text = client.get("/metrics").get_data(as_text=True)
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    totals = {(sample.labels["route"], sample.labels["status"]): sample.value for sample in samples
              if sample.name == "odlinked_answers_total"}
    waiting = [sample.value for sample in samples if sample.name == "odlinked_heavy_queries_waiting"]
    assert totals["/<kind>/<path:name>", "200"] == 2
    assert totals["/sparql", "200"] == 1
    assert waiting == [0]
    assert "secret" not in text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    forwarded = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert forwarded.status_code == 403, "a proxy's address does not let everybody in"


def test_without_networks_nothing_is_counted(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
