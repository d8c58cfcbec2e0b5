"""Columns of names are never lifted without a decision in writing, however few rows a file has and whoever the names are of."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from odlinked.cli.verbs import main

NAMES = ("王小明", "李大華", "陳美玲")


def lifted(folder: Path, headings: str, *rows: str) -> tuple[str, str]:
    """Lift a file without a description, and again by the one that is written for it; return what was written each time."""
    file = folder / "file.csv"
    file.write_text("\n".join((headings, *rows)) + "\n", encoding="utf-8")
    out = [folder / "plain.nt", folder / "described.nt"]
    run = CliRunner()
    for target, before in ((out[0], []), (out[1], ["lift", "--describe", str(file)])):
        if before:
            assert run.invoke(main, before).exit_code == 1, "a column of persons is told"
        assert run.invoke(main, ["lift", str(file), "--output", str(target)]).exit_code in (0, 1)
    return out[0].read_text(encoding="utf-8"), out[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("heading", ["姓名", "承辦人", "承辦人姓名", "聯絡人", "連絡人姓名", "填表人", "經辦", "學生姓名",
                                     "Contact Person"])
@pytest.mark.parametrize("rows", [1, 3])
def test_names_of_persons_are_left_out(tmp_path: Path, heading: str, rows: int) -> None:
    for text in lifted(tmp_path, f"station,{heading},rain", *(f"s{i},{NAMES[i]},{i}" for i in range(rows))):
        assert '"s0"' in text
        assert not [name for name in NAMES if name in text]


@pytest.mark.parametrize("heading", ["承辦單位", "聯絡電話單位", "測站名稱"])
def test_what_is_no_person_is_lifted(tmp_path: Path, heading: str) -> None:
    file = tmp_path / "file.csv"
    file.write_text(f"station,{heading}\ns1,水利署\ns2,能源局\n", encoding="utf-8")
    out = tmp_path / "out.nt"
    assert CliRunner().invoke(main, ["lift", str(file), "--output", str(out)]).exit_code == 0
    assert "水利署" in out.read_text(encoding="utf-8")
