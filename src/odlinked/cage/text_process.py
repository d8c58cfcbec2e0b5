"""Long texts are looked at in another process: where that is done beside pages, each of their turns waits for it.

A thread that computes gives way to others after a tenth of a millisecond, but not while the system lets it wait for a processor:
on a busy machine a page then waits for as long, several times.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from odlinked.cage import pipes
from odlinked.cage.failures import Busy, Crashed
from odlinked.cage.limits import environment, give_way

SECONDS: Final = 20.0
"""Longest that one look at a text may take; the longest of those tried takes a second of processor time."""

_SOURCE: Final = Path(__file__).parents[2]


Call = Callable[..., Any]
"""Calls the function that is its first argument with the others, here or in another process."""


def here(function: Callable[..., Any], *arguments: object) -> Any:
    """Call a function in this process: a `Call` for short texts."""
    return function(*arguments)


class TextProcess:
    """A process that calls functions, started when it is first needed. Safe for threads, which call one after the other."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Return what a function of a module returns, or raise what it raises; `Busy` where it takes too long.

        A `Call`: what goes there and back can be pickled.
        """
        with self._lock:
            try:
                fine, found = self._asked(pickle.dumps((function, arguments)))
            except OSError as problem:
                self.close()
                raise Crashed("the process that reads long texts ended", "Write the query shorter") from problem
        if not fine:
            raise found
        return found

    def close(self) -> None:
        """End the process; the next call starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _asked(self, request: bytes) -> tuple[bool, Any]:
        process = self._process
        if process is None:
            command = [sys.executable, "-I", str(Path(__file__).with_name("text_worker.py")), str(_SOURCE)]
            process = self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                env=environment(), cwd="/", start_new_session=True)
            give_way(process.pid)
        assert process.stdin is not None  # noqa: S101 - both were asked for
        assert process.stdout is not None  # noqa: S101
        pipes.send(process.stdin.fileno(), request)
        try:
            data = pipes.receive(process.stdout.fileno(), time.monotonic() + SECONDS)
        except TimeoutError as problem:
            self.close()
            raise Busy("reading the text takes too long", "Write the query shorter") from problem
        fine, found = pickle.loads(data)  # noqa: S301 - of our own process
        return fine, found
