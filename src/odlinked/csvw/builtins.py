"""The built-in datatypes (Metadata Vocabulary, section 5.11.1) and their lexical spaces (XML Schema 1.1 part 2)."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from odlinked.namespaces import CSVW, RDF, XSD

LexicalCheck = Callable[[str], bool]


class Builtin(NamedTuple):
    """A built-in datatype: its IRI, what kind it is (string, number, boolean, date, duration, binary) and its lexical test.

    `check` is None where any string is valid.
    """

    iri: str
    kind: str
    check: LexicalCheck | None


@lru_cache(maxsize=64)
def _compiled(expression: str) -> re.Pattern[str]:
    """Compile a pattern where a value is first tested by it: most types are not used in a run, and those of names take long."""
    return re.compile(expression, re.ASCII)


def _pattern(expression: str) -> LexicalCheck:
    return lambda text: _compiled(expression).fullmatch(text) is not None


def _whole(low: int | None, high: int | None) -> LexicalCheck:
    """Test for an integer within bounds, both included."""
    found = re.compile(r"[+-]?[0-9]+").fullmatch

    def check(text: str) -> bool:
        if found(text) is None or len(text) > 4000:
            return False
        return (low is None or int(text) >= low) and (high is None or int(text) <= high)

    return check


_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_YEAR = r"(?P<y>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_MONTH, _DAY = "(?P<m>0[1-9]|1[0-2])", "(?P<d>0[1-9]|[12][0-9]|3[01])"


def _calendar(expression: str) -> LexicalCheck:
    """Test for a date whose day is in its month; a year of any size (the calendar repeats every 400 years)."""
    def check(text: str) -> bool:
        match = _compiled(expression).fullmatch(text)
        if match is None:
            return False
        day = int(match["d"])
        if day <= 28:
            return True
        year = int(match["y"]) % 400 + 400 if "y" in match.groupdict() else 400
        return day <= monthrange(year, int(match["m"]))[1]

    return check


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_START = "_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f" \
         "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_MORE = _START + r"\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
_NCNAME = f"[{_START}][{_MORE}]*"
_BASE64 = r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){3}[A-Za-z0-9+/]|(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|" \
          r"[A-Za-z0-9+/] ?[AQgw] ?= ?=)?"
_REAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = _pattern(rf"{_REAL}(?:[Ee][+-]?[0-9]+)?|[+-]?INF|NaN")
_DATE_TIME = f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}"
_D_PART, _T_PART = r"(?:[0-9]+D)", r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)"
_RANGES: Mapping[str, tuple[int | None, int | None]] = {
    "integer": (None, None), "long": (-2**63, 2**63 - 1), "int": (-2**31, 2**31 - 1), "short": (-2**15, 2**15 - 1),
    "byte": (-128, 127), "nonNegativeInteger": (0, None), "positiveInteger": (1, None), "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1), "unsignedShort": (0, 2**16 - 1), "unsignedByte": (0, 255),
    "nonPositiveInteger": (None, 0), "negativeInteger": (None, -1),
}


def _xsd(kind: str, **checks: LexicalCheck | None) -> dict[str, Builtin]:
    return {name: Builtin(XSD + name, kind, check) for name, check in checks.items()}


def _all() -> dict[str, Builtin]:
    table = _xsd("string", anyAtomicType=None, string=None, anyURI=None, normalizedString=None, token=None,
                 language=_pattern("[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"), Name=_pattern(f"[:{_START}][:{_MORE}]*"),
                 NCName=_pattern(_NCNAME), NMTOKEN=_pattern(f"[:{_MORE}]+"), QName=_pattern(f"(?:{_NCNAME}:)?{_NCNAME}"))
    table |= _xsd("number", decimal=_pattern(_REAL), double=_DOUBLE, float=_DOUBLE)
    table |= _xsd("number", **{name: _whole(*bounds) for name, bounds in _RANGES.items()})
    table |= _xsd("boolean", boolean=_pattern("true|false|0|1"))
    table |= _xsd("binary", base64Binary=_pattern(_BASE64), hexBinary=_pattern("(?:[0-9a-fA-F]{2})*"))
    table |= _xsd("date", date=_calendar(f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}"), dateTime=_calendar(_DATE_TIME + _ZONE),
                  dateTimeStamp=_calendar(_DATE_TIME + _ZONE[:-1]), time=_pattern(_TIME + _ZONE),
                  gDay=_pattern(f"---{_DAY}{_ZONE}"), gMonth=_pattern(f"--{_MONTH}{_ZONE}"),
                  gMonthDay=_calendar(f"--{_MONTH}-{_DAY}{_ZONE}"), gYear=_pattern(_YEAR + _ZONE),
                  gYearMonth=_pattern(f"{_YEAR}-{_MONTH}{_ZONE}"))
    table |= _xsd("duration", duration=_pattern(
        rf"-?P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?{_D_PART}?{_T_PART}?"),
        dayTimeDuration=_pattern(rf"-?P(?=[0-9T]){_D_PART}?{_T_PART}?"),
        yearMonthDuration=_pattern(r"-?P(?=[0-9])(?:[0-9]+Y)?(?:[0-9]+M)?"))
    table |= {"any": table["anyAtomicType"], "binary": table["base64Binary"], "datetime": table["dateTime"],
              "number": table["double"], "json": Builtin(CSVW + "JSON", "string", _json),
              "xml": Builtin(RDF + "XMLLiteral", "string", None), "html": Builtin(RDF + "HTML", "string", None)}
    return table


BUILTINS: Mapping[str, Builtin] = MappingProxyType(_all())
"""Every built-in datatype by the name metadata uses."""

VERBATIM = frozenset({"string", "json", "xml", "html", "anyAtomicType", "any"})
"""Bases whose cells keep their white space unchanged (Model, section 6.4, steps 1 and 2)."""

ORDERED_KINDS = frozenset({"number", "date", "duration"})
"""Kinds that minimum and maximum may constrain."""
