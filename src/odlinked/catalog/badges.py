"""How many datasets of a release can have which badges, by what is known of them. The question is an asset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.catalog.release import Release

BADGES: Final = "queries/collection/badges.rq"


class Range(NamedTuple):
    """The lowest and the highest badge (concept IRIs) that so many datasets can have; equal where the badge is sure."""

    lowest: str
    highest: str
    datasets: int


def ranges(release: Release) -> Iterator[Range]:
    """Yield the ranges of badges in a release, the most frequent first; datasets without any are not checked."""
    for lowest, highest, datasets in release.ask(BADGES):
        yield Range(lowest, highest, int(datasets))
