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
from odlinked.namespaces import CSVW, ODL
from odlinked.persons.names import PersonNames
from odlinked.standards.facts import Facts
from odlinked.standards.model import Standard
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

_NAME: Final = 3
_LISTED: Final = re.compile(r"^\W*[\u3400-\u9fff](?:\W{0,3}[\u3400-\u9fff]){2}\W*$|[A-Za-z]-[A-Za-z]", re.MULTILINE)
"""What can be a name in a column under any heading: three Chinese characters by themselves, or letters with a hyphen."""

_FEWEST: Final = 3
"""No fewer names than this make a column under any heading one of names."""

_SAME_END: Final = 0.5
"""Names of places and things end alike (溪, 里, 站), those of persons do not: this share of them at most."""

_BETWEEN: Final = re.compile(r"[-\s().]+")

Fits = Callable[[str], bool]


@dataclass(frozen=True)
class PersonalKind:
    """A kind of personal data.

    `heading`, `excepted` and `nearby` take a folded heading; `fits`, `form` (what looks like a value of it) and `within` (what is
    enough under a heading for it) take a value: `plain`, and for a kind recognised `by_value` without blanks and dashes.
    `rows_only`: it counts only where the rows themselves are to be published, and is no fault of a file. `listed` takes a value
    under any other heading that is not `excepted`: a column half of whose values are of it holds it, too.
    """

    iri: str
    heading: re.Pattern[str] = field(repr=False)
    excepted: re.Pattern[str] | None = field(repr=False)
    fits: Fits = field(repr=False, compare=False)
    form: Fits | None = field(repr=False, compare=False, default=None)
    within: Fits | None = field(repr=False, compare=False, default=None)
    nearby: re.Pattern[str] | None = field(repr=False, default=None)
    by_value: bool = False
    alone: bool = False
    names: bool = False
    rows_only: bool = False
    listed: Fits | None = field(repr=False, compare=False, default=None)

    def headed(self, heading: str) -> bool:
        """True when a heading refers to this kind."""
        folded = key(heading)
        return self.heading.search(folded) is not None and not self.excepts(heading)

    def excepts(self, heading: str) -> bool:
        """True when a heading refers to what is none of this kind."""
        return self.excepted is not None and self.excepted.search(key(heading)) is not None


@dataclass(frozen=True)
class DetectedPersonalColumn:
    """A column that holds personal data: its index from 0, its heading ("" where the heading is itself a value), the IRI of the
    kind, how many values are of it, and how many are filled."""

    column: int
    name: str
    kind: str
    found: int
    filled: int


def kinds(facts: Facts, standards: Mapping[str, Standard], fits: Callable[[Facts, str], Fits], names: PersonNames,
          ) -> tuple[PersonalKind, ...]:
    """Read the kinds of personal data; `fits` makes the function of a datatype, `names` recognise those of persons.

    Raise `AssetError` naming a faulty entry.
    """
    return tuple(_kind(facts, iri, standards, fits, names) for iri in facts.of_type(ODL + "PersonalKind"))


def _kind(facts: Facts, iri: str, standards: Mapping[str, Standard], fits: Callable[[Facts, str], Fits], names: PersonNames,
          ) -> PersonalKind:
    of = facts.all(iri, ODL + "valuesOf")
    if not standards.keys() >= set(of):
        raise facts.wrong(iri, f"its odl:valuesOf is no standard: {sorted(set(of) - standards.keys())}")
    ways = [*(standards[one].fits for one in of), *(fits(facts, one) for one in facts.all(iri, CSVW + "datatype"))]
    surnamed, listed = (facts.flag(iri, ODL + name, False) for name in ("surnamed", "anyHeading"))
    ways += [names.is_name] if surnamed else []
    form, within = (next((fits(facts, one) for one in facts.all(iri, ODL + name)), None) for name in ("valueForm", "headedForm"))
    heading, excepted, nearby = (_pattern(facts, iri, ODL + name) for name in ("headingPattern", "exceptPattern", "unlessBeside"))
    if not ways or heading is None:
        raise facts.wrong(iri, "it lacks odl:headingPattern, or values: odl:valuesOf, csvw:datatype or odl:surnamed")
    alone, by_value, naming, rows_only = (facts.flag(iri, ODL + name, False)
                                          for name in ("alone", "byValue", "namesPersons", "rowsOnly"))
    return PersonalKind(iri, heading, excepted, lambda text: any(way(text) for way in ways), form, within, nearby,
                        by_value, alone, naming, rows_only, (lambda text: _is_sure(text, names)) if listed else None)


def _is_sure(text: str, names: PersonNames) -> bool:
    """True for three Chinese characters that are the name of a person and begin with a surname that has few other meanings, and
    for a romanised name."""
    name = "".join(text.split())
    return names.is_name(text) if text.isascii() else len(name) == _NAME and names.is_sure(name)


def shows(known: Iterable[PersonalKind], text: str) -> bool:
    """True when a value is, or contains, something that is personal data by itself: an identity number, a mobile number."""
    joined = bare(text)
    return any(kind.by_value and (kind.fits(joined) or (kind.within is not None and kind.within(joined))) for kind in known)


def bare(text: str) -> str:
    """Return a value in the form in which numbers are compared: `plain`, without blanks, dashes, dots and brackets, in
    capitals."""
    return _BETWEEN.sub("", plain(text)).upper()


def _pattern(facts: Facts, iri: str, predicate: str) -> re.Pattern[str] | None:
    text = facts.one(iri, predicate)
    try:
        return re.compile(text) if text else None
    except re.error as problem:
        raise facts.wrong(iri, f"{text!r} is not a regular expression: {problem}") from problem


@dataclass
class _Count:
    """How many values of a column are of a kind, how many only look like it, and whether the heading refers to it."""

    kind: PersonalKind
    headed: bool
    found: int = 0
    formed: int = 0
    ends: dict[int, str] = field(default_factory=dict)  # how values that are names end, by a digest of each

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

    def take_listed(self, text: str, times: int) -> None:
        """Examine a value of a column under any heading."""
        if self.kind.listed and self.kind.listed(text):
            self.found += times
            if len(self.ends) < _MEMO:
                self.ends[crc32(text.encode())] = text[-1] if not text.isascii() else text.split()[-1]

    def holds(self, filled: int) -> bool:
        """True when the column holds this kind."""
        if self.headed:
            return self.found > 0
        if self.kind.listed:
            alike = max(Counter(self.ends.values()).values(), default=0) > _SAME_END * len(self.ends)
            return self.found >= _FEWEST and 2 * self.found >= filled and not alike
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
                       or (one.kind.listed is not None and not one.kind.excepts(heading))]
        self._headed = [one for one in self.counts if one.headed]
        self._by_value = [one for one in self.counts if not one.headed and one.kind.by_value]
        self._listed = [one for one in self.counts if not one.headed and one.kind.listed is not None]
        self._without: set[str] = set()

    def take(self, count: int, distinct: Set[str], times_of: Callable[[], Mapping[str, int]]) -> None:
        """Examine so many values together, the different ones of which are known, and how often each occurs where asked for."""
        self.filled += count - times_of()[""] if "" in distinct else count
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
        if self._listed and _LISTED.search("\n".join(distinct)):
            for text, times in times_of().items():
                for one in self._listed:
                    one.take_listed(plain(text).strip(), times)

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

    def counted(self) -> list[tuple[int, list[tuple[int, int, dict[int, str]]]]]:
        """Return what was counted so far: of each column how many cells are filled, and for each kind what `_Count` has."""
        self._flush()
        return [(column.filled, [(one.found, one.formed, one.ends) for one in column.counts]) for column in self._columns]

    def add(self, counted: Sequence[tuple[int, list[tuple[int, int, dict[int, str]]]]]) -> None:
        """Take what was counted in other rows under the same headings."""
        for column, (filled, counts) in zip(self._columns, counted, strict=True):
            column.filled += filled
            for one, (found, formed, ends) in zip(column.counts, counts, strict=True):
                one.found, one.formed, one.ends = one.found + found, one.formed + formed, one.ends | ends

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
