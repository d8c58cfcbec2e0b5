"""`measure`: everything published, measured anew as of a day."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from odlinked.assets import Assets
from odlinked.catalog import badges
from odlinked.catalog.release import Releases
from odlinked.cli.console import progress
from odlinked.cli.publishing import counted, published
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings


def measure(as_of: datetime | None, language: str, settings: Settings, root: Path) -> int:
    """Measure, and tell which badges the datasets can have by what is known of them."""
    workspace, day = published(root, "measuring"), (as_of.date() if as_of else date.today())
    with progress() as advance:
        done = Publisher(workspace, settings, advance).measure(day)
    release = Releases(workspace, Assets(settings.overlays)).current()
    click.echo(f"Release {done.release}: {counted(release.counts().get('dataset', 0), 'dataset')} measured as of {day}."
               if done.new else f"Nothing differs: release {done.release} stays, as of {day}.")
    left = release.counts().get("dataset", 0)
    for lowest, highest, datasets in badges.ranges(release):
        names = [release.label(iri, language) for iri in dict.fromkeys((lowest, highest))]
        click.echo(f"{datasets:>9,}  {' – '.join(names)}")
        left -= datasets
    if left:
        click.echo(f"{left:>9,}  not checked: run `odlinked check` first")
    release.close()
    return 0
