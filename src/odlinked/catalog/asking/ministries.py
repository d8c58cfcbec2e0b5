"""The measured organisations as a list without double counting: a row is an organisation with all below it, its units are in it.

Bodies that are above all ministries are no row of such a list, or everything would be counted in one: their units are the rows,
and of them only what is their own is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from odlinked.catalog.asking import activity
from odlinked.catalog.asking.organizations import is_open, units_of
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries import standings
from odlinked.catalog.summaries.grades import GRADE
from odlinked.catalog.summaries.standings import OrganizationStanding
from odlinked.kinds import measured_iri


class MinistryRow(NamedTuple):
    """A row: the organisation, how it stands with all below it (None: only its own datasets are told, `own` of them are open),
    and its measured units, those with most datasets counted first."""

    iri: str
    stands: OrganizationStanding | None
    own: int
    units: list[tuple[str, OrganizationStanding]]


class WholeQuality(NamedTuple):
    """The badges of all open datasets: how many are open, have a badge known for certain, have gold or better, and the dimension
    of the index that was counted."""

    open: int
    badged: int
    better: int
    basis: str

    @property
    def is_measured(self) -> bool:
        """Whether badges are those measured here, not those that sources state."""
        return self.basis == GRADE


def known(release: Release) -> dict[str, OrganizationStanding]:
    """Return how the organisations stand that were measured on the latest day, by IRI."""
    found = {measured_iri(iri): standings.read(line) for iri, line in release.standings()}
    latest = max((one.day for one in found.values()), default="")
    return {iri: one for iri, one in sorted(found.items()) if one.day == latest}


def rows(release: Release, above: Iterable[str], day: date) -> list[MinistryRow]:
    """Return the rows as of a day, in no order; `above` are the bodies above all ministries."""
    stands, apart = release.once(known), frozenset(above)
    parents: dict[str, str] = {}
    for body, units in sorted(units_of(release).items()):
        for unit in units:
            parents.setdefault(unit, body)  # a unit of two bodies is told of under one of them
    below: dict[str, list[tuple[str, OrganizationStanding]]] = defaultdict(list)
    tops = []
    for iri, one in stands.items():
        if iri in apart:
            continue
        if _top(iri, parents, stands, apart) == iri:
            tops.append(iri)
        elif parents[iri] in stands:
            below[parents[iri]].append((iri, one))
    found = [MinistryRow(iri, stands[iri], 0, sorted(below[iri], key=_size, reverse=True)) for iri in tops]
    opened = is_open(release.selections, day)
    owned = ((iri, len(release.selections.of("publisher", iri) & opened)) for iri in sorted(apart & stands.keys()))
    return [*found, *(MinistryRow(iri, None, own, []) for iri, own in owned if own)]


def _top(iri: str, parents: Mapping[str, str], stands: Mapping[str, OrganizationStanding], apart: frozenset[str]) -> str:
    """Return the highest measured organisation above one that is not apart; where units are above each other in a ring, the least
    of the ring by IRI."""
    seen = [iri]
    while (parent := parents.get(seen[-1], "")) in stands and parent not in apart:
        if parent in seen:
            return min(seen[seen.index(parent):])
        seen.append(parent)
    return seen[-1]


def _size(unit: tuple[str, OrganizationStanding]) -> tuple[int, str]:
    return max(one.datasets for one in unit[1].by_basis.values()), unit[0]


def whole(release: Release, day: date) -> WholeQuality:
    """Return the badges of all open datasets as of a day not before that of the release."""
    sets, basis = release.selections, activity.basis_of(release)
    opened = is_open(sets, day)
    badged = opened & activity.badged(sets, basis)
    return WholeQuality(len(opened), len(badged), len(badged & activity.gold(sets, basis)), basis)
