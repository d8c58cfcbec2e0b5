"""The tables of rows of a release: carried from the one before while their datasets are public, and loaded into its store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from odlinked.assets import Assets
from odlinked.catalog import lifted
from odlinked.catalog.archive import Archive
from odlinked.catalog.index import Entry
from odlinked.catalog.lifted import LiftedTable
from odlinked.catalog.workspace import Workspace
from odlinked.documents import Document
from odlinked.publishing.row_documents import RowDocuments
from odlinked.store import oxigraph

_MOST_REMOVED: Final = 500_000
"""Triples that are removed from a store; a store is built anew where more would be."""


def _untold(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class RowTables:
    """The tables of a release that is made in a workspace; `tell` takes notes on what could not be kept."""

    workspace: Workspace | None = None
    listed: tuple[LiftedTable, ...] = ()
    tell: Callable[[str], None] = _untold

    def living(self, entries: Mapping[str, Entry], base: str) -> RowTables:
        """Return the tables whose datasets are public and which are named under the base; of others it is told that they go."""
        staying = []
        for table in self.listed:
            entry = entries.get(table.dataset)
            if not table.graph.startswith(f"{base}/rows/"):
                self.tell(f"the rows of {table.name} go: their addresses are of another base. Lift the file again")
            elif entry is None or entry.state != "live" or not entry.is_public:
                self.tell(f"the rows of {table.name} go with their dataset, which is no longer public")
            else:
                staying.append(table)
        return replace(self, listed=tuple(staying))

    def documents(self, assets: Assets, archive: Archive, entries: Mapping[str, Entry], address: str) -> list[Document]:
        """Return the documents of the tables for a service at `address`."""
        writing = RowDocuments(assets, address)
        return [writing.document(table, lifted.facts(self._space, table), archive.text(entries[table.dataset].hash) or b"")
                for table in self.listed]

    def stated(self) -> dict[str, Any]:
        """Return what a manifest says of them: nothing where there are none."""
        return {lifted.TABLES: [table.stated() for table in self.listed]} if self.listed else {}

    def is_small(self, previous: str | None) -> bool:
        """True when the tables that go, or are replaced, can be removed from the store of the release before."""
        if previous is None:
            return True
        gone = set(self._before(previous)) - set(self.listed)
        return sum(int(lifted.facts(self._space, table)["triples"]) for table in gone) <= _MOST_REMOVED

    def load(self, store: Path, carried: str | None) -> None:
        """Bring the graphs of a store up to date that was carried from a release, or has none of them yet."""
        before = self._before(carried) if carried else ()
        gone = set(before) - set(self.listed)
        if gone:
            oxigraph.remove_graphs(store, [table.graph for table in gone])
        for table in self.listed:
            if table not in before:
                oxigraph.add(store, lifted.quads(self._space, table))

    def _before(self, release: str) -> tuple[LiftedTable, ...]:
        return lifted.of_manifest(self._space.manifest(release))

    @property
    def _space(self) -> Workspace:
        assert self.workspace is not None  # noqa: S101 - an assembly that makes a release has one
        return self.workspace
