"""Rows whose columns are encoded pass as rows one by one do: the same description, lines, faults and counts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.extent import extent
from builders.real_rows import SHARED

from odlinked.assets import Assets
from odlinked.cli import lift as verb
from odlinked.cli.lift_options import LiftOptions
from odlinked.errors import InputError
from odlinked.lifting.conversion.faults import FaultLog, LiftFault
from odlinked.lifting.describing import documents
from odlinked.lifting.describing.columns import Knowledge
from odlinked.persons import recognition
from odlinked.settings import Settings
from odlinked.sheets import delimited, encoded
from odlinked.sheets.encoded import EncodedBlock

pytest.importorskip("pyarrow")
BASE = "http://data.example.org"
REAL = sorted(path for path in SHARED.rglob("*") if path.suffix in (".csv", ".tsv") and path.stat().st_size < 6_000_000) \
    if SHARED.is_dir() else []


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return verb.knowledge(Assets(), "zh-Hant", Settings())


@pytest.fixture(params=[600, 40_000])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Parts of so many bytes."""
    monkeypatch.setattr(encoded, "PART", request.param)
    return int(request.param)


def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have files read row by row, then by their columns."""
    for least in (1 << 60, 0):
        monkeypatch.setattr(delimited, "LEAST", least)
        yield


def dirty(seed: int) -> str:
    """Return a file with some of all that is odd in files."""
    chance = random.Random(seed)
    lines = ["站號,縣市,測值(mg/L),日期,備註,時間"]
    for number in range(400):
        odd = chance.random() < 0.04
        county = chance.choice(["臺北市", "新北市", "小計"] if odd else ["臺北市", "新北市", "桃園市"])
        value = chance.choice(["ND", "<0.5", "-", "", "高", "1,5"]) if odd else f"{chance.random() * 9:.1f}"
        day = f"113.{chance.randrange(1, 13):02}.{chance.randrange(1, 28):02}"
        day = chance.choice(["113.13.40", "", "不詳"]) if odd else day
        remarks = ["<b>停用</b>", "由王小明提供", "電話0912345678", "a\u3000b", "\u3000", '"x"'] if odd else ["", "良好"]
        remark = chance.choice(remarks)
        key = chance.randrange(number + 1) if odd else number
        lines.append(f"S{key:04},{county},{value},{day},{remark},2024/01/{1 + number % 28:02} {number % 24:02}:00")
        if chance.random() < 0.005:
            lines.append(chance.choice(["", ",,,,,", "S1,臺北市", '"a\nb",x,1,113.01.01,,2024/01/01 00:00']))
    return "\n".join(lines) + "\n"


def lifted(file: Path) -> tuple[bytes, Any]:
    """Return what lifting a file gives, and all it tells, whatever the order of blocks and kinds."""
    told: list[LiftFault] = []
    assets = Assets()
    log = FaultLog(recognition(assets).cleaned, told.append)
    options = LiftOptions(mode="minimal")
    one = verb.lifting(file, options, Settings(), assets, log)
    try:
        return b"".join(one.lines(verb.located(one, options))), (sorted(told), log.counts, log.first, one.counts)
    except InputError as problem:
        return b"", str(problem)


@pytest.mark.parametrize("seed", range(2))
def test_a_dirty_file_gives_the_same_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge, parts: int,
                                                seed: int) -> None:
    file = tmp_path / "水質.csv"
    file.write_text(dirty(seed), encoding="utf-8")
    found = []
    for _ in both(monkeypatch):
        made = documents.made(file, BASE, "water", knowledge, Settings().read)
        documents.place_of(file).write_bytes(documents.dumped(made))
        found.append((made, *lifted(file)))
    assert found[0][0] == found[1][0]
    assert found[0][2] == found[1][2]
    assert found[0][1] == found[1][1]
    assert found[0][1].count(b"\n") > 1_500
    assert b"2024-01-03T" in found[0][1]


def test_most_of_a_clean_file_is_read_by_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "t.csv"
    file.write_text("代碼,名稱\n" + "".join(f"{number},甲{number % 9}\n" for number in range(500)), encoding="utf-8")
    monkeypatch.setattr(delimited, "LEAST", 0)
    monkeypatch.setattr(encoded, "PART", 1_000)
    [table] = delimited.read(file, "t.csv", Settings().read)
    kinds = [isinstance(block, EncodedBlock) for block in table.blocks()]
    assert len(kinds) > 3
    assert all(kinds)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not REAL, reason="the real files are not beside the checkout")
@pytest.mark.parametrize("path", REAL, ids=[path.name for path in REAL])
def test_a_real_file_gives_the_same_by_columns(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                               knowledge: Knowledge) -> None:
    file = tmp_path / path.name
    file.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:extent(4_000, None)]))
    found: list[tuple[Any, bytes, Any]] = []
    for _ in both(monkeypatch):
        try:
            made = documents.made(file, BASE, "", knowledge, Settings().read)
        except InputError as problem:
            found.append((str(problem), b"", None))
            continue
        documents.place_of(file).write_bytes(documents.dumped(made))
        found.append((made, *lifted(file)))
    assert found[0] == found[1]
