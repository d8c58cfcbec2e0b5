"""The kernel's limits of a process that works for strangers, set once and for good."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

LATER: Final = 10
"""The priority of a process that works for one client for seconds: short answers go before it."""


def environment() -> dict[str, str]:
    """Return the only environment variables such a process gets: where the system finds the interpreter's own libraries."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}


def give_way(process: int, priority: int = LATER) -> None:
    """Have a process that was started in a session of its own leave the processor to those of a higher priority."""
    # By the number of a process its first thread alone is meant (setpriority(2), "C library/kernel differences"): another works.
    with suppress(OSError):  # it has ended
        os.setpriority(os.PRIO_PGRP, process, priority)
    # Where sessions get the processor in turn, priorities within one say nothing to the others (sched(7), "autogroup"). All users
    # but root may set ten a second together.
    with suppress(OSError), open(f"/proc/{process}/autogroup", "w", encoding="ascii") as group:
        group.write(str(priority))


def hold(memory: int, written: int, descriptors: int) -> str:
    """Set the kernel's limits permanently; return the names of those that work on this system.

    `memory` bytes may be used in addition to what is mapped already; a file may grow to `written` bytes; no more than
    `descriptors` files and sockets can be open (0: none can be opened any more). Only Linux enforces an address space limit.
    """
    import resource

    held = "files processor"
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as statm:
            mapped = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
        held += " memory"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    return held


def processor(seconds: int) -> None:
    """Let the kernel end this process after so many more seconds of processor time."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(sum(os.times()[:2])) + seconds, hard))
