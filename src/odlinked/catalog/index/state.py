"""The publisher's side of the index: the state of a release read and written, one record at a time or all of them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from odlinked.catalog.index import called, schema, selections, traits
from odlinked.catalog.index.entries import COLUMNS, Entries
from odlinked.catalog.index.schema import PLANNED, STATES, Entry, fault_facets
from odlinked.catalog.summaries.grades import GRADE, STARS
from odlinked.catalog.summaries.happenings import LINK
from odlinked.catalog.summaries.summary import RecordSummary
from odlinked.findings import Fault, Issue
from odlinked.kinds import measured_iri, quality_iri
from odlinked.search import token_of, tokens


class IndexEntry(NamedTuple):
    """The index entry of a document: its summary, index tokens, spellings and the (rule, severity) of its faults."""

    summary: RecordSummary
    title_tokens: str
    body_tokens: str
    spellings: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]


_NAMED = ("SELECT iri, title, publisher, EXISTS (SELECT 1 FROM facet WHERE facet.record = record.id AND dimension = 'series')"
          " FROM record")


class Index(AbstractContextManager["Index"]):
    """The index at `path`, open for the publisher."""

    def __init__(self, path: Path, *, create: bool = False, read_only: bool = False) -> None:
        self._read_only = read_only
        self._db: sqlite3.Connection = schema.read(path) if read_only else schema.created(path) if create else schema.opened(path)
        if not read_only and not create:
            selections.begin(self._db)

    @cached_property
    def _entries(self) -> Entries:
        return Entries(self._db)

    def __exit__(self, _type: type[BaseException] | None, _problem: BaseException | None, _at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; one that was written is then on disk, with statistics for the queries of lists."""
        if not self._read_only:
            selections.settle(self._db)
            self._db.commit()
            self._db.execute("PRAGMA optimize")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("CREATE TABLE IF NOT EXISTS closed(x)")
            self._db.execute("DROP TABLE closed")
            self._db.commit()
        self._db.close()

    def compact(self) -> None:
        """Rewrite the file, so that nothing of what was removed is left in its free pages."""
        selections.settle(self._db)
        self._db.commit()
        self._db.execute("VACUUM")

    def replace_parts(self, parts: Iterable[tuple[int, str, int]]) -> None:
        """Rewrite the list of the dump's parts: (number, key, size in bytes)."""
        self._db.execute("DELETE FROM part")
        self._db.executemany("INSERT INTO part VALUES(?, ?, ?)", parts)

    def parts(self) -> list[tuple[int, str]]:
        """Return number and key of the dump's parts."""
        return self._db.execute("SELECT number, key FROM part").fetchall()

    def replace_inputs(self, inputs: Iterable[dict[str, Any]]) -> None:
        """Rewrite the list of inputs."""
        self._db.execute("DELETE FROM input")
        self._db.executemany(
            "INSERT INTO input VALUES(:id, :source, :form, :mode, :sha256, :name, :published, :live)", inputs)

    def replace_issues(self, issues: Iterable[Issue]) -> None:
        """Write the list of faults that no record carries anew."""
        self._db.execute("DELETE FROM issue")
        self._db.executemany("INSERT INTO issue VALUES(?, ?, ?, ?)",
                            ((i, s, r, json.dumps(fault.stored(), ensure_ascii=False)) for i, s, r, fault in issues))

    def entries(self) -> dict[str, tuple[int, Entry]]:
        """Return all entries: IRI -> (record id, entry)."""
        return self._entries.read()

    def inputs(self) -> list[dict[str, Any]]:
        """Return the list of inputs, oldest first."""
        names = ("id", "source", "form", "mode", "sha256", "name", "published", "live")
        rows = self._db.execute("SELECT id, source, form, mode, sha256, name, published, live FROM input ORDER BY id")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def issues(self) -> list[Issue]:
        """Return the faults that no record carries."""
        rows = self._db.execute("SELECT input, sheet, row, fault FROM issue")
        return [Issue(number, sheet, row, Fault.of_stored(json.loads(fault))) for number, sheet, row, fault in rows]

    def titles(self, iris: Iterable[str]) -> dict[str, str]:
        """Return the titles of records by IRI."""
        found = {}
        for iri in iris:
            row = self._db.execute("SELECT title FROM record WHERE iri=?", (iri,)).fetchone()
            if row:
                found[iri] = row[0]
        return found

    def needs(self) -> tuple[set[bytes], set[bytes | None], set[str]]:
        """Return what the release needs of the workspace: hashes of documents, reuse keys of rows, keys of dump parts."""
        rows = self._db.execute("SELECT hash, key FROM record").fetchall()
        parts = {key for (key,) in self._db.execute("SELECT key FROM part")}
        return {digest for digest, _ in rows}, {key for _, key in rows}, parts

    def named(self, kind: str) -> Iterator[tuple[str, str, str, bool]]:
        """Yield (IRI, title, publisher's IRI, whether it is in a series) of the living records of a kind."""
        rows = self._db.execute(f"{_NAMED} WHERE kind=? AND state='live'", (kind,))
        return ((iri, title, publisher, bool(placed)) for iri, title, publisher, placed in rows)

    @property
    def is_current(self) -> bool:
        """Whether it is written as this version writes it."""
        return schema.edition(self._db) == schema.EDITION

    def called(self, iris: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Yield (IRI, publisher's IRI, name) of some datasets, for each name but their own addresses."""
        return called.of(self._db, iris)

    def bearing(self, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Yield (IRI, publisher's IRI, name) of the datasets that have one of some names."""
        return called.bearing(self._db, names)

    def named_among(self, iris: Iterable[str]) -> Iterator[tuple[str, str, str, bool]]:
        """Yield what `named` does of those of some records that are living."""
        for iri in iris:
            for _, title, publisher, placed in self._db.execute(f"{_NAMED} WHERE iri=? AND state='live'", (iri,)):
                yield iri, title, publisher, bool(placed)

    def bearers(self) -> Iterator[tuple[str, str, str, str, str, str]]:
        """Yield (IRI, source, title, publisher's IRI, state, access right or "") of all served records."""
        return self._db.execute(
            "SELECT r.iri, r.source, r.title, r.publisher, r.state, coalesce(a.value, '') FROM record r"
            " LEFT JOIN facet a ON a.record = r.id AND a.dimension = 'access' WHERE r.state IN ('live', 'gone')")

    def naming(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (IRI, publisher's IRI, name, IRI or "") of the living records that identify their dataset by its name, and that
        dataset."""
        return self._db.execute(
            "SELECT r.iri, r.publisher, n.value, coalesce(a.value, '') FROM facet n JOIN record r ON r.id = n.record"
            " LEFT JOIN facet a ON a.record = n.record AND a.dimension = 'about'"
            " WHERE n.dimension = 'named' AND r.state = 'live'")

    def stated(self, dimension: str) -> list[tuple[str, str]]:
        """Return (IRI of a record, value) of a dimension."""
        return self._db.execute("SELECT record.iri, facet.value FROM facet JOIN record ON record.id = facet.record"
                                " WHERE dimension = ? ORDER BY 1, 2", (dimension,)).fetchall()

    def in_series(self) -> set[str]:
        """Return the records that are in a series."""
        return {iri for (iri,) in self._db.execute(
            "SELECT DISTINCT record.iri FROM facet JOIN record ON record.id = facet.record WHERE dimension = 'series'")}

    def transfer(self, before: int, after: int, numbers: Collection[int], others: Collection[int]) -> None:
        """Do what `Entries.transfer` says."""
        self._entries.transfer(before, after, numbers, others)

    def move(self, entries: Iterable[tuple[int, Entry]]) -> None:
        """Update where unchanged records came from and how they were judged."""
        self._db.executemany(
            "UPDATE record SET input=?, sheet=?, row=?, key=?, mentions=?, violations=?, warnings=? WHERE id=?",
            ((*self._entries.columns(entry)[5:], number) for number, entry in entries))

    def remove(self, number: int) -> None:
        """Remove a record from lists, facets and search."""
        graded = self._graded_by(number)
        if graded is not None:
            self._db.execute("DELETE FROM facet WHERE record=? AND dimension IN (?, ?, ?)", (graded, GRADE, STARS, LINK))
        self._db.execute("DELETE FROM facet WHERE record=?", (number,))
        traits.remove(self._db, number)
        called.remove(self._db, number)
        self._db.execute("DELETE FROM search WHERE rowid=?", (number,))
        self._db.execute("DELETE FROM record WHERE id=?", (number,))

    def insert(self, entry: Entry, shown: IndexEntry, publisher_name: str, now: str, number: int | None = None) -> None:
        """Write a new or changed record, as of the ISO time `now`; `number` is the record's id where it had one."""
        summary = shown.summary
        cursor = self._db.execute(
            f"INSERT INTO record(id, {COLUMNS}, kind, title, title_en, description, publisher, modified, issued, formats, badge,"
            f" graded) VALUES({','.join('?' * 23)})",
            (number, *self._entries.columns(entry), summary.kind, summary.title, summary.title_en, summary.description,
             summary.publisher, summary.modified, summary.issued, json.dumps(summary.formats), summary.badge,
             json.dumps(summary.graded) if summary.graded else ""),
        )
        number = cursor.lastrowid
        if entry.state != "live":  # of one that is gone, when and whose it was
            self._db.executemany("INSERT OR IGNORE INTO facet VALUES(?, ?, ?)", ((number, d, v) for d, v in summary.facets))
            return
        faults = fault_facets(shown.rules) if summary.kind == "dataset" else ()
        if summary.graded:
            self._grade(self._graded_by(number), summary.graded)
        facets = (*summary.facets, *schema.state_facets(summary, now), *schema.opening_facets(summary, now), *faults)
        if facets:  # most documents of the vocabulary and the codes have none
            self._db.executemany("INSERT OR IGNORE INTO facet VALUES(?, ?, ?)", ((number, d, v) for d, v in facets))
        if summary.kind != "dataset":
            return
        traits.insert(self._db, number or 0, summary.traits)
        called.insert(self._db, number or 0, summary.called)
        measured = self._db.execute("SELECT graded FROM record WHERE iri=?", (quality_iri(entry.iri),)).fetchone()
        if measured and measured[0]:
            self._grade(number, json.loads(measured[0]))
        things = (_token(value) for dimension, value in summary.facets if dimension in schema.NAMED)
        self._db.execute("INSERT INTO search(rowid, title, body, things) VALUES(?, ?, ?, ?)",
                        (number, shown.title_tokens, shown.body_tokens, " ".join((*things, _tokens(publisher_name)))))

    def _grade(self, number: int | None, graded: Iterable[tuple[str, str]]) -> None:
        """Write what was measured of a dataset, None for one that is not there (yet)."""
        if number is not None:
            self._db.executemany("INSERT OR IGNORE INTO facet VALUES(?, ?, ?)", ((number, d, v) for d, v in graded))

    def _graded_by(self, number: int | None) -> int | None:
        """Return the id of the living dataset that a quality document is about; None for other records, or without one."""
        row = self._db.execute("SELECT iri FROM record WHERE id=? AND graded != ''", (number,)).fetchone()
        row = self._db.execute("SELECT id FROM record WHERE iri=? AND kind='dataset' AND state='live'",
                               (measured_iri(row[0]),)).fetchone() if row else None
        return int(row[0]) if row else None

    def insert_private(self, entry: Entry, number: int | None = None) -> None:
        """Write a record that is not served: its state only, none of its content."""
        self._db.execute(
            f"INSERT INTO record(id, {COLUMNS}, kind, title, title_en, description, publisher, modified, issued, formats, badge)"
            f" VALUES({','.join('?' * 13)}, '', '', '', '', '', '', '', '[]', '')",
            (number, *self._entries.columns(entry)))

    def refault(self, number: int, rules: Iterable[tuple[str, str]]) -> None:
        """Rewrite the fault facets of an unchanged dataset; other records have none."""
        if not self._db.execute("SELECT 1 FROM record WHERE id=? AND kind='dataset'", (number,)).fetchone():
            return
        self._db.execute("DELETE FROM facet WHERE record=? AND dimension IN ('faults', 'rule')", (number,))
        self._db.executemany("INSERT OR IGNORE INTO facet VALUES(?, ?, ?)",
                            ((number, d, v) for d, v in fault_facets(rules)))

    def due(self, now: str) -> list[tuple[int, str]]:
        """Return (record id, state) of the datasets shown as planned whose month of opening has come by the ISO time `now`."""
        rows = self._db.execute(
            "SELECT f.record, r.issued, a.value FROM facet f JOIN record r ON r.id = f.record"
            " JOIN facet a ON a.record = f.record AND a.dimension = 'access'"
            " WHERE f.dimension = 'state' AND f.value = ? AND r.issued <> ''", (PLANNED,))
        return [(number, STATES[access]) for number, issued, access in rows.fetchall() if not schema.is_future(issued, now)]

    def settle_planned(self, now: str) -> None:
        """Count planned datasets by their actual state once their month of opening has come."""
        self._db.executemany("UPDATE facet SET value = ?2 WHERE record = ?1 AND dimension = 'state'", self.due(now))

    def tally(self, edition: str) -> Counter[str] | None:
        """Return how often each fact holds in what is served (`catalog.summaries.partitions`); None where not counted so."""
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tally'").fetchone():
            return None  # of before there was such a table
        rows = self._db.execute("SELECT fact, uses FROM tally WHERE edition = ?", (edition,)).fetchall()
        return Counter(dict(rows)) if rows else None

    def replace_tally(self, edition: str, facts: Mapping[str, int]) -> None:
        """Rewrite how often each fact holds."""
        self._db.execute("CREATE TABLE IF NOT EXISTS tally(edition TEXT NOT NULL, fact TEXT PRIMARY KEY, uses INTEGER NOT NULL)"
                         " WITHOUT ROWID")
        self._db.execute("DELETE FROM tally")
        self._db.executemany("INSERT INTO tally VALUES(?, ?, ?)", ((edition, fact, uses) for fact, uses in facts.items() if uses))

    def number(self, iri: str) -> int | None:
        """Return the id of a record, None where there is none."""
        row = self._db.execute("SELECT id FROM record WHERE iri = ?", (iri,)).fetchone()
        return int(row[0]) if row else None

    def examples(self) -> list[str]:
        """Return a living record of each kind that has any, that with the least IRI."""
        rows = self._db.execute("SELECT min(iri) FROM record WHERE state = 'live' AND kind IN"
                                " ('dataset', 'series', 'service', 'organization') GROUP BY kind")
        return sorted(iri for iri, in rows)

    def respell(self, uses: Mapping[tuple[str, str], int]) -> None:
        """Count spellings, as (original, folded): in how many documents more (or less) each now is.

        Every spelling known is looked at: this is for all documents that came and left together, not for each.
        """
        self._db.executemany(
            "INSERT INTO spelling VALUES(?, ?, ?) ON CONFLICT(original) DO UPDATE SET uses = uses + excluded.uses",
            ((original, folded, count) for (original, folded), count in uses.items() if count))
        self._db.execute("DELETE FROM spelling WHERE uses <= 0")


@lru_cache(maxsize=4_096)
def _token(iri: str) -> str:
    return token_of(iri)


@lru_cache(maxsize=4_096)
def _tokens(name: str) -> str:
    """Return the tokens of a publisher's name; few publishers have many records."""
    return tokens(name)
