"""What a writer of RDF writes says the same when it is read again, or it is refused by name: whatever the graph."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odlinked.errors import OdlinkedError
from odlinked.namespaces import RDF, XSD
from odlinked.rdf import ntriples
from odlinked.rdf.serialise import serialise

PREFIXES = {"dcat": "http://www.w3.org/ns/dcat#", "rdf": RDF, "xsd": XSD, "ex": "http://e.tw/", "xml": "http://e.tw/xml#"}
FORMATS = {"ttl": ox.RdfFormat.TURTLE, "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"'\\<>&\r\n\t\0\x1f\x7f\x85\u2028\ufffe]"))
ADDRESSES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: ntriples.encode("http://e.tw/" + text)),
    st.sampled_from([
        "http://e.tw/", "http://e.tw/9", "http://e.tw/a.b", "http://e.tw/a-", "urn:a", "tel:1", "ex:a", "dcat:Dataset", "xml:a",
        "ex://a", "http://www.w3.org/2000/xmlns/a", "http://www.w3.org/XML/1998/namespace", "http://e.tw/xml#a",
        *(RDF + name for name in ("type", "li", "_1", "about", "Description", "RDF", "ID", "nil", "first", "rest")),
    ]),
)
TAGS = st.sampled_from(["en", "zh-hant-tw", "x-odd", "i-klingon", "de-ch-1996", "sl-rozaj-biske", "en-a-bbb-x-a-ccc"])
NODES = st.one_of(ADDRESSES.map(ox.NamedNode), st.sampled_from(["a", "b", "c"]).map(ox.BlankNode))
LITERALS = st.one_of(
    TEXTS.map(ox.Literal), st.builds(lambda text, tag: ox.Literal(text, language=tag), TEXTS, TAGS),
    st.builds(lambda text, iri: ox.Literal(text, datatype=ox.NamedNode(iri)), TEXTS,
              st.sampled_from([XSD + "integer", XSD + "string", RDF + "XMLLiteral", RDF + "JSON", RDF + "HTML", "ex:a"])),
)
TRIPLES = st.builds(ox.Triple, NODES, ADDRESSES.map(ox.NamedNode), st.one_of(NODES, LITERALS))


def graph(triples: list[ox.Triple]) -> ox.Dataset:
    made = ox.Dataset([ox.Quad(one.subject, one.predicate, one.object) for one in triples])
    made.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return made


@pytest.mark.parametrize("name", FORMATS)
@given(st.lists(TRIPLES, min_size=1, max_size=6))
@example([ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode(RDF + "li"), ox.Literal("x"))])
@example([ox.Triple(ox.NamedNode("dcat:s"), ox.NamedNode("http://www.w3.org/ns/dcat#p"), ox.NamedNode("ex:s"))])
@example([ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("http://www.w3.org/2000/xmlns/p"), ox.Literal("x"))])
def test_what_is_written_says_the_same_or_is_refused_by_name(name: str, triples: list[ox.Triple]) -> None:
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert text
    made, refused = b"", ""
    try:
        made = serialise(text, name, PREFIXES)
    except OdlinkedError as problem:
        refused = problem.next_step
    read = [quad.triple for quad in ox.parse(made, format=FORMATS[name])] if made else []
    assert graph(read) == graph(triples) or (name, refused) == ("rdf", "Ask for Turtle, JSON-LD or N-Triples")
