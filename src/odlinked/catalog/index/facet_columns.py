"""How many of some records have each value of a dimension.

Sets of many are compared as bits. Of values that few have, either the records are looked up, or it is looked which of the values'
own records are among them, whichever takes less.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, compress
from operator import itemgetter
from typing import Final

from odlinked.catalog.index.selection import Selection

_DEARER: Final = 1.5
"""To look up a record takes so many times what it takes to look whether one is among them."""

_NONE: Final = array("I", [0])


class FacetColumn:
    """A dimension: `many` are the values with sets of many, `few` those with the ids (ascending, from 1 on) of few."""

    def __init__(self, many: Sequence[tuple[str, Selection]], few: Sequence[tuple[str, Sequence[int]]]) -> None:
        self._many, self._few = many, few
        self._rare = sum(len(ids) for _, ids in few)
        # With the column, which the first search of a release makes: none of the others waits for it.
        self._by_record, self._owners = _ByRecord(few), _owners(few)

    def counts(self, records: Selection, ids: Callable[[], Sequence[int]], members: Callable[[], Collection[int]]
               ) -> list[tuple[str, int]]:
        """Return (value, how many of the records have it), for those that some have; `ids` and `members` give the records' ids,
        in ascending order and as a set."""
        bits = records.bits
        found = [(value, (bits & one.bits).bit_count()) for value, one in self._many]
        if self._rare > _DEARER * len(records):
            found += self._by_record.counts(ids())
        elif self._few:
            owners, rare = self._owners
            found += Counter(compress(owners, map(members().__contains__, rare))).items()
        return [one for one in found if one[1]]


def _owners(few: Sequence[tuple[str, Sequence[int]]]) -> tuple[list[str], Sequence[int]]:
    """Return a value for each record of the rare ones, and the records' ids."""
    return [value for value, ids in few for _ in ids], array("I", chain.from_iterable(ids for _, ids in few))


class _ByRecord:
    """Values by record: the first in an array, since most records have one; in `_more` the others of those that have several."""

    def __init__(self, sets: Iterable[tuple[str, Sequence[int]]]) -> None:
        self._values = [""]
        self._first, self._more = array("I", [0]), dict[int, list[int]]()
        first, more = self._first, self._more
        for number, (value, ids) in enumerate(sets, 1):
            self._values.append(value)
            if ids and ids[-1] >= len(first):
                first.extend(_NONE * (ids[-1] + 1 - len(first)))
            for one in ids:
                if first[one]:
                    more.setdefault(one, []).append(number)
                else:
                    first[one] = number

    def counts(self, ids: Sequence[int]) -> list[tuple[str, int]]:
        """Return (value, how many have it) of records by their ids, in ascending order."""
        last = len(self._first)
        if ids and ids[-1] >= last:
            ids = [one for one in ids if one < last]
        counted = Counter(itemgetter(*ids, 0, 0)(self._first))  # no record has the number 0, and no value is
        if self._more:
            counted.update(chain.from_iterable(map(self._more.__getitem__, filter(self._more.__contains__, ids))))
        del counted[0]
        return [(self._values[number], count) for number, count in counted.items()]
