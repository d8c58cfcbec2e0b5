"""Looking at the texts of queries, long ones one at a time: each takes a processor for a good part of a second.

It is done in the process that serves pages, where only one thread computes at a time: several long texts at once would make every
other answer wait for all of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from odlinked.cage import tokenizer
from odlinked.cage.tokenizer import Inspection
from odlinked.cage.turns import Caller, Turns

LONG: Final = 8_192
"""Longest text, in characters, that is looked at without waiting for a turn: about four milliseconds."""

WAIT_SECONDS: Final = 5.0


@dataclass
class TextReader:
    """Inspects texts; `turns` are those of long ones, given to the client that used them least."""

    turns: Turns = field(default_factory=lambda: Turns(1, 2, 16))

    def inspect(self, text: str, caller: Caller) -> Inspection:
        """Return what a text is, as `tokenizer.inspect`; raise `Busy` where a long one gets no turn."""
        if len(text) <= LONG or len(text) > tokenizer.MAX_TEXT:
            return tokenizer.inspect(text)
        self.turns.take(caller, WAIT_SECONDS)
        began = time.monotonic()
        try:
            return tokenizer.inspect(text)
        finally:
            self.turns.give(caller, time.monotonic() - began)
