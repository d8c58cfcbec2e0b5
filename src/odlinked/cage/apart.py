"""Queries of our own that nobody waits for: a sandboxed process that takes nobody's place and runs while nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, Protocol

from odlinked.cage import process
from odlinked.cage.generation import Generation
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.process import Answer, Limits, Worker

PATIENCE: Final = 10
"""How many times as long as a stranger's such a query may take: the process gets what time is left over."""

LAST: Final = 19
"""The priority that leaves the processor to everyone else."""


class Ask(Protocol):
    """Answers a query or raises a `QueryFailure`."""

    def __call__(self, job: QueryJob) -> Answer: ...


@contextmanager
def apart(view: StoreView, limits: Limits) -> Iterator[Ask]:
    """Give what answers queries over `view`, one after the other; `limits` are those of strangers' queries."""
    wider = replace(limits, seconds=PATIENCE * limits.seconds)
    generation = Generation(view, wider, 0)
    worker: Worker | None = None

    def ask(job: QueryJob) -> Answer:
        nonlocal worker
        if worker is None or worker.ended:
            worker = generation.take()
            worker.step_back(LAST)
        worker.send(job.request(view))
        if not worker.wait(wider.seconds):
            worker.end()
            raise process.timed_out(wider)
        return worker.receive()

    try:
        yield ask
    finally:
        if worker is not None:
            worker.end()
