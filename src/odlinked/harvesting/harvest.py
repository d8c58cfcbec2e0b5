"""One harvest of a source: fetch, read, publish, note what came of it.

The state of a source changes only after its release is made. Where anything on the way fails the source keeps its last good
state, and the run says why: a source that gives no record, or far fewer than before, has failed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from odlinked import ownership
from odlinked.catalog.workspace import Workspace
from odlinked.errors import InputError, OdlinkedError, SettingsError
from odlinked.graphs.records import FORM
from odlinked.harvesting.fetching import MOST_PAGES, PageFetcher
from odlinked.harvesting.reading import CagedReader
from odlinked.harvesting.state import HarvestRun, SourceFolder, SourcePage, SourceState
from odlinked.publishing.files import PublishRecords
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.publishing.rehearsal import Rehearsed, rehearse
from odlinked.settings import Settings, SourceSettings

EDITION: Final = 1
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


@dataclass
class _Read:
    """The pages of a source as they were fetched, and the records in them (None: those of the last good state)."""

    pages: list[SourcePage]
    records: Path | None
    counts: dict[str, Any]


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
        fetcher = PageFetcher(source.address, self.settings, folder, {page.url: page for page in before.pages} if same else {},
                              self.progress)
        read = self._read(source, folder, fetcher, before if same else SourceState())
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
        folder.keep(SourceState(source.address, source.kind, EDITION, run.began, tuple(read.pages), read.counts))
        counts |= {"added": done.added, "changed": done.changed, "gone": done.gone, "violations": done.own[0],
                   "warnings": done.own[1], "held": done.held}
        result = "published" if done.new else "unchanged"
        return Harvested(replace(run, result=result, release=done.release, counts=counts), done)

    def _read(self, source: SourceSettings, folder: SourceFolder, fetcher: PageFetcher, before: SourceState) -> _Read:
        """Fetch all pages and read them, if any differs from the last good state."""
        pages: list[SourcePage] = []
        reader: CagedReader | None = None
        waiting, seen = [source.address], {source.address}
        try:
            while waiting:
                page, same = fetcher.page(waiting.pop(0))
                if not same and reader is None:
                    reader = CagedReader(folder.name, self.settings, trusted=source.kind == "odlinked")
                    pages = [self._told(reader, folder, known)[0] for known in pages]
                onward = [page.next] if page.next else []
                if reader is not None:
                    page, onward = self._told(reader, folder, page)
                pages.append(page)
                if len(onward) > 1 or any(url in seen for url in onward) or len(pages) > MOST_PAGES:
                    raise InputError("its pages lead in a circle, or there is no end of them", doing="harvesting",
                                     on=page.url[:200], next_step="Ask who runs the source to mend hydra:next")
                waiting += onward
                seen.update(onward)
            if reader is None and [page.url for page in pages] == [page.url for page in before.pages]:
                return _Read(pages, None, before.counts)
            if reader is None:
                reader = CagedReader(folder.name, self.settings, trusted=source.kind == "odlinked")
                for page in pages:
                    self._told(reader, folder, page)
            made, counts = reader.records(source.address)
            if not counts["records"]:
                raise InputError("there is no record in it", doing="harvesting", on=source.address[:200],
                                 next_step="See whether the address is that of the catalogue in RDF")
            shutil.copyfile(made, folder.fresh)
            return _Read(pages, folder.fresh, counts)
        finally:
            if reader is not None:
                reader.__exit__(None, None, None)

    def _told(self, reader: CagedReader, folder: SourceFolder, page: SourcePage) -> tuple[SourcePage, list[str]]:
        """Have a page read; return it with where it leads."""
        copy = reader.folder / f"page{page.suffix}"
        shutil.copyfile(folder.page(page.sha256), copy)
        told = reader.page(copy, page.at or page.url)
        onward = [str(url) for url in told["next"]]
        return replace(page, next=onward[0] if onward else ""), onward
