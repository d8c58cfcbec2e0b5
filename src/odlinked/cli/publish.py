"""`publish`, `rollback`, `prune`: commands that change a workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from odlinked.assets import Assets
from odlinked.catalog.index import Index
from odlinked.catalog.workspace import Workspace
from odlinked.cli import mirror
from odlinked.cli.console import progress
from odlinked.clock import Clock
from odlinked.errors import SettingsError, WorkspaceError, printable
from odlinked.findings import Issue
from odlinked.publishing import purge as erasing
from odlinked.publishing import retention
from odlinked.publishing.assemble import Published
from odlinked.publishing.publish import Publisher
from odlinked.publishing.rehearsal import Rehearsed, rehearse
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile
from odlinked.settings import Settings

_ISSUES_SHOWN: Final = 20
"""Most faults without a record that are reported after a publish."""

_MOVES_SHOWN: Final = 200
"""Most records of a kind of change that a dry run names."""


@dataclass(frozen=True)
class How:
    """The options of a publish: publish the kept inputs again, a dry run that writes nothing, permission to take many records
    down."""

    rebuild: bool = False
    dry_run: bool = False
    allow_removals: bool = False


def publish(files: tuple[Path, ...], source: str | None, form: str | None, how: How, settings: Settings,
            workspace: Path) -> int:
    """Publish files, or rebuild from the kept inputs, and report the result."""
    if how.rebuild == bool(files) or (files and not source) or (how.rebuild and (how.dry_run or how.allow_removals)):
        raise SettingsError("name FILES and --source, or --rebuild alone", doing="publishing",
                            next_step="For instance: odlinked publish inventory.xlsx --source moenv")
    with progress() as advance:
        publisher = Publisher(Workspace(workspace), settings, advance)
        if how.dry_run:
            rehearsed = rehearse(publisher, files, source or "", form, allow_removals=how.allow_removals)
            done, lines = rehearsed.done, _rehearsed(rehearsed, settings)
        else:
            done = publisher.rebuild() if how.rebuild else publisher.publish(
                files, source or "", form, allow_removals=how.allow_removals)
            lines = [summary(done), *_some(list(_issues(done, settings, workspace)), _ISSUES_SHOWN)]
    for note in done.notes:
        click.echo(f"odlinked: {note}", err=True)
    for line in lines:
        click.echo(line)
    followed = 0 if how.dry_run else mirror.follow(settings, workspace)
    return max(followed, 1 if done.violations or done.issues or done.held else 0)


def _rehearsed(found: Rehearsed, settings: Settings) -> list[str]:
    """Return what a publish would do, line by line."""
    done = found.done
    release = "a release would be made" if done.new else f"nothing that is published differs, release {done.release} would stay"
    lines = [f"Dry run, nothing is written: {counted(done.rows, 'row')} read; {release}. {counted(done.added, 'record')} would "
             f"come, {done.changed:,} change, {done.gone:,} go, {done.held:,} be held back."]
    for what, mark in (("come", "+"), ("change", "~"), ("go", "-")):
        moves = [f"  {mark} {one.kind} {one.code}  {one.title}" + (f": {'、'.join(one.fields)}" if one.fields else "")
                 for one in found.moves if one.what == what]
        lines += [printable(line) for line in _some(moves, _MOVES_SHOWN)]
    book = RuleBook(Profile.load(Assets(settings.overlays), settings.publish.profile))
    told_of = [_told(book, found.files, issue) for issue in found.issues]
    return [*lines, *_some(told_of, _ISSUES_SHOWN)]


def _some(lines: list[str], most: int) -> list[str]:
    """Return at most so many lines, and how many more there are."""
    return lines if len(lines) <= most else [*lines[:most], f"  … and {len(lines) - most:,} more"]


def _issues(done: Published, settings: Settings, workspace: Path) -> Iterator[str]:
    """Yield a line for each fault that no record of the release carries: rows held back, repeated, claimed twice, vanished."""
    if not done.issues:
        return
    with Index(Workspace(workspace).releases / done.release / "catalog.sqlite", read_only=True) as index:
        book = RuleBook(Profile.load(Assets(settings.overlays), settings.publish.profile))
        names = {one["id"]: one["name"] for one in index.inputs()}
        for issue in index.issues():
            yield _told(book, names, issue)


def _told(book: RuleBook, files: Mapping[int, str], issue: Issue) -> str:
    found = book.finding(issue.fault, files.get(issue.input, ""), issue.sheet, issue.row)
    cell = f"{found.column}{found.row}" if found.column else f"row {found.row}" if found.row else ""
    place = " · ".join(part for part in (found.file, found.sheet, cell) if part)
    return f"  {place} [{found.rule}] {found.messages.get('zh-Hant', '')}{found.suggestions.get('zh-Hant', '')}"


def summary(done: Published) -> str:
    """Return what a publish did, in two lines."""
    if not done.new:
        return f"Nothing that is published differs: release {done.release} stays ({counted(done.rows, 'row')} read)."
    private = f" Checked and not served: {counted(done.private, 'private record')}." if done.private else ""
    return (
        f"Release {done.release}: {counted(done.rows, 'row')} read; {counted(done.added, 'record')} added, "
        f"{done.changed:,} changed, {done.gone:,} taken down, {done.held:,} held back.\n"
        f"Faults of the whole catalogue's records: {counted(done.violations, 'error')}, {counted(done.warnings, 'warning')}; "
        f"of rows held back or at odds with others: {done.issues:,}. `odlinked validate FILE` tells each at its cell."
        f"{private}"
    )


def counted(number: int, what: str) -> str:
    """Return a number and a noun: "1 row", "2,000 rows"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def rollback(release: str | None, settings: Settings, workspace: Path) -> int:
    """Serve an earlier release again."""
    name = retention.rollback(published(workspace, "rolling back"), release)
    click.echo(f"Release {name} is served now.")
    return mirror.follow(settings, workspace)


def prune(keep: int, workspace: Path) -> int:
    """Remove old releases."""
    done = retention.prune(published(workspace, "pruning"), keep)
    click.echo(f"Removed {counted(len(done.releases), 'release')}, {counted(done.documents, 'document')}, "
               f"{counted(done.inputs, 'input')}, {counted(done.parts, 'dump part')}.")
    return 0


def purge(iri: str, inputs: bool, settings: Settings, workspace: Path) -> int:
    """Erase a leaked record, and report what was erased and what still contains it."""
    now = Clock.of(settings.catalog.timezone).now().replace(microsecond=0).isoformat()
    done = erasing.purge(published(workspace, "erasing"), Assets(settings.overlays), iri, now, inputs=inputs)
    click.echo(f"Erased {', '.join(done.records)} from {counted(len(done.releases), 'release')} "
               f"({counted(done.documents, 'document')}); release {done.release} is served now.")
    if done.inputs:
        click.echo(f"Erased the kept inputs {', '.join(done.inputs)}: publish corrected files before the next --rebuild.")
    if done.kept:
        click.echo(f"Its row still stands in the kept inputs {', '.join(done.kept)}; --input erases them.")
    click.echo("A file that holds the row publishes it again: mend the file at its source.")
    if settings.mirror.mode and not settings.mirror.at_publish:
        click.echo("The mirror still has it: run `odlinked mirror`.")
    return mirror.follow(settings, workspace)


def published(folder: Path, doing: str) -> Workspace:
    """Return the workspace in a folder; raise `WorkspaceError`, and create none, where nothing is published there."""
    workspace = Workspace(folder)
    if workspace.current() is None:
        raise WorkspaceError("nothing is published yet", doing=doing, on=str(folder),
                             next_step="Run `odlinked publish FILE --source NAME` first, or name the --workspace")
    return workspace
