"""One publish of files: they become the next state of their source, and that the next release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from odlinked import inventory
from odlinked.catalog.log import changelog
from odlinked.errors import FormError, SettingsError
from odlinked.findings import Issue
from odlinked.intake.arrivals import HELD, REPORTED_AGAIN, Next
from odlinked.intake.bindings import bind
from odlinked.intake.former_faults import standing
from odlinked.intake.identifiers import at_identifier
from odlinked.intake.outcomes import Input
from odlinked.pool import Pool, cores
from odlinked.publishing import removals
from odlinked.publishing.desk import HARVESTED, Desk
from odlinked.publishing.published import Published
from odlinked.publishing.run import Run, nothing_published

_LOG_BEGUN = "The log of changes that feeds tell begins here: it was filled from the releases that are kept."
"""Told where a workspace is of before there was a log."""


class Publish(Run):
    """One publish of files, under the lock."""

    def __init__(self, desk: Desk, source: str, previous: str | None, *, anew: bool = False,
                 allow_removals: bool = False) -> None:
        super().__init__(desk, source, previous, anew=anew)
        self.allow_removals = allow_removals
        self.most_removals = self.settings.publish.most_removals
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
        previous = self.before
        full = any(i.mode == "full" for i in inputs)
        arrivals = self._arrivals(inputs, pool, previous)
        following = self._change(self.source, previous).apply(arrivals, full=full)
        if not self.allow_removals:
            removals.check(self.source, previous, following, self.most_removals)
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
            done = self.assembly(pool).make(self.previous, self.entries, following, listed, rows=self.rows, switch=switch,
                                            began=self.before)
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
        self._read(made, form)
        for before in self.inputs:
            same = ("source", "sha256", "form", "name")
            if before["live"] and all(before[part] == made.row()[part] for part in same):
                # The same file is published already: its rows keep their places.
                made.id = before["id"]
        return made

    def _read(self, made: Input, form: str | None) -> None:
        """Tie the tables of a kept file to forms."""
        bound = bind(self.workspace.inputs / made.sha256, made.name, form, self.settings, self.assets)
        made.tables = bound.tables
        self.notes += bound.notes
        self.progress("rows", bound.rows)
        kinds = {(b.form.name, b.form.delta) for _, b in made.tables}
        if len({delta for _, delta in kinds}) > 1:
            raise FormError("some of its tables hold the whole state and some only changes", doing="publishing", on=made.name)
        made.form = " ".join(sorted(name for name, _ in kinds))
        made.mode = "delta" if kinds.pop()[1] else "full"


class PublishRecords(Publish):
    """One publish of a file of harvested records."""

    def __init__(self, desk: Desk, source: str, previous: str | None, *, anew: bool = False,
                 allow_removals: bool = False) -> None:
        super().__init__(desk, source, previous, anew=anew, allow_removals=allow_removals)
        if source in self.settings.sources:
            self.most_removals = self.settings.sources[source].shrink

    def _read(self, made: Input, form: str | None) -> None:
        """Take the file as it is: it has no tables."""
        made.form, made.mode = form or HARVESTED, "full"


class Measure(Run):
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
