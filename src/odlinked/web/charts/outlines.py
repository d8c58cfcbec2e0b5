"""Outlines that maps are drawn on: the counties, and the land of the world; and the map of values of counties.

They are built where a wheel is built (`web/editor/outlines.mjs`); without them maps have dots alone, and values of counties stand
in a table alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.web.charts.rows import PlaceMap
from odlinked.web.charts.scale import LEAST, WIDTH

Ring = Sequence[float]
"""The corners of a closed line: longitude, latitude, longitude, ..."""

CLASSES: Final = 5
_WIDE: Final = 8.0
"""Degrees from which a map shows the land of the world instead of counties."""


class MapFrame(NamedTuple):
    """A part of the drawing, from `x`, `y` on, and the part of the world that it shows, in degrees."""

    x: float
    y: float
    width: float
    height: float
    west: float
    south: float
    east: float
    north: float

    def holds(self, ring: Ring) -> bool:
        """True when a ring lies within the frame."""
        return (self.west <= min(ring[::2]) and max(ring[::2]) <= self.east
                and self.south <= min(ring[1::2]) and max(ring[1::2]) <= self.north)

    def path(self, rings: Iterable[Ring]) -> str:
        """Return rings as the path of an SVG, a degree of longitude as long as it is in the middle of the frame."""
        across, down = self.width / (self.east - self.west), self.height / (self.north - self.south)
        return "".join("M" + " ".join(f"{self.x + (ring[i] - self.west) * across:.1f},"
                                      f"{self.y + (self.north - ring[i + 1]) * down:.1f}" for i in range(0, len(ring), 2)) + "Z"
                       for ring in rings)


def _frame(x: float, y: float, width: float, west: float, south: float, east: float, north: float) -> MapFrame:
    """Return a frame of a width, as high as its part of the world is."""
    squeeze = math.cos(math.radians((south + north) / 2))
    return MapFrame(x, y, width, round(width / ((east - west) * squeeze) * (north - south), 1), west, south, east, north)


_MAIN: Final = _frame(0, 0, WIDTH, 119.2, 21.85, 122.15, 25.36)
_INSETS: Final = (_frame(4, 4, 92, 119.88, 25.92, 120.54, 26.42), _frame(4, 90, 92, 118.13, 24.36, 118.52, 24.56))
"""Beside the main frame: the counties far from it, larger than it shows them."""


class CountyShape(NamedTuple):
    """A county on the map: its code, outline, the class of its value (1 is the lowest, 0 none)."""

    code: str
    path: str
    level: int


class MapClass(NamedTuple):
    """A class of values: its number, its lowest and its highest value."""

    level: int
    low: float
    high: float


class CountyMap(NamedTuple):
    """Values of counties as a map: its size, frames beside the main one, shapes, classes of the values from low to high."""

    width: int
    height: float
    insets: Sequence[MapFrame]
    shapes: list[CountyShape]
    classes: list[MapClass]


@dataclass(frozen=True)
class Outlines:
    """The outlines of an installation: counties by code, land, and a digest of both ("" for none)."""

    counties: Mapping[str, Sequence[Ring]] = field(default_factory=dict, repr=False)
    land: Sequence[Ring] = field(default=(), repr=False)
    digest: str = ""

    @classmethod
    def read(cls, path: Path | None) -> Outlines:
        """Return the outlines of a file; none where there is no such file, as in a checkout that built none."""
        if path is None or not path.is_file():
            return cls()
        text = path.read_bytes()
        found = json.loads(text)
        return cls(found["counties"], found["land"], hashlib.sha256(text).hexdigest())

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        found = {}
        for code, rings in self.counties.items():
            frames = [(frame, [ring for ring in rings if frame.holds(ring)]) for frame in (_MAIN, *_INSETS)]
            inset = any(held for frame, held in frames[1:])
            found[code] = "".join(frame.path(held) for frame, held in frames[inset:] if held)
        return found

    def county_map(self, values: Mapping[str, float]) -> CountyMap | None:
        """Return values by code as a map; None without outlines, or for fewer than three values."""
        if not self.counties or len(values) < LEAST:
            return None
        classes = graded(values.values())
        shapes = [CountyShape(code, path, next((one.level for one in classes if code in values
                                                and one.low <= values[code] <= one.high), 0))
                  for code, path in self._paths.items()]
        return CountyMap(WIDTH, _MAIN.height, _INSETS, shapes, classes)

    def beneath(self, chart: PlaceMap) -> str:
        """Return what lies beneath the dots of a map as one path, "" where nothing is known of it."""
        west, south, east, north = chart.edges
        beside = (east - west) * chart.left / (chart.width - 2 * chart.left)
        frame = MapFrame(0, 0, chart.width, chart.height, west - beside, south, east + beside, north)
        rings = [ring for rings in self.counties.values() for ring in rings if _meets(ring, frame)] \
            if max(frame.east - frame.west, north - south) < _WIDE else []
        return frame.path(rings or [ring for ring in self.land if _meets(ring, frame)])


def _meets(ring: Ring, frame: MapFrame) -> bool:
    return (min(ring[::2]) <= frame.east and max(ring[::2]) >= frame.west
            and min(ring[1::2]) <= frame.north and max(ring[1::2]) >= frame.south)


def graded(values: Iterable[float]) -> list[MapClass]:
    """Return classes with about as many values each, from low to high; equal values are in one class."""
    ordered = sorted(values)
    different = sorted(set(ordered))
    many = min(CLASSES, len(different))
    parts: list[list[float]] = [[] for _ in range(many)]
    for value in different:
        rank = (ordered.index(value) + len(ordered) - ordered[::-1].index(value) - 1) / 2
        parts[min(many - 1, int(rank * many / len(ordered)))].append(value)
    filled = [part for part in parts if part]
    first = (CLASSES - len(filled)) // 2 + 1
    return [MapClass(first + place, part[0], part[-1]) for place, part in enumerate(filled)]
