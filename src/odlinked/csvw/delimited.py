"""Parsing a delimited file into rows of strings according to a dialect (Model for Tabular Data, section 8).

For files whose metadata has a dialect; submitted spreadsheets and exports are read by `inventory`. A file is read piece by piece:
memory does not grow with it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

from odlinked.csvw.model import Dialect
from odlinked.errors import InputError

LONGEST_RECORD: Final = 1 << 24
"""Most characters of a record: more than that is a quote that is opened and never closed."""

_PIECE: Final = 1 << 18
_OVERLAP: Final = 8
"""Bytes of a piece that are looked at again with the next."""

_COMMON_END: Final = frozenset({"\r\n", "\n"})
_ASCII_BELOW: Final = frozenset({"utf-8", "ascii", "iso8859-1", "cp950", "big5", "cp1252"})
_BLANK_AND_QUOTE: Final = re.compile(
    rb"(?:[\t\x0b\x0c\x1c-\x1f ]|\xc2?[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xa1\x40)"
    rb"\x22")
"""A blank before a quote, in any of these encodings: the quote opens a cell here and is text for the standard library."""


class DelimitedRecord(NamedTuple):
    """A row of strings and its 1-based number in the file; skipped rows, comments and headers count too."""

    number: int
    cells: list[str]


class ParsedFile(NamedTuple):
    """A parsed file: the comments found so far, header rows (outermost first), and the data rows, which can be read once.

    All header rows are there from the start; a comment between data rows is there once the row behind it was read.
    """

    comments: list[str]
    headers: list[list[str]]
    records: Iterator[DelimitedRecord]


def parse_file(opened: Callable[[], BinaryIO], dialect: Dialect, name: str) -> ParsedFile:
    """Parse a file; `opened` opens it from the start and may be called twice, `name` is shown to people.

    Raise `InputError`, also while the records are read, where it is not in the encoding of the dialect or a record has no end.
    """
    plain = _is_plain(opened, dialect)
    text = io.TextIOWrapper(opened(), encoding=_without_mark(dialect.encoding), newline="\n" if plain else "")
    return _sorted(_told(_common_rows(text, dialect) if plain else _rows(_pieces(text), dialect), dialect, name), dialect)


def parse(text: str, dialect: Dialect) -> ParsedFile:
    """Split a text into comments, headers and records."""
    parsed = _sorted(_rows([text], dialect), dialect)
    return parsed._replace(records=iter(list(parsed.records)))


def _sorted(rows: Iterator[tuple[str, list[str]]], dialect: Dialect) -> ParsedFile:
    """Return rows as comments, headers and records; the rows are read up to the first record."""
    comments: list[str] = []
    headers: list[list[str]] = []

    def records() -> Iterator[DelimitedRecord]:
        prefix, skip, columns = dialect.comment_prefix or "", dialect.skip_rows, dialect.skip_columns
        for number, (raw, cells) in enumerate(rows, 1):
            comment = bool(prefix) and raw.startswith(prefix)
            if number <= skip or comment:
                comment_text = (raw[len(prefix):] if comment else raw).strip()
                if comment_text:
                    comments.append(comment_text)
            elif len(headers) < dialect.header_row_count:
                headers.append(cells[columns:])
            elif not (dialect.skip_blank_rows and not any(cells)):
                yield DelimitedRecord(number, cells[columns:] if columns else cells)

    found = records()
    first = next(found, None)
    return ParsedFile(comments, headers, chain([] if first is None else [first], found))


def _told(rows: Iterator[tuple[str, list[str]]], dialect: Dialect, name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield rows; tell by name what the file is not."""
    try:
        yield from rows
    except (UnicodeError, LookupError) as problem:
        raise InputError(f"it is not {dialect.encoding}: {problem}", doing="reading the table", on=name,
                         next_step="Say in the dialect how it is encoded") from problem
    except csv.Error as problem:
        raise InputError(f"a record is longer than {LONGEST_RECORD:,} characters, as where a quote is opened and never closed "
                         f"({problem})", doing="reading the table", on=name, next_step="Close the quote") from problem


def _without_mark(encoding: str) -> str:
    """Return the codec that leaves out a byte order mark."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _is_plain(opened: Callable[[], BinaryIO], dialect: Dialect) -> bool:
    """True where the standard library's reader, which is written in C, splits the file as the dialect does."""
    if not (dialect.quote_char == '"' and dialect.double_quote and len(dialect.delimiter) == 1 and dialect.delimiter.isascii()
            and set(dialect.line_terminators) == _COMMON_END and dialect.trim == "false" and not dialect.skip_rows
            and codecs.lookup(dialect.encoding).name in _ASCII_BELOW):
        return False
    comment = b"\n" + dialect.comment_prefix.encode(dialect.encoding) if dialect.comment_prefix else b""
    before, alone = b"\n", 0
    with opened() as file:
        head = file.read(_PIECE).removeprefix(codecs.BOM_UTF8)
        for piece in chain([head], iter(lambda: file.read(_PIECE), b"")):
            seen = before + piece
            if _BLANK_AND_QUOTE.search(seen) or (comment and comment in seen):
                return False
            # A carriage return alone ends a line for the standard library only.
            alone += piece.count(b"\r") - piece.count(b"\r\n") - (before.endswith(b"\r") and piece.startswith(b"\n"))
            before = seen[-_OVERLAP:]
    return alone == 0


def _common_rows(text: io.TextIOWrapper, dialect: Dialect) -> Iterator[tuple[str, list[str]]]:
    csv.field_size_limit(LONGEST_RECORD)
    with text:
        for cells in csv.reader(text, delimiter=dialect.delimiter):
            yield "", cells or [""]


def _pieces(text: io.TextIOWrapper) -> Iterator[str]:
    with text:
        while piece := text.read(_PIECE):
            yield piece


class _Marks:
    """The expressions that find a dialect's delimiters, line ends and quotes."""

    def __init__(self, dialect: Dialect) -> None:
        quote = dialect.quote_char or ""
        ends = "|".join(re.escape(end) for end in sorted(dialect.line_terminators, key=len, reverse=True))
        marks = f"(?P<delimiter>{re.escape(dialect.delimiter)})|(?P<end>{ends})"
        self.next = re.compile(f"{marks}|{re.escape(quote)}" if quote else marks)
        self.quote, self.doubled = quote, dialect.double_quote
        escape = quote if dialect.double_quote else "\\"
        self.closing = re.compile(f"{re.escape(escape)}(?P<escaped>.)|{re.escape(quote)}", re.DOTALL)
        self.longest = max(map(len, (dialect.delimiter, quote, *dialect.line_terminators)))


def _rows(pieces: Iterable[str], dialect: Dialect) -> Iterator[tuple[str, list[str]]]:
    """Yield each row unchanged and as cells, trimmed where the dialect requires it and the cell is not quoted.

    A row that runs to the end of what is there is read again once there is more.
    """
    marks = _Marks(dialect)
    text, start, several = "", 0, False
    for piece in pieces:
        text, start = text[start:] + piece, 0
        if several and len(text) > LONGEST_RECORD:
            raise csv.Error("no end of it was found")
        several = True
        while (row := _row(text, start, marks, dialect, whole=False)) is not None:
            raw, cells, start = row
            yield raw, cells
    while (row := _row(text, start, marks, dialect, whole=True)) is not None:
        raw, cells, start = row
        yield raw, cells


def _row(text: str, start: int, marks: _Marks, dialect: Dialect, *, whole: bool) -> tuple[str, list[str], int] | None:
    """Return the row that starts in a text at `start`, its cells and where the next one starts.

    None where there is none, and, as long as the text is not the `whole` rest of the file, where the row may go on beyond it.
    """
    at, cell, quoted = start, "", False
    cells: list[str] = []
    while True:
        found = marks.next.search(text, at)
        if not whole and (found is None or found.end() + marks.longest > len(text)):
            return None
        stop = found.start() if found else len(text)
        cell += text[at:stop]
        kind = found.lastgroup if found else "end"
        if found and kind is None:
            at = found.end()
            if cell.strip():
                # A quote in the middle of a cell is an ordinary character.
                cell += found[0]
            else:
                cell, at = _quoted(text, at, marks)
                quoted = True
            continue
        if found or cell or cells or quoted:
            cells.append(_trimmed(cell, quoted, dialect))
        if kind == "end":
            return (text[start:stop], cells, found.end() if found else len(text)) if cells else None
        cell, quoted, at = "", False, found.end() if found else stop


def _quoted(text: str, at: int, marks: _Marks) -> tuple[str, int]:
    """Read from after an opening quote to after the closing one; a file that ends before it closes the cell."""
    pieces: list[str] = []
    while True:
        found = marks.closing.search(text, at)
        if found is None:
            return "".join([*pieces, text[at:]]), len(text)
        pieces.append(text[at : found.start()])
        follower = found["escaped"]
        if follower is None or (marks.doubled and follower != marks.quote):
            return "".join(pieces), found.end() - len(follower or "")
        pieces.append(follower)
        at = found.end()


def _trimmed(cell: str, quoted: bool, dialect: Dialect) -> str:
    if quoted or dialect.trim == "false":
        return cell
    if dialect.trim == "start":
        return cell.lstrip()
    return cell.rstrip() if dialect.trim == "end" else cell.strip()
