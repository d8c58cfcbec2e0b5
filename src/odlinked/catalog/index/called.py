"""The table of what the living datasets are called (`catalog.summaries.called`), by which those of other sources are found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from odlinked.catalog.summaries.called import ADDRESS, address

SCHEMA: Final = """
CREATE TABLE called(record INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(record, name)) WITHOUT ROWID;
CREATE INDEX called_name ON called(name, record);
"""
_OF: Final = """SELECT r.iri, r.publisher, c.name FROM record r JOIN called c ON c.record = r.id
    WHERE r.iri IN (SELECT value FROM json_each(?)) AND r.state = 'live'"""
_BEARING: Final = """SELECT r.iri, r.publisher, c.name FROM called c JOIN record r ON r.id = c.record
    WHERE c.name IN (SELECT value FROM json_each(?)) AND r.state = 'live'"""
_AT: Final = """SELECT iri, publisher FROM record
    WHERE iri IN (SELECT value FROM json_each(?)) AND kind = 'dataset' AND state = 'live'"""


def insert(db: sqlite3.Connection, number: int, names: Iterable[str]) -> None:
    """Write what a record is called."""
    db.executemany("INSERT OR IGNORE INTO called VALUES(?, ?)", ((number, name) for name in names))


def remove(db: sqlite3.Connection, number: int) -> None:
    """Remove what a record was called."""
    db.execute("DELETE FROM called WHERE record = ?", (number,))


def of(db: sqlite3.Connection, iris: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (IRI, publisher's IRI, name) of some datasets, for each name but their own addresses."""
    return db.execute(_OF, (json.dumps(list(iris)),))


def bearing(db: sqlite3.Connection, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (IRI, publisher's IRI, name) of the datasets that have one of some names, their own addresses among them."""
    wanted = list(names)
    yield from db.execute(_BEARING, (json.dumps(wanted),))
    addresses = [one.removeprefix(f"{ADDRESS} ") for one in wanted if one.startswith(f"{ADDRESS} ")]
    for iri, publisher in db.execute(_AT, (json.dumps(addresses),)):
        yield iri, publisher, address(iri)
