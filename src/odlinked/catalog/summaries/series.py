"""Series proposed from titles: datasets of one publisher whose titles differ only in a year, a month or a quarter.

A proposal is only that: it is written as a table on the form `series`, a person deletes the wrong ones, and what is published of
the table is a series. What counts as a period is an asset, `mappings/series/periods.toml`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from odlinked import csv_text
from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.folding import fold
from odlinked.mapping import forms

PERIODS = "mappings/series/periods.toml"
FORM = "mappings/series/table.csvw.json"
LEAST = 6
"""A family of fewer members is not proposed."""

_FEWEST = 2
_MONTHS = 12
_LONGEST = 200
"""Years that a series can cover: more is a number that was taken for one."""

_BLANKS = re.compile(r"\s+")


class Candidate(NamedTuple):
    """A dataset as proposals see it: identifier (the decoded last part of its IRI), title, publisher's name.

    `placed`: it is in a series already.
    """

    identifier: str
    title: str
    publisher: str
    placed: bool = False


@dataclass(frozen=True)
class Proposal:
    """A family of datasets: `identifier` and `title` of the series, and its members in the order of their periods."""

    identifier: str
    title: str
    publisher: str
    members: tuple[Candidate, ...]


@dataclass(frozen=True)
class _Period:
    find: re.Pattern[str]
    say: str
    part: str


SeriesPeriod = tuple[tuple[int, ...], ...]
"""The time a title refers to, for putting members in order: years, halves, quarters and months, as often as each occurs in it."""

_PARTS = ("year", "half", "quarter", "month")


@dataclass(frozen=True)
class Periods:
    """The ways a title names a period. `words` are the numbers that are written as words; a year below `before` is an ROC year,
    which `add` makes a Gregorian one."""

    known: tuple[_Period, ...]
    words: Mapping[str, int]
    before: int = 0
    add: int = 0

    @classmethod
    def load(cls, assets: Assets) -> Periods:
        """Read the asset; raise `AssetError` where it is not usable."""
        try:
            asset = tomllib.loads(assets.text(PERIODS))
            known = tuple(_Period(re.compile(item["find"]), str(item["say"]), str(item["part"])) for item in asset["period"])
            calendar = asset.get("calendar", {})
            return cls(known, {str(word): int(number) for word, number in asset.get("words", {}).items()},
                       int(calendar.get("before", 0)), int(calendar.get("add", 0)))
        except (tomllib.TOMLDecodeError, re.error, KeyError, TypeError, ValueError) as problem:
            raise AssetError(f"it cannot be read ({problem})", doing="reading the periods", on=PERIODS) from problem

    def strip(self, title: str) -> tuple[str, tuple[int, ...]]:
        """Return a title with its periods in general terms, and their numbers in the order of the title.

        109年1月份人口 -> 各年各月份人口, (109, 1). A title without a period has no numbers.
        """
        text, found = self._found(title)
        for index, period in enumerate(self.known):
            text = re.sub(f"{chr(_FIRST + index)}+", period.say, text)
        return text, tuple(number for _, number, _ in found)

    def moment(self, title: str) -> SeriesPeriod:
        """Return the time a title refers to: 99年12月 is before 100年1月, and 112年 as late as 2023年. Nothing is before
        everything."""
        numbers: dict[str, list[int]] = {part: [] for part in _PARTS}
        for _, number, part in self._found(title)[1]:
            year, _, month = part.partition("-")
            if month:
                numbers[month].append(number % 100)
                number //= 100
            numbers[year].append(number + self.add if year == "year" and number < self.before else number)
        return tuple(tuple(numbers[part]) for part in _PARTS)

    def _found(self, title: str) -> tuple[str, list[tuple[int, int, str]]]:
        """Return a title with its periods masked, and (place, number, part) of each in their order."""
        text = _BLANKS.sub("", unicodedata.normalize("NFKC", title))
        found: list[tuple[int, int, str]] = []
        for period in self.known:
            # Matches are masked with as many marks as they had letters, so that positions do not change.
            text = period.find.sub(lambda match, period=period: self._blot(match, period, found), text)  # type: ignore[misc]
        return text, sorted(found)

    def _blot(self, match: re.Match[str], period: _Period, found: list[tuple[int, int, str]]) -> str:
        word = next((group for group in match.groups() if group), "")
        found.append((match.start(), int(word) if word.isdecimal() else self.words.get(word, 0), period.part))
        return chr(_FIRST + self.known.index(period)) * (match.end() - match.start())


_FIRST = 0xE000
"""Letters for private use mark matches; no title has them."""


def missing(titles: Iterable[str], periods: Periods) -> tuple[str, ...] | None:
    """Return the years ("2021") or months ("2021-03") that the titles of a series leave out between the first and the last.

    None where it cannot be told: a title names no year, several, or halves and quarters; some name months and some do not.
    """
    moments = [periods.moment(title) for title in titles]
    found = {(*year, *month) for year, half, quarter, month in moments if not half and not quarter and len(year) == 1}
    sizes = {len(one) for one in found}
    if len(found) < _FEWEST or len(sizes) != 1 or any(len(year) != 1 or half or quarter for year, half, quarter, _ in moments):
        return None
    if sizes == {1}:
        first, last = min(found)[0], max(found)[0]
        return None if last - first > _LONGEST else tuple(str(year) for year in range(first, last + 1) if (year,) not in found)
    if sizes != {2} or any(not 1 <= one[1] <= _MONTHS for one in found):
        return None
    first, last = (one[0] * _MONTHS + one[1] - 1 for one in (min(found), max(found)))
    if last - first > _LONGEST * _MONTHS:
        return None
    months = ((place // _MONTHS, place % _MONTHS + 1) for place in range(first, last + 1))
    return tuple(f"{year}-{month:02}" for year, month in months if (year, month) not in found)


def in_order(members: Iterable[tuple[str, str]], periods: Periods) -> list[str]:
    """Return the IRIs of (IRI, title) pairs in the order of their periods, of one period in that of titles and identifiers."""
    return [iri for _, _, iri in sorted((periods.moment(title), title, iri) for iri, title in members)]


def propose(candidates: Iterable[Candidate], periods: Periods, least: int = LEAST) -> list[Proposal]:
    """Return the families of at least `least` different periods, largest first; those already in a series are left out.

    A repeated title is an ordinary member. A family with members in a series and new ones is proposed whole.
    """
    families: dict[tuple[str, str], list[tuple[tuple[int, ...], Candidate]]] = {}
    names: dict[tuple[str, str], str] = {}
    for candidate in candidates:
        name, numbers = periods.strip(candidate.title)
        if numbers and candidate.publisher:
            key = (fold(candidate.publisher), fold(name))
            names.setdefault(key, name)
            families.setdefault(key, []).append((numbers, candidate))
    found = []
    for key, family in families.items():
        if len({numbers for numbers, _ in family}) >= least and not all(one.placed for _, one in family):
            members = tuple(candidate for _, candidate in sorted(family, key=lambda pair: (pair[0], pair[1].identifier)))
            identifier = hashlib.sha256("\n".join(key).encode()).hexdigest()[:16]
            found.append(Proposal(identifier, names[key], members[0].publisher, members))
    return sorted(found, key=lambda proposal: (-len(proposal.members), proposal.publisher, proposal.title))


def table(proposals: Sequence[Proposal], assets: Assets) -> str:
    """Return proposals as a CSV table on the form `series`, under the form's own headings."""
    columns = forms.load(assets, FORM).columns
    rows = [[forms.title(column) for column in columns]]
    for proposal in proposals:
        cells = {
            "identifier": proposal.identifier, "title": proposal.title, "publisher": proposal.publisher,
            "count": str(len(proposal.members)), "part": ";".join(member.identifier for member in proposal.members),
            "partTitle": "\n".join(member.title for member in proposal.members),
        }
        rows.append([cells.get(column.name, "") for column in columns])
    return csv_text.written(rows)
