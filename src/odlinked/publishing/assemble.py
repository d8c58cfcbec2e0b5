"""Assembling a release: index, store, dump and manifest for the next state, then one switch."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index, is_current
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import FORMAT, TERMS, Workspace, sync
from odlinked.catalog.log import changelog
from odlinked.catalog.served import void
from odlinked.clock import UNIVERSAL, Clock
from odlinked.documents import Document
from odlinked.intake import own_documents
from odlinked.intake.arrivals import Next
from odlinked.intake.difference import Difference, NotedState, difference, difference_again, difference_noted, is_shown, pairs_of
from odlinked.kinds import Kind, is_quality, quality_prefix
from odlinked.measure.measurements import Yardsticks, keep
from odlinked.pool import Pool
from odlinked.publishing import dump, terms
from odlinked.publishing.artifacts import dump_written, store_built, store_carried
from odlinked.publishing.indexing import Indexing
from odlinked.publishing.published import Published, asset_digests
from odlinked.publishing.row_tables import RowTables
from odlinked.settings import Settings
from odlinked.store import oxigraph
from odlinked.version import __version__

REBUILD_SHARE = 0.05
"""A store is carried forward while no more than this share of its documents differ; beyond, rebuilding it is faster."""

_MANY = 5_000
"""From this many documents on other processes build the store (loading takes all the memory it can get) and write the dump:
fewer are written sooner than a process has started."""


@dataclass
class Assembly:
    """Makes a release of `workspace` from a next state; `now` is an ISO time with a zone."""

    workspace: Workspace
    settings: Settings
    assets: Assets
    archive: Archive
    base: str
    now: str
    pool: Pool
    progress: Callable[[str, int], None]
    until: str = ""
    tables: RowTables = field(default_factory=RowTables)
    clock: Clock = UNIVERSAL

    def make(self, previous: str | None, entries: Mapping[str, tuple[int, Entry]], following: Next,
             inputs: Sequence[dict[str, Any]], *, rows: int, fresh: bool = False, switch: bool = True,
             day: date | None = None, began: Mapping[str, Entry] | None = None) -> Published:
        """Make and (with `switch`) serve the release after `previous`; `fresh` builds store and index from nothing.

        `began` are the entries of `previous`: where the next state began as those, only what it noted is compared.

        With `day` everything is measured as of that day, organisations too (a day before the one measured last only joins the
        history); without, as of today, organisations only where something else differs. Nothing differing makes no release. A
        kill at any moment leaves the served release as it was.
        """
        self.tables = self.tables.living(following.entries, self.base)
        is_own_kept = previous is not None and not fresh and self.workspace.manifest(previous).get("own") == self._own_key
        state, first = _first(entries, following.entries, began)
        following.entries = state
        self._add_own(state, entries, first, kept=is_own_kept)
        changes = difference_again(first, entries, state)
        yardsticks = Yardsticks(self.workspace, self.settings, self.assets, self.archive, self.base, self.now,
                                day or date.fromisoformat(self.now[:10]), self.pool, self.progress)
        is_history, is_measured = False, day is not None or self.settings.measure.at_publish
        if is_measured:
            base = previous if not fresh else None
            index = self.workspace.releases / base / "catalog.sqlite" if base else None
            same = base is not None and self.workspace.manifest(base)["assets"] == self._asset_digests
            known: Mapping[str, Entry] = {}
            if index:
                known = began if began is not None else {iri: entry for iri, (_, entry) in entries.items()}
            is_history = day is not None and yardsticks.is_history(following.entries)
            if is_history:
                yardsticks.settle_history(state, known, index, same_assets=same)
            else:
                differing = [one.iri for one in (*changes.come, *changes.gone)]
                yardsticks.settle_datasets(state, known, index, differing, same_assets=same)
            changes = difference_again(first, entries, state)
        if is_measured and not is_history and (day or any(changes)):
            yardsticks.settle_agencies(state)
            changes = difference_again(first, entries, state)
        self.until = yardsticks.state.until if yardsticks.state else ""
        if previous and not fresh and not (changes.come or changes.gone) and is_shown(
                self.archive, self.workspace.releases / previous / "catalog.sqlite", self.now, changes.moved, following.issues):
            return self.result(previous, new=False, rows=rows, following=following, changes=changes, entries=entries)
        described = void.text_of(self.archive, following.entries, self.base)
        name = self.workspace.next_name()
        folder = self.workspace.releases / name
        folder.mkdir(parents=True)
        is_small = self._is_small(changes, entries) and self.tables.is_small(previous)
        carried = previous if previous and not fresh and is_small else None
        with ThreadPoolExecutor(1) as background:
            # A store that is built is so, on the pool where it is large, while this process writes the index.
            digests = [] if carried else [entry.hash for entry in following.entries.values() if entry.is_public]
            built = None if carried else background.submit(self._built, folder / "store", digests)
            with self._indexing.written(carried, folder / "catalog.sqlite", changes, entries, following, list(inputs),
                                        is_own_kept=is_own_kept) as written:
                parts = self._dump(carried, changes, following.entries)
                written.replace_parts(parts)
            if built:
                built.result()
        # The description counts what the index was written of.
        text = void.text_of(self.archive, following.entries, self.base)
        described_anew = oxigraph.difference(described, text)
        if carried:
            pairs = list(pairs_of(changes, entries))
            store_carried(self.workspace.documents, self.tables.source(carried), folder / "store", pairs, described_anew)
            self.progress("store", len(pairs))
        self.tables.load(folder / "store", carried)
        if not carried and described != text:
            oxigraph.amend(folder / "store", *described_anew)
        before = self.workspace.releases / carried / TERMS if carried and is_own_kept and described == text else None
        if before and before.is_file():
            shutil.copyfile(before, folder / TERMS)
            sync(folder / TERMS)
        else:
            terms.write(folder, self.assets, text)
        if yardsticks.state:
            yardsticks.state.write(folder)
        self._write_manifest(folder, inputs, dump.content(key for _, key, _ in parts))
        if switch:
            touched = {one.iri for one in (*changes.come, *changes.gone)} if carried and is_current(
                self.workspace.releases / carried / "catalog.sqlite") else None
            with changelog.turning(self.workspace, name, self.clock.now(), touched):
                self.workspace.switch(name)
        self.progress("switch", 1)
        return self.result(name, new=True, rows=rows, following=following, changes=changes, entries=entries)

    @cached_property
    def _indexing(self) -> Indexing:
        return Indexing(self.workspace, self.settings, self.assets, self.archive, self.base, self.now, self.pool, self.progress)

    @cached_property
    def _own_key(self) -> str:
        """A hash of all that the code lists' documents, the examples of queries and, beside the records that are living, the
        catalogue's document are made of."""
        parts = (__version__, ox.__version__, self._asset_digests, self.base, self._indexing.description.address,
                 self.tables.stated(), self.settings.catalog)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _add_own(self, entries: dict[str, Entry], before: Mapping[str, tuple[int, Entry]], changes: Difference, *,
                 kept: bool) -> None:
        """Put the catalogue's own documents and the code lists into the state; with `kept` those of the release before stay, and
        the catalogue's document where the same records are living, too."""
        shown = {kind: kind.prefix(self.base) for kind in (Kind.DATASET, Kind.SERIES, Kind.SERVICE)}
        own: list[Document] = []
        if not (kept and Kind.CATALOG.iri(self.base) in entries and _lives_on(before, changes, tuple(shown.values()))):
            living: dict[Kind, list[str]] = {kind: [] for kind in shown}
            for iri, entry in entries.items():
                if entry.state == "live":
                    for kind, prefix in shown.items():
                        if iri.startswith(prefix):
                            living[kind].append(iri)
            datasets = living[Kind.DATASET] + living[Kind.SERIES]
            own.append(own_documents.catalog(self.assets, self.settings.catalog, self.base, datasets, living[Kind.SERVICE]))
        own += self.tables.documents(self.assets, self.archive, entries, self._indexing.description.address)
        if kept:
            keep(self.archive, entries, own, self.now)
            return
        own += own_documents.vocabularies(self.assets)
        own.append(own_documents.examples(self.assets, self.base, self._indexing.description.address))
        names = {*(document.iri for document in own), void.iri_of(self.base)}
        measured = quality_prefix(self.base)
        for iri in [i for i, e in entries.items() if e.source == "" and not i.startswith(measured) and i not in names
                    and not is_quality(i)]:
            del entries[iri]
        keep(self.archive, entries, own, self.now)

    def _is_small(self, changes: Difference, entries: Mapping[str, tuple[int, Entry]]) -> bool:
        return len(changes.come) + len(changes.gone) <= max(50, REBUILD_SHARE * len(entries))

    def _built(self, folder: Path, digests: list[bytes]) -> None:
        """Build the store from the documents: in another process where there are many."""
        self.progress("store", 0)
        if len(digests) > _MANY and self.pool.workers > 1:
            self.pool.submit(store_built, self.workspace.documents, folder, digests).result()
        else:
            store_built(self.workspace.documents, folder, digests)
        self.progress("store", len(digests))

    def _dump(self, carried: str | None, changes: Difference, entries: Mapping[str, Entry]) -> list[tuple[int, str, int]]:
        """Write the parts of the dump that no release had before, and return them all: number, key, size in bytes."""
        before, differing = self._parts_before(carried, changes) if carried else ({}, None)
        keyed = dump.keys(((iri, entry.hash) for iri, entry in entries.items() if entry.is_public), differing)
        there = {path.name for path in os.scandir(self.workspace.dump)}
        fresh = [(part, before.get(number, "")) for number, part in keyed.items() if f"{part.key}.gz" not in there]
        batches = [fresh[i::16] for i in range(16)]
        if sum(len(digests) for part, _ in fresh for _, digests in part.members) > _MANY and self.pool.workers > 1:
            places = (self.workspace.documents, self.workspace.dump)
            for done in [self.pool.submit(dump_written, *places, batch) for batch in batches]:
                self.progress("dump", done.result())
        else:
            self.progress("dump", dump_written(self.workspace.documents, self.workspace.dump, fresh))
        kept = {number: key for number, key in before.items() if differing is not None and number not in differing}
        keys = kept | {number: part.key for number, part in keyed.items()}
        folder = self.workspace.dump
        return [(number, key, os.stat(f"{folder}/{key}.gz").st_size) for number, key in sorted(keys.items())]

    def _parts_before(self, carried: str, changes: Difference) -> tuple[dict[int, str], set[int]]:
        """Return the keys of the parts of a release by their numbers, and the numbers of those in which something differs."""
        differing = {dump.part_of(iri) for iri in (void.iri_of(self.base), *(one.iri for one in (*changes.come, *changes.gone)))}
        with Index(self.workspace.releases / carried / "catalog.sqlite", read_only=True) as index:
            return dict(index.parts()), differing

    @cached_property
    def _asset_digests(self) -> dict[str, str]:
        """The digests of the assets by room: every file is read once per publish."""
        return asset_digests(self.assets)

    def _write_manifest(self, folder: Path, inputs: Sequence[Mapping[str, Any]], content: str) -> None:
        """Write the manifest last: a folder with one is a complete release."""
        catalog = self.settings.catalog
        manifest = {
            "format": FORMAT, "odlinked": __version__, "name": folder.name, "created": self.now, "base": self.base,
            "content": content,
            "title": {"zh-Hant": catalog.title_zh, "en": catalog.title_en},
            "description": {"zh-Hant": catalog.description_zh, "en": catalog.description_en},
            "profile": self.settings.publish.profile,
            "assets": self._asset_digests, "own": self._own_key,
            "public": sorted(name for name, source in self.settings.sources.items() if source.public),
            **self.tables.stated(),
            "inputs": [{k: i[k] for k in ("id", "source", "form", "mode", "sha256", "name", "published")} for i in inputs],
        }
        partial = folder / "manifest.partial"
        with partial.open("w", encoding="utf-8") as file:
            json.dump(manifest, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        for path in (folder / "catalog.sqlite", *(folder / "store").iterdir(), folder / "store", folder):
            sync(path)
        (folder / "lease").touch()
        partial.replace(folder / "manifest.json")
        sync(folder)

    def result(self, name: str, *, new: bool, rows: int, following: Next, changes: Difference,
             entries: Mapping[str, tuple[int, Entry]]) -> Published:
        """Return the result of making a release of a next state."""
        came = [e for e in changes.come if e.key is not None and e.is_public]
        gone = sum(e.state == "gone" for e in came)
        added = sum((e.iri not in entries or not entries[e.iri][1].is_public) and e.state == "live" for e in came)
        judged = [e for e in following.entries.values() if e.state != "gone"]
        private = sum(e.state == "private" and e.key is not None for e in judged)
        return Published(name, new, rows, added, len(came) - gone - added, gone, following.held,
                         sum(e.violations for e in judged), sum(e.warnings for e in judged), len(following.issues),
                         private=private, until=self.until)


def _first(before: Mapping[str, tuple[int, Entry]], after: Mapping[str, Entry],
           began: Mapping[str, Entry] | None) -> tuple[NotedState, Difference]:
    """Return the next state and how it differs from the one before."""
    if isinstance(after, NotedState) and after.began is began:
        return after, difference_noted(before, after)
    state = NotedState(after)
    return state, difference(before, state)


def _lives_on(before: Mapping[str, tuple[int, Entry]], changes: Difference, prefixes: tuple[str, ...]) -> bool:
    """True when the records of some kinds, told by how their IRIs begin, that are living are those of before."""
    were = {entry.iri for entry in (*changes.gone, *(before[one.iri][1] for one in changes.come if one.iri in before))
            if entry.state == "live"}
    are = {entry.iri for entry in changes.come if entry.state == "live"}
    return not any(iri.startswith(prefixes) for iri in were ^ are)
