"""The reader's side of the index: lists, facets, full text and counts of what is served. Safe for threads."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from odlinked.catalog.index.schema import AMONG, EDITION, among, edition, read
from odlinked.catalog.index.selection import Selection
from odlinked.catalog.index.selections import Selections
from odlinked.catalog.index.traits import Traits
from odlinked.catalog.index.words import IndexWords
from odlinked.catalog.summaries.records import Record
from odlinked.catalog.summaries.standings import STANDING
from odlinked.catalog.summaries.summary import MEASURED
from odlinked.errors import WorkspaceError
from odlinked.kinds import Kind
from odlinked.search.expressions import Sought

_SERVED = "record.state IN ('live', 'gone')"
"""What is served; other states are private and answered as if the record had never been published."""

ORDERS = {
    "modified": "record.modified DESC, record.id",
    "title": "record.title, record.id",
}
"""The orders of lists; what words find is listed by relevance where none is named."""

_FEW = 2_000
"""Fewer datasets than these are put in order by themselves; of more, the order of all is read until a page is full."""

_COLUMNS = ", ".join(f"record.{name}" for name in (  # noqa: S608 - constants
    "iri", "kind", "source", "hash", "state", "title", "title_en", "description", "publisher", "modified", "issued", "formats",
    "badge", "violations", "warnings", "changed",
)) + ", (SELECT coalesce(nullif(p.title, ''), p.title_en) FROM record p WHERE p.iri = record.publisher)" \
    ", (SELECT f.value FROM facet f WHERE f.record = record.id AND f.dimension = 'state')" \
    ", (SELECT p.title_en FROM record p WHERE p.iri = record.publisher)"
"""The columns of table `record` for `_record`."""


_WITHHELD_KINDS: Final = (Kind.DATASET, Kind.SERVICE, Kind.SERIES)
"""What is private for being withheld or not approved yet: records of other kinds that are private are for the agency itself."""


class RecordOrigin(NamedTuple):
    """Where a living record came from: its row's reuse key (None: from no row; `row` is None then, too), source, sheet, row."""

    key: bytes | None
    source: str
    sheet: str | None
    row: int


class Hits(NamedTuple):
    """A page of search results: how many there are, the records of the page, and (dimension, value, count) of all of them."""

    total: int
    records: list[Record]
    facets: list[tuple[str, str, int]]


class Lists:
    """The index at `path` for readers; every thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path, self._local = path, threading.local()

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = read(self._path)
            if edition(db) != EDITION:
                db.close()
                raise WorkspaceError("its index was written by another version", doing="reading", on=str(self._path),
                                     next_step="Publish the files again: the index is then written anew")
            self._local.db = db
        return db

    @cached_property
    def words(self) -> IndexWords:
        """The words of the full text."""
        return IndexWords(lambda: self._db)

    @cached_property
    def traits(self) -> Traits:
        """What datasets have in common."""
        return Traits(lambda: self._db)

    def record(self, iri: str) -> Record | None:
        """Return the served record with this IRI, or None."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM record WHERE iri=? AND {_SERVED}", (iri,)).fetchone()  # noqa: S608
        return _record(row) if row else None

    def called(self, iri: str) -> tuple[str, str] | None:
        """Return the title and the English title of a served record, or None."""
        row: tuple[str, str] | None = self._db.execute(f"SELECT title, title_en FROM record WHERE iri=? AND {_SERVED}",  # noqa: S608
                                                       (iri,)).fetchone()
        return row

    def hash(self, iri: str) -> bytes | None:
        """Return the hash of a served record's document, or None."""
        row = self._db.execute(f"SELECT hash FROM record WHERE iri=? AND {_SERVED}", (iri,)).fetchone()  # noqa: S608
        return row[0] if row else None

    def hashes(self) -> Iterator[tuple[str, bytes]]:
        """Yield (IRI, hash of its document) of every served record, in the order of IRIs."""
        return self._db.execute(f"SELECT iri, hash FROM record WHERE {_SERVED} ORDER BY iri")  # noqa: S608

    def internal(self) -> set[bytes]:
        """Return the hashes of the documents for the agency itself: see `Release.internal`."""
        rows = [(digest, mentions) for iri, digest, mentions, built in self._db.execute(
            "SELECT iri, hash, mentions, key IS NULL FROM record WHERE state='private'")
            if built or mentions or Kind.of(iri) not in _WITHHELD_KINDS]
        return {digest for digest, _ in rows} | {bytes.fromhex(m.partition("|")[2]) for _, one in rows for m in one.split()}

    def search(self, sought: Sought, chosen: Sequence[tuple[str, Sequence[str]]], page: int, size: int, order: str,
               dimensions: Sequence[str]) -> Hits:
        """Search living datasets by words and by facet values (AND between dimensions, OR within).

        Counted are the values of `dimensions` that the datasets found have.
        """
        start = (page - 1) * size
        if not any(sought) and not chosen:
            return Hits(self.counts.get("dataset", 0), self._records(self._ordered(order, None, start, size)),
                        self.selections.counts(dimensions))
        found = Selection(None, list(self.words.matching(sought))) if any(sought) else None
        for dimension, values in chosen:
            having = self.selections.any(dimension, values)
            found = having if found is None else found & having
        assert found is not None  # noqa: S101 - one of the two was given
        if not sought.expression or order != "relevance":
            ids = self._ordered(order, found, start, size)
        elif chosen:
            ids = list(islice((number for number in self.words.in_order(sought) if number in found), start, start + size))
        else:
            ids = self.words.best(sought, size, start)
        return Hits(len(found), self._records(ids), self.selections.within(found, dimensions))

    @cached_property
    def selections(self) -> Selections:
        """The records that have each value of a facet, counted when the release was made."""
        return Selections.read(self._db)

    def _ordered(self, order: str, found: Selection | None, start: int, size: int) -> list[int]:
        """Return a page of the ids of living datasets (of those that were found), read in an order that the index has."""
        by = ORDERS["modified" if order == "relevance" else order]
        listed = f"SELECT record.id FROM record WHERE record.kind='dataset' AND record.state='live' ORDER BY {by}"  # noqa: S608
        if found is None:
            return [number for number, in self._db.execute(f"{listed} LIMIT ? OFFSET ?", (size, start))]
        if len(found) < _FEW:
            listed = f"SELECT record.id FROM record WHERE record.id IN {AMONG} ORDER BY {by}"  # noqa: S608 - constants
            return [number for number, in self._db.execute(f"{listed} LIMIT ? OFFSET ?", (among(found.ids()), size, start))]
        flags = found.flags.ljust(self._highest + 1, b"\0")
        return list(islice((number for number, in self._db.execute(listed) if flags[number]), start, start + size))

    @cached_property
    def _highest(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()[0])

    def _records(self, ids: Sequence[int]) -> list[Record]:
        """Return records by their ids, in the order of these."""
        rows = self._db.execute(f"SELECT {_COLUMNS}, record.id FROM record WHERE record.id IN {AMONG}", (among(ids),))  # noqa: S608
        found = {row[-1]: _record(row) for row in rows}
        return [found[number] for number in ids]

    def values(self, dimension: str) -> frozenset[str]:
        """Return the values records have in a dimension."""
        return self.selections.values(dimension)

    def page(self, kind: str, number: int, size: int) -> list[Record]:
        """Return one page of the living records of a kind, in the order they came in."""
        rows = self._db.execute("SELECT id FROM record WHERE kind=? AND state='live' ORDER BY id LIMIT ? OFFSET ?",
                                (kind, size, (max(1, number) - 1) * size))
        return self._records([one for one, in rows])

    def dates(self, kind: str, number: int, size: int) -> list[tuple[str, str]]:
        """Return (IRI, ISO time of its last change) of one page of the living records of a kind, in the order they came in."""
        return self._db.execute(
            "SELECT iri, changed FROM record WHERE id IN (SELECT id FROM record WHERE kind=? AND state='live' ORDER BY id"
            " LIMIT ? OFFSET ?) ORDER BY id", (kind, size, (max(1, number) - 1) * size)).fetchall()

    def titles(self, kind: str) -> list[tuple[int, str, str, str]]:
        """Return (id, IRI, title, English title) of the living records of a kind, in the order they came in."""
        return self._db.execute("SELECT id, iri, title, title_en FROM record WHERE kind=? AND state='live' ORDER BY id",
                                (kind,)).fetchall()

    def measured(self) -> list[tuple[str, str]]:
        """Return (IRI of its quality document, latest day and open datasets then) of each measured organisation."""
        return self._db.execute("SELECT record.iri, facet.value FROM facet JOIN record ON record.id = facet.record"
                                " WHERE dimension=? AND record.state='live'", (MEASURED,)).fetchall()

    def standings(self) -> list[tuple[str, str]]:
        """Return (IRI of its quality document, line of `catalog.summaries.standings`) of each measured organisation."""
        return self._db.execute("SELECT record.iri, facet.value FROM facet JOIN record ON record.id = facet.record"
                                " WHERE dimension=? AND record.state='live'", (STANDING,)).fetchall()

    def some(self, ids: Sequence[int]) -> list[Record]:
        """Return records by their ids, in the order of these."""
        return self._records(ids)

    def modified(self, first: str, end: str, most: int) -> tuple[int, list[Record]]:
        """Return how many living datasets state a last change from day `first` on and before day `end`, and the last of them."""
        where = "FROM record WHERE kind='dataset' AND state='live' AND modified >= ? AND modified < ?"
        rows = self._db.execute(f"SELECT id {where} ORDER BY modified DESC, id LIMIT ?", (first, end, most))
        ids = [number for number, in rows]
        return self._db.execute(f"SELECT count(*) {where}", (first, end)).fetchone()[0], self._records(ids)

    def since(self) -> str:
        """Return when the first input of those that are known was published (ISO time), "" where none is."""
        return str(self._db.execute("SELECT coalesce(min(published), '') FROM input").fetchone()[0])

    def under(self, prefix: str) -> Iterator[Record]:
        """Yield every served record whose IRI begins with `prefix`, in the order of IRIs."""
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM record WHERE iri >= ? AND iri < ? AND {_SERVED} ORDER BY iri",  # noqa: S608
                                (prefix, prefix + "\U0010ffff"))
        return map(_record, rows)

    def names(self, kind: str) -> Iterator[tuple[str, str, str, bool]]:
        """Yield (IRI, title, publisher's name, whether it is in a series) of the living records of a kind."""
        rows = self._db.execute(
            "SELECT record.iri, record.title, coalesce(p.title, ''),"
            " EXISTS (SELECT 1 FROM facet WHERE facet.record = record.id AND dimension = 'series')"
            " FROM record LEFT JOIN record p ON p.iri = record.publisher"
            " WHERE record.kind=? AND record.state='live' ORDER BY record.iri", (kind,))
        for iri, title, publisher, placed in rows:
            yield iri, title, publisher, bool(placed)

    def hanging(self, dimension: str, iri: str, most: int) -> tuple[int, list[Record]]:
        """Return how many living records have `iri` as a value of a dimension, and the first of them by IRI."""
        where = "FROM facet JOIN record ON record.id = facet.record WHERE dimension=? AND value=? AND record.state='live'"
        rows = self._db.execute(f"SELECT {_COLUMNS} {where} ORDER BY record.iri LIMIT ?", (dimension, iri, most)).fetchall()
        total = len(rows) if len(rows) < most else self._db.execute(f"SELECT count(*) {where}", (dimension, iri)).fetchone()[0]
        return total, [_record(row) for row in rows]

    def carrying(self, dimension: str, value: str) -> frozenset[str]:
        """Return the living records that have a value in a dimension; of a publisher or a source those taken down, too."""
        if dimension in ("publisher", "source"):
            return frozenset(iri for iri, in self._db.execute(
                f"SELECT iri FROM record WHERE {dimension}=? AND {_SERVED}", (value,)))  # noqa: S608 - constants
        rows = self._db.execute("SELECT record.iri FROM facet JOIN record ON record.id = facet.record"
                                " WHERE dimension=? AND value=? AND record.state='live'", (dimension, value))
        return frozenset(iri for iri, in rows)

    def place(self, iri: str) -> RecordOrigin | None:
        """Return where a living record came from, None where there is none."""
        row = self._db.execute("SELECT key, source, sheet, row FROM record WHERE iri=? AND state='live'", (iri,)).fetchone()
        return RecordOrigin._make(row) if row else None

    @cached_property
    def counts(self) -> dict[str, int]:
        """Living records by kind, tombstones as "gone", and datasets by "faults.SEVERITY" and "state.CODE"."""
        found = dict(self._db.execute("SELECT kind, count(*) FROM record WHERE state='live' GROUP BY kind"))
        found["gone"] = self._db.execute("SELECT count(*) FROM record WHERE state='gone'").fetchone()[0]
        for _, value, count in self.selections.counts(("faults",)):
            found[f"faults.{value}"] = count
        for _, value, count in self.selections.counts(("state",)):
            found[f"state.{value.rpartition('/')[2]}"] = count
        return found

    def state(self, iri: str) -> str:
        """Return the IRI of a living dataset's state, "" where its record states none."""
        row = self._db.execute("SELECT value FROM facet JOIN record ON record.id = facet.record"
                               " WHERE record.iri=? AND dimension='state'", (iri,)).fetchone()
        return row[0] if row else ""

    def sources(self) -> list[dict[str, Any]]:
        """Return the sources: name, form, the time of the last input, and how many inputs there are."""
        rows = self._db.execute(
            "SELECT source, form, max(published), count(*) FROM input GROUP BY source, form ORDER BY min(id)")
        return [{"source": s, "form": f, "published": p, "inputs": n} for s, f, p, n in rows]

    def of_source(self, source: str) -> tuple[dict[str, int], list[tuple[str, int]]]:
        """Return of a source's records how many of each kind are living, with those taken down as "gone", and how many have a
        fault by each rule, the most frequent first."""
        kinds = dict(self._db.execute(
            "SELECT CASE state WHEN 'gone' THEN 'gone' ELSE kind END AS what, count(*) FROM record"
            " WHERE source=? AND state IN ('live', 'gone') GROUP BY what ORDER BY what", (source,)))
        rules = self._db.execute(
            "SELECT value, count(*) FROM record JOIN facet ON facet.record = record.id AND dimension = 'rule'"
            " WHERE source=? AND state='live' GROUP BY value ORDER BY count(*) DESC, value", (source,)).fetchall()
        return kinds, rules

    def parts(self) -> list[tuple[str, int]]:
        """Return the dump's parts in their order: key, size in bytes."""
        return self._db.execute("SELECT key, size FROM part ORDER BY number").fetchall()

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Folded term -> original spelling, for the terms the catalogue spells in exactly one way."""
        return dict(self._db.execute(
            "SELECT folded, min(original) FROM spelling GROUP BY folded HAVING count(*) = 1 AND min(original) != folded"))


def _record(row: Sequence[Any]) -> Record:
    """Return the record of a row of `_COLUMNS`."""
    return Record(
        iri=row[0], kind=row[1], source=row[2], hash=row[3].hex(), state=row[4], title=row[5], title_en=row[6],
        description=row[7], publisher=row[8], publisher_name=row[16] or "", modified=row[9], issued=row[10],
        formats=tuple(json.loads(row[11])), badge=row[12], violations=row[13], warnings=row[14],
        changed=datetime.fromisoformat(row[15]), standing=row[17] or "", publisher_name_en=row[18] or "",
    )
