"""What charts have in common: their size, an axis of round numbers, short numbers."""

from __future__ import annotations

from typing import Final, NamedTuple

WIDTH: Final = 360
"""The width of a drawing in its own units: on a phone one is about a pixel, so that its texts can be read there."""

LEAST: Final = 3
"""Fewer values than these are told in a table alone."""

_STEPS: Final = (1, 2, 5)
_TEXT: Final = 5
"""About the width of a digit."""


class Tick(NamedTuple):
    """A line of an axis: its place from the top, and what it says."""

    y: float
    label: str


def steps(most: int, lines: int = 4) -> list[int]:
    """Return whole numbers from 0 on that an axis is marked with: evenly spaced, round, the last not below `most`."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * lines >= most:
                count = max(1, -(-most // (step * size)))
                return [step * size * place for place in range(count + 1)]
        size *= 10


def short(number: int) -> str:
    """Return a number as a mark of a chart has room for it: 318, 4,323, 52.5k, 1.2M; the exact one is in the table beside it."""
    if abs(number) < 10_000:
        return f"{number:,}"
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if abs(number) >= size:
            shown = number / size
            return f"{shown:.0f}{unit}" if shown >= 100 else f"{shown:.1f}{unit}"
    return str(number)


def fits(text: str, width: float) -> bool:
    """Whether a text of digits has room in a width."""
    return len(text) * _TEXT <= width
