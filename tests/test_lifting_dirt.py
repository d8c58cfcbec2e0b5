"""Tables as they come: totals, keys that look alike, gaps in many writings, numbers that are none, line ends, half a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from odlinked.cli.verbs import main
from odlinked.sheets import delimited


def described(folder: Path, text: str | bytes) -> tuple[Path, dict[str, Any], Result]:
    """Write a file and its description; return the file, the description ({} where there is none) and what was told."""
    file = folder / "file.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    told = CliRunner().invoke(main, ["lift", "--describe", str(file), "--lang", "en"])
    place = folder / "file.csv-metadata.json"
    return file, json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}, told


def lifted(file: Path) -> Result:
    return CliRunner().invoke(main, ["lift", str(file), "--mode", "minimal", "--lang", "en"])


def test_totals_in_the_middle_are_left_out_and_told_with_their_rows(tmp_path: Path) -> None:
    file, _, _ = described(tmp_path, "縣市,測站,件數\n臺北市,甲,10\n臺北市,乙,20\n小計,,30\n新北市,丙,5\n新北市,丁,6\n"
                                     "新北市小計,,11\n總　計,,41\n桃園市,各異動項目家數總計,7\n")
    done = lifted(file)
    assert [line for line in done.stderr.splitlines() if line.startswith("  row")] == ["  row 4: 小計", "  row 7: 新北市小計",
                                                                                     "  row 8: 總 計"]
    assert (done.exit_code, '"30"' in done.stdout, '"11"' in done.stdout, '"41"' in done.stdout) == (1, False, False, False)
    assert "各異動項目家數總計" in done.stdout


@pytest.mark.parametrize(("first", "second"), [("A1", "Ａ１"), ("b2", "B2"), ("C3", "C 3"), ("台北", "臺北")])
def test_keys_that_only_look_different_are_told(tmp_path: Path, first: str, second: str) -> None:
    _, document, told = described(tmp_path, f"代碼,名稱\n{first},甲\n{second},乙\nX9,丙\n")
    assert f"{first} and {second} differ in width, case or blanks only" in told.stdout
    assert document["tableSchema"]["primaryKey"] == ["column_1"]


@pytest.mark.parametrize("gap", ["-", "—", "－－", "N.A.", "n.a.", "#N/A", "NaN", "不適用", "未測", "缺值", "尚無資料"])
def test_a_gap_in_any_writing_leaves_a_number_a_number(tmp_path: Path, gap: str) -> None:
    file, document, _ = described(tmp_path, f"id,level\n1,5\n2,{gap}\n3,3.5\n4,7\n")
    assert document["tableSchema"]["columns"][1]["datatype"] == "decimal"
    done = lifted(file)
    assert (done.exit_code, f'"{gap}"' in done.stdout, done.stdout.count("decimal")) == (0, False, 3)


@pytest.mark.parametrize("values", [
    ("(500)", '"1,200"', "(1300)"), ("△3", "5", "7"), ("5%", "12.5%", "7 %"), ("NT$5", "$6", "7元")])
def test_numbers_in_a_writing_that_is_none_stay_text_and_are_told(tmp_path: Path, values: tuple[str, ...]) -> None:
    file, document, told = described(tmp_path, "id,amount\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values)))
    assert "datatype" not in document["tableSchema"]["columns"][1]
    assert "look like numbers in a writing that is none" in told.stdout
    assert values[0] in lifted(file).stdout


def test_days_of_two_calendars_stay_text_and_are_told(tmp_path: Path) -> None:
    file, document, told = described(tmp_path, "編號,日期\n1,113/09/04\n2,2024/09/05\n3,113.09.06\n4,1130907\n")
    assert "datatype" not in document["tableSchema"]["columns"][1]
    assert "they stay text" in told.stdout
    assert '"113/09/04"' in lifted(file).stdout


def test_lines_that_end_in_a_carriage_return_are_lines(tmp_path: Path) -> None:
    file, document, _ = described(tmp_path, b"id,name,val\r1,A,5\r2,B,6\r3,C,7\r")
    assert document["odl:rows"] == 3
    assert lifted(file).stdout.count("schema.org/name") == 3


def test_half_a_file_is_told(tmp_path: Path) -> None:
    whole = '編號,名稱,值\n1,甲,5\n2,"乙, 一",6\n3,"丙, 二",7\n'.encode()
    file, document, told = described(tmp_path, whole)
    assert (told.exit_code, document["odl:rows"]) == (0, 3)
    for cut in (len(whole) - 4, len(whole) - 8):
        file.write_bytes(whole[:cut])
        done = lifted(file)
        assert done.exit_code in (1, 2), (cut, done.stderr)
        assert any(word in done.stderr for word in ("row 4", "record 4", "UTF-8")), (cut, done.stderr)


@pytest.mark.parametrize("least", [0, 1 << 60])
def test_a_file_cut_in_the_middle_of_a_row_and_rows_that_are_shifted_are_told(tmp_path: Path, least: int,
                                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LEAST", least)
    rows = [f"{n},站{n},{n * 2}.5,良好" for n in range(1, 31)]
    rows[9], rows[19], rows[29] = "10,站10,,20.5,良好", "20,40.5,良好", "30,站30,6"
    file, _, told = described(tmp_path, "id,name,level,status\n" + "\n".join(rows))
    assert "3 rows have another number of cells than the others" in told.stdout
    done = lifted(file)
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if "cells, not 4" in line] == [
        "  row 11 (row 11 has 5 cells, not 4)", "  row 21 (row 21 has 3 cells, not 4)", "  row 31 (row 31 has 3 cells, not 4)"]


def test_rows_are_as_wide_as_most_are_whatever_the_header_is(tmp_path: Path) -> None:
    file, _, _ = described(tmp_path, "id,name,level\n" + "".join(f"{n},站{n},{n * 2}.5,\n" for n in range(1, 31)))
    assert "cells, not" not in lifted(file).stderr


def test_values_below_a_limit_do_not_make_a_column_of_numbers_one_of_text(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'<0.5' if n % 3 else f'{n}.5'}\n" for n in range(1, 31))
    file, document, told = described(tmp_path, "id,level\n" + rows)
    assert document["tableSchema"]["columns"][1]["datatype"] == "decimal"
    assert "in a writing that is none" not in told.stdout
    done = lifted(file)
    assert (done.exit_code, done.stdout.count("decimal"), done.stdout.count('"<0.5" .')) == (1, 10, 20)


def test_a_column_that_says_nothing_but_below_a_limit_is_text(tmp_path: Path) -> None:
    _, document, _ = described(tmp_path, "id,level\n" + "".join(f"{n},<0.5\n" for n in range(1, 31)))
    assert "datatype" not in document["tableSchema"]["columns"][1]
