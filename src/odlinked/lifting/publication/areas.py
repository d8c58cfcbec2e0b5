"""What a map of counties shows of a table: how many rows each county has, and the mean of what the table measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from odlinked.assets import Assets
from odlinked.lifting.publication import course
from odlinked.lifting.publication.parquet import batches, engine
from odlinked.lifting.publication.statistics import written
from odlinked.standards.counties import SCHEME, Counties

_MOST: Final = 10_000
"""Different values of a column that may be places: there are fewer than 8,000 villages."""


def counties(path: Path, columns: Sequence[Mapping[str, Any]], assets: Assets) -> dict[str, Any] | None:
    """Return what a map of counties shows of a Parquet file, None where no column says counties.

    `column` says them, `counts` are rows by code and `left` is how many rows have a value that is no county; where the table
    measures something, `means` has its mean by code, and `measure` the column. A column of the code list goes before one of codes
    or names of places.
    """
    known, measure = Counties(assets), course.measured(columns)
    for one in sorted(columns, key=lambda column: column["list"] != SCHEME):
        if one["type"] != "text" or not one["distinct"] or one["distinct"] > _MOST:
            continue
        found = known.count(_values(path, one["name"]).items())
        if found is None:
            continue
        said = {"column": one["name"], "counts": dict(sorted(found.counts.items())), "left": found.left}
        if measure is not None and (means := course.means(path, one["name"], measure["name"])):
            said |= {"measure": measure["name"], "means": _of_counties(known, means)}
        return said
    return None


def _values(path: Path, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for values in batches(path, name):
        for pair in engine().compute.value_counts(values.drop_null()):
            found[written(pair["values"].as_py())] += pair["counts"].as_py()
    return found


def _of_counties(known: Counties, means: Mapping[str, tuple[float, int]]) -> dict[str, float]:
    """Return code -> mean, of totals and counts by what is written: a county may be written in several ways."""
    totals: dict[str, tuple[float, int]] = {}
    for text, (total, count) in means.items():
        if code := known.code(text):
            before = totals.get(code, (0.0, 0))
            totals[code] = before[0] + total, before[1] + count
    return {code: total / count for code, (total, count) in sorted(totals.items())}
