"""CSV for people who open it in a spreadsheet: the only writer of it, so that no cell is ever run as a formula (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

from odlinked.folding import plain

MARK: Final = "\ufeff"
"""The byte order mark, by which a spreadsheet takes a file for UTF-8."""

_BEGINS: Final = ("=", "+", "-", "@", "\N{MINUS SIGN}")
_MOVES: Final = ("\t", "\r", "\n")
"""Characters that move the rest of a cell to another one when it is pasted."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def is_formula(value: str) -> bool:
    """True when a spreadsheet may take a text for a formula: it begins with = + - @ in any width, or with a tab or line end.

    Blanks and invisible characters before it do not count. A number with its sign is not a formula.
    """
    if value[:1].isalnum() or _NUMBER.fullmatch(value):
        return False
    return value.startswith(_MOVES) or plain(value).lstrip().startswith(_BEGINS)


def written(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV with CR LF line ends, without a byte order mark.

    A text that may be taken for a formula is preceded by an apostrophe; numbers stay numbers, None is an empty cell.
    """
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return made.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value
