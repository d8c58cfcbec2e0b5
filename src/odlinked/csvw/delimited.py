"""Cutting a delimited file into rows of strings as a dialect says (Model for Tabular Data, section 8).

For files whose metadata speaks of a dialect; spreadsheets and exports people hand in are read by `inventory`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from odlinked.csvw.model import Dialect
from odlinked.errors import InputError


class Record(NamedTuple):
    """A row of strings and its 1-based number in the file; skipped rows, comments and headers count too."""

    number: int
    cells: list[str]


class Parsed(NamedTuple):
    """A file taken apart: comments, header rows (outermost first) and data rows."""

    comments: list[str]
    headers: list[list[str]]
    records: list[Record]


def decode(content: bytes, encoding: str, name: str) -> str:
    """Decode a file's bytes, a byte order mark left out."""
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as problem:
        raise InputError(f"it is not {encoding}: {problem}", doing="reading the table", on=name,
                         next_step="Say in the dialect how it is encoded") from problem
    return text.removeprefix("\ufeff")


def parse(text: str, dialect: Dialect) -> Parsed:
    """Cut a text into comments, headers and records."""
    parsed = Parsed([], [], [])
    prefix = dialect.comment_prefix
    skip, headers = dialect.skip_rows, dialect.header_row_count
    for number, (raw, cells) in enumerate(_rows(text, dialect), 1):
        comment = bool(prefix) and raw.startswith(prefix or "")
        if number <= skip or comment:
            said = (raw[len(prefix or ""):] if comment else raw).strip()
            if said:
                parsed.comments.append(said)
        elif len(parsed.headers) < headers:
            parsed.headers.append(cells[dialect.skip_columns:])
        elif not (dialect.skip_blank_rows and not any(cells)):
            parsed.records.append(Record(number, cells[dialect.skip_columns:]))
    return parsed


def _rows(text: str, dialect: Dialect) -> Iterator[tuple[str, list[str]]]:
    """Yield each row as it stands and as cells, trimmed where the dialect says so and the cell is not quoted."""
    quote = dialect.quote_char
    ends = "|".join(re.escape(end) for end in sorted(dialect.line_terminators, key=len, reverse=True))
    plain = re.compile(f"(?P<delimiter>{re.escape(dialect.delimiter)})|(?P<end>{ends})" + (f"|{re.escape(quote)}" if quote else ""))
    escape = quote if dialect.double_quote else "\\"
    closing = re.compile(f"{re.escape(escape or '')}(?P<escaped>.)|{re.escape(quote)}", re.DOTALL) if quote else None
    at, start, cell, cells, quoted = 0, 0, "", [], False
    while True:
        found = plain.search(text, at)
        stop = found.start() if found else len(text)
        cell += text[at:stop]
        if found is None or found.lastgroup == "end":
            if found or cell or cells or quoted:
                cells.append(_trimmed(cell, quoted, dialect))
                yield text[start:stop], cells
            if found is None:
                return
            start = at = found.end()
            cell, cells, quoted = "", [], False
        elif found.lastgroup == "delimiter":
            cells.append(_trimmed(cell, quoted, dialect))
            cell, quoted, at = "", False, found.end()
        elif closing is None or cell.strip():
            # A quote in the middle of a cell is a character like any other.
            cell, at = cell + found[0], found.end()
        else:
            cell, at = _quoted(text, found.end(), closing, quote or "", dialect.double_quote)
            quoted = True


def _quoted(text: str, at: int, closing: re.Pattern[str], quote: str, doubled: bool) -> tuple[str, int]:
    """Read from behind an opening quote to behind the closing one; a file that ends before it closes the cell."""
    pieces = []
    while True:
        found = closing.search(text, at)
        if found is None:
            return "".join([*pieces, text[at:]]), len(text)
        pieces.append(text[at : found.start()])
        follower = found.groupdict().get("escaped")
        if follower is None:
            return "".join(pieces), found.end()
        if doubled and follower != quote:
            return "".join(pieces), found.end() - len(follower)
        pieces.append(follower)
        at = found.end()


def _trimmed(cell: str, quoted: bool, dialect: Dialect) -> str:
    if quoted or dialect.trim == "false":
        return cell
    if dialect.trim == "start":
        return cell.lstrip()
    return cell.rstrip() if dialect.trim == "end" else cell.strip()
