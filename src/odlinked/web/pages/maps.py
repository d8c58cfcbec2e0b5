"""Maps of what an answer or published rows say of counties and places: what is drawn, and the table beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from odlinked.standards.counties import SCHEME, Counties, CountyCount
from odlinked.web.charts import rows as drawings
from odlinked.web.charts.outlines import CountyMap
from odlinked.web.charts.rows import PlaceMap
from odlinked.web.site.site import Site

MOST_DOTS: Final = 2_000

Bindings = Sequence[Mapping[str, Mapping[str, str]]]
"""The rows of SPARQL Results JSON: name of the column -> term."""

_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_NUMERIC: Final = frozenset({"integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger",
                             "positiveInteger", "unsignedInt", "unsignedLong"})
_POINT: Final = re.compile(r"(?:<[^>]*>\s*)?POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)", re.IGNORECASE)
_WORDS: Final = re.compile(r"[_\s]+|(?<=[a-z])(?=[A-Z])")
_TOLD: Final = 3
"""Values of a row that its dot tells."""


@dataclass(frozen=True)
class CountyValue:
    """A county in the table: its name, its class on the map, its value as it is shown."""

    name: str
    level: int
    shown: str


@dataclass(frozen=True)
class CountyView:
    """Values of counties: what they are ("" for numbers of rows), the map (None without outlines) with its classes as texts, the
    table from the highest on, rows that name none."""

    measure: str
    chart: CountyMap | None
    classes: list[tuple[int, str]]
    rows: list[CountyValue]
    left: int


@dataclass(frozen=True)
class PlaceView:
    """Places: the dots, what lies beneath them, how many places there are, rows without one."""

    chart: PlaceMap
    land: str
    count: int
    left: int


def counties(site: Site, measure: str, values: Mapping[str, float], left: int) -> CountyView:
    """Return the view of values by code of the county."""
    chart = site.outlines.county_map(values)
    levels = {shape.code: shape.level for shape in chart.shapes} if chart else {}
    language = site.place().language
    ordered = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    classes = [(one.level, " – ".join(dict.fromkeys((drawings.figure(one.low), drawings.figure(one.high)))))
               for one in chart.classes] if chart else []
    rows = [CountyValue(site.vocabulary.label(f"{SCHEME}/{code}", language), levels.get(code, 0), drawings.figure(value))
            for code, value in ordered]
    return CountyView(measure, chart, classes, rows, left)


def places(site: Site, points: Sequence[Sequence[float | str]], left: int = 0) -> PlaceView | None:
    """Return the view of places (latitude, longitude, what a dot tells); None for none."""
    chart = drawings.places(points[:MOST_DOTS])
    return PlaceView(chart, site.outlines.beneath(chart), len(points), left) if chart else None


def counties_of(site: Site, known: Counties, columns: Sequence[str], bindings: Bindings) -> CountyView | None:
    """Return the view of the counties that an answer names, None where no column does.

    Where each county has one row and a column says how much, that is drawn; else how many rows each has.
    """
    found: list[tuple[int, str, CountyCount]] = []
    for name in columns:
        count = known.count((row[name]["value"], 1) for row in bindings if name in row and not _is_number(row[name]))
        if count is not None:
            found.append((sum(count.counts.values()), name, count))
    if not found:
        return None
    _, column, count = max(found, key=lambda one: one[0])
    total = sum(count.counts.values())
    if max(count.counts.values()) == 1:
        for name in columns:
            values = {known.code(row[column]["value"]): value for row in bindings
                      if name != column and column in row and (value := _number(row.get(name))) is not None}
            values.pop("", None)
            if len(values) > total / 2:
                return counties(site, name, values, len(bindings) - len(values))
    return counties(site, "", {code: float(often) for code, often in count.counts.items()}, len(bindings) - total)


def places_of(site: Site, columns: Sequence[str], bindings: Bindings) -> PlaceView | None:
    """Return the view of the places in an answer: columns of longitudes and latitudes, or points in WKT."""
    points = list(_points(site, columns, bindings))
    return places(site, points, len(bindings) - len(points))


def _points(site: Site, columns: Sequence[str], bindings: Bindings) -> Iterator[tuple[float, float, str]]:
    east, north = (_named(columns, site.words.texts[f"map.{name}_names"]["en"].split()) for name in ("longitude", "latitude"))
    for row in bindings:
        longitude, latitude = (_number(row.get(name)) if name and east != north else None for name in (east, north))
        if longitude is None or latitude is None:
            point = next((read for term in row.values() if (read := _POINT.fullmatch(term["value"].strip()))), None)
            longitude, latitude = (float(point[1]), float(point[2])) if point else (None, None)
        if longitude is not None and latitude is not None and abs(longitude) <= 180 and abs(latitude) <= 85 \
                and (longitude or latitude):
            told = [row[name]["value"] for name in columns if name in row and name not in (east, north)][:_TOLD]
            yield latitude, longitude, "\n".join([*told, f"{latitude}, {longitude}"])


def _named(columns: Sequence[str], names: Sequence[str]) -> str:
    """Return the column of a name, else the first with it among its words (in Latin letters) or in its name, "" for none."""
    whole = next((one for one in columns if one.lower() in names), "")
    return whole or next((one for one in columns
                          if set(_WORDS.split(one)) & set(names) or {word.lower() for word in _WORDS.split(one)} & set(names)
                          or any(not name.isascii() and name in one for name in names)), "")


def _is_number(term: Mapping[str, Any]) -> bool:
    return str(term.get("datatype", "")).rpartition("#")[2] in _NUMERIC


def _number(term: Mapping[str, Any] | None) -> float | None:
    """Return the number that a term is, None for others: a text without datatype may be one."""
    if term is None or term["type"] == "uri" or not _NUMBER.fullmatch(term["value"]):
        return None
    return float(term["value"]) if _is_number(term) or not term.get("datatype") else None
