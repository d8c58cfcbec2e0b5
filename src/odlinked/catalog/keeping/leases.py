"""Leases on releases: a reader holds one, so that a prune leaves the release alone."""

from __future__ import annotations

import contextlib
import errno
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def leased(folder: Path) -> Iterator[None]:
    """Hold a reader's lease on a release folder, so that a prune leaves it alone.

    A read-only workspace (mounted so, or another account's) can be read nevertheless: its lease file is opened for reading, and
    where there is none no lease is held.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            fcntl.flock(stack.enter_context(_lease(folder)), fcntl.LOCK_SH)
        yield


def _lease(folder: Path) -> IO[str]:
    try:
        return (folder / "lease").open("a")
    except OSError as problem:
        if problem.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        return (folder / "lease").open()


def is_leased(folder: Path) -> bool:
    """True when a living process reads the release in `folder`."""
    with (folder / "lease").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
