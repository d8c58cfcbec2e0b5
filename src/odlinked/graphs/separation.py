"""Separating a harvested catalogue into records: datasets, series and services, and the bodies they name.

One record that cannot be taken never stops the others: it is counted, by the rule that says why.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.graphs.containment import (
    IDENTIFIER,
    LISTED,
    MOST_NODES,
    PERSONS,
    TYPE,
    BlankNames,
    Containment,
    NotTaken,
    SourceGraph,
    Statement,
    identifier,
    role,
)
from odlinked.graphs.records import HERE, SourceRecord, TextOf
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, FOAF, HOME, ODL, OWL
from odlinked.rdf import ntriples

UNDESCRIBED: Final = "P86-record-described"
UNNAMED: Final = "P87-record-named"
BLANKS: Final = "P88-blank-nodes"
PERSON: Final = "P89-person-left-out"

_KINDS: Final = {f"<{DCAT}DatasetSeries>".encode(): Kind.SERIES, f"<{DCAT}Dataset>".encode(): Kind.DATASET,
                 f"<{DCAT}DataService>".encode(): Kind.SERVICE}
_CATALOG: Final = f"<{DCAT}Catalog>".encode()
_AGENT: Final = b"%b <%bAgent>" % (TYPE, FOAF.encode())
_SAME: Final = f"<{OWL}sameAs>".encode()
_OURS: Final = f"<{HOME}".encode()
_WORDS: Final = f"<{ODL}".encode()
_BADGE: Final = f"<{ODL}qualityBadge>".encode()
_SHOWN: Final = 20


@dataclass
class Separated:
    """What was found beside the records: how many records could not be taken, by rule; addresses (the first few) that the source
    lists and does not describe; how many nodes belong to no record; how many statements in our own vocabulary were left out."""

    refused: Counter[str] = field(default_factory=Counter)
    absent: list[str] = field(default_factory=list)
    absent_count: int = 0
    strays: int = 0
    claims: int = 0


class Separation:
    """Separates the statements of `source`. A source that is `trusted` (another odlinked) may use our own vocabulary, but for
    badges: those are given here, from evidence."""

    def __init__(self, graph: SourceGraph, source: str, assets: Assets, *, trusted: bool = False) -> None:
        self.graph, self._source, self._trusted = graph, source, trusted
        self._contains = Containment.of(assets)
        self.beside = Separated()
        self._names: dict[bytes, str] = {}
        self._taken: set[str] = set()
        self._found: dict[bytes, list[tuple[str, str, str]]] = {}
        self._used: set[bytes] = set()
        self._bodies: dict[bytes, TextOf | None] = {}
        self._blank = BlankNames(graph, self._names)

    def records(self) -> Iterator[SourceRecord]:
        """Yield the records in the order of their IRIs; afterwards `beside` is complete."""
        for node, kind in self._chosen():
            self._name(node, kind)
        for iri, node in sorted((iri, node) for node, iri in self._names.items()):
            try:
                yield self._record(node, iri)
            except NotTaken as problem:
                self.beside.refused[problem.rule] += 1
        self._look_for_absent()
        self.beside.strays = len(self.graph.about.keys() - self._used)

    def _chosen(self) -> list[tuple[bytes, Kind]]:
        """Return the nodes that are records; a blank node is one where no other node but the catalogue's refers to it."""
        found: list[tuple[bytes, Kind]] = []
        for node in self.graph.about:
            types = self.graph.types(node)
            kind = next((kind for name, kind in _KINDS.items() if name in types), None)
            if kind is not None and _CATALOG not in types:
                found.append((node, kind))
        held = self._held() if any(node.startswith(b"_:") for node, _ in found) else frozenset[bytes]()
        return [(node, kind) for node, kind in found if node not in held]

    def _held(self) -> frozenset[bytes]:
        """Return the blank nodes that something other than a catalogue refers to."""
        lines = (line for some in self.graph.about.values() for line in some)
        return frozenset(line[line.rindex(b" _:") + 1:-2] for line in lines
                         if b" _:" in line and line.split(b" ", 3)[2].startswith(b"_:") and line.split(b" ", 2)[1] not in LISTED)

    @cached_property
    def _fragments(self) -> dict[bytes, list[bytes]]:
        """The nodes that are named as parts of a node: its address, a number sign and more."""
        found: dict[bytes, list[bytes]] = {}
        for node in self.graph.about:
            whole, mark, _ = node.partition(b"#")
            if mark and node[:1] == b"<" and (record := whole + b">") in self._names and not self.graph.types(node) & PERSONS:
                found.setdefault(record, []).append(node)
        return found

    def _name(self, node: bytes, kind: Kind) -> None:
        stated = ""
        if node.startswith(b"_:"):
            try:
                stated = self._stated(node)
            except NotTaken as problem:
                self.beside.refused[problem.rule] += 1
                return
        iri = kind.iri(HERE, identifier(self._source, node, stated))
        if iri in self._taken:
            self.beside.refused[UNNAMED] += 1
            return
        self._taken.add(iri)
        self._names[node] = iri

    def _stated(self, node: bytes) -> str:
        """Return what a blank node is known by: its identifier, else a hash of all that is stated of it, which is a fault."""
        identifiers = sorted(thing for _, predicate, thing in self.graph.of(node) if predicate == IDENTIFIER)
        if identifiers and not identifiers[0].startswith(b"_:"):
            return ntriples.term(identifiers[0].decode()).value
        self._found.setdefault(node, []).append((UNNAMED, "", ""))
        return self._blank.digest(node)

    def _record(self, node: bytes, iri: str) -> SourceRecord:
        bodies: dict[bytes, None] = {}
        found = list(self._found.get(node, ()))
        nodes = self._nodes(node, bodies, found)
        lines = self._lines(node, iri, nodes)
        if len(lines) <= 1 + (node[:1] == b"<"):  # a type, and where it comes from
            raise NotTaken(UNDESCRIBED)
        shared = [made for body in bodies if (made := self._body(body)) is not None]
        self._used.update(nodes, (node,))
        return SourceRecord(
            TextOf(iri, Document.of(iri, lines).text.decode()), tuple(sorted(set(shared))),
            ntriples.unescape(node[1:-1].decode()) if node.startswith(b"<") else "", self._given(node, nodes),
            tuple(sorted(set(found))))

    def _nodes(self, start: bytes, bodies: dict[bytes, None], found: list[tuple[str, str, str]]) -> dict[bytes, str]:
        """Return the nodes of a record, each with the role it is reached in; note the bodies that it names."""
        nodes: dict[bytes, str] = {}
        under = start[:-1] + b"#" if start.startswith(b"<") else b"\n"
        waiting = [start]
        for node in self._fragments.get(start, ()):  # what states something of its record need not be reached from it
            nodes[node] = role(node)
            waiting.append(node)
        for node in waiting:  # grows while it is iterated over
            for _, predicate, thing in self.graph.of(node):
                blank = thing.startswith(b"_:")
                if thing == start or not (blank or thing in self.graph.about):
                    continue
                if predicate in self._contains.bodies and (thing in self._bodies or thing not in self._names):
                    bodies[thing] = None
                    self._name_body(thing)
                elif thing in self._names:
                    continue
                elif blank or predicate in self._contains.named or thing.startswith(under):
                    if self.graph.types(thing) & PERSONS:
                        self._used.add(thing)
                        found.append((PERSON, "", role(predicate)))
                        nodes[thing] = ""
                        continue
                    if thing not in nodes:
                        waiting.append(thing)
                    reached = role(thing) if thing.startswith(under) else role(predicate)
                    nodes[thing] = min(reached, nodes.get(thing) or reached)
            if len(waiting) > MOST_NODES:
                raise NotTaken(BLANKS)
        found += [(PERSON, "", "body") for body in bodies if self._bodies.get(body, ()) is None]
        return nodes

    def _lines(self, start: bytes, iri: str, nodes: dict[bytes, str]) -> list[bytes]:
        """Return the statements of a record under their new names."""
        names = {start: b"<%b>" % iri.encode()}
        for node, part in nodes.items():
            if part:
                digest = self._blank.digest(node, (start,)) if node[:1] == b"_" else hashlib.sha256(node).hexdigest()
                names[node] = b"<%b#%b-%b>" % (iri.encode(), part.encode(), digest[:16].encode())
        lines: list[bytes] = []
        for node, name in names.items():
            if node.startswith(b"<"):
                lines.append(Statement(name, _SAME, node).line)
            for _, predicate, thing in self.graph.of(node):
                if predicate.startswith(_OURS) and not (self._trusted and predicate.startswith(_WORDS) and predicate != _BADGE):
                    self.beside.claims += 1
                    continue
                if nodes.get(thing, "-") and self._bodies.get(thing, ()) is not None:
                    lines.append(Statement(name, predicate, names.get(thing) or self._elsewhere(thing)).line)
        return lines

    def _elsewhere(self, thing: bytes) -> bytes:
        """Return the name here of a record or body, any other term as it is."""
        name = self._names.get(thing) if thing[:1] != b'"' else None
        return thing if name is None else b"<%b>" % name.encode()

    def _name_body(self, node: bytes) -> None:
        """Give a body its name and document, once; a person gets none."""
        if node in self._bodies:
            return
        self._used.add(node)
        if self.graph.types(node) & PERSONS:
            self._bodies[node] = None
            return
        stated = self._blank.digest(node) if node.startswith(b"_:") else ""
        iri = Kind.ORGANIZATION.iri(HERE, identifier(self._source, node, stated))
        self._bodies[node] = TextOf(iri, "")
        nodes = self._nodes(node, {}, [])
        lines = self._lines(node, iri, nodes)
        self._names[node] = iri
        self._used.update(nodes)
        lines.append(b"<%b> %b ." % (iri.encode(), _AGENT))
        self._bodies[node] = TextOf(iri, Document.of(iri, lines).text.decode())

    def _body(self, node: bytes) -> TextOf | None:
        return self._bodies[node]

    def _given(self, node: bytes, nodes: dict[bytes, str]) -> str:
        """Return the SHA-256 (hex) of what the source states of a record, "" where it has blank nodes."""
        if any(one.startswith(b"_:") for one in (node, *nodes)):
            return ""
        iri = node[1:-1].decode()
        return Document.of(iri, (line for one in (node, *nodes) for line in self.graph.about.get(one, ()))).hash.hex()

    def _look_for_absent(self) -> None:
        """Look for records that a catalogue lists and nothing describes."""
        for node in list(self.graph.about):
            if _CATALOG not in self.graph.types(node):
                continue
            for _, predicate, thing in self.graph.of(node):
                if predicate in LISTED and thing not in self.graph.about and thing[:1] == b"<":
                    self.beside.absent_count += 1
                    if len(self.beside.absent) < _SHOWN:
                        self.beside.absent.append(ntriples.unescape(thing[1:-1].decode()))
