"""What the quality page of an organisation shows: its counts on each basis, its score, what to correct first, and its history."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from odlinked.namespaces import DCTERMS, DQV, ODL
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer

BADGES: Final = ("platinum", "gold", "silver", "bronze", "none", "not-checked")
"""The parts of a column of the chart, from below; gold includes platinum, so it is drawn without."""

BASES: Final = ("", "-stated", "-published")
"""As measured here, as the sources state badges, as counts published by an authority."""

SCORES: Final = ("datasets", "score-lowest", "score-highest", "platinum-stated", "score-stated", "progress-stated",
                 "platinum-published", "score-published", "progress-published")
"""The rows of an organisation's history, by the short names of the metrics."""

_NODE = re.compile(r"#(\d{4}-\d\d-\d\d)-(.+)$")
_WIDTH, _HEIGHT, _GAP = 640, 160, 6


@dataclass(frozen=True)
class Figure:
    """A measured number: its metric, and the value as written in the document; `short` is the metric's name in addresses."""

    metric: NamedItem
    short: str
    value: str


@dataclass(frozen=True)
class Block:
    """A part of a column of the chart, in the units of its drawing."""

    badge: str
    x: int
    y: int
    width: int
    height: int
    count: int


@dataclass(frozen=True)
class ChartColumn:
    """A column of the chart: its day, its blocks, and the numbers it stands for."""

    day: str
    blocks: list[Block]
    counts: dict[str, int]


@dataclass(frozen=True)
class Mend:
    """What to correct first: an indicator, what that adds to the score, and how many datasets it concerns."""

    indicator: NamedItem
    gain: str
    datasets: str
    place: int


@dataclass(frozen=True)
class Standing:
    """An organisation as of `day`; `figures` by basis, `columns` by basis over the days measured.

    `thin` has, for scores that are not given, on how many datasets, of how many, they would be based; `history` has the scores of
    other days, the latest first, by the names of `SCORES`.
    """

    day: str
    figures: dict[str, list[Figure]]
    columns: dict[str, list[ChartColumn]]
    mends: list[Mend]
    unchecked: list[NamedItem]
    thin: dict[str, tuple[str, str]]
    history: list[tuple[str, dict[str, str]]]

    def value(self, short: str) -> str:
        """Return a figure's value by its short name, "" where it was not measured."""
        return next((one.value for listed in self.figures.values() for one in listed if one.short == short), "")


def standing(viewer: Viewer, reader: Reader) -> Standing:
    """Return the standing of an organisation according to its quality document."""
    by_day: dict[str, dict[str, tuple[str, str]]] = {}
    for node in reader.nodes:
        found = _NODE.search(node)
        metric = reader.iri_of(DQV + "isMeasurementOf", node)
        if found and metric:
            by_day.setdefault(found[1], {})[found[2]] = (metric, reader.value(DQV + "value", node))
    day = reader.value(DCTERMS + "date")
    today = by_day.get(day, {})
    figures = {basis: [Figure(viewer.named(metric), name, value) for name, (metric, value) in sorted(today.items())
                       if _basis(name) == basis] for basis in BASES}
    days = {when: {name: value for name, (_, value) in values.items()} for when, values in by_day.items()}
    columns = {basis: _columns(days, basis) for basis in BASES}
    unchecked = [viewer.named(iri) for iri in reader.iris(ODL + "notChecked")]
    thin = {reader.iri_of(ODL + "notChecked", node): (reader.value(ODL + "restsOn", node), reader.value(ODL + "outOf", node))
            for node in reader.nodes if f"#{day}-" in node and ODL + "restsOn" in reader.predicates(node)}
    history = [(when, {name: values.get(name, "") for name in SCORES}) for when, values in sorted(days.items(), reverse=True)
               if when != day and any(name in values for name in SCORES)]
    return Standing(day, figures, columns, _mends(viewer, reader, day), unchecked, thin, history)


def _basis(name: str) -> str:
    return next((basis for basis in BASES[1:] if name.endswith(basis)), "")


def _mends(viewer: Viewer, reader: Reader, day: str) -> list[Mend]:
    found = []
    for node in reader.nodes:
        indicator = reader.iri_of(ODL + "mends", node)
        if indicator and f"#{day}-" in node:
            place = reader.value(ODL + "place", node)
            found.append(Mend(viewer.named(indicator), reader.value(ODL + "gain", node),
                              reader.value(ODL + "datasetsConcerned", node), int(place) if place.isdigit() else 0))
    return sorted(found, key=lambda mend: (mend.place, mend.indicator.name))


def _columns(days: dict[str, dict[str, str]], basis: str) -> list[ChartColumn]:
    """Return the columns of a basis, drawn to one scale; [] where it was never measured."""
    rows = [(day, _parts(values, basis)) for day, values in sorted(days.items()) if f"datasets{basis}" in values]
    rows = [(day, parts) for day, parts in rows if sum(parts.values())][-24:]
    if not rows:
        return []
    most = max(sum(parts.values()) for _, parts in rows)
    width = min(60, _WIDTH // len(rows) - _GAP)
    return [ChartColumn(day, list(_blocks(parts, most, index * (width + _GAP), width)), parts)
            for index, (day, parts) in enumerate(rows)]


def _parts(values: dict[str, str], basis: str) -> dict[str, int]:
    counts = {badge: int(float(values.get(badge + basis, "0") or 0)) for badge in BADGES}
    return counts | {"gold": max(0, counts["gold"] - counts["platinum"])}


def _blocks(parts: dict[str, int], most: int, x: int, width: int) -> Iterable[Block]:
    below = 0
    for badge, count in parts.items():
        height = round(_HEIGHT * (below + count) / most) - round(_HEIGHT * below / most)
        if count:
            yield Block(badge, x, _HEIGHT - round(_HEIGHT * below / most) - height, width, height, count)
        below += count
