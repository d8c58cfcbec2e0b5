"""What a run of a source would ask for now, told from its settings and its last good state alone: nothing is fetched."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from odlinked.harvesting.ckan_pages import asked_since
from odlinked.harvesting.platform import days_due
from odlinked.harvesting.state import WHOLE_DAYS, SourceState
from odlinked.settings import SourceSettings

FIRST = "first"
"""Nothing is known of the source: all of it is read."""


def outlook(source: SourceSettings, before: SourceState, today: date) -> tuple[str, dict[str, str | int]]:
    """Return which way a run would go, and what there is to tell of it.

    The ways are `first`, `pages` (each with its validators), `ckan`, `ldes`, `sparql`, `days` (the changes of some days of the
    platform) and `whole` (its whole list).
    """
    if (before.address, before.kind) != (source.address, source.kind):
        return FIRST, {}
    asked: dict[str, str | int] = {"pages": len(before.pages)}
    if source.kind == "national":
        days = list(days_due(source, before, today))
        if not days:
            return "whole", {}
        listed = datetime.fromisoformat(before.entry[0]).date()
        again = listed + timedelta(days=WHOLE_DAYS)
        return "days", {"days": len(days), "since": days[0].isoformat(), "again": again.isoformat()}
    if source.kind == "ckan":
        since = asked_since(before.entry[0]) if before.entry else ""
        return ("ckan", {"since": since}) if since else (FIRST, {})
    if source.kind == "ldes":
        return "ldes", {"fixed": sum(page.fixed for page in before.pages)}
    return ("sparql" if source.kind == "sparql" else "pages"), asked
