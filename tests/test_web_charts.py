"""Where the marks of charts stand: axes of round numbers, columns as high as their numbers, nothing drawn of nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.web.charts.bars import BarData, bars
from odlinked.web.charts.columns import ColumnData, columns
from odlinked.web.charts.scale import short, steps

COUNTS = st.one_of(st.just(0), st.integers(0, 50), st.integers(0, 60_000))


@given(st.integers(0, 10_000_000))
def test_an_axis_has_few_round_numbers_and_room_for_the_most(most: int) -> None:
    found = steps(most)
    assert found[0] == 0
    assert found[-1] >= most
    assert 2 <= len(found) <= 5
    assert len({b - a for a, b in pairwise(found)}) == 1
    assert str(found[1]).rstrip("0") in ("1", "2", "5")


@given(st.lists(st.fixed_dictionaries({"a": COUNTS, "b": COUNTS, "gone": st.one_of(st.none(), COUNTS)}), min_size=3, max_size=8))
def test_columns_are_as_high_as_their_numbers(data: list[dict[str, int | None]]) -> None:
    chart = columns([ColumnData("Q1", "2026", one) for one in data], ("a", "b", "gone"), ("gone",))
    if not any(count for one in data for count in one.values()):
        assert chart is None
        return
    assert chart is not None
    assert 2 <= len(chart.ticks) <= 9, "at most five above, and four below that share the zero"
    unit = abs(chart.zero - chart.ticks[1].y) / int(chart.ticks[1].label) if chart.ticks[1].label.isdecimal() else None
    for one, column in zip(data, chart.columns, strict=True):
        assert {block.mark: block.number for block in column.blocks} == {mark: n for mark, n in one.items() if n}
        assert column.unknown_below == (["gone"] if one["gone"] is None else [])
        for block in column.blocks:
            assert chart.left <= block.x
            assert block.x + block.width <= chart.width
            assert block.y >= 0
            assert block.y + block.height <= chart.height
            assert block.y >= chart.zero - 0.2 if block.mark == "gone" else block.y + block.height <= chart.zero + 0.2
            assert unit is None or block.height == pytest.approx(unit * block.number, abs=1.5 + 0.02 * block.height)


def test_fewer_than_three_values_are_no_chart() -> None:
    two = [ColumnData("Q1", "2026", {"a": 4}), ColumnData("Q2", "2026", {"a": 5})]
    assert columns(two, ("a",)) is None
    assert columns([*two, ColumnData("Q3", "2026", None)], ("a",)) is None, "what is not known is no value"
    assert columns([*two, ColumnData("Q3", "2026", {"a": 0})], ("a",)) is not None, "0 is one"
    assert bars([BarData("CSV", 3), BarData("JSON", 2)]) is None


def test_what_is_not_known_is_no_column_of_nothing() -> None:
    chart = columns([ColumnData("Q1", "2026", None), *(ColumnData("Q1", "2026", {"a": n}) for n in (1, 0, 3))], ("a",))
    assert chart is not None
    assert [(column.is_known, column.text) for column in chart.columns] == [(False, ""), (True, "1"), (True, "0"), (True, "3")]


def test_bars_have_one_scale() -> None:
    chart = bars([BarData("CSV", 400), BarData("JSON", 100), BarData("KML", 0)])
    assert chart is not None
    assert [bar.length / chart.bars[0].length for bar in chart.bars] == pytest.approx([1, 0.25, 0], abs=0.001)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (318, "318"), (9_999, "9,999"), (52_547, "52.5k"), (312_000, "312k"),
                                              (1_200_000, "1.2M")])
def test_numbers_are_short_on_marks(number: int, text: str) -> None:
    assert short(number) == text
