"""Reading datatype descriptions (Metadata Vocabulary, section 5.11.2)."""

from __future__ import annotations

import re
from typing import Any

from odlinked.csvw.builtins import BUILTINS
from odlinked.csvw.datatypes import STRING, Datatype
from odlinked.csvw.dateformats import compile_pattern
from odlinked.csvw.numberformats import NumberFormat, shape
from odlinked.csvw.order import before
from odlinked.csvw.problems import Notes
from odlinked.csvw.terms import is_absolute, resolve
from odlinked.rdf.ntriples import encode

_LENGTHS = {"length": "length", "minLength": "min_length", "maxLength": "max_length"}
_BOUNDS = {"minimum": "min_inclusive", "minInclusive": "min_inclusive", "maximum": "max_inclusive",
           "maxInclusive": "max_inclusive", "minExclusive": "min_exclusive", "maxExclusive": "max_exclusive"}
_KNOWN = frozenset({"@id", "@type", "base", "format", "name"} | set(_LENGTHS) | set(_BOUNDS))


def datatype(value: Any, base_url: str, notes: Notes) -> Datatype | None:
    """Read the value of a `datatype` property; None where it has nothing usable."""
    if isinstance(value, str):
        if value in BUILTINS:
            return Datatype(value)
        if is_absolute(value):
            notes.warn(f"the datatype {value} is not described here; strings are taken as they are")
            return STRING
        notes.warn(f"{value!r} is not a built-in datatype; strings are taken as they are")
        return None
    if not isinstance(value, dict):
        notes.warn("a datatype must be a name or an object")
        return None
    base = value.get("base", "string")
    if not isinstance(base, str) or base not in BUILTINS:
        notes.warn(f"the base {base!r} is not a built-in datatype; string is taken")
        base = "string"
    for name in value:
        if name not in _KNOWN and ":" not in name:
            notes.warn(f"{name!r} is not a property of datatypes")
    fields: dict[str, Any] = {"base": base, "id": _identifier(value, base_url, notes)}
    if isinstance(value.get("name"), str):
        fields["name"] = value["name"]
    fields |= _lengths(value, base, notes) | _format(value.get("format"), base, notes.below("format"))
    return _bounded(Datatype(**fields), value, notes)


def _identifier(value: dict[str, Any], base_url: str, notes: Notes) -> str:
    if value.get("@type", "Datatype") != "Datatype":
        raise notes.fatal("the @type of a datatype must be Datatype")
    found = value.get("@id", "")
    if not isinstance(found, str):
        notes.warn("@id must be a string")
        return ""
    if found.startswith("_:"):
        raise notes.fatal("the @id of a datatype must not be a blank node")
    iri = resolve(base_url, found) if found else ""
    if found and any(iri == builtin.iri for builtin in BUILTINS.values()):
        raise notes.fatal("the @id of a datatype must not be that of a built-in datatype")
    if iri and (not is_absolute(iri) or encode(iri) != iri):
        notes.warn(f"the @id {iri!r} cannot be an IRI; it is left out")
        return ""
    return iri


def _lengths(value: dict[str, Any], base: str, notes: Notes) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, attribute in _LENGTHS.items():
        number = value.get(name)
        if number is None:
            continue
        if BUILTINS[base].kind not in ("string", "binary"):
            raise notes.fatal(f"{name} says nothing about a {base}")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            notes.warn(f"{name} must be a number from 0")
            continue
        found[attribute] = number
    exact, least, most = found.get("length"), found.get("min_length"), found.get("max_length")
    if (exact is not None and ((least is not None and exact < least) or (most is not None and exact > most))) \
            or (least is not None and most is not None and most < least):
        raise notes.fatal("length, minLength and maxLength contradict each other")
    return found


def _bounded(described: Datatype, value: dict[str, Any], notes: Notes) -> Datatype:
    """Return the datatype with its minimum and maximum, which must be values of it and consistent with each other."""
    bounds: dict[str, str] = {}
    for name, attribute in _BOUNDS.items():
        if name not in value:
            continue
        if not described.ordered:
            raise notes.fatal(f"{name} says nothing about a {described.base}")
        bound = value[name]
        lexical, why = described.read(bound if isinstance(bound, str) else str(bound))
        if why and isinstance(bound, str):
            lexical, why = Datatype(described.base).read(bound)
        if why or isinstance(bound, bool):
            notes.warn(f"{name} is left out: {why or 'it is not a value'}")
            continue
        bounds[attribute] = lexical
    if {"min_inclusive", "min_exclusive"} <= set(bounds) or {"max_inclusive", "max_exclusive"} <= set(bounds):
        raise notes.fatal("an inclusive and an exclusive bound on the same side contradict each other")
    low = bounds.get("min_inclusive") or bounds.get("min_exclusive")
    high = bounds.get("max_inclusive") or bounds.get("max_exclusive")
    if low is not None and high is not None:
        low_key, high_key = described.key(low), described.key(high)
        open_ends = ("min_exclusive" in bounds) + ("max_exclusive" in bounds)
        if before(high_key, low_key) or (open_ends == 1 and high_key == low_key):
            raise notes.fatal("the maximum is below the minimum")
    fields = {name: getattr(described, name) for name in described.__dataclass_fields__}
    return Datatype(**(fields | bounds))


def _format(value: Any, base: str, notes: Notes) -> dict[str, Any]:
    """Read the `format` property according to the kind of the base; an unusable one is left out with a warning."""
    if value is None:
        return {}
    kind = BUILTINS[base].kind
    if kind == "number":
        return _number(value, notes)
    if not isinstance(value, str):
        notes.warn("a format must be a string here")
        return {}
    if kind == "date":
        found = compile_pattern(value, base)
        if found is None:
            notes.warn(f"{value!r} is not a date or time format this knows for {base}")
        return {} if found is None else {"date": found, "format": value}
    if kind == "boolean":
        words = value.split("|")
        if len(words) != 2 or words[0] == words[1]:
            notes.warn(f"{value!r} does not give two words with | between them")
            return {}
        return {"truth": (words[0], words[1]), "format": value}
    try:
        # ECMAScript writes named groups without the P. The whole string must match.
        return {"expression": re.compile(value.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"),
                                         re.ASCII), "format": value}
    except (re.error, RecursionError, OverflowError) as problem:
        notes.warn(f"{value!r} is not a regular expression: {problem}")
        return {}


def _number(value: Any, notes: Notes) -> dict[str, Any]:
    described = {"pattern": value} if isinstance(value, str) else value
    if not isinstance(described, dict):
        notes.warn("a number format must be a pattern or an object")
        return {}
    marks: dict[str, str] = {}
    for name, default in (("decimalChar", "."), ("groupChar", ""), ("pattern", "")):
        found = described.get(name, default)
        if not isinstance(found, str):
            notes.warn(f"{name} must be a string")
            found = default
        marks[name] = found
    decimal, group, pattern = marks["decimalChar"] or ".", marks["groupChar"], marks["pattern"]
    if decimal == group:
        notes.warn("decimalChar and groupChar are the same; groupChar is left out")
        group = ""
    if pattern and shape(pattern, decimal, group or ",") is None:
        notes.warn(f"{pattern!r} is not a number pattern this knows")
        pattern = ""
    return {"number": NumberFormat(decimal, group, pattern), "format": value}
