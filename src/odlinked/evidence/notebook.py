"""The notebook: the last observation of each distribution, when its state changed, and which run is in progress.

An SQLite file in the workspace (`evidence.sqlite`). It is written by one run at a time (flock) and read by any process. A run
commits about once a second: a kill at any moment loses at most that, and the next run goes on from there.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from odlinked import ownership
from odlinked.clock import UNIVERSAL, Clock
from odlinked.errors import WorkspaceError
from odlinked.evidence import json
from odlinked.evidence.observation import Observation

FILE = "evidence.sqlite"
FORMAT = 1
"""The number of the stored form."""

_COMMIT_SECONDS = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS observation(distribution TEXT PRIMARY KEY, host TEXT NOT NULL, kept INTEGER NOT NULL,
    answer TEXT NOT NULL, record BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS observation_by_time ON observation(kept);
CREATE TABLE IF NOT EXISTS history(distribution TEXT NOT NULL, ended INTEGER NOT NULL, answer TEXT NOT NULL, status INTEGER,
    format TEXT, sha256 BLOB);
CREATE INDEX IF NOT EXISTS history_by_distribution ON history(distribution, ended);
CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, scope TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER);
"""

_WORDS = (
    b'{"distribution":"/id/dataset/#distribution-","answer":"https://w3id.org/odlinked/code/answer/answered","ended":"'
    b'2026-01-01T00:00:00+00:00","seen":{"delivery":"https://w3id.org/odlinked/code/delivery/direct","format":"http://'
    b'publications.europa.eu/resource/authority/file-type/CSV","encoding":"https://w3id.org/odlinked/code/character-encoding/'
    b'utf-8","byte_order_mark":false,"fields":[""],"missing_fields":[],"undescribed_fields":[],"record_count":1,"byte_size":1,'
    b'"sha256":"0","complete":true},"status":200,"final_url":"https://","last_modified":"2026-01-01T00:00:00+00:00","since":"'
    b'2026-01-01T00:00:00+00:00","changed":"2026-01-01T00:00:00+00:00","etag":"\\"","modified_header":" 2026 00:00:00 GMT",'
    b'"content_sha256":"0","basis":"0"}'
)
"""What records begin with: it makes them a third as long. It is part of the stored form: with a change of it, change `FORMAT`."""


def stamp(root: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes with every observation in the notebook of a workspace: size and time of change (ns) of its files.

    Zeros stand for a file that is missing or empty: reading alone leaves an empty log.
    """
    found = []
    for end in ("", "-wal"):
        try:
            state = (root / f"{FILE}{end}").stat()
        except FileNotFoundError:
            found.append((0, 0))
        else:
            found.append((state.st_size, state.st_mtime_ns) if state.st_size else (0, 0))
    return tuple(found)


class StateChange(NamedTuple):
    """A new state of a distribution: when, the answer, the status, the format and the first 8 bytes of the checksum."""

    ended: datetime
    answer: str
    status: int | None
    format: str | None
    sha256: str


class Notebook:
    """The notebook at `path`. May be used from several threads; each call is short."""

    def __init__(self, path: Path, read_only: bool = False, clock: Clock = UNIVERSAL) -> None:
        self.path, self.clock = path, clock
        self._lock = threading.Lock()
        self._written = time.monotonic()
        try:
            if path.is_symlink():
                raise WorkspaceError("it is a symbolic link, which leads out of the workspace", doing="opening the notebook",
                                     on=str(path), next_step="Put the file itself there")
            if not read_only:
                with ownership.private():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    # SQLite creates its other files with the permissions of this one.
                    os.close(ownership.opener(str(path), os.O_RDWR | os.O_CREAT))
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}", uri=True,
                                       check_same_thread=False, isolation_level=None, timeout=30)
            number = self._db.execute("PRAGMA user_version").fetchone()[0]
            if number not in (0, FORMAT):
                raise WorkspaceError(f"its form {number} is unknown here", doing="opening the notebook", on=str(path),
                                     next_step="Use the odlinked that wrote it, or move the file away and check again")
            if not read_only:
                ownership.tighten(path)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.executescript(_SCHEMA)
                self._db.execute(f"PRAGMA user_version = {FORMAT}")
        except (sqlite3.Error, OSError) as problem:
            raise WorkspaceError(f"its database fails ({problem})", doing="opening the notebook", on=str(path)) from problem

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._db.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let only this process write; raise `WorkspaceError` at once where another one does."""
        with open(self.path.with_suffix(".lock"), "a", opener=ownership.opener) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkspaceError("another check is at work", doing="opening the notebook", on=str(self.path),
                                     next_step="Wait for it, or stop it: the next goes on where it ended") from None
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn an SQLite failure (a full disk) into an error that names the notebook."""
        try:
            yield
        except sqlite3.Error as problem:
            raise WorkspaceError(f"its database fails ({problem})", doing="writing the notebook", on=str(self.path),
                                 next_step="Make room, then run it again: it goes on where it ended") from problem

    def get(self, distribution: str) -> Observation | None:
        """Return the last observation of a distribution."""
        with self._lock:
            row = self._db.execute("SELECT record FROM observation WHERE distribution = ?", (distribution,)).fetchone()
        return _unpacked(row[0]) if row else None

    def facts(self, distributions: Iterable[str]) -> dict[str, Observation]:
        """Return the last observations of distributions, for those that have one."""
        found: dict[str, Observation] = {}
        for some in _batches(distributions):
            marks = ",".join("?" * len(some))
            with self._lock:
                rows = self._db.execute(f"SELECT record FROM observation WHERE distribution IN ({marks})",  # noqa: S608
                                        some).fetchall()
            for (record,) in rows:
                observed = _unpacked(record)
                found[observed.distribution] = observed
        return found

    def under(self, prefix: str) -> list[Observation]:
        """Return the last observations of the distributions whose IRI begins with `prefix`, in order."""
        with self._lock:
            rows = self._db.execute("SELECT record FROM observation WHERE distribution >= ? AND distribution < ?"
                                    " ORDER BY distribution",
                                    (prefix, prefix + "\U0010ffff")).fetchall()
        return [_unpacked(record) for (record,) in rows]

    def times(self) -> Iterator[tuple[str, int]]:
        """Yield (distribution, when its last observation was stored) of all, in the order of distributions."""
        with self._lock:
            yield from self._db.execute("SELECT distribution, kept FROM observation ORDER BY distribution")

    def observed_at(self, distribution: str) -> datetime | None:
        """Return when the last observation of a distribution was stored, to the millisecond."""
        with self._lock:
            row = self._db.execute("SELECT kept FROM observation WHERE distribution = ?", (distribution,)).fetchone()
        return _moment(row[0] / 1_000) if row else None

    def put(self, observed: Observation, host: str) -> None:
        """Store an observation in place of the one before; note it in the history where the state is another."""
        ended, content = int(observed.ended.timestamp()), observed.content
        record = _packed(observed)
        state = (observed.answer, observed.status if observed.status != 304 else 200, content.format,
                 bytes.fromhex(observed.content_sha256[:16]))
        with self._lock, self._explained():
            if not self._db.in_transaction:
                self._db.execute("BEGIN")
            last = self._db.execute("SELECT answer, status, format, sha256 FROM history WHERE distribution = ? "
                                    "ORDER BY ended DESC, rowid DESC LIMIT 1", (observed.distribution,)).fetchone()
            if last != state:
                self._db.execute("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)", (observed.distribution, ended, *state))
            self._db.execute("INSERT OR REPLACE INTO observation VALUES (?, ?, ?, ?, ?)",
                             (observed.distribution, host, self._milliseconds(), observed.answer, record))
        if time.monotonic() - self._written > _COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Commit what was stored last."""
        with self._lock, self._explained():
            if self._db.in_transaction:
                self._db.execute("COMMIT")
            self._written = time.monotonic()

    def history(self, distribution: str) -> list[StateChange]:
        """Return the states of a distribution, oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT ended, answer, status, format, sha256 FROM history WHERE distribution = ? "
                                    "ORDER BY ended, rowid", (distribution,)).fetchall()
        return [StateChange(_moment(ended), answer, status, kind, digest.hex()) for ended, answer, status, kind, digest in rows]

    def begin(self, scope: str, fresh: bool = False) -> datetime:
        """Return when the run of this scope began: the beginning of an unfinished one, so that it is continued, or now."""
        with self._lock:
            # Later than all that was stored, if only by a millisecond: what was stored before is not of this run.
            last = self._db.execute("SELECT max(kept) FROM observation").fetchone()[0]
            now = max(self._milliseconds(), (last or 0) + 1)
            row = self._db.execute("SELECT started FROM run WHERE scope = ? AND finished IS NULL ORDER BY id DESC LIMIT 1",
                                   (scope,)).fetchone()
            if row and not fresh:
                return _moment(row[0] / 1_000)
            self._db.execute("UPDATE run SET finished = ? WHERE scope = ? AND finished IS NULL", (now, scope))
            self._db.execute("INSERT INTO run(scope, started) VALUES (?, ?)", (scope, now))
        return _moment(now / 1_000)

    def finish(self, scope: str) -> None:
        """Record that the run of this scope has visited everything."""
        self.commit()
        with self._lock:
            self._db.execute("UPDATE run SET finished = ? WHERE scope = ? AND finished IS NULL", (self._milliseconds(), scope))

    def answers(self, since: datetime) -> list[tuple[str, int]]:
        """Return how often each answer was last given, among observations since then, most frequent first."""
        with self._lock:
            return self._db.execute("SELECT answer, count(*) AS n FROM observation WHERE kept >= ? GROUP BY answer "
                                    "ORDER BY n DESC, answer", (round(since.timestamp() * 1_000),)).fetchall()

    def hosts(self, since: datetime, answers: Sequence[str], most: int) -> list[tuple[str, int, int]]:
        """Return hosts with how many of theirs gave one of `answers` and how many there are, the worst first."""
        marks = ",".join("?" * len(answers))
        with self._lock:
            return self._db.execute(
                f"SELECT host, sum(answer IN ({marks})) AS bad, count(*) FROM observation WHERE kept >= ? "  # noqa: S608
                "GROUP BY host HAVING bad > 0 ORDER BY bad DESC, host LIMIT ?",
                (*answers, round(since.timestamp() * 1_000), most)).fetchall()

    def host_answers(self, since: datetime, host: str) -> list[tuple[str, int]]:
        """Return how often each answer was given for a host."""
        with self._lock:
            return self._db.execute("SELECT answer, count(*) AS n FROM observation WHERE kept >= ? AND host = ? GROUP BY answer "
                                    "ORDER BY n DESC, answer", (round(since.timestamp() * 1_000), host)).fetchall()

    def since(self, moment: datetime) -> Iterator[Observation]:
        """Yield the observations since then, in the order of distributions, a few at a time."""
        last = ""
        while True:
            with self._lock:
                rows = self._db.execute("SELECT distribution, record FROM observation WHERE distribution > ? AND kept >= ? "
                                        "ORDER BY distribution LIMIT 500", (last, round(moment.timestamp() * 1_000))).fetchall()
            for last, record in rows:  # noqa: B007 (goes on after the last)
                yield _unpacked(record)
            if not rows:
                return

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM observation").fetchone()[0])

    def _milliseconds(self) -> int:
        return round(self.clock.now().timestamp() * 1_000)


def _packed(observed: Observation) -> bytes:
    machine = zlib.compressobj(6, zdict=_WORDS)
    return machine.compress(json.dump(observed).encode()) + machine.flush()


def _unpacked(record: bytes) -> Observation:
    return json.load(Observation, zlib.decompressobj(zdict=_WORDS).decompress(record).decode())


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for item in items:
        some.append(item)
        if len(some) == 500:
            yield some
            some = []
    if some:
        yield some


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
