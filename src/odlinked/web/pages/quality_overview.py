"""What `/quality` lists: a row for each ministry with its units folded under it, in an order and on a basis to choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import request

from odlinked.catalog.asking import ministries
from odlinked.catalog.asking.ministries import MinistryRow
from odlinked.catalog.summaries.standings import BASES, BadgeFigures
from odlinked.namespaces import ODL
from odlinked.web.site import list_pages
from odlinked.web.site.site import Site
from odlinked.web.site.view import NamedItem, Viewer

SIZE: Final = 25
MOST_UNITS: Final = 20
"""Units folded under a ministry; the page of the organisation has all."""

ABOVE: Final = ODL + "comparedByUnit"
"""Marks, in the code list of organisations, a body above all ministries."""


@dataclass(frozen=True)
class StandingLine:
    """A line of the list: an organisation with all below it. `figures` are None where only `own` open datasets are told of it;
    `units` are those folded under it, of `unit_count`."""

    organization: NamedItem
    figures: BadgeFigures | None
    own: int
    units: list[StandingLine]
    unit_count: int

    @property
    def share(self) -> float | None:
        """The share of gold or better, None where it is not known."""
        one = self.figures
        return None if one is None or one.better is None or not one.datasets else one.better / one.datasets

    @property
    def points(self) -> float | None:
        """By how many percentage points the share changed since the end of an earlier quarter; None where it is not known."""
        one = self.figures
        if one is None or self.share is None or not one.then_datasets:
            return None
        return round(100 * (self.share - one.then_better / one.then_datasets), 1)


ORDERS: Final[dict[str, Callable[[StandingLine], Any]]] = {
    "datasets": lambda line: line.figures.datasets if line.figures else -1,
    "name": lambda line: line.organization.name,
    "gold": lambda line: -1.0 if line.share is None else line.share,
    "score": lambda line: float(line.figures.low) if line.figures and line.figures.low else -1.0,
    "change": lambda line: (line.points is not None, line.points),
}
"""The orders by their name in an address; all but names begin with the most."""


@dataclass(frozen=True)
class OverviewWanted:
    """What a request asks for: the order, the basis ("" in an address: the one with most to say), and the page."""

    order: str
    basis: str | None
    page: int

    @classmethod
    def of_request(cls) -> OverviewWanted:
        """Read the current request; what is no order or basis counts as not said."""
        order, basis = request.args.get("sort", ""), request.args.get("basis", "")
        return cls(order if order in ORDERS else "datasets", next((one for one in BASES if name_of(one) == basis), None),
                   list_pages.page_number(request.args.get("page")))

    @property
    def changes(self) -> dict[str, object]:
        """What an address says of it."""
        return {"page": self.page if self.page > 1 else "", "sort": self.order if self.order != "datasets" else "",
                "basis": "" if self.basis is None else name_of(self.basis)}


def name_of(basis: str) -> str:
    """Return how addresses name a basis."""
    return basis.lstrip("-") or "measured"


@dataclass(frozen=True)
class QualityOverview:
    """A page of the list, and the bases that have anything."""

    lines: list[StandingLine]
    paging: list_pages.Paging
    basis: str
    bases: list[str]
    day: str


def overview(site: Site, viewer: Viewer, wanted: OverviewWanted) -> QualityOverview:
    """Return the page that is wanted: empty where nothing was measured."""
    release = viewer.release
    above = tuple(f"{release.base}/id/organization/{notation}" for notation, iri in site.vocabulary.concepts.get(
        "organization", {}).items() if site.vocabulary.all(iri, ABOVE))
    rows = release.noted(ministries.rows, above, site.clock.today())
    stated = [one.stands for one in rows if one.stands is not None]
    bases = [basis for basis in BASES if any(basis in one.by_basis for one in stated)]
    told = {basis: sum(one.by_basis[basis].badged for one in stated if basis in one.by_basis) for basis in bases}
    basis = wanted.basis if wanted.basis in bases else max(bases, key=lambda one: told[one], default=BASES[0])
    lines = [_line(viewer, row, basis) for row in rows if row.stands is None or basis in row.stands.by_basis]
    lines.sort(key=lambda line: (line.organization.name, line.organization.iri))
    if wanted.order != "name":
        lines.sort(key=ORDERS[wanted.order], reverse=True)
    start = (wanted.page - 1) * SIZE
    shown = [_unfolded(viewer, line, rows, basis) for line in lines[start : start + SIZE]]
    return QualityOverview(shown, list_pages.Paging(wanted.page, SIZE, len(lines)), basis, bases,
                           max((one.day for one in stated), default=""))


def _line(viewer: Viewer, row: MinistryRow, basis: str) -> StandingLine:
    figures = row.stands.by_basis[basis] if row.stands is not None else None
    return StandingLine(_named(viewer, row.iri), figures, row.own, [], 0)


def _unfolded(viewer: Viewer, line: StandingLine, rows: list[MinistryRow], basis: str) -> StandingLine:
    """Return a line with the units that have anything on the basis."""
    row = next(one for one in rows if one.iri == line.organization.iri)
    units = [(iri, stands.by_basis[basis]) for iri, stands in row.units if basis in stands.by_basis]
    shown = [StandingLine(_named(viewer, iri), figures, 0, [], 0) for iri, figures in units[:MOST_UNITS]]
    return StandingLine(line.organization, line.figures, line.own, shown, len(units))


def _named(viewer: Viewer, iri: str) -> NamedItem:
    labels = viewer.release.labels(iri)
    return NamedItem(labels.get(viewer.language) or next(iter(labels.values())), viewer.place.link(iri), "", iri)
