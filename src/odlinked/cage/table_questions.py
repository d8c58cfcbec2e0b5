"""Questions about published rows, from the server's side: one sandboxed process that answers them in turn."""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from odlinked.cage import pipes, table_worker
from odlinked.cage.failures import Busy, Crashed, NotSupported, OutOfMemory, TimedOut
from odlinked.cage.limits import environment

_ROOM: Final = Path(__file__).resolve().parent
_START_SECONDS: Final = 20.0
_WAITING: Final = 8
TableAnswer = tuple[list[str], list[tuple[Any, ...]]]


@dataclass
class TableQuestions:
    """Answers questions about Parquet files below `folder`; a question may take so many seconds and bytes of memory.

    The process starts with the first question and ends with `close`, or with the server.
    """

    folder: Path
    seconds: int
    memory: int
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_WAITING), init=False,
                                                repr=False)

    def ask(self, sql: str, parameters: Sequence[Any], most: int) -> TableAnswer:
        """Return the columns and at most so many rows of an answer; raise a `QueryFailure`.

        Values are bound to the `?` of the text; days and times of the answer are in ISO 8601 (UTC where they have a zone).
        """
        if not self._places.acquire(blocking=False):
            raise Busy("too many questions about rows are waiting", "Try again in a few seconds")
        try:
            with self._lock:
                return self._asked(sql, parameters, most)
        finally:
            self._places.release()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _asked(self, sql: str, parameters: Sequence[Any], most: int) -> TableAnswer:
        if self._process is None or self._process.poll() is not None:
            self._start()
        self._send((sql, list(parameters), most))
        status, told = self._receive(self.seconds)
        if status == table_worker.ROWS:
            return told  # type: ignore[no-any-return]
        if status == table_worker.MEMORY:
            raise OutOfMemory(f"the question needs more than {self.memory >> 20:,} MB of memory", "Ask for less at once")
        raise Crashed(f"the engine could not answer: {told}", "Ask for less at once")

    def _start(self) -> None:
        found = importlib.util.find_spec("duckdb")
        if found is None or found.origin is None:
            raise NotSupported("DuckDB is not installed", "Run `pip install 'odlinked[duckdb]'`")
        if sys.platform == "win32":
            raise NotSupported("Windows has no limits for a process's files and memory that this cage could use",
                               "Serve from Linux")
        command = [sys.executable, "-I", "-S", str(_ROOM / "table_worker.py"), str(_ROOM), str(Path(found.origin).parent.parent),
                   str(self.folder.resolve()) + "/", str(self.memory), str(self.seconds)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         bufsize=0, env=environment(), cwd="/", start_new_session=True)
        status, told = self._receive(_START_SECONDS)
        if status != table_worker.READY:
            self._end()
            raise Crashed(f"the engine could not be started: {told}", "Try again later")

    def _send(self, message: tuple[str, list[Any], int]) -> None:
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        try:
            pipes.send(self._process.stdin.fileno(), marshal.dumps(message))
        except OSError as problem:
            raise self._broken() from problem

    def _receive(self, seconds: float) -> tuple[int, Any]:
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        try:
            data = pipes.receive(self._process.stdout.fileno(), time.monotonic() + seconds)
        except TimeoutError as problem:
            self._end()
            why = f"the question ran longer than {self.seconds} s"
            raise TimedOut(why, "Ask for less at once, or take the Parquet file") from problem
        except BrokenPipeError as problem:
            raise self._broken() from problem
        status, told = marshal.loads(data)  # noqa: S302 - our own process wrote it
        return status, told

    def _broken(self) -> Crashed:
        self._end()
        return Crashed("the engine broke on this question", "Ask for less at once; the service itself goes on")

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            for handle in (self._process.stdin, self._process.stdout):
                if handle is not None:
                    handle.close()
            self._process = None
