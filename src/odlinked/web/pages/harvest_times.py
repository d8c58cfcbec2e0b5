"""Since when a harvester asks: a day or a time, in the catalogue's time zone where it states none."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from odlinked.clock import stated
from odlinked.web.pages import facets
from odlinked.web.site.site import Site

_PLUS_LOST: Final = re.compile(r"(?<=\d) (?=\d\d:?\d\d\Z)")
"""Where a "+" was not percent-encoded in the address and so was read as a blank."""

EXAMPLES: Final = ("2026-01-31", "2026-01-31T08:00:00Z", "2026-01-31T16:00:00+08:00")
_LONGEST: Final = 40


def since(site: Site, text: str) -> str:
    """Return the time (UTC, ISO) that a parameter states, "" for none; raise `Problem` (400) for anything else."""
    if not text:
        return ""
    found = read_in(site, text)
    if found is None:
        raise facets.unknown(site, "modified_since", text, EXAMPLES, [])
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_in(site: Site, text: str) -> datetime | None:
    """Return the time (UTC) that a text states in ISO 8601, the day's first moment for a day; None where it states none."""
    return stated(_PLUS_LOST.sub("+", text.strip()), site.clock.zone) if len(text) <= _LONGEST else None


def read(time: str) -> datetime:
    """Return a time that `since` returned."""
    return datetime.fromisoformat(time)
