"""How many datasets each theme, strategy and series has."""

from __future__ import annotations

from typing import Final

from odlinked.catalog.served.release import Release

GROUPS: Final = ("theme", "strategy", "series")
"""The dimensions by which people browse."""


def counted(release: Release) -> tuple[tuple[str, str, int], ...]:
    """Return (dimension, IRI, living datasets) of every theme, strategy and series that has any, those with most first."""
    return tuple(release.selections.counts(GROUPS))


def every_series(release: Release) -> tuple[tuple[str, int], ...]:
    """Return (IRI, living datasets) of every series, also of one none of whose members is here; those with most first."""
    counts = {iri: count for dimension, iri, count in release.noted(counted) if dimension == "series"}
    found = ((iri, counts.get(iri, 0)) for _, iri, _, _ in release.titles("series"))
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))
