"""The compiled path says what the reference says, and its terms are what pyoxigraph writes."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from odlinked.csvw import cells, compile, metadata
from odlinked.csvw.model import Column
from odlinked.namespaces import LEX, XSD
from odlinked.rdf import ntriples

DATATYPES: list[Any] = [
    None, "anyURI", "token", "normalizedString", "integer", "nonNegativeInteger", "decimal", "double", "date", "dateTime",
    "boolean", "json", "xml", "anyAtomicType", "duration", "hexBinary", "gYearMonth", "NCName",
    {"base": "datetime", "format": "yyyy-MM-dd HH:mm:ss"}, {"base": "date", "format": "d/M/yyyy"},
    {"base": "decimal", "format": "#,##0.0#"}, {"base": "boolean", "format": "Y|N"}, {"base": "string", "format": "[a-c ]+"},
    {"base": "string", "maxLength": 3}, {"base": "integer", "minimum": 10}, {"@id": "http://example.org/t", "base": "token"},
]
PIECES = ["", " ", "  ", ";", "|", "\t", "\n", "\r\n", "\u3000", "\x00", '"', "\\", "\ufffe", "甲", "a", "b", "-", "1", "0", "12",
          "1,234.5", "007", "2020-02-29", "2021-02-29", "29/2/2020", "2020-01-02 03:04:05", "2020-01-02T03:04:05", "Y", "N",
          "true", "NULL", "http://example.org/甲 x", "P1D", "{}", "😀", "x" * 201]


def lex(iri: str) -> str:
    return iri.replace(XSD, LEX)


def column(datatype: Any, **said: Any) -> Column:
    described = {"name": "c", **said} | ({"datatype": datatype} if datatype is not None else {})
    document = {"@context": metadata.CONTEXT, "url": "t.csv", "tableSchema": {"columns": [described]}}
    return metadata.load(document).table.columns[0]


@st.composite
def columns(draw: st.DrawFn) -> Column:
    said: dict[str, Any] = {}
    if draw(st.booleans()):
        said["separator"] = draw(st.sampled_from([";", "|", " ", "\t", "--", ""]))
    if draw(st.booleans()):
        said["null"] = draw(st.lists(st.sampled_from(["", "-", "NULL", "a"]), min_size=1, max_size=2))
    if draw(st.booleans()):
        said["default"] = draw(st.sampled_from(["", "1", "a", " b ", "NULL", "1;2"]))
    if draw(st.booleans()):
        said["lang"] = "zh-Hant"
    said["required"] = draw(st.booleans())
    return column(draw(st.sampled_from(DATATYPES)), **said)


texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text(max_size=8))


@settings(max_examples=400, deadline=None)
@given(columns(), st.lists(texts, min_size=1, max_size=6))
@example(column("integer", separator=";"), ["1;2", "1;;2", "1; x", ";"])
@example(column("token", separator="\t"), ["a\tb", "a b"])
@example(column("token", separator=";"), ["a;\u3000b"])
@example(column("token"), ["a\ufffeb"])
def test_compiled_equals_reference(described: Column, strings: list[str]) -> None:
    compiled = compile.column(described, lex)
    for text in [*strings, *strings]:
        values, errors = cells.parse(text, described)
        assert compiled(text) == (tuple(compile.term(value, lex) for value in values), bool(errors))


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_terms_are_written_as_pyoxigraph_writes_them(text: str) -> None:
    (found,), wrong = compile.column(column(None))(text or "x")
    assert not wrong
    assert found == written(ox.Literal(text or "x"))


def test_every_special_character_is_written_as_pyoxigraph_writes_it() -> None:
    points = [*range(0x300), 0x2028, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF]
    for point in points:
        assert f'"{ntriples.escape(chr(point))}"'.encode() == written(ox.Literal(chr(point)))


def written(literal: ox.Literal) -> bytes:
    name = ox.NamedNode("urn:x")
    line = ox.serialize([ox.Triple(name, name, literal)], format=ox.RdfFormat.N_TRIPLES)
    assert line is not None
    return line[len(b"<urn:x> <urn:x> "):-len(b" .\n")]


@pytest.mark.parametrize(("text", "datatype", "wanted"), [
    ("007", "integer", (b'"007"^^<' + LEX.encode() + b'integer>',)),
    ("00x", "integer", (b'"00x"',)),
    ("2020-01-02 03:04:05", {"base": "datetime", "format": "yyyy-MM-dd HH:mm:ss"},
     (b'"2020-01-02T03:04:05"^^<' + LEX.encode() + b'dateTime>',)),
    ("甲\n", None, ('"甲\\n"'.encode(),)),
    ("", "integer", ()),
])
def test_terms(text: str, datatype: Any, wanted: tuple[bytes, ...]) -> None:
    terms, wrong = compile.column(column(datatype), lex)(text)
    assert terms == wanted
    assert wrong == (text == "00x")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile, "MEMO_ENTRIES", 4)
    compiled = compile.column(column("integer"))
    for number in range(20):
        assert compiled(str(number))[0][0].startswith(f'"{number}"'.encode())
    memo = next(cell.cell_contents for cell in compiled.__closure__ or () if isinstance(cell.cell_contents, dict))
    assert 0 < len(memo) <= 4


def test_an_impossible_datatype_iri_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        compile.column(column("integer"), lambda iri: iri + ">")("1")
