"""Which columns tell the rows of a file apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Final

from odlinked.lifting.profile import TableProfile
from odlinked.sheets.tables import RowBlock

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


def several(blocks: Callable[[], Iterable[RowBlock]], candidates: Sequence[int]) -> tuple[int, ...]:
    """Return two or three columns that tell all rows apart together, () where none do. All candidates are filled in every
    row. Three are tried where no two do; `blocks` reads the rows from the start. Memory is that of a digest a row."""
    for size in (2, 3):
        tried = {places: set[int]() for places in combinations(candidates[:MOST_COLUMNS], size)}
        rows = 0
        for block in blocks() if tried else ():
            rows += len(block)
            if rows > MOST_ROWS:
                return ()
            for places, seen in list(tried.items()):
                before = len(seen)
                seen.update(map(hash, zip(*[_stripped(block, place) for place in places], strict=True)))
                if len(seen) != before + len(block):
                    del tried[places]
            if not tried:
                break
        if tried and rows:
            return next(iter(tried))
    return ()


def _stripped(block: RowBlock, place: int) -> Sequence[str]:
    """Return the cells of a column without blanks around them."""
    cells = block.cells(place)
    return cells if all(text == text.strip() for text in block.distinct[place]) else [text.strip() for text in cells]
