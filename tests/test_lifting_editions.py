"""Editions of a file: what broke since the one before is told, and what is the same is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from odlinked.cli.verbs import main

HEADINGS = ["siteid", "sitename", "county", "aqi", "pm2.5", "publishtime", "remark"]
COUNTIES = ["基隆市", "新北市", "臺北市", "桃園市"]
ROWS = [[str(n), f"測站{n}", COUNTIES[n % 4], str(20 + n), f"{n}.5", f"2024/06/{n % 28 + 1:02} 06:00:00", f"第 {n} 站"]
        for n in range(1, 41)]
Table = list[list[str]]


def _written(path: Path, headings: list[str], rows: Table) -> Path:
    path.write_text("".join(",".join(row) + "\n" for row in [headings, *rows]), encoding="utf-8")
    return path


def _compared(tmp_path: Path, headings: list[str], rows: Table) -> Result:
    before = _written(tmp_path / "air_2024-06.csv", HEADINGS, ROWS)
    now = _written(tmp_path / "air_2024-10.csv", headings, rows)
    return CliRunner().invoke(main, ["lift", str(now), "--against", str(before), "--validate", "--lang", "en"])


def _heads(**renamed: str) -> list[str]:
    return [renamed.get(one.replace(".", ""), one) for one in HEADINGS]


def _without(name: str) -> tuple[list[str], Table]:
    place = HEADINGS.index(name)
    return [one for one in HEADINGS if one != name], [row[:place] + row[place + 1:] for row in ROWS]


def _each(name: str, make: Callable[[str], str]) -> tuple[list[str], Table]:
    place = HEADINGS.index(name)
    return HEADINGS, [[make(cell) if at == place else cell for at, cell in enumerate(row)] for row in ROWS]


SAME = {
    "the same": (HEADINGS, ROWS),
    "other values": (HEADINGS, [[*row[:3], str(int(row[3]) + 7), *row[4:]] for row in ROWS]),
    "all numbers happen to be whole": _each("pm2.5", lambda text: text.replace(".5", "")),
    "days written without zeros": _each("publishtime", lambda text: text.replace("2024/06/0", "2024/6/") if "/06/0" in text else
                                        text.replace("/06/", "/6/")),
    "another order of rows": (HEADINGS, ROWS[::-1]),
    "another order of columns": (HEADINGS[::-1], [row[::-1] for row in ROWS]),
    "some more rows": (HEADINGS, [*ROWS, *[["9" + row[0], *row[1:]] for row in ROWS[:10]]]),
    "a column is empty for now": _each("remark", lambda _: ""),
    "a column more": ([*HEADINGS, "nox"], [[*row, "1"] for row in ROWS]),
}

BROKEN = {
    "removed": (*_without("aqi"), ["aqi", "is gone"]),
    "renamed by sign": (_heads(pm25="pm25"), ROWS, ["pm2.5", "renamed", "pm25"]),
    "renamed by meaning": (_heads(publishtime="資料時間"), ROWS, ["publishtime", "renamed", "資料時間"]),
    "retyped: words for numbers": (*_each("aqi", lambda text: "良好" if int(text) % 2 else "普通"), ["aqi", "another datatype"]),
    "retyped: years of the Republic": (*_each("publishtime", lambda text: "113" + text[4:10]),
                                       ["publishtime", "another datatype"]),
    "key lost": (HEADINGS, [["1", *row[1:]] for row in ROWS], ["siteid", "none any more"]),
    "key gone": (*_without("siteid"), ["siteid", "none any more"]),
    "half the rows": (HEADINGS, ROWS[:20], ["40 → 20", "half the rows"]),
    "twice the rows": (HEADINGS, [[str(n) + row[0], f"{row[1]}{n}", *row[2:]] for n in (7, 8) for row in ROWS], ["40 → 80"]),
}


@pytest.mark.parametrize("name", SAME)
def test_what_breaks_nobody_is_no_error(tmp_path: Path, name: str) -> None:
    done = _compared(tmp_path, *SAME[name])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_readers_is_told_and_ends_in_one(tmp_path: Path, name: str) -> None:
    headings, rows, told = BROKEN[name]
    done = _compared(tmp_path, headings, rows)
    assert done.exit_code == 1, done.output
    assert all(word in done.output for word in told), done.output


def test_a_description_stands_for_its_edition(tmp_path: Path) -> None:
    before = _written(tmp_path / "air_2024-06.csv", HEADINGS, ROWS)
    CliRunner().invoke(main, ["lift", "--describe", str(before)])
    now = _written(tmp_path / "air_2024-10.csv", *_without("aqi"))
    done = CliRunner().invoke(main, ["lift", str(now), "--against", f"{before}-metadata.json", "--validate", "--lang", "en"])
    assert done.exit_code == 1
    assert "column aqi" in done.output


@pytest.mark.parametrize("text", ["", "{"])
def test_what_is_no_edition_is_refused(tmp_path: Path, text: str) -> None:
    now = _written(tmp_path / "air.csv", HEADINGS, ROWS)
    (tmp_path / "before.json").write_text(text, encoding="utf-8")
    for name in ("before.json", "nothing.csv"):
        done = CliRunner().invoke(main, ["lift", str(now), "--against", str(tmp_path / name), "--validate", "--lang", "en"])
        assert done.exit_code == 2, done.output
        assert name in done.output
