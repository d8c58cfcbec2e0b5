"""RDF/XML and XML results are well-formed and say the same, or are refused by name: never 200 with what no parser takes."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from builders.endpoints import Mounted, ask, problem
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from odlinked.cage import result_writers
from odlinked.rdf import streams
from odlinked.rdf.xml_names import UNWRITABLE, Unwritable

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ODD = ["http://x.tw/123", "http://x.tw/v#", "http://x.tw/", f"{RDF}li", f"{RDF}about", f"{RDF}Description", f"{RDF}RDF",
       "http://www.w3.org/2000/xmlns/a", "http://www.w3.org/XML/1998/namespacelang", "http://x.tw/?a=1&b=2", "http://x.tw/a%20",
       "http://x.tw/x-", "http://x.tw/ⱡ", "urn:1"]
FINE = [f"{RDF}_1", f"{RDF}type", f"{RDF}value", "http://x.tw/1a", "http://x.tw/a:b", "urn:p", "http://x.tw/空氣", "http://x.tw/a.",
        "http://x.tw/?a=b&c", "http://x.tw/xmlfoo", "http://x.tw/a%20b", "http://x.tw/é"]


@pytest.fixture
def client(mounted: Mounted) -> FlaskClient:
    return mounted.client


def written(triples: list[ox.Triple], prefixes: dict[str, str]) -> bytes:
    out = io.BytesIO()
    streams.write(triples, "rdf", out, prefixes)
    return out.getvalue()


def same(data: bytes, triples: list[ox.Triple]) -> bool:
    """Say whether strict parsers read these triples: expat, rdflib (which forgets the language of no text), the engine's own."""
    ET.fromstring(data)
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    wanted = rdflib.Graph().parse(data=text, format="nt")
    again = ox.serialize(ox.parse(data, format=ox.RdfFormat.RDF_XML), format=ox.RdfFormat.N_TRIPLES)
    empty = any(type(triple.object) is ox.Literal and not triple.object.value for triple in triples)
    return (empty or isomorphic(rdflib.Graph().parse(data=data, format="xml"), wanted)) and \
        isomorphic(rdflib.Graph().parse(data=again, format="nt"), wanted)


@pytest.mark.parametrize("predicate", ODD)
def test_a_predicate_without_a_name_is_refused_by_name(client: Any, predicate: str) -> None:
    query = f"CONSTRUCT {{ <urn:s> <{predicate}> 'a' }} {{}}"
    answer = ask(client, query, "application/rdf+xml")
    if answer.status_code == 200:
        assert same(answer.data, [ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode(predicate), ox.Literal("a"))])
        return
    assert predicate in problem(answer, 406, "not-writable")["detail"]
    assert ask(client, query, "text/turtle").status_code == 200


@pytest.mark.parametrize("predicate", FINE)
def test_a_predicate_with_a_name_is_written(predicate: str) -> None:
    triples = [ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode(predicate), ox.NamedNode("urn:o"))]
    assert same(written(triples, {}), triples)


def test_what_must_be_refused_is() -> None:
    for predicate in [*ODD[:7], ODD[7], ODD[11], ODD[13]]:
        if predicate != "http://x.tw/x-":
            with pytest.raises(Unwritable, match="RDF/XML cannot hold the predicate"):
                written([ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode(predicate), ox.Literal("a"))], {})


SPACES = ["http://x.tw/", "urn:x:", RDF, "http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace", "http://x.tw/v#"]
LOCAL = st.text(alphabet="aZ_-.:09/?&=~é空ⱡ·\u0300\u203f", max_size=6)
IRIS = st.builds(lambda space, local: ox.NamedNode(space + local), st.sampled_from(SPACES), LOCAL)
NODES = st.one_of(IRIS, st.text(alphabet="aZ09_", min_size=1, max_size=4).map(ox.BlankNode))
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
LITERALS = st.one_of(TEXTS.map(ox.Literal), TEXTS.map(lambda text: ox.Literal(text, language="en")),
                     st.builds(lambda text, of: ox.Literal(text, datatype=of), TEXTS, st.just(ox.NamedNode("http://x.tw/?a&b"))))
PREFIXES = st.dictionaries(st.sampled_from(["", "a", "xml", "xmlns", "XmlA", "rdf", "oxprefix", "its", "a.b", "空"]),
                           st.sampled_from(["http://x.tw/", "urn:x:", RDF, "http://www.w3.org/2000/xmlns/", "http://x.tw/v#"]))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.builds(ox.Triple, NODES, IRIS, st.one_of(NODES, LITERALS)), min_size=1, max_size=3, unique=True), PREFIXES)
@example([ox.Triple(ox.BlankNode("0"), ox.NamedNode("urn:p"), ox.BlankNode("b0"))], {})
@example([ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("http://x.tw/p"), ox.Literal("\r\n\t x "))], {"": "http://x.tw/"})
def test_what_is_written_is_read_again(triples: list[ox.Triple], prefixes: dict[str, str]) -> None:
    try:
        data = written(triples, prefixes)
    except Unwritable:
        return
    assert same(data, triples), data.decode()


@given(TEXTS, TEXTS)
def test_xml_results_are_read_again_or_refused(one: str, other: str) -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal(one + other, language="en")))
    out = io.BytesIO()
    try:
        result_writers.solutions(store.query("SELECT ?o { ?s ?p ?o }"), "xml", out, None, ())
    except Unwritable:
        assert UNWRITABLE.search(one + other)
        return
    (cell,) = ET.fromstring(out.getvalue()).iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert (cell.text or "") == one + other
