"""The DCAT-AP Feed: every change once, payloads in graphs of their own, pages that never change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from builders import site
from builders.national_list import Rows, example_rows
from flask import Flask
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.log import changes
from odlinked.catalog.log.changes import JOINED
from odlinked.catalog.served.releases import Releases
from odlinked.namespaces import SH
from odlinked.publishing import purge
from odlinked.rdf import trig
from odlinked.web.app import create

BASE = site.BASE
AS, TREE, LDES = "https://www.w3.org/ns/activitystreams#", "https://w3id.org/tree#", "https://w3id.org/ldes#"
STREAM = ox.NamedNode(f"{BASE}/feeds/dcat-ap#stream")
FORMATS = {"trig": ox.RdfFormat.TRIG, "jsonld": ox.RdfFormat.JSON_LD}


def path_of(address: str) -> str:
    """Return the path of an address."""
    return urlsplit(address).path


def read(client: FlaskClient, address: str, name: str) -> list[ox.Quad]:
    """Read a node."""
    answer = client.get(path_of(address))
    assert answer.status_code == 200, address
    quads = list(ox.parse(answer.data, format=FORMATS[name]))
    assert not any(isinstance(term, ox.BlankNode) for quad in quads for term in (quad.subject, quad.object, quad.graph_name))
    return quads


def replicate(client: FlaskClient, name: str = "trig") -> tuple[dict[str, bytes], dict[str, list[ox.Quad]]]:
    """Replicate the feed as its specification says: the graph of each living record, and the nodes that were read."""
    waiting, nodes = [f"/feeds/dcat-ap.{name}"], dict[str, list[ox.Quad]]()
    while waiting:
        address = waiting.pop()
        if path_of(address) not in nodes:
            nodes[path_of(address)] = read(client, address, name)
            waiting += [quad.object.value for quad in nodes[path_of(address)] if quad.predicate.value == TREE + "node"]
    quads = [quad for one in nodes.values() for quad in one]
    facts: dict[str, dict[str, str]] = {}
    graphs: dict[str, list[str]] = {}
    for quad in quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            graphs.setdefault(quad.graph_name.value, []).append(str(quad.triple) + " .")
        elif quad.predicate.value.startswith(AS) or quad.predicate.value.endswith("#type"):
            facts.setdefault(quad.subject.value, {})[quad.predicate.value] = quad.object.value
    members = {quad.object.value for quad in quads if quad.predicate.value == TREE + "member"}
    assert graphs.keys() <= members
    state: dict[str, bytes] = {}
    for member in sorted(members, key=lambda one: (facts[one][AS + "published"], int(one.rpartition("#")[2]))):
        record, kind = facts[member][AS + "object"], next(v for p, v in facts[member].items() if p.endswith("#type"))
        if kind == AS + "Delete":
            del state[record]
            assert member not in graphs
        else:
            assert (record in state) == (kind == AS + "Update")
            state[record] = "\n".join(sorted(graphs[member])).encode()
    return state, nodes


def served(releases: Releases) -> dict[str, bytes]:
    """Return the graph of each living record of the kinds that are fed, spelled as the parser of the tests spells it."""
    release = releases.current()
    found = {}
    for kind in ("dataset", "series", "service", "organization"):
        for record in release.roster(kind):
            document = release.document(record.iri) if record.state == "live" else None
            if document is not None:
                lines = sorted(f"{triple.triple} ." for triple in ox.parse(document.text, format=ox.RdfFormat.N_TRIPLES))
                found[record.iri] = "\n".join(lines).encode()
    return found


@pytest.mark.parametrize("name", trig.FORMATS)
def test_a_replica_is_what_is_served(client: FlaskClient, releases: Releases, name: str) -> None:
    state, nodes = replicate(client, name)
    assert state == served(releases)
    assert all(path.endswith(f".{name}") for path in nodes)


def test_both_formats_say_the_same(client: FlaskClient) -> None:
    nodes = replicate(client, "trig")[1]

    def told(path: str, name: str) -> set[str]:
        return {str(quad).replace(f".{name}", "") for quad in read(client, path, name)}

    for path in nodes:
        assert told(path, "trig") == told(path.replace(".trig", ".jsonld"), "jsonld")


def test_what_the_stream_says_of_itself(client: FlaskClient) -> None:
    quads = read(client, "/feeds/dcat-ap.trig", "trig")
    facts = {(quad.predicate.value, quad.object.value) for quad in quads if quad.subject == STREAM}
    assert {(LDES + "timestampPath", AS + "published"), (LDES + "versionOfPath", AS + "object")} <= facts
    assert (TREE + "view", "http://localhost/feeds/dcat-ap.trig") in facts
    shape = next(value for name, value in facts if name == TREE + "shape")
    paths = {quad.object.value for quad in quads if quad.predicate.value == SH + "path"}
    assert (shape, paths) == (STREAM.value + "-member", {AS + "object", AS + "published"})
    assert any(quad.object.value == LDES + "LatestVersionSubset" for quad in quads)


def published(folder: Path, name: str, rows: Rows) -> FlaskClient:
    """Publish rows and return a client of the service over them."""
    return create(site.publish(folder, list(rows), name), site.SETTINGS).test_client()


def test_pages_never_change_and_one_change_costs_one_small_request(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    client = published(tmp_path, "1.csv", rows)
    view = client.get("/feeds/dcat-ap.trig")
    assert view.headers["Cache-Control"] == "no-cache"
    pages = {path: client.get(path) for path in replicate(client)[1] if path != "/feeds/dcat-ap.trig"}
    assert pages
    assert {answer.headers["Cache-Control"] for answer in pages.values()} == {"public, max-age=31536000, immutable"}
    assert client.get("/feeds/dcat-ap.trig", headers={"If-None-Match": view.headers["ETag"]}).status_code == 304

    sizes = list[int]()
    for turn in range(JOINED + 2):
        rows[1] = {**rows[1], heads[9]: f"第{turn}版說明。"}
        client = published(tmp_path, f"{turn}.csv", rows)
        assert {path: client.get(path).data for path in pages} == {path: answer.data for path, answer in pages.items()}
        fresh = client.get("/feeds/dcat-ap.trig", headers={"If-None-Match": view.headers["ETag"], "Accept-Encoding": "gzip"})
        assert fresh.status_code == 200
        state, nodes = replicate(client)
        new = {path: client.get(path, headers={"Accept-Encoding": "gzip"}) for path in nodes.keys() - pages.keys()
               if path != "/feeds/dcat-ap.trig"}
        sizes.append(len(new))
        assert len(fresh.data) + sum(len(answer.data) for answer in new.values()) <= 20_000
        pages |= {path: client.get(path) for path in new}
    assert max(sizes) == 1
    assert sum(sizes) <= 2, "a page once in so many changes: the others are in the view"
    assert state == served(Releases(Workspace(tmp_path / "var"), Assets()))


def test_a_withdrawal_is_a_delete_and_a_return_a_create(tmp_path: Path) -> None:
    rows = example_rows()
    for number, given in enumerate((rows, rows[1:], rows)):
        client = published(tmp_path, f"{number}.csv", given)
        state, nodes = replicate(client)
        assert state == served(Releases(Workspace(tmp_path / "var"), Assets()))
    deletes = [quad for one in nodes.values() for quad in one if quad.object == ox.NamedNode(AS + "Delete")
               and quad.predicate.value.endswith("#type")]
    assert len(deletes) >= 1


def test_many_pages_are_listed_by_nodes_that_never_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "JOINED", 1)
    rows = example_rows()[:2]
    heads = list(rows[0])
    for number in range(26):
        rows[0] = {**rows[0], heads[9]: f"第 {number} 版"}
        site.publish(tmp_path, rows, f"{number}.csv")
    rows[0] = {**rows[0], heads[9]: "第 26 版"}
    client = published(tmp_path, "26.csv", rows)
    state, nodes = replicate(client)
    assert state == served(Releases(Workspace(tmp_path / "var"), Assets()))
    older = [path for path in nodes if "/older/" in path]
    assert len(older) == 1
    before = client.get(older[0])
    assert before.headers["Cache-Control"].endswith("immutable")
    rows[0] = {**rows[0], heads[9]: "再一版"}
    assert published(tmp_path, "again.csv", rows).get(older[0]).data == before.data
    assert client.get(re.sub("-[0-9a-f]+", "-000000000000", older[0])).status_code == 404


def test_what_was_erased_is_on_no_page_and_old_pages_are_gone(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    client = published(tmp_path, "1.csv", rows)
    pages = [path for path in replicate(client)[1] if path != "/feeds/dcat-ap.trig"]
    record = f"{BASE}/id/dataset/{rows[1][heads[0]]}"
    purge.purge(Workspace(tmp_path / "var"), Assets(), record, "2026-12-01T00:00:00+08:00")
    client = create(Releases(Workspace(tmp_path / "var"), Assets()), site.SETTINGS).test_client()
    assert record not in replicate_loosely(client)
    assert [client.get(path).status_code for path in pages] == [404] * len(pages)


def replicate_loosely(client: FlaskClient) -> set[str]:
    """Return the records that any graph of the feed is about."""
    found, waiting = set[str](), ["/feeds/dcat-ap.trig"]
    while waiting:
        for quad in read(client, waiting.pop(), "trig"):
            if isinstance(quad.graph_name, ox.NamedNode):
                found.add(str(quad.subject.value).partition("#")[0])
            elif quad.predicate.value == TREE + "node" and "Greater" not in quad.subject.value:
                waiting.append(quad.object.value)
    return found


@pytest.mark.parametrize("path", ["/feeds/dcat-ap/999999", "/feeds/dcat-ap/0", f"/feeds/dcat-ap/{10**30}",
                                  "/feeds/dcat-ap/1-2", f"/feeds/dcat-ap/{10**30}-{10**31}",
                                  "/feeds/dcat-ap/older/0-x", "/feeds/dcat-ap/older/99-000000000000", "/feeds/dcat-ap/-1"])
def test_a_page_that_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert "immutable" not in client.get(path).headers.get("Cache-Control", "")


def test_negotiation(client: FlaskClient) -> None:
    answer = client.get("/feeds/dcat-ap", headers={"Accept": "application/ld+json"})
    assert (answer.mimetype, answer.headers["Vary"]) == ("application/ld+json", "Accept, Accept-Encoding")
    assert "http://localhost/feeds/dcat-ap" in json.dumps(answer.get_json(force=True))
    assert client.get("/feeds/dcat-ap").mimetype == "application/trig"
    assert client.get("/feeds/dcat-ap", headers={"Accept": "text/html;q=1, */*;q=0.1"}).mimetype == "application/trig"
    assert client.get("/feeds/dcat-ap", headers={"Accept": "image/png"}).status_code == 406


def test_behind_a_proxy(app: Flask) -> None:
    near = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.tw", "X-Forwarded-Prefix": "/prefix"}
    text = app.test_client().get("/feeds/dcat-ap.trig", headers=near).get_data(as_text=True)
    assert "<https://data.example.tw/prefix/feeds/dcat-ap/1.trig>" in text
    assert "localhost" not in text
