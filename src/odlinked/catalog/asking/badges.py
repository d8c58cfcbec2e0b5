"""How many datasets of a release can have which badges, and which organisations are measured. The queries are assets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.catalog.served.release import Release
from odlinked.kinds import measured_iri

BADGES: Final = "queries/collection/badges.rq"
OUTCOMES: Final = "queries/collection/outcomes.rq"
STANDINGS: Final = "queries/collection/standings.rq"
"""The question whose answer `standings` gives."""


class BadgeRange(NamedTuple):
    """The lowest and the highest badge (concept IRIs) that so many datasets can have; equal where the badge is certain."""

    lowest: str
    highest: str
    datasets: int


def ranges(release: Release) -> Iterator[BadgeRange]:
    """Yield the ranges of badges in a release, the most frequent first; datasets without any are not checked."""
    for lowest, highest, datasets in release.ask(BADGES):
        yield BadgeRange(lowest, highest, int(datasets))


def outcomes(release: Release) -> dict[str, dict[str, int]]:
    """Return metric IRI -> answer ("passed", "failed", "untested", "inapplicable") -> how many datasets have it."""
    found: dict[str, dict[str, int]] = {}
    for metric, outcome, datasets in release.ask(OUTCOMES):
        found.setdefault(metric, {})[outcome.rpartition("#")[2]] = int(datasets)
    return found


def standings(release: Release) -> list[tuple[str, int]]:
    """Return the organisations measured on the latest day with the number of their open datasets, the one with most first.

    An organisation that was only measured before has no open datasets now: its history is on its own page. The index has the
    answer of `queries/collection/standings.rq`.
    """
    told = [(iri, *value.split(" ")) for iri, value in release.measured()]
    latest = max((day for _, day, _ in told), default="")
    found = [(measured_iri(iri), int(datasets)) for iri, day, datasets in told if day == latest]
    return sorted(found, key=lambda one: (-one[1], one[0]))
