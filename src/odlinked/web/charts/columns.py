"""Columns over time: stacked above the line, and below it what went away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from odlinked.web.charts.scale import LEAST, WIDTH, Tick, fits, short, steps

_TOP, _HEIGHT, _LEFT, _RIGHT, _FOOT = 16, 132, 34, 4, 30
_LABELLED: Final = 11
"""The least height of a block with its number written in it."""


class ColumnData(NamedTuple):
    """What a column is made of: two lines below it, and the count of each mark; None: not known."""

    label: str
    sublabel: str
    counts: Mapping[str, int | None] | None


class ColumnBlock(NamedTuple):
    """A mark of a column: what it stands for, its place and size, how many, and the number written in it ("" without room)."""

    mark: str
    x: float
    y: float
    width: float
    height: float
    number: int
    text: str


class ChartColumn(NamedTuple):
    """A column: its data, its middle, its blocks, what is written above it with its place, whether anything is known of it, and
    the marks below the line of which nothing is known."""

    data: ColumnData
    middle: float
    blocks: list[ColumnBlock]
    text: str
    text_y: float
    is_known: bool
    unknown_below: list[str]


class ColumnChart(NamedTuple):
    """A drawing: its size, the place of its zero line, the lines of its axis, its columns, the marks that occur."""

    width: int
    height: int
    left: int
    zero: float
    ticks: list[Tick]
    columns: list[ChartColumn]
    marks: list[str]


def columns(data: Sequence[ColumnData], marks: Sequence[str], below: Collection[str] = ()) -> ColumnChart | None:
    """Return the chart of columns; `marks` are stacked from the line on, those in `below` downwards.

    None where fewer than three columns have anything known: there is no course to see.
    """
    known = [one.counts for one in data if one.counts is not None]
    has_unknown_below = any(counts.get(mark, 0) is None for counts in known for mark in below)
    if len(known) < LEAST or not any(count for counts in known for count in counts.values()):
        return None
    up = max(sum(counts.get(mark) or 0 for mark in marks if mark not in below) for counts in known)
    down = max(sum(counts.get(mark) or 0 for mark in below) for counts in known)
    step = steps(max(up, down))[1]
    above = [step * place for place in range(-(-up // step) + 1)]
    under = [step * place for place in range(1, max(-(-down // step), 1 if has_unknown_below else 0) + 1)]
    unit = _HEIGHT / (above[-1] + (under[-1] if under else 0))
    zero = _TOP + unit * above[-1]
    slot = (WIDTH - _LEFT - _RIGHT) / len(data)
    width = min(40.0, slot - 6)
    made = []
    for place, one in enumerate(data):
        middle = _LEFT + slot * (place + 0.5)
        blocks = [] if one.counts is None else [
            *_stack(one.counts, [mark for mark in marks if mark not in below], middle, width, zero, -unit),
            *_stack(one.counts, [mark for mark in marks if mark in below], middle, width, zero, unit)]
        single = [block for block in blocks if block.mark not in below]
        if len(single) == 1:  # the number above it says the same
            blocks = [block._replace(text="") if block in single else block for block in blocks]
        top = min((block.y for block in single), default=zero)
        total = sum(block.number for block in blocks if block.mark not in below)
        made.append(ChartColumn(one, round(middle, 1), blocks, short(total) if one.counts is not None else "", round(top - 3, 1),
                           one.counts is not None, [mark for mark in below if (one.counts or {}).get(mark, 0) is None]))
    ticks = [Tick(round(zero - unit * number, 1), short(number)) for number in above]
    ticks += [Tick(round(zero + unit * number, 1), short(number)) for number in under]
    return ColumnChart(WIDTH, _TOP + _HEIGHT + _FOOT, _LEFT, round(zero, 1), ticks, made,
                       [mark for mark in marks if any(counts.get(mark) for counts in known)])


def _stack(counts: Mapping[str, int | None], marks: Iterable[str], middle: float, width: float, zero: float,
           unit: float) -> list[ColumnBlock]:
    """Return the blocks of a column one on the other, away from the line: upwards where `unit` (a count's height) is negative."""
    found, at = [], 0
    for mark in marks:
        count = counts.get(mark) or 0
        if count:
            edges = sorted((zero + unit * at, zero + unit * (at + count)))
            height, text = edges[1] - edges[0], short(count)
            inside = text if height >= _LABELLED and fits(text, width) else ""
            found.append(ColumnBlock(mark, round(middle - width / 2, 1), round(edges[0], 1), round(width, 1), round(height, 1),
                                     count, inside))
        at += count
    return found
