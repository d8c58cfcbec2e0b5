"""Separating a harvested catalogue into records: datasets, series and services, and the bodies they name.

One record that cannot be taken never stops the others: it is counted, by the rule that says why.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Final

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.graphs.containment import (
    IDENTIFIER,
    LISTED,
    MOST_NODES,
    TYPE,
    BlankNames,
    Containment,
    NotTaken,
    identifier,
    role,
    statement,
)
from odlinked.graphs.described import CATALOG, DATASET, PERSON, SERIES, SERVICE
from odlinked.graphs.page_view import PageView
from odlinked.graphs.records import HERE, SourceRecord, TextOf
from odlinked.kinds import Kind
from odlinked.namespaces import FOAF, HOME, ODL, OWL
from odlinked.rdf import ntriples

UNDESCRIBED: Final = "P86-record-described"
UNNAMED: Final = "P87-record-named"
BLANKS: Final = "P88-blank-nodes"
LEFT_OUT: Final = "P89-person-left-out"

_KINDS: Final = {SERIES: Kind.SERIES, DATASET: Kind.DATASET, SERVICE: Kind.SERVICE}
_AGENT: Final = b"%b <%bAgent>" % (TYPE, FOAF.encode())
_SAME: Final = f"<{OWL}sameAs>".encode()
_OURS: Final = f"<{HOME}".encode()
_WORDS: Final = f"<{ODL}".encode()
_BADGE: Final = f"<{ODL}qualityBadge>".encode()


@dataclass
class Separated:
    """What was found beside the records: `refused` how many records could not be taken, by rule (those with an address in
    `not_taken`, too); `listed` the addresses that a catalogue of the page lists and the page does not describe; how many blank
    nodes belong to no record; how many statements in our own vocabulary were left out."""

    refused: Counter[str] = field(default_factory=Counter)
    not_taken: dict[bytes, str] = field(default_factory=dict)
    listed: list[bytes] = field(default_factory=list)
    strays: int = 0
    claims: int = 0


class Separation:
    """Separates the statements of a page of `source`, or of all of it. A source that is `trusted` (another odlinked) may use our
    own vocabulary, but for badges: those are given here, from evidence."""

    def __init__(self, page: PageView, source: str, assets: Assets, *, trusted: bool = False) -> None:
        self.page, self._source, self._trusted = page, source, trusted
        self._contains = Containment.of(assets)
        self.beside = Separated()
        self._names: dict[bytes, str | None] = {}
        self._found: dict[bytes, list[tuple[str, str, str]]] = {}
        self._used: set[bytes] = set()
        self._bodies: dict[bytes, TextOf | None] = {}
        self._blank_names: dict[bytes, str] = {}
        self._blank = BlankNames(page, self._blank_names)

    def records(self) -> Iterator[SourceRecord]:
        """Yield the records that stand on the page in the order of their IRIs; afterwards `beside` is complete."""
        chosen = self._chosen()
        made = sorted((iri, node) for node, kind in chosen for iri in self._named(node, kind))
        for iri, group in groupby(made, itemgetter(0)):
            found = list(self._made(iri, [node for _, node in group]))
            # Of several that are known by one identifier the first one counts, wherever they stand.
            if found[1:]:
                found.sort(key=SourceRecord.line)
                self.beside.refused[UNNAMED] += len(found) - 1
            yield from found[:1]
        self._look_for_absent()
        self.beside.strays = sum(node[:2] == b"_:" and node not in self._used for node in self.page.graph.about)

    def _made(self, iri: str, nodes: list[bytes]) -> Iterator[SourceRecord]:
        for node in nodes:
            try:
                yield self._record(node, iri)
            except NotTaken as problem:
                self._refuse(node, problem.rule)

    def _refuse(self, node: bytes, rule: str) -> None:
        self.beside.refused[rule] += 1
        if node[:1] == b"<":
            self.beside.not_taken[node] = rule

    def _kind(self, node: bytes) -> Kind | None:
        """Return which kind of record a node is, None for any other node."""
        flags = self.page.flags(node)
        return None if flags & CATALOG else next((kind for flag, kind in _KINDS.items() if flags & flag), None)

    def _chosen(self) -> list[tuple[bytes, Kind]]:
        """Return the nodes that are records; a blank node is one where no other node but the catalogue's refers to it."""
        found = [(node, kind) for node in self.page.graph.about if (kind := self._kind(node)) is not None]
        held = self._held() if any(node.startswith(b"_:") for node, _ in found) else frozenset[bytes]()
        return [(node, kind) for node, kind in found if node not in held]

    def _held(self) -> frozenset[bytes]:
        """Return the blank nodes that something other than a catalogue refers to."""
        lines = (line for some in self.page.graph.about.values() for line in some)
        return frozenset(line[line.rindex(b" _:") + 1:-2] for line in lines
                         if b" _:" in line and line.split(b" ", 3)[2].startswith(b"_:") and line.split(b" ", 2)[1] not in LISTED)

    def _named(self, node: bytes, kind: Kind) -> Iterator[str]:
        """Yield the IRI of a record, none where it gets none."""
        stated = ""
        if node.startswith(b"_:"):
            try:
                stated = self._stated(node)
            except NotTaken as problem:
                self._refuse(node, problem.rule)
                return
        self._names[node] = iri = kind.iri(HERE, identifier(self._source, node, stated))
        if node.startswith(b"_:"):
            self._blank_names[node] = iri
        yield iri

    def _name(self, node: bytes) -> str | None:
        """Return the IRI here of a record of this page or another, None for any other node."""
        if node not in self._names:
            kind = self._kind(node) if node[:1] == b"<" else None
            self._names[node] = kind.iri(HERE, identifier(self._source, node, "")) if kind else None
        return self._names[node]

    def _stated(self, node: bytes) -> str:
        """Return what a blank node is known by: its identifier, else a hash of all that is stated of it, which is a fault."""
        identifiers = sorted(thing for _, predicate, thing in self.page.of(node) if predicate == IDENTIFIER)
        if identifiers and not identifiers[0].startswith(b"_:"):
            return ntriples.term(identifiers[0].decode()).value
        self._found.setdefault(node, []).append((UNNAMED, "", ""))
        return self._blank.digest(node)

    def _record(self, node: bytes, iri: str) -> SourceRecord:
        bodies: dict[bytes, str] = {}
        found = list(self._found.get(node, ()))
        nodes = self._nodes(node, bodies, found)
        lines = self._lines(node, iri, nodes, bodies)
        if len(lines) <= 1 + (node[:1] == b"<"):  # a type, and where it comes from
            raise NotTaken(UNDESCRIBED)
        shared = [made for body in bodies if (made := self._bodies[body]) is not None]
        self._used.update(nodes, (node,))
        return SourceRecord(
            TextOf(iri, Document.of(iri, lines).text.decode()), tuple(sorted(set(shared))),
            ntriples.unescape(node[1:-1].decode()) if node.startswith(b"<") else "", self._given(node, nodes),
            tuple(sorted(set(found))))

    def _nodes(self, start: bytes, bodies: dict[bytes, str], found: list[tuple[str, str, str]]) -> dict[bytes, str]:
        """Return the nodes of a record, each with the role it is reached in, "" for a person; note the bodies that it names."""
        nodes: dict[bytes, str] = {}
        under = start[:-1] + b"#" if start.startswith(b"<") else b"\n"
        waiting = [start]
        # What states something of its record need not be reached from it.
        for node in self.page.fragments(start) if start.startswith(b"<") else ():
            if not self.page.flags(node) & PERSON:
                nodes[node] = role(node)
                waiting.append(node)
        for node in waiting:  # grows while it is iterated over
            for _, predicate, thing in self.page.of(node):
                if thing[:1] == b'"' or thing == start:
                    continue
                if self.page.flags(thing) & PERSON and predicate not in self._contains.bodies:
                    self._used.add(thing)
                    found.append((LEFT_OUT, "", role(predicate)))
                    nodes[thing] = ""
                elif predicate in self._contains.bodies and self._name(thing) is None:
                    if thing[:1] == b"_" or self.page.lines(thing):
                        bodies[thing] = self._name_body(thing)
                elif self._name(thing) is None and self._belongs(predicate, thing, under):
                    if thing not in nodes:
                        waiting.append(thing)
                    reached = role(thing) if thing.startswith(under) else role(predicate)
                    nodes[thing] = min(reached, nodes.get(thing) or reached)
            if len(waiting) > MOST_NODES:
                raise NotTaken(BLANKS)
        found += [(LEFT_OUT, "", "body") for body in bodies if self._bodies[body] is None]
        return nodes

    def _belongs(self, predicate: bytes, thing: bytes, under: bytes) -> bool:
        """True where a node that is reached by a property goes with its record."""
        if thing[:1] == b"_":
            return True
        return (predicate in self._contains.named or thing.startswith(under)) and bool(self.page.lines(thing))

    def _lines(self, start: bytes, iri: str, nodes: dict[bytes, str], bodies: dict[bytes, str]) -> list[bytes]:
        """Return the statements of a record under their new names."""
        names = {start: b"<%b>" % iri.encode()}
        for node, part in nodes.items():
            if part:
                digest = self._blank.digest(node, (start,)) if node[:1] == b"_" else hashlib.sha256(node).hexdigest()
                names[node] = b"<%b#%b-%b>" % (iri.encode(), part.encode(), digest[:16].encode())
        lines: list[bytes] = []
        for node, name in names.items():
            if node.startswith(b"<"):
                lines.append(b"%b %b %b ." % (name, _SAME, node))
            for _, predicate, thing in self.page.of(node):
                if predicate.startswith(_OURS) and not (self._trusted and predicate.startswith(_WORDS) and predicate != _BADGE):
                    self.beside.claims += 1
                elif thing[:1] == b'"':
                    lines.append(b"%b %b %b ." % (name, predicate, thing))
                elif nodes.get(thing, "-") and not (thing in bodies and self._bodies[thing] is None):
                    lines.append(b"%b %b %b ." % (name, predicate, names.get(thing) or self._elsewhere(thing, bodies)))
        return lines

    def _elsewhere(self, thing: bytes, bodies: dict[bytes, str]) -> bytes:
        """Return the name here of another record, or of a body of the record, any other node as it is."""
        name = bodies.get(thing) or self._name(thing)
        return thing if name is None else b"<%b>" % name.encode()

    def _name_body(self, node: bytes) -> str:
        """Return the name of a body, and make its document, once; a person has none."""
        stated = self._blank.digest(node) if node.startswith(b"_:") else ""
        iri = Kind.ORGANIZATION.iri(HERE, identifier(self._source, node, stated))
        if node in self._bodies:
            return iri
        self._used.add(node)
        self._bodies[node] = None
        if self.page.flags(node) & PERSON:
            return iri
        self._bodies[node] = TextOf(iri, "")
        if node.startswith(b"_:"):
            self._blank_names[node] = iri
        bodies: dict[bytes, str] = {}
        nodes = self._nodes(node, bodies, [])
        lines = self._lines(node, iri, nodes, bodies)
        self._used.update(nodes)
        lines.append(b"<%b> %b ." % (iri.encode(), _AGENT))
        self._bodies[node] = TextOf(iri, Document.of(iri, lines).text.decode())
        return iri

    def _given(self, node: bytes, nodes: dict[bytes, str]) -> str:
        """Return the SHA-256 (hex) of what the source states of a record, "" where it has blank nodes."""
        if any(one.startswith(b"_:") for one in (node, *nodes)):
            return ""
        lines = [line for one in (node, *nodes) for line in self.page.lines(one)]
        if any(b" _:" in line and line.split(b" ", 2)[2].startswith(b"_:") for line in lines):
            return ""
        return Document.of(node[1:-1].decode(), lines).hash.hex()

    def _look_for_absent(self) -> None:
        """Look for records that a catalogue lists and the page does not describe."""
        about = self.page.graph.about
        for node in about:
            if self.page.flags(node) & CATALOG:
                self.beside.listed += [thing for _, predicate, thing in map(statement, about[node])
                                       if predicate in LISTED and thing[:1] == b"<" and thing not in about]
