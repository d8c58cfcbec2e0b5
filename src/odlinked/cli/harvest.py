"""`harvest`: what the catalogues that the settings name describe, published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli import mirror
from odlinked.cli.console import progress
from odlinked.cli.failures import failed
from odlinked.cli.language import counted, say, told
from odlinked.cli.publish import How, issues, rehearsed, summary
from odlinked.errors import SettingsError
from odlinked.harvesting.harvest import Harvested, Harvester
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

__all__ = ["How", "harvest"]


def harvest(source: str | None, every: bool, how: How, settings: Settings, workspace: Path) -> int:
    """Harvest a source, or all that are due, and report each; a source that fails keeps its last good state.

    Return 2 where one failed, else 1 where records of one have errors.
    """
    if every == (source is not None):
        raise SettingsError("name SOURCE or give --all", doing="harvesting",
                            next_step="For instance: odlinked harvest --all, or a name of [sources.NAME]")
    worst = 0
    with progress() as advance:
        harvester = Harvester(Publisher(Workspace(workspace), settings, advance), settings, advance)
        names = [source] if source else harvester.due()
        results = [harvester.harvest(name, dry_run=how.dry_run, allow_removals=how.allow_removals) for name in names]
    if every and not names:
        click.echo(say("No source is due."))
    for found in results:
        worst = max(worst, _reported(found, settings, workspace))
    if any(found.done is not None and found.done.new for found in results) and not how.dry_run:
        worst = max(worst, mirror.follow(settings, workspace))
    return worst


def _reported(found: Harvested, settings: Settings, workspace: Path) -> int:
    """Tell what came of a source and return its exit code."""
    if found.problem is not None:
        part = say("{name}: failed; what it had published before that stays, the rest is as it was.", name=found.run.source)
        none = say("{name}: failed, the last good state stays.", name=found.run.source)
        click.echo(part if found.run.has_published else none)
        return failed(found.problem, found.problem)
    for line in _lines(found, settings, workspace):
        click.echo(line)
    if found.done is None:  # nothing was new
        return 0
    for note in found.done.notes:
        click.echo(f"odlinked: {told('note', note)}", err=True)
    is_faulty = found.done.own[0] or found.done.own[2] or found.done.held or found.run.refused or found.run.absent
    return 1 if is_faulty else 0


def _lines(found: Harvested, settings: Settings, workspace: Path) -> Iterator[str]:
    run, counts = found.run, found.run.counts
    yield say("{name}: {records} on {pages}; {requests}, {size} bytes, {number} not modified.", name=run.source,
              records=counted(counts.get("records", 0), "record"), pages=counted(counts.get("pages", 0), "page"),
              requests=counted(counts.get("requests", 0), "request"), size=f"{counts.get('bytes', 0):,}",
              number=f"{counts.get('not_modified', 0):,}")
    for rule, number in sorted(run.refused.items()):
        yield say("  not taken by {rule}: {number}", rule=rule, number=f"{number:,}")
    if counts.get("absent_count"):
        yield say("  listed and not described: {number} ({examples})", number=f"{counts['absent_count']:,}",
                  examples=", ".join(run.absent[:3]))
    if counts.get("short"):
        yield say("  counted by the source and not given: {number}", number=f"{counts['short']:,}")
    if counts.get("claims"):
        yield say("  statements in odlinked's own vocabulary, left out: {number}", number=f"{counts['claims']:,}")
    if found.rehearsed is not None:
        yield from rehearsed(found.rehearsed, settings)
        if counts.get("untried"):
            yield say("  not tried, since they follow on it: {number} more files", number=f"{counts['untried']:,}")
    elif found.done is not None:
        yield summary(found.done, harvested=True)
        yield from issues(found.done, settings, workspace)
