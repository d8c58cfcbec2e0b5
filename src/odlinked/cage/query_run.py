"""A query on its way through the lanes: in a thread that waits for it, or, while it is short, in an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from odlinked.cage import process
from odlinked.cage.failures import Busy, Gone, QueryFailure, TimedOut
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.process import Answer, Worker
from odlinked.cage.turns import Caller, Turns

if TYPE_CHECKING:
    from odlinked.cage.lanes import Lanes

LIGHT_SECONDS: Final = 0.25
"""How long a query may stay in the light lane."""

STARVED_SECONDS: Final = 1.0
"""How much longer one may stay there that did not get the processor for half of that time: the machine is slow, not the query.
No more than an eighth of the time that a query may take."""

WAIT_SECONDS: Final = 5.0
"""How long a query waits for a slot in the light lane."""

HEAVY_WAIT: Final = 5.0
"""Seconds that a long query waits for its turn beyond the time that the one before it may take."""


class _LoopSignal:
    """Wakes who awaits it in an event loop, by whatever thread it is set."""

    def __init__(self) -> None:
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._set = self._loop.create_future()

    def set(self) -> None:
        """Wake who waits."""
        if threading.get_ident() == self._thread:
            self._done()
        else:
            self._loop.call_soon_threadsafe(self._done)

    async def wait(self, seconds: float) -> bool:
        """Wait until it is set; False when the time is over."""
        timer = self._loop.call_later(seconds, self._done, False)
        try:
            return bool(await self._set)
        finally:
            timer.cancel()

    def _done(self, value: bool = True) -> None:
        if not self._set.done():
            self._set.set_result(value)


async def _readable(handle: int, seconds: float) -> bool:
    """Wait until there is something to read from a descriptor; False when the time is over."""
    signal = _LoopSignal()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, signal.set)
    try:
        return await signal.wait(seconds)
    finally:
        loop.remove_reader(handle)


class QueryRun:
    """One query on its way: it holds one place at a time, whose use is charged to its caller."""

    def __init__(self, lanes: Lanes, view: StoreView, job: QueryJob, caller: Caller) -> None:
        """Nothing is taken yet."""
        self._lanes, self._view, self._job, self._caller = lanes, view, job, caller
        self._kind = lanes.kind(view, job)
        self._place: Turns | None = None
        self._since = 0.0
        self._worker: Worker | None = None

    async def soon(self) -> Answer | None:
        """Answer a short query in an event loop, which is never kept waiting; raise a `QueryFailure`.

        None where it turns out to be longer, or its answer is, or a process has to be started: a thread is to go on with it by
        `answer`, with the place and the worker it has. Whoever awaits this leaves the place in the end.
        """
        lanes, current = self._lanes, self._lanes.current
        if self._is_slow() or self._caller.gone or current is None or current.view != self._view:
            return None
        await self._take_soon(lanes.light, WAIT_SECONDS)
        self._generation = current
        worker = current.take_idle()
        if worker is None:
            return None
        if worker.ended or worker.wait(0):  # it died while idle: ending it takes a moment
            current.give(worker)
            return None
        current.fill()
        with self._aborted_with(worker):
            worker.send(self._job.request(self._view))
            self._worker = worker
            if await _readable(worker.handle, LIGHT_SECONDS) and worker.is_short() and not self._caller.gone:
                self._worker = None
                return self._received(worker)
        return None

    async def _take_soon(self, place: Turns, seconds: float) -> None:
        if not place.take_free(self._caller):
            turn = _LoopSignal()
            mine = place.wait(self._caller, turn)
            try:
                with self._caller.abortable(turn.set):
                    await turn.wait(seconds)
            finally:
                place.settle(mine)
        self._place, self._since = place, time.monotonic()

    def answer(self) -> Answer:
        """Answer it, in a thread that waits; raise a `QueryFailure`."""
        lanes = self._lanes
        if self._worker is not None or self._place is lanes.light or not self._is_slow():
            if self._place is None:
                self._take(lanes.light, WAIT_SECONDS)
            answer = self._light()
            if answer is not None:
                return answer
        if self._place is not lanes.heavy:
            self._take(lanes.heavy, lanes.limits.seconds + HEAVY_WAIT)
        return self._heavy(self._new_worker())

    def _is_slow(self) -> bool:
        return self._kind is not None and self._kind in self._lanes.slow

    def _light(self) -> Answer | None:
        """Answer in the light lane, or with the same worker in the heavy one; None where that has no place free now."""
        lanes = self._lanes
        worker, self._worker = self._worker, None
        sent = worker is not None
        worker = worker or self._new_worker()
        with self._aborted_with(worker):
            if not sent:
                worker.send(self._job.request(self._view))
            patience = min(STARVED_SECONDS, lanes.limits.seconds / 8)
            light = LIGHT_SECONDS - (time.monotonic() - self._since if sent else 0.0)
            if worker.wait(max(0.0, light)) or (worker.used() < LIGHT_SECONDS / 2 and worker.wait(patience)):
                return self._received(worker)
        started = self._since
        lanes.remember(self._view, self._job)
        try:
            self._take(lanes.heavy, 0)
        except Busy:
            worker.end()
            self.leave()
            return None
        except BaseException:
            worker.end()
            raise
        lanes.generation(self._view).fill()
        return self._heavy(worker, started)

    def _heavy(self, worker: Worker, started: float | None = None) -> Answer:
        """Answer in the heavy lane; `started` is when the worker got the query, None where it has not."""
        lanes = self._lanes
        worker.step_back()
        with self._aborted_with(worker):
            if started is None:
                started = time.monotonic()
                worker.send(self._job.request(self._view))
            if not worker.wait(lanes.limits.seconds - (time.monotonic() - started)):
                raise process.timed_out(lanes.limits)
            if self._kind is not None and (worker.used() < LIGHT_SECONDS or time.monotonic() - started < LIGHT_SECONDS):
                lanes.slow.discard(self._kind)
            return self._received(worker)

    def _new_worker(self) -> Worker:
        self._generation = self._lanes.generation(self._view)
        worker = self._generation.take()
        self._generation.fill()
        return worker

    @contextlib.contextmanager
    def _aborted_with(self, worker: Worker) -> Iterator[None]:
        """End the worker if the client goes away, or if it is not known to be well after a fault."""
        try:
            with self._caller.abortable(worker.kill):
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
        """Free the place, and end a worker whose answer nobody waits for."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None
        if self._place is not None:
            place, self._place = self._place, None
            place.give(self._caller, time.monotonic() - self._since)
