"""Two lanes of sandboxed workers: short queries never wait behind long ones.

Every query starts in the light lane. One that is not done after 250 ms (somewhat more where it got no processor time) moves to
the heavy lane with its worker, and a spare worker takes its slot in the light lane; where the heavy lane is full the query is
ended, waits for its turn there and starts again. A query known to be long goes to the heavy lane at once. Thread-safe; a thread
waits for its own query only.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Mapping
from typing import IO, Final

from odlinked.cage import spellings, spool
from odlinked.cage.failures import Busy
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.process import Answer, Limits, Worker
from odlinked.cage.query_run import QueryRun
from odlinked.cage.turns import Caller, Recent, Turns
from odlinked.settings import ServeSettings

HEAVY_WAITING: Final = (2, 16)
"""Long queries that may wait: of one client, and of all."""

RENEW_AFTER: Final = 2_000
"""Queries after which a light worker is replaced."""

SPOOLED_RESULTS: Final = 16
"""Full-size results that slow readers may hold on disk together."""


class Generation:
    """The workers over one store. They end when the store is no longer the current one and no query uses them."""

    def __init__(self, view: StoreView, limits: Limits, most: int) -> None:
        """`most` workers are kept idle."""
        self.view, self._limits, self._most = view, limits, most
        self._table = _table(view.spellings())
        self.idle: list[Worker] = []
        self._starting = 0
        self._retired = False
        self._lock = threading.Lock()

    def take(self) -> Worker:
        """Return a worker that is ready, the hot spare if there is one."""
        while (worker := self.take_idle()) is not None:
            if not worker.wait(0):
                return worker
            worker.end()  # it has no answer to read, so it died while idle
        return self._new()

    def take_idle(self) -> Worker | None:
        """Return an idle worker, which may have died meanwhile; None where there is none."""
        with self._lock:
            return self.idle.pop() if self.idle else None

    def give(self, worker: Worker) -> None:
        """Take back a worker that has answered and may be reused."""
        with self._lock:
            if not self._retired and worker.served < RENEW_AFTER and len(self.idle) < self._most:
                self.idle.append(worker)
                return
        worker.end()

    def fill(self, number: int = 1) -> None:
        """Keep `number` workers (the hot spare) idle, started in a thread of its own if any is missing."""
        with self._lock:
            missing = 0 if self._retired else number - len(self.idle) - self._starting
            if missing <= 0:
                return
            self._starting += missing
        try:
            threading.Thread(target=self._start, args=(missing,), name="odlinked-cage", daemon=True).start()
        except RuntimeError:  # no thread available: the next query tries again
            with self._lock:
                self._starting -= missing

    def _new(self) -> Worker:
        try:
            worker = Worker(self.view.path, self._table, self._limits)
        except OSError as problem:
            if spool.is_full(problem):
                raise spool.no_room() from problem
            raise Busy(f"the system gives no process for it ({problem.strerror})", "Try again in a moment") from problem
        worker.wait_ready()
        return worker

    def _start(self, number: int) -> None:
        for _ in range(number):
            worker = None
            with contextlib.suppress(Exception):  # a query that finds no spare starts one itself and reports why it cannot
                worker = self._new()
            with self._lock:
                self._starting -= 1
                keep = worker is not None and not self._retired
                if worker is not None and keep:
                    self.idle.append(worker)
            if worker is not None and not keep:
                worker.end()

    def retire(self) -> None:
        """End the idle workers now and the others when they are given back."""
        with self._lock:
            self._retired = True
            idle, self.idle = self.idle, []
        for worker in idle:
            worker.end()


class Lanes:
    """The query service of one process: runs queries on workers, keeps a spare, moves long queries to the heavy lane, follows the
    store."""

    def __init__(self, settings: ServeSettings) -> None:
        self.limits = Limits(settings.query_seconds, settings.query_memory_mb << 20, settings.query_result_mb << 20)
        self._lights = max(1, settings.light_workers)
        self.light = Turns(self._lights)
        self.heavy = Turns(max(1, settings.heavy_workers), *HEAVY_WAITING)
        self.slow, self._slow_shapes = Recent(1_024), Recent(1_024)
        self.current: Generation | None = None
        self._lock = threading.Lock()
        self.spooled = 0

    def ask(self, view: StoreView, job: QueryJob, caller: Caller | None = None) -> Answer:
        """Answer a query over `view`; `caller` identifies the client, so that each gets a turn. Raise a `QueryFailure`.

        The answer is complete when this returns, so its status is known before its first byte.
        """
        return self.go_on(self.run(view, job, caller or Caller()))

    def run(self, view: StoreView, job: QueryJob, caller: Caller) -> QueryRun:
        """Return a query that has no place yet; raise `Busy` where too many large results are being read.

        Its `soon` answers a short one in an event loop; `go_on` with it in a thread, or `leave` it.
        """
        if self.spooled > SPOOLED_RESULTS * self.limits.result:
            raise Busy("too many large results are still being read", "Try again in a moment", retry_after=10)
        return QueryRun(self, view, job, caller)

    def go_on(self, run: QueryRun) -> Answer:
        """Answer a query, wherever it is on its way; the thread waits for it."""
        try:
            return self._counted(run.answer())
        finally:
            run.leave()

    def kind(self, view: StoreView, job: QueryJob) -> bytes | None:
        """Return a query's `QueryJob.kind` where it may be known to be long, else None: to work it out takes time."""
        return job.kind(view) if job.inspection.shape in self._slow_shapes else None

    def remember(self, view: StoreView, job: QueryJob) -> None:
        """Remember that a query is long."""
        self._slow_shapes.add(job.inspection.shape)
        self.slow.add(job.kind(view))

    def warm(self, view: StoreView) -> None:
        """Start the workers of a store before the first query."""
        self.generation(view).fill(self._lights)

    def close(self) -> None:
        """End all idle workers; running ones end with their query."""
        with self._lock:
            current, self.current = self.current, None
        if current is not None:
            current.retire()

    def generation(self, view: StoreView) -> Generation:
        """Return the workers over a store; those over another end."""
        current = self.current
        if current is not None and current.view == view:
            return current
        with self._lock:
            old = self.current
            if old is not None and old.view == view:
                return old
            new = self.current = Generation(view, self.limits, self._lights + 1)
        if old is not None:
            old.retire()
        return new

    def _counted(self, answer: Answer) -> Answer:
        """Count the bytes of a spooled answer until its file is closed."""
        if not answer.in_memory:
            with self._lock:
                self.spooled += answer.size
            answer.on_close(self._uncount)
        return answer

    def _uncount(self, size: int) -> None:
        with self._lock:
            self.spooled -= size


def _table(found: Mapping[str, str]) -> IO[bytes] | None:
    """Return an anonymous file with the spellings, or None where there are none."""
    if not found:
        return None
    try:
        out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the generation
        spellings.write(found, out)
    except OSError as problem:
        raise spool.no_room() from problem
    return out
