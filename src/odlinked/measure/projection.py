"""The view that measuring has of a record: no more than its queries name, so that datasets that look alike are measured once.

A query uses the properties that a query of the pipeline names, or a metric with `odl:property`. How, says `[projection]` in
`queries/metrics/stages.toml`; a property it does not list is used as it is. The view of a dataset is written under names that are
the same for all: two datasets with the same view have the same measurements, each under its own name.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from odlinked.namespaces import ODL, RDF
from odlinked.queries import Query

_NODE: Final = b"urn:odlinked:measured"
DATASET: Final = _NODE + b":dataset"
QUALITY: Final = _NODE + b":quality"
COMMON: Final = _NODE + b":common"
"""The names that a dataset, its quality document and that of what datasets have in common have where they are measured; nodes of
theirs have them with a fragment."""

_TERM: Final = _NODE + b":term"
_THERE: Final = b"<" + _TERM + b"> ."
_OWN: Final = b"<" + DATASET
_ITSELF, _PART = _OWN + b">", _OWN + b"#"
_TYPE: Final = f"<{RDF}type>".encode()
_NODES: Final = re.compile(_OWN + rb"#([^>]*)>")
_METRIC_PROPERTY: Final = re.compile(rb"> <" + ODL.encode() + rb"property> <([^>]*)> \.")
_IRI: Final = re.compile(r"<([^<>\"{}|^`\\\s]+)>")
_DECLARED: Final = re.compile(r"PREFIX\s+([\w.-]*):\s*<([^>]*)>", re.IGNORECASE)
_SHORT: Final = re.compile(r"(?<![\w<])([A-Za-z][\w-]*):([A-Za-z_][\w-]*)")
_TEXT: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"')

MODES: Final = ("presence", "sameness", "days", "kinds", "visited")
"""How a property may be viewed: that it is there; which of its values are the same; on which side of days its value is; of what
kind that is; not at all."""

BY_PROPERTIES: Final = ("days", "kinds")
"""The modes that need the properties of days or kinds."""


_Shade = Callable[[bytes, dict[bytes, bytes]], bytes]
"""Turns a term (at the end of its line) into its view; it may note the names it gives to terms."""


class Way(NamedTuple):
    """The view of a property: one of `MODES`, and the properties of the material (IRIs) that it depends on."""

    mode: str
    properties: frozenset[str] = frozenset()


class Projection:
    """Looks at records for a pipeline of `queries` over the `material` (N-Triples: metrics, code lists, parameters).

    `ways` has, by IRI of a property, its view where that is not the property as it is.
    """

    def __init__(self, queries: Iterable[Query], material: bytes, ways: Mapping[str, Way]) -> None:
        named = {name for query in queries for name in names(query)}
        used = named | {name.decode() for name in _METRIC_PROPERTY.findall(material)}
        statements = [line.split(b" ", 2) for line in material.split(b"\n") if line]
        self._classes = {f"<{name}> .".encode() for name in named}
        self._known = {term for *_, term in statements} | {subject + b" ." for subject, *_ in statements}
        self._shades: dict[bytes, _Shade | None] = {}
        by_property: dict[bytes, list[tuple[bytes, bytes, bytes]]] = {}
        for subject, predicate, term in statements:
            by_property.setdefault(predicate, []).append((subject, predicate, term))
        for name in used:
            way = ways.get(name, Way(""))
            about = [one for wanted in sorted(way.properties) for one in by_property.get(f"<{wanted}>".encode(), ())]
            if way.mode != "visited":
                self._shades[f"<{name}>".encode()] = self._shade(way.mode, about)

    def _shade(self, mode: str, about: Sequence[tuple[bytes, bytes, bytes]]) -> _Shade | None:
        """Return the function that gives the view of a term, None where it is used as it is."""
        if mode == "presence":
            return lambda term, terms: _THERE
        if mode == "sameness":
            return self._same
        if mode == "days":
            days = sorted(found[1] for *_, term in about if (found := _TEXT.match(term)))
            return lambda term, terms: _day(term, days)
        if mode == "kinds":
            kinds: dict[bytes, set[bytes]] = {}
            for subject, predicate, term in about:
                kinds.setdefault(subject + b" .", set()).add(predicate + term)
            first = {frozenset(facts): subject for subject, facts in sorted(kinds.items(), reverse=True)}
            same = {subject: first[frozenset(facts)] for subject, facts in kinds.items()}
            return lambda term, terms: same.get(term, _THERE)
        return None

    def of(self, dataset: str, *texts: bytes) -> bytes | None:
        """Return the view of a dataset from texts about it (N-Triples), None where they are about something else, too."""
        own = b"<" + dataset.encode()
        text = b"".join(texts).replace(own + b">", _ITSELF).replace(own + b"#", _PART)
        view: set[bytes] = set()
        terms: dict[bytes, bytes] = {}
        for line in text.split(b"\n"):
            if not line:
                continue
            subject, predicate, term = line.split(b" ", 2)
            if subject != _ITSELF and not subject.startswith(_PART):
                return None
            if predicate not in self._shades or (predicate == _TYPE and term not in self._classes):
                continue
            shade = self._shades[predicate]
            view.add(line if shade is None else b"%b %b %b" % (subject, predicate, shade(term, terms)))
        shown = b"\n".join(sorted(view))
        # Numbered in the order of their names: of equal resources the first by name counts.
        numbers = {node: b"%b#%05d>" % (_OWN, place) for place, node in enumerate(sorted(set(_NODES.findall(shown))))}
        return _NODES.sub(lambda found: numbers[found[1]], shown) + b"\n"

    def _same(self, term: bytes, terms: dict[bytes, bytes]) -> bytes:
        """Return a term as it is if the material has it, else by a name that equal ones have."""
        if term in self._known or term.startswith(_OWN):
            return term
        name = b"%b:%d" % (_TERM, len(terms))
        return terms.setdefault(term, b"<%b> ." % name if term[:1] == b"<" else b'"%b" .' % name)


def _day(term: bytes, days: Sequence[bytes]) -> bytes:
    """Return a date as the last of some days that it is not before, by its first ten characters."""
    found = _TEXT.match(term)
    if found is None or b"\\" in found[1]:
        return term
    place = bisect_right(days, found[1][:10])
    return b'"%b"%b' % (days[place - 1] if place else b"0000-00-00", term[found.end():])


def numbered(text: bytes, number: int) -> bytes:
    """Return the view of a dataset under names that distinguish it from others it is measured with."""
    return text.replace(_NODE, b"%b:%d" % (_NODE, number))


def unnumbered(text: bytes, number: int) -> bytes:
    """Return a text about a dataset under the names that `numbered` gave it as one under the names all have."""
    return text.replace(b"%b:%d" % (_NODE, number), _NODE)


def named(text: bytes, dataset: bytes, quality: bytes, common: bytes = COMMON) -> bytes | None:
    """Return the results of a view for a dataset of that name; None where they contain anything that is not in the view."""
    text = text.replace(b"<%b>" % DATASET, b"<%b>" % dataset).replace(b"<%b#" % COMMON, b"<%b#" % common)
    for end in (b">", b"#"):
        text = text.replace(b"<" + QUALITY + end, b"<" + quality + end)
    return None if _NODE in text else text


def names(query: Query) -> set[str]:
    """Return the IRIs that a query's text holds, written whole or with a prefix."""
    text = query.prologue + "\n" + query.text
    prefixes = dict(_DECLARED.findall(text))
    body = re.sub(r"^\s*#.*$", "", _DECLARED.sub("", text), flags=re.MULTILINE)
    short = {prefixes[prefix] + name for prefix, name in _SHORT.findall(_IRI.sub(" ", body)) if prefix in prefixes}
    return short | set(_IRI.findall(body))
