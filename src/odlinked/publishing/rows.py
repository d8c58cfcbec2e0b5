"""Publishing the rows of a data file with a dataset, and taking them out again: each makes a release."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import unquote, urlsplit

from odlinked.catalog import lifted
from odlinked.catalog.lifted import LiftedTable
from odlinked.catalog.workspace import remove, sync
from odlinked.documents import Document
from odlinked.errors import InputError
from odlinked.intake.arrivals import Next
from odlinked.kinds import Kind
from odlinked.lifting.naming import slug
from odlinked.namespaces import DCAT
from odlinked.pool import Pool, collector_paused, cores
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.publishing.run import Run, nothing_published

WriteFiles = Callable[[LiftedTable, Path, str], str]
"""Writes the files of a table into a folder; the last argument is the address of the data file, "" where none is stated. Returns
the key of their content."""


def join(publisher: Publisher, record: str, file: str, write: WriteFiles) -> tuple[LiftedTable, Published]:
    """Publish the rows of `file` with a record: the IRI of a dataset or of a distribution of it, or a dataset's identifier.

    Rows published before of the same distribution are replaced. Raise `InputError` where there is no such record, or where it has
    several distributions and none of them is told to be the file's.
    """
    with publisher.workspace.locked("lift", publisher.clock), publisher.workspace.undone(), collector_paused():
        run = _Rows(publisher.desk, "", publisher.workspace.current())
        return run.join(record, file, write)


def withdraw(publisher: Publisher, name: str) -> Published:
    """Take the rows of a table out of the catalogue, by its name; raise `InputError` where there is none."""
    with publisher.workspace.locked("lift", publisher.clock), publisher.workspace.undone(), collector_paused():
        return _Rows(publisher.desk, "", publisher.workspace.current()).withdraw(name)


def note_answers(publisher: Publisher, answers: Mapping[str, Sequence[tuple[str, int, str]]]) -> Published:
    """Publish what came of asking the service for addresses of tables (by name), as of now."""
    with publisher.workspace.locked("lift", publisher.clock), publisher.workspace.undone(), collector_paused():
        return _Rows(publisher.desk, "", publisher.workspace.current()).note_answers(answers, publisher.clock.now().isoformat())


class _Rows(Run):
    """One change of the tables of rows; all records stay as they are."""

    def join(self, record: str, file: str, write: WriteFiles) -> tuple[LiftedTable, Published]:
        """Add or replace a table."""
        if self.previous is None:
            raise nothing_published("publishing rows", self.workspace)
        dataset, distribution, address = self._place(record, file)
        name = self._name(dataset, distribution)
        table = LiftedTable(name, dataset, distribution, "", lifted.graph_of(self.base, name))
        folder = Path(mkdtemp(prefix=".partial-", dir=self.workspace.rows))
        table = replace(table, key=write(table, folder, address))
        for path in (*folder.iterdir(), folder):
            sync(path)
        place = table.folder(self.workspace)
        if place.exists():
            remove(folder)
        else:
            folder.rename(place)
        sync(self.workspace.rows)
        others = [one for one in self.tables.listed if one.name != name]
        return table, self._made((*others, table))

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

    def _place(self, record: str, file: str) -> tuple[str, str, str]:
        """Return the IRI of the dataset, that of its distribution, and the address that the distribution states for its file."""
        iri = record if record.startswith(("http://", "https://")) else Kind.DATASET.iri(self.base, record)
        dataset, _, fragment = iri.partition("#")
        _, entry = self.entries.get(dataset, (0, None))
        if Kind.of(dataset) is not Kind.DATASET or entry is None or entry.state != "live" or not entry.is_public:
            raise InputError("no such dataset is published", doing="publishing rows", on=record,
                             next_step="Give the IRI of a dataset or of one of its distributions, or the dataset's identifier")
        addresses = _distributions(Document(dataset, self.archive.text(entry.hash) or b""))
        if fragment and iri not in addresses:
            raise InputError("it is no distribution of the dataset", doing="publishing rows", on=record,
                             next_step=f"Name one of its distributions: {_listed(addresses)}")
        if fragment:
            return dataset, iri, addresses[iri]
        fitting = [one for one, address in addresses.items() if unquote(urlsplit(address).path).rpartition("/")[2] == file]
        chosen = fitting if len(fitting) == 1 else list(addresses)
        if len(chosen) > 1:
            raise InputError(f"it has {len(addresses)} distributions", doing="publishing rows", on=record,
                             next_step=f"Name one of its distributions: {_listed(addresses)}")
        return (dataset, chosen[0], addresses[chosen[0]]) if chosen else (dataset, dataset, "")

    def _name(self, dataset: str, distribution: str) -> str:
        """Return the name of the table of a distribution: as it was, else one after the dataset that is free."""
        names = {one.name: one.distribution for one in self.tables.listed}
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
