"""Reading the answers of other processes from their pipes, by a deadline."""

from __future__ import annotations

import os
import select
import time


def exactly(pipe: int, size: int, end: float) -> bytes:
    """Return the next `size` bytes of a pipe, given its descriptor; of any number, unlike `select.select`: each of thousands of
    connections has one.

    Raise `TimeoutError` where they are not there at `end` (`time.monotonic`), `BrokenPipeError` where the pipe ends before.
    """
    parts, ready = bytearray(), select.poll()
    ready.register(pipe, select.POLLIN)
    while len(parts) < size:
        if not ready.poll(max(0.0, end - time.monotonic()) * 1_000):
            raise TimeoutError
        part = os.read(pipe, size - len(parts))
        if not part:
            raise BrokenPipeError
        parts += part
    return bytes(parts)
