"""What can be meant by a value: codes, organisations and other concepts, with all they are called.

They are read from statements (SKOS, ORG) of an asset, a release or any file, and looked up by `search.candidates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from odlinked.namespaces import FOAF, ORG, RDF, RDFS, SKOS

NAME, OTHER, FORMER, CODE = "name", "other", "former", "code"
"""How a thing is called so: its usual name, another one, one it has no more, its code."""

_HOW: Final = {SKOS + "prefLabel": NAME, FOAF + "name": NAME, RDFS + "label": NAME, SKOS + "altLabel": OTHER,
               SKOS + "hiddenLabel": OTHER, SKOS + "notation": CODE}
_ABOVE: Final = (SKOS + "broader", ORG + "subOrganizationOf")
_KINDS: Final = (SKOS + "inScheme", SKOS + "topConceptOf")
_ORDER: Final = (NAME, OTHER, FORMER, CODE)


@dataclass
class KnownThing:
    """A thing that values can stand for.

    `kind` is its concept scheme or class, `called` what it is called: (text, how, language tag or ""); `above` are the IRIs of
    what it is a part of or narrower than.
    """

    iri: str
    kind: str
    called: list[tuple[str, str, str]] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    text: dict[str, str] = field(default_factory=dict)

    def name(self, language: str = "zh-Hant") -> str:
        """Return its name in a language, else in any, else what it is called otherwise, else its IRI."""
        names = [(text, tag) for text, how, tag in self.called if how == NAME]
        same = (text for text, tag in names if tag.split("-")[0] == language.split("-")[0])
        found = next(same, names[0][0] if names else "")
        return found or next((text for text, _, _ in self.called), self.iri)

    def texts(self, how: str) -> list[str]:
        """Return what it is called in a way, each once."""
        return list(dict.fromkeys(text for text, way, _ in self.called if way == how))

    @property
    def code(self) -> str:
        """Its code, "" where it has none."""
        return next(iter(self.texts(CODE)), "")

    def call(self, text: str, how: str, language: str = "") -> None:
        """Add what it is called; said in several ways, it is the most usual."""
        if not text.strip():
            return
        for place, (known, way, tag) in enumerate(self.called):
            if known == text and tag == language:
                if _ORDER.index(how) < _ORDER.index(way):
                    self.called[place] = (text, how, language)
                return
        self.called.append((text, how, language))


def described(statements: Iterable[Any], otherwise: str = "") -> dict[str, KnownThing]:
    """Return the concepts that statements (terms of pyoxigraph) describe, by IRI, in their order.

    What is in no scheme has `otherwise` as its kind; what has no name is left out, as is what has no IRI.
    """
    found: dict[str, KnownThing] = {}
    schemes: set[str] = set()
    for one in statements:
        subject, predicate, term = _iri(one.subject), one.predicate.value, one.object
        value = str(getattr(term, "value", ""))
        if not subject:
            continue
        if predicate == RDF + "type":
            if value == SKOS + "ConceptScheme":
                schemes.add(subject)
            continue
        how = _HOW.get(predicate)
        if how is None and predicate not in _ABOVE and predicate not in _KINDS and predicate != SKOS + "definition":
            continue
        thing = found.setdefault(subject, KnownThing(subject, otherwise))
        if how:
            thing.call(value, how, str(getattr(term, "language", None) or ""))
        elif predicate in _KINDS:
            thing.kind = value
        elif predicate in _ABOVE:
            thing.above.append(value)
        else:
            thing.text[str(getattr(term, "language", None) or "")] = value
    return {iri: one for iri, one in found.items() if one.called and iri not in schemes}


def in_schemes(things: Mapping[str, KnownThing]) -> dict[str, KnownThing]:
    """Return those that are of some kind."""
    return {iri: one for iri, one in things.items() if one.kind}


def _iri(term: Any) -> str:
    text = str(term)
    return str(term.value) if text.startswith("<") else ""
