"""What was made of each page of a source, kept beside the page: so that a run reads the pages that differ, and no others.

A page's records depend on the page and on what other pages state of the nodes that they reach. Of every page is known what it
states of which node (`graphs.described`) and what its records looked for. While neither differs, the records are those that were
made before; where one does, they are made anew of the page's statements, which are kept, too. All of it happens in the process
of `harvesting.worker`.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from odlinked.graphs.containment import SourceGraph
from odlinked.graphs.described import FRAGMENTS, Neighbours, NodeFacts, PageLooks, describe, key, packed, unpacked
from odlinked.graphs.page_view import PageView
from odlinked.graphs.records import SourceRecord
from odlinked.graphs.separation import UNNAMED, Separation
from odlinked.rdf import ntriples

SHOWN: Final = 20
"""How many of the addresses that are listed and not described are named."""

EDITION: Final = "2 "
"""Raised when the same page makes other records, or a part is written in another way."""

_LEVEL: Final = 1
_CHUNK: Final = 1 << 14
_QUOTE: Final = 3  # a line begins with the IRI: [["IRI"


@dataclass
class PageRecords:
    """The records of a page (lines of `graphs.records`, packed), what they looked for, what other pages then stated of that, and
    what was found beside them (`graphs.separation.Separated`)."""

    lines: bytes
    looks: PageLooks
    stand: bytes
    refused: dict[str, int]
    not_taken: dict[str, str]
    listed: list[str]
    strays: int
    claims: int


@dataclass
class PagePart:
    """A page as it was read: where it leads, its statements (N-Triples, packed), what it states of which node, its records."""

    next: list[str]
    text: bytes
    facts: dict[bytes, NodeFacts]
    records: PageRecords | None = None
    is_new: bool = True
    read_as: int = -1
    """The number that its blank nodes were labelled with, -1 where it was another run that read it."""
    announced: int = 0
    """How many members the catalogue has in all, as the page says (Hydra Core, section 4.1), 0 where it does not."""

    @classmethod
    def of(cls, onward: list[str], lines: list[bytes], number: int, announced: int = 0) -> Self:
        """Return the part of the page `number`, of its statements."""
        graph = SourceGraph(pages=number)
        graph.add(lines)
        return cls(onward, zlib.compress(b"\n".join(graph.lines), _LEVEL), describe(graph), read_as=number, announced=announced)

    def graph(self, number: int) -> SourceGraph:
        """Return the statements of the page as those of page `number`."""
        text = zlib.decompress(self.text)
        lines = text.split(b"\n") if text else []
        if number == self.read_as:
            return SourceGraph.again(lines, number)
        made = SourceGraph(pages=number)
        made.add(lines)
        return made

    def write(self, path: Path, edition: str) -> None:
        """Write it to a file."""
        made = self.records
        assert made is not None  # noqa: S101 - parts are written after their records are made
        sections = [self.text, packed(self.facts), made.lines, *made.looks.packed()]
        head = {"edition": edition, "next": self.next, "announced": self.announced,
                "sizes": [len(one) for one in sections], "stand": made.stand.hex(),
                "refused": made.refused, "not_taken": made.not_taken, "listed": made.listed, "strays": made.strays,
                "claims": made.claims, "sha256": hashlib.sha256(b"".join(sections)).hexdigest()}
        path.write_bytes(b"".join([json.dumps(head).encode(), b"\n", *sections]))

    @classmethod
    def read(cls, path: Path, edition: str) -> Self | None:
        """Return the part in a file, None where it is none of this edition, or damaged: then the page is read anew."""
        try:
            first, _, rest = path.read_bytes().partition(b"\n")
            head: dict[str, Any] = json.loads(first)
            if head["edition"] != edition or head["sha256"] != hashlib.sha256(rest).hexdigest():
                return None
            sections, at = [], 0
            for size in head["sizes"]:
                sections.append(rest[at:at + size])
                at += size
            text, facts, lines, read, asked = sections
            records = PageRecords(lines, PageLooks.unpacked(read, asked), bytes.fromhex(head["stand"]), head["refused"],
                                  head["not_taken"], head["listed"], head["strays"], head["claims"])
            return cls(head["next"], text, unpacked(facts), records, is_new=False, announced=head["announced"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass
class PageParts:
    """The pages of a source, in the order in which they were read."""

    separation: Callable[[PageView], Separation]
    parts: list[PagePart] = field(default_factory=list)
    doubles: int = 0
    _graphs: dict[int, SourceGraph] = field(default_factory=dict)
    _neighbours: Neighbours = field(default_factory=Neighbours)

    def made(self) -> Iterator[bytes]:
        """Make the records that are not made or do not stand any more; yield the lines of all, each once, by their IRIs."""
        self._neighbours = Neighbours.of([part.facts for part in self.parts])
        for number, part in enumerate(self.parts):
            known = part.records
            if known is None or self._neighbours.stand(known.looks, part.facts) != known.stand:
                part.records, part.is_new = self._separated(number), True
        last, start = b"", b"\n"
        for line in heapq.merge(*(_lines(part.records.lines) for part in self.parts if part.records)):
            if not line.startswith(start):
                last, start = line, line[:line.index(b'"', _QUOTE) + 1]
                yield line
            elif line != last or not SourceRecord.of_line(line).origin:
                self.doubles += 1  # two that are known by the same identifier; a record with an address may be on many pages

    def told(self) -> dict[str, Any]:
        """Return what was found beside the records, once they are made."""
        refused: Counter[str] = Counter({UNNAMED: self.doubles} if self.doubles else {})
        named: dict[str, str] = {}
        listed: dict[str, None] = {}
        read: set[bytes] = set()
        strays = claims = 0
        for one in (part.records for part in self.parts if part.records):
            refused.update(one.refused)
            for node, rule in one.not_taken.items():
                refused[rule] -= node in named
                named[node] = rule
            listed |= dict.fromkeys(one.listed)
            strays, claims = strays + one.strays, claims + one.claims
            read.update(one.looks.read)
        first = self._neighbours.first
        absent = [one for one in listed if key(one.encode()) not in first]
        strays += sum(facts.flags != FRAGMENTS and name not in read for name, (facts, _) in first.items())
        return beside_records(+refused, absent, strays, claims)

    def _separated(self, number: int) -> PageRecords:
        part = self.parts[number]
        graph = self._graphs.get(number) or part.graph(number)
        view = PageView(graph, number, part.facts, self._neighbours, self._graph)
        separation = self.separation(view)
        lines = b"".join([record.line() for record in separation.records()])
        beside, looks = separation.beside, view.looks()
        return PageRecords(zlib.compress(lines, _LEVEL), looks, self._neighbours.stand(looks, part.facts), dict(beside.refused),
                           {node.decode(): rule for node, rule in beside.not_taken.items()},
                           [one.decode() for one in beside.listed], beside.strays, beside.claims)

    def _graph(self, number: int) -> SourceGraph:
        """Return the statements of a page that another one needs; it is likely that more do."""
        known = self._graphs.get(number)
        if known is None:
            known = self._graphs[number] = self.parts[number].graph(number)
        return known


def beside_records(refused: Mapping[str, int], absent: Sequence[str], strays: int, claims: int) -> dict[str, Any]:
    """Return what is told of what was found beside records (`graphs.separation.Separated`); `absent` are the addresses, as
    N-Triples write them, that are listed and not described."""
    return {"refused": dict(refused), "absent": [ntriples.unescape(one[1:-1]) for one in absent[:SHOWN]],
            "absent_count": len(absent), "strays": strays, "claims": claims}


def _lines(text: bytes) -> Iterator[bytes]:
    """Yield the lines of packed records, unpacked as they are read."""
    unpacking, rest = zlib.decompressobj(), b""
    for at in range(0, len(text), _CHUNK):
        some = (rest + unpacking.decompress(text[at:at + _CHUNK])).split(b"\n")
        rest = some.pop()
        for line in some:
            yield line + b"\n"
