"""LANG answers what results show: every idiom of asking for a language finds what it names."""

from __future__ import annotations

import re
from typing import Any

import pyoxigraph as ox
import pytest
from builders.endpoints import Mounted, ask, make_store
from flask.testing import FlaskClient
from hypothesis import assume, given
from hypothesis import strategies as st

from odlinked.cage import functions, spelled_tags, tokenizer

DATA = """
@prefix ex: <http://example.org/> .
ex:a ex:title "空氣品質"@zh-Hant, "Air"@en-gb, "空气"@zh-Hans-cn, "plain" ; ex:other ex:b .
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    mounted = Mounted(make_store(tmp_path_factory.mktemp("lang") / "store", DATA))
    yield mounted.client
    mounted.service.close()


def found(client: FlaskClient, query: str) -> list[str]:
    """Return what is bound to ?t or ?l, in order."""
    answer = ask(client, query)
    assert answer.status_code == 200, answer.data
    return [row.get("t", row.get("l", {})).get("value", "") for row in answer.json["results"]["bindings"]]


@pytest.mark.parametrize("condition", [
    'LANG(?t) = "zh-Hant"', 'lang(?t) = "zh-Hant"', 'Lang (?t) IN ("zh-Hant", "fr")', '"zh-Hant" = LANG(?t)',
    'LANG(?t) IN ("zh-Hant")', '!(LANG(?t) != "zh-Hant")', 'LANG #(comment)\n (?t) = "zh-Hant"', 'SUBSTR(LANG(?t), 4) = "Hant"',
    'LANGMATCHES(LANG(?t), "zh-hant")', 'langMatches( lang(?t) , "ZH-HANT")', 'LANGMATCHES((LANG(?t)), "zh-Hant")',
    'LANG(?t) = "zh-Hant" && "LANG(?t)" = "LANG(?t)"', 'REGEX(LANG(?t), "^zh-Hant$")', 'LCASE(LANG(?t)) = "zh-hant"',
    'LANG(?t) = LANG("x"@ZH-HANT)',
    '?t = "空氣品質"@zh-Hant', 'CONTAINS(LANG(?t), "Hant")', 'STRLANG("空氣品質", "zh-Hant") = ?t',
])
def test_every_way_to_ask_for_a_language(client: FlaskClient, condition: str) -> None:
    assert found(client, f"SELECT ?t {{ ?s <http://example.org/title> ?t FILTER({condition}) }}") == ["空氣品質"]
    if condition.startswith(("LANG", "lang")) and " " not in condition.split("(")[0]:
        assert found(client, f"SELECT ?t {{ ?s ?p ?t FILTER({condition}) }}") == ["空氣品質"]


@pytest.mark.parametrize("query", [
    "SELECT ?l { ?s <http://example.org/title> ?t BIND(LANG(?t) AS ?l) } ORDER BY ?l",
    "SELECT (LANG(?t) AS ?l) { ?s <http://example.org/title> ?t } ORDER BY LANG(?t)",
    "SELECT ?l { ?s <http://example.org/title> ?t } GROUP BY (LANG(?t) AS ?l) ORDER BY ?l",
    "SELECT ?l { ?s <http://example.org/title> ?t } GROUP BY (LANG(?t) AS ?l) HAVING (COUNT(LANG(?t)) = 1) ORDER BY ASC(?l)",
    "PREFIX q: <urn:> SELECT ?l { { SELECT (LANG(?t) AS ?l) { ?s <http://example.org/title> ?t } } } ORDER BY ?l",
    "SELECT ?l { { ?s <http://example.org/title> ?t } UNION { ?s <urn:none> ?t } BIND(IF(true, lang(?t), 1) AS ?l) } ORDER BY ?l",
])
def test_wherever_it_stands(client: FlaskClient, query: str) -> None:
    assert found(client, query) == ["", "en-GB", "zh-Hans-CN", "zh-Hant"]


def test_what_is_no_literal_has_no_language(client: FlaskClient) -> None:
    assert found(client, "SELECT ?t { ?s <http://example.org/other> ?t BIND(LANG(?t) AS ?x) FILTER(!BOUND(?x)) }") == [
        "http://example.org/b"]
    assert found(client, "SELECT ?t { ?s <http://example.org/other> ?t FILTER(COALESCE(LANG(?t), LANG(?none), 7) = 7) }") == [
        "http://example.org/b"]


def test_arguments_may_hold_commas_of_their_own(client: FlaskClient) -> None:
    condition = 'LANG(IF(isLiteral(?t), COALESCE(?none, ?t), "x")) = "zh-Hant"'
    assert found(client, f"SELECT ?t {{ ?s ?p ?t FILTER({condition}) }}") == ["空氣品質"]


def test_a_fault_is_told_where_it_is(client: FlaskClient) -> None:
    places = [re.search(r"\d+:\d+", ask(client, f'SELECT * {{ ?s ?p ?t FILTER({name}(?t) = "x") ?s ?p }}').json["detail"])
              for name in ("LANG", "YEAR")]
    assert places[0]
    assert places[1]
    assert places[0][0] == places[1][0]


@pytest.mark.parametrize("text", [
    'SELECT * { ?lang ?LANG "LANG(?x)" }', "ASK { <http://e.tw/LANG(> ?p ?o }", "SELECT * { ?s lang:a ?o } # LANG(?x)", "LANG",
    "ASK { ?s ?p '''\nLANG(?x)''' }", "ASK { ?s ?p ?o FILTER(LANGMATCHES(LANG(?o), '*')) }", "ASK { ?s ex:LANG (1 2) }",
    "ASK { ?s ?p 'x'@lang . FILTER(LANGDIR(?o) = '') }", "ASK { _:LANG ?p ?o }",
    "SELECT * { ?s ?p ?o FILTER(true-LANG(?o)) }", "a.LANG(?t)",
])
def test_what_is_no_call_is_left_alone(text: str) -> None:
    assert spelled_tags.own_lang(text, functions.LANG) == (text, "")


@pytest.mark.parametrize("call", ["LANG()", "LANG(?t, ?s)", "LANG(DISTINCT ?t)", "LANG(?t", "LANG ?t", "LANG(", "LANG(?t LANG)"])
def test_a_call_that_is_none_stays_a_mistake(client: FlaskClient, call: str) -> None:
    assert ask(client, f'SELECT * {{ ?s ?p ?t FILTER({call} = "en") }}').status_code == 400


def test_a_prefix_of_the_query_is_not_taken() -> None:
    declared = "".join(f"PREFIX {letter}: <urn:{letter}> " for letter in "qzx")
    text, prefix = spelled_tags.own_lang(f"{declared} ASK {{ FILTER(LANG(?x) = k:a) }}", functions.LANG)
    assert prefix == "j"
    assert "FILTER(j:la(?x)" in text


PIECES = ["LANG", "lang", "(", ")", " ", "\n", "?x", '"', "'", "#", "<", ">", "LANGMATCHES", ",", "@", ":", "q:", "\\", "空",
          "LANG(?t)", ".", "-", '"""', "a"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_nothing_moves(text: str) -> None:
    assume("LANG." not in text.upper())  # in no query: a dot after the keyword would go on with a prefixed name
    made, prefix = spelled_tags.own_lang(text, functions.LANG)
    assert len(made) == len(text)
    names = [token for token in tokenizer.tokens(made) if token.text == f"{prefix}:{functions.LANG}"]
    assert bool(names) == bool(prefix)
    assert [t.text.upper() if t not in names else "LANG" for t in tokenizer.tokens(made)] == [
        t.text.upper() for t in tokenizer.tokens(text)]


def test_the_engine_calls_it_by_its_name() -> None:
    assert ox.NamedNode(functions.OWN + functions.LANG) in functions.named(None)
