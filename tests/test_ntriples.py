"""The writer of N-Triples terms: whatever the text, one term comes out and says it."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odlinked.rdf import ntriples

WILD = st.text(st.characters(exclude_categories=["Cs"]))
HOSTILE = 'x" .\n<urn:made> <urn:up> <urn:triple> .\n<urn:y> <urn:p> "'


def parsed(term: str) -> ox.Quad:
    (quad,) = ox.parse(f"<urn:s> <urn:p> {term} .\n".encode(), format=ox.RdfFormat.N_TRIPLES)
    return quad


@given(WILD)
@example(HOSTILE)
@example("\x00\x1f\x7f\ufffe\\u0022\\")
def test_a_text_is_one_literal_that_says_it(text: str) -> None:
    assert parsed(ntriples.string(text)).object == ox.Literal(text)
    assert parsed(ntriples.tagged(text, "zh-hant")).object == ox.Literal(text, language="zh-hant")
    assert parsed(ntriples.typed(text, "urn:t")).object == ox.Literal(text, datatype=ox.NamedNode("urn:t"))
    (triple,) = ntriples.triples(f"<urn:s> <urn:p> {ntriples.string(text)} .\n".encode())
    assert triple.object.value == text


@given(WILD)
@example("https://x/> .\n<urn:made> <urn:up> <urn:triple> .\n<urn:y")
@example("https://x:port/[%]#a#b")
def test_an_address_is_one_iri(text: str) -> None:
    assert isinstance(parsed(ntriples.iri("http://example.org/" + text)).object, ox.NamedNode)


@pytest.mark.parametrize("tag", ["zh_TW", "français", "en-", "", "en> .\n", "en x", "ar--rtl", "toolongsubtag"])
def test_what_is_no_tag_is_not_written(tag: str) -> None:
    with pytest.raises(ValueError, match="no language tag"):
        ntriples.tagged("text", tag)


def test_what_is_no_datatype_is_not_written() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        ntriples.typed("text", "urn:a> .\n<urn:b")
