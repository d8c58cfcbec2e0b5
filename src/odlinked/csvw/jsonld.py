"""Common properties and notes: the JSON-LD that CSVW metadata may carry (Metadata Vocabulary, sections 5.8 and 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odlinked.csvw.problems import Notes
from odlinked.csvw.terms import PREFIXES, expand_type, is_language, resolve

_KEYWORDS = frozenset({"@id", "@type", "@value", "@language"})
MAX_DEPTH = 64
"""The deepest nesting of values that is accepted."""


def normalise(value: Any, base: str, language: str, notes: Notes,
              prefixes: Mapping[str, str] = PREFIXES, depth: int = 0) -> Any:
    """Return a value with strings made language-tagged objects and links absolute; raise `MetadataError` where that is
    impossible."""
    if depth > MAX_DEPTH:
        raise notes.fatal(f"values are nested more than {MAX_DEPTH} deep")
    if isinstance(value, list):
        return [normalise(item, base, language, notes, prefixes, depth + 1) for item in value]
    if isinstance(value, str):
        return {"@value": value, "@language": language} if language != "und" else {"@value": value}
    if not isinstance(value, dict):
        return value
    _check_keywords(value, notes)
    _check_types(value, notes, prefixes)
    if "@value" in value:
        _check_literal(value, notes)
        return value
    if "@language" in value:
        raise notes.fatal("@language may stand only beside @value")
    answer: dict[str, Any] = {}
    for key, item in value.items():
        if key == "@id":
            if not isinstance(item, str) or item.startswith("_:"):
                raise notes.fatal(f"@id must be a URL and no blank node, not {item!r}")
            answer[key] = resolve(base, item)
        elif key == "@type":
            answer[key] = item
        else:
            answer[key] = normalise(item, base, language, notes.below(key), prefixes, depth + 1)
    return answer


def _check_keywords(value: dict[str, Any], notes: Notes) -> None:
    for key in value:
        if key.startswith("@") and key not in _KEYWORDS:
            raise notes.fatal(f"{key} must not be used here")


def _check_types(value: dict[str, Any], notes: Notes, prefixes: Mapping[str, str]) -> None:
    if "@type" not in value:
        return
    types = value["@type"] if isinstance(value["@type"], list) else [value["@type"]]
    for item in types:
        if not isinstance(item, str) or item.startswith("_:") or expand_type(item, prefixes) is None:
            raise notes.fatal(f"@type must be a term, a prefixed name or an absolute URL, not {item!r}")


def _check_literal(value: dict[str, Any], notes: Notes) -> None:
    if set(value) - {"@value", "@type", "@language"} or {"@type", "@language"} <= set(value):
        raise notes.fatal("an object with @value may have @type or @language beside it and nothing else")
    if not isinstance(value["@value"], str | int | float | bool):
        raise notes.fatal("@value must be a string, a number, true or false")
    if "@language" in value and not is_language(value["@language"]):
        raise notes.fatal(f"{value['@language']!r} is not a language tag")
