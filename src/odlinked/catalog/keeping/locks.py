"""Locks of a workspace: files that one process at a time holds, with its name in them."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from odlinked import ownership
from odlinked.clock import Clock
from odlinked.errors import WorkspaceError


@contextlib.contextmanager
def lock(root: Path, purpose: str, clock: Clock, name: str = "lock") -> Iterator[None]:
    """Hold the lock `name` of the workspace at `root`; raise `WorkspaceError` at once, naming the holder, where another has it.

    `purpose` is the verb that is at work. The lock is the kernel's (flock): it ends with its process, however that ends.
    """
    with open(root / name, "a+", encoding="utf-8", opener=ownership.opener) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise WorkspaceError(f"it is held by {holder}", doing=f"{purpose} in the workspace", on=str(root),
                                 next_step="Wait until that has ended") from problem
        file.seek(0)
        file.truncate()
        file.write(f"`odlinked {purpose}` (process {os.getpid()}, since {clock.now().isoformat(' ', 'seconds')})")
        file.flush()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                file.seek(0)
                file.truncate()
