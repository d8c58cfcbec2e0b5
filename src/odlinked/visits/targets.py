"""What `check` visits: the distributions of the served release, with the addresses as agencies gave them.

A key that was taken out of an address is looked up in the kept input, which never leaves the workspace; where that is gone the
target states it, because a visit without the key would prove nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.leases import leased
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import WorkspaceError
from odlinked.evidence.observation import Declared, DescribedField, Target
from odlinked.kinds import Kind
from odlinked.queries import Query, load
from odlinked.settings import Settings
from odlinked.visits.original_addresses import originals

_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


def targets(workspace: Workspace, settings: Settings) -> Iterator[Target]:
    """Yield every distribution of the served release's living datasets that has an address, dataset by dataset.

    Raise `WorkspaceError` where nothing is published.
    """
    name = workspace.current()
    if name is None:
        raise WorkspaceError("nothing is published yet", doing="looking for what to visit", on=str(workspace.root),
                             next_step="Run `odlinked publish FILE --source NAME` first")
    folder, assets = workspace.releases / name, Assets(settings.overlays)
    with leased(folder):
        with Index(folder / "catalog.sqlite", read_only=True) as index:
            entries = {iri: entry for iri, (_, entry) in index.entries().items()
                       if entry.state == "live" and Kind.of(iri) is Kind.DATASET}
            inputs = {row["id"]: row for row in index.inputs()}
        store = ox.Store.read_only(str(folder / "store"))
        queries = _Queries(store, assets)
        keyed = [entries[iri] for iri in queries.keyed() if iri in entries]
        found = _originals(workspace, settings, assets, keyed, inputs)
        for iri in entries:
            yield from queries.targets(iri, found)


def _originals(workspace: Workspace, settings: Settings, assets: Assets, keyed: list[Entry],
               inputs: Mapping[int, dict[str, Any]]) -> dict[str, str]:
    """Return distribution -> address with its key, for the datasets that had one removed."""
    if not keyed:
        return {}
    archive = Archive(workspace.documents)
    try:
        return originals(workspace, settings, assets, archive, keyed, inputs)
    finally:
        archive.close()


class _Queries:
    """Queries on a release's store about datasets."""

    def __init__(self, store: ox.Store, assets: Assets) -> None:
        self.store = store
        self.distributions = load(assets, "queries/evidence/distributions.rq")
        self.fields = load(assets, "queries/evidence/fields.rq")
        self.removed = load(assets, "queries/evidence/keys-removed.rq")

    def _rows(self, query: Query, **values: str) -> Iterator[dict[str, str]]:
        found = self.store.query(query.text, substitutions=query.bindings(**values))
        if isinstance(found, ox.QuerySolutions):
            names = [variable.value for variable in found.variables]
            for row in found:
                yield {name: term.value for name, term in zip(names, row, strict=True) if term is not None}

    def keyed(self) -> list[str]:
        """Return the datasets of which an address had its key removed."""
        return [row["dataset"] for row in self._rows(self.removed)]

    def targets(self, iri: str, original: Mapping[str, str]) -> Iterator[Target]:
        """Yield the targets of one dataset."""
        rows: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self._rows(self.distributions, dataset=iri):
            rows[row["distribution"]].append(row)
        if not rows:
            return
        described: dict[str, list[DescribedField]] = defaultdict(list)
        for row in self._rows(self.fields, dataset=iri):
            field = DescribedField(row["name"], row.get("standard", ""), row.get("meaning", ""))
            described[row.get("distribution", "")].append(field)
        for distribution, found_rows in rows.items():
            first = found_rows[0]
            fields = described.get(distribution) or described.get("", [])
            declared = Declared(
                formats=tuple(sorted({row["format"] for row in found_rows if "format" in row})),
                media_type=first.get("mediaType", "").removeprefix(_MEDIA_TYPES), encoding=first.get("encoding", ""),
                fields=tuple(fields), frequency=first.get("frequency", ""), is_service="service" in first,
                description_url=first.get("description", ""))
            removed = "keyRemoved" in first
            url = original.get(distribution, first["address"]) if removed else first["address"]
            yield Target(distribution, url, declared, key_removed=removed and distribution not in original)
