"""The traits of living datasets in the index: which datasets have one, and how many of some a dataset has.

The table is read by trait. A trait that very many have tells little, so of each only the datasets whose numbers are nearest are
looked at: numbers are given in the order of the source, where what belongs together stands together. A question thus takes as
long in a national list as in a short one.
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from cachetools import LRUCache

SCHEMA: Final = """
CREATE TABLE trait(value INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY(value, record)) WITHOUT ROWID;
CREATE INDEX trait_record ON trait(record);
"""

_NEAREST: Final = 100
"""So many datasets on either side are looked at for each trait."""

_HELD: Final = 4_000_000
"""So many numbers of datasets are held in memory, four bytes each."""

_MOST_COUNTED: Final = 60
"""So many of a dataset's traits are looked at."""


def insert(db: sqlite3.Connection, record: int, values: Iterable[int]) -> None:
    """Write the traits of a dataset."""
    db.executemany("INSERT OR IGNORE INTO trait VALUES(?, ?)", ((value, record) for value in values))


def remove(db: sqlite3.Connection, record: int) -> None:
    """Remove the traits of a dataset."""
    db.execute("DELETE FROM trait WHERE record = ?", (record,))


class Traits:
    """The reader's side."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection
        self._held: LRUCache[int, array[int]] = LRUCache(_HELD, getsizeof=len)
        self._met: set[int] = set()
        self._lock = threading.Lock()

    def number(self, iri: str) -> int | None:
        """Return the number of a living dataset, None where there is none of this IRI."""
        row = self._connection().execute("SELECT id FROM record WHERE iri = ? AND kind = 'dataset' AND state = 'live'",
                                         (iri,)).fetchone()
        return int(row[0]) if row else None

    def titled(self, number: int) -> tuple[str, str, str, str] | None:
        """Return (IRI, title, English title, IRI of the state or "") of a dataset by its number, None where it is not living."""
        found: tuple[str, str, str, str] | None = self._connection().execute(
            "SELECT iri, title, title_en, coalesce((SELECT value FROM facet WHERE record = id AND dimension = 'state'), '')"
            " FROM record WHERE id = ? AND state = 'live'", (number,)).fetchone()
        return found

    def facets(self, number: int, dimension: str) -> tuple[str, ...]:
        """Return the values that a dataset has in a dimension of the search."""
        rows = self._connection().execute("SELECT value FROM facet WHERE record = ? AND dimension = ? ORDER BY value",
                                          (number, dimension))
        return tuple(value for value, in rows)

    def alike(self, record: int, values: Sequence[int], least: int = 0) -> dict[int, int]:
        """Return the datasets that share some of the traits with the dataset `record`, by number, with what these traits weigh
        together: of a trait, the less the more datasets have it; the sum is in thousandths, and at least `least`."""
        db, found = self._connection(), dict[int, int]()
        sharing: dict[int, list[int]] = {}
        for value in values[:_MOST_COUNTED]:
            near = self._near(db, value, record)
            sharing.setdefault(1000 // (1 + len(near).bit_length()), []).extend(near)
        for weight, numbers in sharing.items():
            counted, known = Counter(numbers), found.get
            if len(sharing) == 1:
                return {number: weight * times for number, times in counted.items() if weight * times >= least}
            found.update([(number, known(number, 0) + weight * times) for number, times in counted.items()])
        return {number: weight for number, weight in found.items() if weight >= least}

    def _near(self, db: sqlite3.Connection, value: int, record: int) -> Sequence[int]:
        """Return the datasets with a trait whose numbers are nearest to that of `record`, `_NEAREST` on either side.

        All datasets with a trait that many have are held from the second question on: it is asked about again and again.
        """
        with self._lock:
            having = self._held.get(value)
        if having is None:
            near = [number for step in ("< ? ORDER BY record DESC", "> ? ORDER BY record") for number, in db.execute(
                f"SELECT record FROM trait WHERE value = ? AND record {step} LIMIT ?", (value, record, _NEAREST))]  # noqa: S608
            if len(near) < 2 * _NEAREST or value not in self._met:
                if len(near) == 2 * _NEAREST:
                    self._met.add(value)
                return near
            rows = db.execute("SELECT record FROM trait WHERE value = ? ORDER BY record", (value,))
            having = array("I", (number for number, in rows))
            with self._lock, suppress(ValueError):  # more than may be held at all
                self._held[value] = having
        place = bisect_left(having, record)
        above = place + (place < len(having) and having[place] == record)
        return having[max(0, place - _NEAREST):place] + having[above:above + _NEAREST]

    def shared(self, record: int, values: Iterable[int]) -> list[int]:
        """Return those of some traits that a dataset has."""
        its = {value for value, in self._connection().execute("SELECT value FROM trait WHERE record = ?", (record,))}
        return [value for value in values if value in its]
