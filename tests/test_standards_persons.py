"""Which columns hold personal data: by values and headings; names by themselves do not; no value is kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from builders.memory import texts_kept_by
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.standards import packs

STANDARDS = packs.load(Assets())
ID, RESIDENT, MOBILE = "A123456789", "A800000014", "0912345678"


def found(table: str) -> dict[str, tuple[str, int, int]]:
    """Return heading -> (kind, values of it, filled values) of a table written with commas."""
    return told([line.split(",") for line in table.strip().split("\n")])


def told(rows: Sequence[Sequence[str]]) -> dict[str, tuple[str, int, int]]:
    persons = STANDARDS.persons()
    persons.begin(rows[0])
    for row in rows[1:]:
        persons.take(row)
    return {one.name: (one.kind.rpartition("/")[2], one.found, one.filled) for one in persons.outcome()}


def test_names_with_identity_numbers_and_mobiles() -> None:
    assert found(f"姓名,身分證字號,手機\n王小明,{ID},{MOBILE}\n李大華,F131104093,0933123456") == {
        "姓名": ("name", 2, 2), "身分證字號": ("identity-number", 2, 2), "手機": ("mobile", 2, 2)}


@pytest.mark.parametrize("value", [ID, "a123456789", "Ａ１２３４５６７８９", "A123456789\u200b", " A-123456789", "A 123 456 789",
                                   RESIDENT])
def test_an_identity_number_is_known_by_its_check_digit_under_any_heading(value: str) -> None:
    assert found(f"編號,備註\n{value},x\n,y") == {"編號": ("identity-number", 1, 1)}


@pytest.mark.parametrize("value", [MOBILE, "0912-345-678", "０９１２３４５６７８", "+886 912 345 678", "(0912)345678",
                                   "0912\u2013345\u2013678"])
def test_a_mobile_number_is_known_under_any_heading(value: str) -> None:
    assert found(f"聯絡方式,備註\n{value},x") == {"聯絡方式": ("mobile", 1, 1)}


@pytest.mark.parametrize("table", [
    "統一編號,負責人姓名,公司地址\n22099131,王小明,臺北市中正區重慶南路一段122號",
    "機關,姓名,職稱,電子郵件\n經濟部,王小明,科長,wang@moea.gov.tw",
    "姓名,作品\n王小明,詩集", "姓名\n王小明", "姓名,得票數\n王小明,12",
    "姓名,出生日期\n王○明,0800101", "姓名,住址\n王＊明,臺北市中正區重慶南路一段122號",
    "姓名,電子郵件\n王小明,ming@mail.moea.gov.tw", "姓名,身分證字號\n王○明,A12****789", "身分證字號,手機\n,",
    "地址,電話\n臺北市中正區重慶南路一段122號,02-23212200", "發票號碼\nQB12345678\nQB12345679",
    "代碼\nA100000001\nA100000002\nA100000003\nA100000004\nA100000005", "日期,統一編號\n20260302,22099131",
    "名稱,電話\n甲店,02-23212200\n乙店,0912345678\n丙店,02-23212201", "姓名,事務所地址\n王小明,臺北市中正區重慶南路一段122號",
])
def test_what_is_not_personal_data_of_itself(table: str) -> None:
    assert found(table) == {}


@pytest.mark.parametrize(("table", "kinds"), [
    ("姓名,出生年月日\n王小明,80/01/01", {"姓名", "出生年月日"}),
    ("學生姓名,住址\n王小明,臺北市中正區重慶南路一段122號", {"學生姓名", "住址"}),
    ("姓名,電子信箱\n王小明,ming@example.com", {"姓名", "電子信箱"}),
    ("姓名,電話\n王小明,02-23212200\n李大華,0912345678", {"姓名", "電話"}),
    ("身分證字號\nA123456788", {"身分證字號"}),
    ("手機\n912345678", {"手機"}),
    ("手機\n0912345678（王先生）", {"手機"}),
    ("居留證號碼\nAB12345678", {"居留證號碼"}),
    ("申請人,職稱,手機\n王小明,科長,0912345678", {"手機"}),
])
def test_what_is_by_its_heading(table: str, kinds: set[str]) -> None:
    assert found(table).keys() == kinds


@pytest.mark.parametrize("text", ["申請人王小明（A123456789）", "王小明A123456789", "洽 A123456789、B200000001"])
def test_an_identity_number_within_a_text_is_known_too(text: str) -> None:
    assert found(f"編號,說明\n1,{text}\n2,x") == {"說明": ("identity-number", 1, 2)}


NUMBERS = ("A123456789", "F131104093", "A800000014")
spelled = st.builds(lambda number, gaps, wide: "".join(
    (chr(ord(sign) + 0xFEE0) if wide else sign) + gap for sign, gap in zip(number, gaps, strict=True)),
    st.sampled_from(NUMBERS), st.lists(st.sampled_from(["", "", "", " ", "-", "\u200b", "\u2013"]), min_size=10, max_size=10),
    st.booleans())


@given(spelled, st.integers(0, 4), st.sampled_from(["", "申請人：", "（"]), st.integers(0, 600))
def test_an_identity_number_is_found_wherever_and_however_it_stands(value: str, column: int, before: str, row: int) -> None:
    usual = ["1", "甲", "20260302", "臺北市中正區重慶南路一段122號", "x"]
    rows = [["編號", "名稱", "日期", "地址", "備註"], *([usual] * 601)]
    rows[row + 1] = [*rows[row + 1]]
    rows[row + 1][column] = before + value
    assert told(rows) == {rows[0][column]: ("identity-number", 1, 601)}


def test_headings_that_are_values_are_not_told() -> None:
    persons = STANDARDS.persons()
    persons.begin(["王小明", ID, MOBILE])
    persons.take(["李大華", "F131104093", "0933123456"])
    assert persons.headless
    assert [(one.column, one.name, one.found) for one in persons.outcome()] == [(1, "", 2), (2, "", 2)]


def test_few_among_many_and_rows_beyond_the_first() -> None:
    rows = [["統一編號", "說明"], *([f"{number:08}", "x"] for number in range(1_000)), [ID, "x"], ["F131104093"]]
    assert told(rows) == {"統一編號": ("identity-number", 2, 1_002)}


def test_nothing_of_a_value_is_kept() -> None:
    persons = STANDARDS.persons()
    persons.begin(["姓名", "身分證字號"])
    persons.take(["王小明", ID])
    assert ID not in repr(persons.outcome())
    assert "王小明" not in repr(persons.outcome())
    assert not [text for text in texts_kept_by(persons) if ID in text or "王小明" in text]
