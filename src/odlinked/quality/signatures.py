"""What the fast engine need not judge again: documents all of whose nodes have the signature of one it has judged.

The results of a shape on a node follow from the node's own statements and from what shapes require of their values (SHACL,
section 4): the kind of a value, its datatype or language, its class, whether it is in a list, fits a pattern, is longer than a
number. Two nodes for which all this is the same have one signature and the same results. For shapes that require more nothing
is cached, see `Signatures.of`; tests hold every result equal to that of the engine run each time, and to that of the reference.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Final

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Literal, Node, URIRef

from odlinked.rdf.ntriples import unescape

_TYPE: Final = f"<{RDF.type}>".encode()
_SUBCLASS: Final = f" <{RDFS.subClassOf}> ".encode()
_ORDINARY: Final = re.compile(
    rb"[+-]?\d{1,15}(?:\.\d{1,9})?|true|false"
    rb"|[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)?)?)?)?")
"""Texts of numbers and times that every engine can read, if they are well typed; others count as they are."""

_MANY: Final = 50_000
"""Most signatures that are cached: some tens of megabytes."""

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
class _Constraints:
    """What shapes require of the values of a property in addition to kind, datatype, language and class."""

    lengths: list[int] = field(default_factory=list)
    patterns: list[re.Pattern[str]] = field(default_factory=list)
    listed: set[bytes] = field(default_factory=set)
    words: set[str] = field(default_factory=set)

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


class Signatures:
    """The signatures of nodes under shapes."""

    def __init__(self, required: dict[bytes, _Constraints], below: set[bytes], *graphs: rdflib.Graph) -> None:
        self._required, self._below = required, below
        facts: dict[bytes, set[bytes]] = {}
        for subject, predicate, value in (triple for graph in graphs for triple in graph):
            if f"<{predicate}>".encode() in below and isinstance(subject, URIRef):
                facts.setdefault(f"<{subject}>".encode(), set()).add(f"{predicate} {value.n3()}".encode())
        # Of a code its statements count, not its name.
        kinds: dict[frozenset[bytes], bytes] = {}
        self._statements = {subject: kinds.setdefault(frozenset(about), b"<%d>" % len(kinds)) for subject, about in facts.items()}
        self._cache: dict[tuple[bytes, bytes], bytes] = {}

    @classmethod
    def of(cls, shapes: rdflib.Graph, background: rdflib.Graph) -> Signatures | None:
        """Return the signatures of nodes under shapes, None where they require more than a signature contains.

        That is a node's own statements and, of the nodes those lead to, the statements with the required properties; the classes
        determine who is judged.
        """
        required: dict[bytes, _Constraints] = {_TYPE: _Constraints()}
        below: set[bytes] = {_TYPE}
        used = {predicate for predicate in shapes.predicates() if str(predicate).startswith(str(SH))}
        targets = set(shapes.subjects(SH.targetClass))
        if not used <= _KNOWN or (None, RDF.type, RDFS.Class) in shapes:
            return None
        try:
            for shape in targets:
                _walk(shapes, (shape,), (), required, below)
        except _More:
            return None
        for one in required.values():
            one.lengths.sort()
        return cls(required, below, shapes, background)

    def nodes(self, text: bytes) -> dict[bytes, dict[bytes, bytes]] | None:
        """Return document -> node -> signature for everything in N-Triples, None where the signatures do not cover all of it.

        A document that a statement of another one leads to, or whose statements lead to another one's nodes, is not among them.
        """
        if (b"_:" in text and re.search(rb"^_:| _:\S+ \.$", text, re.MULTILINE)) or _SUBCLASS in text:
            return None
        rows: list[tuple[bytes, bytes, bytes]] = []
        facts: dict[bytes, list[bytes]] = {}
        found: dict[bytes, dict[bytes, list[bytes]]] = {}
        for line in text.split(b"\n"):
            if not line:
                continue
            subject, predicate, rest = line.split(b" ", 2)
            if subject not in facts:
                facts[subject] = []
                found.setdefault(_document(subject), {})[subject] = []
            if predicate in self._required:
                rows.append((subject, predicate, rest))
            if predicate in self._below:
                facts[subject].append(predicate + rest)
        tangled: set[bytes] = set()
        document, node = b"", b""
        lines: list[bytes] = []
        for subject, predicate, rest in rows:
            if subject != node:
                node, document = subject, _document(subject)
                lines = found[document][subject]
            signature = self._cache.get((predicate, rest))
            if signature is None:
                signature = self._signature(predicate, rest)
            if rest[:1] == b"<":
                known = facts.get(rest[:-2])
                if known is not None:
                    other = _document(rest[:-2])
                    if other != document:
                        tangled |= {document, other}
                    signature += b" ".join(sorted(known))
            lines.append(signature)
        return {document: {node: b"\n".join(sorted(lines)) for node, lines in nodes.items()}
                for document, nodes in found.items() if document not in tangled}

    def _signature(self, predicate: bytes, rest: bytes) -> bytes:
        """Return the signature of a statement, apart from the statements about its value in the graph."""
        term, required = rest[:-2], self._required[predicate]
        if term[:1] == b"<":
            kind = term if predicate == _TYPE else self._statements.get(term)
            if kind is None:
                return predicate + b"<>" + required.of(term[1:-1], term)
            if len(self._cache) > _MANY:
                self._cache.clear()
            return self._cache.setdefault((predicate, rest), predicate + kind + required.of(term[1:-1], term))
        end = term.rindex(b'"')
        if term[end:end + 2] == b'"^' and not _ORDINARY.fullmatch(term, 1, end):
            return predicate + term
        return predicate + term[end:] + required.of(term[1:end], term)


def _document(node: bytes) -> bytes:
    return node[1:-1].split(b"#", 1)[0]


def _walk(shapes: rdflib.Graph, way: tuple[Node, ...], properties: tuple[bytes, ...], required: dict[bytes, _Constraints],
          below: set[bytes], level: int = 0) -> None:
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
                required.setdefault(name, _Constraints())
        below.update(names if level == 2 else ())
    if shape in way[:-1] or level > 2 or (level in (0, 2) and any((shape, term, None) in shapes for term in _REFUSED[level])):
        raise _More
    _note(shapes, shape, properties if level == 1 else (), required)
    parts = [part for term in _BELOW for part in shapes.objects(shape, term)]
    parts += [part for term in _BRANCHES for branches in shapes.objects(shape, term) for part in Collection(shapes, branches)]
    for part in parts:
        _walk(shapes, (*way, part), properties, required, below, level)


def _note(shapes: rdflib.Graph, shape: Node, properties: tuple[bytes, ...], required: dict[bytes, _Constraints]) -> None:
    for name in properties:
        one = required[name]
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


def without(text: bytes, documents: Set[bytes]) -> bytes:
    """Return N-Triples without the lines of some documents."""
    return _chosen(text, documents, keep=False) if documents else text


def only(text: bytes, documents: Set[bytes]) -> bytes:
    """Return the lines of some documents."""
    return _chosen(text, documents, keep=True)


def _chosen(text: bytes, documents: Set[bytes], *, keep: bool) -> bytes:
    kept: list[bytes] = []
    node, is_kept = b" ", False
    for line in text.split(b"\n"):
        if not line.startswith(node):
            node = line.split(b" ", 1)[0]
            is_kept = bool(line) and (_document(node) in documents) is keep
        if is_kept:
            kept.append(line)
    return b"\n".join([*kept, b""]) if kept else b""
