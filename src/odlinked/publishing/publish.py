"""Publishing: files become the next release of a catalogue, in one step that happens completely or not at all."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.catalog import changelog
from odlinked.catalog.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import FormError, SettingsError, WorkspaceError
from odlinked.findings import Issue
from odlinked.intake.arrivals import HELD, REPORTED_AGAIN, Next
from odlinked.intake.bindings import bind
from odlinked.intake.former_faults import standing
from odlinked.intake.identifiers import at_identifier
from odlinked.intake.outcomes import Input, together
from odlinked.pool import Pool, cores
from odlinked.publishing import removals
from odlinked.publishing.assemble import Published
from odlinked.publishing.rebuild import Rebuild
from odlinked.publishing.repeat import Given, Repeat
from odlinked.publishing.run import Desk, Progress, Run, nothing_published
from odlinked.settings import Settings, is_source

_LOG_BEGUN = "The log of changes that feeds tell begins here: it was filled from the releases that are kept."
"""Told where a workspace is of before there was a log."""


def _silent(_stage: str, _done: int) -> None:
    """Report nothing."""


class Publisher:
    """Publishes into a workspace with given settings."""

    def __init__(self, workspace: Workspace, settings: Settings, progress: Progress = _silent,
                 clock: Clock | None = None) -> None:
        self.workspace = workspace
        self.clock = clock or Clock.of(settings.catalog.timezone)
        self.desk = Desk(workspace, settings, Assets(settings.overlays), progress, self.clock)

    def publish(self, files: Sequence[Path], source: str, form: str | None = None, *, allow_removals: bool = False) -> Published:
        """Publish `files` as the state (full forms) or as changes (delta forms) of `source`.

        Raise `InputError`, `FormError`, `SettingsError` or `WorkspaceError` before anything served has changed; so, unless
        `allow_removals`, where more of what the source has published would be taken down than the settings allow.
        """
        check_source(source)
        with self.workspace.locked("publish", self.clock), self.workspace.undone(), collector_paused():
            current = self.workspace.current()
            repeat = Repeat(self.workspace, self.desk.settings, self.desk.assets,
                            Given(tuple(files), source, form, allow_removals))
            known = repeat.made(current, self.clock.now().replace(microsecond=0).isoformat()) if current else None
            if known is not None:
                return known
            run = Publish(self.desk, source, current, allow_removals=allow_removals)
            done = run.publish(files, form)
            if run.would_repeat:
                repeat.note(done, run.digests, run.now)
            return done

    def rebuild(self) -> Published:
        """Map every published row again from the kept inputs, and build store and indexes from nothing."""
        with self.workspace.locked("publish", self.clock), self.workspace.undone():
            current = self.workspace.current()
            if current and not self.workspace.is_readable(current):
                return self._replay(self.workspace.manifest(current, any_format=True))
            return Rebuild(self.desk, "", current, anew=True).rebuild()

    def measure(self, day: date) -> Published:
        """Measure everything published as of `day`, into a release of its own where that has anything new.

        A day before the one measured last joins the history of the organisations; the last measurements stay the current ones.
        Raise `SettingsError` for a day still to come.
        """
        with self.workspace.locked("measure", self.clock), self.workspace.undone(), collector_paused():
            return _Measure(self.desk, "", self.workspace.current()).measure(day)

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
            # What was published before was accepted then.
            run = Publish(self.desk, group[0]["source"], previous, anew=True, allow_removals=True)
            done = run.publish_kept(group, switch=group is groups[-1])
            previous = done.release
        return done


class Publish(Run):
    """One publish of files, under the lock."""

    def __init__(self, desk: Desk, source: str, previous: str | None, *, anew: bool = False,
                 allow_removals: bool = False) -> None:
        super().__init__(desk, source, previous, anew=anew)
        self.allow_removals = allow_removals
        self.fresh: list[Path] = []
        self.digests: list[str] = []
        self.would_repeat = False

    def publish(self, files: Sequence[Path], form: str | None) -> Published:
        """Run it; kept files are removed again where no release is made that needs them."""
        done = self._made(self.taken(files, form))
        if not done.new:
            self._let_go()
        return done

    def publish_kept(self, rows: Sequence[dict[str, Any]], *, switch: bool) -> Published:
        """Run it with inputs that another release kept."""
        return self._made([replace(self._kept(row), id=len(self.inputs) + i + 1) for i, row in enumerate(rows)], switch=switch)

    def taken(self, files: Sequence[Path], form: str | None) -> list[Input]:
        """Keep files and tie their tables to forms; raise `FormError` where they cannot be published together or here."""
        inputs = [self._input(path, form, len(self.inputs) + i + 1) for i, path in enumerate(files)]
        if len({i.mode for i in inputs}) > 1:
            raise FormError("some files hold the whole state and some only changes", doing="publishing",
                            on=", ".join(i.name for i in inputs), next_step="Publish them one after the other")
        if not self.allow_removals:
            removals.check_forms(self.source, self.inputs, [i.row() for i in inputs])
        return inputs

    def worked(self, inputs: Sequence[Input], pool: Pool) -> Next:
        """Return the state that follows from inputs; raise `WorkspaceError` where too much of the source would be taken down."""
        previous = {iri: entry for iri, (_, entry) in self.entries.items()}
        full = any(i.mode == "full" for i in inputs)
        arrivals = self._arrivals(inputs, pool, previous)
        following = self._change(self.source, previous).apply(arrivals, full=full)
        if not self.allow_removals:
            removals.check(self.source, previous, following, self.settings.publish.most_removals)
        following.issues[:] = [self._placed(issue) for issue in following.issues]
        foreign = {i["id"] for i in self.inputs if i["source"] != self.source}
        following.issues[:0] = standing(self.issues, arrivals, foreign=foreign, full=full, previous=previous,
                                        entries=following.entries)
        index = self.workspace.releases / self.previous / "catalog.sqlite" if self.previous else None
        self._relate(following, previous, index)
        return following

    def _made(self, inputs: list[Input], *, switch: bool = True) -> Published:
        begins = self.previous is not None and not changelog.path_of(self.workspace).is_file()
        with Pool(cores(self.settings.publish.workers)) as pool:
            following = self.worked(inputs, pool)
            known = {i["id"] for i in self.inputs}
            listed = [*self.inputs, *(i.row() for i in inputs if i.id not in known)]
            done = self.assembly(pool).make(self.previous, self.entries, following, listed, rows=self.rows, switch=switch)
            # What relations report depends on the records of before, and so do changes.
            self.would_repeat = self.is_settled and all(i.mode == "full" for i in inputs)
            self.digests = [i.sha256 for i in inputs]
            self.notes += [_LOG_BEGUN] if begins and done.new else []
            return replace(done.of(self.told_of(inputs), following), notes=tuple(self.notes))

    def told_of(self, inputs: Sequence[Input]) -> set[int]:
        """Return the inputs whose faults are those of this publish: what is given, and for a whole list what it replaces."""
        full = any(i.mode == "full" for i in inputs)
        return {i.id for i in inputs} | {i["id"] for i in self.inputs if full and i["source"] == self.source}

    def _placed(self, issue: Issue) -> Issue:
        """Return an issue on a row that contradicts what is published, at the cell that names its record."""
        binding = self.bindings.get((issue.input, issue.sheet))
        if binding is None or issue.fault.rule not in (*HELD, *REPORTED_AGAIN):
            return issue
        return issue._replace(fault=at_identifier(issue.fault, binding))

    def _let_go(self) -> None:
        """Remove the inputs that this publish was the first to keep."""
        for path in self.fresh:
            path.unlink(missing_ok=True)

    def _input(self, path: Path, form: str | None, number: int) -> Input:
        """Keep a file and tie its tables to forms."""
        held = set(self.workspace.inputs.iterdir())
        inventory.check_file(path, path.name, self.settings.read)
        kept = self.workspace.keep_input(path)
        if self.workspace.inputs / kept not in held:
            self.fresh.append(self.workspace.inputs / kept)
        made = Input(number, self.source, kept, path.name, self.published)
        bound = bind(self.workspace.inputs / kept, path.name, form, self.settings, self.assets)
        made.tables = bound.tables
        self.notes += bound.notes
        self.progress("rows", bound.rows)
        kinds = {(b.form.name, b.form.delta) for _, b in made.tables}
        if len({delta for _, delta in kinds}) > 1:
            raise FormError("some of its tables hold the whole state and some only changes", doing="publishing", on=path.name)
        made.form = " ".join(sorted(name for name, _ in kinds))
        made.mode = "delta" if kinds.pop()[1] else "full"
        for before in self.inputs:
            same = ("source", "sha256", "form", "name")
            if before["live"] and all(before[part] == made.row()[part] for part in same):
                # The same file is published already: its rows keep their places.
                made.id = before["id"]
        return made


class _Measure(Run):
    """Measuring what is published, as it is."""

    def measure(self, day: date) -> Published:
        """Measure the records as they are."""
        if day > self.clock.today():
            raise SettingsError(f"{day} is still to come: it is {self.clock.today()} in the catalogue's time zone",
                                doing="measuring", on="--as-of", next_step="Name a day that is over, or today")
        if self.previous is None:
            raise nothing_published("measuring", self.workspace)
        following = Next({iri: entry for iri, (_, entry) in self.entries.items()}, list(self.issues))
        with Pool(cores(self.settings.publish.workers)) as pool:
            return self.assembly(pool).make(self.previous, self.entries, following, self.inputs, rows=0, day=day)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector: a publish holds hundreds of thousands of acyclic tuples, which it would traverse again
    and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def check_source(source: str) -> None:
    """Raise `SettingsError` where a text cannot name a source."""
    if not is_source(source):
        raise SettingsError(f"{source!r} cannot name a source", doing="publishing",
                            next_step="Use letters, digits, - and _ (like moenv-2026)")

