"""Search as a whole: 120 searches over a published list of titles, and what is told where a search was loosened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from builders.catalogs import publish, served
from builders.national_list import row, write
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.searching import NAMES
from odlinked.search.request import MAX_LENGTH, read

CASES = Path(__file__).parent / "cases" / "search"
SEARCHES = tomllib.loads((CASES / "searches.toml").read_text(encoding="utf-8"))["search"]
FIRST = 5


def _rows() -> Iterator[list[str]]:
    numbers = count(1)
    for line in (CASES / "titles.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            title, organization = line.split("|")
            yield row(next(numbers), 資料集名稱=title, 提供機關=organization, 資料集描述="", 主要欄位說明="")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The titles, published."""
    folder = tmp_path_factory.mktemp("titles")
    workspace = Workspace(folder / "var")
    publish(workspace, write(folder / "list.csv", *_rows()))
    return served(workspace)


def found(release: Release, text: str) -> list[str]:
    return [record.title for record in release.search(text).records]


@pytest.mark.parametrize("case", SEARCHES, ids=lambda case: case["text"])
def test_what_a_person_hopes_for_is_among_the_first_five(release: Release, case: dict[str, str]) -> None:
    hope = re.compile(case["hopes"], re.IGNORECASE)
    shown = [f"{one.title} | {one.publisher_name}" for one in release.search(case["text"], size=FIRST).records]
    assert any(map(hope.search, shown)), shown


def test_there_are_enough_searches_of_every_kind() -> None:
    kinds = [case["kind"] for case in SEARCHES]
    assert len({case["text"] for case in SEARCHES}) >= 120
    assert {"zh", "en", "former", "typo", "simplified", "year", "unspaced"} == set(kinds)


def test_a_search_that_finds_what_was_typed_is_not_loosened(release: Release) -> None:
    result = release.search("空氣品質")
    assert (result.instead, result.is_some) == ("", False)
    assert {"空氣品質小時觀測值", "空氣品質指標即時值"} <= {record.title for record in result.records}


def test_the_nearest_spelling_is_told(release: Release) -> None:
    result = release.search("空氣品值")
    assert result.instead == "空氣品質"
    assert found(release, "空氣品值") == found(release, "空氣品質")


@pytest.mark.parametrize("number", ["1130", "１１３０"])
def test_a_number_is_not_taken_for_another_one(release: Release, number: str) -> None:
    assert release.search("113").total
    assert (release.search(number).total, release.search(number).instead) == (0, "")


def test_a_text_without_end_costs_no_more_than_what_counts_of_it() -> None:
    many = read("空氣" * 3_000)
    assert [len(term.text) for term in many.terms] == [MAX_LENGTH]
    assert len(read("-空 " * 3_000).without) == MAX_LENGTH // 3 + 1


def test_some_of_the_words_are_told(release: Release) -> None:
    result = release.search("紫外線 替代役")
    assert (result.instead, result.is_some) == ("", True)
    assert {record.title for record in result.records} == {"紫外線觀測值", "替代役人數"}


def test_a_phrase_is_taken_as_it_stands(release: Release) -> None:
    assert found(release, '"空氣品值"') == []
    assert found(release, "「停水通知」") == ["停水通知"]
    assert found(release, '"車禍"') == []
    assert "A1類交通事故" in found(release, "車禍")


@pytest.mark.parametrize(("text", "title"), [
    ("一百一十三年度單位決算", "113年度單位決算"), ("二〇二三年財政年報", "2023年財政年報"),
    ("民國一百十一年會計報告", "111年會計報告")])
def test_years_in_chinese_numerals_are_years(release: Release, text: str, title: str) -> None:
    assert found(release, text)[0] == title


@pytest.mark.parametrize(("text", "year"), [
    ("民國一百零九年", "2020"), ("一百零九年度", "2020"), ("民國九十九年", "2010"), ("民國十年", "1921"), ("二〇二〇年", "2020"),
    ("二零二零年", "2020"), ("昭和十年", "1935"), ("昭和10年", "1935"), ("十二年國教", ""), ("三年級", ""), ("八十年代", ""),
    ("一○九年", "2020"), ("民國一百○九年", "2020"), ("二◯二○年", "2020"), ("昭和元年", "1926"), ("民國元年", "1912"),
    ("民国元年", "1912"), ("大正元年", "1912"), ("明治二十八年", "1895"), ("元年", ""), ("產業署元年", ""), ("○○年", ""),
    ("王○年", "")])
def test_numerals_are_a_year_only_where_they_say_so(release: Release, text: str, year: str) -> None:
    assert release.searching.meanings.year(text) == year


@pytest.mark.parametrize(("text", "written", "others"), [
    ("一○九年", '"一 九年"', '"一 〇 九年"'), ("昭和元年", '"昭和 和元 元年"', '"1926"'),
    ("民國三年", '"民國 國三 三年"', '"1914"')])
def test_years_are_found_as_records_write_them(release: Release, text: str, written: str, others: str) -> None:
    asked = release.searching.settled(text).sought.expression
    assert written in asked
    assert others in asked


def test_a_year_before_the_republic_or_of_few_years_is_no_number_of_years(release: Release) -> None:
    for text in ("明治二十八年", "民國三年"):
        asked = release.searching.settled(text).sought.expression
        assert '"3年"' not in asked
        assert "-" not in asked


def test_bopomofo_is_told_where_it_finds_nothing(release: Release) -> None:
    assert release.search("ㄎㄨㄥ ㄑㄧˋ").phonetic == "ㄎㄨㄥ"
    assert release.search("公廁 ㄏㄨㄚ").phonetic == "ㄏㄨㄚ"
    assert (release.search("公廁").phonetic, release.search("沒有這種東西").phonetic) == ("", "")


def test_what_is_left_out_is_not_found(release: Release) -> None:
    everything = found(release, "公廁")
    assert len(everything) == 2
    assert found(release, "公廁 -花蓮") == ["公廁清冊－臺北"]
    assert found(release, "公廁 －花莲") == ["公廁清冊－臺北"]
    assert found(release, '公廁 -"清冊 花蓮"') == everything[:0] + [one for one in everything if "花蓮" not in one]


def test_only_what_is_left_out_leaves_the_rest(release: Release) -> None:
    everything = release.search("").total
    assert release.search("-公廁").total == everything - 2


def test_a_hyphen_inside_a_word_leaves_nothing_out(release: Release) -> None:
    assert found(release, "公廁-花蓮") == ["公廁清冊－花蓮"]


@pytest.mark.parametrize("text", ["", "   ", '"', "-", "!?", '""', "- -", "「", "\u200b"])
def test_a_search_for_nothing_shows_everything(release: Release, text: str) -> None:
    assert release.search(text).total == release.search("").total
    assert release.matches(text, 10).total == 0


def test_matches_are_what_the_search_finds(release: Release) -> None:
    for case in SEARCHES:
        result, matches = release.search(case["text"]), release.matches(case["text"], 20)
        assert matches.total == result.total, case["text"]
        assert list(matches.best) == [record.iri for record in result.records], case["text"]


def test_pages_follow_each_other(release: Release) -> None:
    whole = [record.iri for record in release.search("統計", size=100).records]
    parts = [record.iri for page in range(1, 12) for record in release.search("統計", size=3, page=page).records]
    assert parts == whole
    assert len(set(whole)) == len(whole) == release.search("統計").total


def test_facets_narrow_and_keep_the_order(release: Release) -> None:
    whole = release.search("統計", size=100)
    publisher = whole.facets["publisher"][0].value
    narrowed = release.search("統計", {"publisher": [publisher]}, size=100)
    assert [one.iri for one in narrowed.records] == [one.iri for one in whole.records if one.publisher == publisher]


def test_a_dataset_is_found_by_the_names_of_its_codes(release: Release) -> None:
    assert release.search("公共資訊").total == release.search("public information").total == release.search("").total


_WORDS = ["空氣", "品質", "公廁", "臺北", "113年", "2024", "bus", "air quality", "環保署", '"統計"', "-花蓮", "度", "ministry of",
          "Ａ", "國"]


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4), st.sampled_from(["", " "]))
@settings(max_examples=60)
def test_what_comes_first_is_found_too(release: Release, words: list[str], glue: str) -> None:
    text = glue.join(words)
    result, matches = release.search(text, size=200), release.matches(text, 200)
    assert len(result.records) == result.total
    assert len({record.iri for record in result.records}) == result.total
    assert matches.total in (0, result.total)
    assert result.facets["format"][0].count == result.total if result.total else True


@given(st.text(max_size=40))
def test_nothing_a_person_types_is_an_error(release: Release, text: str) -> None:
    assert release.search(text).total >= 0


def test_an_organisation_is_found_by_the_name_it_has_now(release: Release) -> None:
    """The index has the names of when a dataset was published; those of now are asked of the store."""
    publisher = next(record.publisher for record in release.search("稻米").records)
    assert {(iri, name) for iri, name in release.ask(NAMES) if iri == publisher} >= {(publisher, "農業部")}


def test_of_equally_near_names_the_same_are_found_in_each_run() -> None:
    """Strings are hashed differently in each process; answers must not depend on it."""
    program = (
        "from odlinked.search.candidates import NameIndex\n"
        "from odlinked.search.things import NAME, KnownThing\n"
        "names = [f'甲乙丙丁戊{chr(0x5e00 + n)}' for n in range(60)] + [f'{chr(0x5e00 + n)}乙丙丁戊己' for n in range(60)]\n"
        "things = [KnownThing(f'urn:{n:03}', 'k', [(name, NAME, 'zh-Hant')]) for n, name in enumerate(names)]\n"
        "print([one.thing.iri for one in NameIndex(things).find('甲乙丙丁戊己', most=20).found])\n")
    found = {subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
                            text=True, check=True).stdout for seed in "189"}
    assert len(found) == 1
    assert "urn:" in next(iter(found))
