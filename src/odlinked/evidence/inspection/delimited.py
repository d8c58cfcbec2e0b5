"""Delimited text: which separator, which header, how many records, streamed."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from odlinked.evidence.inspection.headings import compare
from odlinked.evidence.inspection.shape import Shape, Wanted
from odlinked.evidence.inspection.source import Source
from odlinked.evidence.inspection.tables import Tables
from odlinked.sheets.encoding import LONGEST_LINE
from odlinked.sheets.headings import is_blank
from odlinked.sheets.layout import COLONS
from odlinked.sheets.merges import Merges
from odlinked.sheets.tables import Row

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
    errors = any(_SHOWN.search(chunk) for chunk in source.chunks())
    tables, last, fault = _run(source, codec, dialect, wanted, errors=errors)
    unclosed = "unexpected end" in fault or "field limit" in fault
    if unclosed and not source.complete:
        fault = ""
    if not fault:
        return tables.shape(whole=source.complete)
    broken = f"record {last + 1}: {fault}"
    again = dialect._replace(quoting=False) if unclosed else dialect._replace(strict=False)
    tables, _, fault = _run(source, codec, again, wanted, errors=errors)
    ragged = tables.rows is not None and tables.rows.ragged
    shape = tables.shape(whole=source.complete and not fault and not (unclosed and ragged))
    shape.broken = broken
    return shape


def _run(source: Source, codec: str, dialect: Dialect, wanted: Wanted, *, errors: bool) -> tuple[Tables, int, str]:
    """Read once; return what the tables came to, the last record that was read, and what stopped it."""
    tables = Tables(wanted, even=False, errors=errors)
    with source.text(codec) as text:
        records = _Records(_reader(text, dialect), tables)
        tables.read(records, Merges(), run=records.run, raw=records.raw)
    return tables, records.last, records.fault


class _Records:
    """The records of a delimited text as rows for the layout: cut to what they show, while their own cells are kept until
    the layout has settled what they are."""

    def __init__(self, records: Iterator[list[str]], tables: Tables) -> None:
        self.records, self.tables = enumerate(records, 1), tables
        self.held: deque[tuple[int, list[str]]] = deque()
        self.waiting: tuple[int, list[str]] | None = None
        self.last, self.fault = 0, ""

    def __iter__(self) -> Iterator[Row]:
        while (record := self._next()) is not None:
            number, cells = record
            shown = len(cells)
            while shown and not cells[shown - 1]:
                shown -= 1
            if not shown or ((not cells[0] or cells[0].isspace()) and is_blank(cells)):
                continue
            self.held.append(record)
            yield Row(number, tuple(cells[:shown]))

    def _next(self) -> tuple[int, list[str]] | None:
        record, self.waiting = self.waiting, None
        if record is None and not self.fault:
            try:
                record = next(self.records, None)
            except csv.Error as problem:
                self.fault = str(problem)
        self.last = record[0] if record else self.last
        return record

    def raw(self, row: Row) -> list[str]:
        """Return a row's own cells, blank ones at its end too; rows before it are let go."""
        while self.held[0][0] < row.number:
            self.held.popleft()
        return self.held[0][1]

    def run(self, last: int) -> int:
        """Count ordinary rows (see `sheets.layout.Taker`), which nearly all are, past the layout."""
        rows = self.tables.rows
        if rows is None or self.waiting or self.fault or last != self.last:
            return last
        self.held.clear()
        width, first, plain, take = rows.width, self.tables.first, 0, None
        if rows.look or rows.check:
            take = rows.take
        if width < 2:
            return last
        number = last
        try:
            for number, cells in self.records:
                if len(cells) == width and (one := cells[0]) and cells[1] and one != first and (
                        one[-1] not in COLONS and not one.isspace()):
                    if take:
                        take(number, cells)
                    else:
                        plain += 1
                else:
                    self.waiting = number, cells
                    number -= 1
                    break
        except csv.Error as problem:
            self.fault = str(problem)
        rows.count += plain
        self.last = rows.last = number
        return number
