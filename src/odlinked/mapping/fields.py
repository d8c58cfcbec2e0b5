"""The names of a data file's fields, from a cell that lists them in any of the ways agencies write such lists."""

from __future__ import annotations

import re
from functools import lru_cache

_MARKS = (re.compile("[␞␟]"), re.compile(r"[;；]"), re.compile(r"[、,，\r\n\t]"))
_NOTE = re.compile(r"[(（\[［【][^()（）\[\]［］【】]*[)）\]］】]")
_OPEN = re.compile(r"[(（\[［【].*$", re.DOTALL)
_BLANKS = re.compile(r"\s+")
MAX_NAME = 80
"""A longer text, in characters, is a sentence and not a name."""


def names(text: str) -> list[str]:
    """Return the field names in order without repeats; brackets after a name contain its explanation.

    The list is split at ␞ or ␟ (as lists of JSON are joined) if there is one, else at `;`, else at 、 , or line breaks, else at
    blanks if that gives several short words.
    """
    plain = _without_notes(text)
    parts = [plain]
    for mark in _MARKS:
        if mark.search(plain):
            parts = mark.split(plain)
            break
    else:
        words = plain.split()
        if plain == text and len(words) > 1 and all(len(word) <= 20 for word in words):
            parts = words
    found: dict[str, None] = {}
    for part in parts:
        if name := _name(part):
            found[name] = None
    return list(found)


@lru_cache(maxsize=16_384)
def _name(part: str) -> str:
    """Return the name in a part of a list, "" where there is none. The same fields are in many files."""
    name = _BLANKS.sub(" ", _OPEN.sub("", part.strip())).strip()
    return name if len(name) <= MAX_NAME else ""


def _without_notes(text: str) -> str:
    """Return a text without the parts in brackets, up to three levels deep."""
    for _ in range(3):
        shorter = _NOTE.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text
