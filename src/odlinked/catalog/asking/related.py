"""The datasets that are related to one, each with the reasons: shared fields and standards, series, theme, organisation.

Found by questions to the index whose cost does not grow with the catalogue, so that a page can ask. What is withheld, planned or
withdrawn is never among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import nsmallest
from typing import Final, NamedTuple

from odlinked.catalog.index.selection import Selection
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.traits import ASPECTS, Trait, traits
from odlinked.namespaces import CODE

MOST: Final = 6
"""So many datasets are told."""

OPEN: Final = ("", CODE + "dataset-state/open", CODE + "dataset-state/on-request")
"""The states of datasets that are told: what can be had."""

_WEIGHT: Final = 250
"""So much the traits that two datasets share weigh together at least: three common ones, or one that few have."""

_SIBLINGS: Final = 2
"""So many members of its own series are told, which has a page of its own."""

_TRIED: Final = 40
"""So many datasets of one kind are looked at."""

_GROUPS: Final = ("series", "theme", "publisher")
"""The dimensions that are reasons, in the order they are told in."""


class RelatedDataset(NamedTuple):
    """A related dataset, its titles, and what it has in common: (kind of reason, values). Fields are written as by the dataset
    that was asked about; of other kinds the values are IRIs.

    It has nothing else of its record: what is not shown beside another dataset makes no page of that one another.
    """

    iri: str
    title: str
    title_en: str
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


def related(release: Release, iri: str) -> tuple[RelatedDataset, ...]:
    """Return the datasets related to a living one, those with the strongest reasons first."""
    number, document = release.traits.number(iri), release.document(iri)
    if number is None or document is None:
        return ()
    own, groups = traits(document), {dimension: release.traits.facets(number, dimension) for dimension in _GROUPS}
    found, siblings = dict[int, RelatedDataset](), 0
    for other in _candidates(release, number, list(own), groups):
        if other in found or other == number:
            continue
        titled = release.traits.titled(other)
        if titled is None or titled[3] not in OPEN:
            continue
        in_series = any(release.selections.has("series", value, other) for value in groups["series"])
        if in_series and siblings == _SIBLINGS:
            continue
        siblings += in_series
        found[other] = RelatedDataset(*titled[:3], _reasons(release, other, own, groups))
        if len(found) == MOST:
            break
    return tuple(found.values())


def _reasons(release: Release, other: int, own: Mapping[int, Trait],
             groups: Mapping[str, Iterable[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what a dataset shares of the traits and groups of another."""
    shared = [own[value] for value in release.traits.shared(other, own)]
    reasons = [(aspect, tuple(sorted(one.value for one in shared if one.aspect == aspect))) for aspect in ASPECTS]
    reasons += [(dimension, tuple(value for value in values if release.selections.has(dimension, value, other)))
                for dimension, values in groups.items()]
    return tuple((kind, values) for kind, values in reasons if values)


def _candidates(release: Release, number: int, own: list[int], groups: dict[str, tuple[str, ...]]) -> Iterator[int]:
    """Yield datasets that may be told, the most related first; some of them repeatedly."""
    strong = [(-weight, abs(other - number), other) for other, weight in release.traits.alike(number, own, _WEIGHT).items()]
    yield from (other for _, _, other in nsmallest(_TRIED, strong))
    sets = release.selections
    series, theme, publisher = (sets.any(dimension, groups[dimension]) for dimension in _GROUPS)
    for those in (series, theme & publisher, publisher):
        yield from nearest(those, number)


def nearest(those: Selection, number: int) -> Iterable[int]:
    """Return the numbers in a set that are nearest to one, at most `_TRIED`: from the nearest on, the lower first."""
    found, below, above = list[tuple[int, int]](), those.bits & ((1 << number) - 1), those.bits >> (number + 1)
    for _ in range(_TRIED // 2):
        if below:
            lower = below.bit_length() - 1
            below ^= 1 << lower
            found.append((number - lower, lower))
        if above:
            step = (above & -above).bit_length()
            above ^= 1 << (step - 1)
            found.append((step, number + step))
    return [other for _, other in sorted(found)]

