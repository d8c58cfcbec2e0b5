"""What older measurements a quality document takes along: enough to draw a line over years, no more."""

from __future__ import annotations

import re
from datetime import date

_NODE = re.compile(rb"<[^>#]+#(\d{4}-\d\d-\d\d)-([^>]+)> (.*)$", re.DOTALL)


def older(document: bytes, as_of: date, kept: frozenset[str] | None = None) -> list[bytes]:
    """Return the lines of an earlier document that say what was measured on other days than `as_of`."""
    day = as_of.isoformat().encode()
    found = []
    for line in document.split(b"\n"):
        node = _NODE.match(line)
        if node and node[1] != day:
            found.append(line)
    return found
