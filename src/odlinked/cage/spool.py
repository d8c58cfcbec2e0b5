"""Files without a name for large answers, and what is said where the disk has no room for one."""

from __future__ import annotations

import os
import tempfile
from typing import IO

from odlinked.cage.failures import NoRoom
from odlinked.cage.worker import DISK_FULL


def no_room() -> NoRoom:
    """Return the failure of a query whose answer does not fit on the disk."""
    return NoRoom("the server's disk is full", "Nothing is wrong with the query: try again later, or ask for less",
                  retry_after=60)


def is_full(problem: OSError) -> bool:
    """True where the disk is full: Python then finds no folder for a file without a name."""
    return problem.errno in DISK_FULL or isinstance(problem, FileNotFoundError)


def copied(source: int, size: int) -> IO[bytes]:
    """Return a copy of the first `size` bytes of a file, which is emptied; raise `NoRoom` where the disk has none for both."""
    try:
        out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the reader closes it
        try:
            _copy(source, out.fileno(), size)
        except BaseException:
            out.close()
            raise
    except OSError as problem:
        raise no_room() from problem
    finally:
        os.ftruncate(source, 0)
    return out


def _copy(source: int, target: int, size: int) -> None:
    """Copy the first `size` bytes of a file, by the kernel where it can."""
    done = 0
    while done < size:
        if hasattr(os, "copy_file_range"):
            try:
                done += os.copy_file_range(source, target, size - done, done, done)
                continue
            except OSError:
                pass
        part = os.pread(source, min(1 << 20, size - done), done)
        done += os.pwrite(target, part, done)
