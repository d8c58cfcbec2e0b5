"""The tables of rows of a release: carried from the one before while their datasets are public, and loaded into its store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.documents import Document
from odlinked.publishing.artifacts import store_built
from odlinked.store import oxigraph

_MOST_REMOVED: Final = 500_000
"""Triples that are removed from a store; a store is built anew where more would be."""


def _untold(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class PreparedStore:
    """A store at `path` with the documents of `release` and the graphs of `tables`, made while others could publish."""

    release: str
    path: Path
    tables: tuple[LiftedTable, ...]


@dataclass(frozen=True)
class RowTables:
    """The tables of a release that is made in a workspace; `tell` takes notes on what could not be kept.

    `prepared` is a store that the release's may be carried from instead of that of the release before; `folders` are those of
    tables, by their keys, that are not in the workspace yet.
    """

    workspace: Workspace | None = None
    listed: tuple[LiftedTable, ...] = ()
    tell: Callable[[str], None] = _untold
    prepared: PreparedStore | None = None
    folders: Mapping[str, Path] = field(default_factory=dict)

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
        if not self.listed:
            return []
        from odlinked.publishing.row_documents import RowDocuments  # most catalogues have none

        writing = RowDocuments(assets, address)
        return [writing.document(table, lifted.facts(self._space, table), archive.text(entries[table.dataset].hash) or b"")
                for table in self.listed]

    def stated(self) -> dict[str, Any]:
        """Return what a manifest says of them: nothing where there are none."""
        return {lifted.TABLES: [table.stated() for table in self.listed]} if self.listed else {}

    def is_small(self, previous: str | None) -> bool:
        """True when the tables that go, or are replaced, can be removed from the store of the release before."""
        if previous is None or self._prepared(previous):
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
                folder = self.folders.get(table.key, table.folder(self._space))
                oxigraph.add(store, lifted.whole_lines(folder / lifted.QUADS))

    def prepare(self, release: str, store: Path, documents: Callable[[], list[bytes]]) -> PreparedStore:
        """Make a store with the documents of a release, which `documents` returns the hashes of, and the graphs of these tables.

        The lock need not be held: nothing of the release is touched.
        """
        if small := self.is_small(release):
            oxigraph.carry(self.source(release), store, (), ())
        else:
            store_built(self._space.documents, store, documents())
        self.load(store, release if small else None)
        return PreparedStore(release, store, self.listed)

    def source(self, carried: str) -> Path:
        """Return the store that the next one is carried from."""
        prepared = self._prepared(carried)
        return prepared.path if prepared else self._space.releases / carried / "store"

    def _prepared(self, release: str) -> PreparedStore | None:
        return self.prepared if self.prepared and self.prepared.release == release else None

    def _before(self, release: str) -> tuple[LiftedTable, ...]:
        prepared = self._prepared(release)
        return prepared.tables if prepared else lifted.of_manifest(self._space.manifest(release))

    @property
    def _space(self) -> Workspace:
        assert self.workspace is not None  # noqa: S101 - an assembly that makes a release has one
        return self.workspace
