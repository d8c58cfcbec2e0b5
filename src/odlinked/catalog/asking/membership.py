"""The members of a published series as its page lists them: in the order of their periods."""

from __future__ import annotations

from typing import Final

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import SearchResult
from odlinked.catalog.summaries.series import Periods, in_order, missing

MOST: Final = 5_000
"""Most members that are put in order; those of a larger series have no page beyond."""


def gaps(release: Release, series: str) -> tuple[str, ...] | None:
    """Return the periods that the living datasets of a series leave out, None where it cannot be told."""
    total, records = release.hanging("series", series, MOST)
    return missing((record.title for record in records), Periods.load(release.assets)) if total <= MOST else None


def members(release: Release, series: str, page: int, size: int) -> SearchResult:
    """Return a page (from 1 on) of the living datasets of a series."""
    total, records = release.hanging("series", series, MOST)
    ordered = in_order(((record.iri, record.title) for record in records), Periods.load(release.assets))
    places = {iri: place for place, iri in enumerate(ordered)}
    start = (max(1, page) - 1) * size
    return SearchResult(total, sorted(records, key=lambda record: places[record.iri])[start : start + size], {})
