"""Results as text: every format holds the same terms, spelled as the catalogue spells them."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cage import result_writers, spellings
from odlinked.rdf import streams
from odlinked.rdf.tags import language_tag
from odlinked.rdf.xml_names import Unwritable

XSD = "http://www.w3.org/2001/XMLSchema#"
SPELLINGS = {
    f'"5120"^^<{XSD}integer>': f'"5120"^^<{XSD}nonNegativeInteger>',
    f'"P1Y"^^<{XSD}duration>': f'"P12M"^^<{XSD}duration>',
    f'"1.5"^^<{XSD}decimal>': f'"1.50"^^<{XSD}decimal>',
}
NASTY = 'tab\tline\nreturn\rquote"back\\ <&> "@zh-hant xml:lang="zh-hant" "@language":"zh-hant" 空氣'


FORMATS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD}


class Table(dict[str, str]):
    """Spellings without a file."""


def store(*terms: ox.Literal) -> ox.Store:
    found = ox.Store()
    for number, term in enumerate(terms):
        found.add(ox.Quad(ox.NamedNode(f"http://example.org/{number}"), ox.NamedNode("http://example.org/p"), term))
    return found


def typed(value: str, name: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + name))


def table(of: ox.Store, query: str, form: str, computed: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    result_writers.solutions(of.query(query), form, out, Table(SPELLINGS), computed)
    return out.getvalue()


def graph(of: ox.Store, form: str, restore: bool = True) -> bytes:
    out = io.BytesIO()
    triples = of.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")
    streams.write(result_writers.restored(triples, Table(SPELLINGS) if restore else None), form, out, {"ex": "http://example.org/"})
    return out.getvalue()


WHOLE = store(
    typed("5120", "nonNegativeInteger"), typed("P12M", "duration"), typed("1.50", "decimal"), typed("7", "integer"),
    ox.Literal(NASTY, language="zh-Hant"), ox.Literal(NASTY), ox.Literal("x", language="EN-gb"),
)
SPELLED = {
    ("5120", XSD + "nonNegativeInteger", ""), ("P12M", XSD + "duration", ""), ("1.50", XSD + "decimal", ""),
    ("7", XSD + "integer", ""), (NASTY, "", "zh-Hant"), (NASTY, "", ""), ("x", "", "en-GB"),
}


def test_json() -> None:
    found = json.loads(table(WHOLE, "SELECT ?o { ?s ?p ?o }", "json"))
    cells = [row["o"] for row in found["results"]["bindings"]]
    assert {(c["value"], c.get("datatype", ""), c.get("xml:lang", "")) for c in cells} == SPELLED


def test_xml() -> None:
    space = "{http://www.w3.org/2005/sparql-results#}"
    cells = ET.fromstring(table(WHOLE, "SELECT ?o { ?s ?p ?o }", "xml")).iter(space + "literal")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert {(c.text, c.get("datatype", ""), c.get(lang, "")) for c in cells} == SPELLED


def test_tsv_holds_terms() -> None:
    head, *lines = table(WHOLE, "SELECT ?o { ?s ?p ?o }", "tsv").decode().split("\n")
    assert head == "?o"
    assert lines[-1] == ""
    assert f'"5120"^^<{XSD}nonNegativeInteger>' in lines
    assert str(ox.Literal(NASTY)) + "@zh-Hant" in lines
    assert '"x"@en-GB' in lines


def test_csv_holds_values() -> None:
    text = table(WHOLE, "SELECT ?o ?none { ?s ?p ?o }", "csv").decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["o", "none"]
    assert {row[0] for row in rows[1:]} == {value for value, _, _ in SPELLED}
    assert text.count("\r\n") == len(rows)


@pytest.mark.parametrize("form", ["json", "xml", "tsv", "csv"])
def test_an_empty_result_is_whole(form: str) -> None:
    data = table(ox.Store(), "SELECT ?a ?b { ?a ?b ?c }", form)
    if form == "csv":
        assert data == b"a,b\r\n"
    else:
        engine = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML, "tsv": ox.QueryResultsFormat.TSV}[form]
        parsed: Any = ox.parse_query_results(data, format=engine)
        assert [v.value for v in parsed.variables] == ["a", "b"]
        assert list(parsed) == []


def test_computed_variables_stay_canonical() -> None:
    query = "SELECT ?o ?x { ?s ?p ?o BIND(?o AS ?x) FILTER(?o = 5120) }"
    row = json.loads(table(WHOLE, query, "json", ("x",)))["results"]["bindings"][0]
    assert row["o"]["datatype"] == XSD + "nonNegativeInteger"
    assert row["x"]["datatype"] == XSD + "integer"


def test_nested_triples_and_blank_nodes() -> None:
    query = "SELECT * { BIND(<<( <a:a> <a:b> 'x'@zh-hant )>> AS ?t) BIND(BNODE() AS ?b) }"
    for form, engine in (("json", ox.QueryResultsFormat.JSON), ("xml", ox.QueryResultsFormat.XML)):
        parsed: Any = ox.parse_query_results(table(ox.Store(), query, form), format=engine)
        row = next(iter(parsed))
        assert str(row["t"].object) == '"x"@zh-hant'
        assert isinstance(row["b"], ox.BlankNode)


@pytest.mark.parametrize("form", ["ttl", "nt", "rdf", "jsonld"])
def test_graphs_hold_the_same_triples(form: str) -> None:
    data = graph(WHOLE, form)
    found = set()
    for quad in ox.parse(data, format=FORMATS[form]):
        term: Any = quad.object
        plain = term.language or term.datatype.value == XSD + "string"
        found.add((term.value, "" if plain else term.datatype.value, language_tag(term.language or "")))
    assert found == SPELLED
    assert data.count(b"zh-Hant") == 1
    assert data.count(b"en-GB") == 1
    assert data.count(b"zh-hant") == 6, "text that only looks like a tag stays as it is"


def test_turtle_uses_the_prefixes_of_the_query() -> None:
    assert b"@prefix ex: <http://example.org/> ." in graph(WHOLE, "ttl")


def test_a_canonical_graph_still_has_its_tags() -> None:
    data = graph(WHOLE, "nt", restore=False)
    assert f'"5120"^^<{XSD}integer>'.encode() in data
    assert b"@zh-Hant ." in data


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0c", "￾"])
def test_xml_refuses_what_it_cannot_hold(character: str) -> None:
    of = store(ox.Literal(f"a{character}b"))
    with pytest.raises(Unwritable):
        table(of, "SELECT ?o { ?s ?p ?o }", "xml")
    with pytest.raises(Unwritable):
        graph(of, "rdf")
    assert json.loads(table(of, "SELECT ?o { ?s ?p ?o }", "json"))["results"]["bindings"][0]["o"]["value"] == f"a{character}b"


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40), min_size=1, max_size=5))
def test_any_text_comes_back(texts: list[str]) -> None:
    of = store(*(ox.Literal(text, language="zh-Hant") for text in texts))
    cells = json.loads(table(of, "SELECT ?o { ?s ?p ?o }", "json"))["results"]["bindings"]
    assert sorted(cell["o"]["value"] for cell in cells) == sorted(texts)
    for form, engine in (("ttl", ox.RdfFormat.TURTLE), ("nt", ox.RdfFormat.N_TRIPLES), ("jsonld", ox.RdfFormat.JSON_LD)):
        data = graph(of, form)
        assert sorted(quad.object.value for quad in ox.parse(data, format=engine)) == sorted(texts)


def test_a_cut_between_writes_never_spoils_a_tag() -> None:
    """The engine may hand over its text in any pieces."""
    for form in ("ttl", "nt", "rdf", "jsonld"):
        whole = graph(WHOLE, form, restore=False)
        lowered = b"".join(_engine(form))
        for size in (1, 2, 3, 7, 50):
            out = io.BytesIO()
            sink = streams.Retagged(out, form)
            for at in range(0, len(lowered), size):
                sink.write(lowered[at:at + size])
            sink.close()
            assert out.getvalue() == whole


def _engine(form: str) -> list[bytes]:
    parts: list[bytes] = []

    class Sink:
        def write(self, data: bytes) -> int:
            parts.append(bytes(data))
            return len(data)

        def flush(self) -> None:
            pass

    sink: Any = Sink()
    ox.serialize(WHOLE.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"), sink, FORMATS[form],
                 prefixes={"ex": "http://example.org/"})
    return parts


@pytest.mark.parametrize("tag", [
    "zh-hant", "ZH-HANT-tw", "en-us", "sl-rozaj-biske", "de-ch-1996", "x-private-ab", "en-x-us-hant", "EN",
])
def test_tags_are_cased_as_documents_case_them(tag: str) -> None:
    assert f'"xml:lang":"{language_tag(tag)}"' in table(store(), f'SELECT ("x"@{tag} AS ?text) {{}}', "json").decode()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=40))
def test_the_table_of_spellings_answers_as_the_mapping(entries: dict[str, str]) -> None:
    import tempfile

    clean = {k: v for k, v in entries.items() if k.isprintable() and v.isprintable()}
    with tempfile.TemporaryFile() as file:
        spellings.write(clean, file)
        found = spellings.Spellings(file.fileno())
        assert all(found.get(key) == value for key, value in clean.items())
        assert found.get("not there at all, whatever was drawn") is None
