"""Dates and times as people write them: the date field symbols of UAX 35 that CSVW names (Model, section 6.4.4).

Recognised: yyyy, M, MM, d, dd, H, HH, m, mm, s, ss, S… (at most so many decimals of a second), X, XX, XXX, x, xx, xxx,
the letter T, quoted text and any sign that is not a letter. Recognised too, for the types that have these fields only:
yyyy and yyyy-MM in any writing for gYear and gYearMonth, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_TOKEN = re.compile(r"([yMdHmsSXx])\1*|'([^']*)'|T|[^A-Za-z']")
_FIELD: Mapping[str, str] = MappingProxyType({
    "yyyy": "(?P<y>[0-9]{4})", "MM": "(?P<M>[0-9]{2})", "M": "(?P<M>[0-9]{1,2})", "dd": "(?P<d>[0-9]{2})",
    "d": "(?P<d>[0-9]{1,2})", "HH": "(?P<H>[0-9]{2})", "H": "(?P<H>[0-9]{1,2})", "mm": "(?P<m>[0-9]{2})",
    "m": "(?P<m>[0-9]{1,2})", "ss": "(?P<s>[0-9]{2})", "s": "(?P<s>[0-9]{1,2})",
    "X": "(?P<z>Z|[+-][0-9]{2}(?:[0-9]{2})?)", "XX": "(?P<z>Z|[+-][0-9]{4})", "XXX": "(?P<z>Z|[+-][0-9]{2}:[0-9]{2})",
    "x": "(?P<z>[+-][0-9]{2}(?:[0-9]{2})?)", "xx": "(?P<z>[+-][0-9]{4})", "xxx": "(?P<z>[+-][0-9]{2}:[0-9]{2})",
})
_NEEDS: Mapping[str, str] = MappingProxyType({
    "date": "yMd", "dateTime": "yMdH", "datetime": "yMdH", "dateTimeStamp": "yMdHz", "time": "H", "gYear": "y",
    "gYearMonth": "yM", "gMonth": "M", "gMonthDay": "Md", "gDay": "d",
})
_WRITE: Mapping[str, str] = MappingProxyType({
    "date": "{y}-{M}-{d}", "dateTime": "{y}-{M}-{d}T{t}", "datetime": "{y}-{M}-{d}T{t}", "dateTimeStamp": "{y}-{M}-{d}T{t}",
    "time": "{t}", "gYear": "{y}", "gYearMonth": "{y}-{M}", "gMonth": "--{M}", "gMonthDay": "--{M}-{d}", "gDay": "---{d}",
})


@dataclass(frozen=True)
class DateFormat:
    """A parsed date or time pattern: `read` gives the lexical form of XML Schema or None."""

    base: str
    expression: re.Pattern[str]

    def read(self, text: str) -> str | None:
        """Return `text` rewritten in ISO 8601 as in XML Schema; None if it does not follow the pattern.

        Whether the day exists is up to the datatype's own test.
        """
        found = self.expression.fullmatch(text)
        if found is None:
            return None
        parts = found.groupdict()
        clock = f"{_two(parts.get('H'))}:{_two(parts.get('m'))}:{_two(parts.get('s'))}"
        if parts.get("S"):
            clock += "." + parts["S"]
        written = _WRITE[self.base].format(y=parts.get("y"), M=_two(parts.get("M")), d=_two(parts.get("d")), t=clock)
        return written + _zone(parts.get("z"))


def _two(digits: str | None) -> str:
    return (digits or "").rjust(2, "0")


def _zone(zone: str | None) -> str:
    if not zone or zone == "Z":
        return zone or ""
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def compile_pattern(pattern: str, base: str) -> DateFormat | None:
    """Turn a pattern into a `DateFormat` for a datatype base; None if it is not recognised or lacks a field the base has."""
    at, expression, fields = 0, "", ""
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return None
        at, text = token.end(), token[0]
        if token[1] is None:
            expression += re.escape(token[2] if token[2] is not None else text)
            continue
        name = "z" if token[1] in "Xx" else token[1]
        if name in fields:
            return None
        fields += name
        if name == "S":
            # The decimals may be left out completely, together with the point before them.
            point = re.escape(".")
            if not expression.endswith(point):
                return None
            expression = f"{expression[:-len(point)]}(?:{point}(?P<S>[0-9]{{1,{len(text)}}}))?"
        elif text in _FIELD:
            expression += _FIELD[text]
        else:
            return None
    needed, allowed = _NEEDS[base], _NEEDS[base] + "z" + ("msS" if "H" in _NEEDS[base] else "")
    if any(field not in fields for field in needed) or any(field not in allowed for field in fields):
        return None
    return DateFormat(base, re.compile(expression, re.ASCII))
