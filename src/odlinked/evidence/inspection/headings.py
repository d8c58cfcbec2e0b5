"""Which row of a table is its header, and which described fields a content lacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from odlinked.evidence.observation import DescribedField
from odlinked.folding import fold
from odlinked.sheets.layout import Known

LOOKED_AT: Final = 30
"""Rows at the beginning among which the header is searched for."""

_VALUE: Final = re.compile(r"\s*[-+$]?[\d.,:/%\- ]*\d[\d.,:/%\- ]*\s*\Z")
_BRACKETS: Final = re.compile(r"\A(.*?)[(（\[［【](.*)[)）\]］】]\s*\Z", re.DOTALL)
_FIRST_PART: Final = re.compile(r"[、,，;；:：。(（\[［【]")
_LONGEST: Final = 200
"""Characters of a cell that are examined."""

_GLOSS: Final = 40
"""The longest description, in characters, that can be a second name."""


def header(rows: Sequence[Sequence[str]], described: Iterable[DescribedField]) -> int | None:
    """Return the index of the header among the first rows, or None where no row can be one.

    The row that holds most of the described names, half of them at least; else the first row that is as filled as rows
    here are, when less than half of its cells are numbers or dates.
    """
    looked = rows[:LOOKED_AT]
    wanted = [spellings_of(field) for field in described]
    if wanted:
        hits = []
        for row in looked:
            names = {name for cell in row if cell for name in spellings(cell)}
            hits.append(sum(1 for spelled in wanted if spelled & names))
        best = max(range(len(hits)), key=hits.__getitem__, default=0)
        if hits and hits[best] * 2 >= min(len(wanted), max(1, sum(1 for cell in looked[best] if cell.strip()))):
            return best
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    usual = Counter(number for number in filled if number).most_common(1)
    if not usual:
        return None
    for index, row in enumerate(looked):
        if filled[index] >= 0.7 * usual[0][0]:
            values = sum(1 for cell in row if len(cell) <= _LONGEST and _VALUE.match(cell))
            return index if values * 2 < filled[index] else None
    return None


def known_of(described: Sequence[DescribedField]) -> Known | None:
    """Return the function that counts how many of some headings are described, None where nothing is."""
    names = frozenset[str]().union(*map(spellings_of, described))

    def count(headings: tuple[str, ...]) -> int:
        return sum(1 for heading in headings if heading and not spellings(heading).isdisjoint(names))

    return count if names else None


def compare(found: Sequence[str], described: Sequence[DescribedField],
            others: Iterable[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the described names that are neither among the found ones nor the `others`, and the found ones not described.

    Names are compared folded (width, case, blanks, 台/臺, byte order mark). `Name(說明)` is found under the name as well as under
    what stands in the brackets, a short description counts as a second name, and of a nested name `a.b` the last part is enough.
    """
    spelled = {name: spellings(name) | spellings(name.rpartition(".")[2]) for name in found}
    every = frozenset[str]().union(*spelled.values(), *map(spellings, others))
    wanted = {field.name: spellings_of(field) for field in described}
    known = frozenset[str]().union(*wanted.values())
    return (tuple(name for name, spelled in wanted.items() if not spelled & every),
            tuple(name for name, spelled in spelled.items() if not spelled & known))


def spellings(name: str) -> frozenset[str]:
    """Return the folded names under which a heading can be described."""
    name = name[:_LONGEST]
    names = [name]
    match = _BRACKETS.match(name)
    if match:
        names += [match[1], match[2]]
    return frozenset(folded for folded in (fold(one.strip("\ufeff\u200b")) for one in names) if folded)


def spellings_of(field: DescribedField) -> frozenset[str]:
    """Return the folded names under which a described field can occur in the content."""
    gloss = _FIRST_PART.split(field.description, maxsplit=1)[0].strip() if len(field.description) <= _GLOSS else ""
    return spellings(field.name) | (spellings(gloss) if gloss else frozenset())
