"""Rows of answers: put in place of others, made wide, and the sort keys of what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from odlinked.folding import numeral

ReportRow = dict[str, Any]
CellValue = str | int | Decimal | None
"""The value of a cell; None: not checked."""


def instead(rows: Iterable[ReportRow], better: Sequence[ReportRow], by: str) -> Iterator[ReportRow]:
    """Yield the rows, with those of `better` in place of all that have the same value of `by`."""
    known = {row.get(by) for row in better}
    yield from (row for row in rows if row.get(by) not in known)
    yield from better


def size(text: str) -> tuple[int, Decimal, str]:
    """Return the sort key of a value: numbers by size, then texts; what is unknown is least."""
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return 1, Decimal(text), ""
    return 2 if text else 0, Decimal(paragraph(text)), text


def paragraph(text: str) -> int:
    """Return the number of a paragraph that a text begins with, in Chinese and set off (二十一、), 0 where it has none."""
    written = re.match(r"(\w{1,3})[、.．]", text)
    return max(numeral(written[1]), 0) if written else 0


def wide(rows: Iterable[ReportRow], by: str, on: str, latest: str, every: bool = False) -> Iterator[ReportRow]:
    """Yield one row a value of `by`: the values of its latest day (of `every` day: a row each), each under the last part of the
    IRI in `on`."""
    grouped: dict[str, dict[str, ReportRow]] = {}
    for row in rows:
        days = grouped.setdefault(row[by], {})
        days.setdefault(row[latest], {by: row[by], latest: row[latest]})[row[on].rpartition("/")[2]] = row["value"]
    for days in grouped.values():
        yield from days.values() if every else (days[max(days)],)


def cell_place(cell: CellValue) -> tuple[int, Decimal, str]:
    """Return the sort key of a cell: numbers by size before texts, not checked last."""
    if cell is None:
        return 2, Decimal(0), ""
    return (1, Decimal(0), cell) if isinstance(cell, str) else (0, Decimal(cell), "")


def number(text: str) -> CellValue:
    """Return a text as a number; None where there is none: not checked is not 0."""
    if not text:
        return None
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else value
