"""Looking at the texts of queries, long ones one at a time and in another process: each takes a processor for up to a second.

In the process that serves pages only one thread computes at a time, and every other answer would wait for it. So whatever reads
the whole text of a query by its tokens does it within `TextReader.turn`, and calls what does so by `TextReader.call_for`. What is
left here is to decode a long body, in pieces.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from odlinked.cage import tokenizer
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.text_process import Call, TextProcess, here
from odlinked.cage.tokenizer import Inspection
from odlinked.cage.turns import Caller, Turns

LONG: Final = 8_192
"""Longest text, in characters, that is looked at without waiting for a turn: about four milliseconds."""

YIELDS: Final = 0.0001
"""Seconds after which who looks at a long text lets another thread compute that wants to: a short answer takes several turns."""

WAIT_SECONDS: Final = 5.0


@dataclass
class TextReader:
    """Gives turns to those who look at texts; `turns` are those of long ones, given to the client that used them least.

    `process` looks at long ones; it starts with the first. `close` ends it; it also ends with the server.
    """

    turns: Turns = field(default_factory=lambda: Turns(1, 2, 16))
    process: TextProcess = field(default_factory=TextProcess)

    def close(self) -> None:
        """End the process."""
        self.process.close()

    def call_for(self, text: str) -> Call:
        """Return how functions are called that read this text by its tokens; for a long one hold its turn."""
        return self.process.call if LONG < len(text) <= tokenizer.MAX_TEXT else here

    @contextmanager
    def turn(self, text: str, caller: Caller) -> Iterator[None]:
        """Hold the turn of a text while it is looked at; raise `Busy` where a long one gets none. Short ones need none."""
        if len(text) > tokenizer.MAX_TEXT:  # it is refused unread
            yield
            return
        with self.turn_of(len(text), caller):
            yield

    @contextmanager
    def turn_of(self, size: int, caller: Caller) -> Iterator[None]:
        """Hold the turn of a text, or of a body, of this size; as `turn`."""
        if size <= LONG:
            yield
            return
        self.turns.take(caller, WAIT_SECONDS)
        began, usual = time.monotonic(), sys.getswitchinterval()
        sys.setswitchinterval(min(usual, YIELDS))
        try:
            yield
        finally:
            sys.setswitchinterval(usual)
            self.turns.give(caller, time.monotonic() - began)

    def inspect(self, text: str, caller: Caller) -> Inspection:
        """Return what a text is, as `tokenizer.inspect`; raise `Busy` where a long one gets no turn."""
        with self.turn(text, caller):
            found: Inspection = self.call_for(text)(tokenizer.inspect, text)
            return found

    def ready(self, job: QueryJob, view: StoreView, caller: Caller) -> None:
        """Do all that a query's way through the lanes needs of its text, if that is long; raise `Busy` where it gets no turn."""
        if len(job.text) > LONG:
            with self.turn(job.text, caller):
                job.request(view, self.call_for(job.text))
