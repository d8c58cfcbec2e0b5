"""What was found in each column of published rows: gaps, different values, range, mean, frequent values, distribution.

Each column is read once from the Parquet file, a row group at a time. Memory does not grow with the rows: different values are
counted one by one up to a limit, and beyond it only that there are more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from odlinked.lifting.publication.parquet import about_column, batches, engine, named, unit_of
from odlinked.lifting.publication.typed import TypedColumn
from odlinked.namespaces import ODL

MOST_DISTINCT: Final = 100_000
"""Different values that are counted one by one."""

TOP: Final = 10
BINS: Final = 12
PREVIEW: Final = 20
LONGEST: Final = 200
"""Characters of a value that are shown."""

MOST_CODES: Final = 200
"""Codes of a column that are listed with their addresses."""

NUMBERS: Final = ("integer", "number")
_RANGED: Final = (*NUMBERS, "day", "time", "local")


def of_column(path: Path, column: TypedColumn, misfits: int, code: Callable[[str], str] | None = None) -> dict[str, Any]:
    """Return what is said of a column and what was found in it, ready for JSON.

    `code` gives for a column of codes the address of a value, "" where it has none: `codes` are then the values with theirs.
    `distinct` is None where there are more than `MOST_DISTINCT`; then there is no `top`. `bins` are [low, high, count], the last
    one with its high end. Times are in ISO 8601, in the column's zone.
    """
    ranged, number = column.type in _RANGED, column.type in NUMBERS
    ends = _ends(path, column) if ranged else None
    found = _CountedColumn(ends if number else None)
    for values in batches(path, column.name):
        found.take(values)
    about = about_column(column)
    said: dict[str, Any] = {
        "name": column.name, "title": about["title"], "type": column.type, "property": about.get("propertyUrl", ""),
        "datatype": about["datatype"], "unit": unit_of(column), "value": about.get("valueUrl", ""),
        "role": str(column.column.annotations.get(ODL + "role", "")),
        "list": named(column.column.annotations.get(ODL + "codeList")),
        "zone": getattr(column.column.datatype.date, "zone", "") or "Z" if column.type == "time" else "",
        "rows": found.rows, "nulls": found.nulls - misfits, "misfits": misfits,
        "distinct": None if found.values is None else len(found.values)}
    if ends is not None:
        said |= {"least": written(ends[0]), "greatest": written(ends[1])}
    filled = found.rows - found.nulls
    if number and filled:
        said |= {"mean": found.total / filled, "bins": found.histogram()}
    if found.values is not None:
        said["top"] = [[written(value), count] for value, count in
                       sorted(found.values.items(), key=lambda pair: (-pair[1], str(pair[0])))[:TOP]]
        if code is not None and column.type == "text" and len(found.values) <= MOST_CODES:
            said["codes"] = [[value, iri] for value in sorted(found.values) if (iri := code(value))]
    return said


def _ends(path: Path, column: TypedColumn) -> tuple[Any, Any] | None:
    """Return least and greatest value as the file's own statistics of each row group have them; None where all are gaps."""
    pa = engine()
    ends: list[Any] = []
    with pa.parquet.ParquetFile(path) as file:
        place = file.schema_arrow.get_field_index(column.name)
        zone = getattr(file.schema_arrow.field(place).type, "tz", None)
        for number in range(file.num_row_groups):
            stated = file.metadata.row_group(number).column(place).statistics
            if stated is not None and stated.has_min_max:
                ends += [stated.min, stated.max]
    if not ends:
        return None
    pair = (min(ends), max(ends))
    return tuple(pa.scalar(one, pa.timestamp("us", tz=zone)).as_py() for one in pair) if zone else pair


class _CountedColumn:
    """Counts the values of a column; `ends` are those of a column of numbers."""

    def __init__(self, ends: tuple[Any, Any] | None) -> None:
        self.ends, self.rows, self.nulls, self.total = ends, 0, 0, 0.0
        self.values: Counter[Any] | None = Counter()
        self._bins: Counter[int] = Counter()
        self._pc = engine().compute

    def take(self, values: Any) -> None:
        """Take an array."""
        self.rows += len(values)
        self.nulls += values.null_count
        present = values.drop_null()
        if self.values is not None:
            for pair in self._pc.value_counts(present):
                self.values[pair["values"].as_py()] += pair["counts"].as_py()
            if len(self.values) > MOST_DISTINCT:
                self.values = None
        if self.ends is not None and len(present):
            self.total += float(self._pc.sum(present).as_py())
            self._take_bins(present)

    def _take_bins(self, present: Any) -> None:
        low, width = float(self.ends[0]), self._width  # type: ignore[index]
        if not width:
            self._bins[0] += len(present)
            return
        pc = self._pc
        places = pc.floor(pc.divide(pc.subtract(present.cast("float64"), low), width))
        for pair in pc.value_counts(places):
            self._bins[max(0, min(BINS - 1, int(pair["values"].as_py())))] += pair["counts"].as_py()

    @property
    def _width(self) -> float:
        return (float(self.ends[1]) - float(self.ends[0])) / BINS if self.ends else 0.0

    def histogram(self) -> list[list[float]]:
        """Return [low, high, count] of parts of equal width; a single one where all values are one."""
        assert self.ends is not None  # noqa: S101 - asked of numbers only
        low, width = float(self.ends[0]), self._width
        if not width:
            return [[low, low, self._bins[0]]]
        return [[low + place * width, low + (place + 1) * width, self._bins[place]] for place in range(BINS)]


def preview(path: Path) -> list[list[str]]:
    """Return the first rows as they are shown, a text each cell ("" for a gap)."""
    with engine().parquet.ParquetFile(path) as file:
        first = next(file.iter_batches(PREVIEW), None)
    return [] if first is None else [[written(value) for value in row.values()] for row in first.to_pylist()]


def points(path: Path, latitude: str, longitude: str, title: str, most: int) -> Iterator[tuple[float, float, str]]:
    """Yield places (latitude, longitude, title) of rows that have both, each once, at most so many."""
    names = [latitude, longitude, *([title] if title else [])]
    seen: set[tuple[float, float]] = set()
    with engine().parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=names):
            for row in batch.to_pylist():
                place = (row[latitude], row[longitude])
                if None not in place and place not in seen:
                    seen.add(place)
                    yield float(place[0]), float(place[1]), written(row[title]) if title else ""
                    if len(seen) >= most:
                        return


def written(value: Any) -> str:
    """Return a value as it is shown and kept."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = value.isoformat() if hasattr(value, "isoformat") else repr(value) if isinstance(value, float) else str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = str(int(value))
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def totals(columns: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Return how many cells are filled, gaps and misfits over all columns."""
    found = Counter[str]()
    for one in columns:
        found.update({"filled": one["rows"] - one["nulls"] - one["misfits"], "nulls": one["nulls"], "misfits": one["misfits"]})
    return dict(found)
