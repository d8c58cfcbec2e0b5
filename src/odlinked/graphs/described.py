"""What the pages of a source state of which nodes, in a few bytes a node: so that a page can be told what others say of its nodes
without reading them.

Pages repeat statements (of a publisher, say). Where two pages state the same of a node, neither needs the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from odlinked.graphs.containment import PERSONS, TYPE, BlankNames, NotTaken, SourceGraph
from odlinked.namespaces import DCAT

SERIES: Final = 1
DATASET: Final = 2
SERVICE: Final = 4
CATALOG: Final = 8
PERSON: Final = 16
FRAGMENTS: Final = 128
"""Not a class: the entry has the names of a node's parts (its address, a number sign and more)."""

_FLAGS: Final = {f"<{DCAT}{name}>".encode(): flag for name, flag in (
    ("DatasetSeries", SERIES), ("Dataset", DATASET), ("DataService", SERVICE), ("Catalog", CATALOG))} | dict.fromkeys(
        PERSONS, PERSON)
_KEY: Final = 8
_ENTRY: Final = 2 * _KEY + 1
_MARK: Final = b" " + TYPE + b" "


class NodeFacts(NamedTuple):
    """What a page states of a node: a digest of it, and the classes among those that matter here, as flags."""

    digest: bytes
    flags: int


def key(node: bytes) -> bytes:
    """Return the 8 bytes that stand for a node's IRI."""
    return hashlib.blake2b(node, digest_size=_KEY).digest()


def fragments_key(node: bytes) -> bytes:
    """Return the 8 bytes that stand for the parts of a node."""
    return hashlib.blake2b(node, digest_size=_KEY, person=b"fragments").digest()


def flags(lines: Iterable[bytes]) -> int:
    """Return the classes that lines about one node state."""
    found = 0
    for line in lines:
        if _MARK in line:
            found |= _FLAGS.get(line.rsplit(b" ", 2)[1], 0)
    return found


def describe(graph: SourceGraph) -> dict[bytes, NodeFacts]:
    """Return what a page states of each node with an IRI, by key; blank nodes count by what is stated of them."""
    blanks = BlankNames(graph, {})
    found: dict[bytes, NodeFacts] = {}
    fragments: dict[bytes, list[bytes]] = {}
    for node, lines in graph.about.items():
        if node[:1] != b"<":
            continue
        found[key(node)] = NodeFacts(_digest(node, lines, blanks), flags(lines))
        whole, mark, _ = node.partition(b"#")
        if mark:
            fragments.setdefault(whole + b">", []).append(node)
    for whole, parts in fragments.items():
        found[fragments_key(whole)] = NodeFacts(key(b"\n".join(sorted(parts))), FRAGMENTS)
    return found


def _digest(node: bytes, lines: list[bytes], blanks: BlankNames) -> bytes:
    stated = set()
    for line in lines:
        if b" _:" in line and (thing := line.split(b" ", 2)[2]).startswith(b"_:"):
            try:
                line = line[:-len(thing)] + blanks.digest(thing[:-2]).encode()
            except NotTaken:
                line += b" one page's own"  # never the same as another page's
        stated.add(line)
    return hashlib.blake2b(b"\n".join(sorted(stated)), digest_size=_KEY).digest()


def packed(facts: dict[bytes, NodeFacts]) -> bytes:
    """Return facts as bytes."""
    return b"".join([name + one.digest + bytes((one.flags,)) for name, one in facts.items()])


def unpacked(text: bytes) -> dict[bytes, NodeFacts]:
    """Return facts of their bytes; raise `ValueError` where they are none."""
    if len(text) % _ENTRY:
        raise ValueError("facts are cut off")
    return {text[at:at + _KEY]: NodeFacts(text[at + _KEY:at + 2 * _KEY], text[at + 2 * _KEY])
            for at in range(0, len(text), _ENTRY)}


@dataclass
class Neighbours:
    """What all pages of a source state of nodes: by key the first page that says it, and those that say something else."""

    first: dict[bytes, tuple[NodeFacts, int]] = field(default_factory=dict)
    others: dict[bytes, list[tuple[NodeFacts, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[dict[bytes, NodeFacts]]) -> Neighbours:
        """Return those of pages, in their order."""
        made = cls()
        for number, facts in enumerate(pages):
            for name, one in facts.items():
                known = made.first.setdefault(name, (one, number))
                if known[0] != one:
                    others = made.others.setdefault(name, [])
                    if all(other[0] != one for other in others):
                        others.append((one, number))
        return made

    def beyond(self, name: bytes, own: NodeFacts | None) -> list[tuple[NodeFacts, int]]:
        """Return what pages state of a node that is not what one of them states, each with a page that does."""
        known = self.first.get(name)
        if known is None or (known[0] == own and name not in self.others):
            return []
        return [one for one in (known, *self.others.get(name, ())) if one[0] != own]

    def stand(self, looks: PageLooks, facts: dict[bytes, NodeFacts]) -> bytes:
        """Return a digest of all that other pages state and a page looked for: while it is the same, its records are, too."""
        first, others = self.first, self.others
        found = hashlib.blake2b(digest_size=16)
        for name in looks.read:
            own = facts.get(name)
            known = first.get(name)
            if known is not None and (known[0] != own or name in others):
                found.update(b"".join([name, *sorted(one.digest for one, _ in self.beyond(name, own))]))
        for name in looks.asked:
            own = facts.get(name)
            known = first.get(name)
            if known is not None and (known[0] != own or name in others):
                had, stated = own.flags if own else 0, 0
                for one, _ in self.beyond(name, own):
                    stated |= one.flags
                if stated & ~had:
                    found.update(name + bytes((stated | had,)))
        return found.digest()


@dataclass(frozen=True)
class PageLooks:
    """What a page's records looked for: `read` are the nodes whose statements they took, `asked` those whose classes they did."""

    read: tuple[bytes, ...]
    asked: tuple[bytes, ...]

    def packed(self) -> tuple[bytes, bytes]:
        """Return both as bytes."""
        return b"".join(self.read), b"".join(self.asked)

    @classmethod
    def unpacked(cls, read: bytes, asked: bytes) -> PageLooks:
        """Return looks of their bytes."""
        return cls(_cut(read), _cut(asked))


def _cut(text: bytes) -> tuple[bytes, ...]:
    return tuple([text[at:at + _KEY] for at in range(0, len(text), _KEY)])
