"""Full text in SPARQL: `odl:matches` finds what the search of the pages finds, and is refused by name where it cannot be had."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from builders.endpoints import Mounted
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cage import fulltext, tokenizer
from odlinked.cage.failures import NotSearchable
from odlinked.cage.fulltext import MOST_FOUND, searched
from odlinked.cage.jobs import QueryJob
from odlinked.catalog.served.releases import Releases
from odlinked.mirror.answers import sent
from odlinked.namespaces import ODL

KNOWN = {"odl": ODL, "dcterms": "http://purl.org/dc/terms/", "dcat": "http://www.w3.org/ns/dcat#"}


def find(text: str, most: int) -> tuple[int, tuple[str, ...]]:
    """Find three datasets for anything but "nothing", and too many for "everything"."""
    if text == "everything":
        return MOST_FOUND + 1, tuple(f"urn:d{number}" for number in range(min(most, MOST_FOUND)))
    return (0, ()) if text == "nothing" else (3, ("urn:a", "urn:b", "urn:c")[:most])


def rewritten(query: str) -> str:
    return searched(query, KNOWN, ODL, find).text


TWO = "VALUES ?d { <urn:a> <urn:b> }"
THREE = "VALUES ?d { <urn:a> <urn:b> <urn:c> }"


@pytest.mark.parametrize(("query", "run"), [
    ('ASK { ?d odl:matches "x" }', f"ASK {{ {THREE} }}"),
    ("ASK { ?d odl:matches 'x' . }", f"ASK {{ {THREE} . }}"),
    ('ASK { ?d odl:matches """x""" ; dcterms:title ?t }', f"ASK {{ {THREE} ?d  dcterms:title ?t }}"),
    ('ASK { ?d a dcat:Dataset ; odl:matches "x" ; dcterms:title ?t . }',
     f"ASK {{ {THREE} ?d a dcat:Dataset ;  ; dcterms:title ?t . }}"),
    ('ASK { ?d odl:matches ("x" 2) }', f"ASK {{ {TWO} }}"),
    ('ASK { ?d odl:matches "nothing" }', "ASK { VALUES ?d {  } }"),
    ('ASK { (?d ?s) odl:matches ("x" 2) }', "ASK { VALUES (?d ?s) { (<urn:a> 1.000000) (<urn:b> 0.500000) } }"),
    (f'ASK {{ ?d <{ODL}matches> "x" }}', f"ASK {{ {THREE} }}"),
    (f'ASK {{ ?d <{ODL}match\\u0065s> "x" }}', f"ASK {{ {THREE} }}"),
    (f'PREFIX o: <{ODL}> ASK {{ ?d o:matches "x" }}', f"PREFIX o: <{ODL}> ASK {{ {THREE} }}"),
    ('ASK { VALUES ?w { "x" } ?d odl:matches ?w }', f'ASK {{ VALUES ?w {{ "x" }} {THREE} }}'),
    ('ASK { FILTER(1 < 2) ?d odl:matches "x" }', f"ASK {{ FILTER(1 < 2) {THREE} }}"),
    ('ASK { ?x dcterms:title ?y . ?d odl:matches "x" FILTER(true) }', f"ASK {{ ?x dcterms:title ?y . {THREE} FILTER(true) }}"),
    ('ASK { OPTIONAL { ?d odl:matches "x" } }', f"ASK {{ OPTIONAL {{ {THREE} }} }}"),
    ('ASK { ?d dcterms:title "odl:matches" ; odl:matches "x" # odl:matches\n }',
     f'ASK {{ {THREE} ?d dcterms:title "odl:matches" ;  # odl:matches\n }}'),
    ('CONSTRUCT { ?d odl:matches "x" } WHERE { ?d odl:matches "x" }', f'CONSTRUCT {{ ?d odl:matches "x" }} WHERE {{ {THREE} }}'),
])
def test_a_search_becomes_values(query: str, run: str) -> None:
    assert rewritten(query) == run


@pytest.mark.parametrize("query", [
    'ASK { ?d dcterms:title "matches" }', 'PREFIX odl: <urn:other#> ASK { ?d odl:matches "x" }', 'ASK { ?d odl:matched "x" }',
    'SELECT * { odl:matches ?p ?o }', "SELECT * { ?s ?p odl:matches }", "SELECT * { VALUES ?p { odl:matches } ?s ?p ?o }",
    "DESCRIBE odl:matches", "SELECT * { ?s ?p ?o FILTER(?p != odl:matches) }",
    "SELECT * { ?s ?p ?o FILTER(?p IN (odl:matches)) }",
    'CONSTRUCT { ?d odl:matches "x" } WHERE { ?d ?p ?o }', 'ASK { ?d dcterms:title "?d odl:matches \\"x\\"" }',
])
def test_what_is_no_search_stays(query: str) -> None:
    assert rewritten(query) == ""


@pytest.mark.parametrize("query", [
    'ASK { FILTER(odl:matches(?d, "x")) }', 'ASK { <urn:a> odl:matches "x" }', 'ASK { ?d odl:matches/dcterms:title "x" }',
    'ASK { ?d ^odl:matches "x" }', 'ASK { ?d odl:matches ?t }', 'ASK { ?d odl:matches "x", "y" }',
    'ASK { ?d odl:matches "x"@zh }', 'ASK { ?d odl:matches "x"^^<urn:t> }', 'ASK { ?d odl:matches 7 }',
    'ASK { [ odl:matches "x" ] }', 'ASK { _:d odl:matches "x" }', 'CONSTRUCT WHERE { ?d odl:matches "x" }',
    'ASK { ?d odl:matches ("x" 0) }', 'ASK { ?d odl:matches ("x" 10001) }', 'ASK { ?d odl:matches ("x" 1.5) }',
    'ASK { ?d odl:matches ("x" "y") }', 'ASK { (?d) odl:matches "x" }', 'ASK { (?d ?s ?l) odl:matches "x" }',
    'ASK { (?d ?s) odl:matches "x" ; dcterms:title ?t }', 'ASK { (1 2) ?p ?o ; odl:matches "x" }',
    'ASK { ?d (odl:matches) "x" }', f'ASK {{ ?d odl:matches "{"x" * 201}" }}', 'ASK { ?d odl:matches "everything" }',
    "ASK { " + '?d odl:matches "x" . ' * 5 + "}", 'ASK { VALUES ?w { "x" "y" } ?d odl:matches ?w }',
    'ASK { ?d !odl:matches "x" }',
])
def test_what_is_not_supported_is_refused_by_name(query: str) -> None:
    with pytest.raises(NotSearchable):
        rewritten(query)


def test_the_number_wanted_allows_a_search_that_finds_too_many() -> None:
    assert rewritten('ASK { ?d odl:matches ("everything" 7) }').count("<urn:") == 7


_PARTS = ["?d", "odl:matches", '"x"', ";", ".", "{", "}", "(", ")", ",", "a", "dcat:Dataset", "?t", "ASK", "VALUES", "10", "'",
          "^", "CONSTRUCT", "[", "]", "UNION", "#", "\n"]


@given(st.lists(st.sampled_from(_PARTS), max_size=14))
def test_any_order_of_tokens_is_rewritten_or_refused(parts: list[str]) -> None:
    with suppress(NotSearchable):
        assert isinstance(searched(" ".join(parts), KNOWN, ODL, find).text, str)


@pytest.fixture
def ask(client: FlaskClient) -> Any:
    def asked(query: str, **headers: str) -> Any:
        response = client.post("/sparql", data=query.encode(), content_type="application/sparql-query",
                               headers={"Accept": "application/sparql-results+json", **headers})
        return response.status_code, json.loads(response.get_data())

    return asked


@pytest.mark.parametrize("text", [
    "空氣", "空气", "空氣品值", "環保署", "air quality", "2024", "ＡＱＩ", "空氣 -品質", '\\"空氣品質\\"', "zzzz", "",
])
def test_it_finds_what_the_pages_find(ask: Any, releases: Releases, text: str) -> None:
    status, answer = ask(f'SELECT ?d {{ (?d ?score) odl:matches "{text}" }} ORDER BY DESC(?score)')
    assert status == 200
    result = releases.current().search(text.replace("\\", ""), size=200) if text else None
    expected = [record.iri for record in result.records] if result else []
    assert [row["d"]["value"] for row in answer["results"]["bindings"]] == expected


def test_it_joins_with_the_rest_of_the_query(ask: Any) -> None:
    status, answer = ask('SELECT * { ?d a dcat:Dataset ; odl:matches "空氣" ; dcterms:title ?t FILTER(LANG(?t) = "zh-Hant") }')
    assert status == 200
    assert answer["head"]["vars"] == ["d", "t"]
    assert answer["results"]["bindings"]
    assert all(row["t"]["xml:lang"] == "zh-Hant" for row in answer["results"]["bindings"])


def test_a_mistake_is_told_at_its_place_in_what_was_written(ask: Any) -> None:
    status, answer = ask('SELECT * { ?d odl:matches "空氣" . ?d dcterms:title }')
    assert (status, answer["line"]) == (400, 1)
    assert answer["column"] == len('SELECT * { ?d odl:matches "空氣" . ?d dcterms:title ') + 1


def test_a_refusal_is_told_in_both_languages(ask: Any) -> None:
    status, answer = ask('SELECT * { FILTER(odl:matches(?d, "x")) }')
    assert (status, answer["code"]) == (400, "full-text")
    assert "odl:matches" in answer["detail"]
    _, answer = ask('SELECT * { FILTER(odl:matches(?d, "x")) }', **{"Accept-Language": "zh-TW"})
    assert "全文檢索" in answer["detail"]


def test_the_text_of_a_query_never_becomes_a_part_of_it() -> None:
    seen: list[str] = []

    def kept(text: str, most: int) -> tuple[int, tuple[str, ...]]:
        seen.append(text)
        return find(text, most)

    run = searched('ASK { ?d odl:matches "> } ; DROP \\"x\\" \\u007A" }', KNOWN, ODL, kept).text
    assert seen == ['> } ; DROP "x" z']
    assert run == f"ASK {{ {THREE} }}"


def test_a_store_without_an_index_says_so(mounted: Mounted) -> None:
    response = mounted.client.get("/sparql", query_string={"query": f'ASK {{ ?d <{ODL}matches> "x" }}'})
    assert response.status_code == 400
    assert b"full-text index" in response.data


def test_a_mirror_is_asked_for_what_was_found() -> None:
    query = 'ASK { (?d ?s) odl:matches ("x" 2) }'
    run = searched(query, KNOWN, ODL, find)
    job = QueryJob(query, tokenizer.inspect(query), "http://example.org/sparql", "json", run=run.text, scores=run.scores)
    assert "VALUES (?d ?s) { (<urn:a> " in sent(job)
    assert "matches" not in sent(job)
    assert job.computed == ("s",)


def test_the_limits_are_those_of_the_pages() -> None:
    from odlinked.search.request import MAX_LENGTH

    assert fulltext.LONGEST == MAX_LENGTH
