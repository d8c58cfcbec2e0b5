"""Delimited text: comma, tab or semicolon, streamed; separator and quoting are found out and held against the whole file."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets.body import Span
from odlinked.sheets.encoding import Encoding, detect
from odlinked.sheets.headings import fold, is_blank
from odlinked.sheets.layout import Known, find
from odlinked.sheets.merges import Merges
from odlinked.sheets.tables import Row, Table

_SAMPLE: Final = 400
"""Records looked at to choose a separator."""

_CONTROLS: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]")


class _Dialect(NamedTuple):
    separator: str
    quoting: bool = True
    single: bool = False


class _Source(NamedTuple):
    """A delimited file and how to read it."""

    path: Path
    name: str
    caps: ReadSettings
    encoding: Encoding

    def records(self, dialect: _Dialect) -> Iterator[list[str]]:
        """Yield the records from the start; csv.Error and a last unclosed quote come through."""
        csv.field_size_limit(limits.LONGEST_CELL)
        with self.path.open(encoding=self.encoding.codec, newline="", buffering=1 << 18) as file:
            lines = _shown(file) if self.encoding.controls else file
            if dialect.quoting:
                yield from csv.reader(lines, delimiter=dialect.separator, strict=True)
            else:
                yield from csv.reader(lines, delimiter=dialect.separator, quoting=csv.QUOTE_NONE)

    def places(self, dialect: _Dialect, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
        """Return the line and character (both 1-based) where cells begin: (record, 0-based column) -> place."""
        numbers = {number for number, _ in wanted}
        last, found = max(numbers, default=0), dict[tuple[int, int], tuple[int, int]]()
        taken: list[str] = []
        with self.path.open(encoding=self.encoding.codec, newline="", buffering=1 << 18) as file:
            reader = csv.reader(_kept(file, taken), delimiter=dialect.separator, strict=dialect.quoting,
                                quoting=csv.QUOTE_MINIMAL if dialect.quoting else csv.QUOTE_NONE)
            line = 1
            for number, _ in enumerate(reader, 1):
                if number in numbers:
                    starts = _starts(taken, dialect)
                    found.update(((number, column), (line + down, right)) for column, (down, right) in enumerate(starts)
                                 if (number, column) in wanted)
                line = reader.line_num + 1
                taken.clear()
                if number >= last:
                    break
        return found

    def rows(self, dialect: _Dialect) -> Iterator[Row]:
        """Yield the rows that show something, with the number of their record."""
        caps, name = self.caps, self.name
        for number, cells in enumerate(self.records(dialect), 1):
            while cells and not cells[-1]:
                cells.pop()
            if not cells or ((not cells[0] or cells[0].isspace()) and is_blank(cells)):
                continue
            if len(cells) > caps.max_columns:
                limits.check_width(name, number, len(cells), caps)
            yield Row(number, tuple(cells))


def read(path: Path, name: str, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of a delimited file.

    Control characters that no spreadsheet shows (NUL among them) are left out of cells. Broken quotes: when the
    file cannot be read with them but has the same number of fields on every line without, quotes are text; otherwise
    `InputError` names the record. A file of one column is one table headed by its first row.
    """
    source = _open(path, name, caps)
    dialect = _choose(source)
    try:
        spans, lines = _survey(source, dialect, known)
    except csv.Error as problem:
        plain = dialect._replace(quoting=False)
        if not (dialect.single or _is_even(source, plain)):
            raise _broken(source, dialect, problem) from problem
        dialect = plain
        spans, lines = _survey(source, dialect, known)
    if not spans:
        raise InputError(f"none of its {len(lines):,} rows can be a header", doing="reading", on=name,
                         next_step="Give the table a row of headings")
    return [_table(source, dialect, span) for span in spans]


def every_row(path: Path, name: str, caps: ReadSettings) -> Iterator[Row]:
    """Yield all rows of a delimited file that show something, whatever table they are in or outside of."""
    source = _open(path, name, caps)
    dialect = _choose(source)
    try:
        deque(source.records(dialect), maxlen=0)
    except csv.Error:
        dialect = dialect._replace(quoting=False)
    yield from source.rows(dialect)


def _open(path: Path, name: str, caps: ReadSettings) -> _Source:
    """Return a file with its encoding; raise `InputError` for one whose lines nobody could have written."""
    encoding = detect(path, name)
    limits.check_lines(name, encoding.longest, encoding.lines, caps)
    return _Source(path, name, caps, encoding)


def _choose(source: _Source) -> _Dialect:
    """Return the separator that gives the most rows one and the same width of two or more, from a sample; where the
    sample leaves a doubt, from the whole file."""
    for limit in (_SAMPLE, None):
        scores = {separator: _score(source, _Dialect(separator), limit) for separator in _order(source)}
        ranked = sorted(scores.items(), key=lambda item: item[1], reverse=True)
        (best, score), (_, second) = ranked[0], ranked[1]
        if score[0] > 0.9 and second[0] < 0.5:
            break
    return _Dialect(best, single=not score[1])


def _order(source: _Source) -> tuple[str, ...]:
    return ("\t", ",", ";") if source.path.suffix.lower() in (".tsv", ".tab") else (",", "\t", ";")


def _score(source: _Source, dialect: _Dialect, limit: int | None) -> tuple[float, int]:
    """Return the share of rows that have the most frequent width of two or more, and that width."""
    widths: Counter[int] = Counter()
    with suppress(csv.Error):  # told when the file is surveyed with this separator; rows before it speak for it
        widths.update(len(cells) for cells in islice(source.records(dialect), limit) if not is_blank(cells))
    several = [(count, width) for width, count in widths.items() if width > 1]
    if not several:
        return 0.0, 0
    count, width = max(several)
    return count / widths.total(), width


def _is_even(source: _Source, dialect: _Dialect) -> bool:
    """True when every row that shows something has the same number of fields, more than one."""
    width = 0
    with suppress(csv.Error):
        for cells in source.records(dialect):
            if not is_blank(cells):
                width = width or len(cells)
                if len(cells) != width or width == 1:
                    return False
        return width > 1
    return False


def _survey(source: _Source, dialect: _Dialect, known: Known | None) -> tuple[list[Span], list[Row]]:
    """Read the whole file once: where its tables are, and whether it is within the caps."""
    rows = _counted(source, dialect)
    if dialect.single:
        first = next(rows, None)
        if first is None:
            return [], []
        last = deque(rows, maxlen=1) or [first]
        return [Span((fold(first.cells[0]),), first.number, first.number + 1, last[0].number, frozenset(), ())], []
    return find(rows, Merges(), known)


def _counted(source: _Source, dialect: _Dialect) -> Iterator[Row]:
    """Yield the rows and hold them against the caps."""
    most = source.caps.max_rows
    for count, row in enumerate(source.rows(dialect), 1):
        if count > most:
            limits.check_rows(source.name, count, source.caps)
        yield row


def _table(source: _Source, dialect: _Dialect, span: Span) -> Table:
    def data() -> Iterator[Row]:
        first, last, left_out = span.first, span.last, span.left_out
        for row in source.rows(dialect):
            if row.number < first or row.number in left_out:
                continue
            if row.number > last:
                return
            yield row

    return Table(source.name, None, span.headings, span.header_row, data, span.titles,
                 lambda wanted: source.places(dialect, wanted))


def _broken(source: _Source, dialect: _Dialect, problem: csv.Error) -> InputError:
    """Say in which record the quotes break."""
    records = 0
    with suppress(csv.Error):
        for _ in source.records(dialect):
            records += 1
    if "field larger" in str(problem):
        why = f"a cell is longer than {limits.LONGEST_CELL:,} characters, as where a quote is opened and never closed"
    else:
        why = "a quote is opened and never closed" if "unexpected end" in str(problem) else f"its quotes are broken ({problem})"
    return InputError(f"in record {records + 1:,} {why}", doing="reading", on=source.name,
                      next_step="Close the quote, and write a quote inside a quoted cell twice")


def _shown(file: TextIO) -> Iterator[str]:
    """Yield the lines without the control characters that no spreadsheet shows."""
    for line in file:
        yield _CONTROLS.sub("", line)


def _kept(file: TextIO, taken: list[str]) -> Iterator[str]:
    """Yield the lines and keep each in `taken`."""
    for line in file:
        taken.append(line)
        yield _CONTROLS.sub("", line)


def _starts(lines: list[str], dialect: _Dialect) -> Iterator[tuple[int, int]]:
    """Yield where each cell of one record begins: lines below its first, and the 1-based character."""
    fresh, quotes, quoted = True, False, False
    yield 0, 1
    for down, line in enumerate(lines):
        for place, character in enumerate(line, 1):
            if fresh:
                fresh, quotes = False, dialect.quoting and character == '"'
            if quotes and character == '"':
                quoted = not quoted
            elif character == dialect.separator and not quoted:
                fresh = True
                yield down, place + 1
