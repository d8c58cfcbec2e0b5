"""`mirror`: brings the copy in another SPARQL engine to the served release, and compares the two."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.cli.language import say, told
from odlinked.settings import Settings

if TYPE_CHECKING:
    from odlinked.mirror.run import Mirrored

_REFUSED_SHOWN: Final = 20


def mirror(compare: bool, anew: bool, settings: Settings, workspace: Path) -> int:
    """Bring the mirror up to date (with `compare` only look at it), and report."""
    from odlinked.mirror.run import Mirror

    with progress() as advance:
        one = Mirror(Workspace(workspace), settings, os.environ, advance)
        done = one.compare() if compare else one.update(anew=anew)
    return _told(done)


def follow(settings: Settings, workspace: Path) -> int:
    """Bring the mirror up to date after the served release has changed, where the settings say so; return the exit code."""
    return mirror(False, False, settings, workspace) if settings.mirror.mode and settings.mirror.at_publish else 0


def _told(done: Mirrored) -> int:
    if done.steps:
        steps = done.steps
        click.echo(say("Mirror: release {release}, {written} graphs written, {removed} removed, {kept} as they were, {refused} "
                       "refused.", release=done.release, written=f"{steps.written:,}", removed=f"{steps.removed:,}",
                       kept=f"{steps.kept:,}", refused=f"{len(steps.refused):,}"))
        for line in steps.refused[:_REFUSED_SHOWN]:
            click.echo(f"  {line}")
    click.echo(told("note", done.comparison.line()))
    return 0 if done.same else 1
