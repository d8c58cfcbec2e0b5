"""The literal check: is a literal's text of its datatype (RDF 1.1 Concepts, section 3.3; XSD 1.1 Part 2)?

It runs before the SHACL engines: pySHACL stops on an ill-typed value in a comparison and accepts `"2020-01-01"^^xsd:dateTime`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from odlinked.namespaces import LEX, XSD
from odlinked.rdf.ntriples import triples

EDITION: Final = "1"
"""Raised when the check finds something else than before: a part of the reuse key."""

_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"
_YEAR = r"-?(?:[1-9]\d{3,}|0\d{3})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_DURATION = r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
_NAME = r"[^\W\d][\w.\-·]*"
_PATTERNS: Final = {
    "boolean": r"true|false|1|0",
    "decimal": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "integer": r"[+-]?\d+",
    "double": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
    "date": rf"({_YEAR})-({_MONTH})-({_DAY}){_ZONE}",
    "dateTime": rf"({_YEAR})-({_MONTH})-({_DAY})T{_TIME}{_ZONE}",
    "dateTimeStamp": rf"({_YEAR})-({_MONTH})-({_DAY})T{_TIME}(?:Z|[+-]\d\d:\d\d)",
    "time": _TIME + _ZONE,
    "gYear": _YEAR + _ZONE,
    "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonth": rf"--{_MONTH}{_ZONE}",
    "gMonthDay": rf"--(?:0[13578]|1[02])-{_DAY}{_ZONE}|--(?:0[469]|11)-(?:0[1-9]|[12]\d|30){_ZONE}|--02-(?:0[1-9]|[12]\d){_ZONE}",
    "gDay": rf"---{_DAY}{_ZONE}",
    "duration": _DURATION,
    "dayTimeDuration": r"-?P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
    "yearMonthDuration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?",
    "hexBinary": r"(?:[0-9a-fA-F]{2})*",
    "base64Binary": r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){2}= ?=|(?:[A-Za-z0-9+/] ?){3}=)?",
    "language": r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "anyURI": r"[^\s<>\"{}|\\^`]*",
    "Name": _NAME,
    "NCName": _NAME,
    "NMTOKEN": r"[\w.\-·:]+",
}
_RANGES: Final[dict[str, tuple[int | None, int | None]]] = {
    "nonNegativeInteger": (0, None), "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0), "negativeInteger": (None, -1),
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (("long", 64), ("int", 32), ("short", 16), ("byte", 8))},
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in (("Long", 64), ("Int", 32), ("Short", 16), ("Byte", 8))},
}
_COMPILED: Final[dict[str, re.Pattern[str]]] = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_MARK: Final = b'"^^<' + XSD.encode()
_TYPED: Final = re.compile(rb'".*' + re.escape(_MARK) + rb"\w+> \.")
_TEXTUAL: Final = ("normalizedString", "token", "anyURI", "Name", "NCName", "NMTOKEN")
_MONTH_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class IllTyped(NamedTuple):
    """A literal whose text is not of its datatype: subject and predicate IRIs, text, datatype IRI."""

    subject: str
    predicate: str
    value: str
    datatype: str


def well_typed(text: str, datatype: str) -> bool:
    """True when `text` is in the lexical space of an XSD datatype (its local name), or the type is unknown."""
    if datatype in _RANGES:
        if not _COMPILED["integer"].fullmatch(text) or len(text) > 40:
            return False
        low, high = _RANGES[datatype]
        number = Decimal(text)
        return (low is None or number >= low) and (high is None or number <= high)
    pattern = _COMPILED.get("double" if datatype == "float" else datatype)
    if pattern is None:
        return True
    found = pattern.fullmatch(text)
    if found is None or not (text.isascii() or datatype in _TEXTUAL):
        return False
    return _exists(*(int(part) for part in found.groups())) if found.re.groups == 3 else True


def _exists(year: int, month: int, day: int) -> bool:
    """True when a day exists in the (proleptic) Gregorian calendar."""
    if month == 2 and day == 29:
        return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _MONTH_DAYS[month - 1]


def check(ntriples: bytes) -> tuple[list[IllTyped], bytes]:
    """Find the ill-typed literals of canonical N-Triples.

    Return them, and the same text in which each carries a private datatype: an engine then gets its spelling, and that it is not
    of the datatype it claimed, without trying to read it as a number or a date.
    """
    found: list[IllTyped] = []
    pieces: list[bytes] = []
    done, mark = 0, ntriples.find(_MARK)
    while mark >= 0:
        start, end = ntriples.rfind(b"\n", 0, mark) + 1, ntriples.find(b"\n", mark)
        line = ntriples[start:end] if end >= 0 else ntriples[start:]
        if not _accepted(line.split(b" ", 2)[2]):
            triple = next(triples(line))
            found.append(IllTyped(triple.subject, triple.predicate, triple.object.value, triple.object.datatype))
            about, literal = line[:line.index(b' "')], line[line.index(b' "'):]
            pieces += ntriples[done:start], about, literal.replace(_MARK, b'"^^<' + LEX.encode())
            done = start + len(line)
        mark = ntriples.find(_MARK, start + len(line))
    return found, b"".join([*pieces, ntriples[done:]]) if pieces else ntriples


@lru_cache(maxsize=65_536)
def _accepted(term: bytes) -> bool:
    """True when an N-Triples literal (with its full stop) is well typed; so is any other term that only contains such a text."""
    if _TYPED.fullmatch(term) is None:
        return True
    triple = next(triples(b"<urn:s> <urn:p> " + term))
    return well_typed(triple.object.value, triple.object.datatype.removeprefix(XSD))
