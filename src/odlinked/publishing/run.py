"""One run over a state of the catalogue, under the lock: what publishing, rebuilding and measuring share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import SettingsError, WorkspaceError
from odlinked.findings import Issue
from odlinked.intake import fulfilled, organizations, series, subjects, successions
from odlinked.intake.arrivals import Arrival, Next
from odlinked.intake.bindings import bind
from odlinked.intake.changes import SourceUpdate
from odlinked.intake.documents import DocumentWriter
from odlinked.intake.identities import Judgements, identities
from odlinked.intake.outcomes import Input, Intake
from odlinked.intake.relations import Relation, relate
from odlinked.mapping.forms import Binding
from odlinked.mapping.refine import MappingContext
from odlinked.pool import Pool
from odlinked.publishing.assemble import Assembly
from odlinked.publishing.desk import HARVESTED, Desk
from odlinked.publishing.row_tables import RowTables

RELATIONS: tuple[Relation, ...] = (series.membership, successions.mentions, subjects.about, organizations.renamed,
                                  fulfilled.fulfilled)
"""Everything that records state about other records: see `intake.relations`."""


class Run:
    """One run for `source` on the release `previous`; `anew` maps every row again."""

    def __init__(self, desk: Desk, source: str, previous: str | None, *, anew: bool = False) -> None:
        self.workspace, self.settings = desk.workspace, desk.settings
        self.assets, self.progress, self.source, self.anew = desk.assets, desk.progress, source, anew
        self.clock = desk.clock
        moment = self.clock.now()
        self.now = moment.replace(microsecond=0).isoformat()
        # To the microsecond: what was published together has the same time, everything else has different ones.
        self.published = moment.isoformat(timespec="microseconds")
        self.previous = previous
        self.manifest = self.workspace.manifest(self.previous) if self.previous else None
        self.base: str = self.settings.catalog.base
        if self.manifest and self.manifest["base"] != self.base and not anew:
            raise SettingsError(
                f"the catalogue was first published under {self.manifest['base']}, the settings say {self.base}",
                doing="publishing", next_step="Set `catalog.base` back, or move it with `odlinked publish --rebuild`")
        self.archive = Archive(self.workspace.documents, write=True)
        if self.previous and not self.archive.has_dictionary:
            raise WorkspaceError("the archive of documents is missing or empty", doing="reading", on=str(self.archive.path),
                                 next_step="Put it back from a copy, or publish the sources' files in a new workspace")
        self.entries: dict[str, tuple[int, Entry]] = {}
        self.inputs: list[dict[str, Any]] = []
        self.issues: list[Issue] = []
        if self.previous:
            with Index(self.workspace.releases / self.previous / "catalog.sqlite", read_only=True) as before:
                self.entries, self.inputs, self.issues = before.entries(), before.inputs(), before.issues()
        self.before = {iri: entry for iri, (_, entry) in self.entries.items()}
        self.rows = 0
        self.notes: list[str] = []
        self.is_settled = False
        self.tables = RowTables(self.workspace, lifted.of_manifest(self.manifest or {}), self.notes.append)
        self.bindings: dict[tuple[int, str | None], Binding] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the archive: left to the garbage collector its file would be open for as long as that pleases."""
        self.archive.close()

    def _relate(self, following: Next, before: Mapping[str, Entry], index: Path | None) -> None:
        """Write into documents what depends on other records, and note what the publisher should know."""
        accepted = self.settings.publish.same
        judgements = Judgements.load(self.settings.folder / accepted if accepted else None)
        believed = frozenset(name for name, source in self.settings.sources.items() if source.believed)
        relations: list[Relation] = [*RELATIONS, partial(identities, judgements=judgements, believed=believed)]
        found = relate(relations, self.archive, self.assets, index, before, following, self.now)
        self.is_settled = not found
        self.notes += found

    def _kept(self, row: dict[str, Any]) -> Input:
        """Return an input of before, tied to today's forms."""
        form = row["form"] if " " not in row["form"] else None
        given = Input(row["id"], row["source"], row["sha256"], row["name"], row["published"], row["form"], row["mode"])
        if not (self.workspace.inputs / given.sha256).is_file():
            raise WorkspaceError(f"the input {given.name} is no longer kept", doing="rebuilding", on=str(self.workspace.root),
                                 next_step=f"Publish the (corrected) file as source {given.source}, then rebuild")
        if given.form == HARVESTED:
            return given
        given.tables = bind(self.workspace.inputs / given.sha256, given.name, form, self.settings, self.assets).tables
        return given

    def assembly(self, pool: Pool) -> Assembly:
        """Return what makes a release of the run's state."""
        return Assembly(self.workspace, self.settings, self.assets, self.archive, self.base, self.now, pool, self.progress,
                        tables=self.tables, clock=self.clock)

    def _arrivals(self, inputs: Sequence[Input], pool: Pool, state: Mapping[str, Entry]) -> list[Arrival]:
        """Map the rows of inputs, with the publishers known by the organisations of `state`."""
        # Where a source becomes public, or stops to be, every row of it is processed again.
        settled = self._is_public(self.source) == (self.source in (self.manifest or {}).get("public", ()))
        known = {e.key for _, e in self.entries.values()
                 if e.key and e.source == self.source and e.state == "live" and settled and not self.anew}
        context = MappingContext(self.base, self.source, self.settings.catalog.timezone, self.settings.publish.public_keys)
        registry = organizations.registry(self.archive, self.assets, state)
        intake = Intake(self.archive, self.assets, context, self.settings.publish.profile, pool, self.progress, known, self.anew,
                        registry)
        self.bindings |= {(one.id, table.sheet): binding for one in inputs for table, binding in one.tables}
        arrivals = intake.arrivals(inputs)
        harvested = [one for one in inputs if one.form == HARVESTED]
        if harvested:
            from odlinked.graphs.records import lines
            from odlinked.intake.harvested import RecordIntake, RecordJob

            job = RecordJob(self.assets, self.base, self.source, self.settings.publish.public_keys)
            files = [(one.id, one.name, lines(self.workspace.inputs / one.sha256, one.name)) for one in harvested]
            arrivals += RecordIntake(self.archive, job, pool, self.progress, known, self.anew).arrivals(files)
        self.rows += len(arrivals)
        for one in inputs:
            one.tables.clear()  # their rows are kept in memory, and not needed any more
        return arrivals

    def _change(self, source: str, previous: dict[str, Entry],
                adopted: Mapping[tuple[int, str | None, int], str] | None = None) -> SourceUpdate:
        index = self.workspace.releases / self.previous / "catalog.sqlite" if self.previous else None
        old = self.manifest["base"] if self.manifest and self.manifest["base"] != self.base else ""
        writing = DocumentWriter(self.archive, self.assets, self.base, source, self.now, self.before, index, self.bindings, old)
        return SourceUpdate(previous, source, self.base, self.now, writing.words(),
                            hold=self.settings.publish.violations == "hold", public=self._is_public(source), adopted=adopted)

    def _is_public(self, source: str) -> bool:
        """True when a source's withheld and unapproved records are published, too."""
        return self.settings.sources[source].public if source in self.settings.sources else False

def nothing_published(doing: str, workspace: Workspace) -> WorkspaceError:
    """Return the error of a run that needs something published."""
    return WorkspaceError("nothing is published yet", doing=doing, on=str(workspace.root),
                          next_step="Run `odlinked publish FILE --source NAME` first")
