"""Mistakes in queries are told as the parser says them, with who is meant and what to write, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pyoxigraph as ox
import pytest
from builders.endpoints import Mounted, ask, problem
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.cage import failures, grammar, mistakes
from odlinked.web.site import words
from odlinked.web.sparql import endpoint, protocol

UNGROUPED = "The SELECT contains a variable that is unbound"
CASES = [
    ("SELECT ?x { ?x a foo:Bar }", "1:18", ("Prefix not found", "foo:", "PREFIX foo: <…>")),
    ("SELECT ?x {\n ?x a dcatx:Dataset }", "2:7", ("Prefix not found", "PREFIX dcatx: <…>")),
    ("SELECT ?x { ?x a dcat:Dataset ; dct:title ?t }", "1:33", ("Prefix not found", "PREFIX dct: <…>")),
    ("SELECT ?x { ?x a dcat:Dataset", "1:30", ("the query ends here, expected one of", '"}"')),
    ("PREFIX a: <urn:a> SELECT * { ?x a:b ?y . ?y b:c 1 }", "1:45", ("b:",)),
    ('ASK { ?s ?p "1"^^xs:int }', "1:18", ("PREFIX xs: <…>",)),
    ("SELECT ?d (COUNT(?x) AS ?n) { ?d <urn:p> ?x }", "1:46", (UNGROUPED, "?d", "GROUP BY")),
    ("SELECT ?a ?b (SUM(?c) AS ?n) { ?a ?b ?c } GROUP BY ?a", "", ("?b",)),
    ("SELECT (STR(?a) AS ?z) (COUNT(*) AS ?n) { ?a ?b ?c } GROUP BY ?b", "", ("?a",)),
    ("SELECT ?s { { SELECT ?s ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } }", "", (UNGROUPED, "?p")),
    ("SELECT (1 AS ?x) (2 AS ?x) {}", "1:30", ("Duplicated variable name in SELECT", "?x")),
    ("SELECT * { ?s ?p ?o } GROUP BY ?s", "1:34", ("SELECT * is not authorized with GROUP BY",)),
    ("ASK { ?s ?p ?o FILTER(?o < foo:a) }", "1:28", ("foo:",)),
    ("SELECT * { ?s <a b> ?o }", "1:15", ("IRI parsing failed",)),
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o", "1:34", ('ends here, expected one of ",", ";", "."', '"}"')),
    ("SELECT * { <http://a b> ?p ?o }", "1:12", ("IRI parsing failed",)),
    ("", "1:1", ("the query ends here", "SELECT")),
    ("hello", "1:1", ("hello cannot stand here", "SELECT")),
    ("SELEC ?s { ?s ?p ?o }", "1:1", ("SELEC cannot stand here", "Was SELECT meant?")),
    ("SELECT * { ?d a dcat:Dataset", "1:29", ('expected one of ",", ";", "."',)),
    ("SELECT * { ?d a dcat:Dataset . ?d foo:x ?y", "1:35", ("foo:",)),
    # The engine says of these "expected OPTIONAL", "one of BIND", "DISTINCT" and the like, at the end of the text.
    ("SELECT * { ?s ?p }", "1:18", ("} cannot stand here, expected a variable, an IRI or a value",)),
    ("SELECT * {\n ?s ?p . ?a foo:b 1 }", "2:8", (". cannot stand here, expected a variable, an IRI or a value",)),
    ("SELECT * { ?s }", "1:15", ("expected a property",)),
    ("SELECT ?s, ?p { ?s ?p ?o }", "1:10", (", cannot stand here", "a variable such as ?x")),
    ("SELECT COUNT(*) { ?s ?p ?o }", "1:8", ("COUNT cannot stand here", '"("')),
    ("SELECT (COUNT(*) ?n) { ?s ?p ?o }", "1:18", ("?n cannot stand here", "AS")),
    ("SELECT * { ?s ?p ?o ?x }", "1:21", ("?x cannot stand here", '",", ";", "."')),
    ("SELECT * { ?s ?p ?o } LIMIT x", "1:29", ("expected a whole number",)),
    ("SELECT * { ?s ?p ?o FILTER(CONTAIN(?o, 'x')) }", "1:28", ("CONTAIN cannot stand here", "Was CONTAINS meant?")),
    ("PREFIX dcat <http://x#> ASK {}", "1:8", ("dcat cannot stand here, expected a prefix that ends with a colon",)),
    ("SELECT * { ?s ?p 'abc }", "1:18", ("no closing quotation mark",)),
    ("SELECT * { ?s ?p “abc” }", "1:18", ('“ is a full-width or typographic sign: write "',)),
    ("SELECT * { ?s ?p 1 ； ?q 2 }", "1:20", ("； is a full-width or typographic sign: write ;",)),
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
        assert all(part in detail for part in said if re.fullmatch(r"\?\w+|PREFIX .*|\w+:", part))


@pytest.mark.parametrize(("how", "status"), [
    ({"method": "PUT"}, 405), ({"query_string": {"update": "CLEAR ALL"}}, 403), ({"query_string": {"query": "CLEAR ALL"}}, 403),
    ({"query_string": {"query": "ASK { SERVICE <http://a.tw/> { ?s ?p ?o } }"}}, 403),
    ({"query_string": {"query": "ASK {}", "format": "xlsx"}}, 406),
    ({"query_string": {"query": "ASK {" + "{" * 200 + "}" * 200 + "}"}}, 400),
    ({"query_string": {"query": "ASK { ?d odl:matches ?words }"}}, 400),
    ({"query_string": {"query": "ASK {}", "default-graph-uri": "a b"}}, 400),
    ({"query_string": "query=ASK%7B%7D&query=ASK%7B%7D"}, 400), ({"query_string": "query=%FF"}, 400),
    ({"method": "POST", "data": b"", "content_type": "application/x-www-form-urlencoded"}, 400),
    ({"method": "POST", "data": b"ASK {}", "content_type": "text/plain"}, 415),
    ({"method": "POST", "data": b"ASK {}", "content_type": "application/sparql-query; charset=big5"}, 415),
    ({"method": "POST", "data": b"x" * 300_000, "content_type": "application/sparql-query"}, 413),
])
def test_whatever_is_not_answered_is_told_in_chinese_alone(client: FlaskClient, how: dict[str, Any], status: int) -> None:
    answer = client.open("/sparql", headers={"Accept-Language": "zh-TW", "Accept": "application/json, text/turtle"}, **how)
    assert answer.status_code == status
    detail = answer.get_json(force=True)["detail"]
    assert "。" in detail
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", detail)


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
    assert problem(ask(client, "\ufeffSELECT ?x { ?x a foo:Bar }"), 400, "malformed")["column"] == 18


def test_every_code_has_words() -> None:
    texts = words.load().texts
    for module in (failures, protocol, endpoint):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, failures.QueryFailure):
                assert "{why}" in texts[f"problem.query.{kind.code}"]["zh-Hant"]
    assert all(f"problem.syntax.{kind}" in texts for kind in mistakes.KINDS.values())


def test_no_query_of_ours_breaks_the_grammar() -> None:
    assets = Assets()
    texts = [assets.text(name) for name in assets.glob("queries/**/*.rq")]
    assert len(texts) > 200
    found = [grammar.load().unexpected(text) for text in texts]
    assert [one for one in found if one] == []


def test_every_token_of_the_grammar_has_words() -> None:
    texts, found = words.load().texts, grammar.load()
    kinds = {token for rule in found.rules for token in found.begins(rule) if not token.startswith("'")}
    assert {"VAR", "IRIREF", "NAME", "STRING", "NUMBER"} <= kinds
    assert all(f"problem.syntax.part.{name}" in texts for name in (*kinds, *grammar.NAMED))


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
