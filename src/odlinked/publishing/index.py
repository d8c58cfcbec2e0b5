"""The catalogue's index: the SQLite file of a release, an index over documents that can be built again from them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from odlinked.namespaces import CODE
from odlinked.publishing.summary import Summary
from odlinked.search import tokens

_ACCESS = "http://publications.europa.eu/resource/authority/access-right/"
_WITHHELD = _ACCESS + "NON_PUBLIC"
STATES = {_ACCESS + "PUBLIC": CODE + "dataset-state/open", _ACCESS + "RESTRICTED": CODE + "dataset-state/on-request",
          _WITHHELD: CODE + "dataset-state/withheld"}
"""Access right -> state of a dataset whose month of opening has come."""

PLANNED = CODE + "dataset-state/planned"
"""The state of a dataset whose month of opening is still to come. Observed for each release, written into no document."""

_SCHEMA = """
CREATE TABLE input(id INTEGER PRIMARY KEY, source TEXT NOT NULL, form TEXT NOT NULL, mode TEXT NOT NULL,
    sha256 TEXT NOT NULL, name TEXT NOT NULL, published TEXT NOT NULL, live INTEGER NOT NULL);
CREATE TABLE record(id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, source TEXT NOT NULL, kind TEXT NOT NULL,
    hash BLOB NOT NULL, state TEXT NOT NULL, changed TEXT NOT NULL, input INTEGER, sheet TEXT, row INTEGER, key BLOB,
    mentions TEXT NOT NULL DEFAULT '', title TEXT NOT NULL, title_en TEXT NOT NULL, description TEXT NOT NULL,
    publisher TEXT NOT NULL, modified TEXT NOT NULL, issued TEXT NOT NULL, formats TEXT NOT NULL, badge TEXT NOT NULL,
    violations INTEGER NOT NULL DEFAULT 0, warnings INTEGER NOT NULL DEFAULT 0);
CREATE INDEX record_list ON record(kind, state, modified DESC, id);
CREATE INDEX record_source ON record(source, state);
CREATE TABLE facet(record INTEGER NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY(record, dimension, value)) WITHOUT ROWID;
CREATE INDEX facet_value ON facet(dimension, value, record);
CREATE TABLE issue(input INTEGER NOT NULL, sheet TEXT, row INTEGER NOT NULL, fault TEXT NOT NULL);
CREATE TABLE spelling(original TEXT PRIMARY KEY, folded TEXT NOT NULL, uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX spelling_folded ON spelling(folded);
CREATE TABLE part(number INTEGER PRIMARY KEY, key TEXT NOT NULL, size INTEGER NOT NULL);
CREATE VIRTUAL TABLE search USING fts5(title, body, tokenize="unicode61 remove_diacritics 2", detail=full);
"""


class Entry(NamedTuple):
    """A record's state as the next release is worked out: what stands in table `record`, without the shown parts.

    `input`, `sheet`, `row` tell where it came from (None for built-in documents), `key` is the row's reuse key,
    `mentions` the shared documents its row makes too ("IRI|hash in hex"), `violations` and `warnings` count its faults.
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


class Shown(NamedTuple):
    """What the index says of a document: its summary, index tokens, spellings and the (rule, severity) of its faults."""

    summary: Summary
    title_tokens: str
    body_tokens: str
    spellings: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]


_ENTRY = "iri, source, hash, state, changed, input, sheet, row, key, mentions, violations, warnings"


class Index:
    """The index at `path`, open for the publisher."""

    def __init__(self, path: Path, *, create: bool = False, read_only: bool = False) -> None:
        if read_only:
            self.db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
            return
        self.db = sqlite3.connect(path)
        # The file is made beside the served ones and only named by the manifest when whole: no journal is needed.
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA cache_size=-200000")
        if create:
            self.db.executescript(_SCHEMA)

    def close(self) -> None:
        """Commit, gather statistics and close; the file is then on disk."""
        self.db.commit()
        self.db.execute("PRAGMA optimize")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute("CREATE TABLE IF NOT EXISTS closed(x)")
        self.db.execute("DROP TABLE closed")
        self.db.commit()
        self.db.close()

    def replace_inputs(self, inputs: Iterable[dict[str, Any]]) -> None:
        """Write the list of inputs anew."""
        self.db.execute("DELETE FROM input")
        self.db.executemany(
            "INSERT INTO input VALUES(:id, :source, :form, :mode, :sha256, :name, :published, :live)", inputs)

    def replace_issues(self, issues: Iterable[tuple[int, str | None, int, Sequence[Any]]]) -> None:
        """Write the list of faults that belong to no record anew: (input, sheet, row, fault)."""
        self.db.execute("DELETE FROM issue")
        self.db.executemany("INSERT INTO issue VALUES(?, ?, ?, ?)",
                            ((i, s, r, json.dumps(list(fault), ensure_ascii=False)) for i, s, r, fault in issues))

    def entries(self) -> dict[str, tuple[int, Entry]]:
        """Return all entries: IRI -> (record id, entry)."""
        rows = self.db.execute(f"SELECT id, {_ENTRY} FROM record")  # noqa: S608 - a constant
        return {
            row[1]: (row[0], Entry._make((*row[1:10], tuple(row[10].split()), row[11], row[12]))) for row in rows
        }

    def inputs(self) -> list[dict[str, Any]]:
        """Return the list of inputs, oldest first."""
        names = ("id", "source", "form", "mode", "sha256", "name", "published", "live")
        rows = self.db.execute("SELECT id, source, form, mode, sha256, name, published, live FROM input ORDER BY id")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def issues(self) -> list[tuple[int, str | None, int, list[Any]]]:
        """Return the faults that belong to no record."""
        return [(i, s, r, json.loads(f)) for i, s, r, f in self.db.execute("SELECT input, sheet, row, fault FROM issue")]

    def titles(self, iris: Iterable[str]) -> dict[str, str]:
        """Return the titles of records by IRI."""
        found = {}
        for iri in iris:
            row = self.db.execute("SELECT title FROM record WHERE iri=?", (iri,)).fetchone()
            if row:
                found[iri] = row[0]
        return found

    def move(self, entries: Iterable[tuple[int, Entry]]) -> None:
        """Update where unchanged records came from and how they were judged."""
        self.db.executemany(
            "UPDATE record SET input=?, sheet=?, row=?, key=?, mentions=?, violations=?, warnings=? WHERE id=?",
            ((e.input, e.sheet, e.row, e.key, " ".join(e.mentions), e.violations, e.warnings, number)
             for number, e in entries),
        )

    def remove(self, number: int) -> None:
        """Remove a record from lists, facets and search."""
        self.db.execute("DELETE FROM facet WHERE record=?", (number,))
        self.db.execute("DELETE FROM search WHERE rowid=?", (number,))
        self.db.execute("DELETE FROM record WHERE id=?", (number,))

    def insert(self, entry: Entry, shown: Shown, publisher_name: str, now: str, number: int | None = None) -> None:
        """Write a new or changed record, as seen at the ISO time `now`; `number` is the record's id where it had one."""
        summary = shown.summary
        cursor = self.db.execute(
            f"INSERT INTO record(id, {_ENTRY}, kind, title, title_en, description, publisher, modified, issued, formats, badge)"
            f" VALUES({','.join('?' * 22)})",
            (number, *entry[:9], " ".join(entry.mentions), entry.violations, entry.warnings, summary.kind, summary.title,
             summary.title_en, summary.description, summary.publisher, summary.modified, summary.issued,
             json.dumps(summary.formats), summary.badge),
        )
        number = cursor.lastrowid
        if entry.state != "live":
            return
        faults = fault_facets(shown.rules) if summary.kind == "dataset" else ()
        self.db.executemany("INSERT OR IGNORE INTO facet VALUES(?, ?, ?)",
                            ((number, d, v) for d, v in (*summary.facets, *state_facets(summary, now), *faults)))
        if summary.kind != "dataset":
            return
        self.db.execute("INSERT INTO search(rowid, title, body) VALUES(?, ?, ?)",
                        (number, shown.title_tokens, f"{shown.body_tokens} {tokens(publisher_name)}"))

    def insert_private(self, entry: Entry, number: int | None = None) -> None:
        """Write a record that is not served: its state alone, nothing of what it says."""
        self.db.execute(
            f"INSERT INTO record(id, {_ENTRY}, kind, title, title_en, description, publisher, modified, issued, formats, badge)"
            f" VALUES({','.join('?' * 13)}, '', '', '', '', '', '', '', '[]', '')",
            (number, *entry[:9], " ".join(entry.mentions), entry.violations, entry.warnings))

    def refault(self, number: int, rules: Iterable[tuple[str, str]]) -> None:
        """Write the fault facets of an unchanged dataset anew; other records have none."""
        if not self.db.execute("SELECT 1 FROM record WHERE id=? AND kind='dataset'", (number,)).fetchone():
            return
        self.db.execute("DELETE FROM facet WHERE record=? AND dimension IN ('faults', 'rule')", (number,))
        self.db.executemany("INSERT OR IGNORE INTO facet VALUES(?, ?, ?)",
                            ((number, d, v) for d, v in fault_facets(rules)))

    def due(self, now: str) -> list[tuple[int, str]]:
        """Return (record id, state) of the datasets shown as planned whose month of opening has come by the ISO time `now`."""
        rows = self.db.execute(
            "SELECT f.record, r.issued, a.value FROM facet f JOIN record r ON r.id = f.record"
            " JOIN facet a ON a.record = f.record AND a.dimension = 'access'"
            " WHERE f.dimension = 'state' AND f.value = ? AND r.issued <> ''", (PLANNED,))
        return [(number, STATES[access]) for number, issued, access in rows.fetchall() if not is_future(issued, now)]

    def settle_planned(self, now: str) -> None:
        """Count what was planned as what it is once its month of opening has come."""
        self.db.executemany("UPDATE facet SET value = ?2 WHERE record = ?1 AND dimension = 'state'", self.due(now))

    def respell(self, gone: Iterable[tuple[str, str]], come: Iterable[tuple[str, str]]) -> None:
        """Count spellings: those of documents that left and of documents that came, as (original, folded)."""
        self.db.executemany("UPDATE spelling SET uses = uses - 1 WHERE original=?", ((o,) for o, _ in gone))
        self.db.executemany(
            "INSERT INTO spelling VALUES(?, ?, 1) ON CONFLICT(original) DO UPDATE SET uses = uses + 1", come)
        self.db.execute("DELETE FROM spelling WHERE uses <= 0")


def is_future(issued: str, now: str) -> bool:
    """Tell whether a month or date of opening is still to come; both are ISO, of which the shorter's part is compared."""
    length = min(len(issued), len(now), len("2026-01-01"))
    return issued[:length] > now[:length]


def state_facets(summary: Summary, now: str) -> list[tuple[str, str]]:
    """Return what state a dataset is in, and its access right; nothing where the record does not say."""
    if summary.access not in STATES:
        return []
    planned = (summary.planned and not summary.issued) or is_future(summary.issued, now)
    state = PLANNED if planned and summary.access != _WITHHELD else STATES[summary.access]
    return [("access", summary.access), ("state", state)]


def fault_facets(rules: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the facet values of a record's faults: each severity and each rule, or that there are none."""
    found = {("faults", severity) for _, severity in rules} | {("rule", rule) for rule, _ in rules}
    return found or {("faults", "none")}
