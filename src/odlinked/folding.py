"""When two spellings are the same word: headings, code list entries, agency names, numbers and dates are compared folded.

Three steps, each on top of the one before: `visible` removes invisible characters, `plain` unifies width and dashes, `fold` also
removes white space and case. `Plain` keeps the positions in the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\u02d7\u30fc]")
_TEN = 10
_BLANKS = re.compile(r"\s+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ufdd0-\ufdef\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]")
"""Controls, default-ignorable characters (Unicode Standard, section 5.21) and noncharacters, which XML cannot carry either.
White space is not among them, nor is U+0085, which is white space."""


def unseen(text: str) -> list[str]:
    """Return the invisible characters of a text, in order."""
    return [] if text.isascii() and text.isprintable() else _UNSEEN.findall(text)


def visible(text: str) -> str:
    """Return a text without invisible characters: controls, zero-width and direction marks, noncharacters."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)


def plain(text: str) -> str:
    """Return a text as a value is read from it: without invisible characters, full-width forms half-width (NFKC), every dash a
    `-`."""
    if text.isascii():
        return visible(text)
    return _DASHES.sub("-", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))


def fold(text: str) -> str:
    """Return the form of a text for comparison: `plain`, without white space and case, 台 as 臺."""
    if text.isascii():
        return _BLANKS.sub("", visible(text)).lower()
    return _BLANKS.sub("", plain(text)).casefold().replace("台", "臺")


def numeral(text: str) -> int:
    """Return the number that Chinese numerals are, by place (一百零九) or figure by figure (二〇二〇); -1 for another text."""
    values = [int(unicodedata.numeric(character, -1)) for character in text]
    if not values or min(values) < 0:
        return -1
    if max(values) < _TEN:
        return int("".join(map(str, values)))
    total, ones = 0, 0
    for value in values:
        total, ones = (total + max(ones, 1) * value, 0) if value >= _TEN else (total, value)
    return total + ones


@lru_cache(maxsize=8_192)
def _character(character: str) -> str:
    return plain(character)


@dataclass(frozen=True)
class Plain:
    """A text as `plain` reads it, character by character, with the position of each character in the text as written."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, written: str) -> Plain:
        """Fold a text character by character (a separate combining mark is not joined with the character before it)."""
        if written.isascii() and written.isprintable():
            return cls(written, tuple(range(len(written) + 1)))
        parts = [_character(character) for character in written]
        text = "".join(parts)
        if len(text) == len(parts) and all(parts):
            return cls(text, tuple(range(len(written) + 1)))
        places = [place for place, part in enumerate(parts) for _ in part]
        return cls(text, (*places, len(written)))

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters `start` to `end` (exclusive) of the plain text are in the text as written."""
        return self.places[start], self.places[end - 1] + 1 if end > start else self.places[start]
