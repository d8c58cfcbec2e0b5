"""The catalogue written back on a ministry's form, and read again before it is given out.

A file is written beside the one that is asked for, read as any file is, and compared record by record with the documents it was
made from: what a form cannot carry back is told, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final

from odlinked.assets import Assets
from odlinked.catalog.archive import Archive
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.workspace import Workspace
from odlinked.documents import Document
from odlinked.errors import InputError, WorkspaceError
from odlinked.intake import organizations
from odlinked.intake.bindings import bind
from odlinked.kinds import Kind
from odlinked.mapping.forms import annotation, title
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.namespaces import ODL
from odlinked.reporting import blank
from odlinked.reporting.form_rows import FormRow, FormRows
from odlinked.reporting.form_table import FormTable, written
from odlinked.settings import Settings
from odlinked.whole_file import replacing

_BATCH: Final = 500
_SOURCE: Final = "export"
_WITHHELD: Final = f"> <{ODL}mailWithheld> ".encode()


@dataclass
class Exported:
    """What came of an export: how many records were `written`, `same` when read again on every field that the form carries,
    and `differing` ones, each with the headings of the columns that differ. `blank` are the headings of
    columns that are never published; `left_out` tells by heading the IRIs of records of which a part of that cell is not."""

    written: int = 0
    same: int = 0
    differing: list[tuple[str, list[str]]] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)


class Export:
    """Writes the records of a source on a form: of all sources that published on it where none is named, of all where none did.

    Records that are withheld or not approved yet are written, too: the file is for the agency whose workspace it is. Raise
    `FormError` for a form that is not known or has no way back, `WorkspaceError` where nothing is published.
    """

    def __init__(self, workspace: Workspace, form: str, settings: Settings, source: str | None,
                 progress: Callable[[str, int], None]) -> None:
        self.assets, self.settings, self.progress = Assets(settings.overlays), settings, progress
        self.form = blank.find(form, settings)
        name = workspace.current()
        if name is None:
            raise WorkspaceError("nothing is published", doing="exporting", on=str(workspace.root),
                                 next_step="Publish first: `odlinked publish FILE --source NAME`")
        manifest = workspace.manifest(name)
        self.context = MappingContext(manifest["base"], _SOURCE, settings.catalog.timezone, settings.publish.public_keys)
        self._archive = Archive(workspace.documents)
        with Index(workspace.releases / name / "catalog.sqlite", read_only=True) as index:
            entries = {iri: entry for iri, (_, entry) in index.entries().items()}
            own = {one["source"] for one in index.inputs() if one["form"] == self.form.name}
        self._registry = organizations.registry(self._archive, self.assets, entries)
        sources = {source} if source else own or {entry.source for entry in entries.values()}
        self._chosen = sorted((entry for entry in entries.values() if self._belongs(entry, sources)), key=_place)
        self._rows = FormRows(self.form, self.assets, self.context)

    def _belongs(self, entry: Entry, sources: Container[str]) -> bool:
        """True for a dataset of some sources that is not withdrawn; which of them belong on the form, its queries decide."""
        return entry.iri.startswith(Kind.DATASET.prefix(self.context.base)) and entry.state != "gone" and entry.source in sources

    def save(self, target: Path) -> Exported:
        """Write the file, .xlsx or .csv; raise `InputError` where it cannot be written, is there already, or has no record."""
        if target.suffix.lower() not in (".xlsx", ".csv"):
            raise InputError("a list is written as .xlsx or .csv", doing="exporting", on=str(target), next_step="Name it so")
        if target.exists():
            raise InputError("the file is there already", doing="exporting", on=str(target), next_step="Give another name")
        rows = list(self._made())
        done = Exported(len(rows))
        if not rows:
            raise InputError("no published record belongs on this form", doing="exporting", on=self.form.name,
                             next_step="Give another --form or --source; `odlinked list sources` names them")
        used = [i for i in range(len(self.form.columns)) if i in self.form.expected or any(row.cells[i] for row in rows)]
        with replacing(target, "exporting") as part:
            part.write_bytes(written(FormTable(self.form, used, rows), target.suffix.lower()))
            self._compare(part, rows, done)
        headings = {column.name: title(column) for column in self.form.columns}
        done.blank = [title(column) for column in map(self.form.columns.__getitem__, self.form.expected)
                      if column.suppress_output and not annotation(column, "runningNumber")]
        for row in rows:
            for name in row.left_out:
                done.left_out.setdefault(headings[name], []).append(row.iri)
        return done

    def _made(self) -> Iterator[FormRow]:
        for start in range(0, len(self._chosen), _BATCH):
            batch = self._chosen[start:start + _BATCH]
            yield from self._rows.of(list(self._documents([entry.iri for entry in batch], [entry.hash for entry in batch])))
            self.progress("write", len(batch))

    def _documents(self, iris: Sequence[str], hashes: Sequence[bytes]) -> Iterator[Document]:
        texts = dict(self._archive.texts(hashes))
        for iri, digest in zip(iris, hashes, strict=True):
            if digest in texts:
                yield Document(iri, texts[digest])

    def _compare(self, part: Path, rows: Sequence[FormRow], done: Exported) -> None:
        """Read the file again, and compare each row's record with the document it was made from."""
        hashes = {entry.iri: entry.hash for entry in self._chosen}
        (table, binding), = bind(part, part.name, self.form.name, self.settings, self.assets).tables
        mapper = Mapper(binding, self.assets, self.context, self._registry)
        again = table.rows()
        for start in range(0, len(rows), _BATCH):
            asked = rows[start:start + _BATCH]
            before = {document.iri: document for document in self._documents(
                [row.iri for row in asked], [hashes[row.iri] for row in asked])}
            mapped = mapper.map(list(islice(again, len(asked))))
            for row, one in zip_longest(asked, mapped):
                after = one.documents[0] if one is not None and one.documents else None
                differs = self._differing(before.get(row.iri), after)
                if differs:
                    done.differing.append((row.iri, differs))
                else:
                    done.same += 1
            self.progress("read again", len(asked))

    def _differing(self, before: Document | None, after: Document | None) -> list[str]:
        """Return the headings of the columns whose statements differ; all of them where no record was read.

        A statement that no column of the form carries may differ.
        """
        if before is None or after is None:
            return [title(column) for column in self.form.columns if not column.suppress_output]
        old, new = _carried(before), _carried(after)
        paths = {line.split(b"> <", 2)[1].partition(b"> ")[0].decode() for line in old ^ new}
        places = {place for (_, path), found in self.form.carries.items() if path in paths for place in found[:1]}
        return [title(self.form.columns[place]) for place in sorted(places)]


def _carried(document: Document) -> frozenset[bytes]:
    """Return a document's statements without its own address, which the source may have changed, and without that a person's mail
    address was left out, which the row tells."""
    own = document.iri.encode()
    return frozenset(line.replace(own, b"") for line in document.lines if _WITHHELD not in line)


def _place(entry: Entry) -> tuple[int, str, int, str]:
    """Return where a record stood in the files it came from."""
    return entry.input or 0, entry.sheet or "", entry.row or 0, entry.iri

