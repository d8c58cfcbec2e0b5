"""Whether rules have anything to judge in a graph: a check of nothing does not pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from odlinked.namespaces import RDF, RDFS
from odlinked.quality.shapes import Profile
from odlinked.sheets.tables import listed

_KIND: Final = re.compile(rb"^\S+ <" + re.escape(f"{RDF}type").encode() + rb"> <([^>]*)> \.$", re.MULTILINE)
_BELOW: Final = re.compile(rb"^<([^>]*)> <" + re.escape(f"{RDFS}subClassOf").encode() + rb"> <([^>]*)> \.$", re.MULTILINE)
_PREDICATE: Final = re.compile(rb"^\S+ <([^>]*)> ", re.MULTILINE)
_NAMED: Final = ("Catalog", "Dataset", "DataService", "Distribution")
"""Classes named first where none is present: the basic ones of a catalogue."""

_SHOWN: Final = 3


def why(ntriples: bytes, profile: Profile, short: Mapping[str, str]) -> str:
    """Return why rules of a profile cannot judge a graph (canonical N-Triples), "" where they can.

    They can where a node is of a class that a rule targets, or of a subclass. They cannot where a class differs from one of those
    only in http or https, the end of the namespace or the case of letters: what is meant was not judged then. `short`: prefix ->
    namespace.
    """
    classes = {rule.target for rule in profile.rules.values() if rule.target}
    kinds = {found.decode() for found in _KIND.findall(ntriples)}
    alike = {_loose(iri): iri for iri in classes}
    for kind in sorted(kinds - classes):
        if _loose(kind) in alike:
            return f"its nodes are of class {kind}, which is not {alike[_loose(kind)]}: nothing of them was judged"
    if classes & kinds or classes & _above(kinds, (profile.background, ntriples)):
        return ""
    spaces = Counter(_space(iri.decode()) for iri in (*_KIND.findall(ntriples), *_PREDICATE.findall(ntriples)))
    spoken = [space for space, _ in spaces.most_common() if space != RDF]
    others = f"only words of {listed(spoken, _SHOWN)}" if spoken else "and nothing else"
    return f"there is no {_wanted(classes, short)} in it, {others}: nothing was judged"


def _above(kinds: Iterable[str], graphs: Iterable[bytes]) -> set[str]:
    """Return the direct and indirect superclasses of classes."""
    above: dict[str, set[str]] = {}
    for below, over in (pair for graph in graphs for pair in _BELOW.findall(graph)):
        above.setdefault(below.decode(), set()).add(over.decode())
    found, waiting = set[str](), list(kinds)
    while waiting:
        new = above.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _loose(iri: str) -> str:
    """Return a form of an IRI that is the same for IRIs easily mistaken for each other."""
    return re.sub(r"[#/]+", "/", iri.partition(":")[2]).lower()


def _space(iri: str) -> str:
    """Return the namespace of an IRI."""
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _wanted(classes: set[str], short: Mapping[str, str]) -> str:
    """Return the classes that rules target, the well-known ones first."""
    ordered = sorted(classes, key=lambda iri: (*(not iri.endswith(f"#{name}") for name in _NAMED), iri))
    names = []
    for iri in ordered[: _SHOWN + 1]:
        prefix = next((prefix for prefix, space in short.items() if space == _space(iri)), "")
        names.append(f"{prefix}:{iri[len(_space(iri)):]}" if prefix else iri)
    return ", ".join(names) + (" …" if len(classes) > len(names) else "")
