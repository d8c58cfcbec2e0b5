"""`publish`, `rollback`, `prune`: what changes a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked.catalog import retention
from odlinked.catalog.assemble import Published
from odlinked.catalog.publish import Publisher
from odlinked.catalog.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.errors import SettingsError, WorkspaceError
from odlinked.settings import Settings


def publish(files: tuple[Path, ...], source: str | None, form: str | None, rebuild: bool, settings: Settings,
            workspace: Path) -> int:
    """Publish files, or rebuild from the kept inputs, and tell what came of it."""
    if rebuild == bool(files) or (files and not source):
        raise SettingsError("name FILES and --source, or --rebuild alone", doing="publishing",
                            next_step="For instance: odlinked publish inventory.xlsx --source moenv")
    with progress() as advance:
        publisher = Publisher(Workspace(workspace), settings, advance)
        done = publisher.rebuild() if rebuild else publisher.publish(files, source or "", form)
    for note in done.notes:
        click.echo(f"odlinked: {note}", err=True)
    click.echo(told(done))
    return 1 if done.violations or done.issues or done.held else 0


def told(done: Published) -> str:
    """Return what a publish did, in two lines."""
    if not done.new:
        return f"Nothing differs: release {done.release} stays ({counted(done.rows, 'row')} read)."
    return (
        f"Release {done.release}: {counted(done.rows, 'row')} read; {counted(done.added, 'record')} added, "
        f"{done.changed:,} changed, {done.gone:,} taken down, {done.held:,} held back.\n"
        f"Faults of the whole catalogue's records: {counted(done.violations, 'violation')}, {counted(done.warnings, 'warning')}; "
        f"of rows held back or at odds with others: {done.issues:,}. `odlinked validate FILE` tells them at their cells."
    )


def counted(number: int, what: str) -> str:
    """Return a number and a noun: "1 row", "2,000 rows"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def rollback(release: str | None, workspace: Path) -> int:
    """Serve an earlier release again."""
    name = retention.rollback(_published(workspace, "rolling back"), release)
    click.echo(f"Release {name} is served now.")
    return 0


def prune(keep: int, workspace: Path) -> int:
    """Remove old releases."""
    done = retention.prune(_published(workspace, "pruning"), keep)
    click.echo(f"Removed {counted(len(done.releases), 'release')}, {counted(done.documents, 'document')}, "
               f"{counted(done.inputs, 'input')}, {counted(done.parts, 'dump part')}.")
    return 0


def _published(folder: Path, doing: str) -> Workspace:
    """Return the workspace in a folder; raise `WorkspaceError`, and make none, where nothing is published there."""
    workspace = Workspace(folder)
    if workspace.current() is None:
        raise WorkspaceError("nothing is published yet", doing=doing, on=str(folder),
                             next_step="Run `odlinked publish FILE --source NAME` first, or name the --workspace")
    return workspace
