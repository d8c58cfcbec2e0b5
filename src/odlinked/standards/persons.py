"""Which columns of a file hold personal data: by their values, or by heading and values. Nothing of a value is kept.

What is personal data and how it is recognised is in `ontologies/standards/persons.ttl`. Rows are examined some hundred together,
column by column, and equal values once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Final
from zlib import crc32

from odlinked.folding import plain
from odlinked.persons.listed import PERHAPS, SURE, ListedNames
from odlinked.persons.words import HAN
from odlinked.standards.personal_kinds import PersonalKind, bare
from odlinked.standards.recognition import key

ROWS: Final = 256
"""Rows that are examined together."""

_CANDIDATE: Final = re.compile(
    r"(?<![A-Za-zＡ-Ｚａ-ｚ\d])[A-Za-zＡ-Ｚａ-ｚ](?:[^\w\n]{0,2}\d){9}(?!\d)"
    r"|(?<!\d)(?:\+[^\w\n]?[8８](?:[^\w\n]?\d){2}|[0０])(?:[^\w\n]{0,2}\d){9}(?!\d)")
"""What can be a number that identifies a person, alone or within a text: a letter and nine digits, a 0 or a country code and nine
digits. Anything else is not examined further."""

_MEMO: Final = 16_384
"""Values of a column that are remembered as holding no such number."""

_LISTED: Final = re.compile(f"[{HAN}]|[A-Za-z][^\\W\\d_]+[ ,-]")
"""What a name in a column under any heading has: a Chinese character, or two words."""

_FEWEST: Final = 3
"""No fewer names than this make a column under any heading one of names."""

_SAME_END: Final = 0.5
"""Names of places and things end alike (溪, 里, 站), those of persons do not: this share of them at most."""

_NEARLY_ALL: Final = 0.8
_SOME_SURE: Final = 0.15
"""Where nearly all values may be names, so many of them that surely are make a column one of names."""

_FIRST_CHARACTERS: Final = 3
"""Where none surely is, names begin with at least so many different characters; places of one district often begin alike."""

_BEGINNING: Final = 4
"""So many first characters of values under any heading are compared: telephones differ there, what is counted up does not."""

CountedValues = list[tuple[int, list[tuple[int, int, int, dict[int, str]]]]]
"""What was counted in some rows: of each column how many cells are filled, and for each kind what `_Count` has."""


@dataclass(frozen=True)
class DetectedPersonalColumn:
    """A column that holds personal data: its index from 0, its heading ("" where the heading is itself a value), the IRI of the
    kind, how many values are of it, and how many are filled."""

    column: int
    name: str
    kind: str
    found: int
    filled: int


@dataclass
class _Count:
    """How many values of a column are of a kind, how many only look like it, and whether the heading refers to it."""

    kind: PersonalKind
    headed: bool
    found: int = 0
    formed: int = 0
    ends: dict[int, str] = field(default_factory=dict)  # how values that may be names begin and end, by a digest of each
    blank: int = 0
    _known: dict[int, int] = field(default_factory=dict, repr=False)  # how surely values are names, by a digest of each

    def take(self, text: str, times: int) -> None:
        """Examine a value that occurs so many times."""
        if self.kind.fits(text) or (self.headed and self.kind.within is not None and self.kind.within(text)):
            self.found += times
        elif self.kind.form and self.kind.form(text):
            self.formed += times

    def take_any(self, numbers: Sequence[str], times: int) -> None:
        """Examine the numbers within a value that occurs so many times."""
        if any(self.kind.fits(number) for number in numbers):
            self.found += times
        elif self.kind.form and any(self.kind.form(number) for number in numbers):
            self.formed += times

    def take_listed(self, counted: Mapping[str, int], names: ListedNames) -> None:
        """Examine the values of a column under any heading, with how often each occurs: those that surely are names are found,
        those that may be are only formed so."""
        for text, times in counted.items():
            digest = hash(text)
            strength = self._known.get(digest)
            if strength is None:
                shown = plain(text).strip()
                strength, name = (-1, "") if shown in names.blanks else names.read(shown)
                self._known[digest] = strength
                if name and len(self.ends) < _MEMO:
                    last = name.split()[-1] if name.isascii() else name[-1]
                    self.ends[crc32(text.encode())] = (name[0] if strength > PERHAPS else " ") + last
            if strength < 0:
                self.blank += times
            elif strength == SURE:
                self.found += times
            elif strength:
                self.formed += times
        if len(self._known) > _MEMO:
            self._known.clear()

    def take_unheaded(self, distinct: Set[str], times_of: Callable[[], Mapping[str, int]], before: int) -> None:
        """Examine the values of a column under any heading, of which `before` are examined already: while nearly all fit."""
        fits = self.kind.unheaded
        if fits is None or self.found < _NEARLY_ALL * before:
            return
        fitting = [(text, shown) for text in distinct if (shown := plain(text).strip().upper()) and fits(shown)]
        times = times_of() if fitting else {}
        for text, shown in fitting:
            self.found += times[text]
            if len(self.ends) < _MEMO:
                self.ends[crc32(text.encode())] = shown[:_BEGINNING]

    def _holds_names(self, filled: int) -> bool:
        """True when a column under any heading is one of names."""
        ends = Counter(one[1:] for one in self.ends.values())
        if self.found + self.formed < _FEWEST or max(ends.values(), default=0) > _SAME_END * len(self.ends):
            return False
        if self.found >= _FEWEST and 2 * self.found >= filled:
            return True
        either = self.found + self.formed
        first = Counter(one[0] for one in self.ends.values())
        return either >= _NEARLY_ALL * filled and len(self.ends) >= _FEWEST and (
            self.found >= _SOME_SURE * either or (len(first) >= _FIRST_CHARACTERS and first[" "] == 0))

    def holds(self, filled: int) -> bool:
        """True when the column holds this kind."""
        if self.headed:
            return self.found > 0
        if self.kind.listed:
            return self._holds_names(filled - self.blank)
        if self.kind.unheaded and not self.kind.by_value:
            return self.found >= _NEARLY_ALL * filled and len(set(self.ends.values())) >= _FEWEST
        among = self.found + self.formed if self.kind.form else filled
        return self.found > 0 and 2 * self.found >= among

    def enough_with_names(self) -> bool:
        """True when some values are of this kind, which is enough next to a column of names."""
        return self.headed or (self.kind.by_value and self.kind.form is None and self.found > 0)


class _ScreenedColumn:
    """Examines the values of one column."""

    def __init__(self, index: int, heading: str, known: Iterable[PersonalKind]) -> None:
        self.index, self.heading, self.known, self.filled = index, heading, tuple(known), 0
        counts = [_Count(kind, bool(heading) and kind.headed(heading)) for kind in self.known]
        self.counts = [one for one in counts if one.headed or one.kind.by_value
                       or ((one.kind.listed or one.kind.unheaded) and not one.kind.excepts(heading))]
        self._headed = [one for one in self.counts if one.headed]
        self._by_value = [one for one in self.counts if not one.headed and one.kind.by_value]
        self._listed = [one for one in self.counts if not one.headed and one.kind.listed is not None]
        self._unheaded = [one for one in self.counts if not one.headed and one.kind.unheaded is not None]
        self._without: set[str] = set()

    def take(self, count: int, distinct: Set[str], times_of: Callable[[], Mapping[str, int]]) -> None:
        """Examine so many values together, the different ones of which are known, and how often each occurs where asked for."""
        before = self.filled
        self.filled += count - times_of()[""] if "" in distinct else count
        for one in self._unheaded:
            one.take_unheaded(distinct, times_of, before)
        if self._headed:
            for text, times in times_of().items():
                self._look(self._headed, text, times)
        if self._by_value and (fresh := distinct - self._without):
            if _CANDIDATE.search("\n".join(fresh)):
                counted = times_of()
                for text in fresh:
                    numbers = [bare(found[0]) for found in _CANDIDATE.finditer(text)]
                    for one in self._by_value if numbers else ():
                        one.take_any(numbers, counted[text])
            elif 2 * len(distinct) < count and len(self._without) < _MEMO:
                self._without |= fresh
        for one in self._listed:
            names = one.kind.listed
            if names is not None and _LISTED.search("\n".join(distinct)):
                one.take_listed(times_of(), names)
            elif names is not None and (blank := names.blanks & distinct):
                one.blank += sum(times_of()[text] for text in blank)

    def _look(self, counts: Sequence[_Count], text: str, times: int) -> None:
        shown = plain(text).strip()
        joined = bare(shown)
        for one in counts if shown else ():
            one.take(joined if one.kind.by_value else shown, times)


class Persons:
    """Takes the rows of a file and returns which of its columns hold personal data.

    `rows`: whether the rows themselves are to be published. Then names of persons are personal data by themselves, and so are
    those of whom to ask, which are no fault of a file.
    """

    def __init__(self, known: Sequence[PersonalKind], *, rows: bool = False) -> None:
        self._known = [kind for kind in known if rows or not kind.rows_only]
        self._of_rows = rows
        self._columns: list[_ScreenedColumn] = []
        self._rows: list[Sequence[str]] = []
        self.begun = self.named = False
        self.headless = False
        """Whether the heading is itself a person's data; `named`: whether a heading refers to names."""

    def begin(self, fields: Sequence[str]) -> None:
        """Start over with the headings of a file's columns."""
        self.begun = True
        self.named = any(kind.names and kind.heading.search(key(name)) for kind in self._known for name in fields)
        folded = [key(name) for name in fields]
        known = [kind for kind in self._known if not kind.nearby or not any(map(kind.nearby.search, folded))]
        self._columns = [_ScreenedColumn(index, name, known) for index, name in enumerate(fields)]
        self._rows = []
        self.headless = any(self._is_value(part) for name in fields for part in (name, *name.split(".")))
        if self.headless:
            self._columns = [_ScreenedColumn(index, "", self._known) for index in range(len(fields))]
            self.take(fields)

    def _is_value(self, text: str) -> bool:
        joined = bare(text)
        return any(kind.by_value and kind.fits(joined) for kind in self._known)

    def take(self, values: Sequence[str]) -> None:
        """Examine a row."""
        self._rows.append(values)
        if len(self._rows) >= ROWS:
            self._flush()

    def take_columns(self, rows: int, distinct: Sequence[Set[str]], times: Callable[[int], Mapping[str, int]]) -> None:
        """Examine some rows, the different cells of each column of which are known, and how often they occur (`times`)."""
        self._flush()
        for place, (column, texts) in enumerate(zip(self._columns, distinct, strict=False)):
            column.take(rows, texts, partial(times, place))

    def beside(self) -> Persons:
        """Return one that takes other rows under the same headings; `add` takes what it has `counted`."""
        other = Persons(self._known, rows=self._of_rows)
        other._columns = [_ScreenedColumn(column.index, column.heading, column.known) for column in self._columns]
        return other

    def counted(self) -> CountedValues:
        """Return what was counted so far: of each column how many cells are filled, and for each kind what `_Count` has."""
        self._flush()
        return [(column.filled, [(one.found, one.formed, one.blank, one.ends) for one in column.counts])
                for column in self._columns]

    def add(self, counted: CountedValues) -> None:
        """Take what was counted in other rows under the same headings."""
        for column, (filled, counts) in zip(self._columns, counted, strict=True):
            column.filled += filled
            for one, (found, formed, blank, ends) in zip(column.counts, counts, strict=True):
                one.found, one.formed, one.ends = one.found + found, one.formed + formed, one.ends | ends
                one.blank += blank

    def _flush(self) -> None:
        for column, cells in zip(self._columns, zip_longest(*self._rows, fillvalue=""), strict=False) if self._rows else ():
            counted = Counter(cells)
            column.take(len(cells), counted.keys(), counted.copy)
        self._rows = []

    def outcome(self) -> list[DetectedPersonalColumn]:
        """Return the columns that hold personal data, among those examined so far, in order; [] where there are none."""
        self._flush()
        named = any(one.kind.names and one.holds(column.filled) for column in self._columns for one in column.counts)
        found = [self._column(column, one) for column in self._columns for one in column.counts
                 if (one.holds(column.filled) and (one.kind.alone or named))
                 or (named and one.kind.by_value and one.enough_with_names())]
        return found if self._of_rows or any(not self._names(one) for one in found) else []

    def _names(self, one: DetectedPersonalColumn) -> bool:
        return any(kind.iri == one.kind and kind.names for kind in self._known)

    @staticmethod
    def _column(column: _ScreenedColumn, one: _Count) -> DetectedPersonalColumn:
        return DetectedPersonalColumn(column.index, column.heading, one.kind.iri, one.found, column.filled)
