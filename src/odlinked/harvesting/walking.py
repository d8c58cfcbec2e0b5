"""The walk through the pages of a source: from where a run starts to where no page leads on; read where one of them is new."""

from __future__ import annotations

import shutil
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from odlinked.errors import InputError
from odlinked.harvesting.fetching import PageFetcher
from odlinked.harvesting.parts import SHOWN
from odlinked.harvesting.reading import CagedReader
from odlinked.harvesting.state import SourceFolder, SourcePage, SourceState
from odlinked.harvesting.worker import KINDS
from odlinked.settings import Settings, SourceSettings

MOST_PAGES: Final = 20_000
"""Most pages of a source: far more than a national catalogue has."""


@dataclass
class PagesRead:
    """The pages of a source as they were fetched, where the next run starts, the records in them (None: those of the last good
    state), and counts."""

    pages: list[SourcePage]
    entry: list[str]
    records: Path | None
    counts: dict[str, Any]


class Walk:
    """One walk through a source whose last good state is `before`; with `may_shrink` it may give far less than it says it has."""

    def __init__(self, source: SourceSettings, settings: Settings, folder: SourceFolder, fetcher: PageFetcher,
                 before: SourceState, *, may_shrink: bool = False) -> None:
        self._source, self._settings, self._folder = source, settings, folder
        self._fetcher, self._before, self._may_shrink = fetcher, before, may_shrink
        self._reader: CagedReader | None = None
        self._pages: list[SourcePage] = []
        self._waiting: deque[tuple[str, bool]] = deque()
        self._seen: set[str] = set()
        self._contents: set[str] = set()
        self._missing: list[str] = []
        self._read: list[SourcePage] = []
        self._before_pages = {(page.sha256, page.at) for page in before.pages}
        self._is_chain = KINDS[source.kind].is_chain
        self._kept = [page for page in before.pages if page.kept and page.url not in before.entry]

    def read(self) -> PagesRead:
        """Fetch the pages that may differ from the last good state, and read all of them if one does."""
        try:
            self._begin()
            while self._waiting:
                self._step(*self._waiting.popleft())
            known = {page.url for page in self._before.pages}
            if self._reader is None and {page.url for page in (*self._kept, *self._pages)} == known:
                return PagesRead([*self._kept, *self._pages], list(self._before.entry), None, self._before.counts)
            return self._records(self._opened())
        finally:
            if self._reader is not None:
                self._reader.__exit__(None, None, None)

    def _begin(self) -> None:
        entry = list(self._before.entry) or [str(url) for url in self._opened().start(self._source.address)["next"]]
        self._waiting.extend((url, False) for url in entry)
        self._seen.update(entry)

    def _step(self, url: str, may_fail: bool) -> None:
        """Fetch a page and note where it leads; one of a single record may be missing."""
        try:
            page, same = self._fetcher.page(url)
        except InputError:
            if not may_fail:
                raise
            self._missing.append(url)
            return
        single: list[str] = []
        if not same or self._reader is not None:
            page, single = self._told(self._opened(), page)
        self._pages.append(page)
        onward = list(page.onward)
        again = page.sha256 in self._contents and bool(onward)
        self._contents.add(page.sha256)
        circle = self._is_chain and (again or len(onward) > 1 or any(one in self._seen for one in onward))
        if circle or len(self._seen) > MOST_PAGES:
            raise InputError("its pages lead in a circle, or there is no end of them", doing="harvesting", on=page.url[:200],
                             next_step="Ask who runs the source to mend hydra:next")
        for one, alone in (*((one, False) for one in onward), *((one, True) for one in single)):
            if one not in self._seen:
                self._seen.add(one)
                self._waiting.append((one, alone))

    def _opened(self) -> CagedReader:
        """Return the reader; one that is new is told all that is known already."""
        if self._reader is None:
            self._reader = CagedReader(self._folder.name, self._source.kind, self._source.address, self._settings)
            self._kept = [self._told(self._reader, page)[0] for page in self._kept]
            self._pages = [self._told(self._reader, page)[0] for page in self._pages]
        return self._reader

    def _told(self, reader: CagedReader, page: SourcePage) -> tuple[SourcePage, list[str]]:
        """Have a page read; return it with where it leads, and the addresses of single records."""
        copy = reader.folder / f"page{page.suffix}"
        shutil.copyfile(self._folder.page(page.sha256), copy)
        part = None
        if (page.sha256, page.at) in self._before_pages and self._folder.part(page).is_file():
            part = reader.folder / "part"
            shutil.copyfile(self._folder.part(page), part)
        told = reader.page(copy, page.at or page.url, part)
        self._read.append(page)
        return replace(page, onward=tuple(map(str, told["next"])), kept=bool(told["keeps"])), [str(one) for one in told["single"]]

    def _short(self, counts: dict[str, Any]) -> int:
        """Return how many of the records that the source says it has did not come; raise `InputError` for more than its share."""
        announced, catalogued = int(counts.pop("announced", 0)), int(counts.pop("catalogued", 0))
        short: int = max(0, announced - catalogued - counts["absent_count"] - sum(counts["refused"].values()))
        if short > self._source.shrink * announced and not self._may_shrink:
            raise InputError(f"it says it has {announced:,} records and gives {announced - short:,}", doing="harvesting",
                             on=self._source.address[:200],
                             next_step="See whether each page names the next one; give --allow-removals if these are all")
        return short

    def _records(self, reader: CagedReader) -> PagesRead:
        made, counts = reader.records(self._source.address)
        if not counts["records"]:
            raise InputError("there is no record in it", doing="harvesting", on=self._source.address[:200],
                             next_step="See whether the address is that of the catalogue in RDF")
        shutil.copyfile(made, self._folder.fresh)
        for number, name in counts.pop("parts", {}).items():
            self._folder.keep_part(self._read[int(number)], reader.folder / str(name))
        entry = [str(url) for url in counts.pop("entry")]
        counts["absent_count"] += len(self._missing)
        counts["absent"] = [*counts["absent"], *self._missing][:SHOWN]
        counts["short"] = self._short(counts)
        return PagesRead([*self._kept, *self._pages], entry, self._folder.fresh, counts)
