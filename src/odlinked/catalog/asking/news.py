"""What is new in a catalogue: datasets opened, changed and taken down in the last days, and those that open next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from odlinked.catalog.asking.activity import with_day
from odlinked.catalog.asking.organizations import is_open
from odlinked.catalog.index.schema import PLANNED
from odlinked.catalog.index.selection import Selection
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.happenings import LISTED, WITHDRAWN
from odlinked.catalog.summaries.records import Record

DAYS: Final = 7
MOST: Final = 4
"""Datasets that are named of each kind."""


class NewsItems(NamedTuple):
    """Datasets to which something happened: how many, and the first few, each with its day; where there are none, the last few to
    which it happened before."""

    total: int
    shown: list[tuple[str, Record]]


class News(NamedTuple):
    """What happened from day `since` to today, and what is planned from tomorrow on."""

    since: str
    opened: NewsItems
    changed: NewsItems
    withdrawn: NewsItems
    planned: NewsItems


def news(release: Release, today: date) -> News:
    """Return the news as of a day not before that of the release.

    Opened counts by the day of listing that sources state, changed by the last change they state; both in whole days.
    """
    first, last = (today - timedelta(days=DAYS - 1)).isoformat(), today.isoformat()
    opened = _between(release, LISTED, first, last, is_open(release.selections, today))
    withdrawn = _between(release, WITHDRAWN, first, last)
    tomorrow = (today + timedelta(days=1)).isoformat()
    total, records = release.modified(first, tomorrow, MOST)
    records = records or release.modified("0", tomorrow, MOST)[1]
    planned = release.selections.of("state", PLANNED)
    ahead = [day for day in sorted(release.selections.values("opens")) if day > last[:len(day)]]
    return News(first, opened, NewsItems(total, [(record.modified[:10], record) for record in records]), withdrawn,
                NewsItems(len(planned), with_day(release, ahead, "opens", planned, MOST)))


def _between(release: Release, dimension: str, first: str, last: str, among: Selection | None = None) -> NewsItems:
    """Return the records with a day (a month is none) of a dimension in a span, the latest first."""
    days = sorted((day for day in release.selections.values(dimension) if len(day) == len(last) and day <= last), reverse=True)
    inside = [day for day in days if day >= first]
    found = release.selections.any(dimension, inside)
    found = found & among if among is not None else found
    return NewsItems(len(found), with_day(release, inside if found else days, dimension, among, MOST))


def found_words(release: Release, candidates: Sequence[str], most: int = 2) -> list[str]:
    """Return the first few of some words that a search of the release finds as they are written."""
    found: list[str] = []
    for word in candidates:
        asked = release.searching.settled(word)
        if not asked.instead and not asked.is_some and word not in found and release.matches(word, 1).total:
            found.append(word)
        if len(found) == most:
            break
    return found
