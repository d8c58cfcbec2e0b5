"""Reading the change log: places of records that never move, changes by page and since a time. Safe for threads.

A view is of the log as it stood when a release began to be served: what is written for the next one does not count before that
is served. A workspace that has no log yet (nothing was published into it since there is one) is read as if its present release
had been the first: nothing is known of before, nothing of it is written.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from odlinked.catalog.index import listed
from odlinked.catalog.keeping.connections import small
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.log import changelog
from odlinked.catalog.log.changelog import KINDS, PAGE, WITHDRAWN

_COLUMNS: Final = ("e.id, s.id, s.iri, s.kind, e.what, t.time, e.hash, coalesce(u.iri, ''), e.reason FROM event e"
                   " JOIN subject s ON s.id = e.subject JOIN turn t ON t.id = e.turn LEFT JOIN unit u ON u.id = e.unit")


JOINED: Final = 16
"""Changes from which a page takes no others: with fewer, the last page is still open. A follower of small changes asks for one
page in so many changes; until then they stand in the answer that lists the pages."""


class LoggedChange(NamedTuple):
    """A change: its number, the place of its record in feeds, IRI and kind of the record, what happened (`changelog`), when
    (UTC), the hash of its document (None: it has none any more), its unit's IRI and the reason of a withdrawal ("": none)."""

    number: int
    place: int
    iri: str
    kind: str
    what: str
    time: str
    hash: bytes | None
    unit: str
    reason: str


class Place(NamedTuple):
    """The place of a record in feeds: places are given in the order records first come, and never change."""

    number: int
    iri: str
    is_living: bool


class LogPage(NamedTuple):
    """A page of the log: the name it is addressed by, the times (UTC) of its first and last change, and their numbers. What a
    name stands for never changes."""

    name: str
    time: str
    until: str
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many changes it had when it was complete; a purge may have taken some out."""
        return self.last - self.first + 1


class _TurnPart(NamedTuple):
    """What one turn told, or a part of it: an id, the time (UTC), and the numbers of its first and last change."""

    id: int
    time: str
    first: int
    last: int


class Judged(NamedTuple):
    """A change of what the evidence of a dataset came to: (badge, visits of its files) before and after, "" for not known."""

    number: int
    iri: str
    time: str
    before: tuple[str, str]
    after: tuple[str, str]


class ChangeView:
    """The log of `workspace` as of the release `name`, which was made at `made`."""

    def __init__(self, workspace: Workspace, name: str, made: datetime) -> None:
        self._path, self._local, self._memory = changelog.path_of(workspace), threading.local(), None
        turn = self._turn(name) if self._path.is_file() else None
        self.is_kept = turn is not None
        if turn is None:
            # The connection is shared by the threads: SQLite takes their turns.
            self._memory = sqlite3.connect(":memory:", check_same_thread=False)
            changelog.begin(self._memory, listed(workspace.releases / name / "catalog.sqlite", KINDS), name, made)
            turn = self._turn(name)
        self.turn = turn or 0
        (self.end,) = self._db.execute("SELECT coalesce(max(id), 0) FROM event WHERE turn <= ?", (self.turn,)).fetchone()

    def _turn(self, name: str) -> int | None:
        (found,) = self._db.execute("SELECT max(id) FROM turn WHERE release = ?", (name,)).fetchone()
        return None if found is None else int(found)

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = self._memory or getattr(self._local, "db", None)
        if db is None:
            db = _read(self._path)
            self._local.db = db
        return db

    def time(self) -> str:
        """Return when something was changed last (UTC), "" where nothing ever was."""
        (found,) = self._db.execute("SELECT coalesce(max(time), '') FROM turn WHERE id = (SELECT turn FROM event WHERE id = ?)",
                                    (self.end,)).fetchone()
        return str(found)

    def count(self) -> int:
        """Return how many places there are for datasets, series and services, those that were taken down too."""
        (found,) = self._db.execute("SELECT count(*) FROM subject WHERE kind <> 'organization' AND id <="
                                    " (SELECT coalesce(max(subject), 0) FROM event WHERE id <= ?)", (self.end,)).fetchone()
        return int(found)

    def listing(self, start: int, size: int) -> list[LoggedChange]:
        """Return the last change of the datasets, series and services at some places, in the order they first came."""
        rows = self._db.execute("SELECT id FROM subject WHERE kind <> 'organization' ORDER BY id LIMIT ? OFFSET ?", (size, start))
        return self.at([number for number, in rows])

    def places(self) -> list[Place]:
        """Return the places of all datasets, series and services."""
        return self._places(0)

    def at(self, places: Sequence[int]) -> list[LoggedChange]:
        """Return the last change of the records at some places, in the order of these."""
        return list(self._each(places))

    def of(self, iri: str) -> LoggedChange | None:
        """Return the last change of a record."""
        row = self._db.execute("SELECT id FROM subject WHERE iri = ?", (iri,)).fetchone()
        found = self.at([row[0]]) if row else []
        return found[0] if found else None

    def began(self, iri: str) -> str:
        """Return when a record was first told of (UTC), "" where it never was."""
        row = self._db.execute("SELECT min(t.time) FROM event e JOIN turn t ON t.id = e.turn WHERE e.subject ="
                               " (SELECT id FROM subject WHERE iri = ?)", (iri,)).fetchone()
        return row[0] or ""

    def since(self, moment: datetime) -> list[Place]:
        """Return the places of the datasets, series and services that changed at a moment (aware) or after it."""
        # The log counts in milliseconds: what is past one of them is the next.
        whole = moment.astimezone(UTC) + timedelta(microseconds=-moment.microsecond % 1_000)
        time = whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        (first,) = self._db.execute("SELECT min(e.id) FROM event e WHERE e.turn = (SELECT min(t.id) FROM turn t WHERE t.time >= ?"
                                    " AND EXISTS (SELECT 1 FROM event WHERE turn = t.id))", (time,)).fetchone()
        return self._places(first) if first else []

    def _places(self, first: int) -> list[Place]:
        """Return the places of records by the last of their changes, where that is number `first` or a later one."""
        rows = self._db.execute(
            "SELECT s.id, s.iri, e.what, max(e.id) FROM event e JOIN subject s ON s.id = e.subject"
            " WHERE s.kind <> 'organization' AND e.id BETWEEN ? AND ? GROUP BY e.subject ORDER BY e.subject", (first, self.end))
        return [Place(number, iri, what != WITHDRAWN) for number, iri, what, _ in rows]

    def by_time(self) -> list[str]:
        """Return the datasets, series and services in the order of their last changes, the earliest first."""
        rows = self._db.execute(
            "SELECT s.iri, max(e.id) FROM event e JOIN subject s ON s.id = e.subject WHERE s.kind <> 'organization' AND e.id <= ?"
            " GROUP BY e.subject ORDER BY 2", (self.end,))
        return [iri for iri, _ in rows]

    def pages(self) -> tuple[list[LogPage], LogPage | None]:
        """Return the complete pages of the log, oldest first, and the one that later changes still join.

        Where pages end follows from the changes up to each alone, so that a page is the same in every view that has it.
        """
        rows = self._db.execute("SELECT p.id, t.time, p.first, p.last FROM page p JOIN turn t ON t.id = p.turn"
                                " WHERE p.turn <= ? ORDER BY p.first", (self.turn,))
        found = list(_joined(_TurnPart._make(row) for row in rows))
        return (found, None) if not found or found[-1].size >= JOINED else (found[:-1], found[-1])

    def page(self, name: str) -> list[LoggedChange] | None:
        """Return the changes of a page in their order, None where there is none of this name."""
        if name.isdecimal():
            # What one turn told keeps its address where it has become part of a larger page.
            row = self._db.execute("SELECT first, last FROM page WHERE id = CAST(? AS INTEGER) AND turn <= ?",
                                   (name, self.turn)).fetchone()
        else:
            row = next(((page.first, page.last) for page in self.pages()[0] if page.name == name), None)
        return None if row is None else self.between(*row)

    def between(self, first: int, last: int) -> list[LoggedChange]:
        """Return the changes from one number to another, in their order."""
        return [LoggedChange._make(one) for one in
                self._db.execute(f"SELECT {_COLUMNS} WHERE e.id BETWEEN ? AND ? ORDER BY e.id", (first, last))]

    def recent(self, most: int, kinds: Collection[str] = KINDS, among: Collection[str] | None = None) -> list[LoggedChange]:
        """Return the last changes of records of some kinds, newest first; `among` are the IRIs of those that count."""
        within, given = _among(among)
        rows = self._db.execute(
            f"SELECT {_COLUMNS} WHERE e.id <= ? AND s.kind IN (SELECT value FROM json_each(?)){within}"  # noqa: S608 - constants
            " ORDER BY e.id DESC LIMIT ?", (self.end, json.dumps([*kinds]), *given, most))
        return [LoggedChange._make(one) for one in rows]

    def judged(self, most: int, among: Collection[str] | None = None) -> list[Judged]:
        """Return the last changes of badges and of what visits came to, newest first; `among` as in `recent`."""
        within, given = _among(among)
        rows = self._db.execute(
            "SELECT j.id, s.iri, t.time, j.before, j.after FROM judgement j JOIN subject s ON s.id = j.subject"  # noqa: S608
            f" JOIN turn t ON t.id = j.turn WHERE j.turn <= ? AND j.before IS NOT NULL{within} ORDER BY j.id DESC LIMIT ?",
            (self.turn, *given, most))
        return [Judged(number, iri, time, _parts(before), _parts(after)) for number, iri, time, before, after in rows]

    def _each(self, places: Sequence[int]) -> Iterator[LoggedChange]:
        for place in places:
            row = self._db.execute(f"SELECT {_COLUMNS} WHERE e.subject = ? AND e.id <= ? ORDER BY e.id DESC LIMIT 1",
                                   (place, self.end)).fetchone()
            if row is not None:
                yield LoggedChange._make(row)


def _joined(parts: Iterable[_TurnPart]) -> Iterator[LogPage]:
    """Yield pages: turns that told little are joined until a page has `JOINED` changes, or the next one does not fit into it."""
    page = list[_TurnPart]()
    for part in parts:
        if page and ((whole := _page(page)).size >= JOINED or part.last - whole.first >= PAGE):
            yield whole
            page = []
        page.append(part)
    if page:
        yield _page(page)


def _page(parts: Sequence[_TurnPart]) -> LogPage:
    ids = [part.id for part in parts]
    # A purge gives the parts that it touches new ids, higher than all others.
    name = str(ids[0]) if len(ids) == 1 else f"{min(ids)}-{max(ids)}"
    return LogPage(name, parts[0].time, parts[-1].time, parts[0].first, parts[-1].last)


def is_living(change: LoggedChange) -> bool:
    """Whether a record is still there after a change."""
    return change.what != WITHDRAWN


def _among(iris: Collection[str] | None) -> tuple[str, tuple[str, ...]]:
    """Return the condition that a subject is among some, and its parameter."""
    return ("", ()) if iris is None else (" AND s.iri IN (SELECT value FROM json_each(?))", (json.dumps([*iris]),))


def _parts(judged: str) -> tuple[str, str]:
    grade, _, link = judged.partition(" ")
    return grade, link


def _read(path: Path) -> sqlite3.Connection:
    """Open the log for reading, also where no file may be written next to it."""
    db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False, timeout=30)
    with closing(db.execute("SELECT 1 FROM turn")) as found:
        found.fetchone()
    return small(db)
