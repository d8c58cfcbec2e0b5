"""Counts and badges by day: of each kept release as on its own day, and as published; nothing of one day is told of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.asking.organizations import TOTALS
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.queries import load

HistoryRow = dict[str, Any]
_TOLD: Final = ("body", "datasets", "open", "stated", "goldOrBetter", "platinum")
_PUBLISHED: Final = {"datasets": "stated", "gold": "gold", "platinum": "platinum"}
"""What a published count is a count of -> the column it stands in."""


def of_releases(workspace: Workspace, assets: Assets, as_of: date, clock: Clock) -> Iterator[HistoryRow]:
    """Yield what each organisation had, with all below it, in the last release of each day up to `as_of` that is kept."""
    days: dict[date, str] = {}
    for name in workspace.names():
        if workspace.is_readable(name):
            days[clock.day(datetime.fromisoformat(workspace.manifest(name)["created"]))] = name
    query = load(assets, TOTALS)
    for day, name in sorted(days.items()):
        if day > as_of:
            continue
        answer = ox.Store.read_only(str(workspace.releases / name / "store")).query(query.spelled(today=day.isoformat()))
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - narrows the engine's wider type
        for row in answer:
            told = {key: str(getattr(row[key], "value", "")) for key in _TOLD}
            has_badges = told["stated"] not in ("", "0")
            yield {"unit": told["body"], "date": day.isoformat(), "basis": "release", "release": name,
                   "datasets": told["datasets"], "open": told["open"], "stated": told["stated"],
                   **({"gold": told["goldOrBetter"], "platinum": told["platinum"]} if has_badges else {})}


def of_figures(figures: Iterable[HistoryRow]) -> Iterator[HistoryRow]:
    """Yield published figures, a row for each organisation and day (or month)."""
    found: dict[tuple[str, str], HistoryRow] = defaultdict(dict)
    for figure in figures:
        column = _PUBLISHED.get(str(figure["figure"]).rpartition("/")[2])
        if column:
            found[figure["unit"], figure["date"]][column] = figure["value"]
    for (unit, day), told in found.items():
        yield {"unit": unit, "date": day, "basis": "published", **told}
