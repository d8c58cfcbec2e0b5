"""The ledger of a mirror: which graph it holds with which hash, as far as it is known, in one SQLite file of the workspace.

A graph is in doubt (its hash is unknown) from before it is written until the engine has said that it is: whatever ends a run, the
next one writes what is in doubt again, which does no harm.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import TracebackType

from odlinked import ownership

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mirror(address TEXT PRIMARY KEY, others INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS graph(iri TEXT PRIMARY KEY, hash BLOB) WITHOUT ROWID;
"""


class Ledger:
    """The ledger in the file at `path`, of the mirror at `address`: that of another address is forgotten. A context manager."""

    def __init__(self, path: Path, address: str) -> None:
        with open(path, "ab", opener=ownership.opener):
            pass
        self._db = sqlite3.connect(path)
        self._db.executescript(_SCHEMA)
        self._address = address
        with closing(self._db.execute("SELECT address FROM mirror")) as rows:
            known = [name for (name,) in rows]
        if known != [address]:
            self.forget()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def forget(self) -> None:
        """Begin anew: nothing is known of the mirror."""
        with self._db:
            self._db.execute("DELETE FROM mirror")
            self._db.execute("DELETE FROM graph")
            self._db.execute("INSERT INTO mirror VALUES(?, -1)", (self._address,))

    @property
    def others(self) -> int:
        """How many graphs the engine holds that are not ours, -1 where it was never looked."""
        return int(self._db.execute("SELECT others FROM mirror").fetchone()[0])

    def graphs(self) -> dict[str, bytes | None]:
        """Return the graphs that the mirror holds, or may hold: name -> SHA-256 of the document, None where that is in doubt."""
        return dict(self._db.execute("SELECT iri, hash FROM graph"))

    def found(self, graphs: Iterable[str], others: int) -> None:
        """Keep what the engine was found to hold: our graphs by name, and how many others. Unknown ones are in doubt."""
        with self._db:
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS there(iri TEXT PRIMARY KEY) WITHOUT ROWID")
            self._db.execute("DELETE FROM there")
            self._db.executemany("INSERT OR IGNORE INTO there VALUES(?)", ((graph,) for graph in graphs))
            self._db.execute("DELETE FROM graph WHERE iri NOT IN (SELECT iri FROM there)")
            self._db.execute("INSERT OR IGNORE INTO graph SELECT iri, NULL FROM there")
            self._db.execute("UPDATE mirror SET others=?", (others,))

    def doubt(self, graphs: Iterable[str]) -> None:
        """Note that graphs are about to be written or removed."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO graph VALUES(?, NULL)", ((graph,) for graph in graphs))

    def settle(self, written: Iterable[tuple[str, bytes]], removed: Iterable[str] = ()) -> None:
        """Note what the engine said it has written, with its hash, and removed."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO graph VALUES(?, ?)", written)
            self._db.executemany("DELETE FROM graph WHERE iri=?", ((graph,) for graph in removed))
