"""A run over many targets: threads that visit, one place that writes; it can be stopped at any moment and continued later."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from odlinked.evidence.guard import host_of
from odlinked.evidence.hosts import Hosts, Stopped
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import ANSWER, Observation, Target
from odlinked.evidence.schedule import Schedule, VisitSchedule

LONGEST_WAIT = 120
"""The longest `Retry-After` a run waits, in seconds; a host that demands more is left alone for the rest of the run."""

ATTEMPTS = 3
"""How often a target is visited in a run whose server demands to come back later; then its host is left alone."""

DEAD = 20
"""After so many timeouts in a row a host is left alone for the rest of a run."""

_NAPS = 0.5
_MOST_FAULTS = 20


class Visits(Protocol):
    """Makes an observation of a target."""

    def visit(self, target: Target, before: Observation | None = None) -> Observation:
        """Examine a target."""


@dataclass(frozen=True)
class TargetSelection:
    """Which targets a run takes: at most `limit`, of `host` and hosts below it, not observed for `older_than` days.

    `fresh` starts over where an unfinished run would be continued.
    """

    limit: int | None = None
    host: str = ""
    older_than: float | None = None
    fresh: bool = False
    kind: str = "network"

    @property
    def scope(self) -> str:
        """What distinguishes runs that can be continued."""
        return f"{self.kind} {self.host}".strip()


@dataclass
class RunOutcome:
    """What a run did: since when it counts (an earlier beginning where it was continued), visits now, whether all are done.

    `without` counts those that no file is given for, `left` those of hosts that had to be left alone. `faults` are the first few
    targets that could not be visited because of an error of ours, with the error.
    """

    started: datetime
    visited: int = 0
    skipped: int = 0
    without: int = 0
    left: int = 0
    finished: bool = False
    fault_count: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)

    def fault(self, target: Target, problem: Exception) -> None:
        """Record an error of ours."""
        self.fault_count += 1
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append((target.distribution, f"{type(problem).__name__}: {problem}"))


Progress = Callable[[str, int], None]


def run(targets: Iterable[Target], visitor: Visits, hosts: Hosts, notebook: Notebook, wanted: TargetSelection, workers: int,
        progress: Progress) -> RunOutcome:
    """Visit targets with many threads, as politely as `hosts` says, and keep each observation.

    Ctrl-C stops it: `KeyboardInterrupt` is passed on once all observations are stored; the next run of this scope continues.
    """
    with notebook.held():
        outcome = RunOutcome(notebook.begin(wanted.scope, wanted.fresh))
        chosen = _Chosen(targets, notebook, wanted, outcome, progress)
        schedule = Schedule(VisitSchedule(chosen.by_age()), hosts)
        try:
            _visited(schedule, visitor, hosts, notebook, workers, outcome, progress)
        except BaseException:
            hosts.stop.set()
            raise
        finally:
            schedule.close()
            notebook.commit()
        _end(outcome, chosen, notebook, wanted)
    return outcome


def look(targets: Iterable[Target], visitor: Visits, notebook: Notebook, wanted: TargetSelection,
         progress: Progress) -> RunOutcome:
    """Examine targets one after the other, without any politeness: for local files."""
    with notebook.held():
        outcome = RunOutcome(notebook.begin(wanted.scope, wanted.fresh))
        chosen = _Chosen(targets, notebook, wanted, outcome, progress)
        try:
            for target in chosen:
                try:
                    notebook.put(visitor.visit(target, notebook.get(target.distribution)), host_of(target.url))
                    outcome.visited += 1
                except Exception as problem:
                    outcome.fault(target, problem)
                progress("check", 1)
        finally:
            notebook.commit()
        _end(outcome, chosen, notebook, wanted)
    return outcome


def _end(outcome: RunOutcome, chosen: _Chosen, notebook: Notebook, wanted: TargetSelection) -> None:
    outcome.finished = not chosen.cut
    if outcome.finished:
        notebook.finish(wanted.scope)


class _Chosen:
    """The targets of a run, among all there are. `cut`: the limit left some out."""

    def __init__(self, targets: Iterable[Target], notebook: Notebook, wanted: TargetSelection, outcome: RunOutcome,
                 progress: Progress) -> None:
        self._targets, self._notebook, self._wanted, self._outcome = targets, notebook, wanted, outcome
        self._progress = progress
        self.cut = False
        self._after = outcome.started
        if wanted.older_than is not None:
            self._after = min(self._after, notebook.clock.now() - timedelta(days=wanted.older_than))

    def __iter__(self) -> Iterator[Target]:
        return (target for _, target in self.by_age())

    def by_age(self) -> Iterator[tuple[int, Target]]:
        """Yield targets with when they were last observed, in milliseconds, 0 for never."""
        taken = 0
        for target in self._targets:
            last = self._notebook.observed_at(target.distribution)
            if not self._takes(target) or (last is not None and last >= self._after):
                self._outcome.skipped += 1
                continue
            if self._wanted.limit is not None and taken >= self._wanted.limit:
                self.cut = True
                return
            taken += 1
            self._progress("plan", 1)
            yield 0 if last is None else round(last.timestamp() * 1_000), target

    def _takes(self, target: Target) -> bool:
        host = host_of(target.url) if self._wanted.host else ""
        return host == self._wanted.host or host.endswith("." + self._wanted.host)


def _visited(schedule: Schedule, visitor: Visits, hosts: Hosts, notebook: Notebook, workers: int, outcome: RunOutcome,
             progress: Progress) -> None:
    """Lets threads visit and stores what they return. Threads still waiting on a server when it stops are abandoned."""
    brought: queue.Queue[tuple[str, Target, Observation | Exception] | None] = queue.Queue(maxsize=4 * workers)
    threads = [threading.Thread(target=_work, args=(schedule, visitor, hosts, notebook, brought), daemon=True, name=f"visits-{n}")
               for n in range(workers)]
    for thread in threads:
        thread.start()
    patience, at_work = _Patience(), len(threads)
    while at_work:
        try:
            item = brought.get(timeout=_NAPS)
        except queue.Empty:
            continue
        if item is None:
            at_work -= 1
            continue
        host, target, found = item
        again = None
        if isinstance(found, Exception):
            outcome.fault(target, found)
        elif patience.again(found):
            hosts.pause(host, float(found.retry_after or 0))
            again = target
        else:
            notebook.put(found, host_of(target.url))
            outcome.visited += 1
            if patience.ends(host, found):
                outcome.left += schedule.leave(host)
        schedule.done(host, again)
        if again is None:
            progress("check", 1)


class _Patience:
    """How long a run tolerates a host that demands to come back later, or never answers in time."""

    def __init__(self) -> None:
        self._tried: dict[str, int] = {}
        self._silent: dict[str, int] = {}

    def again(self, found: Observation) -> bool:
        """True when a target is to be visited once more, later, because its server demanded that."""
        if found.retry_after is None or found.retry_after > LONGEST_WAIT:
            return False
        tried = self._tried[found.distribution] = self._tried.get(found.distribution, 0) + 1
        return tried < ATTEMPTS

    def ends(self, host: str, found: Observation) -> bool:
        """True when a result is the last that is requested from a host in this run."""
        self._tried.pop(found.distribution, None)
        silent = self._silent.pop(host, 0) + 1
        if found.answer == ANSWER + "timeout":
            self._silent[host] = silent
        else:
            silent = 0
        return bool(host) and (found.retry_after is not None or silent >= DEAD)


def _work(schedule: Schedule, visitor: Visits, hosts: Hosts, notebook: Notebook,
          brought: queue.Queue[tuple[str, Target, Observation | Exception] | None]) -> None:
    """Visit the targets of the schedule until there are none left."""
    while (given := schedule.take()) is not None:
        host, target = given
        try:
            found: Observation | Exception = visitor.visit(target, notebook.get(target.distribution))
        except Stopped:
            break
        except Exception as problem:
            found = problem
        if hosts.stop.is_set():
            break
        brought.put((host, target, found))
    brought.put(None)
