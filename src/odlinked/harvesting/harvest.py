"""One harvest of a source: fetch, read, publish, note what came of it.

The state of a source changes only after its release is made. Where anything on the way fails the source keeps its last good
state, and the run says why: a source that gives no record, or far fewer than before, has failed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from odlinked import ownership
from odlinked.catalog.workspace import Workspace
from odlinked.errors import OdlinkedError, SettingsError
from odlinked.graphs.records import FORM
from odlinked.harvesting.fetching import PageFetcher
from odlinked.harvesting.state import HarvestRun, SourceFolder, SourceState
from odlinked.harvesting.walking import Walk
from odlinked.publishing.files import PublishRecords
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.publishing.rehearsal import Rehearsed, rehearse
from odlinked.settings import Settings, SourceSettings

EDITION: Final = 2
"""Raised when the same pages make other records."""

_SLACK: Final = timedelta(minutes=5)


@dataclass
class Harvested:
    """What came of a harvest: the run as it is logged, what was published (None where it failed), what a dry run would do, the
    error it failed by, and its place."""

    run: HarvestRun
    done: Published | None = None
    rehearsed: Rehearsed | None = None
    problem: OdlinkedError | None = None


class Harvester:
    """Harvests the sources that the settings name into a workspace."""

    def __init__(self, publisher: Publisher, settings: Settings, progress: Callable[[str, int], None]) -> None:
        self.publisher, self.settings, self.progress = publisher, settings, progress
        self.workspace: Workspace = publisher.workspace

    def named(self) -> list[str]:
        """Return the names of the sources that are harvested, in the order of the settings."""
        return [name for name, source in self.settings.sources.items() if source.address]

    def due(self) -> list[str]:
        """Return those whose last good run is as long ago as the settings say."""
        now = self.publisher.clock.now()
        return [name for name in self.named() if self._is_due(name, now)]

    def _is_due(self, name: str, now: datetime) -> bool:
        good = [run.ended for run in SourceFolder(self.workspace, name).runs() if run.is_good]
        if not good:
            return True
        return now - datetime.fromisoformat(good[-1]) >= timedelta(hours=self.settings.sources[name].hours) - _SLACK

    def harvest(self, name: str, *, dry_run: bool = False, allow_removals: bool = False) -> Harvested:
        """Harvest a source. Raise `SettingsError` for one that the settings do not name; all else that fails is in the result."""
        source = self.settings.sources.get(name)
        if source is None or not source.address:
            known = ", ".join(self.named()) or "none"
            raise SettingsError(f"no source {name!r} with an address is in the settings (known: {known})", doing="harvesting",
                                next_step=f"Write [sources.{name}] and its address into odlinked.toml")
        folder = SourceFolder(self.workspace, name)
        began = self.publisher.clock.now().isoformat(timespec="milliseconds")
        run = HarvestRun(name, began)
        with self.workspace.apart("harvest", self.publisher.clock), ownership.private():
            folder.create()
            if not dry_run:
                folder.note(run)
            try:
                found = self._harvested(source, folder, run, dry_run=dry_run, allow_removals=allow_removals)
            except OdlinkedError as problem:
                found = Harvested(run.failed(problem), problem=problem)
            found.run = replace(found.run, ended=self.publisher.clock.now().isoformat(timespec="milliseconds"))
            if not dry_run:
                folder.note(found.run)
            folder.drop_pages()
            shutil.rmtree(folder.path / "next", ignore_errors=True)
        return found

    def _harvested(self, source: SourceSettings, folder: SourceFolder, run: HarvestRun, *, dry_run: bool,
                   allow_removals: bool) -> Harvested:
        before = folder.state()
        same = (before.address, before.kind, before.edition) == (source.address, source.kind, EDITION)
        known = before if same else SourceState()
        fetcher = PageFetcher(source.address, source.kind, self.settings, folder, {page.url: page for page in known.pages},
                              self.progress)
        read = Walk(source, self.settings, folder, fetcher, known).read()
        counts = {name: value for name, value in read.counts.items() if isinstance(value, int)}
        counts |= {"pages": len(read.pages), "requests": fetcher.requests.made, "bytes": fetcher.requests.received,
                   "not_modified": fetcher.requests.unchanged}
        run = replace(run, counts=counts, refused=dict(read.counts.get("refused", {})),
                      absent=tuple(read.counts.get("absent", ())))
        records = read.records or folder.records
        if dry_run:
            rehearsed = rehearse(self.publisher, [records], folder.name, FORM, allow_removals=allow_removals, kind=PublishRecords)
            return Harvested(replace(run, result="rehearsed"), rehearsed.done, rehearsed)
        try:
            done = self.publisher.harvest(records, folder.name, allow_removals=allow_removals)
        except OdlinkedError as problem:
            return Harvested(run.failed(problem), problem=problem)
        folder.keep(SourceState(source.address, source.kind, EDITION, run.began, tuple(read.pages), tuple(read.entry),
                                read.counts))
        counts |= {"added": done.added, "changed": done.changed, "gone": done.gone, "violations": done.own[0],
                   "warnings": done.own[1], "held": done.held}
        result = "published" if done.new else "unchanged"
        return Harvested(replace(run, result=result, release=done.release, counts=counts), done)
