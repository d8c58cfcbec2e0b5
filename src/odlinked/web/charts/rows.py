"""Drawings of the columns of a table: how values are distributed, a course over time, bars of values, places on a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from odlinked.web.charts.scale import LEAST, WIDTH, Tick

_SMALL: Final = (120, 30)
_TOP, _HEIGHT, _LEFT, _RIGHT, _FOOT = 10, 140, 48, 8, 18
_NAME, _NUMBER, _ROW = 110, 60, 22


class SmallBar(NamedTuple):
    """A bar of a small drawing, with what it says."""

    x: float
    y: float
    width: float
    height: float
    text: str


class ChartPoint(NamedTuple):
    """A point of a drawing: its place, and what it says."""

    x: float
    y: float
    label: str
    value: float


class LineChart(NamedTuple):
    """A course: its size, lines of its axis, points, and the line through them."""

    width: int
    height: int
    left: int
    ticks: list[Tick]
    points: list[ChartPoint]
    line: str


class ValueBar(NamedTuple):
    """A bar with its name and value: its place from the top, where it begins, its length."""

    name: str
    value: float
    y: int
    x: float
    length: float
    shown: str


class ValueChart(NamedTuple):
    """Bars of values one below the other: size, where zero is, how high one is."""

    width: int
    height: int
    zero: float
    thick: int
    bars: list[ValueBar]


class PlaceMap(NamedTuple):
    """Dots on a map: its size, the dots, the edges (west, south, east, north) in degrees, and how far they are from the left of
    the drawing (and from its right)."""

    width: int
    height: float
    dots: list[ChartPoint]
    edges: tuple[float, float, float, float]
    left: float


def distribution(bins: Sequence[Sequence[float]]) -> list[SmallBar]:
    """Return the bars of [low, high, count] parts in a drawing 120 wide and 30 high; none for fewer than three parts."""
    most = max((part[2] for part in bins), default=0)
    if len(bins) < LEAST or not most:
        return []
    width = _SMALL[0] / len(bins)
    found = []
    for place, (low, high, count) in enumerate(bins):
        height = max(1.0, _SMALL[1] * count / most) if count else 0.0
        found.append(SmallBar(round(width * place, 1), round(_SMALL[1] - height, 1), round(width - 1, 1), round(height, 1),
                              f"{figure(low)} – {figure(high)}: {int(count):,}"))
    return found


def line(points: Sequence[tuple[str, float]]) -> LineChart | None:
    """Return a course over evenly spaced labels; None for fewer than three."""
    if len(points) < LEAST:
        return None
    marks = ticks(min(value for _, value in points), max(value for _, value in points))
    low, high = marks[0], marks[-1]
    step = (WIDTH - _LEFT - _RIGHT) / (len(points) - 1)
    unit = _HEIGHT / ((high - low) or 1)
    made = [ChartPoint(round(_LEFT + step * place, 1), round(_TOP + (high - value) * unit, 1), label, value)
            for place, (label, value) in enumerate(points)]
    lines = [Tick(round(_TOP + (high - mark) * unit, 1), figure(mark)) for mark in marks]
    return LineChart(WIDTH, _TOP + _HEIGHT + _FOOT, _LEFT, lines, made, " ".join(f"{point.x},{point.y}" for point in made))


def bars(points: Sequence[tuple[str, float]]) -> ValueChart | None:
    """Return bars of values from zero on, to the left where they are below; None for fewer than three."""
    if len(points) < LEAST:
        return None
    low, high = min(0.0, *(value for _, value in points)), max(0.0, *(value for _, value in points))
    room = WIDTH - _NAME - _NUMBER
    unit = room / ((high - low) or 1)
    zero = _NAME - low * unit
    made = [ValueBar(name, value, _ROW * place + 4, round(min(zero, zero + value * unit), 1), round(abs(value) * unit, 1),
                     figure(value)) for place, (name, value) in enumerate(points)]
    return ValueChart(WIDTH, _ROW * len(points) + 4, round(zero, 1), _ROW - 8, made)


def places(points: Sequence[Sequence[float | str]]) -> PlaceMap | None:
    """Return places (latitude, longitude, name) on a map whose degrees are as long as they are in its middle; None for none."""
    found = [(float(lat), float(long), str(name)) for lat, long, name in points
             if -85 <= float(lat) <= 85 and -180 <= float(long) <= 180]
    if not found:
        return None
    south, north = min(one[0] for one in found), max(one[0] for one in found)
    west, east = min(one[1] for one in found), max(one[1] for one in found)
    margin = 0.05 * max(north - south, east - west) or 0.01
    south, north, west, east = south - margin, north + margin, west - margin, east + margin
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * squeeze), 1.4 * WIDTH / (north - south))
    left = (WIDTH - (east - west) * squeeze * scale) / 2
    dots = [ChartPoint(round(left + (long - west) * squeeze * scale, 1), round((north - lat) * scale, 1), name, 0.0)
            for lat, long, name in found]
    return PlaceMap(WIDTH, round((north - south) * scale, 1), dots, (west, south, east, north), round(left, 1))


def ticks(low: float, high: float, lines: int = 4) -> list[float]:
    """Return round numbers, evenly spaced, from one not above `low` to one not below `high`."""
    if high <= low:
        return [low - 0.5, low, low + 0.5]
    raw = (high - low) / lines
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * part for part in (1, 2, 5, 10) if size * part >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(place * step, 12) for place in range(first, last + 1)]


def figure(value: float) -> str:
    """Return a number as people write it: up to four digits that count, thousands apart."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
