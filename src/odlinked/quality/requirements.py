"""What SHACL shapes require of a node's statements, as far as signatures of nodes contain it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Literal, Node, URIRef

from odlinked.rdf.ntriples import unescape

TYPE: Final = f"<{RDF.type}>".encode()
_COUNTS: Final = (SH.minCount, SH.maxCount, SH.qualifiedMinCount, SH.qualifiedMaxCount)
_BRANCHES: Final = (SH["or"], SH["and"], SH.xone)
_BELOW: Final = (SH["not"], SH.node, SH.property, SH.qualifiedValueShape)
_KNOWN: Final = frozenset((
    SH.path, SH.alternativePath, SH.targetClass, SH.severity, SH["class"], SH.datatype, SH.nodeKind, SH.minCount, SH.maxCount,
    SH.minLength, SH.maxLength, SH.pattern, SH.languageIn, SH["in"], SH.hasValue, SH.qualifiedMinCount, SH.qualifiedMaxCount,
    SH.name, SH.description, SH.message, *_BRANCHES, *_BELOW,
))
"""The SHACL terms whose requirements are known."""


_REFUSED: Final = {
    0: (SH.nodeKind, SH["in"], SH.hasValue, SH.pattern, SH["class"], SH.datatype, SH.minLength, SH.maxLength, SH.languageIn),
    2: (SH["class"],),
}
"""What a signature does not contain: of a node its name, of a value's values the statements about those."""


class _More(Exception):
    """The shapes require more than a signature contains."""


@dataclass
class Constraints:
    """What shapes require of the values of a property in addition to kind, datatype, language and class."""

    lengths: list[int] = field(default_factory=list)
    patterns: list[re.Pattern[str]] = field(default_factory=list)
    listed: set[bytes] = field(default_factory=set)
    words: set[str] = field(default_factory=set)

    @cached_property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not (self.lengths or self.patterns or self.listed or self.words)

    def of(self, text: bytes, term: bytes) -> bytes:
        """Return what counts of a value: its text, and the term as written in its line."""
        key = b""
        if self.lengths or self.patterns or self.words:
            plain = unescape(text.decode())
            key = b"%d" % bisect_right(self.lengths, len(plain))
            key += b"".join(b"+" if pattern.search(plain) else b"-" for pattern in self.patterns)
            if plain in self.words:
                return key + term
        return key + term if term in self.listed else key


@dataclass
class Requirements:
    """What shapes require: `constraints` by property of a node, `below` the properties of the nodes that those lead to, which
    count too. At most `most` values that are alike count. `counted` are properties whose values are counted together.

    Properties are IRIs in angle brackets.
    """

    constraints: dict[bytes, Constraints]
    below: set[bytes]
    most: int
    counted: list[tuple[bytes, ...]] = field(default_factory=list)


def required(shapes: rdflib.Graph) -> Requirements | None:
    """Return what shapes require, None where that is more than a node's own statements and, of the nodes those lead to, the
    statements with the required properties; the classes determine who is judged."""
    counts = [str(number) for term in _COUNTS for number in shapes.objects(None, term)]
    found = Requirements({TYPE: Constraints()}, {TYPE}, max((int(one) for one in counts if one.isdecimal()), default=0) + 1)
    used = {predicate for predicate in shapes.predicates() if str(predicate).startswith(str(SH))}
    if not used <= _KNOWN or (None, RDF.type, RDFS.Class) in shapes:
        return None
    try:
        for shape in set(shapes.subjects(SH.targetClass)):
            _walk(shapes, (shape,), (), found)
    except _More:
        return None
    for one in found.constraints.values():
        one.lengths.sort()
    return found


def _walk(shapes: rdflib.Graph, way: tuple[Node, ...], properties: tuple[bytes, ...], found: Requirements,
          level: int = 0) -> None:
    """Note what the last shape of a way requires: of the node itself at level 0, of the values of `properties` at level 1, of the
    values of a property of those at level 2."""
    shape = way[-1]
    path = shapes.value(shape, SH.path)
    if path is not None:
        names = tuple(f"<{name}>".encode() for name in _names(shapes, path))
        level += 1
        if level == 1:
            properties = names
            for name in names:
                found.constraints.setdefault(name, Constraints())
            counts = {(term, str(number)) for term in _COUNTS for number in shapes.objects(shape, term)}
            if len(names) > 1 and counts - {(SH.minCount, "1")}:
                found.counted.append(names)
        found.below.update(names if level == 2 else ())
    if shape in way[:-1] or level > 2 or (level in (0, 2) and any((shape, term, None) in shapes for term in _REFUSED[level])):
        raise _More
    _note(shapes, shape, properties if level == 1 else (), found.constraints)
    parts = [part for term in _BELOW for part in shapes.objects(shape, term)]
    parts += [part for term in _BRANCHES for branches in shapes.objects(shape, term) for part in Collection(shapes, branches)]
    for part in parts:
        _walk(shapes, (*way, part), properties, found, level)


def _note(shapes: rdflib.Graph, shape: Node, properties: tuple[bytes, ...], constraints: dict[bytes, Constraints]) -> None:
    for name in properties:
        one = constraints[name]
        # Up to a greatest length, and from a least one: counted are the lengths at which an answer changes.
        one.lengths += [int(str(number)) + 1 for number in shapes.objects(shape, SH.maxLength)]
        one.lengths += [int(str(number)) for number in shapes.objects(shape, SH.minLength)]
        one.patterns += [re.compile(str(pattern)) for pattern in shapes.objects(shape, SH.pattern)]
        values = [value for items in shapes.objects(shape, SH["in"]) for value in Collection(shapes, items)]
        values += shapes.objects(shape, SH.hasValue)
        for value in values:
            if isinstance(value, URIRef):
                one.listed.add(f"<{value}>".encode())
            elif isinstance(value, Literal) and (value.language or value.datatype in (None, XSD.string)):
                one.words.add(str(value))
            else:
                raise _More  # a number or a time has more than one spelling


def _names(shapes: rdflib.Graph, path: Node) -> Iterator[URIRef]:
    """Yield the properties of a path: itself, or those of which it has any one."""
    options = [path] if isinstance(path, URIRef) else [
        option for options in shapes.objects(path, SH.alternativePath) for option in Collection(shapes, options)]
    if not options or not all(isinstance(option, URIRef) for option in options):
        raise _More
    yield from (option for option in options if isinstance(option, URIRef))
