"""Standard output and error that never end a command by accident: a closed pipe, an encoding that lacks a character."""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, Final, TextIO

from odlinked.errors import InputError, said_by_system

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_ERRORS: Final = 2


class _Stream(io.FileIO):
    """A stream whose reader may go away: after that (`| head`), what is written is discarded and the command continues."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, and wait where the stream does not block and is full."""
        try:
            while (written := super().write(data)) is None:
                select.select([], [self], [])
            return written
        except OSError as problem:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(problem, BrokenPipeError) or self.fileno() == _ERRORS:
                return len(memoryview(data))
            raise InputError(said_by_system(problem), doing="writing", on="standard output") from problem


def guard() -> None:
    """Replace the process's own streams by such ones; streams set by other code are left alone."""
    sys.stdout = _guarded(sys.stdout, sys.__stdout__, 1)
    sys.stderr = _guarded(sys.stderr, sys.__stderr__, _ERRORS)


def _guarded(stream: TextIO | None, own: TextIO | None, number: int) -> TextIO:
    """Return a guarded stream in the encoding of the terminal; a character it lacks is written as its code: \\u958b."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if stream is not own or isinstance(getattr(getattr(stream, "buffer", None), "raw", None), _Stream):
        return stream
    stream.flush()
    return io.TextIOWrapper(io.BufferedWriter(_Stream(number, "w", closefd=False)), encoding=stream.encoding,
                            errors="backslashreplace", line_buffering=stream.isatty(), write_through=number == _ERRORS)
