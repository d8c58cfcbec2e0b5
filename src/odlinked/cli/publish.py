"""`publish`, `rollback`, `prune`: commands that change a workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from odlinked.assets import Assets
from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli import mirror
from odlinked.cli.console import progress
from odlinked.cli.language import counted, say, spoken, told
from odlinked.clock import Clock
from odlinked.errors import SettingsError, WorkspaceError, printable
from odlinked.findings import Issue
from odlinked.publishing import retention
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.settings import Settings

if TYPE_CHECKING:
    from odlinked.publishing.rehearsal import Rehearsed
    from odlinked.quality.rulebook import RuleBook

_ISSUES_SHOWN: Final = 20
"""Most faults without a record that are reported after a publish."""

_MOVES_SHOWN: Final = 200
"""Most records of a kind of change that a dry run names."""


@dataclass(frozen=True)
class How:
    """The options of a publish: publish the kept inputs again, a dry run that writes nothing, permission to take many records
    down, keep the files until they are approved."""

    rebuild: bool = False
    dry_run: bool = False
    allow_removals: bool = False
    pending: bool = False


def publish(files: tuple[Path, ...], source: str | None, form: str | None, how: How, settings: Settings,
            workspace: Path) -> int:
    """Publish files, or rebuild from the kept inputs, and report the result."""
    if how.rebuild == bool(files) or (files and not source) or (
            how.rebuild and (how.dry_run or how.allow_removals or how.pending)) or (how.dry_run and how.pending):
        raise SettingsError("name FILES and --source, or --rebuild alone", doing="publishing",
                            next_step="For instance: odlinked publish inventory.xlsx --source moenv")
    with progress() as advance:
        publisher = Publisher(Workspace(workspace), settings, advance)
        if how.pending:
            from odlinked.publishing.handins import HandIns

            made, found = HandIns(publisher).keep(files, source or "", form, allow_removals=how.allow_removals)
            kept = say("Handed in as {number}: {files} wait for `odlinked approve {name}`. Nothing is published.",
                       number=made.number, files=counted(len(made.files), "file"), name=made.number)
            done, lines = found.done, [kept, *rehearsed(found, settings)]
        elif how.dry_run:
            from odlinked.publishing.rehearsal import rehearse

            found = rehearse(publisher, files, source or "", form, allow_removals=how.allow_removals)
            done, lines = found.done, rehearsed(found, settings)
        else:
            done = publisher.rebuild() if how.rebuild else publisher.publish(
                files, source or "", form, allow_removals=how.allow_removals)
            lines = [summary(done), *issues(done, settings, workspace)]
    for note in done.notes:
        click.echo(f"odlinked: {told('note', note)}", err=True)
    for line in lines:
        click.echo(line)
    followed = 0 if how.dry_run or how.pending else mirror.follow(settings, workspace)
    violations, at_odds = (done.own[0], done.own[2]) if done.inputs else (done.violations, done.issues)
    return max(followed, 1 if violations or at_odds or done.held else 0)


def rehearsed(found: Rehearsed, settings: Settings) -> list[str]:
    """Return what a publish would do, line by line."""
    done = found.done
    release = (say("a release would be made") if done.new
               else say("nothing that is published differs, release {release} would stay", release=done.release))
    lines = [say("Dry run, nothing is written: {rows} read; {release}. {records} would come, {changed} change, {gone} go, "
                 "{held} be held back.", rows=counted(done.rows, "row"), release=release, records=counted(done.added, "record"),
                 changed=f"{done.changed:,}", gone=f"{done.gone:,}", held=f"{done.held:,}")]
    for what, mark in (("come", "+"), ("change", "~"), ("go", "-")):
        moves = [f"  {mark} {one.kind} {one.code}  {one.title}" + (f": {'、'.join(one.fields)}" if one.fields else "")
                 for one in found.moves if one.what == what]
        lines += [printable(line) for line in _some(moves, _MOVES_SHOWN)]
    book = _book(settings)
    told_of = [_told(book, found.files, issue) for issue in found.issues if issue.input in done.inputs]
    return [*lines, *_some(told_of, _ISSUES_SHOWN)]


def issues(done: Published, settings: Settings, workspace: Path) -> list[str]:
    """Return a line for each fault that no record carries, and how many more there are than can be shown."""
    return _some(list(_issues(done, settings, workspace)), _ISSUES_SHOWN)


def _some(lines: list[str], most: int) -> list[str]:
    """Return at most so many lines, and how many more there are."""
    return lines if len(lines) <= most else [*lines[:most], say("  … and {count} more", count=f"{len(lines) - most:,}")]


def _issues(done: Published, settings: Settings, workspace: Path) -> Iterator[str]:
    """Yield a line for each fault that no record carries: rows held back, repeated, claimed twice, vanished.

    Those of other sources are told when these are published.
    """
    if not done.issues:
        return
    with Index(Workspace(workspace).releases / done.release / "catalog.sqlite", read_only=True) as index:
        book = _book(settings)
        names = {one["id"]: one["name"] for one in index.inputs()}
        for issue in index.issues():
            if issue.input in done.inputs or not done.inputs:
                yield _told(book, names, issue)


def _book(settings: Settings) -> RuleBook:
    """Return what words faults: imported and read only where there is one to tell."""
    from odlinked.quality.rulebook import RuleBook
    from odlinked.quality.shapes import Profile

    return RuleBook(Profile.load(Assets(settings.overlays), settings.publish.profile))


def _told(book: RuleBook, files: Mapping[int, str], issue: Issue) -> str:
    found = book.finding(issue.fault, files.get(issue.input, ""), issue.sheet, issue.row)
    cell = f"{found.column}{found.row}" if found.column else say("row {row}", row=found.row) if found.row else ""
    place = " · ".join(part for part in (found.file, found.sheet, cell) if part)
    language = spoken().written
    return f"  {place} [{found.rule}] {found.messages.get(language, '')}{found.suggestions.get(language, '')}"


def summary(done: Published, *, harvested: bool = False) -> str:
    """Return what a publish did, or a harvest, in two or three lines."""
    if not done.new:
        return say("Nothing that is published differs: release {release} stays ({rows} read).",
                   release=done.release, rows=counted(done.rows, "row"))
    private = (say(" Checked and not served: {records}.", records=counted(done.private, "private record")) if done.private
               else "")
    first = say("Release {release}: {rows} read; {records} added, {changed} changed, {gone} taken down, {held} held back.",
                release=done.release, rows=counted(done.rows, "row"), records=counted(done.added, "record"),
                changed=f"{done.changed:,}", gone=f"{done.gone:,}", held=f"{done.held:,}")
    return (
        f"{first}\n"
        f"{_faults(done, harvested=harvested)}{private}"
    )


def _faults(done: Published, *, harvested: bool) -> str:
    """Return how many faults the published files have, and the whole catalogue."""
    whole = say("Whole catalogue: {errors}, {warnings}; of rows held back or at odds with others: {issues}.",
                errors=counted(done.violations, "error"), warnings=counted(done.warnings, "warning"), issues=f"{done.issues:,}")
    if not done.inputs:
        return whole
    errors, warnings, at_odds = counted(done.own[0], "error"), counted(done.own[1], "warning"), f"{done.own[2]:,}"
    if harvested:
        own = say("Faults in what was harvested: {errors}, {warnings}; of records held back or at odds with others: {issues}. "
                  "Each page of a dataset tells its own.", errors=errors, warnings=warnings, issues=at_odds)
    else:
        own = say("Faults in what was published: {errors}, {warnings}; of rows held back or at odds with others: {issues}. "
                  "`odlinked validate FILE` tells each at its cell.", errors=errors, warnings=warnings, issues=at_odds)
    return f"{own}\n{whole}"


def rollback(release: str | None, settings: Settings, workspace: Path) -> int:
    """Serve an earlier release again."""
    name = retention.rollback(published(workspace, "rolling back"), release)
    click.echo(say("Release {release} is served now.", release=name))
    return mirror.follow(settings, workspace)


def prune(keep: int, workspace: Path) -> int:
    """Remove old releases."""
    done = retention.prune(published(workspace, "pruning"), keep)
    click.echo(say("Removed {releases}, {documents}, {inputs}, {parts}.", releases=counted(len(done.releases), "release"),
                   documents=counted(done.documents, "document"), inputs=counted(done.inputs, "input"),
                   parts=counted(done.parts, "dump part")))
    return 0


def purge(iri: str, inputs: bool, settings: Settings, workspace: Path) -> int:
    """Erase a leaked record, and report what was erased and what still contains it."""
    from odlinked.publishing import handins
    from odlinked.publishing import purge as erasing

    now = Clock.of(settings.catalog.timezone).now().replace(microsecond=0).isoformat()
    done = erasing.purge(published(workspace, "erasing"), Assets(settings.overlays), iri, now, inputs=inputs)
    click.echo(say("Erased {records} from {releases} ({documents}); release {release} is served now.",
                   records=", ".join(done.records), releases=counted(len(done.releases), "release"),
                   documents=counted(done.documents, "document"), release=done.release))
    if done.inputs:
        click.echo(say("Erased the kept inputs {inputs}: publish corrected files before the next --rebuild.",
                       inputs=", ".join(done.inputs)))
    if done.kept:
        click.echo(say("Its row still stands in the kept inputs {inputs}; --input erases them.", inputs=", ".join(done.kept)))
    waiting = ", ".join(f"{one.number} ({one.source})" for one in handins.waiting(Workspace(workspace)))
    if waiting:
        click.echo(say("Hand-ins that wait were not looked into: {waiting}. Give back those that hold its row: "
                       "`odlinked approve NUMBER --give-back`.", waiting=waiting))
    click.echo(say("A file that holds the row publishes it again: mend the file at its source."))
    if settings.mirror.mode and not settings.mirror.at_publish:
        click.echo(say("The mirror still has it: run `odlinked mirror`."))
    return mirror.follow(settings, workspace)


def published(folder: Path, doing: str) -> Workspace:
    """Return the workspace in a folder; raise `WorkspaceError`, and create none, where nothing is published there."""
    workspace = Workspace(folder)
    if workspace.current() is None:
        raise WorkspaceError("nothing is published yet", doing=doing, on=str(folder),
                             next_step="Run `odlinked publish FILE --source NAME` first, or name the --workspace")
    return workspace
