"""Delimited text files as tables: streamed, within the size limits, every cell with its position."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import cutting, encoded
from odlinked.sheets.body import Span
from odlinked.sheets.cutting import TextFile, TextPart
from odlinked.sheets.dialects import DelimitedDialect, DelimitedText, broken, choose, is_even
from odlinked.sheets.encoded import EncodedBlock, EncodedText
from odlinked.sheets.encoding import detect
from odlinked.sheets.headings import is_blank, on_one_line
from odlinked.sheets.layout import COLONS, Known, find
from odlinked.sheets.merges import Merges
from odlinked.sheets.tables import BLOCK, PartOfRows, Row, RowBlock, Spelling, Table, Uneven

_TABBED: Final = (".tsv", ".tab")

_FEW: Final = 64
"""Rows of an encoded block that are handed out at a time."""

KEPT: Final = 256_000_000
"""The rows of a file are kept while its tables are, where they take no more bytes: they are read up to four times."""

_CELL: Final = 64
"""Bytes of a cell in memory, beside its text, which takes about twice the space that it has in the file."""

LEAST: Final = 4 << 20
"""Bytes of a file from which on its columns are encoded: loading the engine costs as much as reading that."""


_MOST_UNEVEN: Final = 100_000
"""Rows of another width than most that are remembered."""

_made = tuple.__new__
"""Makes a `Row` of its parts in half the time that its own constructor takes."""


class _DelimitedSource(NamedTuple):
    """A delimited file and how to read it."""

    name: str
    caps: ReadSettings
    text: DelimitedText
    codec: str
    size: int
    lines: int
    kept: dict[DelimitedDialect, list[Row]]
    encoded: dict[DelimitedDialect, EncodedText]
    uneven: dict[DelimitedDialect, dict[int, int]]
    """Of each dialect the rows with another number of cells than it has, once all were read one by one."""
    before: int = 0
    """Records before the first one of the text, where it is a part of the file."""
    by_rows: bool = False
    """Whether its rows are taken one by one, as those of a form are: titles, addresses and descriptions hardly come again, and to
    take rows out of their columns costs more than to read them as rows."""

    def part(self, part: TextPart) -> _DelimitedSource:
        """Return a part of the file as a source of its own."""
        return self._replace(text=part.text, kept={}, encoded={}, before=part.before)

    def by_columns(self, dialect: DelimitedDialect) -> EncodedText | None:
        """Return the text with its columns encoded, None where that is not done."""
        if self.by_rows or self.size < LEAST or not encoded.can_be(self.text, dialect):
            return None
        return self.encoded.setdefault(dialect, EncodedText(self.text, dialect))

    def keeps(self, dialect: DelimitedDialect) -> bool:
        """True where the rows are few enough to be kept."""
        return _CELL * self.lines * max(dialect.width, 1) + 2 * self.size <= KEPT and self.by_columns(dialect) is None

    def places(self, dialect: DelimitedDialect, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
        """Return the line and character (both 1-based) where cells begin: (record, 0-based column) -> (line, character)."""
        found = self.text.starts(dialect, {number for number, _ in wanted})
        return {(number, column): (line, right) for number, column, line, right in found if (number, column) in wanted}

    def rows(self, dialect: DelimitedDialect) -> Iterator[Row]:
        """Return the non-blank rows, with the number of their record."""
        kept = self.kept.get(dialect)
        return iter(kept) if kept is not None else self._collected(dialect) if self.keeps(dialect) else self._cut(dialect)

    def blocks(self, dialect: DelimitedDialect, span: Span) -> Iterator[RowBlock]:
        """Yield the rows of a table some thousand at a time, each as wide as the table."""
        kept = self.kept.get(dialect)
        if kept is not None:
            wanted = iter([row for row in kept if span.first <= row.number <= span.last and row.number not in span.left_out])
            while picked := list(islice(wanted, BLOCK)):
                yield _padded(picked, len(span.headings))
            return
        columns = self.by_columns(dialect)
        if columns is None:
            yield from self._read(dialect, span)
            return
        for part, block in columns.parts():
            inside = block.within(span) if block is not None else None
            if inside is None or (len(inside) and not is_filled(inside.encoded[0].texts)):
                yield from self.part(part)._read(dialect, span)
            elif len(inside):
                yield inside

    def _read(self, dialect: DelimitedDialect, span: Span) -> Iterator[RowBlock]:
        """Yield the rows of a table some thousand at a time, read one by one."""
        number, width = self.before + 1, len(span.headings)
        with self.text.reading(dialect) as records:
            while number <= span.last and (rows := list(islice(records, BLOCK))):
                block = RowBlock(range(number, number + len(rows)), rows)
                number += len(rows)
                if number <= span.first:
                    continue
                inside = block.numbers[0] >= span.first and block.numbers[-1] <= span.last \
                    and span.left_out.isdisjoint(block.numbers)
                if inside and block.width == width and is_filled(block.columns[0]):
                    yield block
                elif picked := list(self._picked(block, span)):
                    yield _padded(picked, width)

    def _picked(self, block: RowBlock, span: Span) -> Iterator[Row]:
        """Yield the rows of a block that belong to a table and are not blank."""
        for row in self.shown(zip(block.numbers, block.rows, strict=True)):
            if span.first <= row.number <= span.last and row.number not in span.left_out:
                yield row

    def _collected(self, dialect: DelimitedDialect) -> Iterator[Row]:
        """Yield the rows, and keep them when all have been read."""
        rows: list[Row] = []
        for row in self._cut(dialect):
            rows.append(row)
            yield row
        self.kept[dialect] = rows

    def _cut(self, dialect: DelimitedDialect) -> Iterator[Row]:
        with self.text.reading(dialect) as records:
            yield from self.shown(enumerate(records, self.before + 1), dialect)

    def shown(self, records: Iterable[tuple[int, Sequence[str]]], dialect: DelimitedDialect | None = None) -> Iterator[Row]:
        """Yield the records that are not blank, without empty cells at their ends; with a dialect, remember the uneven ones."""
        most, name = self.caps.max_columns, self.name
        width, uneven = (dialect.width, self.uneven.setdefault(dialect, {})) if dialect and dialect.quoting else (0, {})
        for number, cells in records:
            written = len(cells)
            if not cells or not cells[-1]:
                cells = list(cells)
                while cells and not cells[-1]:
                    cells.pop()
                if not cells:
                    continue
            first = cells[0]
            if (not first or first.isspace()) and is_blank(cells):
                continue
            if len(cells) > most:
                limits.check_width(name, number, len(cells), self.caps)
            if width and written != width and len(uneven) < _MOST_UNEVEN:
                uneven[number] = written
            yield _made(Row, (number, tuple(cells)))


def _padded(rows: Sequence[Row], width: int) -> RowBlock:
    """Return rows as a block of one width."""
    return RowBlock([row.number for row in rows], [row.cells if len(row.cells) == width else
                                                   (*row.cells, *[""] * (width - len(row.cells))) for row in rows])


def is_filled(cells: Sequence[str]) -> bool:
    """True when every cell of a column shows something."""
    return all(cells) and not any(map(str.isspace, cells))


def read(path: Path, name: str, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of a delimited file.

    With `known`, which knows the headings of forms, it is read for its rows. Broken quotes: where the file cannot be parsed with
    them but has the same number of fields on every line without them, quotes are text; otherwise an `InputError` names the
    record. A file of one column is one table whose heading is its first row.
    """
    source = _open(path, name, caps)._replace(by_rows=known is not None)
    dialect = choose(source.text)
    try:
        spans, lines = _survey(source, dialect, known)
    except csv.Error as problem:
        plain = dialect._replace(quoting=False, spaced=False)
        if not (dialect.single or is_even(source.text, plain)):
            raise broken(source.text, dialect, problem, name) from problem
        dialect = plain
        spans, lines = _survey(source, dialect, known)
    if not spans:
        raise InputError(f"none of its {len(lines):,} rows can be a header", doing="reading", on=name,
                         next_step="Give the table a row of headings")
    return [_table(source, dialect, span, alone=len(spans) == 1) for span in spans]


def every_row(path: Path, name: str, caps: ReadSettings) -> Iterator[Row]:
    """Yield all non-blank rows of a delimited file, whether they belong to a table or not."""
    source = _open(path, name, caps)
    dialect = choose(source.text)
    try:
        deque(source.text.records(dialect), maxlen=0)
    except csv.Error:
        dialect = dialect._replace(quoting=False, spaced=False)
    yield from source.rows(dialect)


def _open(path: Path, name: str, caps: ReadSettings) -> _DelimitedSource:
    """Return a file with its encoding; raise `InputError` for one with impossibly long lines."""
    encoding = detect(path, name)
    limits.check_lines(name, encoding.longest, encoding.lines, caps)
    opened = TextFile(path, encoding.codec)
    text = DelimitedText(opened, limits.LONGEST_CELL, path.suffix.lower() in _TABBED, encoding.controls, encoding.formulas)
    return _DelimitedSource(name, caps, text, encoding.codec, path.stat().st_size, encoding.lines, {}, {}, {})


def _survey(source: _DelimitedSource, dialect: DelimitedDialect, known: Known | None) -> tuple[list[Span], list[Row]]:
    """Read the whole file once: find its tables and check it against the size limits."""
    columns = source.by_columns(dialect)
    if columns is not None:
        passed = _Passed(source, dialect, columns)
        return find(passed.rows(), Merges(), known, run=passed.run)
    rows = _counted(source, dialect)
    if dialect.single:
        first = next(rows, None)
        if first is None:
            return [], []
        last = deque(rows, maxlen=1) or [first]
        return [Span((on_one_line(first.cells[0]),), first.number, first.number + 1, last[0].number, frozenset(), ())], []
    return find(rows, Merges(), known)


def _counted(source: _DelimitedSource, dialect: DelimitedDialect) -> Iterator[Row]:
    """Yield the rows and check them against the size limits."""
    most = source.caps.max_rows
    for count, row in enumerate(source.rows(dialect), 1):
        if count > most:
            limits.check_rows(source.name, count, source.caps)
        yield row


class _Passed:
    """Hands out the rows of a text with encoded columns, and passes over those of a block that are ordinary."""

    def __init__(self, source: _DelimitedSource, dialect: DelimitedDialect, columns: EncodedText) -> None:
        self.source, self.dialect, self.columns = source, dialect, columns
        self._count = self._at = 0
        self._block: EncodedBlock | None = None

    def rows(self) -> Iterator[Row]:
        """Yield the rows, but those passed over, and check them against the size limits."""
        for part, block in self.columns.parts():
            self._block = block
            for row in self.source.part(part)._cut(self.dialect) if block is None else self._of_block(block):
                self._take(1)
                yield row

    def _of_block(self, block: EncodedBlock) -> Iterator[Row]:
        self._at = 0
        while self._at < len(block):
            start, stop = self._at, min(self._at + _FEW, len(block))
            for number, cells in zip(block.numbers[start:stop], block.some(start, stop), strict=True):
                self._at += 1
                yield from self.source.shown([(number, cells)])
                if self._at > stop:
                    return

    def _take(self, count: int) -> None:
        self._count += count
        if self._count > self.source.caps.max_rows:
            limits.check_rows(self.source.name, self._count, self.source.caps)

    def run(self, last: int, header: tuple[str, ...]) -> int:
        """Pass over the rest of a block, if all of it is ordinary below the cells of a header (`sheets.layout.Taker.run`)."""
        block = self._block
        if block is None or not 0 < self._at < len(block) or block.numbers[self._at - 1] != last or block.width < 2:
            return last
        first, second = (column.part(self._at, len(block)).texts for column in block.encoded[:2])
        if block.width > len(header) or header[0] in first or "" in second or not is_filled(first) \
                or any(text[-1] in COLONS for text in first):
            return last
        self._take(len(block) - self._at)
        self._at = len(block) + 1
        return block.numbers[-1]


def _table(source: _DelimitedSource, dialect: DelimitedDialect, span: Span, *, alone: bool) -> Table:
    """Return a table; one that is alone in its file has rows as wide as most of the file's are."""
    def data() -> Iterator[Row]:
        first, last, left_out = span.first, span.last, span.left_out
        for row in source.rows(dialect):
            if row.number < first or row.number in left_out:
                continue
            if row.number > last:
                return
            yield row

    uneven = Uneven(dialect.width, source.uneven.get(dialect, {}) if alone else {}).of(span.first, span.last, span.left_out)
    return Table(source.name, None, span.headings, span.header_row, data, span.titles,
                 lambda wanted: source.places(dialect, wanted), together=partial(source.blocks, dialect, span),
                 parts=partial(_parts, source, dialect, span),
                 spelling=Spelling(source.codec, dialect.separator, dialect.quoting),
                 uneven=uneven)


def _parts(source: _DelimitedSource, dialect: DelimitedDialect, span: Span, size: int) -> list[PartOfRows]:
    """Return the rows of a table in parts of about so many bytes."""
    return [partial(source.part(part).blocks, dialect, span) for part in cutting.parts(source.text, dialect, size)]
