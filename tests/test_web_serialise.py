"""Every served format holds the same triples, letter for letter, by two parsers that do not know each other."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
import rdflib
from builders.spellings import parsed, spelled
from rdflib.compare import isomorphic

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.errors import OdlinkedError
from odlinked.namespaces import RDF, XSD
from odlinked.rdf.serialise import serialise
from odlinked.rdf.vocabulary import prefixes

THING = "https://data.example.tw/id/dataset/a%23b%3Fc"
PREFIXES = {"dcat": "http://www.w3.org/ns/dcat#", "dcterms": "http://purl.org/dc/terms/", "xsd": XSD, "ex": "http://e.tw/"}
OX = {"nt": ox.RdfFormat.N_TRIPLES, "ttl": ox.RdfFormat.TURTLE, "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD}

OBJECTS = [
    '"plain"',
    '""',
    '" blanks at both ends "',
    r'"quote \" and backslash \\ and \\\" and \\u0041"',
    r'"tab\tline\nreturn\r end"',
    '"<b>&amp; ]]> --> &#13;</b>"',
    '"空氣品質"@zh-Hant',
    '"空氣"@zh-Hant-TW',
    '"air"@en',
    '"air"@en-US',
    '"𠮷 😀"',
    '"a"@de-CH-1996',
    f'"5120"^^<{XSD}nonNegativeInteger>',
    f'"007"^^<{XSD}integer>',
    f'"+1"^^<{XSD}integer>',
    f'"1.50"^^<{XSD}decimal>',
    f'"1E0"^^<{XSD}double>',
    f'"1e0"^^<{XSD}double>',
    f'"true"^^<{XSD}boolean>',
    f'"1"^^<{XSD}boolean>',
    f'"P12M"^^<{XSD}duration>',
    f'"2026-01-02T03:04:05+08:00"^^<{XSD}dateTime>',
    f'"2026-01-02T03:04:05.000+08:00"^^<{XSD}dateTime>',
    f'"2026-01"^^<{XSD}gYearMonth>',
    f'"109-11"^^<{XSD}gYearMonth>',
    f'"not a date"^^<{XSD}date>',
    f'"https://a.tw/?x=1&y=%23"^^<{XSD}anyURI>',
    f'"<a>b</a>"^^<{RDF}XMLLiteral>',
    '"x"^^<http://e.tw/type/own>',
    "<https://a.tw/%E7%A9%BA?x=1&y=2;z=%3F#f>",
    "<http://e.tw/local>",
    "<http://e.tw/9local>",
    "<http://e.tw/a.b>",
    "<http://e.tw/a->",
    "<http://e.tw/>",
    "<urn:oid:2.16.886.101>",
    "<tel:+886-2;ext=1>",
]


def document() -> bytes:
    lines = [f"<{THING}> <http://e.tw/p> {term} .".encode() for term in OBJECTS]
    lines += [
        f"<{THING}> <{RDF}type> <http://www.w3.org/ns/dcat#Dataset> .".encode(),
        f'<{THING}#part> <http://purl.org/dc/terms/title> "部分"@zh-Hant .'.encode(),
    ]
    return Document.of(THING, lines).text


@pytest.fixture(autouse=True)
def _as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.parametrize("name", OX)
def test_a_document_comes_out_as_it_went_in(name: str) -> None:
    text = document()
    made = serialise(text, name, PREFIXES, [THING])
    assert spelled(parsed(made, name)) == spelled(parsed(text, "nt"))
    ours = {str(quad.triple) for quad in ox.parse(made, format=OX[name])}
    assert ours == {str(quad.triple) for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)}
    assert len(ours) == len(OBJECTS) + 2


@pytest.mark.parametrize("name", ["ttl", "jsonld", "rdf"])
def test_language_tags_keep_their_case(name: str) -> None:
    made = serialise(document(), name, PREFIXES).decode()
    assert "zh-Hant-TW" in made
    assert "zh-hant" not in made


def test_turtle_is_short_and_leads_with_the_record() -> None:
    made = serialise(document(), "ttl", PREFIXES, [THING]).decode()
    head, body = made.split("\n\n", 1)
    assert body.startswith(f"<{THING}>\n    a dcat:Dataset ;")
    assert "@prefix dcat:" in head
    assert made.index(f"\n<{THING}#part>") > 0
    assert "ex:local" in made
    assert "<http://e.tw/9local>" in made


BLANK = """
@prefix ex: <http://e.tw/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
ex:a sh:path [ sh:alternativePath ( ex:b [ ex:c "d"@zh-Hant ] () ) ] ; sh:in () ; ex:shared _:s ; ex:empty [] .
ex:z ex:shared _:s . _:s ex:x _:s . _:r ex:next _:t . _:t ex:next _:r . [] ex:top "x" .
"""


@pytest.mark.parametrize("name", ["ttl", "jsonld", "rdf"])
def test_blank_nodes_lists_and_rings_survive(name: str) -> None:
    text = ox.serialize(ox.parse(BLANK, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES)
    assert text
    made = parsed(serialise(text, name, PREFIXES), name)
    # The triple "[] ex:empty" names a node with no triples of its own; all must be there, none twice.
    assert isomorphic(made, parsed(text, "nt"))


def test_rdf_xml_refuses_what_xml_cannot_carry() -> None:
    control = b'<http://e.tw/a> <http://e.tw/p> "bell \\u0007" .\n'
    unnamed = b'<http://e.tw/a> <http://e.tw/123> "x" .\n'
    for text in (control, unnamed):
        with pytest.raises(OdlinkedError, match="Ask for Turtle"):
            serialise(text, "rdf", PREFIXES)
        assert spelled(parsed(serialise(text, "ttl", PREFIXES), "ttl")) == spelled(parsed(text, "nt"))


def test_prefixes_come_from_the_assets() -> None:
    found = prefixes(Assets())
    assert found["dcat"] == "http://www.w3.org/ns/dcat#"
    assert found["dcterms"] == "http://purl.org/dc/terms/"


def test_rdf_xml_of_one_graph_is_always_the_same_bytes() -> None:
    prefixes = {**PREFIXES, "xml": "http://e.tw/xml#", "9": "http://e.tw/nine#", "unused": "http://e.tw/unused#"}
    text = document() + b'<http://e.tw/x> <http://e.tw/xml#p> "a" .\n<http://e.tw/x> <http://e.tw/nine#p> "b"@en-US .\n'
    made = {serialise(text, "rdf", prefixes, [THING]) for _ in range(8)}
    assert len(made) == 1
    (one,) = made
    assert spelled(parsed(one, "rdf")) == spelled(parsed(text, "nt"))
    assert b"unused" not in one
    assert one.index(THING.encode()) < one.index(b"http://e.tw/x")


def test_a_page_of_records_says_what_its_rdf_xml_lacks() -> None:
    text = (b'<http://e.tw/a\\uFFFE> <http://e.tw/p> "bell \\u0007"@zh-Hant .\n<http://e.tw/a> <http://e.tw/123--> "x" .\n'
            b'<http://e.tw/a> <http://e.tw/p> "y" .\n')
    made = serialise(text, "rdf", PREFIXES, whole=False)
    assert {found[:3] for found in spelled(parsed(made, "rdf"))} == {
        ("http://e.tw/a%EF%BF%BE", "http://e.tw/p", "bell \ufffd"), ("http://e.tw/a", "http://e.tw/p", "y")}
    assert b'xml:lang="zh-Hant"' in made
    assert b"1 characters that XML 1.0 cannot carry" in made
    assert b"1 statements with <http://e.tw/123-%2D> are left out" in made
