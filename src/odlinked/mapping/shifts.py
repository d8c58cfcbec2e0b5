"""Rows whose cells are one or more columns off: found by aligning the cells with the columns they fit.

The best order-keeping match of cells to columns (an alignment as of sequences) is compared with the cells as they are. A row is
shifted where the match is much better and cells that fit their new column well have moved; a row with wrong codes is not, for
those fit no other column either.
"""

from __future__ import annotations

from collections.abc import Sequence

from odlinked.mapping.fit import CERTAIN, Fit, Score

_SKIP = 1.0
"""The cost of leaving out a cell, or a column."""

_EMPTY = 0.5
"""The cost of leaving out an empty cell."""

_MISFITS = -3
"""The sum of misfits from which a row is examined."""

_GAIN = 5.0
"""By how much the match must be better."""

_MOVED = 4
"""The least sum of the scores of cells that moved, where none of them is certain."""

_SHARE = 3
"""The share of cells that do not fit their column but fit the one of the match, as one in so many."""

_BAND = 4
"""The most columns to the left or right in which a cell is looked for."""


def start(cells: Sequence[str], scores: Sequence[int], fit: Fit) -> int | None:
    """Return the position of the first column whose cell is elsewhere or that holds another's cell, None for a row in place."""
    if sum(score for score in scores if score < 0) > _MISFITS:
        return None
    cells = cells[:len(fit.scores)]
    pairs, best = _aligned(cells, fit.scores)
    moved = [(cell, column) for cell, column in pairs if cell != column]
    fitting = [fit.scores[column](cells[cell]) for cell, column in moved if fit.scores[column] and cells[cell]]  # type: ignore[misc]
    good = [score for score in fitting if score > 0]
    if best - sum(scores) < _GAIN or not good or (max(good) < CERTAIN and sum(good) < _MOVED):
        return None
    if len(good) * _SHARE < sum(score < 0 for score in scores):
        return None  # most misfits fit no column: the row is full of faults, not shifted
    return min(min(pair) for pair in moved)


def _aligned(cells: Sequence[str], scores: Sequence[Score | None]) -> tuple[list[tuple[int, int]], float]:
    """Return the best match as (cell, column) pairs, and its score.

    Only the band is kept: of a table of ten thousand columns, all pairs would take gigabytes.
    """
    rows, columns = len(cells), len(scores)
    low = float("-inf")
    table: list[dict[int, float]] = [{} for _ in range(rows + 1)]
    steps: list[dict[int, tuple[int, int]]] = [{} for _ in range(rows + 1)]
    for i in range(rows + 1):
        for j in range(max(0, i - _BAND), min(columns, i + _BAND) + 1):
            options = [] if i or j else [(0.0, (0, 0))]
            if i and j:
                score = scores[j - 1]
                own = score(cells[i - 1]) if score is not None and cells[i - 1] else 0
                options.append((table[i - 1].get(j - 1, low) + own, (1, 1)))
            if i:
                options.append((table[i - 1].get(j, low) - (_SKIP if cells[i - 1] else _EMPTY if j < columns else 0.0), (1, 0)))
            if j:
                options.append((table[i].get(j - 1, low) - (_SKIP if i < rows else 0.0), (0, 1)))
            table[i][j], steps[i][j] = max(options, key=lambda option: option[0])
    end = max(table[rows], key=lambda j: table[rows][j])
    pairs, i, j = list[tuple[int, int]](), rows, end
    while i or j:
        down, right = steps[i][j]
        if down and right:
            pairs.append((i - 1, j - 1))
        i, j = i - down, j - right
    return pairs[::-1], table[rows][end]
