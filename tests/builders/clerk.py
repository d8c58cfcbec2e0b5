"""A clerk's tables with faults planted in them, from `tests/cases/clerk/faults.toml`: one a row, below a faultless first."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

_CASES: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "cases/clerk/faults.toml").read_text(encoding="utf-8"))
FORMS: tuple[str, ...] = tuple(_CASES["faults"])


@dataclass(frozen=True)
class PlantedFault:
    """A fault: the form and row of its cell, what stands there, the rule that tells it, what is meant, and what the form to fill
    in does about it ("stop", "shown", "taken")."""

    form: str
    row: int
    heading: str
    written: str
    rule: str
    meant: str
    typed: str

    @property
    def cell(self) -> str:
        """The name of its cell."""
        return f"{get_column_letter(headings(self.form).index(self.heading) + 1)}{self.row}"


def headings(form: str) -> list[str]:
    """Return the headings of a form's table."""
    return list(_CASES["rows"][form])


def good(form: str, number: int) -> dict[str, str]:
    """Return a faultless row."""
    return {heading: text.replace("{n}", str(number)) for heading, text in _CASES["rows"][form].items()}


def faults(form: str) -> Iterator[PlantedFault]:
    """Yield the faults of a form: the first stands in row 3, below the headings and a faultless row."""
    for row, (heading, written, rule, meant, typed) in enumerate(_CASES["faults"][form], 3):
        character, mark, times = written.partition("*")
        yield PlantedFault(form, row, heading, character * int(times) if mark else written, rule, meant, typed)


def planted(form: str, path: Path) -> Path:
    """Write a form's table with all of its faults as a workbook of texts."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(headings(form))
    rows = [good(form, 2), *(good(form, one.row) | {one.heading: one.written} for one in faults(form))]
    for row in rows:
        sheet.append([text or None for text in row.values()])
    book.save(path)
    return path
