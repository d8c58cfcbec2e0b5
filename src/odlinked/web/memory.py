"""What a service asks of the C library, where that is glibc: few arenas, and memory that was freed given back to the system."""

from __future__ import annotations

import ctypes
import sys
import time
from contextlib import suppress
from typing import Final

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""

_TIDIES: Final = 60.0
"""Seconds between two times: looking through an arena of a hundred megabytes takes some milliseconds."""


def share_arenas() -> None:
    """Let all threads allocate from two arenas: else many threads have one each, and what they free stays in it, a tenth of the
    memory of a service that has served some thousand pages."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def tidy() -> None:
    """Give the system every minute the whole pages that are free inside the arenas; never ends, and nothing else is done beside:
    what keeps pages warm may wait for minutes.

    The library itself gives back only what is free at the end of an arena: pages of all sizes, made and dropped by chance, leave
    holes below it that grow for hours.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        trim = ctypes.CDLL(None).malloc_trim
        while True:
            time.sleep(_TIDIES)
            trim(0)
