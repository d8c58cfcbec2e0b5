"""Numbers of persons in plain text: mobile telephone and national identity numbers. Office telephones are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from odlinked.patterns import pattern

Bounds = tuple[int, int]
"""First character and the one after the last of what was found in a plain text."""

_GAP = r"[-\s.()\[\]/~_·・*'\"【】〔〕「」『』〈〉]{0,3}"
_MOBILE = pattern(
    rf"(?<![\d])(?:(?:\+|00)?886{_GAP}(?:\(?0\)?{_GAP})?|0(?:{_GAP}))(?P<number>9(?:{_GAP}\d){{8}})(?![A-Za-z\d])", re.ASCII)
_NINE = pattern(r"[06][\W_]{0,9}9")
_PAIRS = (1, 2, 2, 2, 2)
_GROUPS = frozenset((
    (9,), (3, 6), (3, 3, 3), (3, 2, 2, 2), _PAIRS, (1, 8), (1, 4, 4), (3, 4, 2), (6, 3), (2, 3, 4), (4, 5), (2, 7), (4, 2, 3),
    (5, 4), (1,) * 9))
"""How the nine digits from the 9 on are grouped in a telephone number."""

_INSIDE = pattern(r"[\d][-.,:][(]?\Z|[A-Za-z_][-.]?\Z", re.ASCII)
_LETTER = pattern(r"[A-Za-z_]\Z")
_CALLED = pattern(r"(?:tel|phone|mobile|mob|cell|line|call)[-.:]?\Z", re.IGNORECASE)

_IDENTITY = pattern(r"(?<![A-Za-z0-9_])[A-Za-z][-\s]?[1289A-Da-d](?:[-\s]?\d){8}(?![A-Za-z0-9_])", re.ASCII)
_LETTERED = pattern(r"[A-Za-z][-\s]?[1289A-Da-d][-\s]?\d[-\s]?\d[-\s]?\d", re.ASCII)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""The letters of identity numbers in the order of the two digits each stands for, from 10."""


def possible(text: str) -> bool:
    """True when a text may contain such a number: no false negatives."""
    return (_NINE.search(text) is not None and _MOBILE.search(text) is not None) or (
        _LETTERED.search(text) is not None and _IDENTITY.search(text) is not None)


def mobiles(text: str) -> Iterator[Bounds]:
    """Yield where mobile numbers are. Ten bare digits at the end of a longer code or number are not one."""
    for match in _MOBILE.finditer(text):
        written = re.findall(r"\d+", match["number"])
        groups = tuple(map(len, written))
        if groups not in _GROUPS or (groups == _PAIRS and _are_hours([int(pair) for pair in written])):
            continue
        if not _is_inside(text, match.start(), bare=len(groups) <= 2):
            yield match.start(), match.end()


def _are_hours(pairs: list[int]) -> bool:
    """True when pairs of digits rise within a day: hours in a list."""
    return pairs == sorted(set(pairs)) and pairs[-1] <= 24


def _is_inside(text: str, start: int, *, bare: bool) -> bool:
    """True when digits continue what precedes them: a code's letters (but not "tel"), if `bare` also a number's decimals."""
    before = (_INSIDE if bare else _LETTER).search(text, max(0, start - 3), start)
    return before is not None and (before[0][0].isdigit() or not _CALLED.search(text, max(0, start - 8), start))


def identities(text: str) -> Iterator[Bounds]:
    """Yield where national identity and resident certificate numbers with a valid check digit are."""
    for match in _IDENTITY.finditer(text):
        if is_identity(re.sub(r"[-\s]", "", match[0])):
            yield match.span()


def is_identity(text: str) -> bool:
    """True when ten characters are an identity number (1, 2) or a resident certificate's (8, 9; A to D until 2020)."""
    letter, second = _LETTERS.find(text[0].upper()) + 10, text[1].upper()
    if second.isalpha():
        second = str((_LETTERS.find(second) + 10) % 10)
    digits = [letter // 10, letter % 10, int(second), *map(int, text[2:])]
    return sum(weight * digit for weight, digit in zip((1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), digits, strict=True)) % 10 == 0
