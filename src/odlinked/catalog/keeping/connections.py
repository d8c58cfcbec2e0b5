"""Connections that read: each thread of a service has one to every file of SQLite, so that none may hold much."""

from __future__ import annotations

import sqlite3
from typing import Final

_HELD: Final = 256
"""KiB of pages that a connection holds. SQLite's own 2,000 would be 384 MB in 64 threads with three files each, and what one of
them read no other has; the system holds the files for all of them."""


def small(db: sqlite3.Connection) -> sqlite3.Connection:
    """Return a connection, holding little from now on."""
    db.execute(f"PRAGMA cache_size=-{_HELD}")
    return db
