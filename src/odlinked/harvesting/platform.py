"""The national platform as a source: its whole list once, then the changes of each day, and single records by its API.

A day's changes are published in their order, each as a file of the form for changes; the whole list again after `WHOLE_DAYS`, so
that what the changes missed is found. All of them are forms like any other: rows have places, and faults are cells.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from odlinked.errors import InputError
from odlinked.graphs.separation import UNDESCRIBED
from odlinked.harvesting.fetching import PageFetcher
from odlinked.harvesting.reading import CagedReader
from odlinked.harvesting.state import WHOLE_DAYS, SourceFolder, SourcePage, SourceState
from odlinked.settings import Settings, SourceSettings

WHOLE: Final = "data-gov-tw"
CHANGES: Final = "data-gov-tw-delta"
RECORD: Final = "data-gov-tw-api"
"""The forms of what the platform gives."""

MOST_RECORDS: Final = 2_000
"""Most single records that are asked for in a run."""


_LISTED: Final = "listed"
"""How many records the whole list had when it was read last, as counts name it."""


@dataclass
class ListFile:
    """A file to be published, and its form."""

    path: Path
    form: str


@dataclass
class PlatformRead:
    """What was fetched in a run: files in the order they are to be published, the pages of the new state, and counts."""

    files: list[ListFile] = field(default_factory=list)
    pages: list[SourcePage] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=lambda: {"records": 0, "absent_count": 0, "absent": [], "refused": {}})


class Platform:
    """The platform at the address of a source whose last good state is `before`."""

    def __init__(self, source: SourceSettings, settings: Settings, folder: SourceFolder, fetcher: PageFetcher,
                 before: SourceState, today: date) -> None:
        self._source, self._settings, self._folder = source, settings, folder
        self._fetcher, self._before, self._today = fetcher, before, today

    def read(self) -> PlatformRead:
        """Fetch what a run needs: the whole list, or the changes of the days since the last good run."""
        read = PlatformRead()
        read.counts[_LISTED] = self._before.counts.get(_LISTED, 0)
        days = list(days_due(self._source, self._before, self._today))
        if not days:
            self._file(self._source.address, WHOLE, read, "list.csv")
            return read
        read.pages += [page for page in self._before.pages if page.url == self._source.address]
        for day in days:
            ids = self._file(self._source.changes.replace("{date}", day.isoformat()), CHANGES, read, f"{day}.csv")
            if ids and self._source.record:
                self._single(ids, read, day)
        return read

    def _file(self, url: str, form: str, read: PlatformRead, name: str) -> list[str]:
        """Fetch a file, and have it written anew where it is not the one of the last good state; return the numbers in it."""
        page, same = self._fetcher.page(url)
        read.pages.append(page)
        if same:
            read.counts["records"] += read.counts[_LISTED] if form == WHOLE else 0
            return []
        path, told = self._written([page], name)
        read.counts["records"] += told["records"]
        if form == WHOLE:
            read.counts[_LISTED] = told["records"]
        if told["missed"]:
            refused = read.counts["refused"]
            refused[UNDESCRIBED] = refused.get(UNDESCRIBED, 0) + told["missed"]
        if not told["records"]:
            if form == WHOLE:
                raise InputError("there is no record in it", doing="harvesting", on=url[:200])
            return []
        read.files.append(ListFile(path, form))
        return [str(one) for one in told["ids"]]

    def _single(self, ids: list[str], read: PlatformRead, day: date) -> None:
        """Fetch the records of numbers; one that cannot be had, or is none, is counted and stops no other."""
        found: list[SourcePage] = []
        for number in ids[:MOST_RECORDS]:
            url = self._source.record.replace("{id}", number)
            try:
                page, _ = self._fetcher.page(url)
                self._written([page], "one.json")
                found.append(page)
            except InputError:
                read.counts["absent_count"] += 1
                read.counts["absent"] = [*read.counts["absent"], url][:20]
        if found:
            path, _ = self._written(found, f"{day}.json")
            read.files.append(ListFile(path, RECORD))

    def _written(self, pages: list[SourcePage], name: str) -> tuple[Path, dict[str, Any]]:
        with CagedReader(self._folder.name, self._source.kind, self._source.address, self._settings) as reader:
            for page in pages:
                copy = reader.folder / "page"
                shutil.copyfile(self._folder.page(page.sha256), copy)
                reader.page(copy, page.at or page.url)
            made, told = reader.records(self._source.address)
            path = self._folder.path / "next" / name
            shutil.copyfile(made, path)
        return path, told


def days_due(source: SourceSettings, before: SourceState, today: date) -> Iterator[date]:
    """Yield the days whose changes a run wants, from that of the last good run on; none where it wants the whole list."""
    whole = next((page for page in before.pages if page.url == source.address), None)
    if not (source.changes and whole and before.time and before.entry):
        return
    last, listed = (datetime.fromisoformat(text).date() for text in (before.time, before.entry[0]))
    if (today - listed).days >= WHOLE_DAYS:
        return
    yield from (last + timedelta(days=number) for number in range((today - last).days + 1))


def state_of(before: SourceState, source: SourceSettings, edition: int, began: str, read: PlatformRead) -> SourceState:
    """Return the state after a run: when the whole list was read last is its entry."""
    whole = any(one.form == WHOLE for one in read.files) or not before.entry
    entry = (began,) if whole else before.entry
    return SourceState(source.address, source.kind, edition, began, tuple(read.pages), entry, read.counts)


def under(settings: Settings, source: SourceSettings) -> Settings:
    """Return the settings that a source's files are published by: its own share of what may be taken down."""
    return replace(settings, publish=replace(settings.publish, most_removals=source.shrink))
