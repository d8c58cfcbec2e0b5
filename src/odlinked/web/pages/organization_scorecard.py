"""What the quality page of an organisation shows: its counts on each basis, its score, what to correct first, and its history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from odlinked.catalog.summaries import standings
from odlinked.catalog.summaries.standings import BASES, QuarterEnd
from odlinked.namespaces import DCTERMS, DQV, ODL
from odlinked.web.charts.columns import ColumnChart, ColumnData, columns
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer

MARKS: Final = (*standings.BADGES, "unknown")
"""The parts of a column of the chart, from below; "unknown" are the datasets counted of which no badge is certain."""

QUARTERS: Final = 8
"""The most quarters of the chart."""

SCORES: Final = ("datasets", "score-lowest", "score-highest", "platinum-stated", "score-stated", "progress-stated",
                 "platinum-published", "score-published", "progress-published")
"""The rows of an organisation's history, by the short names of the metrics."""

_FIRST: Final = ("score", "score-lowest", "score-highest", "gold-share", "datasets", "platinum", "gold", "silver", "bronze",
                 "none", "undecided", "not-checked")
"""The figures that are read first, in their order, by the short names of the metrics without their basis; the others follow."""

_NODE = re.compile(r"#(\d{4}-\d\d-\d\d)-(.+)$")


@dataclass(frozen=True)
class Figure:
    """A measured number: its metric, and the value as written in the document; `short` is the metric's name in addresses."""

    metric: NamedItem
    short: str
    value: str


@dataclass(frozen=True)
class Mend:
    """What to correct first: an indicator, or a badge with all that it asks for (`is_badge`); what that adds to the score, how
    many datasets it concerns, and how many of them then have a higher badge."""

    indicator: NamedItem
    gain: str
    datasets: str
    place: int
    raised: str = ""
    is_badge: bool = False


@dataclass(frozen=True)
class Standing:
    """An organisation as of `day`; by basis, its `figures`, and the badges at the ends of `quarters` with their chart (None:
    fewer than three quarters).

    `thin` has, for scores that are not given, on how many datasets, of how many, they would be based; `history` has the scores of
    other days, the latest first, by the names of `SCORES`.
    """

    day: str
    figures: dict[str, list[Figure]]
    quarters: dict[str, list[QuarterEnd]]
    charts: dict[str, ColumnChart | None]
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
    figures = {basis: [Figure(viewer.named(metric), name, value) for name, (metric, value) in sorted(today.items(), key=_place)
                       if _basis(name) == basis] for basis in BASES}
    days = {when: {name: value for name, (_, value) in values.items()} for when, values in by_day.items()}
    known = _series(days)
    quarters = {basis: standings.quarters(known, basis) for basis in BASES}
    unchecked = [viewer.named(iri) for iri in reader.iris(ODL + "notChecked")]
    thin = {reader.iri_of(ODL + "notChecked", node): (reader.value(ODL + "restsOn", node), reader.value(ODL + "outOf", node))
            for node in reader.nodes if f"#{day}-" in node and ODL + "restsOn" in reader.predicates(node)}
    history = [(when, {name: values.get(name, "") for name in SCORES}) for when, values in sorted(days.items(), reverse=True)
               if when != day and any(name in values for name in SCORES)]
    return Standing(day, figures, quarters, {basis: badge_chart(found) for basis, found in quarters.items()},
                    _mends(viewer, reader, day), unchecked, thin, history)


def _series(days: dict[str, dict[str, str]]) -> standings.Series:
    found: dict[str, list[tuple[str, str]]] = {}
    for day, values in sorted(days.items()):
        for name, value in values.items():
            found.setdefault(name, []).append((day, value))
    return found


def badge_chart(quarters: Sequence[QuarterEnd]) -> ColumnChart | None:
    """Return the chart of the badges at the ends of the last quarters."""
    return columns([ColumnData(f"Q{one.quarter[-1]}", one.quarter[:4], {**one.counts, "unknown": one.unknown})
                    for one in quarters[-QUARTERS:]], MARKS)


def _basis(name: str) -> str:
    return next((basis for basis in BASES[1:] if name.endswith(basis)), "")


def _place(figure: tuple[str, object]) -> tuple[int, str]:
    """Return where a figure stands in its table."""
    name = figure[0].removesuffix(_basis(figure[0]))
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST)), name


def _mends(viewer: Viewer, reader: Reader, day: str) -> list[Mend]:
    found = []
    for node in reader.nodes:
        mended, reached = reader.iri_of(ODL + "mends", node), reader.iri_of(ODL + "reaches", node)
        indicator = mended or reached
        if indicator and f"#{day}-" in node:
            place = reader.value(ODL + "place", node)
            found.append(Mend(viewer.named(indicator), reader.value(ODL + "gain", node),
                              reader.value(ODL + "datasetsConcerned", node), int(place) if place.isdigit() else 0,
                              reader.value(ODL + "datasetsRaised", node), not mended))
    return sorted(found, key=lambda mend: (mend.place, mend.indicator.name))
