"""What the fast engine need not be given: triples that no rule examines, and rules that cannot have results for a graph.

Both are sound, and tests ensure that the results equal those of the reference, which is given everything. A shape uses no triples
but those of the properties its own graph names, of rdf:type and of rdfs:subClassOf (SHACL, sections 2 to 4), unless it is closed.
A property shape has no result where its class has no instance; if its constraints are on values one by one, or on how many there
are at most, also none where its property has no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import rdflib
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import BNode, Node, URIRef

_SUBCLASS: Final = str(RDFS.subClassOf)
_ALWAYS: Final = frozenset((str(RDF.type), _SUBCLASS))
_PREDICATE: Final = re.compile(rb"^\S+ <([^>]*)>", re.MULTILINE)
_TYPE: Final = re.compile(rb"^\S+ <" + re.escape(str(RDF.type).encode()) + rb"> <([^>]*)>", re.MULTILINE)
_ON_VALUES: Final = frozenset((
    SH.path, SH.targetClass, SH.severity, SH.maxCount, SH.nodeKind, SH["class"], SH.datatype, SH["or"], SH["and"], SH["not"],
    SH.xone, SH.node, SH["in"], SH.pattern, SH.minLength, SH.maxLength, SH.languageIn, RDF.type,
))
"""The constraints with which a property shape has no result where its property has no value."""

Uses = frozenset[tuple[str, str]]
"""What a graph uses: ("property", IRI) and ("class", IRI)."""


class Sieve:
    """Filters graphs for shapes, and shapes for graphs. `background` may state which class is below which."""

    def __init__(self, shapes: rdflib.Graph, background: rdflib.Graph) -> None:
        self._shapes = shapes
        closed = (None, SH.closed, None) in shapes
        named = {str(term) for term in shapes.objects() if isinstance(term, URIRef)} | _ALWAYS
        lines = b"|".join(re.escape(name.encode()) for name in sorted(named))
        self._kept = None if closed else re.compile(rb"^\S+ <(?:" + lines + rb")> .*\n?", re.MULTILINE)
        self._needs = {
            shape: tuple(_needs(shapes, background, shape)) for shape in shapes.subjects(RDF.type, SH.PropertyShape)
            if isinstance(shape, URIRef)
        }
        self._turns = frozenset(use for needs in self._needs.values() for need in needs for use in need)

    def sift(self, ntriples: bytes) -> bytes:
        """Return the lines that the shapes may examine."""
        return ntriples if self._kept is None else b"".join(self._kept.findall(ntriples))

    def turns(self, uses: Uses) -> Uses:
        """Return those uses that can cause a result of a shape."""
        return uses & self._turns

    def speaking(self, uses: Uses) -> rdflib.Graph:
        """Return the shapes that may have a result for a graph with these uses."""
        silent = {shape for shape, needs in self._needs.items() if not all(need & uses for need in needs)}
        kept = rdflib.Graph(bind_namespaces="none")
        waiting: list[Node] = [node for node in set(self._shapes.subjects()) if isinstance(node, URIRef) and node not in silent]
        while waiting:
            node = waiting.pop()
            for predicate, value in self._shapes.predicate_objects(node):
                kept.add((node, predicate, value))
                if isinstance(value, BNode):
                    waiting.append(value)
        return kept


def uses(ntriples: bytes) -> Uses:
    """Return what a graph uses."""
    properties = {("property", name.decode()) for name in set(_PREDICATE.findall(ntriples))}
    return frozenset(properties | {("class", name.decode()) for name in set(_TYPE.findall(ntriples))})


def _needs(shapes: rdflib.Graph, background: rdflib.Graph, shape: Node) -> Iterator[Uses]:
    """Yield what a graph must use for a shape to have a result: one use of each set. A graph with classes of its own may need
    any."""
    path, targets = shapes.value(shape, SH.path), list(shapes.objects(shape, SH.targetClass))
    if isinstance(path, URIRef) and all(predicate in _ON_VALUES for predicate in shapes.predicates(shape)):
        yield frozenset({("property", str(path))})
    if targets and all(predicate == SH.targetClass or "target" not in str(predicate) for predicate in shapes.predicates(shape)):
        family = {part for target in targets for graph in (shapes, background)
                  for part in graph.transitive_subjects(RDFS.subClassOf, target)}
        yield frozenset({("property", _SUBCLASS), *(("class", str(part)) for part in family)})
