"""The change log of a workspace: what each switch of the served release added, changed, took down and restored.

One SQLite file beside the releases, kept across them: every feed is a view of it (`catalog.log.changes` reads it). A *turn* is
one switch; what it tells is written before the switch and counts once its release is served, so that a kill at any moment leaves
no change untold and none told that was not made. A turn is written by comparing with what the log told last, whatever made the
release: a publish, a rollback, a purge.

Only what is served is in it: addresses, hashes, the publishing unit, and for a withdrawal the reason its tombstone states.
Records that are held back are never in it, and a purge takes what it erases out of it, see `forget`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from odlinked.catalog.index import ServedRecord, listed
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.kinds import Kind, measured_iri
from odlinked.namespaces import ODL
from odlinked.rdf.ntriples import triples

ADDED, CHANGED, WITHDRAWN, RESTORED = "added", "changed", "withdrawn", "restored"
"""What a change may be."""

PAGE: Final = 100
"""Changes a page of the log holds at most."""

KINDS: Final = (Kind.DATASET, Kind.SERIES, Kind.SERVICE, Kind.ORGANIZATION)
"""The kinds of record whose changes are told."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS turn(id INTEGER PRIMARY KEY, release TEXT NOT NULL, time TEXT NOT NULL UNIQUE,
    served INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS unit(id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS subject(id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS subject_member ON subject(id) WHERE kind <> 'organization';
CREATE TABLE IF NOT EXISTS event(id INTEGER PRIMARY KEY AUTOINCREMENT, turn INTEGER NOT NULL, subject INTEGER NOT NULL,
    what TEXT NOT NULL, hash BLOB, unit INTEGER, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_subject ON event(subject, id);
CREATE INDEX IF NOT EXISTS event_turn ON event(turn, id);
CREATE TABLE IF NOT EXISTS page(id INTEGER PRIMARY KEY, turn INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS page_first ON page(first);
CREATE TABLE IF NOT EXISTS judgement(id INTEGER PRIMARY KEY AUTOINCREMENT, turn INTEGER NOT NULL, subject INTEGER NOT NULL,
    before TEXT, after TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS judgement_subject ON judgement(subject, id);
"""
"""A row of `page` is what one turn told, or a part of it; `catalog.log.changes` joins small ones. A judgement is what the badge
and the visits of a dataset's files came to, "GRADE LINK", and what they were before (NULL: not known). Ids rise with time; those
of subjects are the places of records in feeds and never change."""


class _LastTold(NamedTuple):
    """What the log told last of a record."""

    subject: int
    hash: bytes | None
    is_gone: bool


def path_of(workspace: Workspace) -> Path:
    """Return the file of the log."""
    return workspace.root / "changes.sqlite"


@contextlib.contextmanager
def turning(workspace: Workspace, name: str, moment: datetime, touched: Collection[str] | None = None) -> Iterator[None]:
    """Write what the switch to release `name` at a moment (aware) changes, let it be made, and note that it was.

    `touched` are the IRIs of the documents in which it differs from the served one, where that is known: then only the records
    they are about are compared. A log that is begun in a workspace with releases first tells those that are kept, each at its
    time.
    """
    with contextlib.closing(_opened(path_of(workspace))) as db:
        current = workspace.current()
        with db:
            _undo_unserved(db, current)
            if current and not db.execute("SELECT 1 FROM turn").fetchone():
                for kept, made in _kept(workspace, current):
                    _append(db, workspace, kept, made, served=True)
            is_last = db.execute("SELECT release FROM turn ORDER BY id DESC LIMIT 1").fetchone() == (current,)
            _append(db, workspace, name, moment, touched if is_last else None, served=False)
        yield
        with db:
            db.execute("UPDATE turn SET served = 1")


def begin(db: sqlite3.Connection, records: Iterable[ServedRecord], name: str, made: datetime) -> None:
    """Write into an empty log a single turn: all that a release serves, without reasons."""
    db.executescript(SCHEMA)
    with db:
        _tell(db, records, name, made, None, served=True)


def served_at(workspace: Workspace, moment: datetime) -> str:
    """Return the name of the release that the last switch before a moment (aware) made the served one, "" where the log tells of
    none. It may be a release that is not kept any more."""
    path = path_of(workspace)
    if not path.is_file():
        return ""
    with contextlib.closing(sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True, timeout=30)) as db:
        found = db.execute("SELECT release FROM turn WHERE served AND time < ? ORDER BY id DESC LIMIT 1",
                           (_written(moment),)).fetchone()
    return str(found[0]) if found else ""


def follow(workspace: Workspace, name: str, moment: datetime) -> None:
    """Write what the served release `name` has and the log does not tell, if anything: for a purge that was stopped half way."""
    with contextlib.closing(_opened(path_of(workspace))) as db:
        _append(db, workspace, name, moment, served=True)
        if db.execute("SELECT 1 FROM event WHERE turn = (SELECT max(id) FROM turn)").fetchone():
            db.commit()


def forget(workspace: Workspace, iris: Collection[str]) -> None:
    """Take all there is of records that are being erased out of the log, before the switch to a release without them.

    The pages they were on get another address, so that nobody's copy of such a page is taken for it any more. That they are gone
    is told by the switch.
    """
    if not path_of(workspace).is_file():
        return
    with contextlib.closing(_opened(path_of(workspace))) as db:
        with db:
            for iri in iris:
                db.execute("UPDATE event SET unit = NULL WHERE unit IN (SELECT id FROM unit WHERE iri = ?)", (iri,))
                db.execute("DELETE FROM unit WHERE iri = ?", (iri,))
                for number, in db.execute("SELECT id FROM subject WHERE iri = ?", (iri,)).fetchall():
                    _forget(db, number)
        db.execute("VACUUM")


def _forget(db: sqlite3.Connection, number: int) -> None:
    for one, in db.execute("SELECT id FROM event WHERE subject = ?", (number,)).fetchall():
        (highest,) = db.execute("SELECT coalesce(max(id), 0) FROM page").fetchone()
        db.execute("UPDATE page SET id = ? WHERE ? BETWEEN first AND last", (highest + 1, one))
    for table in ("event", "judgement"):
        db.execute(f"DELETE FROM {table} WHERE subject = ?", (number,))  # noqa: S608 - constants
    db.execute("DELETE FROM subject WHERE id = ?", (number,))


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=60)
    db.execute("PRAGMA secure_delete=ON")
    db.execute("PRAGMA cache_size=-64000")
    db.executescript(SCHEMA)
    return db


def _undo_unserved(db: sqlite3.Connection, current: str | None) -> None:
    """Take the last turn back where its switch was never made: the process was killed between the two."""
    last = db.execute("SELECT id, release, served FROM turn ORDER BY id DESC LIMIT 1").fetchone()
    if last is None or last[2] or last[1] == current:
        return
    for table in ("event", "page", "judgement"):
        db.execute(f"DELETE FROM {table} WHERE turn = ?", (last[0],))  # noqa: S608 - constants
    db.execute("DELETE FROM subject WHERE id NOT IN (SELECT subject FROM event)")
    db.execute("DELETE FROM turn WHERE id = ?", (last[0],))


def _kept(workspace: Workspace, current: str) -> Iterator[tuple[str, datetime]]:
    """Yield name and time of the kept releases up to the served one that this version reads."""
    for name in workspace.names():
        if name <= current and workspace.is_readable(name):
            yield name, datetime.fromisoformat(workspace.manifest(name)["created"])


def _append(db: sqlite3.Connection, workspace: Workspace, name: str, moment: datetime, touched: Collection[str] | None = None, *,
            served: bool) -> None:
    # What was measured of a dataset has a document of its own.
    iris = None if touched is None else {*touched, *map(measured_iri, touched)}
    with contextlib.closing(Archive(workspace.documents)) as archive:
        _tell(db, listed(workspace.releases / name / "catalog.sqlite", KINDS, iris), name, moment, archive, iris, served=served)


def _tell(db: sqlite3.Connection, records: Iterable[ServedRecord], name: str, moment: datetime, archive: Archive | None,
          iris: Collection[str] | None = None, *, served: bool) -> None:
    """Write a turn: how the records of a release, with `iris` those among them, differ from what was told last."""
    turn = db.execute("INSERT INTO turn(release, time, served) VALUES(?, ?, ?)", (name, _after(db, moment), served)).lastrowid
    assert turn is not None  # noqa: S101 - an INSERT gives one
    told = {iri: _LastTold(number, digest, what == WITHDRAWN) for iri, number, digest, what, _ in _last(
        db, "SELECT s.iri, s.id, e.hash, e.what, max(e.id) FROM subject s JOIN event e ON e.subject = s.id", iris)}
    judged = {number: after for number, after, _ in _last(
        db, "SELECT j.subject, j.after, max(j.id) FROM subject s JOIN judgement j ON j.subject = s.id", iris)}
    units = dict(db.execute("SELECT iri, id FROM unit"))
    (subject,) = db.execute("SELECT coalesce(max(id), 0) FROM subject").fetchone()
    subjects: list[tuple[int, str, str]] = []
    events: list[tuple[int, int, str, bytes | None, int | None, str]] = []
    judgements: list[tuple[int, int, str | None, str]] = []
    for one in records:
        before = told.pop(one.iri, None)
        if before is None:
            subject += 1
            subjects.append((subject, one.iri, one.kind))
        number = before.subject if before else subject
        what = _what(before, one)
        if what:
            unit = units.setdefault(one.unit, len(units) + 1) if one.unit else None
            reason = _reason(archive, one) if one.is_gone and archive else ""
            events.append((turn, number, what, one.hash, unit, reason))
        if one.judged and one.judged != judged.get(number):
            judgements.append((turn, number, judged.get(number), one.judged))
    # What is not there at all any more, as after a rollback, left no tombstone.
    events += [(turn, one.subject, WITHDRAWN, None, None, "") for one in told.values() if not one.is_gone]
    db.executemany("INSERT OR IGNORE INTO unit(iri, id) VALUES(?, ?)", units.items())
    db.executemany("INSERT INTO subject VALUES(?, ?, ?)", subjects)
    # A number that was given once is never given again: clients know changes by them.
    (first,) = db.execute("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'event'").fetchone()
    db.executemany("INSERT INTO event(turn, subject, what, hash, unit, reason) VALUES(?, ?, ?, ?, ?, ?)", events)
    end = first + len(events)
    db.executemany("INSERT INTO page(turn, first, last) VALUES(?, ?, ?)",
                   ((turn, start, min(start + PAGE, end) - 1) for start in range(first, end, PAGE)))
    db.executemany("INSERT INTO judgement(turn, subject, before, after) VALUES(?, ?, ?, ?)", judgements)


def _last(db: sqlite3.Connection, asked: str, iris: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    """Yield what was told last of each subject `s`, with `iris` of those only."""
    if iris is None:
        yield from db.execute(f"{asked} GROUP BY s.id")
        return
    for iri in iris:
        yield from db.execute(f"{asked} WHERE s.iri = ? GROUP BY s.id", (iri,))


def _what(before: _LastTold | None, now: ServedRecord) -> str:
    """Return what happened to a record, "" for nothing."""
    if before is not None and before.is_gone == now.is_gone and before.hash == now.hash:
        return ""
    if now.is_gone:
        return WITHDRAWN
    return ADDED if before is None else RESTORED if before.is_gone else CHANGED


def _reason(archive: Archive, one: ServedRecord) -> str:
    """Return why a record was taken down, as its tombstone states it; the Chinese one where it is stated in both languages."""
    found = [term for subject, predicate, term in triples(archive.text(one.hash) or b"")
             if subject == one.iri and predicate == ODL + "withdrawalReason"]
    return min(found, key=lambda term: term.language.startswith("en")).value if found else ""


def _after(db: sqlite3.Connection, moment: datetime) -> str:
    """Return the time of a turn (UTC, to the millisecond), later than that of every turn before: feeds are read by it."""
    (last,) = db.execute("SELECT coalesce(max(time), '') FROM turn").fetchone()
    made = moment.astimezone(UTC)
    if last:
        made = max(made, datetime.fromisoformat(last) + timedelta(milliseconds=1))
    return _written(made)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
