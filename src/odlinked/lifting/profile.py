"""The values of a whole file, column by column, in one pass: which ways of writing they fit, gaps, distinct values, what is odd.

Memory does not grow with the rows: of each column some thousand strings are remembered, and digests only as long as every value
is another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from odlinked.folding import fold
from odlinked.lifting.words import DescribingWords, TotalWords, WrittenForm

MOST_DISTINCT: Final = 500
"""Distinct values that are counted one by one; a column with more is no code."""

MOST_UNIQUE: Final = 2_000_000
KINDS: Final = ("number", "date", "time", "truth")
_SAMPLES: Final = 5
_MEMO: Final = 16_384
_ROWS: Final = 2_000
_TOTAL_OF: Final = 8
"""Characters of a cell that is the total of something (新北市小計); a longer one is a title that speaks of totals."""

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

    def take(self, numbers: Sequence[int], cells: Sequence[str]) -> None:
        """Take the cells of some rows with these numbers."""
        counted = Counter(cells)
        filled: dict[str, int] = {}
        for text, times in counted.items():
            written = text.strip()
            if not written:
                self.blank += times
            elif written in self.words.gaps:
                self.gaps[written] += times
            else:
                filled[written] = filled.get(written, 0) + times
                misfits = self._memo.get(written)
                for place in self._judged(written) if misfits is None else misfits:
                    self.misfits[place] += times
                    if len(self.odd[place]) < _SAMPLES:
                        self.odd[place].append((numbers[cells.index(text)], written))
        self.filled += sum(filled.values())
        self._count(numbers, cells, filled)

    def _count(self, numbers: Sequence[int], cells: Sequence[str], filled: Mapping[str, int]) -> None:
        if self.values is not None:
            for written, times in filled.items():
                self.values[written] += times
            if len(self.values) > MOST_DISTINCT:
                self.values = None
        if self.unique:
            digests = set(map(hash, filled))
            if sum(filled.values()) > len(digests) or not self._seen.isdisjoint(digests):
                self.unique, self.first_double = False, self._first_double(numbers, cells)
            if self.unique and len(self._seen) < MOST_UNIQUE:
                self._seen |= digests
            else:
                self._seen = set()
            self.unique = self.unique and bool(self._seen or not filled)

    def _first_double(self, numbers: Sequence[int], cells: Sequence[str]) -> tuple[int, str] | None:
        """Return the first row whose value came before, with the value."""
        for number, text in zip(numbers, cells, strict=True):
            written = text.strip()
            if written and written not in self.words.gaps:
                if hash(written) in self._seen:
                    return number, written
                self._seen.add(hash(written))
        return None

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

    def alike(self) -> tuple[str, str] | None:
        """Return two values that differ in width, case, blanks or unseen characters alone, of a column of few values."""
        known: dict[str, str] = {}
        for written in self.values or ():
            other = known.setdefault(fold(written), written)
            if other != written:
                return other, written
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
        self._numbers: list[int] = []
        self._batch: list[Sequence[str]] = []

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Take a row. A total counts as one, and its values do not count among those of the records."""
        self._numbers.append(number)
        self._batch.append(cells)
        if len(self._batch) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Take the last rows, which are examined some thousand together."""
        numbers, batch, width = self._numbers, self._batch, len(self.columns)
        self._numbers, self._batch = [], []
        self.rows += len(batch)
        self.ragged += sum(len(cells) > width for cells in batch)
        columns = list(zip_longest(*batch, fillvalue=""))
        if any(self._says_total(text) for column in columns for text in set(column)):
            numbers, batch = self._records(numbers, batch)
            columns = list(zip_longest(*batch, fillvalue=""))
        for column, cells in zip_longest(self.columns, columns[:width], fillvalue=None):
            if column is not None:
                column.take(numbers, cells if cells is not None else ("",) * len(numbers))

    def _records(self, numbers: list[int], batch: list[Sequence[str]]) -> tuple[list[int], list[Sequence[str]]]:
        """Return the rows that are no totals, and count the others."""
        kept: tuple[list[int], list[Sequence[str]]] = [], []
        for number, cells in zip(numbers, batch, strict=True):
            place = self._total(cells)
            if place is None:
                kept[0].append(number)
                kept[1].append(cells)
                continue
            self.totals[place] += 1
            if len(self.first_totals) < _SAMPLES:
                self.first_totals.append((number, cells[place].strip()))
        return kept

    def is_record(self, cells: Sequence[str]) -> bool:
        """True for a row that is no total."""
        return self._total(cells) is None

    def _total(self, cells: Sequence[str]) -> int | None:
        """Return the place of the cell that says that a row is a total."""
        return next((place for place, text in enumerate(cells) if self._says_total(text)), None)

    def _says_total(self, text: str) -> bool:
        return 0 < len(text) < 16 and not text[0].isdigit() and is_total(text, self.words.totals, self._totals)


def is_total(text: str, words: TotalWords, memo: dict[str, bool]) -> bool:
    """True when a cell says no more than that its row is a total, or of what it is one."""
    found = memo.get(text)
    if found is None:
        folded = fold(text).strip()
        bare = _REMARK.sub("", folded)
        found = folded in words.whole or bare in words.whole or (len(bare) <= _TOTAL_OF and bare.endswith(words.endings))
        if len(memo) < _MEMO:
            memo[text] = found
    return found
