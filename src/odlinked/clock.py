"""The one clock: the time in the catalogue's time zone, whatever the host's is. It is passed to the code that needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from odlinked.errors import SettingsError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-|\Z)")


@dataclass(frozen=True)
class Clock:
    """A clock in a time zone; with `moment` (a time with a zone) it is fixed."""

    zone: tzinfo = UTC
    moment: datetime | None = None

    @classmethod
    def of(cls, zone: str, moment: datetime | None = None) -> Clock:
        """Return the clock of a zone written as an offset ("+08:00", "Z"); raise `SettingsError` for anything else."""
        try:
            found = datetime.strptime(zone, "%z").tzinfo
        except (ValueError, TypeError):
            found = None
        if found is None:
            raise SettingsError(f"{zone!r} is no time zone", doing="reading", on="catalog.timezone",
                                next_step='Write the offset from UTC, like "+08:00"')
        return cls(found, moment)

    def now(self) -> datetime:
        """Return the time, to the microsecond."""
        return self.moment.astimezone(self.zone) if self.moment else datetime.now(self.zone)

    def today(self) -> date:
        """Return the day it is."""
        return self.now().date()

    def day(self, moment: datetime) -> date:
        """Return the day on which a moment (with a zone) was."""
        return self.local(moment).date()

    def local(self, moment: datetime) -> datetime:
        """Return a moment (with a zone) as this clock shows it."""
        return moment.astimezone(self.zone)

    def end(self, day: date) -> datetime:
        """Return the moment a day is over."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone)


UNIVERSAL = Clock(UTC)
"""The clock for what does not depend on days: how long ago a link was visited, since when a lock is held."""


def quarter_of(day: str) -> str:
    """Return the quarter ("2026Q3") of an ISO day or month; "" where no month is stated."""
    found = _MONTH.match(day)
    return f"{found[1]}Q{(int(found[2]) + 2) // 3}" if found else ""


def stated(text: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the moment (in UTC) that a text states in ISO 8601, a day's first one for a day; None where it states none.

    `zone` is that of a text which names none.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def first_day(quarter: str) -> str:
    """Return the first day of a quarter ("2026Q3"), in ISO 8601."""
    return f"{quarter[:4]}-{3 * int(quarter[-1]) - 2:02}-01"


def quarters_to(quarter: str, count: int) -> list[str]:
    """Return so many quarters up to one, the earliest first."""
    last = int(quarter[:4]) * 4 + int(quarter[-1]) - 1
    return [f"{one // 4:04}Q{one % 4 + 1}" for one in range(last - count + 1, last + 1)]
