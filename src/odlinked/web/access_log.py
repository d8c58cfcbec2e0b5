"""The access log and what goes wrong: a line for each request, and never a service that waits for who does not read it."""

from __future__ import annotations

import logging
import os
import socket
import stat
import sys
from typing import Final, Literal

LONGEST: Final = 4_000
"""Bytes of a line: a pipe takes so many whole or not at all (POSIX, PIPE_BUF)."""

MOST: Final = 4
"""Pieces of an entry of that length: a traceback has several, of a longer one the end is what counts."""


class OneLine(logging.Formatter):
    """Writes a record as one line: a line break in an address cannot forge another entry."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the entry with unprintable characters escaped."""
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in super().format(record))


class NeverWaiting(logging.Handler):
    """Writes to a stream of the process; where that is a pipe or a socket that takes no more, entries are left out and counted.

    Once it takes some again, a line says how many are lost.
    """

    def __init__(self, stream: Literal["stdout", "stderr"] = "stdout") -> None:
        super().__init__()
        self._stream = stream
        self._lost = 0
        self._socket: socket.socket | None = None
        self._out = -1

    def emit(self, record: logging.LogRecord) -> None:
        """Write an entry, or count it."""
        try:
            entry = self.format(record).encode("utf-8", "backslashreplace")[-MOST * LONGEST:] + b"\n"
            if self._lost:
                self._write(f"{self._lost} entries of the log are lost: nobody read them\n".encode())
                self._lost = 0
            for place in range(0, len(entry), LONGEST):
                self._write(entry[place:place + LONGEST])
        except OSError:  # full (EAGAIN), or closed
            self._lost += 1
        except Exception:
            self.handleError(record)

    def _write(self, data: bytes) -> None:
        if self._out < 0:
            self._open()
        if self._socket is not None:
            self._socket.send(data, socket.MSG_DONTWAIT)
        else:
            os.write(self._out, data)

    def _open(self) -> None:
        """Open the stream once more, so that not to wait is said of this alone: others write to the same pipe."""
        stream, usual = (sys.__stdout__, 1) if self._stream == "stdout" else (sys.__stderr__, 2)
        number = stream.fileno() if stream else usual
        mode = os.fstat(number).st_mode
        if stat.S_ISFIFO(mode) and os.path.exists(f"/proc/self/fd/{number}"):
            self._out = os.open(f"/proc/self/fd/{number}", os.O_WRONLY | os.O_NONBLOCK)
        elif stat.S_ISSOCK(mode):
            self._out, self._socket = number, socket.socket(fileno=os.dup(number))
        else:
            self._out = number
