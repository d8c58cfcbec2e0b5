"""Delimited text: whether it is a table at all, and fast counting of its records outside the shared layout."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Final

from odlinked.evidence.inspection.headings import compare
from odlinked.evidence.inspection.shape import ContentShape, Expectation
from odlinked.evidence.inspection.source import Source
from odlinked.evidence.inspection.tables import Tables
from odlinked.sheets.dialects import DelimitedDialect, DelimitedText, choose, is_even
from odlinked.sheets.encoding import LONGEST_LINE, Encoding
from odlinked.sheets.headings import is_blank
from odlinked.sheets.layout import COLONS
from odlinked.sheets.merges import Merges
from odlinked.sheets.sheet import ERROR
from odlinked.sheets.tables import Row

_SHOWN: Final = re.compile(ERROR.pattern.encode())
_MARKUP: Final = re.compile(r"\s*[<{\[]")


class Delimited:
    """A text that may be a table; `dialect` is how it is split into cells."""

    def __init__(self, source: Source, codec: str, encoding: Encoding | None) -> None:
        controls, formulas = (encoding.controls, encoding.formulas) if encoding else (True, True)
        tabs = source.file_name.lower().endswith((".tsv", ".tab"))
        self.source = source
        self.text = DelimitedText(partial(source.text, codec), LONGEST_LINE, tabs, controls, formulas)
        self.dialect = choose(self.text)

    @property
    def kind(self) -> str:
        """The notation of its file type."""
        return "TSV" if self.dialect.separator == "\t" else "CSV"

    def is_table(self, head: str, wanted: Expectation, *, claimed: bool) -> bool:
        """Decide whether the text is a table: at least two rows, half of all with the same width of two or more.

        One row, or one column, makes a table only where it contains a described field, or it is `claimed` to be one: it could as
        well be plain text. `head` is its beginning.
        """
        filled: list[list[str]] = []
        for cells in self._first():
            if not is_blank(cells):
                filled.append(cells)
            if len(filled) > 1:
                break
        if self.dialect.is_table and len(filled) > 1:
            return True
        if not filled or _MARKUP.match(head):
            return False
        described = len(compare([cell for cell in filled[0] if cell], wanted.fields)[0]) < len(wanted.fields)
        return described or claimed

    def _first(self) -> Iterator[list[str]]:
        try:
            yield from self.text.records(self.dialect)
        except csv.Error:
            return

    def read(self, wanted: Expectation) -> ContentShape:
        """Read the whole table. Broken quotes are reported, and the table is read in spite of them if that is possible."""
        errors = any(_SHOWN.search(chunk) for chunk in self.source.chunks())
        complete = self.source.complete
        records = self._run(self.dialect, wanted, errors=errors)
        fault = records.fault
        unclosed = "unexpected end" in fault or "field" in fault
        if not fault or (unclosed and not complete):
            return records.tables.shape(whole=complete)
        broken = f"record {records.last + 1}: {fault}"
        plain = self.dialect._replace(quoting=False, spaced=False)
        even = is_even(self.text, plain)
        records = self._run(plain if even or unclosed else self.dialect._replace(strict=False), wanted, errors=errors)
        shape = records.tables.shape(whole=complete and not records.fault and (even or not unclosed))
        shape.broken = broken
        return shape

    def _run(self, dialect: DelimitedDialect, wanted: Expectation, *, errors: bool) -> _Records:
        """Read once; return the result."""
        with self.text.reading(dialect) as cut:
            records = _Records(cut, Tables(wanted, even=False, errors=errors))
            if dialect.single:
                records.tables.read_column(records, records.raw)
            else:
                records.tables.read(records, Merges(), run=records.run, raw=records.raw)
        return records


class _Records:
    """The records of a delimited text as rows for the layout: without trailing blank cells, while their own cells are kept until
    the layout has decided what they are. `last` is the number of the last record, `fault` why reading stopped."""

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
        """Return a row's own cells, trailing blank ones included; rows before it are dropped."""
        while self.held[0][0] < row.number:
            self.held.popleft()
        return self.held[0][1]

    def run(self, last: int) -> int:
        """Count ordinary rows (see `sheets.layout.Taker`), which nearly all are, without the layout."""
        rows = self.tables.rows
        if rows is None or rows.width < 2 or self.waiting or self.fault or last != self.last:
            return last
        self.held.clear()
        width, first, number, start = rows.width, self.tables.first, last, last
        take = rows.take if rows.look else rows.check.take if rows.check else None
        try:
            for number, cells in self.records:
                if len(cells) != width or (one := cells[0]) == first or not cells[1] or not (
                        one.isalnum() or (one and one[-1] not in COLONS and not one.isspace())):
                    self.waiting = number, cells
                    number -= 1
                    break
                if take:
                    take(number, cells)
        except csv.Error as problem:
            self.fault = str(problem)
        if not rows.look:
            rows.count += number - start
        self.last = rows.last = number
        return number
