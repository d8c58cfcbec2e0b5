"""Comparison of headings: the keys by which a heading is looked up, and which heading of a form another one may stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.folding import fold
from odlinked.namespaces import SKOS
from odlinked.rdf import vocabulary
from odlinked.sheets.headings import bare

REMARKS: Final = "ontologies/codes/heading-remark.ttl"

LEAST_ALIKE: Final = 0.6
"""How similar to a form's heading another must be to be suggested: twice the number of common characters by the characters of
both."""

MOST_COMPARED: Final = 300
"""So many headings that a form does not know are compared with those that it lacks."""

_WORDS: Final = (SKOS + "prefLabel", SKOS + "altLabel")
_MARKS: Final = re.compile(r"[()\[\]{}:;,.、／/\\\-_「」『』*＊※·…]")


def heading_key(text: str) -> str:
    """Return the key by which headings are compared: folded, without marks."""
    return _MARKS.sub("", fold(text))


@lru_cache(maxsize=20_000)  # every form is tried on all headings of a table: more than the widest one has
def keys(heading: str, remarks: frozenset[str]) -> tuple[str, ...]:
    """Return the keys by which a heading is looked up: as written, then without ordinal, remarks and a second language."""
    if not heading:
        return ()
    return tuple(dict.fromkeys(heading_key(one) for one in (heading, *bare(heading, remarks))))


def remarks(assets: Assets) -> frozenset[str]:
    """Return the words about a column that forms add to its heading, folded."""
    if not assets.glob(REMARKS):
        return frozenset()
    return frozenset(fold(triple.object.value) for triple in vocabulary.read(assets, REMARKS)
                     if triple.predicate.value in _WORDS and isinstance(triple.object, ox.Literal))


def pairs(unknown: Sequence[str], missing: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return pairs of an unknown heading and the most similar heading of one of the missing columns, each used once.

    Of a table with more than `MOST_COMPARED` unknown headings the first ones are compared: nobody typed it.
    """
    left = [[(heading_key(title), title) for title in titles] for titles in missing]
    found = []
    for heading in unknown[:MOST_COMPARED]:
        key = heading_key(heading)
        share, place, ours = _most_alike(key, left) if key else (0.0, 0, "")
        if share >= LEAST_ALIKE:
            left[-place] = []
            found.append((heading, ours))
    return found


def _most_alike(key: str, titles: Sequence[Sequence[tuple[str, str]]]) -> tuple[float, int, str]:
    """Return how alike the most similar title is, its place as a negative number, and the title; of others only that they are
    less alike than `LEAST_ALIKE` is found out, which their characters alone tell of most."""
    best = (0.0, 0, "")
    matcher = SequenceMatcher(None, key, "", autojunk=False)
    for place, group in enumerate(titles):
        for other, title in group:
            matcher.set_seq2(other)
            if matcher.real_quick_ratio() >= LEAST_ALIKE and matcher.quick_ratio() >= LEAST_ALIKE:
                best = max(best, (matcher.ratio(), -place, title))
    return best
