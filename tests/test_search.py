"""Search: tokens and match expressions, against a real FTS5 table."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import unicodedata

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.search import match, spelling, tokens


def _hits(query: str, *texts: str) -> list[int]:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE search USING fts5(body, tokenize=\"unicode61 remove_diacritics 2\")")
    db.executemany("INSERT INTO search VALUES(?)", ((tokens(text),) for text in texts))
    expression = match(query)
    if not expression:
        return []
    return [row[0] - 1 for row in db.execute("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid", (expression,))]


@pytest.mark.parametrize(("query", "wanted"), [
    ("空氣", [0]), ("水質", [1]), ("質", [0, 1]), ("空氣 監測", [0]), ("空質", []), ("aqi", [0]), ("ＡＱＩ", [0]),
    ("台北", [2]), ("臺北", [2]), ("rive", [1]), ("2026", [2]), ("", []), ("！？", []),
])
def test_words_are_found(query: str, wanted: list[int]) -> None:
    assert _hits(query, "空氣品質監測 AQI", "河川水質 River", "台北市２０２６年統計") == wanted


@given(st.text(max_size=60))
def test_nothing_a_person_types_is_an_operator(query: str) -> None:
    _hits(query, "空氣品質", query)


@given(st.text(alphabet="空氣品質水aA1 -\"*", min_size=1, max_size=12))
def test_a_text_is_found_by_itself(text: str) -> None:
    assert _hits(text, text) == ([0] if match(text) else [])


def test_characters_are_those_of_the_whole_of_opencc() -> None:
    simplified, traditional = opencc.OpenCC("t2s"), opencc.OpenCC("s2tw")

    def step(character: str) -> str:
        found: str = traditional.convert(simplified.convert(character))
        return "臺" if found == "台" else found

    blocks = (*range(0x3400, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x32000))
    expected = {code: step(step(unicodedata.normalize("NFKC", chr(code)))) for code in blocks}
    assert {code: spelling.characters()[code] for code in blocks} == expected


def test_opencc_has_nothing_to_say_about_how_it_is_asked() -> None:
    asking = "from odlinked.search import spelling; print(spelling.characters()[ord('气')])"
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", asking], capture_output=True, encoding="utf-8", check=True)
    assert (done.stdout, done.stderr) == ("氣\n", "")
