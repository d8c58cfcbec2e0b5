"""The only reader of dates as people write them, into ISO 8601: Gregorian and ROC (民國) years, days, months and times.

112年5月, 112/05, 112.5 and 11205 are May 2023; 1120501 and 112年5月1日 the first of May; a year of up to three digits is an ROC
year (ROC 112 = 2023), one of four digits is Gregorian. Width, dashes, middle dots and invisible characters are folded before
reading.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

from odlinked.folding import plain

_ERA = re.compile(r"^(?:中華)?民國\s*")
_WORDS = re.compile(
    r"(?P<y>\d{1,4})\s*(?:年|[-/.])\s*(?P<m>\d{1,2})(?:\s*月份?)?(?:\s*(?:[-/.]\s*)?(?P<d>\d{1,2})\s*日?)?"
    r"(?:[T\s]\s*(?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d+)?)?\s*(?P<z>Z|[+-]\d{2}:?\d{2})?)?"
)
_DIGITS = re.compile(r"(?P<y>\d{2,4}?)(?P<m>\d{2})(?P<d>\d{2})?")
_DOTS = str.maketrans(dict.fromkeys("\u00b7\u2022\u2024\u2027\u2219\u22c5\u30fb\u3002", "."))
LONGEST = 64
"""The longest text read as a date, in characters."""

FIRST, LAST = 1912, 2111
"""The plausible Gregorian years: ROC 1 to 200."""


class Moment(NamedTuple):
    """A parsed date: its ISO 8601 form and the XML Schema type it has (date, gYearMonth or dateTime).

    A dateTime keeps the zone it was written with and has none otherwise.
    """

    lexical: str
    datatype: str

    def at(self, zone: str) -> str:
        """Return its lexical form in a time zone (+08:00): a dateTime of another is the same moment there, one without a zone is
        of this one. Its day decides on which day a thing is open, asked or answered."""
        if self.datatype != "dateTime":
            return self.lexical
        if not (self.lexical.endswith("Z") or self.lexical[-6:-5] in ("+", "-")):
            return self.lexical + zone
        there = datetime.fromisoformat(self.lexical[:19] + zone).tzinfo
        moved = datetime.fromisoformat(re.sub(r"\.\d+", "", self.lexical)).astimezone(there)
        fraction = re.search(r"\.\d+", self.lexical)
        return f"{moved:%Y-%m-%dT%H:%M:%S}{fraction[0] if fraction else ''}{zone}"


def read(text: str) -> Moment | None:
    """Read a date, month or time; None where it cannot be one (month 13, 30 February, words)."""
    if len(text) > LONGEST:
        return None
    written = plain(text).translate(_DOTS).strip()
    bare = _ERA.sub("", written)
    roc = bare != written
    found = _WORDS.fullmatch(bare) or (_compact(bare) if bare.isdigit() else None)
    if found is None:
        return None
    parts = found.groupdict()
    year = gregorian(parts["y"], roc)
    if year is None:
        return None
    month = int(parts["m"])
    if not parts["d"]:
        return None if parts.get("h") or not 1 <= month <= 12 else Moment(f"{year:04d}-{month:02d}", "gYearMonth")
    try:
        day = date(year, month, int(parts["d"])).isoformat()
    except ValueError:
        return None
    return _timed(day, parts) if parts.get("h") else Moment(day, "date")


def _compact(digits: str) -> re.Match[str] | None:
    """Match digits without marks: (11)205 and 112 05 are months, 1120501 and 20230501 days."""
    if len(digits) in (5, 7):
        return re.fullmatch(r"(?P<y>\d{3})(?P<m>\d{2})(?P<d>\d{2})?", digits)
    if len(digits) in (6, 8):
        found = re.fullmatch(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})?", digits)
        if found and gregorian(found["y"]) is not None:
            return found
        return re.fullmatch(r"(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})", digits)
    return None


def gregorian(digits: str, roc: bool = False) -> int | None:
    """Return the Gregorian year, None for an implausible one; up to three digits, or `roc`, are an ROC year."""
    number = int(digits) + (FIRST - 1 if roc or len(digits) <= 3 else 0)
    return number if FIRST <= number <= LAST else None


def _timed(day: str, parts: dict[str, str | None]) -> Moment | None:
    hour, minute, second = int(parts["h"] or 0), int(parts["i"] or 0), int(parts["s"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = (parts["f"] or "").rstrip("0").rstrip(".")
    zone = parts["z"] or ""
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    if zone[1:] > "14:00" or zone[4:] > "59":  # XML Schema part 2, 3.3.7: no zone is further away
        return None
    return Moment(f"{day}T{hour:02d}:{minute:02d}:{second:02d}{fraction}{zone}", "dateTime")
