"""Every field standard has values that fit and values that do not; checksums hold against changed digits."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.standards import packs
from odlinked.standards.model import Standard

CASES = Path(__file__).parent / "cases" / "standards"
STANDARDS = {standard.name: standard for standard in packs.load(Assets()).standards.values()}


def _cases() -> list[tuple[str, bool, str]]:
    found = []
    for path in sorted(CASES.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [(row["field"], row["fits"] == "yes", row["value"]) for row in csv.DictReader(file)]
    return found


@pytest.mark.parametrize(("name", "fits", "value"), _cases())
def test_a_value_fits_or_does_not(name: str, fits: bool, value: str) -> None:
    assert STANDARDS[name].fits(value) is fits


@pytest.mark.parametrize("name", sorted(STANDARDS))
def test_every_standard_has_values_of_both_kinds(name: str) -> None:
    kinds = {fits for field, fits, _ in _cases() if field == name}
    assert kinds == {True, False}


@pytest.mark.parametrize("name", sorted(STANDARDS))
def test_every_way_of_writing_has_a_value(name: str) -> None:
    """A datatype that no case needs could be wrong unseen; the old rule of business numbers lies wholly in the new one."""
    values = [value for field, fits, value in _cases() if field == name and fits]
    for datatype in STANDARDS[name].datatypes:
        assert any(datatype.fits(value) for value in values), datatype.iri


def _datatype(standard: Standard, name: str) -> Callable[[str], bool]:
    return next(one for one in standard.datatypes if one.iri.endswith(name)).fits


@pytest.mark.parametrize(("number", "old", "new"), [
    ("22099131", True, True), ("04595257", True, True), ("10458574", True, True), ("10458575", True, True),
    ("10458570", False, True), ("22099136", False, True), ("22099132", False, False),
])
def test_the_two_rules_of_business_numbers(number: str, old: bool, new: bool) -> None:
    standard = STANDARDS["business-number"]
    assert _datatype(standard, "#old")(number) is old
    assert _datatype(standard, "#new")(number) is new


@given(st.from_regex(r"[0-9]{7}", fullmatch=True))
def test_two_check_digits_of_ten_are_right_or_four_after_a_seven(stem: str) -> None:
    """A multiple of 5 leaves two of ten last digits; a seventh digit 7 allows the sum plus one too."""
    right = [digit for digit in "0123456789" if STANDARDS["business-number"].fits(stem + digit)]
    assert len(right) == (4 if stem[6] == "7" else 2)


@given(st.from_regex(r"[A-Z][12][0-9]{7}", fullmatch=True), st.integers(1, 9), st.integers(1, 8))
def test_one_changed_digit_is_seen_in_an_identity_number(stem: str, change: int, place: int) -> None:
    """A change is seen unless it times the weight is a multiple of 10 (weights 8 to 1: those of 7, 3 and 1 see all)."""
    fits = STANDARDS["identity-number"].fits
    number = next(stem + digit for digit in "0123456789" if fits(stem + digit))
    weight = 9 - place
    digit = (int(number[place]) + change) % 10
    changed = number[:place] + str(digit) + number[place + 1:]
    difference = (digit - int(number[place])) * weight % 10
    if place > 1 or digit in (1, 2):
        assert fits(changed) is (difference == 0)


@given(st.text(max_size=20))
def test_no_text_is_too_odd_to_be_judged(text: str) -> None:
    for standard in STANDARDS.values():
        assert standard.fits(text) in (True, False)


@given(st.integers(1, 999), st.integers(0, 13), st.integers(0, 32))
def test_days_of_both_eras_agree(year: int, month: int, day: int) -> None:
    """A day is one in the ROC calendar where it is one in the Gregorian: 1911 years apart."""
    tail = f"{month:02}{day:02}"
    assert STANDARDS["roc-date"].fits(f"{year:03}{tail}") is STANDARDS["date"].fits(f"{year + 1911:04}{tail}")
