"""The verbs by which records arrive: `publish`, `approve` and `harvest`."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked.cli.help import Verb
from odlinked.cli.options import common
from odlinked.settings import Settings


@click.command(cls=Verb)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--form", help="The form's name; found by the headings when left out.")
@click.option("--source", help="The name these files are published under.")
@click.option("--rebuild", is_flag=True, help="Map all published rows anew from the kept inputs.")
@click.option("--dry-run", is_flag=True, help="Show what would be added, changed and removed, and write nothing.")
@click.option("--allow-removals", is_flag=True, help="Let more of the source be taken down than publish.most_removals.")
@click.option("--pending", is_flag=True, help="Check the files and keep them for `approve`; nobody sees them before.")
@common
def publish(files: tuple[Path, ...], form: str | None, source: str | None, rebuild: bool, dry_run: bool, allow_removals: bool,
            pending: bool, settings: Settings, workspace: Path) -> int:
    """Publish FILES as source NAME: the next release, or none if nothing differs. Exit 1 with errors."""
    from odlinked.cli import publish

    how = publish.How(rebuild, dry_run, allow_removals, pending)
    return publish.publish(files, source, form, how, settings, workspace)


@click.command("approve", cls=Verb)
@click.argument("number")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--day", help="The day of the approval, like 2026-12-01 or 115/12/1.")
@click.option("--document", help="The document of the approval and its number.")
@click.option("--give-back", is_flag=True, help="Remove the hand-in instead: it is not approved.")
@click.option("--allow-removals", is_flag=True, help="Let more of the source be taken down than publish.most_removals.")
@common
def approve_(number: str, files: tuple[Path, ...], day: str | None, document: str | None, give_back: bool, allow_removals: bool,
             settings: Settings, workspace: Path) -> int:
    """Publish the hand-in NUMBER of `publish --pending`, or those of its files that FILES are; the others stay pending.

    FILES must be byte for byte what was handed in.
    """
    from odlinked.cli import approve

    how = approve.Approval(day, document, give_back, allow_removals)
    return approve.approve(number, files, how, settings, workspace)


@click.command("harvest", cls=Verb)
@click.argument("source", required=False)
@click.option("--all", "every", is_flag=True, help="All sources of the settings that are due, one after the other: for a timer.")
@click.option("--dry-run", is_flag=True, help="Show what would be added, changed and removed, and write nothing.")
@click.option("--allow-removals", is_flag=True, help="Let more of the source be taken down than its shrink.")
@common
def harvest_(source: str | None, every: bool, dry_run: bool, allow_removals: bool, settings: Settings, workspace: Path) -> int:
    """Publish what the catalogue SOURCE ([sources.NAME] of the settings) describes now. Exit 1 with errors, 2 where it failed."""
    from odlinked.cli import harvest

    return harvest.harvest(source, every, harvest.How(dry_run=dry_run, allow_removals=allow_removals), settings, workspace)
