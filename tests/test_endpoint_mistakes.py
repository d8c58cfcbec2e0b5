"""Mistakes in queries are told as the parser says them, with who is meant and what to write, in both languages."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from builders.endpoints import Mounted, ask, problem
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cage import failures, mistakes
from odlinked.web.site import words
from odlinked.web.sparql import endpoint, protocol

UNGROUPED = "The SELECT contains a variable that is unbound"
CASES = [
    ("SELECT ?x { ?x a foo:Bar }", "1:25", ("Prefix not found", "foo:", "PREFIX foo: <…>")),
    ("SELECT ?x {\n ?x a dcatx:Dataset }", "2:20", ("Prefix not found", "PREFIX dcatx: <…>")),
    ("SELECT ?x { ?x a dcat:Dataset ; dct:title ?t }", "1:42", ("Prefix not found", "PREFIX dct: <…>")),
    ("SELECT ?x { ?x a dcat:Dataset", "1:30", ("expected one of", "}")),
    ("PREFIX a: <urn:a> SELECT * { ?x a:b ?y . ?y b:c 1 }", "", ("b:",)),
    ('ASK { ?s ?p "1"^^xs:int }', "1:24", ("PREFIX xs: <…>",)),
    ("SELECT ?d (COUNT(?x) AS ?n) { ?d <urn:p> ?x }", "1:46", (UNGROUPED, "?d", "GROUP BY")),
    ("SELECT ?a ?b (SUM(?c) AS ?n) { ?a ?b ?c } GROUP BY ?a", "", ("?b",)),
    ("SELECT (STR(?a) AS ?z) (COUNT(*) AS ?n) { ?a ?b ?c } GROUP BY ?b", "", ("?a",)),
    ("SELECT ?s { { SELECT ?s ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } }", "", (UNGROUPED, "?p")),
    ("SELECT (1 AS ?x) (2 AS ?x) {}", "1:30", ("Duplicated variable name in SELECT", "?x")),
    ("SELECT * { ?s ?p ?o } GROUP BY ?s", "1:34", ("SELECT * is not authorized with GROUP BY",)),
    ("ASK { ?s ?p ?o FILTER(?o < foo:a) }", "", ("foo:",)),
    ("SELECT * { ?s <a b> ?o }", "1:20", ("IRI parsing failed",)),
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o", "1:34", ('expected one of ",", ".", ";"',)),
    ("SELECT * { ?s ?p }", "1:19", ("expected one of ",)),
    ("SELECT * { <http://a b> ?p ?o }", "", ("IRI parsing failed",)),
    ("hello", "1:6", ("the query cannot be read here",)),
    ("SELECT * { ?d a dcat:Dataset", "1:29", ('expected one of ",", ".", ";"',)),
    ("SELECT * { ?d a dcat:Dataset . ?d foo:x ?y", "", ("foo:",)),
]


@pytest.fixture
def client(mounted: Mounted) -> FlaskClient:
    return mounted.client


@pytest.mark.parametrize(("query", "place", "said"), CASES)
def test_a_mistake_is_told_whole(client: FlaskClient, query: str, place: str, said: tuple[str, ...]) -> None:
    found = problem(ask(client, query), 400, "malformed")
    for part in (place, *said):
        assert part in found["detail"]
    if place:
        assert f"{found['line']}:{found['column']}" == place
    for shredded in ("expected The", "expected one of Prefix", "expected one of The", "contains, variable"):
        assert shredded not in found["detail"]


@pytest.mark.parametrize(("query", "place", "said"), CASES)
def test_and_in_chinese(client: FlaskClient, query: str, place: str, said: tuple[str, ...]) -> None:
    for headers, more in (({"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.5"}, {}), ({"Accept-Language": "en"}, {"lang": "zh-Hant"})):
        answer = client.get("/sparql", query_string={"query": query, **more}, headers=headers)
        assert answer.headers["Content-Language"] == "zh-Hant"
        detail = answer.get_json(force=True)["detail"]
        assert "查詢不是正確的 SPARQL：第 " in detail
        assert place in detail
        assert all(part in detail for part in said if part.startswith(("?", "PREFIX")) or part.endswith(":"))


@pytest.mark.parametrize("text", ["SELECT (COUNT(?x) AS ?n) ?g { ?x ?g ?y } GROUP BY ?g", "SELECT ?a { ?a ?b ?c }",
                                  "SELECT ?k (COUNT(*) AS ?n) { ?x ?y ?z } GROUP BY (STR(?x) AS ?k) HAVING (COUNT(?z) > 1)"])
def test_what_is_right_is_not_blamed(text: str) -> None:
    ox.Store().query(text)
    assert not [sentence for sentence in mistakes.KINDS if mistakes.read(sentence, text).names]
    assert not mistakes.read("", text).sentence


def test_a_byte_order_mark_is_skipped(client: FlaskClient) -> None:
    text = "\ufeffASK { ?s ?p ?o }"
    assert ask(client, text).json["boolean"] is True
    assert client.post("/sparql", data={"query": text}).json["boolean"] is True
    assert client.post("/sparql", data=text.encode(), content_type="application/sparql-query").json["boolean"] is True
    assert problem(ask(client, "\ufeffSELECT ?x { ?x a foo:Bar }"), 400, "malformed")["column"] == 25


def test_every_code_has_words() -> None:
    texts = words.load().texts
    for module in (failures, protocol, endpoint):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, failures.QueryFailure):
                assert "{why}" in texts[f"problem.query.{kind.code}"]["zh-Hant"]
    assert all(f"problem.syntax.{kind}" in texts for kind in mistakes.KINDS.values())


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_message_on_any_text_is_told(message: str, query: str) -> None:
    assert mistakes.read(message, query).text
    assert mistakes.read(f"error at 1:2: expected one of {message}, Prefix not found", query).line == 1


PIECES = ["SELECT", "?x", "?y", "(", ")", "{", "}", "COUNT", "AS", "GROUP", "BY", "foo:a", "PREFIX", "foo:", "<urn:x>", "WHERE",
          "a", ".", "*", '"x"']


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))
def test_any_query_the_parser_refuses_is_told(query: str) -> None:
    try:
        ox.Store().query(query)
    except SyntaxError as problem:
        message = str(problem)
    else:
        return
    assert mistakes.read(message, query).text.startswith("error at ")
