"""The content of `catalog.sqlite`, the SQLite file of a release, and how the file is opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from odlinked.catalog.index import called, traits
from odlinked.catalog.keeping.connections import small
from odlinked.catalog.summaries.grades import GRADE
from odlinked.catalog.summaries.happenings import LINK
from odlinked.catalog.summaries.summary import WITHHELD, RecordSummary
from odlinked.kinds import Kind
from odlinked.namespaces import CODE

_ACCESS = "http://publications.europa.eu/resource/authority/access-right/"
STATES = {_ACCESS + "PUBLIC": CODE + "dataset-state/open", _ACCESS + "RESTRICTED": CODE + "dataset-state/on-request",
          WITHHELD: CODE + "dataset-state/withheld"}
"""Access right -> state of a dataset whose month of opening has come."""

PLANNED = CODE + "dataset-state/planned"
"""The state of a dataset whose month of opening is in the future. Determined for each release, written into no document."""

EDITION = 9
"""Raised when the index is written in another way (its tables, or the folding of texts). One of another number is not read by
pages; the next publish writes it anew."""

_SCHEMA = f"""
PRAGMA user_version = {EDITION};
CREATE TABLE input(id INTEGER PRIMARY KEY, source TEXT NOT NULL, form TEXT NOT NULL, mode TEXT NOT NULL,
    sha256 TEXT NOT NULL, name TEXT NOT NULL, published TEXT NOT NULL, live INTEGER NOT NULL);
CREATE TABLE record(id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, source TEXT NOT NULL, kind TEXT NOT NULL,
    hash BLOB NOT NULL, state TEXT NOT NULL, changed TEXT NOT NULL, input INTEGER, sheet TEXT, row INTEGER, key BLOB,
    mentions TEXT NOT NULL DEFAULT '', title TEXT NOT NULL, title_en TEXT NOT NULL, description TEXT NOT NULL,
    publisher TEXT NOT NULL, modified TEXT NOT NULL, issued TEXT NOT NULL, formats TEXT NOT NULL, badge TEXT NOT NULL,
    violations INTEGER NOT NULL DEFAULT 0, warnings INTEGER NOT NULL DEFAULT 0, graded TEXT NOT NULL DEFAULT '');
CREATE INDEX record_list ON record(kind, state, modified DESC, id);
CREATE INDEX record_source ON record(source, state);
CREATE INDEX record_kind ON record(kind, state);
CREATE INDEX record_title ON record(title, id) WHERE kind = 'dataset' AND state = 'live';
CREATE TABLE facet(record INTEGER NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY(record, dimension, value)) WITHOUT ROWID;
CREATE INDEX facet_value ON facet(dimension, value, record);
CREATE TABLE issue(input INTEGER NOT NULL, sheet TEXT, row INTEGER NOT NULL, fault TEXT NOT NULL);
CREATE TABLE spelling(original TEXT PRIMARY KEY, folded TEXT NOT NULL, uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX spelling_folded ON spelling(folded);
CREATE TABLE part(number INTEGER PRIMARY KEY, key TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE tally(edition TEXT NOT NULL, fact TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(title, body, things, tokenize="unicode61 remove_diacritics 2", detail=full);
INSERT INTO search(search, rank) VALUES('rank', 'bm25(8.0, 1.0, 4.0)');
"""

AMONG: Final = "(SELECT value FROM json_each(?))"
"""What numbers are looked for in. Written into the statement they would make another one each time, which is prepared again, and
kept a while by each connection."""

NAMED = ("publisher", "theme", "strategy", "format", "frequency")
"""The dimensions whose values a dataset is found by, whatever they are called: each has a token in the column `things`."""


class Entry(NamedTuple):
    """A record's state while the next release is computed: its row of table `record`, without the displayed parts.

    `input`, `sheet`, `row` are its origin (None for built-in documents), `key` is the row's reuse key, `mentions` the shared
    documents its row makes too ("IRI|hash in hex"), `violations` and `warnings` count its faults.
    """

    iri: str
    source: str
    hash: bytes
    state: str
    changed: str
    input: int | None = None
    sheet: str | None = None
    row: int | None = None
    key: bytes | None = None
    mentions: tuple[str, ...] = ()
    violations: int = 0
    warnings: int = 0

    @property
    def is_public(self) -> bool:
        """Whether the record is served: living or a tombstone, not one that is withheld or not approved yet."""
        return self.state != "private"


def created(path: Path) -> sqlite3.Connection:
    """Return a connection to a new, empty index at `path`, for the publisher."""
    db = opened(path)
    db.executescript(_SCHEMA)
    db.executescript(traits.SCHEMA)
    db.executescript(called.SCHEMA)
    return db


def edition(db: sqlite3.Connection) -> int:
    """Return the number of what an index holds."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def opened(path: Path) -> sqlite3.Connection:
    """Return a connection that writes to the index at `path`: a copy that no release is served from yet."""
    db = sqlite3.connect(path)
    # The file is created next to the served ones and named by the manifest only once complete: no journal is needed.
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-200000")
    return db


def read(path: Path) -> sqlite3.Connection:
    """Return a connection that reads the index at `path`, which is never written again; for one thread at a time."""
    return small(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False))


def among(ids: Iterable[int]) -> str:
    """Return numbers as the parameter of `AMONG`."""
    return f"[{','.join(map(str, ids))}]"


def public_content(path: Path, iri: str) -> tuple[bytes, str] | None:
    """Return (hash of its document, "live" or "gone") of a record that the index at `path` has in public, of whatever edition."""
    with closing(read(path)) as db:
        row = db.execute("SELECT hash, state FROM record WHERE iri = ? AND state IN ('live', 'gone')", (iri,)).fetchone()
    return (bytes(row[0]), str(row[1])) if row else None


class ServedRecord(NamedTuple):
    """A served record as the change log compares it: its kind is that of its address; `judged` is what a dataset's badge and the
    visits of its files came to ("GRADE LINK"), "" where neither is known."""

    iri: str
    kind: str
    hash: bytes
    is_gone: bool
    unit: str
    judged: str


def listed(path: Path, kinds: Collection[Kind], iris: Collection[str] | None = None) -> Iterator[ServedRecord]:
    """Yield the served records of some kinds that the index at `path` has, of whatever edition, in the order they came in; with
    `iris` only those among them."""
    with closing(read(path)) as db:
        served = "SELECT id, iri, hash, state, publisher FROM record WHERE state IN ('live', 'gone')"
        if iris is None:
            rows: Iterable[tuple[int, str, bytes, str, str]] = db.execute(f"{served} ORDER BY id")
            judged = [dict(db.execute("SELECT record, value FROM facet WHERE dimension = ?", (one,))) for one in (GRADE, LINK)]
        else:
            rows = sorted(row for iri in iris for row in db.execute(f"{served} AND iri = ?", (iri,)))
            judged = [{row[0]: value for row in rows for value, in db.execute(
                "SELECT value FROM facet WHERE record = ? AND dimension = ?", (row[0], one))} for one in (GRADE, LINK)]
        for number, iri, digest, state, unit in rows:
            kind = Kind.of(iri)
            if kind is not None and kind in kinds:
                found = " ".join(values.get(number, "") for values in judged)
                yield ServedRecord(iri, kind.value, digest, state == "gone", unit, found if found != " " else "")


def is_current(path: Path) -> bool:
    """Whether the index at `path` is written as this version writes it; False for one of an earlier edition."""
    with closing(read(path)) as db:
        return edition(db) == EDITION


def is_future(issued: str, now: str) -> bool:
    """True when a month or date of opening is in the future; both are ISO, of which the shorter's part is compared."""
    length = min(len(issued), len(now), len("2026-01-01"))
    return issued[:length] > now[:length]


def state_facets(summary: RecordSummary, now: str) -> list[tuple[str, str]]:
    """Return the state of a dataset, and its access right; nothing where the record does not state them."""
    if summary.access not in STATES:
        return []
    planned = (summary.planned and not summary.issued) or is_future(summary.issued, now)
    state = PLANNED if planned and summary.access != WITHHELD else STATES[summary.access]
    return [("access", summary.access), ("state", state)]


def opening_facets(summary: RecordSummary, now: str) -> list[tuple[str, str]]:
    """Return when a dataset is open: ("opens", "") where it is by the ISO time `now`, else its days; nothing where it never is.

    A dataset is open from its month or day of listing on, if access is public or not stated, as
    `queries/stored/organization-totals.rq` counts.
    """
    days = summary.opens
    return [("opens", "")] if any(day <= now[:len(day)] for day in days) else [("opens", day) for day in days]


def fault_facets(rules: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the facet values of a record's faults: each severity and each rule, or that there are none."""
    found = {("faults", severity) for _, severity in rules} | {("rule", rule) for rule, _ in rules}
    return found or {("faults", "none")}
