"""Files that are their owner's alone: what holds withheld records is made with mode 0600, its folders with 0700."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def private() -> Iterator[None]:
    """Make every file and folder private that this process, its libraries and its children make meanwhile.

    The umask is the process's, so threads that write other files at that time write them private, too.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def opener(path: str, flags: int) -> int:
    """Open a file for `open(opener=…)`: made with mode 0600, and never through a symbolic link."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def tighten(path: Path) -> None:
    """Take the rights of others away from a file or folder of this user; raise `OSError` where that is not possible."""
    status = path.lstat()
    if status.st_uid == os.geteuid() and status.st_mode & 0o077:
        path.chmod(status.st_mode & 0o700)
