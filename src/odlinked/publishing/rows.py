"""Publishing the rows of a data file with a dataset, and taking them out again: each makes a release."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.keeping.workspace import remove, sync
from odlinked.documents import Document
from odlinked.errors import InputError
from odlinked.intake.arrivals import Next
from odlinked.kinds import Kind
from odlinked.lifting.describing.naming import slug
from odlinked.namespaces import DCAT
from odlinked.pool import Pool, collector_paused, cores
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.publishing.row_tables import PreparedStore, RowTables
from odlinked.publishing.run import Run, nothing_published

WriteFiles = Callable[[LiftedTable, Path, str], str]
"""Writes the files of a table into a folder; the last argument is the address of the data file, "" where none is stated. Returns
the key of their content."""

_ATTEMPTS: Final = 2
"""How often a store is made beside the lock; where others published each time, it is made under the lock."""


def join(publisher: Publisher, record: str, file: str, write: WriteFiles) -> tuple[LiftedTable, Published]:
    """Publish the rows of `file` with a record: the IRI of a dataset or of a distribution of it, or a dataset's identifier.

    Rows published before of the same distribution are replaced. Files and store are made while others may publish, one lifting
    at a time; the lock is taken for the release alone, and while the store is made once more where others published twice
    meanwhile. Raise `InputError` where there is no such record, where it has several distributions and none of them is told to
    be the file's, or where the record is no longer what it was when the rows were lifted.
    """
    workspace = publisher.workspace
    with workspace.apart("lift", publisher.clock), collector_paused():
        remove(workspace.lifting)
        files = workspace.lifting / "files"
        try:
            files.mkdir(parents=True)
            place = _Preparing(publisher).place(record, file)
            table = replace(place.table, key=write(place.table, files, place.address))
            for path in (*files.iterdir(), files):
                sync(path)
            for attempt in range(_ATTEMPTS):
                store = _Preparing(publisher).store(table, workspace.lifting / f"store-{attempt}", files)
                with workspace.locked("lift", publisher.clock), workspace.undone():
                    if workspace.current() == store.release or attempt + 1 == _ATTEMPTS:
                        with _Rows(publisher.desk, "", workspace.current()) as run:
                            return table, run.join(record, file, place, table, files, store)
            raise AssertionError("the last attempt makes a release")
        finally:
            remove(workspace.lifting)


def withdraw(publisher: Publisher, name: str) -> Published:
    """Take the rows of a table out of the catalogue, by its name; raise `InputError` where there is none."""
    with (publisher.workspace.locked("lift", publisher.clock), publisher.workspace.undone(), collector_paused(),
          _Rows(publisher.desk, "", publisher.workspace.current()) as run):
        return run.withdraw(name)


def note_answers(publisher: Publisher, answers: Mapping[str, Sequence[tuple[str, int, str]]]) -> Published:
    """Publish what came of asking the service for addresses of tables (by name), as of now."""
    with (publisher.workspace.locked("lift", publisher.clock), publisher.workspace.undone(), collector_paused(),
          _Rows(publisher.desk, "", publisher.workspace.current()) as run):
        return run.note_answers(answers, publisher.clock.now().isoformat())


class _Place(NamedTuple):
    """Where rows are to be published: the table without its key, and the address that the distribution states for its file."""

    table: LiftedTable
    address: str


class _Preparing:
    """Reads the served release while others may publish."""

    def __init__(self, publisher: Publisher) -> None:
        self.workspace, self.base = publisher.workspace, publisher.desk.settings.catalog.base
        self.progress = publisher.desk.progress
        current = self.workspace.current()
        if current is None:
            raise nothing_published("publishing rows", self.workspace)
        self.release = current
        self.tables = lifted.of_manifest(self.workspace.manifest(current))

    def place(self, record: str, file: str) -> _Place:
        """Return where the rows of a file belong."""
        archive = Archive(self.workspace.documents)
        try:
            return _placed(self._entries(), archive, self.tables, self.base, record, file)
        finally:
            archive.close()

    def store(self, table: LiftedTable, folder: Path, files: Path) -> PreparedStore:
        """Make the store of the release with a table whose files are in a folder."""
        others = [one for one in self.tables if one.name != table.name]
        tables = RowTables(self.workspace, (*others, table), folders={table.key: files})
        self.progress("store", 0)
        made = tables.prepare(self.release, folder, lambda: [e.hash for e in self._entries().values() if e.is_public])
        self.progress("store", 1)
        return made

    def _entries(self) -> dict[str, Entry]:
        with Index(self.workspace.releases / self.release / "catalog.sqlite", read_only=True) as index:
            return {iri: entry for iri, (_, entry) in index.entries().items()}


class _Rows(Run):
    """One change of the tables of rows; all records stay as they are."""

    def join(self, record: str, file: str, place: _Place, table: LiftedTable, files: Path, store: PreparedStore) -> Published:
        """Add or replace a table whose files and store are made."""
        if self.previous is None:
            raise nothing_published("publishing rows", self.workspace)
        entries = {iri: entry for iri, (_, entry) in self.entries.items()}
        if _placed(entries, self.archive, self.tables.listed, self.base, record, file) != place:
            raise InputError("it was changed while the rows were lifted", doing="publishing rows", on=record,
                             next_step="Run the command again")
        kept = table.folder(self.workspace)
        if not kept.exists():
            files.rename(kept)
            sync(self.workspace.rows)
        others = [one for one in self.tables.listed if one.name != table.name]
        self.tables = replace(self.tables, prepared=store)
        return self._made((*others, table))

    def note_answers(self, answers: Mapping[str, Sequence[tuple[str, int, str]]], now: str) -> Published:
        """Note the answers with the tables; those that are asked for another edition by now are left out."""
        return self._made(tuple(replace(one, asked=now, answers=tuple(answers[one.name])) if one.name in answers else one
                                for one in self.tables.listed))

    def withdraw(self, name: str) -> Published:
        """Remove a table."""
        staying = tuple(one for one in self.tables.listed if one.name != name)
        if len(staying) == len(self.tables.listed):
            known = ", ".join(one.name for one in self.tables.listed) or "none"
            raise InputError("there are no published rows of this name", doing="taking rows out", on=name,
                             next_step=f"Published rows: {known}")
        return self._made(staying)

    def _made(self, listed: tuple[LiftedTable, ...]) -> Published:
        self.tables = replace(self.tables, listed=tuple(sorted(listed, key=lambda one: one.name)))
        following = Next({iri: entry for iri, (_, entry) in self.entries.items()}, list(self.issues))
        with Pool(cores(self.settings.publish.workers)) as pool:
            done = self.assembly(pool).make(self.previous, self.entries, following, self.inputs, rows=0)
        return replace(done, notes=tuple(self.notes))


def _placed(entries: Mapping[str, Entry], archive: Archive, tables: Sequence[LiftedTable], base: str, record: str,
            file: str) -> _Place:
    """Return where the rows of a file are to be published with a record; raise `InputError` where that is not known."""
    iri = record if record.startswith(("http://", "https://")) else Kind.DATASET.iri(base, record)
    dataset, _, fragment = iri.partition("#")
    entry = entries.get(dataset)
    if Kind.of(dataset) is not Kind.DATASET or entry is None or entry.state != "live" or not entry.is_public:
        raise InputError("no such dataset is published", doing="publishing rows", on=record,
                         next_step="Give the IRI of a dataset or of one of its distributions, or the dataset's identifier")
    addresses = _distributions(Document(dataset, archive.text(entry.hash) or b""))
    if fragment and iri not in addresses:
        raise InputError("it is no distribution of the dataset", doing="publishing rows", on=record,
                         next_step=f"Name one of its distributions: {_listed(addresses)}")
    fitting = [one for one, address in addresses.items() if unquote(urlsplit(address).path).rpartition("/")[2] == file]
    chosen = [iri] if fragment else fitting if len(fitting) == 1 else list(addresses)
    if len(chosen) > 1:
        raise InputError(f"it has {len(addresses)} distributions", doing="publishing rows", on=record,
                         next_step=f"Name one of its distributions: {_listed(addresses)}")
    distribution = chosen[0] if chosen else dataset
    name = _name(tables, dataset, distribution)
    return _Place(LiftedTable(name, dataset, distribution, "", lifted.graph_of(base, name)), addresses.get(distribution, ""))


def _name(tables: Sequence[LiftedTable], dataset: str, distribution: str) -> str:
    """Return the name of the table of a distribution: as it was, else one after the dataset that is free."""
    names = {one.name: one.distribution for one in tables}
    for name, known in names.items():
        if known == distribution:
            return name
    wanted = found = slug(unquote(dataset.rpartition("/")[2]))
    number = 1
    while found in names:
        number += 1
        found = f"{wanted}-{number}"
    return found


def _distributions(document: Document) -> dict[str, str]:
    """Return the distributions of a dataset with the address of each one's file, "" where none is stated."""
    found: dict[str, str] = {}
    stated: dict[str, str] = {}
    for subject, predicate, value in document.triples():
        if subject == document.iri and predicate == DCAT + "distribution":
            found[value.value] = ""
        elif predicate == DCAT + "downloadURL" or (predicate == DCAT + "accessURL" and subject not in stated):
            stated[subject] = value.value
    return {iri: stated.get(iri, "") for iri in sorted(found)}


def _listed(addresses: dict[str, str]) -> str:
    listed = "; ".join(f"{iri} ({address})" if address else iri for iri, address in addresses.items())
    return re.sub(r"\s+", " ", listed)[:600]
