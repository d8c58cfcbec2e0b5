"""How many datasets each theme, strategy and series has."""

from __future__ import annotations

from typing import Final

from odlinked.catalog.release import Release

GROUPS: Final = ("theme", "strategy", "series")
"""The dimensions by which people browse."""


def counted(release: Release) -> tuple[tuple[str, str, int], ...]:
    """Return (dimension, IRI, living datasets) of every theme, strategy and series that has any, those with most first."""
    return tuple(release.selections.counts(GROUPS))
