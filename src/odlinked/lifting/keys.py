"""Which columns tell the rows of a file apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from odlinked.lifting.profile import TableProfile

MOST_COLUMNS: Final = 8
"""Columns that are tried together, the first ones."""

MOST_ROWS: Final = 1_000_000


def single(profile: TableProfile, numbers: Sequence[int], suppressed: Iterable[int]) -> int | None:
    """Return the place of the column that is filled in every row, with another value each; identifiers first, names after.

    `numbers` are the places of quantities and times, which are never a key, nor are `suppressed` columns.
    """
    records = profile.rows - sum(profile.totals.values())
    never = {*numbers, *suppressed}
    found = [place for place, column in enumerate(profile.columns)
             if column.unique and column.filled == records > 1 and place not in never and column.longest <= 64]
    identifying = [place for place in found if profile.words.is_identifying(profile.headings[place])
                   and not profile.words.is_running(profile.headings[place])]
    return next(iter([*identifying, *found]), None)


def several(rows: Iterable[Sequence[str]], candidates: Sequence[int]) -> tuple[int, ...]:
    """Return two or three columns that tell all rows apart together, () where none do. All candidates are filled in every row."""
    tried = {places: set[int]() for size in (2, 3) for places in combinations(candidates[:MOST_COLUMNS], size)}
    for number, cells in enumerate(rows):
        if number >= MOST_ROWS or not tried:
            return ()
        for places in list(tried):
            digest = hash(tuple(cells[place].strip() if place < len(cells) else "" for place in places))
            if digest in tried[places]:
                del tried[places]
            else:
                tried[places].add(digest)
    return next(iter(tried), ())
