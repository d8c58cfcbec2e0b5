"""Comparing values of ordered datatypes (XML Schema 1.1 part 2, sections 2.2.3 and 3.3).

A value becomes a tuple of numbers; one value is before another when every number is before its counterpart. Only
durations have more than one number: whether P1M is more than P30D depends on the month it starts in, so they are
measured from the four starting points the standard gives. A time without zone is taken as UTC.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

Key = tuple[Decimal | float, ...]

_DURATION = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_STARTS = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))
_MOMENT = re.compile(
    r"(?:(?P<y>-?\d{4,})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?|---(?P<d3>\d\d)|--(?P<m2>\d\d)(?:-(?P<d2>\d\d))?)?"
    r"T?(?:(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d(?:\.\d+)?))?(?P<z>Z|[+-]\d\d:\d\d)?")


def key(kind: str, exact: bool, lexical: str) -> Key:
    """Return the position of a valid lexical form in its order. `exact` is true for decimals and integers."""
    if kind == "number":
        return (Decimal(lexical),) if exact else (float(lexical.replace("INF", "inf")),)
    return _duration(lexical) if kind == "duration" else (_moment(lexical),)


def before(left: Key, right: Key) -> bool:
    """True when `left` is certainly less than `right`."""
    return all(a < b for a, b in zip(left, right, strict=True))


def not_after(left: Key, right: Key) -> bool:
    """True when `left` is certainly less than or equal to `right`."""
    return all(a <= b for a, b in zip(left, right, strict=True))


def _days(year: int, month: int, day: int) -> int:
    """Count days of the proleptic Gregorian calendar for a year of any size: it repeats every 400 years."""
    cycles, place = divmod(year - 1, 400)
    return cycles * 146_097 + date(place + 1, month, 1).toordinal() + day - 1


def _moment(text: str) -> Decimal:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a date or time")
    year = int(found["y"] or 1972)
    month, day = int(found["m"] or found["m2"] or 1), int(found["d"] or found["d2"] or found["d3"] or 1)
    seconds = Decimal(_days(year, month, day)) * 86_400
    seconds += int(found["H"] or 0) * 3600 + int(found["M"] or 0) * 60 + Decimal(found["S"] or 0)
    zone = found["z"]
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds


def _duration(text: str) -> Key:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration")
    sign = -1 if found[1] else 1
    months = sign * (int(found[2] or 0) * 12 + int(found[3] or 0))
    seconds = sign * (int(found[4] or 0) * 86_400 + int(found[5] or 0) * 3600 + int(found[6] or 0) * 60 + Decimal(found[7] or 0))
    answer = []
    for year, month in _STARTS:
        years, place = divmod(month - 1 + months, 12)
        days = _days(year + years, place + 1, 1) - _days(year, month, 1)
        answer.append(days * 86_400 + seconds)
    return tuple(answer)
