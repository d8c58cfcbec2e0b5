"""Two lanes of sandboxed workers: short queries never wait behind long ones.

Every query starts in the light lane. One that is not done after 250 ms (somewhat more where it got no processor time) moves to
the heavy lane with its worker, and a spare worker takes its slot in the light lane; where the heavy lane is full the query is
ended, waits for its turn there and starts again. A query known to be long goes to the heavy lane at once. Thread-safe; a thread
waits for its own query only.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from odlinked.cage import process
from odlinked.cage.failures import Busy, Gone, QueryFailure, TimedOut
from odlinked.cage.generation import Generation
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.process import Answer, Limits, Worker
from odlinked.cage.turns import Caller, Recent, Turns
from odlinked.settings import ServeSettings

LIGHT_SECONDS: Final = 0.25
"""How long a query may stay in the light lane."""

STARVED_SECONDS: Final = 1.0
"""How much longer one may stay there that did not get the processor for half of that time: the machine is slow, not the query.
No more than an eighth of the time that a query may take."""

WAIT_SECONDS: Final = 5.0
"""How long a query waits for a slot in the light lane."""

HEAVY_WAIT: Final = 5.0
"""Seconds that a long query waits for its turn beyond the time that the one before it may take."""

HEAVY_WAITING: Final = (2, 16)
"""Long queries that may wait: of one client, and of all."""

SPOOLED_RESULTS: Final = 16
"""Full-size results that slow readers may hold on disk together."""


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
        self._room_for_results()
        caller = caller or Caller()
        run = _Run(self, caller, self.kind(view, job))
        try:
            return self._counted(run.answer(view, job))
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
        self._generation(view).fill(self._lights)

    def close(self) -> None:
        """End all idle workers; running ones end with their query."""
        with self._lock:
            current, self.current = self.current, None
        if current is not None:
            current.retire()

    def _generation(self, view: StoreView) -> Generation:
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

    def _room_for_results(self) -> None:
        if self.spooled > SPOOLED_RESULTS * self.limits.result:
            raise Busy("too many large results are still being read", "Try again in a moment", retry_after=10)

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


class _Run:
    """One query on its way through the lanes: it holds one place at a time, whose use is charged to its caller."""

    def __init__(self, lanes: Lanes, caller: Caller, kind: bytes | None) -> None:
        """`kind` is the query's `QueryJob.kind`, None where it is not known to be long."""
        self._lanes, self._caller, self._kind = lanes, caller, kind
        self._place: Turns | None = None
        self._since = 0.0

    def answer(self, view: StoreView, job: QueryJob) -> Answer:
        lanes = self._lanes
        if self._kind is None or self._kind not in lanes.slow:
            self._take(lanes.light, WAIT_SECONDS)
            answer = self._light(view, job)
            if answer is not None:
                return answer
        if self._place is not lanes.heavy:
            self._take(lanes.heavy, lanes.limits.seconds + HEAVY_WAIT)
        return self._heavy(view, job, self._worker(view))

    def _light(self, view: StoreView, job: QueryJob) -> Answer | None:
        """Answer in the light lane, or with the same worker in the heavy one; None where that has no place free now."""
        lanes = self._lanes
        worker = self._worker(view)
        # Nobody's going away ends a process here: the query is done soon or leaves, and another process takes longer to start.
        with self._aborted_with(worker, lambda: None):
            worker.send(job.request(view))
            patience = min(STARVED_SECONDS, lanes.limits.seconds / 8)
            if worker.wait(LIGHT_SECONDS) or (
                    not self._caller.gone and worker.used() < LIGHT_SECONDS / 2 and worker.wait(patience)):
                return self._received(worker)
            if self._caller.gone:
                raise Gone("the client has gone away")
        started = self._since
        lanes.remember(view, job)
        try:
            self._take(lanes.heavy, 0)
        except Busy:
            worker.end()
            self.leave()
            return None
        except BaseException:
            worker.end()
            raise
        lanes._generation(view).fill()
        return self._heavy(view, job, worker, started)

    def _heavy(self, view: StoreView, job: QueryJob, worker: Worker, started: float | None = None) -> Answer:
        """Answer in the heavy lane; `started` is when the worker got the query, None where it has not."""
        lanes = self._lanes
        worker.step_back()
        with self._aborted_with(worker):
            if started is None:
                started = time.monotonic()
                worker.send(job.request(view))
            if not worker.wait(lanes.limits.seconds - (time.monotonic() - started)):
                raise process.timed_out(lanes.limits)
            if self._kind is not None and (worker.used() < LIGHT_SECONDS or time.monotonic() - started < LIGHT_SECONDS):
                lanes.slow.discard(self._kind)
            return self._received(worker)

    def _worker(self, view: StoreView) -> Worker:
        self._generation = self._lanes._generation(view)
        worker = self._generation.take()
        self._generation.fill()
        return worker

    @contextlib.contextmanager
    def _aborted_with(self, worker: Worker, abort: Callable[[], None] | None = None) -> Iterator[None]:
        """Do `abort` if the client goes away (kill the worker where it is None); end a worker not known to be well after a
        fault."""
        try:
            with self._caller.abortable(abort or worker.kill):
                yield
        except (TimedOut, Busy, Gone):
            worker.end()
            raise
        except QueryFailure as fault:
            if self._caller.gone:
                worker.end()
                raise Gone("the client has gone away") from fault
            self._keep(worker)
            raise
        except BaseException:
            worker.end()
            raise

    def _received(self, worker: Worker) -> Answer:
        answer = worker.receive(keep_file=self._place is self._lanes.heavy)
        self._keep(worker)
        return answer

    def _keep(self, worker: Worker) -> None:
        """Keep a light worker; end one that worked hard, so that the next query finds its memory unused."""
        if self._place is self._lanes.heavy or worker.ended:
            worker.end()
            return
        self._generation.give(worker)

    def _take(self, place: Turns, seconds: float) -> None:
        """Take another place, then give back the one held."""
        place.take(self._caller, seconds)
        self.leave()
        self._place, self._since = place, time.monotonic()

    def leave(self) -> None:
        """Free the slot."""
        if self._place is not None:
            place, self._place = self._place, None
            place.give(self._caller, time.monotonic() - self._since)
