"""Which target is visited next: the hosts take turns, so that many are visited at a time and each only slowly.

All targets of a run are written to a temporary SQLite file that no other process can open (some addresses contain keys), by host.
In memory are a few targets of each active host; hosts with the most targets begin, since they take longest.
"""

from __future__ import annotations

import heapq
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from odlinked.evidence import json
from odlinked.evidence.guard import host_of
from odlinked.evidence.hosts import Hosts
from odlinked.evidence.observation import Target

AT_WORK = 256
"""How many hosts take turns at a time."""

_BATCH = 64
_PLACES = 22
"""Bits for the position of a target among those last observed in the same millisecond; the others hold times until 2039."""


class VisitSchedule:
    """The targets of a run by host, on disk. Each comes with when it was last observed, in milliseconds, 0 for never: the oldest
    come first.
    """

    def __init__(self, targets: Iterable[tuple[int, Target]]) -> None:
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._db.execute("CREATE TABLE target(host TEXT, number INTEGER, record TEXT, PRIMARY KEY(host, number)) WITHOUT ROWID")
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO target VALUES (?, ?, ?)",
                             ((_host_of(target), last << _PLACES | place, json.dump(target))
                              for place, (last, target) in enumerate(targets)))
        self._db.execute("COMMIT")
        self.size: int = self._db.execute("SELECT count(*) FROM target").fetchone()[0]
        self._hosts = self._db.execute("SELECT host FROM target GROUP BY host ORDER BY count(*) DESC, host")

    def next_host(self) -> str | None:
        """Return the next host to begin with, None where all have begun."""
        row = self._hosts.fetchone()
        return None if row is None else str(row[0])

    def targets(self, host: str, after: int) -> list[tuple[int, Target]]:
        """Return the next few targets of a host, with their numbers."""
        rows = self._db.execute("SELECT number, record FROM target WHERE host = ? AND number > ? ORDER BY number LIMIT ?",
                                (host, after, _BATCH))
        return [(number, json.load(Target, record)) for number, record in rows]

    def after(self, host: str, number: int) -> int:
        """Return how many targets of a host come after a number."""
        found = self._db.execute("SELECT count(*) FROM target WHERE host = ? AND number > ?", (host, number)).fetchone()
        return int(found[0])

    def close(self) -> None:
        """Close the schedule."""
        self._db.close()


def _host_of(target: Target) -> str:
    """Return the host that a visit contacts, "" where it contacts none."""
    return "" if target.key_removed else host_of(target.url)


@dataclass
class _Turns:
    """An active host: its next targets, how many visits are in progress, and its place in the queue (`ticket` 0: not queued)."""

    waiting: deque[Target] = field(default_factory=deque)
    last: int = -1
    under_way: int = 0
    ticket: int = 0
    at: float = 0.0
    more: bool = True


class Schedule:
    """Distributes targets to many threads, each when its host's turn has come."""

    def __init__(self, plan: VisitSchedule, hosts: Hosts) -> None:
        self._plan, self._hosts, self._stop = plan, hosts, threading.Event()
        self._at_work: dict[str, _Turns] = {}
        self._queue: list[tuple[float, int, str]] = []
        self._tickets = count(1)
        self._turn = threading.Condition()
        with self._turn:
            self._begin_hosts()

    def take(self) -> tuple[str, Target] | None:
        """Wait for the next target whose host may be contacted; None where all are distributed and done, or the run stops."""
        with self._turn:
            while not self._stop.is_set() and not self._hosts.stop.is_set():
                if not self._at_work:
                    return None
                wait = 1.0
                if self._queue:
                    at, ticket, host = self._queue[0]
                    turns = self._at_work.get(host)
                    if turns is None or turns.ticket != ticket:
                        heapq.heappop(self._queue)
                        continue
                    now, ready = time.monotonic(), max(at, self._hosts.ready_at(host))
                    if ready <= now:
                        heapq.heappop(self._queue)
                        return host, self._given(host, turns, now)
                    if ready > at:
                        turns.at = ready
                        heapq.heapreplace(self._queue, (ready, ticket, host))
                        continue
                    wait = min(wait, ready - now)
                self._turn.wait(wait)
        return None

    def close(self) -> None:
        """Distribute nothing more."""
        self._stop.set()
        with self._turn:
            self._turn.notify_all()
            self._plan.close()

    def done(self, host: str, again: Target | None = None) -> None:
        """Record that a visit is over; `again` is to be visited once more later."""
        with self._turn:
            turns = self._at_work[host]
            turns.under_way -= 1
            if again is not None:
                turns.waiting.append(again)
            self._queue_up(host, turns, self._hosts.ready_at(host))
            if not turns.waiting and not turns.under_way:
                del self._at_work[host]
                self._begin_hosts()
            self._turn.notify_all()

    def leave(self, host: str) -> int:
        """Distribute no more targets of a host; return how many were left."""
        with self._turn:
            turns = self._at_work[host]
            left = len(turns.waiting) + (self._plan.after(host, turns.last) if turns.more else 0)
            turns.waiting.clear()
            turns.more, turns.ticket = False, 0
        return left

    def _given(self, host: str, turns: _Turns, now: float) -> Target:
        turns.ticket = 0
        turns.under_way += 1
        target = turns.waiting.popleft()
        # Most visits make one request. Where this one makes none, `done` lets the next begin at once.
        self._queue_up(host, turns, now + self._hosts.delay if host else now)
        return target

    def _queue_up(self, host: str, turns: _Turns, at: float) -> None:
        """Put a host into the queue, or farther to the front, where it has targets and may have one more visit under way."""
        if not turns.waiting and turns.more:
            found = self._plan.targets(host, turns.last)
            turns.more = bool(found)
            turns.waiting.extend(target for _, target in found)
            turns.last = found[-1][0] if found else turns.last
        free = turns.waiting and turns.under_way < self._hosts.per_host
        if free and (not turns.ticket or at < turns.at):
            turns.ticket, turns.at = next(self._tickets), at
            heapq.heappush(self._queue, (at, turns.ticket, host))

    def _begin_hosts(self) -> None:
        while len(self._at_work) < AT_WORK:
            host = self._plan.next_host()
            if host is None:
                return
            turns = self._at_work[host] = _Turns()
            self._queue_up(host, turns, 0.0)
