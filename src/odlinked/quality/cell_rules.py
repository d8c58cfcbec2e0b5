"""Invisible and private characters made visible in what findings quote: the text as it is displayed, and after it `⟨U+200B⟩` for
each. Private-use characters, which an agency made itself (造字), are visible to that agency only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from odlinked import folding
from odlinked.findings import Fault
from odlinked.quality.shapes import Rule
from odlinked.sheets.tables import column_letter

if TYPE_CHECKING:
    from odlinked.quality.cells import Placement

_MARK = re.compile(r"⟨(U\+[0-9A-F]{4,6})⟩")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")


def _odd(text: str) -> list[str]:
    return [] if text.isascii() and text.isprintable() else folding.unseen(text) + _PRIVATE.findall(text)


def marked(text: str) -> str:
    """Return a text without invisible characters; they and private-use characters are named after it, each once."""
    found = dict.fromkeys(_odd(text))
    return folding.visible(text) + "".join(f"⟨U+{ord(character):04X}⟩" for character in found) if found else text


def unmarked(text: str) -> str:
    """Return a marked text as it is displayed."""
    return _MARK.sub("", text)


def marks(text: str) -> list[str]:
    """Return the characters a marked text names: `U+200B`."""
    return _MARK.findall(text)


def faults(rule: Rule, placement: Placement) -> Iterator[Fault]:
    """Yield a fault for each cell of a row that breaks a rule on cells, in the columns that records are made of.

    A rule with a pattern is broken by a text that matches it, one without by invisible characters.
    """
    row, sheet = placement.row, placement.sheet
    breaks = re.compile(rule.pattern).match if rule.pattern else _odd
    if not rule.pattern and not _odd("".join(row.cells)):
        return
    for column in sheet.read:
        text = row.cells[column] if column < len(row.cells) else ""
        if text and breaks(text):
            value, _ = sheet.cell(row, column, 0)
            yield Fault(rule.name, rule.severity, node=min(placement.places, default=""), value=value,
                        column=column_letter(column), heading=sheet.headings[column])
