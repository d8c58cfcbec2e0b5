"""Invisible and private characters made visible in what findings quote: the text as it is displayed, and after it `⟨U+200B⟩` for
each. Private-use characters, which an agency made itself (造字), are visible to that agency only."""

from __future__ import annotations

import re

from odlinked import folding

_MARK = re.compile(r"⟨(U\+[0-9A-F]{4,6})⟩")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")


def characters(text: str) -> list[str]:
    """Return the characters of a text that are not displayed everywhere: invisible ones and private-use ones, in that order."""
    return [] if text.isascii() and text.isprintable() else folding.unseen(text) + _PRIVATE.findall(text)


def marked(text: str) -> str:
    """Return a text without invisible characters; they and private-use characters are named after it, each once."""
    found = dict.fromkeys(characters(text))
    return folding.visible(text) + "".join(f"⟨U+{ord(character):04X}⟩" for character in found) if found else text


def unmarked(text: str) -> str:
    """Return a marked text as it is displayed."""
    return _MARK.sub("", text)


def marks(text: str) -> list[str]:
    """Return the characters a marked text names: `U+200B`."""
    return _MARK.findall(text)
