"""One sandboxed process, from the server's side: start it, send it queries, end it."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import marshal
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from odlinked.cage import mistakes, worker
from odlinked.cage.failures import (
    Crashed,
    Malformed,
    NotSupported,
    NotWritable,
    OutOfMemory,
    QueryFailure,
    ResultTooLarge,
    Syntax,
    TimedOut,
    Unanswerable,
)
from odlinked.cage.limits import LATER, environment, give_way
from odlinked.cage.spool import copied, no_room

_ROOM = Path(__file__).resolve().parent
_START_SECONDS = 20.0


@dataclass(frozen=True)
class Limits:
    """Limits of one query: seconds of wall clock, bytes of memory in addition to the open store, bytes of result."""

    seconds: int
    memory: int
    result: int


class Answer:
    """An answer of `size` bytes, in memory or in a file of its own; close it, or read its chunks to the end.

    It is complete, unless `more` rows would follow the requested ones.
    """

    def __init__(self, body: bytes, file: IO[bytes] | None = None, size: int = 0, more: bool = False) -> None:
        self.more = more
        self.size = size if file else len(body)
        self.in_memory = file is None
        self._body, self._file = body, file
        self._on_close: Callable[[int], None] | None = None

    def on_close(self, call: Callable[[int], None]) -> None:
        """Have `call(size)` called once when the answer is closed."""
        self._on_close = call

    def read(self) -> bytes:
        """Return the complete answer and close it."""
        return b"".join(self.chunks())

    def chunks(self, size: int = 1 << 16) -> Iterator[bytes]:
        """Yield the answer in pieces and close it."""
        try:
            if self._file is None:
                yield self._body
            else:
                while part := self._file.read(size):
                    yield part
        finally:
            self.close()

    def close(self) -> None:
        """Free what the answer holds; more than once does no harm."""
        if self._file is not None:
            self._file.close()
        if self._on_close is not None:
            call, self._on_close = self._on_close, None
            call(self.size)


class Worker:
    """A sandboxed process over one store. Only one thread at a time may use it; `end` may be called by any."""

    def __init__(self, store: Path, table: IO[bytes] | None, limits: Limits) -> None:
        """Start the process without waiting for it; raise `NotSupported` where there is no sandbox."""
        if sys.platform == "win32":
            raise NotSupported("Windows has no limits for a process's files and memory that this cage could use",
                               "Serve from Linux")
        self._limits = limits
        self._spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self.served = 0
        self.ended = False
        self.limits_held = ""
        handles = [self._spool.fileno()] + ([table.fileno()] if table else [])
        command = [
            sys.executable, "-I", "-S", str(_ROOM / "worker.py"), str(_ROOM), _packages(), str(store.resolve()), str(handles[0]),
            str(handles[-1] if table else -1), str(limits.memory), str(limits.seconds), str(limits.result),
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            pass_fds=handles, env=environment(), cwd="/", start_new_session=True,
        )
        assert self.process.stdin is not None  # noqa: S101 - both were asked for
        assert self.process.stdout is not None  # noqa: S101
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._from, select.POLLIN)
        self._ready = False
        self._before = 0.0

    def wait_ready(self) -> None:
        """Wait until the store is open; raise `Crashed` with the reason if it cannot be opened."""
        if self._ready:
            return
        if not self.wait(_START_SECONDS):
            self.end()
            raise Crashed("the query process did not start in time", "Try again later")
        status, _, message = self._receive()
        if status != worker.READY:
            self.end()
            raise Crashed(f"the store could not be opened: {message.decode(errors='replace')}", "Try again later")
        self.limits_held = message.decode()
        self._ready = True
        if "memory" not in self.limits_held:
            _warn_once()

    def send(self, request: worker.Request) -> None:
        """Send a query."""
        self.wait_ready()
        self.served += 1
        self._before = self._processor()
        data = marshal.dumps(tuple(request))
        view = memoryview(len(data).to_bytes(4, "little") + data)
        try:
            while view:
                view = view[os.write(self._to, view):]
        except OSError as problem:
            raise self._died() from problem

    def used(self) -> float:
        """Return the seconds of processor time that the process has had since a query was sent to it last."""
        return self._processor() - self._before

    def _processor(self) -> float:
        """Return the process's processor time in seconds; infinite where it is not told, so that only the clock counts."""
        try:
            return time.clock_gettime(_clock(self.process.pid)) if sys.platform == "linux" else math.inf
        except OSError:
            return math.inf

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to read (an answer, or the end); False when the time is over."""
        end = time.monotonic() + seconds
        while True:
            left = max(0.0, end - time.monotonic())
            if self._poll.poll(left * 1_000):
                return True
            if not left:
                return False

    def receive(self, keep_file: bool = False) -> Answer:
        """Return the answer, or raise its failure.

        With `keep_file` the worker's own spool file is returned, so the worker must end.
        """
        status, spooled, message = self._receive()
        if status not in (worker.ANSWERED, worker.PART):
            os.ftruncate(self._spool.fileno(), 0)
            if status == worker.FAILED:
                self.end()
            raise _failure(status, message.decode(errors="replace"), self._limits)
        if not spooled:
            return Answer(message, more=status == worker.PART)
        if keep_file:
            out: IO[bytes] = os.fdopen(os.dup(self._spool.fileno()), "rb")
        else:
            out = copied(self._spool.fileno(), spooled)
        out.seek(0)
        return Answer(b"", out, spooled, status == worker.PART)

    def _receive(self) -> tuple[int, int, bytes]:
        status, spooled, length = worker.ANSWER.unpack(self._exactly(worker.ANSWER.size))
        if spooled > self._limits.result or length > self._limits.result + worker.INLINE:
            self.end()
            raise Crashed("the query process gave an answer that cannot be")
        return status, spooled, self._exactly(length)

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = os.read(self._from, size - len(parts))
            if not part:
                raise self._died()
            parts += part
        return bytes(parts)

    def _died(self) -> QueryFailure:
        """Return why the process is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.returncode
        self.end()
        if code in (-signal.SIGXCPU, -signal.SIGALRM):
            return timed_out(self._limits)
        if code in (-signal.SIGABRT, -signal.SIGKILL):
            return OutOfMemory(f"the query needs more than {self._limits.memory >> 20:,} MB of memory",
                               "Ask for less at once: a LIMIT without ORDER BY, or fewer patterns that share no variable")
        return Crashed("the engine broke on this query", "Write it more simply; the service itself goes on")

    def step_back(self, priority: int = LATER) -> None:
        """Lower the priority from now on: a long query must not slow down short ones."""
        give_way(self.process.pid, priority)

    def kill(self) -> None:
        """Kill the process; the thread that waits for it finds that it died and ends it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def end(self) -> None:
        """Kill the process, whatever it is doing, and wait for it; repeating it does no harm."""
        self.ended = True
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        for handle in (self.process.stdin, self.process.stdout, self._spool):
            if handle is not None:
                handle.close()


def _clock(process: int) -> int:
    """Return the clock of a process's processor time, as `clock_getcpuclockid` of Linux does."""
    return (~process << 3) | 2


@cache
def _warn_once() -> None:
    """Log where the sandbox is weaker than on Linux."""
    logging.getLogger("odlinked.cage").warning(
        "this system limits a query's time and files, but not its memory: serve strangers from Linux")


def timed_out(limits: Limits) -> TimedOut:
    """Return the failure of a query that ran out of time."""
    return TimedOut(f"the query ran longer than {limits.seconds} s", "Ask for less at once, or use the dump")


def too_large(limits: Limits) -> ResultTooLarge:
    """Return the failure of a query whose result is too large."""
    return ResultTooLarge(f"the result is larger than {limits.result >> 20:,} MB, so nothing of it is handed out",
                          "Page through it with ORDER BY, LIMIT and OFFSET, or use the dump")


def _failure(status: int, message: str, limits: Limits) -> QueryFailure:
    if status == worker.SYNTAX:
        return Syntax(f"the query is not valid SPARQL: {mistakes.read(message).text}", message)
    if status == worker.PARAMETER:
        return Malformed(f"default-graph-uri and named-graph-uri must be absolute IRIs: {message}")
    if status == worker.TOO_LARGE:
        return too_large(limits)
    if status == worker.MEMORY:
        return OutOfMemory(f"the query needs more than {limits.memory >> 20:,} MB of memory", "Ask for less at once")
    if status == worker.UNWRITABLE:
        return NotWritable(message, "Ask for JSON, CSV, TSV, Turtle or N-Triples")
    if status == worker.FULL:
        return no_room()
    if status == worker.UNANSWERABLE:
        return Unanswerable(f"the engine cannot answer this: {message[:300]}")
    return Crashed(f"the engine could not answer: {message}")


def _packages() -> str:
    """Return the folder that holds pyoxigraph."""
    found = importlib.util.find_spec("pyoxigraph")
    if found is None or found.origin is None:
        raise NotSupported("pyoxigraph is not installed", "Install odlinked again")
    return str(Path(found.origin).parent.parent)
