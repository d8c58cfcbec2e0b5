"""Which columns tell the rows of a file apart."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Final

from odlinked import columnar
from odlinked.csvw.validation import digest, digested
from odlinked.lifting.reading.profile import TableProfile
from odlinked.sheets.encoded import EncodedBlock
from odlinked.sheets.tables import RowBlock

MOST_COLUMNS: Final = 8
"""Columns that are tried together, the first ones."""

MOST_DIGESTS: Final = 20_000_000
"""Digests (8 bytes each) that are kept at once; beyond it only the first combinations are tried further."""

_FEW: Final = 1_000
"""Digests of a block that are compared by themselves at once."""


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
        tried = {places: _Digests() for places in combinations(candidates[:MOST_COLUMNS], size)}
        for block in blocks() if tried else ():
            for places, digests in list(tried.items()):
                if not digests.take(block, places):
                    del tried[places]
            while sum(map(len, tried.values())) > MOST_DIGESTS:
                tried.popitem()
            if not tried:
                break
        for places, digests in tried.items():
            if len(digests) and digests.all_differ():
                return places
    return ()


class _Digests:
    """The digests of the cells that some columns have together in the rows so far."""

    def __init__(self) -> None:
        self._found = array("q")
        self._compared = 0

    def __len__(self) -> int:
        return len(self._found)

    def take(self, block: RowBlock, places: Sequence[int]) -> bool:
        """Take the rows of a block; False where two rows are known to have the same cells."""
        before = len(self._found)
        if isinstance(block, EncodedBlock):
            self._found.frombytes(columnar.content_of_numbers(digested((block.encoded[place], str.strip) for place in places)))
        else:
            self._found.extend(map(digest, zip(*[_stripped(block, place) for place in places], strict=True)))
        few = self._found[before:before + _FEW]
        return len(set(few)) == len(few) and (len(self._found) < 2 * self._compared or self.all_differ())

    def all_differ(self) -> bool:
        """True when no two rows so far have the same cells."""
        self._compared = len(self._found)
        return columnar.all_differ(self._found) if columnar.engine() is not None else \
            len(set(self._found)) == len(self._found)


def _stripped(block: RowBlock, place: int) -> Sequence[str]:
    """Return the cells of a column without blanks around them."""
    cells = block.cells(place)
    return cells if all(text == text.strip() for text in block.distinct[place]) else [text.strip() for text in cells]
