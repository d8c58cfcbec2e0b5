"""How values are shown to people: numbers, sizes, days, and the texts of the language a page is in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from odlinked.clock import UNIVERSAL, Clock
from odlinked.web.site.words import Say

_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_VARIABLE = re.compile(r"\{[?$]\w+\}")
_UNITS = ("B", "KB", "MB", "GB", "TB")


class Worded(Protocol):
    """Anything with a text and a language tag."""

    @property
    def value(self) -> str: ...
    @property
    def language(self) -> str: ...


class Display:
    """Shows values in one language."""

    def __init__(self, language: str, say: Say, clock: Clock = UNIVERSAL) -> None:
        """`clock` has the time zone of the catalogue: visits are noted in UTC."""
        self.language, self.say, self._clock = language, say, clock

    def number(self, value: int | str) -> str:
        """Return a whole number with thousands separated; text that is not a number is unchanged."""
        text = str(value)
        return f"{int(text):,}" if text.isascii() and text.isdigit() and len(text) < 30 else text

    def size(self, value: str) -> str:
        """Return a number of bytes in the unit a person would use."""
        if not (value.isascii() and value.isdigit() and len(value) < 20):
            return value
        amount, unit = float(value), 0
        while amount >= 1024 and unit < len(_UNITS) - 1:
            amount, unit = amount / 1024, unit + 1
        return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or amount >= 100 else f"{amount:.1f} {_UNITS[unit]}"

    def day(self, value: str) -> str:
        """Return the day (or month) of an ISO date or time as it was written, without the hour."""
        found = _DAY.match(value)
        return found[0] if found else value

    def percent(self, part: int, whole: int) -> str:
        """Return a share in whole percent, halves rounded up; not 0 of some nor 100 of not all, "" of nothing."""
        if not whole:
            return ""
        share = (200 * part + whole) // (2 * whole)
        shown = "< 1" if part and not share else "> 99" if part < whole and share >= 100 else str(share)
        return f"{shown} %"

    def points(self, value: float) -> str:
        """Return a change with its sign, ±0 for none."""
        return f"{value:+.1f}".rstrip("0").rstrip(".").replace("-", "−") if value else "±0"

    def days(self, value: float) -> str:
        """Return a number of days, with a half where there is one."""
        return self.number(int(value)) if value == int(value) else f"{value:,.1f}"

    def local(self, value: str) -> str:
        """Return the day of an ISO time with a zone as the catalogue's zone has it; what is no such time as `day` shows it."""
        moment = self._moment(value)
        return self._clock.day(moment).isoformat() if moment else self.day(value)

    def time(self, value: str) -> str:
        """Return an ISO time with a zone to the minute, in the catalogue's zone, which is named."""
        moment = self._moment(value)
        return self._clock.local(moment).isoformat(" ", "minutes") if moment else value

    def _moment(self, value: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo and len(value) > len("2026-11-29") else None

    def message(self, text: str) -> str:
        """Return a rule's message with its variables (SHACL, section 5.3.2) shown as gaps."""
        return _VARIABLE.sub("…", text)

    def moment(self, value: datetime) -> str:
        """Return the day of a point in time, in the zone it was written in (the catalogue's own)."""
        return value.strftime("%Y-%m-%d")


def best(texts: Iterable[Worded], language: str) -> Worded | None:
    """Return the text in a language (by primary subtag), else one without a tag, else the first."""
    found = list(texts)
    primary = language.split("-")[0].lower()
    for text in found:
        if text.language.split("-")[0].lower() == primary:
            return text
    return next((text for text in found if not text.language), found[0] if found else None)
