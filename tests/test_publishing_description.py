"""The catalogue's description of itself (VoID): counted at publish, carried forward, equal to what queries find."""

from __future__ import annotations

import gzip
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from builders.catalogs import BASE, dumped, iri, publish, served, sound
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.summaries.partitions import Counting
from odlinked.namespaces import CODE, METRIC
from odlinked.publishing.description import Description
from odlinked.publishing.index_entries import show
from odlinked.publishing.publish import Publisher
from odlinked.publishing.purge import purge
from odlinked.settings import CatalogSettings, ServeSettings, Settings
from odlinked.web.app import create

VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
EXT = rdflib.Namespace("http://ldf.fi/void-ext#")
DATA = rdflib.URIRef(f"{BASE}/void#data")
RDF_LANG = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


def description(release: Release) -> rdflib.Graph:
    document = release.document(f"{BASE}/void")
    assert document is not None
    return rdflib.Graph().parse(data=document.text, format="nt")


def asked(release: Release, query: str) -> Iterator[tuple[Any, ...]]:
    for solution in ox.Store.read_only(str(release.store_path)).query(query):  # type: ignore[union-attr]
        yield tuple(term.value for term in solution)


def number(graph: rdflib.Graph, node: rdflib.term.Node, name: str) -> int:
    return int(str(graph.value(node, VOID[name])))


def agrees(release: Release) -> None:
    """Compare everything the description counts with what queries of the store find."""
    graph = description(release)
    whole = {"triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "entities": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
             "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
             "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
             "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"}
    for name, query in whole.items():
        assert [(str(number(graph, DATA, name)),)] == list(asked(release, query)), name
    assert number(graph, DATA, "documents") == sum(1 for _ in release.documents())
    classes = {str(graph.value(part, VOID["class"])): part for part in graph.objects(DATA, VOID.classPartition)}
    found = dict(asked(release, "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c"))
    assert {name: str(number(graph, part, "entities")) for name, part in classes.items()} == found
    found = dict(asked(release, "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c"))
    assert {name: str(number(graph, part, "triples")) for name, part in classes.items()} == found
    uses = {str(graph.value(part, VOID.property)): number(graph, part, "triples")
            for part in graph.objects(DATA, VOID.propertyPartition)}
    assert {name: str(uses[name]) for name in uses} == dict(asked(release, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"))
    within = {(name, str(graph.value(use, VOID.property)), str(number(graph, use, "triples")))
              for name, part in classes.items() for use in graph.objects(part, VOID.propertyPartition)}
    assert within == set(asked(release, "SELECT ?c ?p (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ?p"))
    assert {str(one) for one in graph.objects(DATA, VOID.vocabulary)} == {
        term.rpartition("#")[0] + "#" if "#" in term else term.rpartition("/")[0] + "/" for term in (*uses, *classes)}
    tagged = sum(int(n) for n, in asked(release, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(LANG(?o) != '') }"))
    kinds = {str(graph.value(part, EXT.datatype)): number(graph, part, "triples")
             for part in graph.objects(DATA, EXT.datatypePartition)}
    assert kinds[RDF_LANG] == tagged
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(ISLITERAL(?o)) }"
    assert [(str(sum(kinds.values())),)] == list(asked(release, query))
    leads = {(str(graph.value(part, VOID["class"])), str(graph.value(use, VOID.property)), str(graph.value(kind, VOID["class"])))
             for part in graph.objects(DATA, VOID.classPartition) for use in graph.objects(part, VOID.propertyPartition)
             for kind in graph.objects(use, VOID.classPartition)}
    assert leads <= set(asked(release, "SELECT DISTINCT ?c ?p ?k { ?s a ?c ; ?p ?o . ?o a ?k }"))
    for linkset in graph.subjects(rdflib.RDF.type, VOID.Linkset):
        target, link = graph.value(linkset, VOID.objectsTarget), graph.value(linkset, VOID.linkPredicate)
        (space,), = asked(release, f"SELECT ?u {{ <{target}> <{VOID.uriSpace}> ?u }}")
        query = f"SELECT (COUNT(*) AS ?n) {{ ?s <{link}> ?o FILTER(STRSTARTS(STR(?o), '{space}')) }}"
        assert list(asked(release, query)) == [(str(number(graph, linkset, "triples")),)], linkset


def test_what_is_counted_is_what_queries_find(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 提供機關="文化部"), row(3, 檔案格式="JSON;CSV")))
    release = served(workspace)
    sound(release)
    agrees(release)
    graph = description(release)
    assert rdflib.URIRef(iri(1)) in set(graph.objects(DATA, VOID.exampleResource))
    assert graph.value(DATA, rdflib.DCTERMS.license) == rdflib.URIRef("https://data.gov.tw/license")
    assert {str(one) for one in graph.objects(DATA, rdflib.DCTERMS.title)} == {"開放資料鏈結目錄", "Linked open data catalogue"}
    targets = [graph.value(one, VOID.objectsTarget) for one in graph.subjects(rdflib.RDF.type, VOID.Linkset)]
    linked = {str(target).rpartition("#")[2] for target in targets}
    assert {"eu-access-right", "eu-frequency", "eu-file-type", "eu-language", "data-gov-tw", "iana-media-types"} <= linked


def test_it_is_no_record(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    release = served(workspace)
    assert release.counts()["dataset"] == 1
    assert release.search().total == 1
    client = create(Releases(workspace), Settings()).test_client()
    assert client.get(f"/graph-store?graph={BASE}/void", headers={"Accept": "application/n-triples"}).data == (
        release.document(f"{BASE}/void").text)  # type: ignore[union-attr]
    assert f"<{BASE}/void#data>".encode() in gzip.decompress(dumped(release))


def test_counts_are_carried_forward_and_equal_a_fresh_count(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 60)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    later = [row(1, "改名", 提供機關="文化部"), *rows[1:-1], row(77, 檔案格式="XML", 品質檢測="白金")]
    publish(workspace, write(tmp_path / "later.csv", *later))
    release = served(workspace)
    sound(release)
    agrees(release)
    before = release.document(f"{BASE}/void")
    Publisher(workspace, Settings()).rebuild()
    assert served(workspace).document(f"{BASE}/void") == before
    assert served(workspace).content == release.content


def test_documents_that_stay_are_not_counted_again(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 60)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    before = number(description(served(workspace)), DATA, "documents")
    with sqlite3.connect(served(workspace).folder / "catalog.sqlite") as db:
        db.execute("UPDATE tally SET uses = uses + 1000 WHERE fact = 'documents'")
    db.close()
    publish(workspace, write(tmp_path / "later.csv", row(1, "改名", 檔案格式="XML;JSON"), *rows[1:]))
    assert number(description(served(workspace)), DATA, "documents") == before + 1000


def test_a_change_that_counts_nothing_otherwise_leaves_the_description(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 60)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    before = served(workspace).document(f"{BASE}/void")
    for title, expected in (("改名", before), ("再改名", before)):
        publish(workspace, write(tmp_path / "later.csv", row(1, title), *rows[1:]))
        assert served(workspace).document(f"{BASE}/void") == expected
        sound(served(workspace))
        agrees(served(workspace))
    publish(workspace, write(tmp_path / "later.csv", *rows[1:]))
    assert served(workspace).document(f"{BASE}/void") != before
    agrees(served(workspace))


@pytest.mark.parametrize("harm", ["DROP TABLE tally", "UPDATE tally SET edition = 'of before'"])
def test_what_was_counted_in_another_way_is_counted_anew(workspace: Workspace, tmp_path: Path, harm: str) -> None:
    rows = [row(number) for number in range(1, 60)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    with sqlite3.connect(served(workspace).folder / "catalog.sqlite") as db:
        db.execute(harm)
    db.close()
    publish(workspace, write(tmp_path / "later.csv", row(1, "改名"), *rows[1:]))
    sound(served(workspace))
    agrees(served(workspace))


def test_an_unchanged_publish_makes_no_release(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", row(1), row(2))
    assert publish(workspace, file).new
    assert not publish(workspace, file).new


def test_a_purge_counts_what_is_left(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2), row(3)))
    purge(workspace, Assets(), iri(2), "2026-11-29T12:00:00+08:00")
    release = served(workspace)
    sound(release)
    agrees(release)


def test_the_period_is_that_of_the_datasets() -> None:
    line = b'<x:d#p> <http://www.w3.org/ns/dcat#%sDate> "%s"^^<http://www.w3.org/2001/XMLSchema#date> .\n'
    facts = Counting(()).tally([line % (b"end", b"2019-12-31") + line % (b"start", b"2015-01-01")]).facts()
    assert {fact.rpartition(" ")[2] for fact in facts if "Date" in fact} == {"2019-12-31", "2015-01-01"}
    texts = [line % (b"end", value) for value in (b"", b"unknown", b"2015", b'"2015-01-"', b"20150101\\\"")]
    wild = Counting(()).tally(texts).facts()
    assert not [fact for fact in wild if " " in fact], "what is no day is none"


def test_addresses_are_those_of_the_public_url(workspace: Workspace, tmp_path: Path) -> None:
    settings = Settings(catalog=CatalogSettings(base=BASE), serve=ServeSettings(public_url="https://data.example.tw/open/data/"))
    publish(workspace, write(tmp_path / "list.csv", row(1)), settings=settings)
    graph = description(served(workspace))
    assert graph.value(DATA, VOID.sparqlEndpoint) == rdflib.URIRef("https://data.example.tw/open/data/sparql")
    other = Settings(serve=ServeSettings(public_url="https://other.example.tw/catalogue"))
    client: FlaskClient = create(Releases(workspace), other).test_client()
    shown = rdflib.Graph().parse(data=client.get("/void.ttl").data, format="turtle")
    about = {VOID.sparqlEndpoint: "sparql", VOID.dataDump: "dump.nq.gz", rdflib.FOAF.homepage: ""}
    for name, path in about.items():
        assert set(shown.objects(DATA, name)) == {rdflib.URIRef(f"https://other.example.tw/catalogue/{path}")}
    assert b"open/data" not in client.get("/void.nt").data
    assert number(shown, DATA, "triples") == number(graph, DATA, "triples")
    assert shown.value(DATA, rdflib.DCTERMS.modified) is not None


def test_a_document_counts_the_same_whatever_was_counted_before(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", *(row(number, 提供機關=f"第{number % 3}局") for number in range(1, 12))))
    spaces = Description(Assets(), Archive(workspace.documents), BASE, BASE).spaces
    texts = [document.text for document in served(workspace).documents()]
    apart: Counter[str] = Counter()
    for text in texts:
        apart.update(Counting(spaces).tally([text]).facts())
    assert Counting(spaces).tally(texts).facts() == apart
    assert Counting(spaces).tally(reversed(texts)).facts() == apart


def test_a_link_within_is_told_from_one_to_another_document() -> None:
    there = b"<x:a> <x:p> <x:b#n> .\n"
    within = (b"<x:b#n> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <x:b#C> .\n"
              b"<x:b> <x:p> <x:b#n> .\n")
    facts = Counting(("x:",)).tally([there, within]).facts()
    assert facts["links\t\tx:p\tx:b#C"] == 1
    assert facts["subjects\tx:b#C"] == 1
    assert facts == Counting(("x:",)).tally([within, there]).facts()


def test_documents_are_found_to_say_the_same_however_often_they_are_looked_at(releases: Releases) -> None:
    release, spaces = releases.current(), (CODE, METRIC)
    documents = list(release.documents())[::5]
    items, path = [(one.iri, one.hash, None) for one in documents], str(releases.workspace.documents)
    uncounted, first, again = show(path, items)[0], show(path, items, spaces), show(path, items, spaces)
    assert first[0] == again[0] == uncounted
    assert first[1].facts() == again[1].facts() == Counting(spaces).tally(one.text for one in documents).facts()
