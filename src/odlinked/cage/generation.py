"""The workers over one store: one generation of them ends when another store takes its place."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Mapping
from typing import IO, Final

from odlinked.cage import spellings, spool
from odlinked.cage.failures import Busy
from odlinked.cage.jobs import StoreView
from odlinked.cage.process import Limits, Worker

RENEW_AFTER: Final = 2_000
"""Queries after which a light worker is replaced."""


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
        while True:
            with self._lock:
                worker = self.idle.pop() if self.idle else None
            if worker is None:
                return self._new()
            if not worker.wait(0):
                return worker
            worker.end()  # it has no answer to read, so it died while idle

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
