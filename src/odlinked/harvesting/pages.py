"""What the process that reads a source knows of its kind: where to begin, what a page leads to, which records are in all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odlinked.assets import Assets
from odlinked.graphs.containment import SourceGraph
from odlinked.graphs.page_view import PageView
from odlinked.graphs.separation import UNDESCRIBED, Separation
from odlinked.harvesting.parts import beside_records
from odlinked.settings import ReadSettings


@dataclass
class PageTold:
    """What came of a page: the addresses it leads to; those of single records, of which one may be missing; and whether what it
    says stays true, so that another run need not ask for it."""

    next: list[str] = field(default_factory=list)
    single: list[str] = field(default_factory=list)
    keeps: bool = False


class SourcePages:
    """The pages of a source of one kind, read one after the other; here into one graph.

    A subclass says what a page of its kind is. All of it runs in the process of `harvesting.worker`; errors are `InputError`.
    """

    is_chain = True
    """Whether each page leads to one other at most, never to one that was read: anything else is a fault of the source."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        self.address, self.source = str(task["address"]), str(task["source"])
        self.trusted = task["kind"] == "odlinked"
        self.assets = assets
        self.caps = ReadSettings(max_bytes=int(task["max_bytes"]))
        self.graph = SourceGraph()
        self.missed = 0
        self._beside: dict[str, Any] = {}

    def start(self) -> list[str]:
        """Return the addresses that a run starts with where nothing is known of the source."""
        return [self.address]

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a page, a file that came from `url`; `part` may be what was made of it before (`harvesting.parts`)."""
        raise NotImplementedError

    def records(self) -> Iterator[bytes]:
        """Yield the lines of the records (`graphs.records`) of all pages that were read, by their IRIs."""
        self.finish()
        view = PageView(self.graph)
        separation = self.separation(view)
        for record in separation.records():
            yield record.line()
        beside = separation.beside
        if self.missed:
            beside.refused[UNDESCRIBED] += self.missed
        absent = [one.decode() for one in dict.fromkeys(beside.listed)]
        self._beside = beside_records(beside.refused, absent, beside.strays + view.unread, beside.claims)

    def told(self) -> dict[str, Any]:
        """Return what was found beside the records, after they were yielded."""
        return self._beside

    def separation(self, view: PageView) -> Separation:
        """Return what separates a page into records."""
        return Separation(view, self.source, self.assets, trusted=self.trusted)

    def write_parts(self, folder: Path) -> dict[int, str]:
        """Write what was made of pages and is not in a file yet; return the names of the files by the places of the pages."""
        return {}

    def finish(self) -> None:
        """Put into the graph what only all pages together say; `missed` counts records that could not be read."""

    def entry(self) -> list[str]:
        """Return the addresses that the next run starts with."""
        return self.start()
