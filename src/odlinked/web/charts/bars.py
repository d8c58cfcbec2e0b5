"""Bars: one below the other, each with its name and its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from odlinked.web.charts.scale import LEAST, WIDTH

_ROW, _NAME, _NUMBER = 22, 96, 52
LONGEST: Final = 14
"""Characters of a name that have room before its bar; the whole name is in the table."""


class BarData(NamedTuple):
    """What a bar stands for: its name, a number, and the mark that colours it."""

    name: str
    number: int
    mark: str = "plain"


class Bar(NamedTuple):
    """A bar: its data, its place from the top, its length."""

    data: BarData
    y: int
    length: float


class BarChart(NamedTuple):
    """A drawing: its size, where bars begin, how high one is, and the bars."""

    width: int
    height: int
    left: int
    thick: int
    bars: list[Bar]


def bars(data: Sequence[BarData]) -> BarChart | None:
    """Return the chart of bars, all to one scale from 0 on; None where there are fewer than three."""
    if len(data) < LEAST or not any(one.number for one in data):
        return None
    most, room = max(one.number for one in data), WIDTH - _NAME - _NUMBER
    return BarChart(WIDTH, _ROW * len(data) + 4, _NAME, _ROW - 8,
                    [Bar(one, _ROW * place + 4, round(room * one.number / most, 1)) for place, one in enumerate(data)])
