"""Publishing: files become the next release of a catalogue, in one step that either happens whole or not at all."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.catalog.archive import Archive, Fault, Made
from odlinked.catalog.workspace import Workspace
from odlinked.documents import Document
from odlinked.errors import FormError, SettingsError, WorkspaceError
from odlinked.mapping.refine import Context
from odlinked.publishing import moving, organizations, stored, subjects, successions, ties
from odlinked.publishing.assemble import Assembly, Published
from odlinked.publishing.binding import bind
from odlinked.publishing.changes import CONVERTED, VANISHED, Arrival, Change, Issue, Next, Words, standing
from odlinked.publishing.index import Entry, Index
from odlinked.publishing.intake import Input, Intake, together
from odlinked.publishing.work import Pool, cores
from odlinked.settings import Settings, is_source

_LOOK_AGAIN = "the published organisations changed: `odlinked publish --rebuild` looks the publishers of all datasets up anew"

Progress = Callable[[str, int], None]
"""Told of each stage and how many rows of it are done."""


def _silent(_stage: str, _done: int) -> None:
    """Say nothing."""


class Publisher:
    """Publishes into a workspace with given settings."""

    def __init__(self, workspace: Workspace, settings: Settings, progress: Progress = _silent) -> None:
        self.workspace, self.settings, self.progress = workspace, settings, progress
        self.assets = Assets(settings.overlays)

    def publish(self, files: Sequence[Path], source: str, form: str | None = None) -> Published:
        """Publish `files` as the state (full forms) or as changes (delta forms) of `source`.

        Raise `InputError`, `FormError`, `SettingsError` or `WorkspaceError` before anything served has changed.
        """
        _check_source(source)
        with self.workspace.locked("publish"), self.workspace.undone(), _collector_paused():
            return _Run(self, source, self.workspace.current()).publish(files, form)

    def rebuild(self) -> Published:
        """Map every published row anew from the kept inputs, and build store and indexes from nothing."""
        with self.workspace.locked("publish"), self.workspace.undone():
            current = self.workspace.current()
            if current and not self.workspace.is_readable(current):
                return self._replay(self.workspace.manifest(current, any_format=True))
            return _Run(self, "", current, anew=True).rebuild()

    def measure(self, day: date) -> Published:
        """Measure everything published as of `day`, into a release of its own where that says anything new."""
        with self.workspace.locked("measure"), self.workspace.undone(), _collector_paused():
            return _Run(self, "", self.workspace.current()).measure(day)

    def _replay(self, manifest: dict[str, Any]) -> Published:
        """Publish the inputs of a release of another stored form again, in their order, into a catalogue begun anew.

        Only the last of the releases this makes is ever served.
        """
        missing = [i["name"] for i in manifest["inputs"] if not (self.workspace.inputs / i["sha256"]).is_file()]
        if missing or not manifest["inputs"]:
            raise WorkspaceError(f"inputs are no longer kept: {', '.join(missing) or 'all'}", doing="rebuilding",
                                 on=str(self.workspace.root), next_step="Publish the sources' files in a new workspace")
        groups = together(manifest["inputs"])
        previous: str | None = None
        for group in groups:
            run = _Run(self, group[0]["source"], previous, anew=True)
            done = run.publish_kept(group, switch=group is groups[-1])
            previous = done.release
        return done


class _Run:
    """One publish, under the lock."""

    def __init__(self, publisher: Publisher, source: str, previous: str | None, *, anew: bool = False) -> None:
        self.workspace, self.settings = publisher.workspace, publisher.settings
        self.assets, self.progress, self.source, self.anew = publisher.assets, publisher.progress, source, anew
        zone = self.settings.catalog.timezone
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
        moment = datetime.now(timezone(offset))
        self.now = moment.replace(microsecond=0).isoformat()
        # To the microsecond: what was published together has one time, what was not has two.
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
        self.issues: list[tuple[int, str | None, int, list[Any]]] = []
        if self.previous:
            before = Index(self.workspace.releases / self.previous / "catalog.sqlite", read_only=True)
            self.entries, self.inputs, self.issues = before.entries(), before.inputs(), before.issues()
            before.db.close()
        self.rows = 0
        self.notes: list[str] = []

    def publish(self, files: Sequence[Path], form: str | None) -> Published:
        """Do it."""
        return self._made([self._input(path, form, len(self.inputs) + i + 1) for i, path in enumerate(files)])

    def publish_kept(self, rows: Sequence[dict[str, Any]], *, switch: bool) -> Published:
        """Do it with inputs that another release kept."""
        return self._made([replace(self._kept(row), id=len(self.inputs) + i + 1) for i, row in enumerate(rows)], switch=switch)

    def _made(self, inputs: list[Input], *, switch: bool = True) -> Published:
        modes = {i.mode for i in inputs}
        if len(modes) > 1:
            raise FormError("some files hold the whole state and some only changes", doing="publishing",
                            on=", ".join(i.name for i in inputs), next_step="Publish them one after the other")
        with Pool(cores(self.settings.publish.workers)) as pool:
            previous = {iri: entry for iri, (_, entry) in self.entries.items()}
            arrivals = self._arrivals(inputs, pool, previous)
            following = self._change(self.source, previous).apply(arrivals, full=modes == {"full"})
            # What a series says of its members is told anew each time, see `ties`.
            told = [Issue(i, s, r, Fault(*f)) for i, s, r, f in self.issues if f[0] != ties.MEMBER]
            foreign = {i["id"] for i in self.inputs if i["source"] != self.source}
            following.issues[:0] = standing(told, arrivals, foreign=foreign, full=modes == {"full"}, previous=previous,
                                            entries=following.entries)
            ties.tie(self.archive, self.assets, self._index, previous, following, self.now)
            successions.tie(self.archive, previous, following.entries, self.now)
            self._name_subjects(following)
            if organizations.renewed(self.archive, self.assets, previous, following.entries):
                self.notes.append(_LOOK_AGAIN)
            known = {i["id"] for i in self.inputs}
            listed = [*self.inputs, *(i.row() for i in inputs if i.id not in known)]
            done = self._assembly(pool).make(self.previous, self.entries, following, listed, rows=self.rows, switch=switch)
            return replace(done, notes=tuple(self.notes))

    def rebuild(self) -> Published:
        """Do it from the kept inputs: the rows that made the living records, and those that made none."""
        if self.previous is None:
            raise _nothing_published("rebuilding", self.workspace)
        wanted = {(e.input, e.sheet, e.row) for _, e in self.entries.values() if e.key is not None and e.state != "gone"}
        wanted |= {(i, sheet, row) for i, sheet, row, _ in self.issues if row}
        old = self.manifest["base"] if self.manifest else self.base
        following = Next(moving.carried(self.archive, self.entries, old, self.base))
        with Pool(cores(self.settings.publish.workers)) as pool:
            for source in self._sources():
                self.source = source
                inputs = [self._kept(i) for i in self.inputs if i["source"] == source and i["id"] in {w[0] for w in wanted}]
                arrivals = [a for a in self._arrivals(inputs, pool, following.entries) if (a.input, a.sheet, a.row) in wanted]
                after = self._change(source, following.entries).apply(arrivals, full=False)
                following = Next(after.entries, following.issues + after.issues, held=following.held + after.held)
            vanished = [Issue(i, s, r, Fault(*fault)) for i, s, r, fault in self.issues if fault[0] in (VANISHED, *CONVERTED)]
            following.issues[:0] = vanished
            ties.tie(self.archive, self.assets, None, {}, following, self.now)
            successions.tie(self.archive, {}, following.entries, self.now)
            self._name_subjects(following)
            self._keep_times(following.entries)
            return self._assembly(pool).make(self.previous, self.entries, following, self.inputs, rows=self.rows, fresh=True)

    def measure(self, day: date) -> Published:
        """Do it for the records as they are."""
        if self.previous is None:
            raise _nothing_published("measuring", self.workspace)
        following = Next({iri: entry for iri, (_, entry) in self.entries.items()},
                         [Issue(i, sheet, row, Fault(*fault)) for i, sheet, row, fault in self.issues])
        with Pool(cores(self.settings.publish.workers)) as pool:
            return self._assembly(pool).make(self.previous, self.entries, following, self.inputs, rows=0, day=day)

    def _sources(self) -> list[str]:
        """Return the sources in their order, but first those that published organisations, by which publishers are known."""
        first = {e.source for iri, (_, e) in self.entries.items() if e.key is not None and "/id/organization/" in iri}
        return sorted(dict.fromkeys(i["source"] for i in self.inputs), key=lambda source: source not in first)

    def _name_subjects(self, following: Next) -> None:
        """Write into records that know their dataset by name only which dataset that is."""
        before = {iri: entry for iri, (_, entry) in self.entries.items()}
        subjects.settle(self.archive, self._index, before, following.entries, self.now)

    @property
    def _index(self) -> Path | None:
        """The index of the release before, None where nothing of it is taken over."""
        return self.workspace.releases / self.previous / "catalog.sqlite" if self.previous and not self.anew else None

    def _keep_times(self, entries: dict[str, Entry]) -> None:
        """Give records whose content is as it was the time it was first published."""
        for iri, entry in entries.items():
            before = self.entries.get(iri)
            if before is not None and before[1].hash == entry.hash:
                entries[iri] = entry._replace(changed=before[1].changed)

    def _kept(self, row: dict[str, Any]) -> Input:
        """Return an input of before, tied to today's forms."""
        form = row["form"] if " " not in row["form"] else None
        given = Input(row["id"], row["source"], row["sha256"], row["name"], row["published"], row["form"], row["mode"])
        if not (self.workspace.inputs / given.sha256).is_file():
            raise WorkspaceError(f"the input {given.name} is no longer kept", doing="rebuilding", on=str(self.workspace.root),
                                 next_step=f"Publish the (corrected) file as source {given.source}, then rebuild")
        given.tables = bind(self.workspace.inputs / given.sha256, given.name, form, self.settings, self.assets).tables
        return given

    def _assembly(self, pool: Pool) -> Assembly:
        return Assembly(self.workspace, self.settings, self.assets, self.archive, self.base, self.now, pool, self.progress)

    def _input(self, path: Path, form: str | None, number: int) -> Input:
        """Keep a file and tie its tables to forms."""
        inventory.check_file(path, path.name, self.settings.read)
        kept = self.workspace.keep_input(path)
        made = Input(number, self.source, kept, path.name, self.published)
        bound = bind(self.workspace.inputs / kept, path.name, form, self.settings, self.assets)
        made.tables = bound.tables
        self.notes += bound.notes
        kinds = {(b.form.name, b.form.delta) for _, b in made.tables}
        if len({delta for _, delta in kinds}) > 1:
            raise FormError("some of its tables hold the whole state and some only changes", doing="publishing", on=path.name)
        made.form = " ".join(sorted(name for name, _ in kinds))
        made.mode = "delta" if kinds.pop()[1] else "full"
        for before in self.inputs:
            same = ("source", "sha256", "form", "name")
            if before["live"] and all(before[part] == made.row()[part] for part in same):
                # The very file that is published already: its rows stay where they are.
                made.id = before["id"]
        return made

    def _arrivals(self, inputs: Sequence[Input], pool: Pool, state: Mapping[str, Entry]) -> list[Arrival]:
        """Map the rows of inputs, with the publishers known by the organisations of `state`."""
        # Where a source is set public, or no longer, every row of it is looked at again.
        settled = self._is_public(self.source) == (self.source in (self.manifest or {}).get("public", ()))
        known = {e.key for _, e in self.entries.values()
                 if e.key and e.source == self.source and e.state == "live" and settled and not self.anew}
        context = Context(self.base, self.source, self.settings.catalog.timezone, self.settings.publish.public_keys)
        registry = organizations.registry(self.archive, self.assets, state.values())
        intake = Intake(self.archive, self.assets, context, self.settings.publish.profile, pool, self.progress, known, self.anew,
                        registry)
        arrivals = intake.arrivals(inputs)
        self.rows += len(arrivals)
        return arrivals

    def _change(self, source: str, previous: dict[str, Entry]) -> Change:
        return Change(previous, source, self.base, self.now, Words(self._tombstone, self._minted, self._judged),
                      hold=self.settings.publish.violations == "hold", public=self._is_public(source))

    def _is_public(self, source: str) -> bool:
        """Tell whether a source's withheld and unapproved records are published, too."""
        return self.settings.sources[source].public if source in self.settings.sources else False

    def _judged(self, entry: Entry, made: Made) -> list[str]:
        """Return the rules broken where open data become data on request or withheld data."""
        before, after = (self.archive.text(digest) or b"" for digest in (entry.hash, made.hash))
        return stored.conversion(self.assets, entry.iri, before, after)

    def _tombstone(self, entry: Entry, arrival: Arrival | None) -> bytes:
        text = self.archive.text(entry.hash) or b""
        reason = stored.note(text, entry.iri) if arrival else ""
        own = [made for made in arrival.outcome.made if not made.shared] if arrival and arrival.outcome else []
        said = Document(own[0].iri, self.archive.text(own[0].hash) or b"") if own else None
        document = stored.tombstone(self.assets, entry.iri, text, self.now, reason, said)
        self.archive.put(document)
        return document.hash

    def _minted(self, made: Made, renamed: Any) -> bytes:
        owner = self.entries.get(made.iri)
        # What is private is not told by another source's record either.
        told = owner is None or owner[1].is_public
        document = stored.minted(self.archive.text(made.hash) or b"", made.iri, renamed, told=told)
        self.archive.put(document)
        return document.hash


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the collector of cycles: a publish holds hundreds of thousands of tuples without one, walked again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _nothing_published(doing: str, workspace: Workspace) -> WorkspaceError:
    return WorkspaceError("nothing is published yet", doing=doing, on=str(workspace.root),
                          next_step="Run `odlinked publish FILE --source NAME` first")


def _check_source(source: str) -> None:
    if not is_source(source):
        raise SettingsError(f"{source!r} cannot name a source", doing="publishing",
                            next_step="Use letters, digits, - and _ (like moenv-2026)")

