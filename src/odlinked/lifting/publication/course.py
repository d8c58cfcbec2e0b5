"""What a table's chart shows: a measure over time or of named things, by the kinds and units of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from odlinked.lifting.publication.parquet import engine
from odlinked.lifting.publication.statistics import NUMBERS, written

MOST_POINTS: Final = 120
MOST_BARS: Final = 20
_LEAST: Final = 3
_TIMES: Final = ("time", "local", "day")
_CUTS: Final = (None, 10, 7, 4)
"""To how many characters an ISO time is cut, until there are few enough points: whole, day, month, year."""

_MOST_GROUPS: Final = 100_000


def chart(path: Path, columns: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> dict[str, Any] | None:
    """Return what a chart shows, None where the columns are not known to measure anything.

    `kind` is `line` (the mean at each time) or `bars` (the highest values); `points` are [label, value], `of` how many there are.
    A value is the mean of all rows with its label. `titles` name the columns by which rows are called.
    """
    measure = measured(columns)
    if measure is None:
        return None
    time = next((one for one in columns if one["type"] in _TIMES and one["distinct"] not in range(_LEAST)), None)
    label = next((one for one in columns if one["name"] in titles and one["type"] == "text"), None) \
        or next((one for one in columns if one["type"] == "text" and not one["value"]), None)
    for one, kind in ((time, "line"), (label, "bars")):
        found = means(path, one["name"], measure["name"]) if one is not None else None
        if one is None or found is None:
            continue
        points = _thinned(found) if kind == "line" else \
            [(name, total / count) for name, (total, count) in found.items()]
        if len(points) < _LEAST or (kind == "line" and len(points) > MOST_POINTS):
            continue
        shown = points if kind == "line" else sorted(points, key=lambda pair: (-pair[1], pair[0]))[:MOST_BARS]
        return {"kind": kind, "measure": measure["name"], "by": one["name"], "of": len(points),
                "points": [list(point) for point in shown]}
    return None


def measured(columns: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the first column of measured quantities: those with a unit or the role of a measure that are not all one value."""
    found = [one for one in columns if one["type"] in NUMBERS and (one["role"] == "measure" or one["unit"])
             and len(one.get("bins", ())) > 1]
    return found[0] if found else None


def means(path: Path, by: str, measure: str) -> dict[str, tuple[float, int]] | None:
    """Return total and count of a measure by what another column says, in the order of its values; None for too many."""
    pa = engine()
    found: dict[Any, tuple[float, int]] = {}
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[by, measure]):
            grouped = pa.Table.from_batches([batch]).group_by(by).aggregate([(measure, "sum"), (measure, "count")])
            for row in grouped.to_pylist():
                if row[by] is not None and row[f"{measure}_count"]:
                    total, count = found.get(row[by], (0.0, 0))
                    found[row[by]] = (total + row[f"{measure}_sum"], count + row[f"{measure}_count"])
            if len(found) > _MOST_GROUPS:
                return None
    return {written(key): found[key] for key in sorted(found)}


def _thinned(means: Mapping[str, tuple[float, int]]) -> list[tuple[str, float]]:
    """Return means over time, over days, months or years where there are too many."""
    points: list[tuple[str, float]] = []
    for cut in _CUTS:
        parts: dict[str, tuple[float, int]] = {}
        for key, (total, count) in means.items():
            before = parts.get(key[:cut], (0.0, 0))
            parts[key[:cut]] = (before[0] + total, before[1] + count)
        points = [(key, total / count) for key, (total, count) in parts.items()]
        if len(points) <= MOST_POINTS:
            break
    return points
