"""Measurements carried forward: what a release says of quality is what measuring everything anew says."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders.catalogs import dumped, publish, served, sound
from builders.extent import extent
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.measure.carried import MeasuredState
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

AGENCIES = ("環境部", "經濟部", "經濟部水利署")
TITLES = ("空氣品質", "各年人口統計", "{}年人口統計", "{}年{}月用電量", "水庫水情")
BADGES = ("", "金", "銀", "銅", "白金")


def drawn(dice: random.Random, number: int) -> list[str]:
    title = dice.choice(TITLES).replace("{}", str(dice.randint(100, 114)), 1).replace("{}", str(dice.randint(1, 12)))
    return row(number, 資料集名稱=title, 提供機關=dice.choice(AGENCIES), 品質檢測=dice.choice(BADGES),
               更新頻率=dice.choice(("每1日", "每1年", "每1曰")))


def state(workspace: Workspace) -> MeasuredState | None:
    return MeasuredState.read(workspace.releases / str(workspace.current()))


@pytest.mark.parametrize("seed", range(extent(1, 6)))
def test_carried_measurements_are_those_of_measuring_anew(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    rows = {n: drawn(dice, n) for n in range(1, 31)}
    carried, anew = Workspace(tmp_path / "carried"), Workspace(tmp_path / "anew")
    for step in range(6):
        for _ in range(dice.randint(0, 3)):
            rows[dice.randint(1, 34)] = drawn(dice, dice.randint(1, 34))
        rows = {n: [str(n), *one[1:]] for n, one in rows.items()}
        if dice.random() < 0.4:
            rows.pop(dice.choice(list(rows)))
        file = write(tmp_path / "list.csv", *rows.values())
        settings = Settings()
        clock = Clock.of("+08:00", datetime(2026, 11, 20 + step // 2, 4, tzinfo=UTC))
        for workspace in (carried, anew):
            current = workspace.current() if workspace.root.exists() else None
            if workspace is anew and current:
                (workspace.releases / current / "measured.json").unlink(missing_ok=True)
            Publisher(workspace, settings, clock=clock).publish([file], "national", allow_removals=True)
        assert dumped(served(carried)) == dumped(served(anew))
        sound(served(carried))


def test_only_what_differs_is_measured(workspace: Workspace, tmp_path: Path) -> None:
    done: list[tuple[str, int]] = []

    def told(stage: str, count: int) -> None:
        if stage == "measure":
            done.append((stage, count))

    def again(*rows: list[str]) -> int:
        done.clear()
        Publisher(workspace, Settings(), told).publish([write(tmp_path / "list.csv", *rows)], "national")
        return sum(count for _, count in done)

    assert again(row(1), row(2), row(3)) == 3
    before = state(workspace)
    assert before is not None
    assert again(row(1), row(2, 資料集描述="改過的描述"), row(3)) == 1
    assert state(workspace) == before
    assert again(row(1), row(2, 資料集描述="改過的描述"), row(3, 品質檢測="白金"), row(4)) == 2


def test_what_was_measured_as_of_a_past_day_is_not_carried(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    Publisher(workspace, Settings()).measure(date(2026, 1, 5))
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    assert state(workspace) is not None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"key": 1}', "null"])
def test_an_unusable_note_is_none(workspace: Workspace, tmp_path: Path, text: str) -> None:
    first = publish(workspace, write(tmp_path / "list.csv", row(1)))
    (workspace.releases / first.release / "measured.json").write_text(text, encoding="utf-8")
    assert publish(workspace, write(tmp_path / "list.csv", row(1), row(2))).added == 1
    sound(served(workspace))
