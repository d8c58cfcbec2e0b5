"""The archive: documents by hash in one append-only SQLite file, and what is known of rows already mapped.

A row's outcome is kept under its reuse key (see `work.row_key`): the same row under the same form, code lists, rules and engine
is never mapped or validated again, whichever release it is in.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from odlinked.catalog.keeping import quality_documents
from odlinked.catalog.keeping.connections import small
from odlinked.documents import Codec, Document
from odlinked.errors import WorkspaceError
from odlinked.findings import Fault

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outcome(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS measured(key BLOB PRIMARY KEY, hash BLOB NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL,
    facts BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS summed(key BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS common(name BLOB PRIMARY KEY, said BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passed(raw BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passed_run(raw BLOB PRIMARY KEY, keys BLOB NOT NULL) WITHOUT ROWID;
"""
_DICTIONARY_BYTES = 32_000
_BATCH = 500
_KEY = 20
"""Bytes of a reuse key of a row."""


class RowDocument(NamedTuple):
    """A document a row made: its IRI, hash, and whether other rows make it too (an organisation)."""

    iri: str
    hash: bytes
    shared: bool


class RowOutcome(NamedTuple):
    """The result of a row: its documents, node -> list member, whether it takes its record down, its faults, its standing.

    `standing` is "deferred" (not approved yet), "withheld", "restricted" (on request), "internal" (its form is) or "".
    """

    made: tuple[RowDocument, ...]
    members: dict[str, int]
    withdrawn: bool
    faults: tuple[Fault, ...]
    standing: str = ""

    def dump(self) -> bytes:
        """Return the outcome as JSON bytes."""
        return json.dumps(
            [[(m.iri, m.hash.hex(), m.shared) for m in self.made], self.members, self.withdrawn,
             [fault.stored() for fault in self.faults], self.standing],
            ensure_ascii=False, separators=(",", ":"),
        ).encode()

    @classmethod
    def load(cls, body: bytes) -> RowOutcome:
        """Read what `dump` wrote."""
        made, members, withdrawn, faults, *standing = json.loads(body)
        return cls(tuple(RowDocument(iri, bytes.fromhex(digest), shared) for iri, digest, shared in made), members,
                   withdrawn, tuple(map(Fault.of_stored, faults)), *standing)


class Measurement(NamedTuple):
    """The result of measuring a dataset: its reuse key, the quality document's hash, the ISO date it was measured as of and the
    last one on which it holds ("" for unlimited), and the facts that its organisation's measurement takes from it (N-Triples)."""

    key: bytes
    hash: bytes
    since: str
    until: str
    facts: bytes


def shared_lines(texts: Sequence[bytes]) -> list[bytes]:
    """Return what the lines of many texts have in common: predicate and object where a quarter of the texts has both, else only
    the predicate; rare ones first, since the end of a packing dictionary is the cheapest to refer to."""
    whole: Counter[bytes] = Counter()
    predicates: Counter[bytes] = Counter()
    for text in texts:
        tails = {line.split(b" ", 1)[1] for line in text.split(b"\n") if line}
        whole.update(tails)
        predicates.update({tail.split(b" ", 1)[0] for tail in tails})
    least = max(3, len(texts) // 4)
    lines = [b" " + predicate + b" \"" for predicate, count in reversed(predicates.most_common()) if count >= 2]
    return lines + [b" " + tail + b"\n" for tail, count in reversed(whole.most_common()) if count >= least]


def _read_only(path: Path) -> sqlite3.Connection:
    """Open an archive for reading, also where no file may be written next to it.

    SQLite writes there for a file in WAL mode; one whose log is already merged into it can be read as it is.
    """
    db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
    try:
        db.execute("SELECT 1 FROM meta").fetchone()
    except sqlite3.OperationalError:
        db.close()
        log = path.with_name(path.name + "-wal")
        if os.access(path.parent, os.W_OK) or not path.is_file() or (log.exists() and log.stat().st_size):
            raise
        db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        db.execute("SELECT 1 FROM meta").fetchone()
    return small(db)


class Archive:
    """The archive at `path`; `write` opens (and creates) it for the one publisher, otherwise it is read only.

    `common` holds what is said of measurements that datasets have in common, by name, once it is read. A name is made of what is
    said, so that archives of the same file, one for each thread, may share it.
    """

    def __init__(self, path: Path, *, write: bool = False, common: dict[bytes, bytes] | None = None) -> None:
        self.path = path
        if write:
            self.db = sqlite3.connect(path, check_same_thread=False)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL")
            self.db.executescript(_SCHEMA)
        else:
            try:
                self.db = _read_only(path)
            except sqlite3.OperationalError as problem:
                raise WorkspaceError(f"the archive of documents cannot be opened ({problem})", doing="reading", on=str(path),
                                     next_step="Put it back from a copy, or publish the files again") from problem
        self._common: dict[bytes, bytes] = {} if common is None else common
        row = self.db.execute("SELECT value FROM meta WHERE key='dictionary'").fetchone()
        self.codec = Codec(row[0] if row else b"")
        self._is_chosen = row is not None

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @property
    def has_dictionary(self) -> bool:
        """Whether the packing dictionary is chosen: once, before the first document is stored; it may be empty."""
        return self._is_chosen

    def choose_dictionary(self, samples: Iterable[bytes]) -> None:
        """Choose the packing dictionary from sample texts; it is part of the stored form and never changes after.

        It outlives every document, so it contains nothing of a single one: see `shared_lines`.
        """
        text = b"".join(shared_lines(list(samples)))[-_DICTIONARY_BYTES:]
        with self.db:
            self.db.execute("INSERT INTO meta VALUES('dictionary', ?)", (text,))
        self.codec, self._is_chosen = Codec(text), True

    def add(self, packed: Iterable[tuple[bytes, bytes]], outcomes: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Store (hash, packed text) pairs and (key, packed outcome) pairs in one transaction."""
        with self.db:
            self.db.executemany("INSERT OR IGNORE INTO document(hash, body) VALUES(?, ?)", packed)
            self.db.executemany("INSERT OR REPLACE INTO outcome(key, body) VALUES(?, ?)", outcomes)

    def put(self, document: Document) -> None:
        """Store one document."""
        self.add([(document.hash, self.codec.pack(document.text))])

    def text(self, digest: bytes) -> bytes | None:
        """Return the text of the document with this hash, or None."""
        row = self.db.execute("SELECT body FROM document WHERE hash=?", (digest,)).fetchone()
        return self.codec.unpack(row[0]) if row else None

    def texts(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield (hash, text) of the documents found among `digests`, in no order."""
        for digest, body in self._chosen("SELECT hash, body FROM document WHERE hash IN", digests):
            yield digest, self.codec.unpack(body)

    def outcomes(self, keys: Sequence[bytes]) -> dict[bytes, RowOutcome]:
        """Return what is known of rows, by reuse key; without `members`, which take much memory where there are many."""
        rows = self._chosen("SELECT key, body FROM outcome WHERE key IN", keys)
        return {key: RowOutcome.load(self.codec.unpack(body))._replace(members={}) for key, body in rows}

    def outcome(self, key: bytes) -> RowOutcome | None:
        """Return all that is known of one row, by its reuse key."""
        row = self.db.execute("SELECT body FROM outcome WHERE key=?", (key,)).fetchone()
        return RowOutcome.load(self.codec.unpack(row[0])) if row else None

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return which of the reuse keys have an outcome."""
        return {key for (key,) in self._chosen("SELECT key FROM outcome WHERE key IN", keys)}

    def passed(self, raws: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return, by a hash of a row as it is read, the reuse key it had when it passed the gate."""
        return dict(self._chosen("SELECT raw, key FROM passed WHERE raw IN", raws))

    def add_passed(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep which reuse keys rows have: (hash of the row as it is read, key)."""
        with self.db:
            self.db.executemany("INSERT OR REPLACE INTO passed VALUES(?, ?)", rows)

    def passed_run(self, raw: bytes) -> list[bytes] | None:
        """Return the reuse keys that rows which follow each other had when they passed the gate, None where they did not.

        `raw` is a hash over all of them as they are read.
        """
        row = self.db.execute("SELECT keys FROM passed_run WHERE raw=?", (raw,)).fetchone()
        return [row[0][start:start + _KEY] for start in range(0, len(row[0]), _KEY)] if row else None

    def add_passed_run(self, raw: bytes, keys: Iterable[bytes]) -> None:
        """Keep which reuse keys rows have that follow each other."""
        with self.db:
            self.db.execute("INSERT OR REPLACE INTO passed_run VALUES(?, ?)", (raw, b"".join(keys)))

    def summed(self, key: bytes) -> list[Document] | None:
        """Return the documents that were measured together under a reuse key, None where not all of them are kept."""
        row = self.db.execute("SELECT body FROM summed WHERE key=?", (key,)).fetchone()
        listed = json.loads(row[0]) if row else []
        texts = dict(self.texts([bytes.fromhex(digest) for _, digest in listed]))
        found = [Document(iri, texts[digest]) for iri, text in listed if (digest := bytes.fromhex(text)) in texts]
        return found if row and len(found) == len(listed) else None

    def add_summed(self, keys: Iterable[bytes], documents: Iterable[Document]) -> None:
        """Keep under which keys documents were measured together; they are stored elsewhere."""
        body = json.dumps([(document.iri, document.hash.hex()) for document in documents])
        with self.db:
            self.db.executemany("INSERT OR REPLACE INTO summed VALUES(?, ?)", ((key, body) for key in keys))

    def add_measured(self, rows: Iterable[Measurement]) -> None:
        """Store measurements."""
        with self.db:
            self.db.executemany("INSERT OR REPLACE INTO measured VALUES(?, ?, ?, ?, ?)",
                                ((m.key, m.hash, m.since, m.until, self.codec.pack(m.facts)) for m in rows))

    def measured(self, keys: Sequence[bytes], day: str) -> dict[bytes, Measurement]:
        """Return, of the measurements with these keys, those that hold on the ISO date `day`."""
        rows = self._chosen("SELECT key, hash, since, until, facts FROM measured WHERE key IN", keys)
        return {key: Measurement(key, digest, since, until, self.codec.unpack(facts))
                for key, digest, since, until, facts in rows if since <= day and (not until or until >= day)}

    def all_measured(self) -> Iterator[Measurement]:
        """Yield everything that was measured."""
        rows = self.db.execute("SELECT key, hash, since, until, facts FROM measured ORDER BY key")
        for key, digest, since, until, facts in rows:
            yield Measurement(key, digest, since, until, self.codec.unpack(facts))

    def add_common(self, said: Mapping[bytes, bytes]) -> None:
        """Store what is said of measurements that datasets have in common, by names made of it."""
        with self.db:
            self.db.executemany("INSERT OR IGNORE INTO common VALUES(?, ?)", said.items())

    def common(self, names: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return by name what is said of measurements that datasets have in common; raise `WorkspaceError` for an unknown one."""
        wanted = list(names)
        if any(name not in self._common for name in wanted):
            self._common.update(self.db.execute("SELECT name, said FROM common"))
        try:
            return {name: self._common[name] for name in wanted}
        except KeyError as unknown:
            raise WorkspaceError("the archive lacks a measurement that datasets have in common", doing="reading",
                                 on=f"{self.path}, {unknown.args[0].decode()}",
                                 next_step="Put the archive back from a copy, or publish the files again") from unknown

    def whole(self, document: Document) -> Document:
        """Return the quality document of a dataset with what it leaves to the common one; any other document as it is."""
        return quality_documents.whole(document, self.common)

    def all_common(self) -> dict[bytes, bytes]:
        """Return all that is said of measurements that datasets have in common, by name."""
        return dict(self.db.execute("SELECT name, said FROM common"))

    def retain(self, hashes: set[bytes], keys: set[bytes]) -> int:
        """Remove documents and outcomes not named, give the space back, and return how many documents went.

        An outcome stays with its key; one whose documents are gone would be wrong, so it is removed too.
        """
        old = [(h,) for (h,) in self.db.execute("SELECT hash FROM document") if h not in hashes]
        stale = [(k,) for (k,) in self.db.execute("SELECT key FROM outcome") if k not in keys]
        with self.db:
            self.db.executemany("DELETE FROM document WHERE hash=?", old)
            self.db.executemany("DELETE FROM outcome WHERE key=?", stale)
            self.db.execute("DELETE FROM measured WHERE hash NOT IN (SELECT hash FROM document)")
            self.db.execute("DELETE FROM summed")
            self.db.execute("DELETE FROM passed WHERE key NOT IN (SELECT key FROM outcome)")
            self.db.execute("DELETE FROM passed_run")  # known row by row still
        if old or stale:
            self.db.execute("VACUUM")
        return len(old)

    def _chosen(self, select: str, keys: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            # All at once: a cursor that is left in the middle, as where the disk is full, would outlive its database.
            yield from self.db.execute(f"{select} ({','.join('?' * len(batch))})", batch).fetchall()
