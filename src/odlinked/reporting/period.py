"""Days: where a period begins, and how deadlines relate to a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from odlinked.errors import SettingsError

_DEADLINE = re.compile(r"\s*(\d{1,2})/(\d{1,2})(?:\s+(\S.*))?\s*")


def start_of(as_of: date, months: int) -> date:
    """Return the first day of the period of so many months (3, 6, 12) of the year that `as_of` is in."""
    return date(as_of.year, (as_of.month - 1) // months * months + 1, 1)


class Deadline(NamedTuple):
    """A deadline of the year: its day, what is due, whether it is past, today or ahead, and the days until it."""

    day: date
    task: str
    status: str
    days: int


def deadlines(texts: Sequence[str], as_of: date, tasks: Mapping[str, str]) -> Iterator[Deadline]:
    """Yield the deadlines of `as_of`'s year in order. Each is "3/15", or "3/15 what is due"; `tasks` knows the usual ones."""
    for month, number, task in sorted(_parsed(text) for text in texts):
        day = date(as_of.year, month, number)
        left = (day - as_of).days
        status = "past" if left < 0 else "ahead" if left else "today"
        yield Deadline(day, task or tasks.get(f"{month}/{number}", ""), status, left)


def _parsed(text: str) -> tuple[int, int, str]:
    found = _DEADLINE.fullmatch(text)
    try:
        if found is None:
            raise ValueError("it is no month and day")
        month, day = int(found[1]), int(found[2])
        date(2023, month, day)  # a year without a 29 February: a deadline exists in every year
    except ValueError as problem:
        raise SettingsError(f"{text!r} cannot be a deadline: {problem}", doing="reading", on="report.deadlines",
                            next_step='Write "3/15", or "3/15 what is due"') from problem
    return month, day, found[3] or ""
