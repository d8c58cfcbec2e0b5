"""What people requested, as a list: by outcome, the latest first."""

from __future__ import annotations

from typing import Final

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import SearchResult
from odlinked.catalog.summaries.summary import OUTCOME

KINDS: Final = "queries/stored/requests-by-kind.rq"
MOST: Final = 5_000
"""Most requests of one outcome that are put in order."""


def counted(release: Release) -> tuple[tuple[str, int], ...]:
    """Return (outcome, living requests) of every outcome, a concept's IRI or "" where none is stated, the most frequent first."""
    return tuple((value, count) for _, value, count in release.selections.counts((OUTCOME,)))


def by_kind(release: Release) -> tuple[tuple[str, int, int, int], ...]:
    """Return (kind, requests, answered, refused with what is no ground) of every kind: a concept's IRI, "" for none."""
    found: dict[str, tuple[int, int, int]] = {}
    for kind, _, _, _, *numbers in release.ask(KINDS):
        so_far = found.get(kind, (0, 0, 0))
        found[kind] = (so_far[0] + int(numbers[0]), so_far[1] + int(numbers[1]), so_far[2] + int(numbers[2]))
    return tuple((kind, *numbers) for kind, numbers in sorted(found.items()))


def listed(release: Release, outcome: str | None, page: int, size: int) -> SearchResult:
    """Return a page (from 1 on) of the requests with an outcome (None: of all), those made last first."""
    kept = [(value, count) for value, count in counted(release) if outcome is None or value == outcome]
    found = [record for value, _ in kept for record in release.hanging(OUTCOME, value, MOST)[1]]
    found.sort(key=lambda record: record.iri)
    found.sort(key=lambda record: record.issued, reverse=True)
    start = (page - 1) * size
    return SearchResult(sum(count for _, count in kept), found[start : start + size], {})
