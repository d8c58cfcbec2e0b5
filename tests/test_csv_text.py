"""CSV for spreadsheets: no cell of what the command and the service write is run as a formula, and nothing is lost."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked import csv_text
from odlinked.assets import Assets
from odlinked.catalog.summaries.series import Candidate, Proposal, table

SOURCE = Path(__file__).parents[1] / "src" / "odlinked"
_RUN = set("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫−")


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("value", [
    "=1+1", "+886-2-5555-0100", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", " =1", "\u200b=1",
    "\ufeff=1", "\u3000＝1", "−1", "﹦1", "-1-2", "=", "+1+cmd|' /C calc'!A0", "\x00=1", "- 1",
])
def test_a_formula_is_text(value: str) -> None:
    assert csv_text.is_formula(value)
    assert cells(csv_text.written([[value]])) == [["'" + value]]


@pytest.mark.parametrize(("value", "said"), [
    (5, "5"), (-5, "-5"), (-0.5, "-0.5"), ("-12.5", "-12.5"), ("+5", "+5"), ("", ""), (None, ""), ("2026-01-02", "2026-01-02"),
    ("空氣=品質", "空氣=品質"), ("https://example.org/?a=-1", "https://example.org/?a=-1"), ("a,b\n\"c\"", "a,b\n\"c\""),
    ("'x", "'x"),
])
def test_all_else_is_as_it_was(value: object, said: str) -> None:
    assert cells(csv_text.written([[value, "."]])) == [[said, "."]]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=3), max_size=4))
def test_no_cell_begins_with_a_formula_and_no_text_is_lost(rows: list[list[str]]) -> None:
    back = cells(csv_text.written(rows))
    assert [[cell.removeprefix("'") if value[:1] != "'" else cell for cell, value in zip(row, given_, strict=True)]
            for row, given_ in zip(back, rows, strict=True)] == rows
    for cell in (cell for row in back for cell in row if cell):
        assert cell[0] not in _RUN or cell.lstrip("+-").replace(".", "", 1).isdigit()


def test_proposed_series_are_no_formulas() -> None:
    members = (Candidate("1", "+甲", "@機關", False), Candidate("2", "乙", "@機關", False))
    told = table([Proposal("a", "=1+1", "@機關", members)], Assets())
    assert {"'=1+1", "'@機關", "'+甲\n乙"} <= set(cells(told)[1])


def test_there_is_one_writer_of_csv() -> None:
    """Answers of the SPARQL endpoint are written as the SPARQL 1.1 CSV format has it, by the engine.

    What the cage reads of a stranger's list is handed on to its reader as it is: nobody opens it, and a mark would change it.
    """
    writers = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")
               for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
               if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter")
               and isinstance(node.value, ast.Name) and node.value.id == "csv"}
    assert writers == {"csv_text.py", "harvesting/list_pages.py"}
