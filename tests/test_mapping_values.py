"""What is done to a cell's text before it is a value: folding, dates, addresses, telephones, field names."""

from __future__ import annotations

import time

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.folding import fold
from odlinked.mapping import dates, fields, privacy
from odlinked.mapping.lift import split
from odlinked.mapping.urls import CleanedAddress, Keys, address
from odlinked.persons import recognition

KEYS = Keys(["api_key", "token"], ["key"], ["open.example.tw"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("台灣電力股份有限公司", "臺灣電力股份有限公司"),
        ("政府資料開放授權條款－第1版", "政府資料開放授權條款-第1版"),
        ("ＵＴＦ－８", "utf-8"),
        ("SDGs 目標 6", "SDGs目標6"),
        ("每１月", "每1月"),
    ],
)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_words_stay_different() -> None:
    assert len({fold(text) for text in ("每1月", "每11月", "每1年", "環境部", "環境保護司")}) == 5


@pytest.mark.parametrize(
    ("text", "lexical", "datatype"),
    [
        ("112年5月", "2023-05", "gYearMonth"),
        ("112/05", "2023-05", "gYearMonth"),
        ("112.5", "2023-05", "gYearMonth"),
        ("11205", "2023-05", "gYearMonth"),
        ("1120501", "2023-05-01", "date"),
        ("民國112年5月1日", "2023-05-01", "date"),
        ("99/1/1", "2010-01-01", "date"),
        ("2023-05", "2023-05", "gYearMonth"),
        ("2023年5月", "2023-05", "gYearMonth"),
        ("202305", "2023-05", "gYearMonth"),
        ("20230501", "2023-05-01", "date"),
        ("980101", "2009-01-01", "date"),
        ("２０２３／５／１", "2023-05-01", "date"),
        ("2023-08-31 00:00:00", "2023-08-31T00:00:00", "dateTime"),
        ("2026-05-11T16:51:14+0800", "2026-05-11T16:51:14+08:00", "dateTime"),
        ("2024-01-01 00:00:00.000000", "2024-01-01T00:00:00", "dateTime"),
        ("112年5月1日 8:05", "2023-05-01T08:05:00", "dateTime"),
    ],
)
def test_dates_are_read_in_every_way_they_are_written(text: str, lexical: str, datatype: str) -> None:
    assert dates.read(text) == (lexical, datatype)


@pytest.mark.parametrize(("text", "there"), [
    ("2026-09-30T17:00:00Z", "2026-10-01T01:00:00+08:00"), ("2026-09-30T17:00:00.250-03:30", "2026-10-01T04:30:00.25+08:00"),
    ("2026-10-01T01:00:00+0800", "2026-10-01T01:00:00+08:00"), ("2026-10-01 01:00", "2026-10-01T01:00:00+08:00"),
    ("2026-10-01", "2026-10-01"), ("115年10月", "2026-10"),
])
def test_a_time_of_another_zone_is_of_the_day_it_is_here(text: str, there: str) -> None:
    """At the end of a quarter in London the next one has begun in Taipei."""
    moment = dates.read(text)
    assert moment is not None
    assert moment.at("+08:00") == there


@pytest.mark.parametrize(
    "text",
    ["115年13月", "2023-02-30", "1120230", "待定", "", "0", "1911-01", "9801-01", "112", "2023-05-01 25:00", "5月",
     "2026-09-30T17:00:00+99:00", "2026-09-30T17:00:00+14:01", "2026-09-30T17:00:00-03:75"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.read(text) is None


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("https://a.gov.tw/x?q=%23%3F", "https://a.gov.tw/x?q=%23%3F"),
        ("https://a.gov.tw/水位 1.csv", "https://a.gov.tw/%E6%B0%B4%E4%BD%8D%201.csv"),
        ("https://a.gov.tw/a?sort=ImportDate desc&b=[1]", "https://a.gov.tw/a?sort=ImportDate%20desc&b=%5B1%5D"),
        ("https://a.gov.tw/100%", "https://a.gov.tw/100%25"),
        ("HTTP://a.gov.tw", "http://a.gov.tw"),
        (" https://a.gov.tw/a\n", "https://a.gov.tw/a"),
        ("https://a.gov.tw/a\tb", "https://a.gov.tw/a%09b"),
        ("https://環境.tw/a", "https://" + "環境.tw".encode("idna").decode() + "/a"),
        ("https://a.gov.tw:8443/a#x y", "https://a.gov.tw:8443/a#x%20y"),
    ],
)
def test_addresses_become_iris(text: str, iri: str) -> None:
    found = address(text, KEYS)
    assert found == CleanedAddress(iri, False)
    ox.NamedNode(iri)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "見官網",
        "ftp://a.gov.tw/x",
        "www.a.gov.tw",
        "https://",
        "https://a b/",
        "http://:80/",
        "https://a:99999/",
        "javascript:alert(1)",
        "https://" + "a" * 9000,
    ],
)
def test_what_cannot_be_an_address_is_none(text: str) -> None:
    assert address(text, KEYS) is None


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("https://a.gov.tw/x?api_key=abc&limit=5", "https://a.gov.tw/x?limit=5"),
        ("https://a.gov.tw/x?API_KEY=abc", "https://a.gov.tw/x"),
        ("https://a.gov.tw/x?a=1&api%5Fkey=abc", "https://a.gov.tw/x?a=1"),
        ("https://a.gov.tw/x#token=abc", "https://a.gov.tw/x"),
        ("https://me:secret@a.gov.tw/x", "https://a.gov.tw/x"),
        ("https://a.gov.tw/x?key=AIzaSyA1234567890abcdefghij", "https://a.gov.tw/x"),
    ],
)
def test_keys_are_taken_out_and_told(text: str, iri: str) -> None:
    assert address(text, KEYS) == CleanedAddress(iri, True)


@pytest.mark.parametrize(
    "text", ["https://a.gov.tw/x?key=1200", "https://a.gov.tw/x?mytoken=a", "https://open.example.tw/x?api_key=abc"]
)
def test_what_only_looks_like_a_key_stays(text: str) -> None:
    assert address(text, KEYS) == CleanedAddress(text, False)


@given(st.text(max_size=60))
def test_any_address_is_a_valid_iri_and_stays_as_it_is(rest: str) -> None:
    found = address("https://a.gov.tw/" + rest, KEYS)
    if found is not None:
        list(ox.parse(f"<{found.iri}> <{found.iri}> <{found.iri}> .".encode(), format=ox.RdfFormat.N_TRIPLES))
        assert address(found.iri, KEYS) == CleanedAddress(found.iri, False)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" ; ", []),
        ("a;b", ["a;b"]),
        ("https://a;;https://b;", ["https://a", "", "https://b"]),
        ("https://a/x?i=44;45;9;https://b", ["https://a/x?i=44;45;9", "https://b"]),
        ("https://a;ftp://b;www.c.tw", ["https://a", "ftp://b", "www.c.tw"]),
        ("44;https://a", ["44", "https://a"]),
    ],
)
def test_lists_are_cut_and_addresses_joined_again(text: str, parts: list[str]) -> None:
    assert split(text, "http") == parts


def test_other_lists_are_cut_at_every_mark() -> None:
    assert split("CSV;;JSON;") == ["CSV", "", "JSON"]


@pytest.mark.parametrize(
    ("text", "telephones"),
    [
        ("02-5555-0100#6001", ["tel:+886-2-55550100;ext=6001"]),
        ("(02)2555-0100 分機 12", ["tel:+886-2-25550100;ext=12"]),
        ("03-8226121-413", ["tel:+886-3-8226121;ext=413"]),
        ("037-555010", ["tel:+886-37-555010"]),
        ("+886-2-2555-0100", ["tel:+886-2-25550100"]),
        ("02-25550100轉2、049-2555010", ["tel:+886-2-25550100;ext=2", "tel:+886-49-2555010"]),
        ("0800-012-345", ["tel:+886-800-012345"]),
        ("免付費專線：0809012345", ["tel:+886-809-012345"]),
        ("1999轉2800", ["tel:1999;ext=2800;phone-context=+886"]),
        ("市民熱線１９９９", ["tel:1999;phone-context=+886"]),
        ("02-2720-8889、1999#6001", ["tel:+886-2-27208889", "tel:1999;ext=6001;phone-context=+886"]),
        ("1999/02-2720-8889", ["tel:+886-2-27208889", "tel:1999;phone-context=+886"]),
        ("02-2720-8889轉1999", ["tel:+886-2-27208889;ext=1999"]),
        ("分機1999", []),
        ("分機 1999", []),
        ("1985年", []),
        ("1985/03/02", []),
        ("1985-3", []),
        ("0912-345-678", []),
        ("0912345678／a@b.tw", []),
        ("請洽官網", []),
        ("21910189*2260", []),
        ("+886 912 345 678", []),
    ],
)
def test_only_office_telephones_are_taken(text: str, telephones: list[str]) -> None:
    assert privacy.office_telephones(text) == telephones


def test_mail_mobile_numbers_and_keys_leave_a_note() -> None:
    text = recognition(Assets()).cleaned("洽 ming.wang@example.gov.tw、0912-345-678 或 https://a.tw/x?api_key=abc&b=1，02-2555-0100")
    assert "@" not in text
    assert "0912" not in text
    assert "abc" not in text
    assert "02-2555-0100" in text
    assert "&b=1" in text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("title;link;;title", ["title", "link"]),
        ("測站(代碼);水位（公尺,單位）", ["測站", "水位"]),
        ("a、b,c", ["a", "b", "c"]),
        ("序號 標題 網址", ["序號", "標題", "網址"]),
        ("Capacity(有效容量,單位為萬立方公尺)", ["Capacity"]),
        ("類          別;數", ["類 別", "數"]),
        ("a(甲，乙)、b", ["a", "b"]),
        ("x" * 100, []),
    ],
)
def test_field_names_are_found(text: str, names: list[str]) -> None:
    assert fields.names(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "?%" * 4_000 + "=",
        "a" * 200_000 + "@",
        "a.b" * 50_000,
        "(" * 100_000,
        "112年5" + " " * 100_000,
        "02-" * 50_000,
        ";" * 100_000,
        "09" * 50_000,
    ],
    ids=lambda text: text[:4],
)
def test_text_made_to_be_slow_is_not(text: str) -> None:
    before = time.process_time()
    address("https://a.tw/" + text, KEYS)
    recognition(Assets()).cleaned(text)
    privacy.office_telephones(text)
    fields.names(text)
    dates.read(text)
    split(text, "http")
    assert time.process_time() - before < 2
