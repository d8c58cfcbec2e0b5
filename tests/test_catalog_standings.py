"""How organisations stand: read from quality documents, never a number of one day told of another, nothing counted twice."""

from __future__ import annotations

import pytest

from odlinked.catalog.asking.activity import middle
from odlinked.catalog.summaries import standings
from odlinked.catalog.summaries.standings import MEASURED, PUBLISHED, STATED, BadgeFigures
from odlinked.clock import first_day, quarter_of, quarters_to
from odlinked.documents import Document

IRI = "http://localhost:8000/id/quality/organization/x"


def document(**values: dict[str, int]) -> Document:
    """Return a quality document: name of a metric, with `_` for `-` -> day -> value."""
    lines = [f'<{IRI}#{day}-{name.replace("_", "-")}> <http://www.w3.org/ns/dqv#value> '
             f'"{value}"^^<http://www.w3.org/2001/XMLSchema#integer> .'.encode()
             for name, days in values.items() for day, value in days.items()]
    return Document.of(IRI, lines)


def test_what_did_not_change_holds_until_it_is_counted_again() -> None:
    # The history keeps no number that repeats the one before: gold stayed 7 from May to August, platinum always.
    told = standings.series(document(
        datasets_stated={"2026-02-28": 10, "2026-05-30": 20, "2026-08-31": 30}, gold_stated={"2026-02-28": 4, "2026-05-30": 7},
        platinum_stated={"2026-02-28": 1}, silver_stated={"2026-08-31": 2}))
    found = standings.quarters(told, STATED)
    assert [(one.quarter, one.day, one.counts["platinum"], one.counts["gold"], one.unknown) for one in found] == [
        ("2026Q1", "2026-02-28", 1, 4, 5), ("2026Q2", "2026-05-30", 1, 7, 12), ("2026Q3", "2026-08-31", 1, 7, 20)]
    assert standings.quarters(told, MEASURED) == []


def test_of_a_quarter_the_last_count_is_told_and_gold_is_counted_once() -> None:
    told = standings.series(document(
        datasets_published={"2026-01-31": 9, "2026-03-31": 10}, gold_published={"2026-01-31": 5, "2026-03-31": 6},
        platinum_published={"2026-03-31": 2}))
    (one,) = standings.quarters(told, PUBLISHED)
    assert (one.day, one.counts["platinum"], one.counts["gold"], one.unknown) == ("2026-03-31", 2, 4, 4), \
        "published gold has platinum in it"
    told = standings.series(document(datasets_stated={"2026-03-31": 10}, gold_stated={"2026-03-31": 6},
                                     platinum_stated={"2026-03-31": 2}))
    assert standings.quarters(told, STATED)[0].counts == {"platinum": 2, "gold": 6, "silver": 0, "bronze": 0, "none": 0}


def line(**values: dict[str, int]) -> dict[str, BadgeFigures]:
    (told,) = standings.told(document(**values))
    assert told[0] == standings.STANDING
    return standings.read(told[1]).by_basis


def test_a_line_compares_with_the_quarter_before() -> None:
    days = {"2026-05-30": 10, "2026-08-31": 20, "2026-10-02": 25, "2026-11-22": 30}
    gold = {"2026-05-30": 1, "2026-10-02": 9, "2026-11-22": 12}
    found = line(open={"2026-11-22": 40}, datasets_stated=days, gold_stated=gold,
                 platinum_stated={"2026-05-30": 1, "2026-11-22": 3})[STATED]
    assert (found.datasets, found.better, found.platinum) == (30, 15, 3)
    assert (found.then, found.then_datasets, found.then_better) == ("2026-08-31", 20, 2), "not what October counted"


def test_without_a_quarter_before_nothing_is_compared() -> None:
    found = line(open={"2026-11-22": 40}, datasets_stated={"2026-10-02": 25, "2026-11-22": 30},
                 gold_stated={"2026-10-02": 1, "2026-11-22": 2}, platinum_stated={"2026-10-02": 0, "2026-11-22": 0})[STATED]
    assert (found.then, found.then_datasets) == ("", 0)


def test_what_was_only_counted_before_is_not_told_of_today() -> None:
    found = line(open={"2026-11-22": 40}, datasets={"2026-11-22": 40}, not_checked={"2026-11-22": 40},
                 gold={"2026-08-31": 5}, datasets_stated={"2026-08-31": 20}, gold_stated={"2026-08-31": 5})
    assert list(found) == [MEASURED]
    assert (found[MEASURED].better, found[MEASURED].unchecked) == (None, 40)
    assert standings.told(document(gold={"2026-08-31": 5})) == ()


@pytest.mark.parametrize(("more", "least"), [({}, False), ({"undecided": {"2026-11-22": 2}}, True),
                                             ({"undecided": {"2026-11-22": 0}, "not_checked": {"2026-11-22": 3}}, True)])
def test_more_may_have_gold_than_are_known_to(more: dict[str, dict[str, int]], least: bool) -> None:
    found = line(open={"2026-11-22": 9}, datasets={"2026-11-22": 9}, gold={"2026-11-22": 4}, platinum={"2026-11-22": 1}, **more)
    assert found[MEASURED].is_least is least


@pytest.mark.parametrize(("day", "quarter"), [
    ("2026-01-01", "2026Q1"), ("2026-03", "2026Q1"), ("2026-12-31T00:00:00+08:00", "2026Q4"), ("2026", ""), ("", ""),
    ("2026-13-01", ""), ("2026-00", ""), ("2026-1-1", ""), ("x2026-01-01", "")])
def test_days_have_a_quarter(day: str, quarter: str) -> None:
    assert quarter_of(day) == quarter


def test_quarters_follow_each_other_over_years() -> None:
    assert quarters_to("2026Q2", 4) == ["2025Q3", "2025Q4", "2026Q1", "2026Q2"]
    assert [first_day(one) for one in ("2026Q1", "2026Q4")] == ["2026-01-01", "2026-10-01"]


@pytest.mark.parametrize(("counted", "median"), [
    ([], None), ([(3, 1)], 3), ([(1, 1), (2, 1)], 1.5), ([(0, 2), (30, 1)], 0), ([(1, 1), (9, 3)], 9), ([(1, 2), (9, 2)], 5)])
def test_a_median_counts_each_answer(counted: list[tuple[int, int]], median: float | None) -> None:
    assert middle(counted) == median
