"""What was added, changed and removed in a period: releases compared record by record, or by the dates of records where none is
kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record
from odlinked.clock import Clock

EventRow = dict[str, Any]


def changes(release: Release, base: Release | None, start: date, as_of: date, clock: Clock) -> Iterator[EventRow]:
    """Yield a row for each dataset that is new, changed or withdrawn since `start`."""
    before = {record.iri: record for record in base.roster("dataset")} if base else None
    for record in release.roster("dataset"):
        what = _compared(record, before.get(record.iri)) if before is not None else _dated(record, start, as_of, clock)
        if what:
            stated = (before or {}).get(record.iri, record) if record.state == "gone" else record
            yield {"unit": stated.publisher or record.publisher, "what": what, "title": record.title or stated.title,
                   "identifier": unquote(record.iri.rpartition("/")[2]), "issued": stated.issued,
                   "changed": _day(record, clock)}


def _compared(record: Record, earlier: Record | None) -> str:
    """Return how a record differs from the release before the period, "" where nothing differs."""
    was_there = earlier is not None and earlier.state == "live"
    if record.state == "gone":
        return "withdrawn" if was_there else ""
    if not was_there:
        return "new"
    return "changed" if earlier and earlier.hash != record.hash else ""


def _dated(record: Record, start: date, as_of: date, clock: Clock) -> str:
    """Return how a record changed by its dates alone."""
    first, last = start.isoformat(), as_of.isoformat()
    if record.state == "gone":
        return "withdrawn" if _is_within(_day(record, clock), first, last) else ""
    if _is_within(record.issued[:10], first, last):
        return "new"
    return "changed" if _is_within(record.modified[:10], first, last) else ""


def _is_within(day: str, first: str, last: str) -> bool:
    """True when a day or month is in a period; an unknown one is not."""
    return bool(day) and first[: len(day)] <= day <= last[: len(day)]


def _day(record: Record, clock: Clock) -> str:
    return clock.day(record.changed).isoformat()
