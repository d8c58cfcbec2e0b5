"""Text in columns on a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_NO_START: Final = frozenset("，。、；：！？）」』】〉》…,.;:!?)]}")
"""Marks that cannot begin a line."""

_NO_END: Final = frozenset("「『（【〈《")
"""Marks that cannot end a line."""


@lru_cache(maxsize=8_192)
def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def width(text: str) -> int:
    """Return how many terminal columns a text takes (Unicode, UAX 11: wide and full-width characters take two)."""
    return sum(map(_width, text))


def plain(text: str) -> str:
    """Return a text on one line, without terminal control characters."""
    return "".join(" " if character in "\t\n\r\u2028\u2029" else character
                   for character in text if character in "\t\n\r\u2028\u2029" or character.isprintable())


def cut(text: str, room: int) -> str:
    """Return a text shortened to `room` columns, with an ellipsis where something is left out."""
    if width(text) <= room:
        return text
    kept, taken = "", 0
    for character in text:
        taken += _width(character)
        if taken > room - 1:
            break
        kept += character
    return kept + "…"


def pad(text: str, room: int) -> str:
    """Return a text padded with blanks to `room` columns."""
    return text + " " * max(0, room - width(text))


def wrap(text: str, room: int) -> list[str]:
    """Return a text as lines of at most `room` columns: broken at blanks or between wide characters."""
    return list(_wrapped(text, room))


@lru_cache(maxsize=1_024)  # a sheet of findings has few texts, each many times
def _wrapped(text: str, room: int) -> tuple[str, ...]:
    lines, line, taken = list[str](), "", 0
    for piece in _pieces(text):
        if line and taken + width(piece.rstrip()) > room and piece not in _NO_START:
            lines.append(line.rstrip())
            line, taken = "", 0
        added = piece if line else piece.lstrip()
        line += added
        taken += width(added)
        while taken > room + 2 and width(line.rstrip()) > room + 2:
            head = cut(line, room + 1)[:-1]
            lines.append(head)
            line = line[len(head):]
            taken = width(line)
    return tuple([*lines, line.rstrip()] if line.strip() or not lines else lines)


def _pieces(text: str) -> Iterator[str]:
    """Yield what may not be broken: a wide character, or a word with the blanks after it; brackets stay with what follows."""
    word = ""
    for character in text:
        if character in _NO_END:
            if word and word not in _NO_END:
                yield word
                word = ""
            word += character
        elif _width(character) == 2:
            if word and word not in _NO_END:
                yield word
                word = ""
            yield word + character
            word = ""
        elif character == " ":
            yield word + " "
            word = ""
        else:
            word += character
    if word:
        yield word
