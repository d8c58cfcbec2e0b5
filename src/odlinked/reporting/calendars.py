"""The deadlines of a year by ministry: calendars are assets, the settings name those that a report tells and may add days."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from odlinked.assets import Assets, shaped
from odlinked.quality.shapes import LANGUAGES
from odlinked.reporting.period import Deadline, deadlines

ASSET: Final = "queries/reports/calendars.toml"


class Calendar(NamedTuple):
    """The deadlines of a ministry: its name, and what is due by month and day ("3/15")."""

    ministry: str
    tasks: dict[str, str]


def load(assets: Assets, language: str) -> dict[str, Calendar]:
    """Return the calendars by name, in a language; raise `AssetError` where the asset is invalid."""
    place = LANGUAGES.index(language)
    with shaped("reading the calendars", ASSET):
        return {name: Calendar(one["ministry"][place], {day: task[place] for day, task in one["days"].items()})
                for name, one in tomllib.loads(assets.text(ASSET)).items()}


def by_ministry(chosen: Sequence[str], as_of: date, known: dict[str, Calendar]) -> Iterator[tuple[str, Deadline]]:
    """Yield the deadlines of `as_of`'s year in order, each with its ministry, "" for days of the settings' own."""
    own = [text for text in chosen if text not in known]
    tasks = {day: task for calendar in reversed(known.values()) for day, task in calendar.tasks.items()}
    found = [("", one) for one in deadlines(own, as_of, tasks)]
    for name in dict.fromkeys(text for text in chosen if text in known):
        found += [(known[name].ministry, one) for one in deadlines(tuple(known[name].tasks), as_of, known[name].tasks)]
    yield from sorted(found, key=lambda pair: (pair[1].day, pair[0], pair[1].task))
