"""One harvest of a source: fetch, read, publish, note what came of it.

The state of a source changes only after its release is made. Where anything on the way fails the source keeps its last good
state, and the run says why: a source that gives no record, or far fewer than before, has failed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from odlinked import ownership
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import OdlinkedError, SettingsError
from odlinked.harvesting.fetching import PageFetcher
from odlinked.harvesting.platform import Platform, state_of, under
from odlinked.harvesting.state import HarvestRun, SourceFolder, SourceState
from odlinked.harvesting.walking import Walk
from odlinked.publishing.desk import HARVESTED
from odlinked.publishing.files import PublishRecords
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.publishing.rehearsal import Rehearsed, rehearse
from odlinked.settings import Settings, SourceSettings

EDITION: Final = 3
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
                              self.progress, self.publisher.clock.today())
        if source.kind == "national":
            return self._listed(source, folder, run, fetcher, known, dry_run=dry_run, allow_removals=allow_removals)
        read = Walk(source, self.settings, folder, fetcher, known, may_shrink=allow_removals).read()
        run = _counted(run, read.counts, len(read.pages), fetcher)
        counts = run.counts
        records = read.records or folder.records
        if dry_run:
            rehearsed = rehearse(self.publisher, [records], folder.name, HARVESTED, allow_removals=allow_removals,
                                 kind=PublishRecords)
            return Harvested(replace(run, result="rehearsed"), rehearsed.done, rehearsed)
        try:
            done = self.publisher.harvest(records, folder.name, allow_removals=allow_removals)
        except OdlinkedError as problem:
            return Harvested(run.failed(problem), problem=problem)
        folder.keep(SourceState(source.address, source.kind, EDITION, run.began, tuple(read.pages), tuple(read.entry),
                                read.counts))
        counts = _added(counts, done)
        result = "published" if done.new else "unchanged"
        return Harvested(replace(run, result=result, release=done.release, counts=counts), done)

    def _listed(self, source: SourceSettings, folder: SourceFolder, run: HarvestRun, fetcher: PageFetcher, known: SourceState, *,
                dry_run: bool, allow_removals: bool) -> Harvested:
        """Harvest the platform's list: each of its files is published as one of its form."""
        read = Platform(source, self.settings, folder, fetcher, known, self.publisher.clock.today()).read()
        run = _counted(run, read.counts, len(read.pages), fetcher)
        publisher = Publisher(self.workspace, under(self.settings, source), self.progress, self.publisher.clock)
        if dry_run and read.files:
            first = read.files[0]
            rehearsed = rehearse(publisher, [first.path], folder.name, first.form, allow_removals=allow_removals)
            # What the next one would do depends on a release that this one would make.
            left = run.counts | {"untried": len(read.files) - 1}
            return Harvested(replace(run, result="rehearsed", counts=left), rehearsed.done, rehearsed)
        if dry_run:
            return Harvested(replace(run, result="rehearsed"))
        counts, done, is_new = run.counts, None, False
        for one in read.files:
            try:
                done = publisher.publish([one.path], folder.name, one.form, allow_removals=allow_removals)
            except OdlinkedError as problem:
                told = replace(run, release=done.release, counts=counts) if done and is_new else run
                return Harvested(told.failed(problem), problem=problem)
            counts, is_new = _added(counts, done), is_new or done.new
        folder.keep(state_of(known, source, EDITION, run.began, read))
        release = done.release if done else self.workspace.current() or ""
        return Harvested(replace(run, result="published" if is_new else "unchanged", release=release, counts=counts), done)


def _counted(run: HarvestRun, counts: dict[str, Any], pages: int, fetcher: PageFetcher) -> HarvestRun:
    """Return a run with what was found and asked for."""
    numbers = {name: value for name, value in counts.items() if isinstance(value, int)}
    numbers |= {"pages": pages, "requests": fetcher.requests.made, "bytes": fetcher.requests.received,
                "not_modified": fetcher.requests.unchanged}
    return replace(run, counts=numbers, refused=dict(counts.get("refused", {})), absent=tuple(counts.get("absent", ())))


def _added(counts: dict[str, int], done: Published) -> dict[str, int]:
    """Return counts with what a publish did; of several files it adds up."""
    made = {"added": done.added, "changed": done.changed, "gone": done.gone, "violations": done.own[0], "warnings": done.own[1],
            "held": done.held}
    return counts | {name: counts.get(name, 0) + number for name, number in made.items()}
