"""Reading single properties: shared by every kind of description in a metadata document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from odlinked.csvw import formats, jsonld
from odlinked.csvw.model import Common, Inherited
from odlinked.csvw.problems import DocumentResolver, Notes
from odlinked.csvw.terms import expand, is_language, resolve

INHERITED = frozenset({"aboutUrl", "datatype", "default", "lang", "null", "ordered", "propertyUrl", "required", "separator",
                       "textDirection", "valueUrl"})
_DIRECTIONS = frozenset({"ltr", "rtl", "auto", "inherit"})


@dataclass(frozen=True)
class Context:
    """The content of a document's @context: base URL, default language, prefixes; and the resolver for referenced documents."""

    base: str
    language: str
    prefixes: Mapping[str, str]
    resolver: DocumentResolver

    def at(self, base: str) -> Context:
        """Return the context of a document found at another URL."""
        return replace(self, base=base)


def check(value: Mapping[str, Any], known: frozenset[str], kind: str, notes: Notes, context: Context) -> None:
    """Check @type and @id of a description and warn of properties its kind does not have."""
    if value.get("@type", kind) != kind:
        raise notes.fatal(f"@type must be {kind}, not {value['@type']!r}")
    if str(value.get("@id", "")).startswith("_:"):
        raise notes.fatal("@id must not be a blank node")
    for name in value:
        if name not in known and name not in ("@id", "@type", "@context") and expand(name, context.prefixes) is None:
            notes.warn(f"{name!r} is not a property of a {kind}; it is left out")


def identifier(value: Mapping[str, Any], notes: Notes, context: Context) -> str:
    """Read @id as an absolute URL."""
    if "@id" not in value:
        return ""
    return resolve(context.base, link(value, "@id", notes) or "")


def commons(value: Mapping[str, Any], notes: Notes, context: Context) -> tuple[Common, ...]:
    """Read the common properties: every name that is a prefixed name or an absolute URL."""
    found = []
    for name, item in value.items():
        iri = expand(name, context.prefixes)
        if iri is not None and not name.startswith("@"):
            normal = jsonld.normalise(item, context.base, context.language, notes.below(name), context.prefixes)
            found.append(Common(name, iri, item, normal))
    return tuple(found)


def notes_of(value: Mapping[str, Any], notes: Notes, context: Context) -> tuple[Any, ...]:
    """Read the `notes` property."""
    found = value.get("notes", [])
    items = found if isinstance(found, list) else [found]
    return tuple(jsonld.normalise(item, context.base, context.language, notes.below("notes"), context.prefixes)
                 for item in items)


def text(value: Mapping[str, Any], name: str, notes: Notes) -> str | None:
    """Read a property that must be a string."""
    found = value.get(name)
    if found is None or isinstance(found, str):
        return found
    notes.warn(f"{name} must be a string; it is left out")
    return None


def link(value: Mapping[str, Any], name: str, notes: Notes) -> str | None:
    """Read a link or URI template; anything but a string counts as the empty string (sections 5.1.2 and 5.1.3)."""
    found = value.get(name)
    if found is None or isinstance(found, str):
        return found
    notes.warn(f"{name} must be a string; it is taken as empty")
    return ""


def truth(value: Mapping[str, Any], name: str, notes: Notes) -> bool | None:
    """Read a property that must be true or false."""
    found = value.get(name)
    if found is None or isinstance(found, bool):
        return found
    notes.warn(f"{name} must be true or false; it is left out")
    return None


def choice(value: Mapping[str, Any], name: str, allowed: frozenset[str], notes: Notes) -> str | None:
    """Read a property that must be one of a few words."""
    found = value.get(name)
    if found is None or (isinstance(found, str) and found in allowed):
        return found
    notes.warn(f"{name} must be one of {', '.join(sorted(allowed))}; it is left out")
    return None


def count(value: Mapping[str, Any], name: str, notes: Notes) -> int | None:
    """Read a property that must be a number from 0."""
    found = value.get(name)
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and found >= 0):
        return found
    notes.warn(f"{name} must be a number from 0; it is left out")
    return None


def objects(value: Mapping[str, Any], name: str, notes: Notes) -> list[dict[str, Any]]:
    """Read an array of objects; anything else in it is left out with a warning."""
    found = value.get(name, [])
    if not isinstance(found, list):
        notes.warn(f"{name} must be an array; it is left out")
        return []
    kept = [item for item in found if isinstance(item, dict)]
    if len(kept) < len(found):
        notes.warn(f"{name} must hold objects; the rest is left out")
    return kept


def names(value: Mapping[str, Any], name: str, notes: Notes) -> tuple[str, ...]:
    """Read a column reference: a name or an array of names."""
    found = value.get(name)
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list) and all(isinstance(item, str) for item in found):
        return tuple(found)
    if found is not None:
        notes.warn(f"{name} must be a column's name or an array of names; it is left out")
    return ()


def titles(value: Mapping[str, Any], notes: Notes, context: Context) -> dict[str, list[str]]:
    """Read a natural language property into texts by language tag."""
    found = value.get("titles")
    if found is None:
        return {}
    if not isinstance(found, dict):
        found = {context.language: found}
    answer: dict[str, list[str]] = {}
    for language, text in found.items():
        if language != "und" and not is_language(language):
            notes.warn(f"{language!r} is not a language tag; its titles are left out")
            continue
        items = text if isinstance(text, list) else [text]
        kept = [item for item in items if isinstance(item, str)]
        if len(kept) < len(items):
            notes.warn("titles must be strings; the rest is left out")
        if kept:
            answer[language] = kept
    return answer


def inherited(value: Mapping[str, Any], notes: Notes, context: Context) -> Inherited:
    """Read the inherited properties stated in one description (section 5.7)."""
    language = value.get("lang")
    if language is not None and not is_language(language):
        notes.warn(f"lang must be a language tag, not {language!r}; it is left out")
        language = None
    described = value.get("datatype")
    return Inherited(
        about_url=link(value, "aboutUrl", notes), property_url=link(value, "propertyUrl", notes),
        value_url=link(value, "valueUrl", notes), default=text(value, "default", notes),
        datatype=None if described is None else formats.datatype(described, context.base, notes.below("datatype")),
        lang=language, null=_null(value, notes), ordered=truth(value, "ordered", notes),
        required=truth(value, "required", notes), separator=text(value, "separator", notes),
        text_direction=choice(value, "textDirection", _DIRECTIONS, notes))


def _null(value: Mapping[str, Any], notes: Notes) -> tuple[str, ...] | None:
    found = value.get("null")
    if found is None:
        return None
    items = found if isinstance(found, list) else [found]
    kept = tuple(item for item in items if isinstance(item, str))
    if len(kept) < len(items):
        notes.warn("null must be a string or an array of strings; the rest is left out")
    return kept or None
