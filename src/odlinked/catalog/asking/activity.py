"""What an organisation's dashboard counts, with all below it: badges, stars, formats, openings, withdrawals and requests.

A dataset counts once, however many publishers below the organisation it has. What the index does not know is not counted as 0:
withdrawals of before the catalogue began, days that a source does not state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

from odlinked.catalog.asking.organizations import all_below, is_open, units_of
from odlinked.catalog.index.schema import PLANNED
from odlinked.catalog.index.selection import Selection
from odlinked.catalog.index.selections import Selections
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.grades import GRADE, NO_BADGE, STARS
from odlinked.catalog.summaries.happenings import ANSWER, ASKED, ASKED_OF, LEFT, LINK, LISTED, UNANSWERED, UNDATED, WITHDRAWN
from odlinked.catalog.summaries.records import Record
from odlinked.clock import quarter_of, quarters_to
from odlinked.namespaces import CODE

SHOWN: Final = 8
"""Quarters that are told one by one."""

LISTED_MOST: Final = 8
"""Datasets that are named where openings and withdrawals are listed."""

_BADGE: Final = CODE + "quality-badge/"
_GOLD: Final = (_BADGE + "gold", _BADGE + "platinum")
_UNTESTED: Final = _BADGE + "not-tested"


class QuarterCount(NamedTuple):
    """What happened in a quarter: datasets opened, and taken down (None: before the catalogue began, so not known)."""

    quarter: str
    opened: int
    withdrawn: int | None


class QuarterRequests(NamedTuple):
    """The requests made in a quarter: how many, how many have no answer, the median days to the answers whose days are known
    (None: of none), and of how many they are known."""

    quarter: str
    asked: int
    unanswered: int
    median: float | None
    dated: int


class Activity(NamedTuple):
    """The counts of an organisation with all below it. `stars` and `formats` are (value, open datasets); of `open` datasets,
    `starred` have stars, `undated` state no month of listing; `since` is the day the catalogue began."""

    datasets: int
    open: int
    stars: list[tuple[str, int]]
    starred: int
    formats: list[tuple[str, int]]
    quarters: list[QuarterCount]
    undated: int
    since: str
    requests: list[QuarterRequests]
    asked: int
    unanswered: int
    median: float | None
    dated: int
    planned: int
    next_planned: list[tuple[str, Record]]
    withdrawn: int
    last_withdrawn: list[tuple[str, Record]]


class UnitCounts(NamedTuple):
    """A unit with all below it: its open datasets; of these, how many have gold or better for certain, platinum, and a badge that
    is known (0: not checked); how many were visited, and of these how many have a file that was not had; its requests, and how
    many of them have no answer."""

    iri: str
    open: int
    better: int
    platinum: int
    badged: int
    visited: int
    failing: int
    asked: int
    unanswered: int

    @property
    def attention(self) -> tuple[int, int, int]:
        """What the table is in order of: files that fail and requests without an answer, then datasets below gold, then size."""
        return self.failing + self.unanswered, (self.open - self.better) if self.badged else 0, self.open


def of(release: Release, organization: str, day: date) -> Activity | None:
    """Return the activity of an organisation as of a day not before that of the release; None where it and those below it have
    no dataset, request or withdrawal."""
    sets = release.selections
    bodies = all_below(units_of(release), organization)
    datasets, gone, asked = (sets.any(dimension, bodies) for dimension in ("publisher", LEFT, ASKED_OF))
    if not (datasets or gone or asked):
        return None
    today = day.isoformat()
    opened = datasets & is_open(sets, day)
    planned = datasets & sets.of("state", PLANNED)
    counted = _by_quarter(sets, opened, LISTED)
    listed_open = sum(counted.values())
    withdrawn = _by_quarter(sets, gone, WITHDRAWN)
    since = release.since()[:10]
    last = quarter_of(today)
    told = [QuarterCount(one, counted[one], withdrawn[one] if one >= quarter_of(since) else None)
            for one in quarters_to(last, SHOWN)]
    stars, formats = ([(value, count) for _, value, count in sets.within(opened, (name,))] for name in (STARS, "format"))
    requests, median, dated = _requests(sets, asked, last)
    return Activity(
        len(datasets), len(opened), sorted(stars, reverse=True), sum(count for _, count in stars), formats, told,
        len(opened) - listed_open + counted[""], since, requests, len(asked), len(asked & sets.of(ANSWER, UNANSWERED)), median,
        dated, len(planned), _dated(release, planned, "opens", first=True), len(gone),
        _dated(release, gone, WITHDRAWN, first=False))


def units(release: Release, organization: str, day: date, basis: str) -> list[UnitCounts]:
    """Return the counts of the units directly below an organisation that have anything to count, in no order; badges are those
    measured (`GRADE`) or those stated (`badge`)."""
    sets, below = release.selections, units_of(release)
    opened = is_open(sets, day)
    chosen = {"open": opened, "better": gold(sets, basis) & opened, "platinum": sets.of(basis, _GOLD[1]) & opened,
              "badged": badged(sets, basis) & opened, "visited": sets.any(LINK, sets.values(LINK)) & opened,
              "failing": sets.of(LINK, "failed") & opened, "unanswered": sets.of(ANSWER, UNANSWERED)}
    flags = {name: one.flags for name, one in chosen.items()}
    highest = max(map(len, flags.values()))
    flags = {name: one.ljust(highest, b"\0") for name, one in flags.items()}
    found = []
    for unit in below.get(organization, ()):
        bodies = all_below(below, unit)
        datasets, asked = (set(chain.from_iterable(sets.ids(dimension, body) for body in bodies))
                           for dimension in ("publisher", ASKED_OF))
        counts = {name: _among(one, datasets if name != "unanswered" else asked) for name, one in flags.items()}
        if counts["open"] or asked:
            found.append(UnitCounts(unit, **counts, asked=len(asked)))
    return found


def _among(flags: bytes, ids: Collection[int]) -> int:
    """Return how many of some records are in a selection, by its flags: they are picked all at once."""
    inside = [number for number in ids if number < len(flags)]
    return sum(itemgetter(*inside, 0)(flags)) if inside else 0  # 0 is no record's


def basis_of(release: Release) -> str:
    """Return the basis that tables of badges have in a release: what is measured where that is known of as many datasets as what
    sources state, else this."""
    sets = release.selections
    return GRADE if len(badged(sets, GRADE)) >= max(1, len(badged(sets, "badge"))) else "badge"


def gold(sets: Selections, basis: str) -> Selection:
    """Return the datasets that have gold or better."""
    return sets.any(basis, _GOLD)


def badged(sets: Selections, basis: str) -> Selection:
    """Return the datasets of which a badge, or that they have none, is known."""
    return sets.any(basis, sets.values(basis) - {*NO_BADGE, _UNTESTED})


def _by_quarter(sets: Selections, records: Selection, dimension: str) -> Counter[str]:
    found = Counter[str]()
    for _, day, count in sets.within(records, (dimension,)):
        found[quarter_of(day)] += count
    return found


def _requests(sets: Selections, asked: Selection, last: str) -> tuple[list[QuarterRequests], float | None, int]:
    """Return the requests of the last quarters, and the median days to an answer of all, with of how many they are known."""
    days = sorted(sets.values(ANSWER) - {UNANSWERED, UNDATED}, key=int)
    by_days = [(int(value), sets.of(ANSWER, value)) for value in days]
    open_ones = sets.of(ANSWER, UNANSWERED)

    def median(records: Selection) -> tuple[float | None, int]:
        counted = [(value, len(records & one)) for value, one in by_days]
        return middle([(value, count) for value, count in counted if count]), sum(count for _, count in counted)

    by_quarter: dict[str, list[str]] = {}
    for day in sets.values(ASKED):
        by_quarter.setdefault(quarter_of(day), []).append(day)
    found = []
    for quarter in quarters_to(last, SHOWN):
        made = asked & sets.any(ASKED, by_quarter.get(quarter, ()))
        found.append(QuarterRequests(quarter, len(made), len(made & open_ones), *median(made)))
    return found, *median(asked)


def middle(counted: Iterable[tuple[int, int]]) -> float | None:
    """Return the median of (value, how often) pairs in the order of their values, None of none."""
    values = list(counted)
    total = sum(count for _, count in values)
    if not total:
        return None
    at, places = 0, [(total - 1) // 2, total // 2]
    found = []
    for value, count in values:
        found += [value for place in places if at <= place < at + count]
        at += count
    return sum(found) / len(found)


def with_day(release: Release, days: Iterable[str], dimension: str, among: Selection | None,
             most: int) -> list[tuple[str, Record]]:
    """Return the first few records that have one of some days of a dimension, each with its day, in the order of the days."""
    ids: list[tuple[str, int]] = []
    for day in days:
        held = release.selections.of(dimension, day)
        held = held if among is None else held & among
        ids += [(day, number) for number in held.ids()] if held else []
        if len(ids) >= most:
            break
    return [(day, record) for (day, _), record in zip(ids, release.some([number for _, number in ids[:most]]), strict=False)]


def _dated(release: Release, records: Selection, dimension: str, *, first: bool) -> list[tuple[str, Record]]:
    """Return a few records with the day that each has in a dimension, the first or the last; of none with a day, any ("")."""
    days = sorted(release.selections.values(dimension) - {""}, reverse=not first)
    found = with_day(release, days, dimension, records, LISTED_MOST) if records else []
    return found or [("", record) for record in release.some(records.ids()[:LISTED_MOST] if records else [])]
