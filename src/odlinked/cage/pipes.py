"""Messages to and from other processes by pipes: each is its length (u32, little-endian) and so many bytes.

Pipes are given by their descriptors, of any number: `select.select` takes none above 1,023, and each of thousands of connections
has one.
"""

from __future__ import annotations

import os
import select
import time


def send(pipe: int, message: bytes) -> None:
    """Write a message; raise `OSError` where nobody reads it."""
    view = memoryview(len(message).to_bytes(4, "little") + message)
    while view:
        view = view[os.write(pipe, view):]


def receive(pipe: int, end: float) -> bytes:
    """Return the next message; raise as `exactly`."""
    return exactly(pipe, int.from_bytes(exactly(pipe, 4, end), "little"), end)


def exactly(pipe: int, size: int, end: float) -> bytes:
    """Return the next `size` bytes of a pipe.

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
