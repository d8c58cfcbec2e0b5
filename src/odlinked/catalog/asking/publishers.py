"""The publishers of the datasets of a release, and for how many datasets they are identified. The queries are assets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.catalog.served.release import Release

SHARES: Final = "queries/collection/publisher-shares.rq"
PUBLISHERS: Final = "queries/collection/publishers.rq"
_MEANINGS: Final = {
    "all": "in the release",
    "identified": "the publisher has an object identifier",
    "listed": "the shipped list has the publisher, without an object identifier",
    "ambiguous": "several organisations have the publisher's name",
    "unknown": "no list has the publisher's name",
    "rest": "no publisher, or none was looked up: no organisations were published yet",
}


class Share(NamedTuple):
    """How many datasets, of how many, have a publisher of a kind, and under how many different names."""

    name: str
    datasets: int
    of: int
    publishers: int
    meaning: str


def shares(release: Release) -> list[Share]:
    """Return the shares of a release's datasets, the total first."""
    found = {row[0]: (int(row[1] or 0), int(row[2] or 0)) for row in release.ask(SHARES)}
    whole = found.get("all", (0, 0))
    shares = [found.get(name, (0, 0)) for name in ("identified", "listed", "ambiguous", "unknown")]
    found["rest"] = (whole[0] - sum(datasets for datasets, _ in shares), whole[1] - sum(names for _, names in shares))
    return [Share(name, *_widened(found.get(name, (0, 0)), whole[0]), meaning) for name, meaning in _MEANINGS.items()]


def _widened(pair: tuple[int, int], whole: int) -> tuple[int, int, int]:
    return pair[0], whole, pair[1]


def ranked(release: Release) -> Iterator[tuple[str, str, int]]:
    """Yield (name, object identifier or "", datasets) of each publisher, the one with most datasets first."""
    for iri, name, oid, datasets in release.ask(PUBLISHERS):
        yield name or iri.rpartition("/")[2], oid, int(datasets)
