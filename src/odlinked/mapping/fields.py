"""The names of a data file's fields, out of a cell that lists them in any of the ways agencies write such lists."""

from __future__ import annotations

import re

_MARKS = (re.compile(r"[;；]"), re.compile(r"[、\r\n\t]|，|,(?![^(（\[]*[)）\]])"))
_NOTE = re.compile(r"[(（\[［【].*$", re.DOTALL)
_BLANKS = re.compile(r"\s+")
MAX_NAME = 80
"""A name longer than this, in characters, is a sentence and no name."""


def names(text: str) -> list[str]:
    """Return the field names in order without repeats; what stands in brackets after a name is its explanation.

    The list is cut at `;` if there is one, else at 、 , or line breaks, else at blanks if that gives several short words.
    """
    parts = [text]
    for mark in _MARKS:
        if mark.search(text):
            parts = mark.split(text)
            break
    else:
        words = text.split()
        if len(words) > 1 and all(len(word) <= 20 for word in words) and "(" not in text and "（" not in text:
            parts = words
    found: dict[str, None] = {}
    for part in parts:
        name = _BLANKS.sub(" ", _NOTE.sub("", part.strip())).strip()
        if name and len(name) <= MAX_NAME:
            found[name] = None
    return list(found)
