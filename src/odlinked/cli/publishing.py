"""`publish`, `rollback`, `prune`: what changes a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked.catalog import retention
from odlinked.catalog.assemble import Published
from odlinked.catalog.publish import Publisher
from odlinked.catalog.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.errors import SettingsError
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
        return f"Nothing differs: release {done.release} stays ({done.rows:,} rows read)."
    return (
        f"Release {done.release}: {done.rows:,} rows read; {done.added:,} records added, {done.changed:,} changed, "
        f"{done.gone:,} taken down, {done.held:,} held back.\n"
        f"Faults in the whole catalogue: {done.violations:,} violations, {done.warnings:,} warnings, and {done.issues:,} of rows "
        f"without a record of their own. `odlinked validate FILE` tells each at its cell."
    )


def rollback(release: str | None, workspace: Path) -> int:
    """Serve an earlier release again."""
    name = retention.rollback(Workspace(workspace), release)
    click.echo(f"Release {name} is served now.")
    return 0


def prune(keep: int, workspace: Path) -> int:
    """Remove old releases."""
    done = retention.prune(Workspace(workspace), keep)
    click.echo(f"Removed {len(done.releases)} releases, {done.documents:,} documents, {done.inputs} inputs, "
               f"{done.parts} dump parts.")
    return 0
