"""Identifiers as found in cells: permanent addresses are made of them, so only a valid code becomes one.

A code is one word of ASCII letters, digits and `_ - . :`. What a spreadsheet did to it is undone where it is unambiguous: full
width, `="0234"`, a leading apostrophe, invisible characters and, where the column's codes are numbers, `165115.0`. Two codes in a
cell, an address, a formula's error or any other text are not a code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import NamedTuple

from odlinked.folding import fold, plain, visible

_CODE = re.compile(r"(?=[^A-Za-z0-9]*[A-Za-z0-9])[A-Za-z0-9_][A-Za-z0-9_.:-]*")
_FORMULA = re.compile(r"""=\s*"([^"]*)"|=\s*'([^']*)'|'(.*)|"(.*)"|“(.*)”|‘(.*)’""", re.DOTALL)
_DECIMAL = re.compile(r"(\d+)\.0*")
_MARKS = r"\s、,，/／;；|｜&＆+＋"
LONGEST = 200
"""The longest text taken as an identifier, in characters."""


class Identifier(NamedTuple):
    """The identifier that a cell gives a record: `code` is "" where there is none; `as_meant` where it was written
    differently."""

    code: str
    as_meant: bool


NONE = Identifier("", False)


def reader(placeholders: Container[str], numbers: bool = False) -> Callable[[str], Identifier | None]:
    """Return the function from a cell's text to its identifier.

    It returns None for a placeholder (`placeholders` are folded) or a blank cell, and `NONE` for a text that is not a code.
    `numbers`: the column's codes are numbers, so that `123.0` is 123.
    """
    def read(text: str) -> Identifier | None:
        if _CODE.fullmatch(text) and not _DECIMAL.fullmatch(text):
            return None if fold(text) in placeholders else Identifier(text, False)
        shown = visible(text).strip()
        if not shown or fold(shown) in placeholders:
            return None
        inner = _unquoted(shown)
        if fold(inner) in placeholders or not inner:
            return None
        code = plain(inner).strip()
        decimal = _DECIMAL.fullmatch(code)
        if decimal is not None:
            code = decimal[1] if numbers else ""
        if len(code) > LONGEST or not _CODE.fullmatch(code):
            return NONE
        return Identifier(code, code != shown)

    return read


def _unquoted(text: str) -> str:
    """Return the content of a formula that is nothing but a text, of quotes or after a leading apostrophe."""
    found = _FORMULA.fullmatch(text)
    return next((part for part in found.groups() if part is not None), "").strip() if found else text


def after(labels: tuple[str, ...]) -> Callable[[str], str]:
    """Return the function that finds what a note gives as an identifier after one of `labels`, with a second one if there is.

    資料集代碼：aqx_p_07，已核定 gives `aqx_p_07`; 資料集代碼：aqx_p_07、aqx_p_08 gives both, which are not a code.
    """
    word = r"[A-Za-z0-9_.:/-]*[A-Za-z0-9_]"
    another = r"(?=[A-Za-z0-9.:-]*_|(?=[A-Za-z-]*\d)[A-Za-z0-9-]{4,}(?![\w/]))"
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, labels))})[:\s]*({word}(?:[{_MARKS}]+{another}{word})*)")

    def find(text: str) -> str:
        found = pattern.search(plain(text)) if any(label in text for label in labels) else None
        return found[1] if found and len(found[1]) > 2 else ""

    return find
