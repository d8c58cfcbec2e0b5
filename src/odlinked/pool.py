"""Worker processes: one executor a process, started as work comes, ended with the process that started them."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from odlinked.errors import WorkspaceError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


def _end_with_publisher() -> None:
    """End this worker when its publisher is gone, even by kill -9, so that nothing is written into a workspace let go.

    A Ctrl-C is the publisher's to answer: it ends its workers itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        Thread(target=_outlive, args=(parent.sentinel,), daemon=True).start()


def _outlive(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector: a publish makes millions of objects and hardly a cycle of them, and holds hundreds of
    thousands that it would traverse again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _work(work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    with collector_paused():
        return work(*args, **kwargs)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items, in order."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch


def cores(setting: int = 0) -> int:
    """Return how many worker processes to run: `setting`, or one a core this process may use."""
    return setting or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else setting or os.cpu_count() or 1


class Pool:
    """Worker processes, started as work comes; `spawn`, never a fork of a process with threads.

    Each process has an executor of its own: an executor of several starts them one by one while its manager already watches,
    and where one is killed in that moment it waits for ever for the one just started.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._lanes: list[tuple[ProcessPoolExecutor, list[Future[Any]]]] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, _type: object, problem: BaseException | None, _traceback: object) -> None:
        """End the processes; raise `WorkspaceError` where one of them had ended by itself (killed, out of memory)."""
        if not self._lanes:  # little was to be done: nothing of what starts processes was even loaded
            return
        for executor, _ in self._lanes:
            executor.shutdown(wait=False, cancel_futures=True)
        for executor, _ in self._lanes:
            executor.shutdown(wait=True)
        from concurrent.futures.process import BrokenProcessPool

        if isinstance(problem, BrokenProcessPool):
            raise WorkspaceError("a worker process ended without an answer", doing="working in parallel",
                                 next_step="Look whether memory ran out; fewer publish.workers take less") from problem

    def submit(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Hand work to the process with the least to do; raise `BrokenProcessPool` where that process has ended."""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        for _, waiting in self._lanes:
            waiting[:] = [future for future in waiting if not future.done()]
        if len(self._lanes) < self.workers and all(waiting for _, waiting in self._lanes):
            self._lanes.append((ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_publisher), []))
        executor, waiting = min(self._lanes, key=lambda lane: len(lane[1]))
        paused: Callable[..., R] = partial(_work, work)
        future = executor.submit(paused, *args, **kwargs)
        waiting.append(future)
        return future
