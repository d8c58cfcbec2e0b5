"""What an organisation's page shows in figures: its score, charts of badges, formats, openings and requests, and its units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import request

from odlinked.catalog.asking import activity
from odlinked.catalog.asking.activity import Activity, UnitCounts
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries import standings
from odlinked.catalog.summaries.records import Record
from odlinked.clock import first_day
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.namespaces import ODL, SKOS
from odlinked.web.charts.bars import BarChart, BarData, bars
from odlinked.web.charts.columns import ColumnChart, ColumnData, columns
from odlinked.web.pages.organization_scorecard import Standing, standing
from odlinked.web.site import list_pages
from odlinked.web.site.address import RequestContext, identifier_of
from odlinked.web.site.document import Reader
from odlinked.web.site.site import Site
from odlinked.web.site.view import NamedItem, Viewer

MOST_BARS: Final = 8
UNITS: Final = 50
"""Units on one page of the table."""

LONGEST: Final = 60
ORDERS: Final[dict[str, Callable[[UnitRow], Any]]] = {
    "attention": lambda row: row.counts.attention, "name": lambda row: row.unit.name, "open": lambda row: row.counts.open,
    "gold": lambda row: (row.counts.better / row.counts.open if row.counts.open and row.counts.badged else -1.0, row.counts.open),
    "platinum": lambda row: row.counts.platinum, "failing": lambda row: (row.counts.failing, row.counts.visited),
    "unanswered": lambda row: (row.counts.unanswered, row.counts.asked),
}
"""The orders of the table of units by their name in an address; all but names begin with the most."""


@dataclass(frozen=True)
class UnitRow:
    """A unit of the table: its name, and its counts."""

    unit: NamedItem
    counts: UnitCounts


@dataclass(frozen=True)
class UnitsWanted:
    """Which part of the table of units a request asks for: the order, a text that names contain, and the page."""

    order: str = "attention"
    text: str = ""
    page: int = 1

    @classmethod
    def of_request(cls) -> UnitsWanted:
        """Read the current request; what is no order or page counts as not said."""
        order = request.args.get("sort", "")
        return cls(order if order in ORDERS else "attention", request.args.get("unit", "").strip()[:LONGEST],
                   list_pages.page_number(request.args.get("units")))

    @property
    def changes(self) -> dict[str, object]:
        """What an address says of it."""
        return {"sort": self.order if self.order != "attention" else "", "unit": self.text,
                "units": self.page if self.page > 1 else ""}


@dataclass(frozen=True)
class UnitTable:
    """The table of the units below an organisation: the page's rows, of how many units, of how many there are without the
    filter, and whether badges are those measured here or those sources state."""

    rows: list[UnitRow]
    paging: list_pages.Paging
    total: int
    wanted: UnitsWanted
    is_measured: bool


@dataclass(frozen=True)
class ScoreLine:
    """A score: what it rests on, the lowest and highest, its parts as (name, points), the datasets counted, those of which no
    badge is known and those of which only a range is; all as written, "" where not known."""

    basis: str
    low: str
    high: str
    parts: list[tuple[str, str]]
    datasets: str
    unchecked: str
    undecided: str


@dataclass(frozen=True)
class Dashboard:
    """The figures of an organisation with all below it; a chart is None where there are fewer than three values. `bases` are
    those on which any dataset has a badge."""

    counts: Activity
    today: str
    measured: Standing | None
    scores: list[ScoreLine]
    bases: list[str]
    formats: list[tuple[NamedItem, int]]
    format_bars: BarChart | None
    star_bars: BarChart | None
    openings: ColumnChart | None
    requests: ColumnChart | None
    span: Callable[[str], dict[str, str]]


def dashboard(viewer: Viewer, iri: str, day: date, quality: Document | None, say: Callable[..., str]) -> Dashboard | None:
    """Return the dashboard of an organisation, None where there is nothing to count of it or below it."""
    release = viewer.release
    counts = release.noted(activity.of, iri, day)
    if counts is None:
        return None
    formats = [(NamedItem(_code(viewer, value), None, "", value), count) for value, count in counts.formats]
    measured = standing(viewer, Reader(quality)) if quality is not None else None
    bases = [basis for basis, found in (measured.quarters if measured else {}).items()
             if any(any(one.counts.values()) for one in found)]
    return Dashboard(
        counts, day.isoformat(), measured, _scores(measured) if measured else [], bases, formats, bars(_shown(formats, say)),
        bars([BarData(say("quality.stars", n=value), count) for value, count in counts.stars]),
        _by_quarter([(one.quarter, {"opened": one.opened, "withdrawn": one.withdrawn}) for one in counts.quarters],
                    ("opened", "withdrawn"), ("withdrawn",)),
        _by_quarter([(one.quarter, {"answered": one.asked - one.unanswered, "unanswered": one.unanswered})
                     for one in counts.requests], ("answered", "unanswered")),
        lambda quarter: {"from": first_day(quarter), "to": last_day(quarter)})


def _by_quarter(counts: Sequence[tuple[str, Mapping[str, int | None]]], marks: Sequence[str],
                below: Sequence[str] = ()) -> ColumnChart | None:
    return columns([ColumnData(f"Q{quarter[-1]}", quarter[:4], counted) for quarter, counted in counts], marks, below)


def last_day(quarter: str) -> str:
    """Return the last day of a quarter ("2026Q3")."""
    return f"{quarter[:4]}-{('03-31', '06-30', '09-30', '12-31')[int(quarter[-1]) - 1]}"


def _code(viewer: Viewer, iri: str) -> str:
    return viewer.vocabulary.text(iri, SKOS + "notation", viewer.language) or iri.rpartition("/")[2]


def _shown(formats: Sequence[tuple[NamedItem, int]], say: Callable[..., str]) -> list[BarData]:
    """Return the bars of the most frequent formats; the others have one together, which may count a dataset several times."""
    found = [BarData(name.name, count) for name, count in formats[:MOST_BARS]]
    left = len(formats) - MOST_BARS
    return [*found, BarData(say("dashboard.formats.others", n=left), sum(count for _, count in formats[MOST_BARS:]))] \
        if left > 0 else found


def _scores(stands: Standing) -> list[ScoreLine]:
    """Return the scores on each basis that has any datasets counted."""
    found = []
    for basis in standings.BASES:
        value = {name: stands.value(name + basis) for name in (
            "datasets", "score", "score-lowest", "score-highest", "score-base", "score-platinum", "score-api", "not-checked",
            "undecided", "platinum", "api-valid")}
        if value["datasets"]:
            parts = [(name, value[f"score-{name}"]) for name in ("base", "platinum", "api") if value[f"score-{name}"]]
            low, high = (value[name] or value["score"] for name in ("score-lowest", "score-highest"))
            found.append(ScoreLine(basis, low, high, parts, value["datasets"], value["not-checked"], value["undecided"]))
    return found


def unit_table(site: Site, viewer: Viewer, iri: str, day: date, wanted: UnitsWanted) -> UnitTable | None:
    """Return a page of the table of units, None where no unit has anything to count."""
    release = viewer.release
    basis = activity.basis_of(release)
    counts = release.noted(activity.units, iri, day, basis)
    if not counts:
        return None
    rows = [UnitRow(_unit(release, viewer, one.iri), one) for one in counts]
    words = [fold(word) for word in wanted.text.split()]
    found = [row for row in rows if all(word in fold(row.unit.name) for word in words)]
    found.sort(key=lambda row: (row.unit.name, row.unit.iri))
    if wanted.order != "name":
        found.sort(key=ORDERS[wanted.order], reverse=True)
    paging = list_pages.Paging(min(wanted.page, max(1, -(-len(found) // UNITS))), UNITS, len(found))
    start = (paging.page - 1) * UNITS
    return UnitTable(found[start : start + UNITS], paging, len(rows), wanted, basis != "badge")


def _unit(release: Release, viewer: Viewer, iri: str) -> NamedItem:
    labels = release.labels(iri)
    name = labels.get(viewer.language) or next(iter(labels.values()))
    return NamedItem(name, viewer.place.link(iri), "", iri)


def asked(place: RequestContext, iri: str, name: str, **values: str) -> str:
    """Return a link to a stored question about an organisation with all below it."""
    return place.to(f"/query/{name}", organization=identifier_of(iri), **values)


def reason(viewer: Viewer, record: Record) -> str:
    """Return why a record was taken down, as its tombstone states it, "" where it states nothing."""
    document = viewer.release.document(record.iri)
    text = Reader(document).text(ODL + "withdrawalReason", viewer.language) if document is not None else None
    return text.value if text is not None else ""
