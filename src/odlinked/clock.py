"""The one clock: the time in the catalogue's time zone, whatever the host's is. It is passed to the code that needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from odlinked.errors import SettingsError


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
