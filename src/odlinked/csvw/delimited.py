"""Parsing a delimited file into rows of strings according to a dialect (Model for Tabular Data, section 8).

For files whose metadata has a dialect; submitted spreadsheets and exports are read by `inventory`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from odlinked.csvw.model import Dialect
from odlinked.errors import InputError


class DelimitedRecord(NamedTuple):
    """A row of strings and its 1-based number in the file; skipped rows, comments and headers count too."""

    number: int
    cells: list[str]


class ParsedFile(NamedTuple):
    """A parsed file: comments, header rows (outermost first) and data rows."""

    comments: list[str]
    headers: list[list[str]]
    records: list[DelimitedRecord]


def decode(content: bytes, encoding: str, name: str) -> str:
    """Decode a file's bytes, without a byte order mark."""
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as problem:
        raise InputError(f"it is not {encoding}: {problem}", doing="reading the table", on=name,
                         next_step="Say in the dialect how it is encoded") from problem
    return text.removeprefix("\ufeff")


def parse(text: str, dialect: Dialect) -> ParsedFile:
    """Split a text into comments, headers and records."""
    parsed = ParsedFile([], [], [])
    prefix = dialect.comment_prefix
    skip, headers = dialect.skip_rows, dialect.header_row_count
    for number, (raw, cells) in enumerate(_rows(text, dialect), 1):
        comment = bool(prefix) and raw.startswith(prefix or "")
        if number <= skip or comment:
            comment_text = (raw[len(prefix or ""):] if comment else raw).strip()
            if comment_text:
                parsed.comments.append(comment_text)
        elif len(parsed.headers) < headers:
            parsed.headers.append(cells[dialect.skip_columns:])
        elif not (dialect.skip_blank_rows and not any(cells)):
            parsed.records.append(DelimitedRecord(number, cells[dialect.skip_columns:]))
    return parsed


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


def _rows(text: str, dialect: Dialect) -> Iterator[tuple[str, list[str]]]:
    """Yield each row unchanged and as cells, trimmed where the dialect requires it and the cell is not quoted."""
    marks = _Marks(dialect)
    at = start = 0
    cell, quoted = "", False
    cells: list[str] = []
    while True:
        found = marks.next.search(text, at)
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
            if cells:
                yield text[start:stop], cells
            if found is None:
                return
            start, cells = found.end(), []
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
