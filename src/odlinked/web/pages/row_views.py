"""What the page of published rows shows: columns with their statistics, chart, map, preview, questions to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.csvw.terms import expand
from odlinked.rdf.turtle import PrefixedNames
from odlinked.web.charts import rows as drawings
from odlinked.web.charts.rows import LineChart, SmallBar, ValueChart
from odlinked.web.charts.scale import LEAST
from odlinked.web.pages import maps, row_stars
from odlinked.web.pages.maps import CountyView, PlaceView
from odlinked.web.pages.query import asking
from odlinked.web.pages.row_stars import RowStars
from odlinked.web.site.site import Site
from odlinked.web.site.view import NamedItem, Viewer

NUMBERS: Final = ("integer", "number")


@dataclass(frozen=True)
class RowColumnView:
    """A column as it is shown: what it is, and what was found in it. Of `distinct` "" says that there are too many to count."""

    name: str
    title: str
    kind: str
    unit: NamedItem | None
    property: NamedItem
    listed: NamedItem | None
    filled: int
    nulls: int
    misfits: int
    distinct: str
    least: str
    greatest: str
    mean: str
    top: list[tuple[str, int]]
    bars: list[SmallBar]


@dataclass(frozen=True)
class RowChartView:
    """A chart: what it measures by what, the drawing, and its values for the table beside it."""

    measure: RowColumnView
    by: RowColumnView
    line: LineChart | None
    bars: ValueChart | None
    points: list[tuple[str, str]]
    of: int


@dataclass(frozen=True)
class RowsView:
    """All of it; `numeric` says of each column of the preview whether it has numbers; `asks` are links to the query page."""

    columns: list[RowColumnView]
    chart: RowChartView | None
    map: PlaceView | None
    counties: CountyView | None
    heads: list[str]
    numeric: list[bool]
    preview: list[list[str]]
    asks: list[tuple[str, str]]
    addresses: list[str]
    stars: RowStars | None


def view(site: Site, viewer: Viewer, table: LiftedTable, facts: Mapping[str, Any]) -> RowsView:
    """Return the view of a table in the language of a page."""
    short = PrefixedNames(site.prefixes).short
    columns = [_column(viewer, one, short) for one in facts["columns"]]
    titles = {one.name: one.title for one in columns}
    return RowsView(columns, _chart(columns, facts.get("chart")), maps.places(site, facts.get("points", ())),
                    _counties(site, titles, facts.get("counties")),
                    [titles.get(name, name) for name in facts["heads"]], numeric(facts), facts["preview"],
                    _asks(site, viewer, table, facts), _addresses(facts), row_stars.stars(viewer, table, facts))


def numeric(facts: Mapping[str, Any]) -> list[bool]:
    """Return of each column of the preview whether it has numbers, which stand to the right."""
    kinds = {one["name"]: one["type"] for one in facts["columns"]}
    return [kinds.get(name) in NUMBERS for name in facts["heads"]]


def _counties(site: Site, titles: Mapping[str, str], said: Mapping[str, Any] | None) -> CountyView | None:
    """Return the view of what counties have: the mean of what the table measures, else how many rows."""
    if not said:
        return None
    means = said.get("means", {})
    if len(means) >= LEAST:
        return maps.counties(site, titles.get(said["measure"], said["measure"]), means, said["left"])
    return maps.counties(site, "", said["counts"], said["left"])


def _addresses(facts: Mapping[str, Any]) -> list[str]:
    """Return two questions about the rows as the query of an address: the highest values, and how many of each kind."""
    names = {one["name"]: one for one in facts["columns"]}
    chart: Mapping[str, Any] = facts.get("chart") or {}
    found = []
    if chart.get("measure") in names and chart.get("by") in names:
        found.append(urlencode({"select": f"{chart['by']},{chart['measure']}", "sort": f"-{chart['measure']}", "limit": "10"}))
    kinds = [name for name, one in names.items()
             if one["type"] == "text" and one["distinct"] and 1 < one["distinct"] < one["rows"] / 2]
    if kinds:
        found.append(urlencode({"group": kinds[0], "aggregate": "count", "sort": "-count"}))
    return found or [urlencode({"limit": "10"})]


def _column(viewer: Viewer, one: Mapping[str, Any], short: Any) -> RowColumnView:
    iri = expand(one["property"]) or one["property"]
    number = one["type"] in NUMBERS
    ends = [drawings.figure(float(one[key])) if number and key in one else one.get(key, "") for key in ("least", "greatest")]
    return RowColumnView(
        one["name"], one["title"], one["type"], viewer.named(one["unit"]) if one["unit"] else None,
        NamedItem(short(iri) or iri.rpartition("/")[2] or iri, viewer.place.link(iri), iri=iri),
        viewer.named(one["list"]) if one["list"] else None, one["rows"] - one["nulls"] - one["misfits"], one["nulls"],
        one["misfits"], "" if one["distinct"] is None else str(one["distinct"]), ends[0], ends[1],
        drawings.figure(one["mean"]) if "mean" in one else "",
        [(str(value), int(count)) for value, count in one.get("top", ()) if count > 1],
        drawings.distribution(one.get("bins", ())))


def _chart(columns: Sequence[RowColumnView], said: Mapping[str, Any] | None) -> RowChartView | None:
    found = {one.name: one for one in columns}
    if not said or not {said["measure"], said["by"]} <= found.keys():
        return None
    points = [(str(label), float(value)) for label, value in said["points"]]
    is_line = said["kind"] == "line"
    return RowChartView(found[said["measure"]], found[said["by"]], drawings.line(points) if is_line else None,
                        None if is_line else drawings.bars(points),
                        [(label, drawings.figure(value)) for label, value in points], int(said["of"]))


def _asks(site: Site, viewer: Viewer, table: LiftedTable, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return links that ask about the rows: all of them, and the highest values of what the chart measures."""
    place = viewer.place
    found = [("rows.ask.first", asking(site, place, "queries/rows/first.rq", graph=table.graph))]
    properties = {one["name"]: expand(one["property"]) or one["property"] for one in facts["columns"]}
    chart: Mapping[str, Any] = facts.get("chart") or {}
    measure, title = (properties.get(name, "") for name in (chart.get("measure", ""), facts.get("title", "")))
    if measure.startswith("http") and title.startswith("http"):
        found.insert(0, ("rows.ask.highest", asking(site, place, "queries/rows/highest.rq", graph=table.graph, measure=measure,
                                                    title=title)))
    return [(key, link) for key, link in found if link]
