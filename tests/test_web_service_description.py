"""The endpoint's description of itself (SPARQL 1.1 Service Description) over a catalogue, wherever it is served from."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rdflib
from builders.site import BASE, SETTINGS

from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
PUBLIC = replace(SETTINGS, serve=replace(SETTINGS.serve, public_url="https://open.example.tw/a/b/"))
PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "open.example.tw", "X-Forwarded-Prefix": "/a/b"}


@pytest.mark.parametrize(("settings", "headers"), [(PUBLIC, {}), (SETTINGS, PROXIED)])
def test_its_addresses_are_absolute_behind_a_prefix(releases: Releases, settings: object, headers: dict[str, str]) -> None:
    client = create(releases, settings).test_client()  # type: ignore[arg-type]
    graph = rdflib.Graph().parse(data=client.get("/sparql", headers={"Accept": "text/turtle", **headers}).data, format="turtle")
    service = graph.value(predicate=rdflib.RDF.type, object=SD.Service)
    assert graph.value(service, SD.endpoint) == rdflib.URIRef("https://open.example.tw/a/b/sparql")
    assert graph.value(service, rdflib.RDFS.seeAlso) == rdflib.URIRef("https://open.example.tw/a/b/void")
    data = rdflib.URIRef(f"{BASE}/void#data")
    assert graph.value(data, VOID.uriLookupEndpoint) == rdflib.URIRef("https://open.example.tw/a/b/graph-store?graph=")
    assert (graph.value(service, SD.defaultDataset), rdflib.DCTERMS.source, data) in graph
    assert not list(graph.objects(None, SD.namedGraph)) + list(graph.objects(None, SD.extensionFunction))
    described = client.get("/void", headers={"Accept": "text/turtle", **headers})
    shown = rdflib.Graph().parse(data=described.data, format="turtle")
    assert shown.value(data, VOID.sparqlEndpoint) == rdflib.URIRef("https://open.example.tw/a/b/sparql")


def test_it_tells_limits_and_what_differs_in_both_languages(releases: Releases) -> None:
    client = create(releases, SETTINGS).test_client()
    graph = rdflib.Graph().parse(data=client.get("/sparql", headers={"Accept": "text/turtle"}).data, format="turtle")
    service = graph.value(predicate=rdflib.RDF.type, object=SD.Service)
    english = ("20 s", "1024 MB", "64 MB", "262144 characters", "128 levels", "1000 operators", "geof:", "STR()", "GRAPH ?g",
               "zero-length", "SERVICE")
    chinese = ("20 秒", "262144 字元", "128 層", "geof:", "STR()", "GRAPH ?g", "零長度", "SERVICE")
    for tag, words in (("en", english), ("zh-Hant", chinese)):
        texts = [text for name in (rdflib.RDFS.comment, rdflib.DCTERMS.description) for text in graph.objects(service, name)]
        said = " ".join(text for text in texts if isinstance(text, rdflib.Literal) and text.language == tag)
        assert [word for word in words if word not in said] == []
