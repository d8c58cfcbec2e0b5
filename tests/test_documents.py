"""Documents: spelling, splitting, parsing and packing."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.documents import Codec, Derivation, Document, split
from odlinked.namespaces import CTL, LEX, XSD
from odlinked.rdf.ntriples import spelled, triples
from odlinked.rdf.tags import language_tag

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(("given_tag", "wanted"), [
    ("zh-hant", "zh-Hant"), ("EN", "en"), ("en-us", "en-US"), ("zh-hant-tw", "zh-Hant-TW"), ("x-AB-cdef", "x-ab-cdef"),
])
def test_language_tags_have_the_case_bcp_47_recommends(given_tag: str, wanted: str) -> None:
    assert language_tag(given_tag) == wanted


@pytest.mark.parametrize(("line", "wanted"), [
    (f'<a:s> <a:p> "007"^^<{LEX}integer> .', f'<a:s> <a:p> "007"^^<{XSD}integer> .'),
    (f'<a:s> <a:p> "x"^^<{LEX}string> .', '<a:s> <a:p> "x" .'),
    ('<a:s> <a:p> "水"@zh-hant .', '<a:s> <a:p> "水"@zh-Hant .'),
    (f'<a:s> <a:p> "\\"^^<{LEX}integer> ." .', f'<a:s> <a:p> "\\"^^<{LEX}integer> ." .'),
    (f"<a:s> <a:p> <{LEX}integer> .", f"<a:s> <a:p> <{LEX}integer> ."),
    ('<a:s> <a:p> "mail\\"@zh-hant ." .', '<a:s> <a:p> "mail\\"@zh-hant ." .'),
])
def test_only_the_end_of_a_line_is_respelled(line: str, wanted: str) -> None:
    assert spelled(line.encode()) == wanted.encode()


@given(_TEXT)
def test_a_literal_is_read_as_the_reference_parser_reads_it(text: str) -> None:
    triple = ox.Triple(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.Literal(text, language="en"))
    line = ox.serialize([triple], format=ox.RdfFormat.N_TRIPLES)
    assert line is not None
    found = list(triples(line))
    assert [(t.object.value, t.object.language) for t in found] == [(text, "en")]


def test_split_puts_every_node_under_its_record_and_takes_the_controls_out() -> None:
    text = "\n".join([
        '<http://x/id/dataset/1> <a:title> "水"@zh-hant .',
        f'<http://x/id/dataset/1#d-2> <a:size> "05"^^<{LEX}integer> .',
        '<http://x/id/organization/9> <a:name> "署" .',
        f"<http://x/id/dataset/1> <{CTL}derivedFrom> <urn:odlinked:row:17> .",
        f"<http://x/id/dataset/1#d-2> <{CTL}derivedFrom> <urn:odlinked:row:17:3> .",
        f"<http://x/id/organization/9> <{CTL}mentionedIn> <urn:odlinked:row:17> .",
        f"<http://x/id/dataset/1> <{CTL}withdraws> <urn:odlinked:row:17> .",
        '_:b1 <a:p> "stray" .',
    ])
    found = split(text.encode())
    assert set(found.documents) == {"http://x/id/dataset/1", "http://x/id/organization/9"}
    assert found.documents["http://x/id/dataset/1"].text.decode() == (
        f'<http://x/id/dataset/1#d-2> <a:size> "05"^^<{XSD}integer> .\n<http://x/id/dataset/1> <a:title> "水"@zh-Hant .\n')
    assert found.derived["http://x/id/dataset/1#d-2"] == [Derivation(17, 3)]
    assert found.mentioned == {"http://x/id/organization/9": {17}}
    assert found.withdrawn == {"http://x/id/dataset/1"}
    assert found.strays == {"_:b1"}


@given(st.lists(_TEXT, max_size=5), st.randoms())
def test_the_hash_knows_no_order(texts: list[str], dice: object) -> None:
    lines = [ox.serialize([ox.Triple(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.Literal(t))],
                          format=ox.RdfFormat.N_TRIPLES) or b"" for t in texts]
    lines = [line.rstrip(b"\n") for line in lines]
    assert Document.of("a:s", lines).hash == Document.of("a:s", reversed([*lines, *lines])).hash


@given(st.binary(max_size=500), st.binary(max_size=200))
def test_packing_gives_back_what_it_took(text: bytes, dictionary: bytes) -> None:
    codec = Codec(dictionary)
    assert codec.unpack(codec.pack(text)) == text
