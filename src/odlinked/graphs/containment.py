"""Which nodes of a harvested catalogue belong to which record, and the names they get in it (`ontologies/containment.ttl`).

A blank node belongs to the record that reaches it and is named by a hash of all that is stated of it, never by the label a
parser gave it: the same statements in another syntax, or read again, make the same names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, Self

from odlinked.assets import Assets
from odlinked.namespaces import DCAT, DCTERMS, FOAF, ODL, RDF, RDFS, SCHEMA, VCARD
from odlinked.rdf import ntriples, vocabulary

CONTAINMENT: Final = "ontologies/containment.ttl"
TYPE: Final = f"<{RDF}type>".encode()
IDENTIFIER: Final = f"<{DCTERMS}identifier>".encode()
PERSONS: Final = frozenset(f"<{iri}>".encode() for iri in (
    FOAF + "Person", VCARD + "Individual", SCHEMA + "Person", "https://schema.org/Person"))
LISTED: Final = frozenset(f"<{DCAT}{name}>".encode() for name in ("dataset", "service", "record", "catalog"))

DEEPEST: Final = 100
"""Most blank nodes that hang one below the other in a record."""

MOST_NODES: Final = 20_000
"""Most nodes of a record."""

_SLUG: Final = re.compile(r"[^A-Za-z0-9_-]+")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class NotTaken(Exception):
    """A record cannot be taken: `rule` says why."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


class Statement(NamedTuple):
    """A line of N-Triples in its parts, each as written."""

    subject: bytes
    predicate: bytes
    object: bytes

    @property
    def line(self) -> bytes:
        """The line, without its line break."""
        return b"%b %b %b ." % self


_new: Final = tuple.__new__
"""Half the time of the constructor, which is called for every triple of a source."""


def statement(line: bytes) -> Statement:
    """Return the parts of a line."""
    subject, predicate, rest = line.split(b" ", 2)
    return _new(Statement, (subject, predicate, rest[:-2]))


@dataclass
class SourceGraph:
    """The statements of pages of a source, by subject; blank nodes of two pages are never the same.

    `pages` is how many pages came before the first that is added.
    """

    about: dict[bytes, list[bytes]] = field(default_factory=dict)
    pages: int = 0
    _ends: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def add(self, lines: Iterable[bytes]) -> None:
        """Take the lines of one more page (canonical N-Triples without line breaks)."""
        self.pages += 1
        mark = b"_:p%d." % self.pages
        subject, known, start = b"", list[bytes](), b"\n"
        for line in lines:
            if b"_:" in line:
                line = _relabelled(line, mark)
            if b'"@' in line:
                line = self._tagged(line)
            if not line.startswith(start):
                subject = line[:line.index(b" ")]
                known, start = self.about.setdefault(subject, []), subject + b" "
            known.append(line)

    @property
    def lines(self) -> list[bytes]:
        """All lines as they were taken, those of a subject together."""
        return [line for some in self.about.values() for line in some]

    @classmethod
    def again(cls, lines: Iterable[bytes], pages: int) -> Self:
        """Return the graph of one page whose `lines` these are."""
        made, start, known = cls(pages=pages + 1), b"\n", list[bytes]()
        for line in lines:
            if not line.startswith(start):
                start = line[:line.index(b" ") + 1]
                known = made.about.setdefault(start[:-1], [])
            known.append(line)
        return made

    def _tagged(self, line: bytes) -> bytes:
        """Return a line with its language tag as documents write it: tags are few, and looked up."""
        place = line.rindex(b'"')
        end = line[place:]
        known = self._ends.get(end)
        if known is None:
            known = self._ends[end] = ntriples.spelled(end)
        return line[:place] + known

    def of(self, node: bytes) -> list[Statement]:
        """Return what is stated of a node."""
        return [statement(line) for line in self.about.get(node, ())]


def _relabelled(line: bytes, mark: bytes) -> bytes:
    """Return a line with its blank nodes marked; within a text `_:` is none."""
    if line.startswith(b"_:"):
        line = mark + line[2:]
    end = line.index(b" ", line.index(b" ") + 1) + 1
    return line[:end] + mark + line[end + 2:] if line.startswith(b"_:", end) else line


@dataclass(frozen=True)
class Containment:
    """The properties (as written in N-Triples) that lead to nodes named under their record, and to bodies."""

    named: frozenset[bytes]
    bodies: frozenset[bytes]

    @property
    def digest(self) -> str:
        """What tells it from others."""
        text = b" ".join([*sorted(self.named), b"|", *sorted(self.bodies)])
        return hashlib.sha256(text).hexdigest()

    @classmethod
    def of(cls, assets: Assets) -> Containment:
        """Read them from the assets."""
        found: dict[str, set[bytes]] = {}
        for one in vocabulary.read(assets, CONTAINMENT):
            if one.predicate.value == RDFS + "member":
                found.setdefault(str(one.subject), set()).add(str(one.object).encode())
        return cls(frozenset(found.get(f"<{ODL}NamedUnderRecord>", ())), frozenset(found.get(f"<{ODL}BodyOf>", ())))


class NodeStatements(Protocol):
    """What can say what is stated of a node."""

    def of(self, node: bytes) -> list[Statement]:
        """Return what is stated of a node."""


class BlankNames:
    """Names of blank nodes by what is stated of them. `kept` are nodes that have names of their own."""

    def __init__(self, graph: NodeStatements, kept: dict[bytes, str]) -> None:
        self._graph, self._kept = graph, kept
        self._known: dict[bytes, str] = {}

    def digest(self, node: bytes, above: tuple[bytes, ...] = ()) -> str:
        """Return the hash of all that is stated of a blank node and of those below it; raise `NotTaken` for a circle of them, or
        more than `DEEPEST` of them in a row."""
        known = self._known.get(node)
        if known is not None:
            return known
        if len(above) >= DEEPEST or node in above:
            raise NotTaken("P88-blank-nodes")
        parts = set()
        for _, predicate, thing in self._graph.of(node):
            if thing.startswith(b"_:"):
                name = "record" if above and thing == above[0] else self._kept.get(thing) or self.digest(thing, (*above, node))
                thing = b"_:" + name.encode()
            parts.add(predicate + b" " + thing)
        self._known[node] = answer = hashlib.sha256(b"\n".join(sorted(parts))).hexdigest()
        return answer


def identifier(source: str, node: bytes, stated: str) -> str:
    """Return the identifier of a record or body of a source: readable where its address or identifier is, and never that of
    another one.

    `stated` is what it is known by where it is a blank node.
    """
    whole = ntriples.unescape(node[1:-1].decode()) if node.startswith(b"<") else stated
    last = re.split(r"[/#?&=]", whole.rstrip("/#"))[-1]
    slug = "" if _HASH.fullmatch(last) else _SLUG.sub("-", last).strip("-")[:48].strip("-")
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{source}.{slug}-{digest}" if slug else f"{source}.{digest}"


def role(predicate: bytes) -> str:
    """Return the last word of a property's IRI, as names of nodes begin."""
    return _SLUG.sub("-", re.split(rb"[/#:]", predicate[1:-1])[-1].decode("utf-8", "replace")).strip("-") or "node"
