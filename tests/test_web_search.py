"""The page of results: words are marked where they stand in a text as it was written, filters say what they read."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.catalog.served.releases import Releases
from odlinked.catalog.served.searching import DIMENSIONS
from odlinked.catalog.summaries.summary import summarize
from odlinked.documents import Document
from odlinked.namespaces import DCAT, DCTERMS, RDF, SKOS, XSD
from odlinked.search.marks import excerpt, pieces
from odlinked.search.spelling import searchable, tokens
from odlinked.web.site.words import load


def _marked(text: str, *words: str) -> list[str]:
    return [piece for piece, is_word in pieces(text, words) if is_word]


@pytest.mark.parametrize(("text", "word", "marked"), [
    ("台北市空气品质", "臺北", ["台北"]), ("空氣品質，空氣污染", "空氣", ["空氣", "空氣"]), ("ＡＱＩ指標", "aqi", ["ＡＱＩ"]),
    ("River and driver", "river", ["River"]), ("空\u200b氣", "空氣", ["空\u200b氣"]), ("空氣空氣", "空氣", ["空氣空氣"]),
    ("水質", "空氣", []), ("", "空氣", []), ("水質", "", []),
])
def test_a_word_is_marked_as_it_is_written(text: str, word: str, marked: list[str]) -> None:
    assert _marked(text, word) == marked


@given(st.text(max_size=30), st.lists(st.text(max_size=4), max_size=3))
def test_the_pieces_are_the_text(text: str, words: list[str]) -> None:
    assert "".join(piece for piece, _ in pieces(text, [searchable(word) for word in words])) == text


def test_an_excerpt_begins_near_the_word() -> None:
    text = "無關" * 100 + "空氣品質" + "其他" * 100
    assert "空氣品質" in excerpt(text, ["空氣"], 100)[:100]
    assert excerpt("空氣" + text, ["空氣"], 100).startswith("空氣")
    assert excerpt(text, [], 100) == text


@given(st.text(alphabet="台臺汙污發髮后後里裡裏麵面气氣质質空氣Ａａ1年", max_size=12))
def test_folding_again_changes_nothing(text: str) -> None:
    assert searchable(searchable(text)) == searchable(text)


@pytest.mark.parametrize(("one", "other"), [
    ("空气质量", "空氣質量"), ("台湾", "臺灣"), ("空污", "空汙"), ("紫外綫", "紫外線"), ("ＣＳＶ", "csv"), ("頭髮", "头发"),
    ("里長", "裡長"),
])
def test_variants_of_characters_are_one(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_the_results_mark_the_words(client: FlaskClient) -> None:
    page = client.get("/?q=空氣").get_data(as_text=True)
    assert "<mark>空氣</mark>" in page
    assert "&lt;mark" not in page


def test_publishers_are_named_in_the_language_of_the_page(client: FlaskClient) -> None:
    facts = [re.findall(r'<p class="facts">\s*(?:<span class="flag[^>]*>[^<]*</span>\s*)*<span>(.*?)</span>\s*<time', page)
             for page in (client.get(f"/?q=環境部&lang={language}").get_data(as_text=True) for language in ("zh-Hant", "en"))]
    assert "環境部" in facts[0]
    assert "Ministry of Environment" in facts[1]


def test_the_results_say_what_was_searched_for_instead(client: FlaskClient) -> None:
    page = client.get("/?q=空氣品值").get_data(as_text=True)
    assert "您要找的是不是" in page
    assert "<mark>空氣品質</mark>" in page
    english = client.get("/?q=空氣品值&lang=en").get_data(as_text=True)
    assert "Did you mean" in english
    assert "您要找的是不是" not in client.get("/?q=空氣品質").get_data(as_text=True)


@pytest.mark.parametrize(("text", "is_told"), [
    ("😀", True), ("%_", True), ("-", True), ("", False), ("-空氣", False), ("空氣", False)])
def test_what_has_nothing_to_search_for_is_told(client: FlaskClient, text: str, is_told: bool) -> None:
    page = client.get("/", query_string={"q": text, "sort": "title"}).get_data(as_text=True)
    assert ("沒有可以搜尋的字" in page) is is_told


def test_what_a_person_typed_is_escaped(client: FlaskClient) -> None:
    page = client.get("/", query_string={"q": "<b>空氣品值</b>"}).get_data(as_text=True)
    assert "<b>空氣" not in page


def test_a_page_says_what_each_filter_reads(client: FlaskClient) -> None:
    page = client.get("/?q=空氣&lang=en").get_data(as_text=True)
    for name in DIMENSIONS:
        assert load().say(f"facet.reads.{name}", "en") in page


@pytest.mark.parametrize("year", ["2026", "115", "民國115年", "１１５年", "2026年"])
def test_a_year_is_meant_in_either_calendar(client: FlaskClient, releases: Releases, year: str) -> None:
    page = client.get("/", query_string={"year": year}).get_data(as_text=True)
    total = releases.current().search(facets={"year": ["2026"]}).total
    assert total > 0
    assert load().say("results.count", "zh-Hant", n=total) in page
    assert "2026（民國 115 年）" in page


@pytest.mark.parametrize(("facet", "value"), [
    ("year", "1890"), ("year", "x"), ("covers", "1890"), ("area", "火星"), ("api", "no")])
def test_a_value_that_no_record_has_is_told(client: FlaskClient, facet: str, value: str) -> None:
    response = client.get("/", query_string={facet: value}, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.get_json()["parameter"] == facet


@pytest.mark.parametrize(("start", "end", "years"), [
    ("2022-05-01", "2024-01-01", {"2022", "2023", "2024"}), ("2022", "", {"2022"}), ("", "2024-12", {"2024"}),
    ("0110-01-01", "2024-01-01", set()), ("x", "y", set()), ("", "", set())])
def test_years_covered_are_those_between_the_ends_of_a_period(start: str, end: str, years: set[str]) -> None:
    iri = "http://example.org/id/dataset/1"
    lines = [f"<{iri}> <{RDF}type> <{DCAT}Dataset> .", f"<{iri}> <{DCTERMS}temporal> <{iri}#period> ."]
    lines += [f'<{iri}#period> <{DCAT}{name}> "{day}" .' for name, day in (("startDate", start), ("endDate", end)) if day]
    facets = summarize(Document.of(iri, [line.encode() for line in sorted(lines)])).facets
    assert {value for dimension, value in facets if dimension == "covers"} == years


def test_area_year_and_api_are_read_from_the_record() -> None:
    iri = "http://example.org/id/dataset/1"
    lines = [f"<{iri}> <{RDF}type> <{DCAT}Dataset> .", f'<{iri}> <{DCTERMS}modified> "2024-05-01"^^<{XSD}date> .',
             f"<{iri}> <{DCTERMS}spatial> <{iri}#place> .", f'<{iri}#place> <{SKOS}prefLabel> "臺北市"@zh-Hant .',
             f"<{iri}> <{DCTERMS}spatial> <http://example.org/island> .",
             f"<{iri}#file> <{DCAT}accessService> <http://example.org/id/service/1> ."]
    facets = set(summarize(Document.of(iri, [line.encode() for line in lines])).facets)
    assert {("area", "臺北市"), ("area", "http://example.org/island"), ("year", "2024"), ("api", "yes")} <= facets
    assert not {dimension for dimension, _ in facets} & {"covers"}
    plain = set(summarize(Document.of(iri, [lines[0].encode()])).facets)
    assert not {dimension for dimension, _ in plain} & {"area", "year", "api"}
