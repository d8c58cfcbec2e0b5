"""The values of a whole file, column by column, in one pass: which ways of writing they fit, gaps, distinct values, what is odd.

Memory does not grow with the rows: of each column some thousand strings are remembered, and digests only as long as every value
is another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from odlinked.folding import fold
from odlinked.lifting.reading.words import DescribingWords, TotalWords
from odlinked.lifting.reading.written_forms import WrittenForm
from odlinked.sheets.tables import RowBlock

MOST_DISTINCT: Final = 500
"""Distinct values that are counted one by one; a column with more is no code."""

MOST_UNIQUE: Final = 2_000_000
KINDS: Final = ("number", "date", "time", "truth")
_SAMPLES: Final = 5
_MEMO: Final = 16_384
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
    about as many as there are distinct ones, so many hold markup, Chinese characters or a leading zero, or are addresses;
    `limits` counts those that say that something is below a limit.
    """

    def __init__(self, words: DescribingWords, heading: str) -> None:
        self.words, self.heading = words, heading
        self.filled = self.blank = self.longest = self.judged = self.limits = 0
        self.markup = self.below = self.zeros = self.han = self.addresses = 0
        self.misfits = [0] * len(words.forms)
        self.odd: list[list[tuple[int, str]]] = [[] for _ in words.forms]
        self.gaps: Counter[str] = Counter()
        self.values: Counter[str] | None = Counter()
        self.shapes: set[str] = set()
        self.unique = True
        self.first_double: tuple[int, str] | None = None
        self._seen: set[int] = set()
        self._shown: set[str] = set()
        self._memo: dict[str, tuple[int, ...]] = {}

    def take(self, block: RowBlock, place: int) -> None:
        """Take the cells of a column of some rows."""
        counted = block.counted[place]
        filled: dict[str, int] = {}
        alike: dict[tuple[int, ...], int] = {}
        first: dict[tuple[int, ...], list[tuple[str, str]]] = {}
        for text, times in counted.items():
            written = text.strip()
            if not written:
                self.blank += times
            elif written in self.words.gaps:
                self.gaps[written] += times
            else:
                filled[written] = filled.get(written, 0) + times
                misfits = self._memo.get(written)
                misfits = self._judged(written) if misfits is None else misfits
                alike[misfits] = alike.get(misfits, 0) + times
                samples = first.setdefault(misfits, [])
                if len(samples) < _SAMPLES and written not in self._shown:
                    samples.append((text, written))
        for misfits, times in alike.items():
            for form in misfits:
                self.misfits[form] += times
            self._show(block, place, misfits, first[misfits])
        self.filled += sum(filled.values())
        if self.below:
            self.limits += sum(times for written, times in filled.items() if self.words.below.fullmatch(written))
        self._count(block, place, filled)

    def _show(self, block: RowBlock, place: int, misfits: Sequence[int], samples: Sequence[tuple[str, str]]) -> None:
        """Keep the first values that do not fit ways of writing, with their rows in order."""
        for text, written in samples:
            lacking = [form for form in misfits if len(self.odd[form]) < _SAMPLES
                       or block.numbers[0] <= self.odd[form][-1][0]]
            if not lacking:
                break
            row = block.numbers[block.first(place, text)]
            self._shown.add(written)
            for form in lacking:
                if all(written != other for _, other in self.odd[form]):
                    self.odd[form] = sorted([*self.odd[form], (row, written)])[:_SAMPLES]

    def _count(self, block: RowBlock, place: int, filled: Mapping[str, int]) -> None:
        if self.values is not None:
            for written, times in filled.items():
                self.values[written] += times
            if len(self.values) > MOST_DISTINCT:
                self.values = None
        if self.unique:
            digests = set(map(hash, filled))
            if sum(filled.values()) > len(digests) or not self._seen.isdisjoint(digests):
                self.unique, self.first_double = False, self._first_double(block.numbers, block.cells(place))
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
        misfits = self.words.forms.misfits(written)
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
        """Return the first way of writing, of some kinds, that all values fit, or all but a share; None for text.

        With a share, values below a limit count neither way, where there are others: they are no way to write a number.
        """
        left_out = self.limits if share and self.limits < self.filled else 0
        for most in (0.0, share) if left_out else (share,):
            for place, form in enumerate(self.words.forms):
                if form.kind in kinds and self.filled and self.misfits[place] - left_out <= most * (self.filled - left_out):
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
        self.rows = 0
        self.totals: Counter[int] = Counter()
        self.first_totals: list[tuple[int, str]] = []
        self._totals: dict[str, bool] = {}
        self._plain: set[str] = set()

    def take(self, block: RowBlock) -> None:
        """Take some rows. A total counts as one, and its values do not count among those of the records."""
        self.rows += len(block)
        records = self.records(block)
        if records is not block:
            self._count_totals(block)
        for place, column in enumerate(self.columns):
            if place < len(records.counted):
                column.take(records, place)
            else:
                column.blank += len(records)

    def records(self, block: RowBlock) -> RowBlock:
        """Return a block without the rows that are totals: the block itself where there are none."""
        fresh = set[str]().union(*block.counted) - self._plain
        if not any(map(self._says_total, fresh)):
            if len(self._plain) < _MEMO:
                self._plain |= fresh
            return block
        kept = [at for at, cells in enumerate(block.rows) if self._total(cells) is None]
        return RowBlock([block.numbers[at] for at in kept], [block.rows[at] for at in kept])

    def without_totals(self, blocks: Iterable[RowBlock]) -> Iterable[RowBlock]:
        """Return the blocks of the table, read again once all of it was taken, without the rows that are totals."""
        return map(self.records, blocks) if self.totals else blocks

    def _count_totals(self, block: RowBlock) -> None:
        for number, cells in zip(block.numbers, block.rows, strict=True):
            place = self._total(cells)
            if place is not None:
                self.totals[place] += 1
                if len(self.first_totals) < _SAMPLES:
                    self.first_totals.append((number, cells[place].strip()))

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
