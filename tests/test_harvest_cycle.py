"""One cycle of a harvester: a change and a withdrawal between two visits are seen by each way out, at the second visit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyoxigraph as ox
from builders import site
from builders.national_list import example_rows
from flask.testing import FlaskClient
from rdflib import RDF, Graph, URIRef

from odlinked.web.app import create

AS = "https://www.w3.org/ns/activitystreams#"
ODL = "https://w3id.org/odlinked/ns#"


def _since(client: FlaskClient) -> str:
    graph = Graph().parse(data=client.get("/catalog.ttl").data, format="turtle")
    return max(str(time) for time in graph.objects(URIRef(f"{site.BASE}/id/catalog"), URIRef("http://purl.org/dc/terms/modified")))


def _pages(client: FlaskClient) -> set[str]:
    quads = ox.parse(client.get("/feeds/dcat-ap.trig").data, format=ox.RdfFormat.TRIG)
    return {urlsplit(quad.object.value).path for quad in quads if quad.predicate.value.endswith("tree#node")}


def test_a_change_and_a_withdrawal_are_seen_by_every_way_out(tmp_path: Path) -> None:
    rows = example_rows()
    headings = list(rows[0])
    app = create(site.publish(tmp_path, rows), site.SETTINGS)
    client = app.test_client()
    try:
        since, before, names = _since(client), _pages(client), json.loads(client.get("/api/3/action/package_list").data)["result"]
        changed, gone = (f"{site.BASE}/id/dataset/{row[headings[0]]}" for row in (rows[0], rows[-1]))
        site.publish(tmp_path, [{**rows[0], headings[1]: "改了名稱"}, *rows[1:-1]])

        graph = Graph().parse(data=client.get(f"/catalog.ttl?modified_since={quote(since)}").data, format="turtle")
        assert "改了名稱" in {str(title) for title in graph.objects(URIRef(changed), URIRef("http://purl.org/dc/terms/title"))}
        assert (URIRef(gone), RDF.type, URIRef(ODL + "Tombstone")) in graph
        assert len(set(graph.subjects(RDF.type, URIRef("http://www.w3.org/ns/dcat#Dataset")))) == 1

        told = dict[str, set[str]]()
        for page in ("/feeds/dcat-ap.trig", *(_pages(client) - before)):
            for quad in ox.parse(client.get(page).data, format=ox.RdfFormat.TRIG):
                if isinstance(quad.graph_name, ox.DefaultGraph) and quad.predicate.value in (AS + "object", str(RDF.type)):
                    told.setdefault(quad.subject.value, set()).add(quad.object.value)
        assert any({changed, AS + "Update"} <= one for one in told.values())
        assert any({gone, AS + "Delete"} <= one for one in told.values())

        changes = quote(f"metadata_modified:{{{_utc(since)} TO *]")
        found = json.loads(client.get(f"/api/3/action/package_search?fq={changes}").data)
        assert [one["title"] for one in found["result"]["results"]] == ["改了名稱"]
        left = set(names) - set(json.loads(client.get("/api/3/action/package_list").data)["result"])
        assert left == {rows[-1][headings[0]]}

        entries = client.get("/datasets.atom").text
        assert "改了名稱" in entries
        assert "withdrawn" in entries
    finally:
        app.extensions["odlinked.sparql"].close()


def _utc(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
