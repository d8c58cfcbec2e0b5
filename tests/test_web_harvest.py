"""The DCAT feed: every record once while releases change, what changed since a time, filters and profiles, links that lead on."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from builders import site
from builders.national_list import example_rows
from flask import Flask
from flask.testing import FlaskClient

from odlinked.catalog.served.releases import Releases
from odlinked.formats import RDF_FORMATS
from odlinked.web.app import create

BASE = site.BASE
HYDRA, DCAT = rdflib.Namespace("http://www.w3.org/ns/hydra/core#"), rdflib.Namespace("http://www.w3.org/ns/dcat#")
ODL, SCHEMA = rdflib.Namespace("https://w3id.org/odlinked/ns#"), rdflib.Namespace("http://schema.org/")
ABOUT = rdflib.URIRef(f"{BASE}/id/catalog")
PARSERS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt"}


def read(client: FlaskClient, address: str, name: str = "ttl") -> rdflib.Graph:
    """Read a page as a client does that sends no Accept header."""
    parts = urlsplit(address)
    answer = client.get(parts.path + (f"?{parts.query}" if parts.query else ""))
    assert answer.status_code == 200, address
    return rdflib.Graph(bind_namespaces="none").parse(data=answer.data, format=PARSERS[name])


def members(graph: rdflib.Graph) -> set[str]:
    """Return what a page lists."""
    return {str(one) for kind in (DCAT.dataset, DCAT.service) for one in graph.objects(ABOUT, kind)}


def tombstones(graph: rdflib.Graph) -> set[str]:
    """Return what a page tells as gone."""
    return {str(one) for one in graph.subjects(rdflib.RDF.type, ODL.Tombstone)}


def following(graph: rdflib.Graph) -> str:
    """Return the address of the next page, "" for none."""
    return str(graph.value(graph.value(ABOUT, HYDRA.view), HYDRA.next) or "")


def all_of(client: FlaskClient, address: str, name: str = "ttl") -> list[rdflib.Graph]:
    """Follow hydra:next to the end."""
    pages = [read(client, address, name)]
    while link := following(pages[-1]):
        pages.append(read(client, link, name))
    return pages


@pytest.mark.parametrize("name", [form.name for form in RDF_FORMATS])
def test_links_lead_on_in_the_same_format_for_a_client_that_sends_no_accept(client: FlaskClient, name: str) -> None:
    pages = all_of(client, f"/catalog.{name}?size=4", name)
    assert len(pages) > 3
    everything = [iri for page in pages for iri in members(page)]
    assert len(everything) == len(set(everything)) == int(pages[0].value(ABOUT, HYDRA.totalItems))  # type: ignore[arg-type]
    assert {iri for page in pages for iri in tombstones(page)} == {f"{BASE}/id/dataset/990099"}


def test_a_client_that_negotiates_gets_links_that_need_no_negotiation(client: FlaskClient) -> None:
    text = client.get("/catalog?size=4", headers={"Accept": "application/rdf+xml"}).get_data(as_text=True)
    assert "/catalog.rdf?page=2&amp;size=4" in text


def published(folder: Path, name: str, *rows: dict[str, str]) -> FlaskClient:
    """Publish rows and return a client of the service over them."""
    return create(site.publish(folder, list(rows), name), site.SETTINGS).test_client()


def changed(row: dict[str, str], heading: str, text: str) -> dict[str, str]:
    """Return a row with another text under a heading."""
    return {**row, heading: text}


def test_pages_do_not_move_while_releases_change(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    client = published(tmp_path, "1.csv", *rows)
    first = read(client, "/catalog.ttl?size=5")
    everything = set().union(*map(members, all_of(client, "/catalog.ttl?size=5")))
    gone = next(row for row in rows if f"{BASE}/id/dataset/{row[heads[0]]}" in members(first))
    new = changed(changed(rows[0], heads[0], "990001"), heads[1], "新的資料集")
    client = published(tmp_path, "2.csv", *(row for row in rows if row is not gone), new)
    rest = all_of(client, following(first))
    seen = members(first).union(*map(members, rest))
    assert seen == everything | {f"{BASE}/id/dataset/990001"}, "nothing is read twice or missed"
    again = all_of(client, "/catalog.ttl?size=5")
    assert tombstones(again[0]) == {f"{BASE}/id/dataset/{gone[heads[0]]}"}
    assert members(again[0]) == members(first) - tombstones(again[0])


def test_what_changed_since_a_time(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    client = published(tmp_path, "1.csv", *rows)
    before = read(client, "/catalog.ttl").value(ABOUT, rdflib.DCTERMS.modified)
    rows[2] = changed(rows[2], heads[9], "另一段完全不同的說明。")
    client = published(tmp_path, "2.csv", *rows[:-1])
    first = read(client, "/catalog.ttl")
    now = first.value(ABOUT, rdflib.DCTERMS.modified)
    assert str(before) < str(now)
    graph = read(client, f"/catalog.ttl?modified_since={before}")
    assert members(graph) == {f"{BASE}/id/dataset/{rows[2][heads[0]]}"}
    assert {iri.rpartition("/")[2] for iri in tombstones(graph)} == {rows[-1][heads[0]]}
    assert int(graph.value(ABOUT, HYDRA.totalItems)) == 1  # type: ignore[arg-type]
    assert len(members(read(client, "/catalog.ttl?modified_since=2026-01-01"))) == len(members(first))
    none = read(client, f"/catalog.ttl?modified_since={now}")
    assert (members(none), tombstones(none)) == (set(), set()), "who knows of a time has seen all that changed at it"
    assert not members(read(client, "/catalog.ttl?modified_since=2990-01-01"))
    zoned = client.get("/catalog.ttl?modified_since=2990-01-01T00:00:00+08:00")
    assert "modified_since=2989-12-31T16" in zoned.headers["Content-Location"], "a bare + is a plus"


def test_nothing_changed_is_one_request(client: FlaskClient) -> None:
    answer = client.get("/catalog.ttl")
    again = client.get("/catalog.ttl", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_first_page_is_another_one_whenever_any_record_changed(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    tag = published(tmp_path, "1.csv", *rows).get("/catalog.ttl?size=1").headers["ETag"]
    rows[-1] = changed(rows[-1], heads[9], "另一段說明。")
    assert published(tmp_path, "2.csv", *rows).get("/catalog.ttl?size=1").headers["ETag"] != tag


def test_filters(client: FlaskClient, releases: Releases) -> None:
    release = releases.current()
    record = release.record(f"{BASE}/id/dataset/6075")
    assert record is not None
    code = record.publisher.rpartition("/")[2]
    graph = read(client, f"/catalog.ttl?publisher={code}")
    living = {one.iri for one in release.search("", {"publisher": [record.publisher]}, size=200).records}
    assert {iri for iri in members(graph) if "/dataset/" in iri} == living != set()
    theme = read(client, "/catalog.ttl?theme=E00")
    assert f"{BASE}/id/dataset/6075" in members(theme)
    assert 0 < len(members(theme)) < len(members(read(client, "/catalog.ttl")))


def test_a_theme_of_the_european_union_is_taken_by_its_code(client: FlaskClient, releases: Releases) -> None:
    whole = read(client, "/catalog.ttl?size=500")
    theme = rdflib.URIRef("http://publications.europa.eu/resource/authority/data-theme/JUST")
    carrying = {str(one) for one in whole.subjects(rdflib.DCAT.theme, theme)} & members(whole)
    assert 0 < len(carrying) < len(members(whole))
    for asked in ("JUST", "just", str(theme)):
        assert members(read(client, f"/catalog.ttl?size=500&theme={asked}")) == carrying
    assert "theme=http" in client.get("/catalog?theme=JUST", headers={"Accept": "text/html"}).get_data(as_text=True)


@pytest.mark.parametrize(("query", "parameter"), [
    ("theme=Z99", "theme"), ("publisher=nobody", "publisher"), ("profile=dcat-us", "profile"), ("modified_since=yesterday",
                                                                                            "modified_since"),
    ("modified_since=2026-13-01", "modified_since"), ("modified_since=" + "9" * 5000, ""), ("modified_since=0001-01-01", "")])
def test_an_unknown_value_is_refused_with_the_known_ones(client: FlaskClient, query: str, parameter: str) -> None:
    answer = client.get(f"/catalog.ttl?{query}")
    told: dict[str, Any] = answer.get_json(force=True) if answer.status_code == 400 else {}
    assert answer.status_code in ((400,) if parameter else (200, 400, 414))
    if parameter:
        assert (told["parameter"], bool(told["known"])) == (parameter, True)


@pytest.mark.parametrize("name", ["dcat-ap-3", "schema.org", "full"])
def test_a_profile_says_what_it_knows_of_every_record(client: FlaskClient, name: str) -> None:
    pages = all_of(client, f"/catalog.ttl?size=7&profile={name}")
    whole = all_of(client, "/catalog.ttl?size=7")
    assert [following(page).replace(f"&profile={name}", "") for page in pages] == list(map(following, whole))
    text = "\n".join(page.serialize(format="nt") for page in pages)
    datasets = {iri for page in whole for iri in members(page) if "/dataset/" in iri}
    if name == "schema.org":
        assert {str(one) for page in pages for one in page.subjects(rdflib.RDF.type, SCHEMA.Dataset)} == datasets
        assert "http://www.w3.org/ns/dcat#" not in text
        assert {str(tag) for tag in re.findall(r'"@([\w-]+)', text)} <= {"zh-Hant", "en"}
        downloads = {str(one) for page in pages for one in page.objects(None, SCHEMA.contentUrl)}
        assert downloads == {str(one) for page in whole for one in page.objects(None, DCAT.accessURL)}
    elif name == "dcat-ap-3":
        assert {iri for page in pages for iri in members(page)} == {iri for page in whole for iri in members(page)}
        assert "fieldName" not in text
        assert "https://w3id.org/odlinked/profile/dcat-ap-3" in text
        contacts = rdflib.URIRef("http://www.w3.org/2006/vcard/ns#fn")
        for ours, everything in zip(pages, whole, strict=True):
            assert set(ours.subject_objects(contacts)) == set(everything.subject_objects(contacts))
            assert set(ours.subject_objects(DCAT.accessURL)) == set(everything.subject_objects(DCAT.accessURL))
    assert {iri for page in pages for iri in tombstones(page)} == {f"{BASE}/id/dataset/990099"}


def test_high_value_datasets_are_those_that_say_so(client: FlaskClient) -> None:
    graph = read(client, "/catalog.ttl?profile=dcat-ap-hvd")
    assert members(graph) == set(), "no record of the example states a category"
    assert int(graph.value(ABOUT, HYDRA.totalItems)) == 0  # type: ignore[arg-type]


def test_the_page_for_people_keeps_the_filters(app: Flask) -> None:
    page = app.test_client().get("/catalog?size=2&theme=E00", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert 'href="/catalog?size=2&amp;theme=' in page or "page=2" not in page
    assert 'href="/catalog.ttl?size=2&amp;theme=' in page


def test_the_dump_with_graph_names_has_every_document_and_its_checksum(client: FlaskClient, releases: Releases) -> None:
    answer = client.get("/dump-graphs.nq.gz")
    graphs: dict[str, set[str]] = {}
    for quad in ox.parse(gzip.decompress(answer.data), format=ox.RdfFormat.N_QUADS):
        graphs.setdefault(quad.graph_name.value, set()).add(str(quad.triple))
    documents = {one.iri: one for one in releases.current().documents()}
    assert graphs == {iri: {str(one.triple) for one in ox.parse(document.text, format=ox.RdfFormat.N_TRIPLES)}
                      for iri, document in documents.items()}
    sums = dict(line.split("  ")[::-1] for line in client.get("/dump-graphs.sha256").get_data(as_text=True).splitlines())
    assert sums == {iri: hashlib.sha256(document.text).hexdigest() for iri, document in documents.items()}
    for path in ("/dump-graphs.nq.gz", "/dump-graphs.sha256"):
        tag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert client.head(path).headers["ETag"] == tag


def test_a_page_names_itself_in_both_languages(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/dataset/6075", headers={"Accept": "text/html", "Accept-Language": "en"}).get_data(as_text=True)
    links = dict(re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="([^"]+)"', page))
    assert links.keys() == {"zh-Hant", "en", "x-default"}
    for tongue in ("zh-Hant", "en"):
        path = urlsplit(links[tongue])
        other = client.get(f"{path.path}?{path.query}", headers={"Accept": "text/html"})
        assert other.headers["Content-Language"] == tongue
        assert f'<link rel="canonical" href="{links[tongue]}">' in other.text, "search engines keep no page that names another"
        assert f'<{links[tongue]}>; rel="canonical"' in other.headers["Link"]
    assert f'<link rel="canonical" href="{links["x-default"]}">' in page
    meta = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', page))
    assert meta["title"] == "空氣品質監測站基本資料"
    assert (meta["url"], meta["locale"]) == (links["x-default"], "en_GB")


def test_a_dataset_s_page_describes_it_to_search_engines(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/dataset/6075", headers={"Accept": "text/html"}).get_data(as_text=True)
    found: dict[str, Any] = json.loads(re.findall(r'<script type="application/ld\+json">([^<]*)</script>', page)[0])
    assert (found["@type"], found["name"]) == ("Dataset", "空氣品質監測站基本資料")
    assert found["description"] == "空氣品質監測站之名稱、位置與類型。"
    assert (found["publisher"]["@type"], found["creator"]) == ("Organization", found["publisher"])
    assert found["license"] == "https://data.gov.tw/license"
    assert {one["encodingFormat"] for one in found["distribution"]} == {"application/json", "application/xml", "text/csv"}
    assert all(one["@type"] == "DataDownload" and one["contentUrl"].startswith("https://") for one in found["distribution"])
    assert found["isAccessibleForFree"] in ("true", True)
