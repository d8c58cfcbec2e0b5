"""`measure`: measures everything published again as of a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from odlinked.assets import Assets
from odlinked.catalog.asking import badges
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.cli import mirror
from odlinked.cli.console import progress
from odlinked.cli.language import counted, say
from odlinked.cli.publish import published
from odlinked.clock import Clock
from odlinked.evidence import summary
from odlinked.namespaces import METRIC
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

_BADGE: Final = METRIC + "badge-lowest"
_METRICS: Final = "ontologies/metrics/badges.ttl"


def measure(as_of: datetime | None, language: str, settings: Settings, root: Path) -> int:
    """Measure, and report which badges the datasets can have by what is known about them."""
    day = as_of.date() if as_of else Clock.of(settings.catalog.timezone).today()
    workspace = published(root, "measuring")
    with progress() as advance:
        done = Publisher(workspace, settings, advance).measure(day)
    release = Releases(workspace, Assets(settings.overlays)).current()
    click.echo(say("Release {release}: {datasets} measured as of {day}.", release=done.release, day=day,
                   datasets=counted(release.counts().get("dataset", 0), "dataset"))
               if done.new else say("Nothing differs: release {release} stays, as of {day}.", release=done.release, day=day))
    for line in _lines(release, summary.words(release.assets, language), language):
        click.echo(line)
    release.close()
    return mirror.follow(settings, root)


def _lines(release: Release, words: Mapping[str, str], language: str) -> Iterator[str]:
    """Yield the badges that datasets can have, with inapplicable and unchecked ones separate, then other important results."""
    answers = badges.outcomes(release)
    left, early = release.counts().get("dataset", 0), answers.pop(_BADGE, {}).get("inapplicable", 0)
    for lowest, highest, datasets in badges.ranges(release):
        names = [release.label(iri, language) for iri in dict.fromkeys((lowest, highest))]
        yield f"{datasets:>9,}  {' – '.join(names)}"
        left -= datasets
    if early:
        yield f"{early:>9,}  {words['measure_early']}"
    if left > early:
        yield f"{left - early:>9,}  {words['measure_unchecked']}"
    labels = summary.Answers.load(release.assets, language, _METRICS).labels
    for metric, counts in sorted(answers.items()):
        figures = {name: f"{counts.get(name, 0):,}" for name in ("passed", "failed", "untested", "inapplicable")}
        yield words["measure_metric"].format(metric=labels.get(metric, metric), total=f"{sum(counts.values()):,}", **figures)
