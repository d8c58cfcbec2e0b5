"""STR answers what results show, where the text of a value is another than the engine's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.catalogs import publish, served
from builders.endpoints import XSD, ask, make_store
from builders.national_list import row, write
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cage import functions, spelled_values
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.settings import ServeSettings
from odlinked.web.sparql import endpoint

EX = "http://example.org/"
DATA = """
@prefix ex: <http://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:a ex:title "空氣品質"@zh-Hant ; ex:size "0042"^^xsd:nonNegativeInteger ; ex:every "P12M"^^xsd:duration ;
    ex:on "2026-01-02"^^xsd:date .
ex:b ex:size "7"^^xsd:nonNegativeInteger ; ex:sized "0042"^^xsd:nonNegativeInteger ; ex:other ex:a .
"""
SPELLED = {f'"42"^^<{XSD}integer>': f'"0042"^^<{XSD}nonNegativeInteger>', f'"P1Y"^^<{XSD}duration>': f'"P12M"^^<{XSD}duration>',
           f'"7"^^<{XSD}integer>': f'"7"^^<{XSD}nonNegativeInteger>'}
ODD = frozenset({EX + "size", EX + "sized", EX + "every"})


@pytest.fixture(scope="module", params=[ODD, None], ids=["known", "any"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    view = endpoint.StoreView(make_store(tmp_path_factory.mktemp("str") / "store", DATA), "x", lambda: SPELLED, "http://e.example",
                              lambda: request.param)
    app = Flask("str")
    service = endpoint.mount(app, lambda: view, ServeSettings(query_seconds=5, query_memory_mb=256))
    yield app.test_client()
    service.close()


def values(client: FlaskClient, query: str) -> list[str]:
    answer = ask(client, f"PREFIX ex: <{EX}> {query}")
    assert answer.status_code == 200, answer.data
    return [row["t"]["value"] for row in answer.json["results"]["bindings"] if "t" in row]


@pytest.mark.parametrize("query", [
    "SELECT (STR(?v) AS ?t) { ex:a ex:size ?v }",
    "SELECT (str (?v) AS ?t) { ex:a <http://example.org/size> ?v }",
    "SELECT ?t { ex:a ex:size ?v BIND(STR(?v) AS ?t) }",
    "SELECT (CONCAT(STR(?v), '') AS ?t) { ?s ex:size ?v FILTER(STR(?v) != '7') }",
    "SELECT (STR(?v) AS ?t) { ex:a ?p ?v FILTER(?p = ex:size) }",
    "SELECT (STR(?v) AS ?t) { ex:b ex:other/ex:size ?v }",
    "SELECT (STR(?v) AS ?t) { ex:a ex:size|ex:on ?v FILTER(ISNUMERIC(?v)) }",
    "SELECT (STR(?v) AS ?t) { ex:a (ex:on|ex:size) ?v FILTER(?v = 42) }",
    "SELECT ?t { { SELECT ?v { ex:a ex:size ?v } } BIND(STR(?v) AS ?t) }",
    "SELECT (STR(?v) AS ?t) { ex:b ex:size 7 , ?w . ex:a ex:size ?v }",
    "SELECT (SAMPLE(STR(?v)) AS ?t) { ex:a ex:size ?v } GROUP BY ?v",
    "SELECT (STR(?v) AS ?t) (LANG(?l) AS ?k) { ex:a ex:size ?v ; ex:title ?l }",
    "SELECT (STR(?v) AS ?t) { ?s ex:sized|ex:none ?v }",
    "SELECT ?t { ex:a ex:size ?v FILTER(REGEX(STR(?v), '^00')) BIND(STR(?v) AS ?t) }",
])
def test_it_answers_the_spelling_of_results(client: FlaskClient, query: str) -> None:
    assert values(client, query) == ["0042"]


@pytest.mark.parametrize(("query", "wanted"), [
    ("SELECT (STR(?v) AS ?t) { BIND(42 AS ?v) }", "42"), ("SELECT (STR(?v) AS ?t) { VALUES ?v { 42 } }", "42"),
    ("SELECT (STR(0042) AS ?t) {}", "42"), ("SELECT (STR(?v + 0) AS ?t) { ex:a ex:size ?v }", "42"),
    ("SELECT (STR(?v) AS ?t) { ex:a ex:on ?v }", "2026-01-02"), ("SELECT (STR(?v) AS ?t) { ex:b ex:other ?v }", EX + "a"),
    ("SELECT (STR(?v) AS ?t) { ex:a ex:title ?v }", "空氣品質"), ("SELECT (STR(?v) AS ?t) { ex:a ex:every ?v }", "P12M"),
    ("SELECT (STR(?s) AS ?t) { ?s ex:every ?v }", EX + "a"), ("SELECT (DATATYPE(?v) AS ?t) { ex:a ex:size ?v }", XSD + "integer"),
])
def test_what_stays_as_the_engine_has_it(client: FlaskClient, query: str, wanted: str) -> None:
    assert values(client, query) == [wanted]


def test_a_fault_is_told_where_it_is(client: FlaskClient) -> None:
    details = [ask(client, f'SELECT * {{ ?s ?p ?t FILTER({name}(?t) = "x") ?s ?p }}').json["detail"] for name in ("STR", "ABS")]
    places = [re.search(r"\d+:\d+", text) for text in details]
    assert places[0]
    assert places[1]
    assert places[0][0] == places[1][0]


def test_calls_that_cannot_answer_otherwise_are_left_to_the_engine() -> None:
    for text in ("SELECT ?v { ?s ex:on ?v FILTER(STR(?v) > '2026') }", "ASK { ?s ex:on ?v ; ex:size ?n FILTER(STR(?v) = '') }",
                 "ASK { ?s ex:size ?v FILTER(STRLEN(?v) = 1 && STRSTARTS('STR(?v)', 'x')) } # STR(?v)",
                 "SELECT ?a ?v { ?v ex:size ?a FILTER(STR(?v) = '') } GROUP BY ?a ?v ORDER BY ?a ?v"):
        assert spelled_values.own_str(text, functions.STR, (), ODD, {"ex": EX}) == (text, "")
    assert spelled_values.own_str("ASK { ?s ?p ?v FILTER(STR(?v) = '') }", functions.STR, (), frozenset(), {})[1] == ""


PIECES = ["STR", "str", "(", ")", " ", "\n", "?x", "ex:size", "'", '"', "#", "<", ">", ",", "{", "}", "AS", "q:", "\\", "空",
          "STR(?x)", ".", "-", "SELECT", "|"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_the_text_its_length_stays(text: str) -> None:
    changed, prefix = spelled_values.own_str(text, functions.STR, (), None, {"ex": EX})
    assert len(changed) == len(text)
    assert bool(prefix) == (changed != text)


def test_a_release_knows_which_predicates_have_such_values(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料量="0056;0077"), row(2, 資料量="0056;88")))
    found = served(workspace).respelled
    assert found is not None
    assert "https://w3id.org/odlinked/ns#recordCount" in found
    assert "http://purl.org/dc/terms/modified" not in found
