"""Delimited text: which separator, which header, how many records, streamed."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from odlinked.evidence.inspection.headings import compare, header
from odlinked.evidence.inspection.shape import Rows, Shape, Wanted
from odlinked.evidence.inspection.source import Source
from odlinked.sheets.encoding import LONGEST_LINE

SEPARATORS: Final = (",", "\t", ";", "|")
_SAMPLE: Final = 1 << 18
"""Characters at the beginning by which separator and header are told."""

_SHOWN: Final = re.compile(rb"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)")
_MARKUP: Final = re.compile(r"\s*[<{\[]")


class Dialect(NamedTuple):
    """How a text is cut. `rows` are those of the beginning, blank ones too."""

    separator: str
    rows: list[list[str]]
    strict: bool = True
    quoting: bool = True

    @property
    def kind(self) -> str:
        """The notation of its file type."""
        return "TSV" if self.separator == "\t" else "CSV"


def tell(source: Source, codec: str, wanted: Wanted, *, claimed: bool) -> Dialect | None:
    """Return how the text is cut, None where it is no table.

    A table has rows of which half at least have one and the same width of two or more. One row, or one column, makes a
    table only where a described field stands in it, or it is `claimed` to be one: it could as well be plain text.
    """
    sample = source.text(codec).read(_SAMPLE)
    cut = len(sample) == _SAMPLE
    found: list[tuple[float, int, Dialect]] = []
    for separator in SEPARATORS:
        rows = _sampled(sample, separator, cut=cut)
        share, width = _evenness(rows)
        if width > 1:
            found.append((share, width, Dialect(separator, rows)))
    share, _, dialect = max(found, key=lambda one: one[:2], default=(0.0, 0, Dialect(",", _sampled(sample, ",", cut=cut))))
    filled = [row for row in dialect.rows if any(row)]
    if share >= 0.5 and len(filled) > 1:
        return dialect
    if not filled or _MARKUP.match(sample):
        return None
    names = [cell for cell in filled[0] if cell]
    described = len(compare(names, wanted.fields)[0]) < len(wanted.fields)
    return dialect if described or claimed else None


def _sampled(sample: str, separator: str, *, cut: bool) -> list[list[str]]:
    """Return the rows of the beginning; broken quotes end it, a last row that may be cut is left out."""
    rows: list[list[str]] = []
    try:
        rows.extend(_reader(io.StringIO(sample, newline=""), Dialect(separator, [])))
    except csv.Error:
        return rows
    return rows[:-1] if cut and len(rows) > 1 else rows


def _evenness(rows: list[list[str]]) -> tuple[float, int]:
    """Return the share of filled rows that have the most frequent width of two or more, and that width."""
    widths = Counter(len(row) for row in rows if any(row))
    several = [(count, width) for width, count in widths.items() if width > 1]
    if not several:
        return 0.0, 0
    count, width = max(several)
    return count / widths.total(), width


def _reader(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_LINE)
    if dialect.quoting:
        return csv.reader(lines, delimiter=dialect.separator, strict=dialect.strict)
    return csv.reader(lines, delimiter=dialect.separator, quoting=csv.QUOTE_NONE)


def read(source: Source, codec: str, dialect: Dialect, wanted: Wanted) -> Shape:
    """Read the whole table. Where quotes are broken that is told, and the table read in spite of it if that is possible."""
    shape = Shape()
    place = header(dialect.rows, wanted.fields)
    shape.named(dialect.rows[place] if place is not None else ())
    errors = any(_SHOWN.search(chunk) for chunk in source.chunks())
    rows, fault = _run(source, codec, dialect, place, wanted, errors=errors)
    unclosed = "unexpected end" in fault or "field limit" in fault
    if unclosed and not source.complete:
        fault = ""
    if not fault:
        rows.settle(shape, whole=source.complete)
        return shape
    shape.broken = f"record {rows.last + 1}: {fault}"
    again = dialect._replace(quoting=False) if unclosed else dialect._replace(strict=False)
    rows, fault = _run(source, codec, again, place, wanted, errors=errors)
    rows.settle(shape, whole=source.complete and not fault and not (unclosed and rows.ragged))
    return shape


def _run(source: Source, codec: str, dialect: Dialect, place: int | None, wanted: Wanted, *, errors: bool) -> tuple[Rows, str]:
    """Read the rows below the header; return what they came to, and what stopped it."""
    top = dialect.rows[place] if place is not None else max(dialect.rows, key=len, default=[])
    rows = Rows(top, wanted.check if place is not None else None, errors=errors)
    start = rows.last = 0 if place is None else place + 1
    with source.text(codec) as text:
        reader = _reader(text, dialect)
        numbered = enumerate(islice(reader, start, None), start + 1)
        try:
            if rows.look or rows.check:
                for number, cells in numbered:
                    rows.take(number, cells)
            else:
                _count(numbered, rows)
        except csv.Error as problem:
            return rows, str(problem)
    return rows, ""


def _count(numbered: Iterable[tuple[int, list[str]]], rows: Rows) -> None:
    """Count rows of whose cells nothing is asked: the same as taking each, and three times as fast."""
    width, plain = rows.width, 0
    number = rows.last
    try:
        for number, cells in numbered:
            if len(cells) == width and cells[0]:
                plain += 1
            else:
                rows.take(number, cells)
    finally:
        rows.count, rows.last = rows.count + plain, number
