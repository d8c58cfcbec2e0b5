"""Published records as rows of a form, and whether they are the same when the rows are read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, zip_longest
from typing import Final

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.documents import Document
from odlinked.errors import WorkspaceError
from odlinked.intake import organizations
from odlinked.mapping.forms import Binding, Form, title
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.namespaces import ODL
from odlinked.reporting.form_rows import FormRow, FormRows
from odlinked.settings import Settings
from odlinked.sheets.tables import Table

_BATCH: Final = 500
_SOURCE: Final = "export"
_WITHHELD: Final = f"> <{ODL}mailWithheld> ".encode()


@dataclass
class Copied:
    """What came of rows read again: how many records were `written`, `same` on every field that the form carries, and `differing`
    ones, each with the headings of the columns that differ."""

    written: int = 0
    same: int = 0
    differing: list[tuple[str, list[str]]] = field(default_factory=list)


class PublishedRecords:
    """The records of the current release with the withheld and unapproved ones, as the agency that owns the workspace has them.

    Raise `WorkspaceError`, naming what was being done, where nothing is published.
    """

    def __init__(self, workspace: Workspace, settings: Settings, doing: str) -> None:
        self.assets, self.settings = Assets(settings.overlays), settings
        name = workspace.current()
        if name is None:
            raise WorkspaceError("nothing is published", doing=doing, on=str(workspace.root),
                                 next_step="Publish first: `odlinked publish FILE --source NAME`")
        manifest = workspace.manifest(name)
        self.context = MappingContext(manifest["base"], _SOURCE, settings.catalog.timezone, settings.publish.public_keys)
        self._archive = Archive(workspace.documents)
        with Index(workspace.releases / name / "catalog.sqlite", read_only=True) as index:
            self.entries = {iri: entry for iri, (_, entry) in index.entries().items()}
            self.inputs = index.inputs()

    @cached_property
    def registry(self) -> organizations.Registry:
        """The names of the published organisations."""
        return organizations.registry(self._archive, self.assets, self.entries)

    def documents(self, entries: Sequence[Entry]) -> Iterator[Document]:
        """Yield the documents of entries that are kept, in their order."""
        texts = dict(self._archive.texts([entry.hash for entry in entries]))
        for entry in entries:
            if entry.hash in texts:
                yield Document(entry.iri, texts[entry.hash])


class FormCopy:
    """The records among `chosen` that belong on a form, as its rows; which ones do, the form's queries decide.

    `progress` is told of records that were written, and read again.
    """

    def __init__(self, records: PublishedRecords, form: Form, chosen: Sequence[Entry],
                 progress: Callable[[str, int], None]) -> None:
        self.records, self.form, self._chosen, self._progress = records, form, chosen, progress

    @cached_property
    def rows(self) -> list[FormRow]:
        """The rows, in the order of the records."""
        made = FormRows(self.form, self.records.assets, self.records.context)
        found: list[FormRow] = []
        for start in range(0, len(self._chosen), _BATCH):
            batch = self._chosen[start:start + _BATCH]
            found += made.of(list(self.records.documents(batch)))
            self._progress("write", len(batch))
        return found

    def compare(self, table: Table, binding: Binding, rows: Sequence[FormRow], done: Copied) -> None:
        """Read a table on which `rows` are written, and compare each row's record with the document it was made from."""
        entries = {entry.iri: entry for entry in self._chosen}
        mapper = Mapper(binding, self.records.assets, self.records.context, self.records.registry)
        again = table.rows()
        for start in range(0, len(rows), _BATCH):
            asked = rows[start:start + _BATCH]
            before = {document.iri: document for document in self.records.documents([entries[row.iri] for row in asked])}
            mapped = mapper.map(list(islice(again, len(asked))))
            for row, one in zip_longest(asked, mapped):
                after = one.documents[0] if one is not None and one.documents else None
                differs = self._differing(before.get(row.iri), after)
                if differs:
                    done.differing.append((row.iri, differs))
                else:
                    done.same += 1
            self._progress("read again", len(asked))

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
