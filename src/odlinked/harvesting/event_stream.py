"""A Linked Data Event Stream (LDES) in fragments (TREE): activities of a DCAT-AP Feed, or versions of records.

Of each record the latest member counts, whichever page it stands on; a deletion takes it away. A page that its server calls
immutable is asked for once. Terms: https://w3id.org/ldes/specification, https://treecg.github.io/specification/.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from odlinked.assets import Assets
from odlinked.clock import stated
from odlinked.graphs.containment import TYPE, statement
from odlinked.graphs.datasets import DEFAULT, read_graphs
from odlinked.harvesting.pages import PageTold, SourcePages
from odlinked.namespaces import DCTERMS
from odlinked.rdf import ntriples

_TREE: Final = b"<https://w3id.org/tree#%b>"
_LDES: Final = b"<https://w3id.org/ldes#%b>"
_AS: Final = b"<https://www.w3.org/ns/activitystreams#%b>"
_MEMBER, _NODE, _VIEW = (_TREE % name for name in (b"member", b"node", b"view"))
_VERSION_OF, _TIMESTAMP = _LDES % b"versionOfPath", _LDES % b"timestampPath"
_OBJECT, _PUBLISHED, _DELETE = (_AS % name for name in (b"object", b"published", b"Delete"))
_ACTIVITIES: Final = frozenset(_AS % name for name in (b"Create", b"Update", b"Delete"))
_IS_VERSION_OF: Final = f"<{DCTERMS}isVersionOf>".encode()
_TIMES: Final = tuple(f"<{iri}>".encode() for iri in (
    "http://www.w3.org/ns/prov#generatedAtTime", DCTERMS + "modified", DCTERMS + "created"))

PageFacts = dict[bytes, list[tuple[bytes, bytes]]]


class StreamMember(NamedTuple):
    """The latest known of a record: when (in UTC, "" where it is no time), in which order it was read, and its statements (none
    for a deletion)."""

    time: str
    order: int
    lines: tuple[bytes, ...]


class EventStreamPages(SourcePages):
    """The fragments of an event stream."""

    is_chain = False

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._latest: dict[bytes, StreamMember] = {}
        self._version_of, self._times = _IS_VERSION_OF, _TIMES
        self._order = 0

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a fragment; it leads to those that its relations name."""
        graphs = read_graphs(path, self.caps, url)
        facts: PageFacts = {}
        for line in graphs.get(DEFAULT, ()):
            subject, predicate, thing = statement(line)
            facts.setdefault(subject, []).append((predicate, thing))
        stated = {predicate: thing for known in facts.values() for predicate, thing in known}
        self._version_of = stated.get(_VERSION_OF, self._version_of)
        if _TIMESTAMP in stated:
            self._times = (stated[_TIMESTAMP], *_TIMES)
        members = list(dict.fromkeys(thing for known in facts.values() for predicate, thing in known if predicate == _MEMBER))
        for member in members:
            self._take(member, facts, graphs, frozenset(members))
        nodes = [thing for known in facts.values() for predicate, thing in known if predicate == _NODE]
        if not (members or nodes):
            nodes = [thing for known in facts.values() for predicate, thing in known if predicate == _VIEW]
        return PageTold(sorted({ntriples.term(one.decode()).value for one in nodes if one.startswith(b"<")} - {url}))

    def finish(self) -> None:
        """Put the latest of every record into the graph."""
        for one in self._latest.values():
            self.graph.add(one.lines)

    def _take(self, member: bytes, facts: PageFacts, graphs: dict[str, list[bytes]], members: frozenset[bytes]) -> None:
        """Keep a member where nothing later is known of its record."""
        own = dict(facts.get(member, ()))
        types = {thing for predicate, thing in facts.get(member, ()) if predicate == TYPE}
        is_activity = bool(types & _ACTIVITIES)
        record = own.get(_OBJECT) if is_activity else own.get(self._version_of, member)
        if record is None or not record.startswith(b"<"):
            self.missed += 1
            return
        named = graphs.get(ntriples.unescape(member[1:-1].decode())) if member.startswith(b"<") else None
        about = record if is_activity else member
        lines = named if named is not None else _reached(about, facts, members - {about})
        if about != record or named is not None:
            lines = [line.replace(member + b" ", record + b" ", 1) if line.startswith(member + b" ") else line for line in lines]
        times = [ntriples.term(own[one].decode()).value for one in (_PUBLISHED, *self._times) if one in own]
        self._order += 1
        made = StreamMember(_instant(times[0]) if times else "", self._order, () if _DELETE in types else tuple(lines))
        known = self._latest.get(record)
        if known is None or made[:2] >= known[:2]:
            self._latest[record] = made


def _instant(text: str) -> str:
    """Return a time in UTC, so that those of different time zones compare; without a zone it is UTC, what is none is ""."""
    time = stated(text.strip())
    return time.isoformat(timespec="microseconds") if time else ""


def _reached(start: bytes, facts: PageFacts, others: Iterable[bytes]) -> list[bytes]:
    """Return what is stated of a node and of the nodes it leads to, other members left out."""
    lines, waiting, seen = list[bytes](), [start], {start, *others}
    for node in waiting:  # grows while it is iterated over
        for predicate, thing in facts.get(node, ()):
            lines.append(b"%b %b %b ." % (node, predicate, thing))
            if thing in facts and thing not in seen:
                seen.add(thing)
                waiting.append(thing)
    return lines
