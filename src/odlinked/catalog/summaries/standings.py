"""How an organisation stands with all below it, read from its quality document: as of its day, and as of the ends of quarters.

The index keeps a line of each organisation, so that a list of all needs none of the documents. A measurement holds until the next
one of its name (`odlinked.measure.history` keeps none that repeats the one before it).
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final, NamedTuple

from odlinked.clock import first_day, quarter_of
from odlinked.documents import Document

STANDING: Final = "standing"
"""The dimension of the lines: one value for an organisation."""

MEASURED, STATED, PUBLISHED = "", "-stated", "-published"
BASES: Final = (MEASURED, STATED, PUBLISHED)
"""What numbers rest on, as the names of metrics end: on what was measured here, on badges that sources state, on counts that an
authority published."""

BADGES: Final = ("platinum", "gold", "silver", "bronze", "none")

_VALUE: Final = re.compile(
    rb'^<[^>#]+#(\d{4}-\d\d-\d\d)-([a-z-]+)> <http://www\.w3\.org/ns/dqv#value> "(-?\d+(?:\.\d+)?)"', re.MULTILINE)

Series = Mapping[str, list[tuple[str, str]]]
"""Name of a metric ("gold-stated") -> (day, value), the earliest first."""


class BadgeFigures(NamedTuple):
    """Badges on one basis, None where not known: the datasets counted, those with gold or better, platinum, and those of which no
    badge is known (`unchecked`) or only a range (`undecided`); the lowest and highest score; the day of an earlier quarter's end
    on which `then_better` of `then_datasets` had gold or better ("" where nothing is known of any)."""

    datasets: int
    better: int | None = None
    platinum: int | None = None
    unchecked: int | None = None
    undecided: int | None = None
    low: str = ""
    high: str = ""
    then: str = ""
    then_datasets: int = 0
    then_better: int = 0

    @property
    def badged(self) -> int:
        """Of how many of the datasets counted the badge is certain, or that they have none."""
        if self.better is None or self.undecided is None:  # only what is measured counts those that are not checked
            return 0 if self.better is None else self.datasets
        return self.datasets - self.undecided - (self.unchecked or 0)

    @property
    def is_least(self) -> bool:
        """Whether more may have gold than are known to."""
        return self.better is not None and self.undecided is not None and bool(self.undecided or self.unchecked)


class OrganizationStanding(NamedTuple):
    """What is stated of an organisation as of `day`, by basis."""

    day: str
    by_basis: dict[str, BadgeFigures]


class QuarterEnd(NamedTuple):
    """The badges at the end of a quarter ("2026Q3"): the day they were counted, the datasets with each badge, gold without
    platinum, and of how many datasets none is certain."""

    quarter: str
    day: str
    counts: dict[str, int]
    unknown: int


def series(document: Document) -> Series:
    """Return the measurements that a quality document states, of all days."""
    found: dict[str, list[tuple[str, str]]] = {}
    for day, name, value in _VALUE.findall(document.text):
        found.setdefault(name.decode(), []).append((day.decode(), value.decode()))
    return {name: sorted(values) for name, values in found.items()}


def told(document: Document) -> tuple[tuple[str, str], ...]:
    """Return the line of an organisation's quality document, () where it states no counts."""
    known = series(document)
    day = max((values[-1][0] for name, values in known.items() if name == "open"), default="")
    bases = {basis: found for basis in BASES if day and (found := _figures(known, basis, day)) is not None}
    return ((STANDING, json.dumps([day, bases], separators=(",", ":"))),) if bases else ()


def read(line: str) -> OrganizationStanding:
    """Return what a line of the index states."""
    day, bases = json.loads(line)
    return OrganizationStanding(day, {basis: BadgeFigures(*values) for basis, values in bases.items()})


def quarters(known: Series, basis: str) -> list[QuarterEnd]:
    """Return the badges at the end of each quarter in which they were counted, the earliest first; of the last one, as of the
    last day."""
    names = [f"{badge}{basis}" for badge in BADGES]
    days = _days(known, basis)
    found = []
    for quarter, day in {quarter_of(day): day for day in days}.items():
        datasets = _at(known, f"datasets{basis}", day)
        counts = {badge: _at(known, name, day) for badge, name in zip(BADGES, names, strict=True)}
        if not datasets or all(count is None for count in counts.values()):
            continue
        whole = {badge: count or 0 for badge, count in counts.items()}
        if basis == PUBLISHED:  # gold is published with platinum in it
            whole["gold"] = max(0, whole["gold"] - whole["platinum"])
        found.append(QuarterEnd(quarter, day, whole, max(0, datasets - sum(whole.values()))))
    return found


def _figures(known: Series, basis: str, day: str) -> BadgeFigures | None:
    """Return what is stated on a basis on the last day itself, compared with the end of the quarter before."""
    def now(name: str) -> str:
        values = known.get(name + basis, [])
        return values[-1][1] if values and values[-1][0] == day else ""

    if not now("datasets").isdecimal():
        return None
    platinum, gold, unchecked, undecided = (int(text) if text.isdecimal() else None for text in map(
        now, ("platinum", "gold", "not-checked", "undecided")))
    low, high = (now(name) or now("score") for name in ("score-lowest", "score-highest"))
    then = _last_before(known, basis, first_day(quarter_of(day)))
    return BadgeFigures(int(now("datasets")), _better(basis, gold, platinum), platinum, unchecked, undecided, low, high, *then)


def _better(basis: str, gold: int | None, platinum: int | None) -> int | None:
    if gold is None or basis == PUBLISHED:
        return gold
    return gold + (platinum or 0)


def _last_before(known: Series, basis: str, day: str) -> tuple[str, int, int]:
    """Return the last day before `day` of which the counts are known, the datasets then, and those with gold or better."""
    last = max((one for one in _days(known, basis) if one < day), default="")
    datasets, gold, platinum = (_at(known, name + basis, last) for name in ("datasets", "gold", "platinum"))
    better = _better(basis, gold, platinum)
    return (last, datasets, better) if last and datasets and better is not None else ("", 0, 0)


def _days(known: Series, basis: str) -> list[str]:
    """Return the days on which any number of datasets or badges was another than before."""
    return sorted({day for name in ("datasets", *BADGES) for day, _ in known.get(name + basis, ())})


def _at(known: Series, name: str, day: str) -> int | None:
    """Return what holds on a day: the value of that day or the last before it; None where none is known."""
    values = known.get(name, [])
    place = bisect_right(values, (day, "~"))
    text = values[place - 1][1] if place else ""
    return int(text) if text.isdecimal() else None
