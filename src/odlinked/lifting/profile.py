"""The values of a whole file, column by column, in one pass: which ways of writing they fit, gaps, distinct values, what is odd.

Memory does not grow with the rows: of each column some thousand strings are remembered, and digests only as long as every value
is another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from odlinked.folding import fold
from odlinked.lifting.words import DescribingWords, WrittenForm

MOST_DISTINCT: Final = 500
"""Distinct values that are counted one by one; a column with more is no code."""

MOST_UNIQUE: Final = 2_000_000
KINDS: Final = ("number", "date", "time", "truth")
_SAMPLES: Final = 5
_MEMO: Final = 16_384
_REMARK: Final = re.compile(r"\s*\([^()]*\)$")
_ADDRESS: Final = re.compile(r"https?://\S+")
_HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MARKUP: Final = re.compile(r"</?[A-Za-z][^<>]*>|<!--|&(?:nbsp|lt|gt|amp|#\d+);")


class ColumnProfile:
    """What is known of the values of a column.

    `misfits` counts for each way of writing (its place in the words) the values that do not fit it, gaps left out; `values`
    counts distinct values as long as there are few; `unique` is true while no value has come twice. Of the `judged` values,
    about as many as there are distinct ones, so many hold markup, Chinese characters or a leading zero, or are addresses.
    """

    def __init__(self, words: DescribingWords, heading: str) -> None:
        self.words, self.heading = words, heading
        self.filled = self.blank = self.longest = self.judged = 0
        self.markup = self.below = self.zeros = self.han = self.addresses = 0
        self.misfits = [0] * len(words.forms)
        self.odd: list[list[tuple[int, str]]] = [[] for _ in words.forms]
        self.gaps: Counter[str] = Counter()
        self.values: Counter[str] | None = Counter()
        self.shapes: set[str] = set()
        self.unique = True
        self.first_double: tuple[int, str] | None = None
        self._seen: set[int] = set()
        self._memo: dict[str, tuple[int, ...]] = {}

    def take(self, row: int, text: str) -> None:
        """Take a cell."""
        written = text.strip()
        if not written:
            self.blank += 1
            return
        if written in self.words.gaps:
            self.gaps[written] += 1
            return
        self.filled += 1
        self._count(row, written)
        misfits = self._memo.get(written)
        for place in self._judged(written) if misfits is None else misfits:
            self.misfits[place] += 1
            if len(self.odd[place]) < _SAMPLES:
                self.odd[place].append((row, written))

    def _count(self, row: int, written: str) -> None:
        if self.values is not None:
            self.values[written] += 1
            if len(self.values) > MOST_DISTINCT:
                self.values = None
        if self.unique:
            digest = hash(written)
            if digest in self._seen or len(self._seen) >= MOST_UNIQUE:
                self.unique, self.first_double, self._seen = False, (row, written), set()
            else:
                self._seen.add(digest)

    def _judged(self, written: str) -> tuple[int, ...]:
        """Return the ways of writing that a value does not fit, and note what is odd about it."""
        misfits = tuple(place for place, form in enumerate(self.words.forms) if not form.fits(written))
        self.longest = max(self.longest, len(written))
        self.han += _HAN.search(written) is not None
        self.judged += 1
        self.addresses += _ADDRESS.fullmatch(written) is not None
        self.zeros += len(written) > 1 and written[0] == "0" and written.isdigit()
        self.markup += _MARKUP.search(written) is not None
        self.below += self.words.below.fullmatch(written) is not None
        if len(self.shapes) < _SAMPLES:
            self.shapes.add(shape(written))
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        if len(written) <= 64:
            self._memo[written] = misfits
        return misfits

    @property
    def distinct(self) -> int:
        """How many distinct values there are; more than `MOST_DISTINCT` are not counted."""
        return MOST_DISTINCT + 1 if self.values is None else len(self.values)

    def form(self, kinds: Sequence[str] = KINDS, share: float = 0.0) -> tuple[int, WrittenForm] | None:
        """Return the first way of writing, of some kinds, that all values fit, or all but a share; None for text."""
        for place, form in enumerate(self.words.forms):
            if form.kind in kinds and self.filled and self.misfits[place] <= share * self.filled:
                return place, form
        return None


def shape(text: str) -> str:
    """Return the shape of a value: letters as a, digits as 0."""
    return re.sub("[A-Za-z]", "a", re.sub("[0-9]", "0", text))


class TableProfile:
    """The profiles of all columns of a table, and the rows that are totals."""

    def __init__(self, words: DescribingWords, headings: Sequence[str]) -> None:
        self.words, self.headings = words, headings
        self.columns = [ColumnProfile(words, heading) for heading in headings]
        self.rows = self.ragged = 0
        self.totals: Counter[int] = Counter()
        self.first_totals: list[tuple[int, str]] = []
        self._totals: dict[str, bool] = {}

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Take a row. A total counts as one, and its values do not count among those of the records."""
        self.rows += 1
        place = self._total(cells)
        if place is not None:
            self.totals[place] += 1
            if len(self.first_totals) < _SAMPLES:
                self.first_totals.append((number, cells[place].strip()))
            return
        self.ragged += len(cells) > len(self.columns)
        for column, text in zip(self.columns, cells, strict=False):
            column.take(number, text)
        for column in self.columns[len(cells):]:
            column.blank += 1

    def is_record(self, cells: Sequence[str]) -> bool:
        """True for a row that is no total."""
        return self._total(cells) is None

    def _total(self, cells: Sequence[str]) -> int | None:
        """Return the place of the cell that says that a row is a total."""
        for place, text in enumerate(cells):
            if 0 < len(text) < 16 and is_total(text, self.words.totals, self._totals):
                return place
        return None


def is_total(text: str, words: frozenset[str], memo: dict[str, bool]) -> bool:
    """True when a cell says no more than that its row is a total."""
    found = memo.get(text)
    if found is None:
        folded = fold(text).strip()
        found = folded in words or _REMARK.sub("", folded) in words
        if len(memo) < _MEMO:
            memo[text] = found
    return found
