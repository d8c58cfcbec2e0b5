"""A check of nothing is no pass: a table or graph in which no rule found anything to judge is told, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from odlinked.cli.verbs import main

EXAMPLE = Path(__file__).parents[1] / "examples" / "data-gov-tw-excerpt.csv"
HEADINGS = EXAMPLE.read_text(encoding="utf-8-sig").split("\n")[0].strip()


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["validate", *args, "--lang", "en"])
    return done.exit_code, done.stdout, done.stderr


def book(path: Path) -> Path:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(HEADINGS.split(","))
    made.save(path)
    return path


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(("name", "content"), [
    ("headings.csv", HEADINGS + "\n"), ("headings.csv", HEADINGS), ("headings.csv", HEADINGS + "\n" + "," * 21 + "\n\n"),
    ("headings.csv", f"{HEADINGS}\n\0\0\0\n"), ("headings.tsv", HEADINGS.replace(",", "\t")),
    ("empty.csv", ""), ("mark.csv", "\ufeff"), ("blank.csv", " \n\n"), ("zeros.csv", b"\0" * 5_000),
    ("list.json", "[]"), ("object.json", "{}"), ("objects.json", "[{}, {}]"), ("lists.json", "[[]]"),
])
def test_a_table_without_a_row_is_not_green(tmp_path: Path, name: str, content: str | bytes) -> None:
    code, told, line = run(str(put(tmp_path / name, content)))
    assert (code, told, line.count("\n")) == (2, "", 1)
    assert name in line


def test_nor_is_a_workbook_without_one(tmp_path: Path) -> None:
    code, told, line = run(str(book(tmp_path / "book.xlsx")))
    assert (code, told) == (2, "")
    assert "book.xlsx: there is no row below its headings: nothing was judged" in line
    Workbook().save(tmp_path / "empty.xlsx")
    assert run(str(tmp_path / "empty.xlsx"))[0] == 2


@pytest.fixture
def both(tmp_path: Path) -> list[str]:
    return [str(EXAMPLE), str(put(tmp_path / "headings.csv", HEADINGS + "\n"))]


def test_beside_a_file_with_records_it_is_told(both: list[str]) -> None:
    code, told, line = run(*both)
    assert code == 2
    assert "22 columns); 0 records)\n  Not checked: there is nothing in it to judge." in told
    assert line.endswith("checking headings.csv: there is no row below its headings: nothing was judged\n")


@pytest.mark.parametrize(("row", "code", "said"), [
    ("1,新增,空氣品質小時值,aqx_p_144,大氣環境司,全國測站之小時值。,公共資訊,11,115年3月,王小明,02-2311-7722#6001,,", 1, ""),
    ("合計,,1筆,,,,,,,,,,", 2, "no row below its headings is a record: nothing was judged"),
])
def test_rows_held_back_are_judged_and_rows_that_are_no_records_are_not(tmp_path: Path, row: str, code: int, said: str) -> None:
    headings = ("序號,開放狀況（新增/異動/下架）,資料集名稱,資料集代碼,提供單位,資料集描述,資料集分類,國家環境保護計畫分類,"
                "SDGs目標分類,開放年月,承辦人,聯絡電話／電子郵件,備註")
    file = tmp_path / "rows.csv"
    file.write_text(f"{headings}\n{row}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["validate", str(file)])
    assert done.exit_code == code, done.stderr
    assert said in done.stderr
    assert bool(done.stderr) == bool(said)


def test_every_format_tells_it(both: list[str]) -> None:
    summary = json.loads(run(*both, "--format", "json")[1])["summary"]
    assert (summary["conforms"], list(summary["unjudged"])) == (False, ["headings.csv"])
    (log,) = json.loads(run(*both, "--format", "sarif")[1])["runs"]
    (invocation,) = log["invocations"]
    assert (invocation["executionSuccessful"], len(invocation["toolExecutionNotifications"])) == (False, 1)
    suites = ElementTree.fromstring(run(*both, "--format", "junit")[1])
    skipped = {suite.get("name"): suite.get("skipped") == suite.get("tests") for suite in suites}
    assert skipped == {EXAMPLE.name: False, "headings.csv": True}
    assert "headings.csv::Not checked: there is nothing in it to judge." in run(*both, "--format", "github")[1]
    assert "Not checked: there is nothing in it to judge." in run(*both, "--format", "markdown")[1]
    assert "sh:conforms false" in run(*both, "--format", "turtle")[1]
