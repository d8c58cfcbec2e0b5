"""How much the longest tests try: a part of it in each run, all where `ODLINKED_TESTS=whole` is set."""

from __future__ import annotations

import os
from typing import Final, TypeVar

IS_WHOLE: Final = os.environ.get("ODLINKED_TESTS") == "whole"

Extent = TypeVar("Extent")


def extent(part: Extent, whole: Extent) -> Extent:
    """Return how much is tried in this run."""
    return whole if IS_WHOLE else part
