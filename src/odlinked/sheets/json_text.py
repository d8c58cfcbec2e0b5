"""Incremental reading of JSON text: values are decoded one after another, and only the one being decoded is held in memory.

Objects are tuples of (key, value) in their order, so that duplicate keys are visible; arrays are lists; numbers are the text of
the file (RFC 8259, section 6, leaves precision to the reader).
"""

from __future__ import annotations

import json
import re
from typing import Final, TextIO

from odlinked.errors import InputError
from odlinked.sheets.encoding import CHUNK, LONGEST_LINE

DEPTH: Final = 100
"""Deepest nesting of arrays and objects that is read."""

_BLANK: Final = " \t\n\r\ufeff"
_SPACE: Final = re.compile("[ \\t\\n\\r\\ufeff]*")
_TAIL: Final = 16
"""Characters at the end of the buffer in which a syntax error may only mean that the rest has not been read yet."""


class Broken(Exception):
    """The file is not valid JSON: `why`, at character `at` of the buffer."""

    def __init__(self, why: str, at: int) -> None:
        self.why, self.at = why, at
        super().__init__(why)


class JsonText:
    """A JSON text read from its start. `start` is the position in the buffer up to which everything has been taken.

    `ended` is true once the end of the text was reached.
    """

    def __init__(self, file: TextIO, name: str) -> None:
        self.name = name
        self._file = file
        self._decode = json.JSONDecoder(object_pairs_hook=tuple, parse_float=str, parse_int=str, parse_constant=str,
                                        strict=False).raw_decode
        self.held, self.start, self.ended = "", 0, False
        self.taken = 0
        self._lines, self._column = 0, 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def peek(self) -> str:
        """Skip white space and byte order marks; return the next character without taking it, "" at the end."""
        following = self.held[self.start:self.start + 1]
        if following and following not in _BLANK:
            return following
        while True:
            found = _SPACE.match(self.held, self.start)
            self.start = found.end() if found else self.start
            if self.start < len(self.held):
                return self.held[self.start]
            if not self._more(CHUNK):
                return ""

    def take(self, mark: str, what: str) -> None:
        """Take the character `mark` after white space."""
        if self.peek() != mark:
            raise self.broken(f"{what} is missing")
        self.start += 1

    def value(self) -> object:
        """Take the next value: str for text and numbers, bool, None, tuple of pairs or list."""
        self.peek()
        ask = CHUNK
        while True:
            try:
                value, end = self._decode(self.held, self.start)
            except json.JSONDecodeError as problem:
                whole = problem.pos + _TAIL < len(self.held) and not problem.msg.startswith("Unterminated")
                beyond = problem.pos - self.start
                if whole or not self._more(ask):
                    raise self.broken(_REASONS.get(problem.msg, problem.msg), self.start + beyond) from problem
            except RecursionError:
                raise self.too_deep() from None
            else:
                # a number or word at the very end of the buffer may continue
                length = end - self.start
                if end < len(self.held) or self.held[end - 1] in '}]"' or not self._more(ask):
                    self.start += length
                    return value
            ask = max(CHUNK, len(self.held) - self.start)
            if ask > LONGEST_LINE:
                raise self.broken(f"a value longer than {LONGEST_LINE >> 20} million characters begins")

    def key(self) -> str:
        """Take the key of a member and the colon after it."""
        if self.peek() != '"':
            raise self.broken("a key in double quotes is missing")
        key = str(self.value())
        self.take(":", "the colon after a key")
        return key

    def broken(self, why: str, at: int = -1) -> InputError:
        """Return the error for a fault at character `at` of the buffer (by default at the current position)."""
        at = self.start if at < 0 else min(at, len(self.held))
        line = self._lines + self.held.count("\n", 0, at) + 1
        last = self.held.rfind("\n", 0, at)
        column = at - last if last >= 0 else self._column + at + 1
        return InputError(f"the JSON is broken at line {line:,}, column {column:,}: {why}", doing="reading", on=self.name,
                          next_step="Mend it, or have the program that wrote it write it again")

    def too_deep(self) -> InputError:
        """Return the error for values nested too deeply."""
        return InputError(f"the JSON is nested deeper than {DEPTH} levels", doing="reading", on=self.name,
                          next_step="Give the records themselves, without what is around them")

    def _more(self, characters: int) -> bool:
        """Drop what was taken and read on; return False at the end of the file."""
        if self.ended:
            return False
        gone, self.held = self.held[:self.start], self.held[self.start:]
        self.taken += len(gone)
        lines = gone.count("\n")
        self._lines += lines
        self._column = len(gone) - gone.rfind("\n") - 1 if lines else self._column + len(gone)
        self.start = 0
        piece = self._file.read(characters)
        self.ended = not piece
        self.held += piece
        return not self.ended


_REASONS: Final = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma is missing, or the closing bracket",
    "Expecting ':' delimiter": "the colon after a key is missing",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
    "Illegal trailing comma before end of object": "a comma stands before the end of an object",
    "Illegal trailing comma before end of array": "a comma stands before the end of an array",
    "Unterminated string starting at": "a text is opened and never closed",
}
