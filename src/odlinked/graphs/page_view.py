"""One page of a source together with what other pages state of the nodes that its records reach.

What a record says is the same whichever page it stands on, and whatever pages there are besides: the view reads from other pages
what they state of a node and this one does not, and notes what it looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from odlinked.graphs.containment import SourceGraph, Statement, statement
from odlinked.graphs.described import Neighbours, NodeFacts, PageLooks, flags, fragments_key, key


class PageView:
    """The page `number` of a source; `fetch` gives the statements of another page. Without neighbours it is all there is."""

    def __init__(self, graph: SourceGraph, number: int = 0, facts: dict[bytes, NodeFacts] | None = None,
                 neighbours: Neighbours | None = None, fetch: Callable[[int], SourceGraph] | None = None) -> None:
        self.graph, self._number = graph, number
        self._facts = facts or {}
        self._neighbours, self._fetch = neighbours, fetch
        self._lines: dict[bytes, list[bytes]] = {}
        self._statements: dict[bytes, list[Statement]] = {}
        self._flags: dict[bytes, int] = {}
        self._parts: dict[bytes, list[bytes]] = {}

    def looks(self) -> PageLooks:
        """Return what was looked for so far, apart from blank nodes."""
        read = [key(node) for node in self._lines if node[:1] == b"<"]
        read += [fragments_key(node) for node in self._parts]
        return PageLooks(tuple(sorted(read)), tuple(sorted(key(node) for node in self._flags if node[:1] == b"<")))

    @property
    def unread(self) -> int:
        """How many nodes with an address the page describes that were not read."""
        return sum(node[:1] == b"<" and node not in self._lines for node in self.graph.about)

    def of(self, node: bytes) -> list[Statement]:
        """Return what all pages state of a node."""
        known = self._statements.get(node)
        if known is None:
            known = self._statements[node] = [statement(line) for line in self.lines(node)]
        return known

    def lines(self, node: bytes) -> list[bytes]:
        """Return what all pages state of a node, as lines."""
        known = self._lines.get(node)
        if known is None:
            known = self._lines[node] = self._all_lines(node)
        return known

    def flags(self, node: bytes) -> int:
        """Return the classes that all pages state of a node (`graphs.described`)."""
        known = self._flags.get(node)
        if known is None:
            if node[:1] == b"<":
                known = flags(self.graph.about.get(node, ()))
                for facts, _ in self._beyond(key(node)):
                    known |= facts.flags
            else:
                known = flags(self.lines(node))
            self._flags[node] = known
        return known

    def fragments(self, node: bytes) -> list[bytes]:
        """Return the nodes that are named as parts of a record: its address, a number sign and more."""
        known = self._parts.get(node)
        if known is None:
            known = list(self._own_parts.get(node, ()))
            for _, page in self._beyond(fragments_key(node)):
                start = node[:-1] + b"#"
                known += [one for one in self._page(page).about if one.startswith(start)]
            known = self._parts[node] = sorted(set(known))
        return known

    @cached_property
    def _own_parts(self) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for node in self.graph.about:
            whole, mark, _ = node.partition(b"#")
            if mark and node[:1] == b"<":
                found.setdefault(whole + b">", []).append(node)
        return found

    def _all_lines(self, node: bytes) -> list[bytes]:
        if node[:1] != b"<":
            page = self._page_of(node)
            return (self.graph if page == self._number else self._page(page)).about.get(node, [])
        lines = self.graph.about.get(node, [])
        for _, page in self._beyond(key(node)):
            lines = [*lines, *self._page(page).about.get(node, ())]
        return lines

    def _beyond(self, name: bytes) -> list[tuple[NodeFacts, int]]:
        return self._neighbours.beyond(name, self._facts.get(name)) if self._neighbours else []

    def _page(self, number: int) -> SourceGraph:
        assert self._fetch is not None  # noqa: S101 - who has neighbours can fetch them
        return self._fetch(number)

    def _page_of(self, node: bytes) -> int:
        """Return the number of the page that a blank node is on: its label says it (`SourceGraph.add`)."""
        return int(node[3:node.index(b".")]) - 1 if self._neighbours else self._number
