"""What the fast engine need not judge again: documents all of whose nodes have the signature of one it has judged.

The results of a shape on a node follow from the node's own statements and from what shapes require of their values (SHACL,
section 4): the kind of a value, its datatype or language, its class, whether it is in a list, fits a pattern, is longer than a
number. Two nodes for which all this is the same have one signature and the same results. For shapes that require more nothing
is cached, see `requirements`; tests hold every result equal to that of the engine run each time, and to that of the reference.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from itertools import count
from typing import Final, NamedTuple

import rdflib
from rdflib.namespace import RDFS
from rdflib.term import URIRef

from odlinked.quality.requirements import TYPE, Requirements, required
from odlinked.rdf.ntriples import unescape

_SUBCLASS: Final = f" <{RDFS.subClassOf}> ".encode()
_ORDINARY: Final = re.compile(
    rb"[+-]?\d{1,15}(?:\.\d{1,9})?|true|false"
    rb"|[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)?)?)?)?")
"""Texts of numbers and times that every engine can read, if they are well typed; others count as they are."""

_MANY: Final = 50_000
"""Most statements, and most numbers, that are kept: some tens of megabytes."""

_LONGEST_KEPT: Final = 128
"""A longer statement, in bytes, is looked at each time: hardly any is met again, while those about codes are."""

Signature = tuple[int, ...]
"""What counts of a node: the sorted numbers of what counts of its statements."""

_Statement = tuple[int, bytes | None, bool]
"""What counts of a statement, whichever node it is about: the number that stands for it (0: nothing counts), the node it leads to
(None where that does not count), whether it counts for the nodes that lead to its node."""

_NOTHING: Final[_Statement] = (0, None, False)
_FACT: Final[_Statement] = (0, None, True)


class SignedNode(NamedTuple):
    """A node in a graph: its signature, its statements from the predicate on (N-Triples), and the number that stands for what
    counts of each."""

    signature: Signature
    tails: list[bytes]
    numbers: list[int]

    def values(self, number: int) -> Iterator[str]:
        """Yield the values of the statements that a number stands for."""
        for tail, own in zip(self.tails, self.numbers, strict=True):
            if own == number:
                yield _value(tail)

    def number(self, predicate: str, value: str) -> int:
        """Return the number of the statement with a value, 0 where there is none or more than one such number."""
        name = f"<{predicate}>".encode()
        found = {own for tail, own in zip(self.tails, self.numbers, strict=True)
                 if tail.split(b" ", 1)[0] == name and _value(tail) == value}
        return found.pop() if len(found) == 1 else 0


class Unit(NamedTuple):
    """What is judged together: a document, or several where statements of one lead to nodes of another. `nodes` by IRI in
    angle brackets."""

    nodes: dict[bytes, SignedNode]

    @property
    def lines(self) -> list[bytes]:
        """Its N-Triples."""
        return [name + b" " + tail for name, node in self.nodes.items() for tail in node.tails]


class Signatures:
    """The signatures of nodes under shapes. Nodes are IRIs in angle brackets."""

    def __init__(self, required: Requirements, *graphs: rdflib.Graph) -> None:
        below = required.below
        self._required, self._below, self._most = required.constraints, below, required.most
        self._counted = frozenset(name for names in required.counted for name in names)
        self._seconds = frozenset(name for names in required.counted for name in names[1:])
        self._doubtful: set[int] = set()
        facts: dict[bytes, set[bytes]] = {}
        for subject, predicate, value in (triple for graph in graphs for triple in graph):
            if f"<{predicate}>".encode() in below and isinstance(subject, URIRef):
                facts.setdefault(f"<{subject}>".encode(), set()).add(f"{predicate} {value.n3()}".encode())
        # Of a code its statements count, not its name.
        kinds: dict[frozenset[bytes], bytes] = {}
        self._codes = {subject: kinds.setdefault(frozenset(about), b"<%d>" % len(kinds)) for subject, about in facts.items()}
        self._known: dict[bytes, _Statement] = {}
        self._numbers: dict[object, int] = {}
        self._next = count(1)  # never reused: a number that was forgotten must not come to stand for something else

    @classmethod
    def of(cls, shapes: rdflib.Graph, background: rdflib.Graph) -> Signatures | None:
        """Return the signatures of nodes under shapes, None where these require more than a signature contains."""
        found = required(shapes)
        return cls(found, shapes, background) if found else None

    def units(self, text: bytes) -> list[Unit] | None:
        """Return everything in N-Triples, None where the signatures do not cover all of it."""
        if (b"_:" in text and re.search(rb"^_:| _:\S+ \.$", text, re.MULTILINE)) or _SUBCLASS in text:
            return None
        tails = _by_subject(text)
        known = self._known.get
        graph = {subject: [known(tail) or self._statement(tail, tails) for tail in about] for subject, about in tails.items()}
        documents = {subject: _document(subject) for subject in tails}
        units = {document: Unit({}) for document in documents.values()}
        facts: dict[bytes, int] = {}
        linked: list[tuple[bytes, bytes]] = []
        for subject, statements in graph.items():
            document = documents[subject]
            numbers = []
            for number, value, _ in statements:
                if value in graph:
                    if value not in facts:
                        facts[value] = self._facts(tails[value], graph[value])
                    number = self._leading(number, facts[value])
                    if documents[value] != document:
                        linked.append((document, documents[value]))
                numbers.append(number)
            signature = self._signature(numbers, tails[subject])
            units[document].nodes[subject] = SignedNode(signature, tails[subject], numbers)
        return _joined(units, linked) if linked else list(units.values())

    def _signature(self, numbers: Iterable[int], tails: Iterable[bytes]) -> Signature:
        """Return what counts of a node, given what counts of its statements: of those alike no more than rules count."""
        ordered = sorted(filter(None, numbers))
        most = self._most
        if len(ordered) > most and any(ordered[i] == ordered[i - most] for i in range(most, len(ordered))):
            ordered = [number for i, number in enumerate(ordered) if i < most or number != ordered[i - most]]
        if not self._doubtful.isdisjoint(ordered):
            ordered.append(self._number(tuple(sorted(tail for tail in tails if tail.split(b" ", 1)[0] in self._counted))))
        return tuple(ordered)

    def _facts(self, tails: list[bytes], statements: list[_Statement]) -> int:
        """Return the number that stands for what counts of a node for those that lead to it."""
        pairs = zip(tails, statements, strict=True)
        return self._number(tuple(sorted(tail for tail, (_, _, is_fact) in pairs if is_fact)))

    def _leading(self, number: int, facts: int) -> int:
        """Return the number that stands for a statement and what counts of the node it leads to."""
        found = self._number((number, facts))
        if number in self._doubtful:
            self._doubtful.add(found)
        return found

    def _number(self, counts: object) -> int:
        """Return the number that stands for something."""
        number = self._numbers.get(counts)
        if number is None:
            if len(self._numbers) > _MANY:
                self._numbers.clear()
            number = self._numbers[counts] = next(self._next)
        return number

    def _statement(self, tail: bytes, graph: Container[bytes]) -> _Statement:
        """Return what counts of a statement, given from its predicate on, apart from what the graph has about its value."""
        predicate, rest = tail.split(b" ", 1)
        term, required, is_fact = rest[:-2], self._required.get(predicate), predicate in self._below
        if required is None:
            found = _FACT if is_fact else _NOTHING
        elif term[:1] == b"<":
            kind = term if predicate == TYPE else self._codes.get(term, b"<>")
            found = (self._number(predicate + kind + required.of(term[1:-1], term)), term, is_fact)
            if term in graph:
                return found  # of no use for another graph, which does not have this node
        else:
            end = term.rindex(b'"')
            whole = term[end:end + 2] == b'"^' and not _ORDINARY.fullmatch(term, 1, end)
            counts = term if whole else term[end:] + (b"" if required.is_empty else required.of(term[1:end], term))
            found = (self._number(predicate + counts), None, is_fact)
        if predicate in self._seconds:
            self._doubtful.add(found[0])  # one value of two properties that are counted together is one
        if len(tail) <= _LONGEST_KEPT:
            if len(self._known) > _MANY:
                self._known.clear()
            self._known[tail] = found
        return found


def _value(tail: bytes) -> str:
    """Return the IRI or text that is the value of a statement."""
    term = tail.split(b" ", 1)[1]
    return unescape(term[1:term.rindex(b">" if term[:1] == b"<" else b'"')].decode())


def _by_subject(text: bytes) -> dict[bytes, list[bytes]]:
    """Return the statements of N-Triples by subject, from the predicate on."""
    found: dict[bytes, list[bytes]] = {}
    start, size, tails = b" ", 0, list[bytes]()
    for line in text.split(b"\n"):
        if not line.startswith(start):
            if not line:
                continue
            size = line.index(b" ") + 1
            start = line[:size]
            tails = found.setdefault(line[:size - 1], [])
        tails.append(line[size:])
    return found


def _joined(units: dict[bytes, Unit], linked: Iterable[tuple[bytes, bytes]]) -> list[Unit]:
    """Return units, those of linked documents as one."""
    leads: dict[bytes, bytes] = {}

    def first(document: bytes) -> bytes:
        while document in leads:
            document = leads[document]
        return document

    for one, other in linked:
        into, away = first(one), first(other)
        if into != away:
            leads[away] = into
            units[into].nodes.update(units.pop(away).nodes)
    return list(units.values())


def _document(node: bytes) -> bytes:
    return node[1:-1].split(b"#", 1)[0]
