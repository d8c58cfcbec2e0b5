"""Words of a search are marked where they stand in a text as it was written."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.search.marks import excerpt, pieces
from odlinked.search.spelling import searchable, tokens


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


def test_the_results_say_what_was_searched_for_instead(client: FlaskClient) -> None:
    page = client.get("/?q=空氣品值").get_data(as_text=True)
    assert "您要找的是不是" in page
    assert "<mark>空氣品質</mark>" in page
    english = client.get("/?q=空氣品值&lang=en").get_data(as_text=True)
    assert "Did you mean" in english
    assert "您要找的是不是" not in client.get("/?q=空氣品質").get_data(as_text=True)


def test_what_a_person_typed_is_escaped(client: FlaskClient) -> None:
    page = client.get("/", query_string={"q": "<b>空氣品值</b>"}).get_data(as_text=True)
    assert "<b>空氣" not in page
