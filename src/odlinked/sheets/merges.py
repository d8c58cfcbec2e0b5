"""Merged cells of a worksheet, and headings that span several rows."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from odlinked.sheets.headings import is_text, on_one_line
from odlinked.sheets.tables import Row

DEEPEST: Final = 6
"""Most rows of a header."""


class Merge(NamedTuple):
    """A merged cell: 1-based rows as a spreadsheet shows them, 0-based columns, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


class Merges:
    """The merged cells of one sheet; `stated` is False where the format has none (then blanks after a heading count as
    merged)."""

    def __init__(self, merges: Iterable[Merge] = (), *, stated: bool = False) -> None:
        self.stated = stated
        self.by_top: dict[int, list[Merge]] = defaultdict(list)
        for merge in merges:
            self.add(merge)

    def add(self, merge: Merge) -> None:
        """Add a merged cell; a reader does so before it yields the row in which the cell begins."""
        self.by_top[merge.top].append(merge)

    def covered(self, row: Row) -> int:
        """Return how many blank cells of `row` are covered by headings merged to the right."""
        return sum(merge.right - merge.left for merge in self.by_top.get(row.number, ())
                   if merge.left < len(row.cells) and row.cells[merge.left].strip())

    def below(self, row: Row, ahead: Iterable[Row]) -> list[Row]:
        """Return the rows of `ahead` that continue the header which starts at `row`."""
        header = [row]
        for line in ahead:
            if line.number != header[-1].number + 1 or len(header) >= DEEPEST:
                break
            if not (self._reaches(header, line.number) or self._under_groups(header, line)):
                break
            header.append(line)
        return header[1:]

    def _reaches(self, header: Sequence[Row], number: int) -> bool:
        """True when a heading of `header` is merged down into row `number`."""
        return any(merge.bottom >= number and merge.left < len(row.cells) and row.cells[merge.left].strip()
                   for row in header for merge in self.by_top.get(row.number, ()))

    def _under_groups(self, header: Sequence[Row], line: Row) -> bool:
        """True when `line` shows only heading-like text, all of it under groups, and splits at least one of them."""
        top = header[-1]
        columns = self._grouped(top)
        if columns is None:
            return False
        shown = [index for index, cell in enumerate(line.cells) if cell.strip()]
        words = [on_one_line(line.cells[index]) for index in shown]
        if len(set(words)) < 2 or not all(map(is_text, words)):
            return False
        blank = {index for index in shown if index >= len(top.cells) or not top.cells[index].strip()}
        return bool(blank) and all(columns(index) for index in shown)

    def _grouped(self, row: Row) -> _Columns | None:
        """Return a test whether a column is under a group heading of `row`; None when it has no group."""
        if self.stated:
            spans = [(merge.left, merge.right) for merge in self.by_top.get(row.number, ())
                     if merge.right > merge.left and merge.left < len(row.cells) and row.cells[merge.left].strip()]
        else:
            starts = [index for index, cell in enumerate(row.cells) if cell.strip()]
            ends = [start - 1 for start in starts[1:]] + [starts[-1] + DEEPEST]
            spans = [(start, end) for start, end in zip(starts, ends, strict=True) if end > start]
        return _Columns(spans) if spans else None

    def join(self, header: Sequence[Row]) -> tuple[str, ...]:
        """Return the headings of the columns: top to bottom joined with a blank, a group repeated over its columns."""
        if len(header) == 1:
            return tuple(map(on_one_line, header[0].cells))
        width = max(len(row.cells) for row in header)
        parts: list[list[str]] = [[] for _ in range(width)]
        for depth, row in enumerate(header):
            texts = [on_one_line(cell) for cell in row.cells] + [""] * (width - len(row.cells))
            for start, end in self._spans(header, depth):
                for index in range(start, min(end, width - 1) + 1):
                    texts[index] = texts[index] or texts[start]
            for index, words in enumerate(texts):
                if words and words not in parts[index][-1:]:
                    parts[index].append(words)
        return tuple(" ".join(words) for words in parts)

    def _spans(self, header: Sequence[Row], depth: int) -> list[tuple[int, int]]:
        """Return the groups of row `depth` of `header` that rows below it split."""
        if depth == len(header) - 1:
            return []
        if self.stated:
            return [(merge.left, merge.right) for merge in self.by_top.get(header[depth].number, ()) if merge.right > merge.left]
        below = header[depth + 1].cells
        starts = [index for index, cell in enumerate(header[depth].cells) if cell.strip()]
        ends = [start - 1 for start in starts[1:]] + [len(below) - 1]
        return [(start, end) for start, end in zip(starts, ends, strict=True)
                if any(cell.strip() for cell in below[start:end + 1])]

    def down(self, numbers: Sequence[int], most: int) -> dict[int, list[tuple[int, int]]]:
        """Return, for each of the rising row `numbers` covered by a cell merged downwards, its columns and the row of that cell's
        text; raise `ValueError` when more than `most` rows are covered, as overlapping merges can."""
        covered: dict[int, list[tuple[int, int]]] = defaultdict(list)
        count = 0
        for merges in self.by_top.values():
            for merge in merges:
                inside = numbers[bisect_right(numbers, merge.top):bisect_right(numbers, merge.bottom)]
                count += len(inside)
                if count > most:
                    raise ValueError(f"its merged cells cover more than {most:,} rows")
                for number in inside:
                    covered[number].append((merge.left, merge.top))
        return covered


class Filling:
    """Fills cells merged downwards into the rows they cover, which arrive one by one in order."""

    def __init__(self, merges: Merges) -> None:
        self.by_top = merges.by_top
        self.open: list[tuple[Merge, str]] = []

    def filled(self, row: Row) -> Sequence[str]:
        """Return the cells of a row, blank ones under a merged cell filled with its text."""
        if not self.by_top:
            return row.cells
        number, cells = row
        if self.open:
            self.open = [(merge, text) for merge, text in self.open if merge.bottom >= number]
            shown = list(cells)
            for merge, text in self.open:
                if merge.left >= len(shown) or not shown[merge.left]:
                    shown.extend([""] * (merge.left + 1 - len(shown)))
                    shown[merge.left] = text
            cells = tuple(shown)
        for merge in self.by_top.get(number, ()):
            if merge.bottom > number and merge.left < len(cells) and cells[merge.left]:
                self.open.append((merge, cells[merge.left]))
        return cells


class _Columns:
    """Whether a column lies in one of some spans."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self.spans = spans

    def __call__(self, column: int) -> bool:
        return any(start <= column <= end for start, end in self.spans)
