"""Runs of rows: a list that is published again is known run by run, whatever row came or went between them."""

from __future__ import annotations

import random

import pytest
from builders.national_list import row, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.intake.bindings import bind
from odlinked.intake.outcomes import Passage, runs
from odlinked.intake.rows import BATCH, TableJob, Workshop
from odlinked.mapping.refine import MappingContext
from odlinked.settings import Settings
from odlinked.sheets.tables import Row

CELL = st.text(alphabet="甲乙a \x1e\x1f\ud800\"',()\n", max_size=4)
ROWS = [Row(number, (f"{number * 7919}", "資料集", "")) for number in range(5_000)]


def cut(rows: list[Row]) -> list[tuple[tuple[str, ...], ...]]:
    """Return the cells of each run."""
    return [tuple(one.cells for one in run) for run in runs(rows)]


@pytest.fixture(scope="module")
def passage(tmp_path_factory: pytest.TempPathFactory) -> Passage:
    """Return the passage of a table of the national list."""
    path = write(tmp_path_factory.mktemp("runs") / "list.csv", row(1, "水質"))
    ((table, binding),) = bind(path, path.name, None, Settings(), Assets()).tables
    context = MappingContext("https://data.example.org", "national", "+08:00", ())
    return Passage(Workshop(TableJob(Assets(), table.file, table.sheet, binding, context, "tw-open")), None)


@given(st.lists(st.tuples(CELL, CELL) | st.tuples(CELL), min_size=1, max_size=3),
       st.lists(st.tuples(CELL, CELL) | st.tuples(CELL), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_only_the_same_rows_are_one_run(
    passage: Passage, one: list[tuple[str, ...]], other: list[tuple[str, ...]]
) -> None:
    first, second = (passage.run([Row(7 + number, cells) for number, cells in enumerate(rows)]) for rows in (one, other))
    assert (first == second) == (one == other)
    assert first == passage.run([Row(number, cells) for number, cells in enumerate(one)])


def test_what_holds_a_separator_is_no_other_run(passage: Passage) -> None:
    told = [[("a\x1fb",)], [("a", "b")], [("a",), ("b",)], [("a\x1eb",)], [("a\x1e", "b")], [("a", "\x1eb")],
            [("a\x1fb",), ("c", "d")], [("a", "b\x1fc", "d")], [("a", "b"), ("c", "d")], [("a", "b\x1ec", "d")]]
    assert len({passage.run([Row(1, cells) for cells in rows]) for rows in told}) == len(told)


def test_runs_are_the_rows_in_their_order() -> None:
    found = list(runs(ROWS))
    assert [one for run in found for one in run] == ROWS
    assert 5 <= len(found) <= 50
    assert max(map(len, found)) <= BATCH
    assert list(runs([])) == []
    assert len(list(runs([Row(1, ("同",))] * 250))) <= 3, "what always ends a run ends it after a hundred rows"


@given(place=st.integers(0, len(ROWS) - 1), seed=st.integers(0, 9))
def test_a_row_that_comes_or_goes_leaves_the_runs_behind_as_they_were(place: int, seed: int) -> None:
    other = Row(0, (f"{random.Random(seed).random()}",))
    before = set(cut(ROWS))
    for changed in ([*ROWS[:place], *ROWS[place + 1:]], [*ROWS[:place], other, *ROWS[place:]]):
        assert len(set(cut(changed)) - before) <= 3
