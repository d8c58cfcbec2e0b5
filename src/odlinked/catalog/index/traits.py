"""The traits of living datasets in the index: which datasets have one, and how many of some a dataset has.

The table is read by trait. A trait that very many have tells little, so of each only the datasets whose numbers are nearest are
looked at: numbers are given in the order of the source, where what belongs together stands together. A question thus takes as
long in a national list as in a short one.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

SCHEMA: Final = """
CREATE TABLE trait(value INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY(value, record)) WITHOUT ROWID;
CREATE INDEX trait_record ON trait(record);
"""

_NEAREST: Final = 100
"""So many datasets on either side are looked at for each trait."""

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

    def number(self, iri: str) -> int | None:
        """Return the number of a living dataset, None where there is none of this IRI."""
        row = self._connection().execute("SELECT id FROM record WHERE iri = ? AND kind = 'dataset' AND state = 'live'",
                                         (iri,)).fetchone()
        return int(row[0]) if row else None

    def iri(self, number: int) -> str:
        """Return the IRI of a dataset by its number."""
        return str(self._connection().execute("SELECT iri FROM record WHERE id = ?", (number,)).fetchone()[0])

    def facets(self, number: int, dimension: str) -> tuple[str, ...]:
        """Return the values that a dataset has in a dimension of the search."""
        rows = self._connection().execute("SELECT value FROM facet WHERE record = ? AND dimension = ? ORDER BY value",
                                          (number, dimension))
        return tuple(value for value, in rows)

    def alike(self, record: int, values: Sequence[int]) -> Counter[int]:
        """Return the datasets that share some of the traits with the dataset `record`, by number, with what these traits weigh
        together: of a trait, the less the more datasets have it; the sum is in thousandths."""
        db, found = self._connection(), Counter[int]()
        for value in values[:_MOST_COUNTED]:
            near = [number for step in ("< ? ORDER BY record DESC", "> ? ORDER BY record")
                    for number, in db.execute(f"SELECT record FROM trait WHERE value = ? AND record {step} LIMIT ?",  # noqa: S608
                                              (value, record, _NEAREST))]
            found.update(dict.fromkeys(near, 1000 // (1 + len(near).bit_length())))
        return found

    def shared(self, record: int, values: Iterable[int]) -> list[int]:
        """Return those of some traits that a dataset has."""
        return [value for value in values
                if self._connection().execute("SELECT 1 FROM trait WHERE value = ? AND record = ?", (value, record)).fetchone()]
