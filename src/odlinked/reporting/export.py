"""The catalogue written back on a ministry's form, and read again before it is given out.

A file is written beside the one that is asked for, read as any file is, and compared record by record with the documents it was
made from: what a form cannot carry back is told, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import InputError
from odlinked.intake.bindings import bind
from odlinked.kinds import Kind
from odlinked.mapping.forms import annotation, title
from odlinked.reporting import blank
from odlinked.reporting.form_copy import Copied, FormCopy, PublishedRecords
from odlinked.reporting.form_table import FormTable, written
from odlinked.settings import Settings
from odlinked.whole_file import replacing


@dataclass
class Exported(Copied):
    """What came of an export. `blank` are the headings of columns that are never published; `left_out` tells by heading the IRIs
    of records of which a part of that cell is not."""

    blank: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)


class Export:
    """Writes the records of a source on a form: of all sources that published on it where none is named, of all where none did.

    Records that are withheld or not approved yet are written, too: the file is for the agency whose workspace it is. Raise
    `FormError` for a form that is not known or has no way back, `WorkspaceError` where nothing is published.
    """

    def __init__(self, workspace: Workspace, form: str, settings: Settings, source: str | None,
                 progress: Callable[[str, int], None]) -> None:
        self.form = blank.find(form, settings)
        self._records = PublishedRecords(workspace, settings, "exporting")
        own = {one["source"] for one in self._records.inputs if one["form"] == self.form.name}
        entries = self._records.entries.values()
        sources = {source} if source else own or {entry.source for entry in entries}
        chosen = sorted((entry for entry in entries if self._belongs(entry, sources)), key=_place)
        self._copy = FormCopy(self._records, self.form, chosen, progress)

    def _belongs(self, entry: Entry, sources: Container[str]) -> bool:
        """True for a dataset of some sources that is not withdrawn; which of them belong on the form, its queries decide."""
        prefix = Kind.DATASET.prefix(self._records.context.base)
        return entry.iri.startswith(prefix) and entry.state != "gone" and entry.source in sources

    def save(self, target: Path) -> Exported:
        """Write the file, .xlsx or .csv; raise `InputError` where it cannot be written, is there already, or has no record."""
        if target.suffix.lower() not in (".xlsx", ".csv"):
            raise InputError("a list is written as .xlsx or .csv", doing="exporting", on=str(target), next_step="Name it so")
        if target.exists():
            raise InputError("the file is there already", doing="exporting", on=str(target), next_step="Give another name")
        rows, records = self._copy.rows, self._records
        done = Exported(len(rows))
        if not rows:
            raise InputError("no published record belongs on this form", doing="exporting", on=self.form.name,
                             next_step="Give another --form or --source; `odlinked list sources` names them")
        used = [i for i in range(len(self.form.columns)) if i in self.form.expected or any(row.cells[i] for row in rows)]
        with replacing(target, "exporting") as part:
            part.write_bytes(written(FormTable(self.form, used, rows), target.suffix.lower()))
            (table, binding), = bind(part, part.name, self.form.name, records.settings, records.assets).tables
            self._copy.compare(table, binding, rows, done)
        headings = {column.name: title(column) for column in self.form.columns}
        done.blank = [title(column) for column in map(self.form.columns.__getitem__, self.form.expected)
                      if column.suppress_output and not annotation(column, "runningNumber")]
        for row in rows:
            for name in row.left_out:
                done.left_out.setdefault(headings[name], []).append(row.iri)
        return done


def _place(entry: Entry) -> tuple[int, str, int, str]:
    """Return where a record stood in the files it came from."""
    return entry.input or 0, entry.sheet or "", entry.row or 0, entry.iri
