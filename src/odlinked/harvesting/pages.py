"""What the process that reads a source knows of its kind: where to begin, what a page says and leads to, what is in all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odlinked.assets import Assets
from odlinked.graphs.containment import SourceGraph
from odlinked.settings import ReadSettings


@dataclass
class PageTold:
    """What came of a page: the addresses it leads to; those of single records, of which one may be missing; and whether what it
    says stays true, so that another run need not ask for it."""

    next: list[str] = field(default_factory=list)
    single: list[str] = field(default_factory=list)
    keeps: bool = False


class SourcePages:
    """The pages of a source of one kind, read one after the other into one graph.

    A subclass says what a page of its kind is. All of it runs in the process of `harvesting.worker`; errors are `InputError`.
    """

    is_chain = True
    """Whether each page leads to one other at most, never to one that was read: anything else is a fault of the source."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        self.address = str(task["address"])
        self.assets = assets
        self.caps = ReadSettings(max_bytes=int(task["max_bytes"]))
        self.graph = SourceGraph()
        self.missed = 0

    def start(self) -> list[str]:
        """Return the addresses that a run starts with where nothing is known of the source."""
        return [self.address]

    def page(self, path: Path, url: str) -> PageTold:
        """Read a page, a file that came from `url`."""
        raise NotImplementedError

    def finish(self) -> None:
        """Put into the graph what only all pages together say; `missed` counts records that could not be read."""

    def entry(self) -> list[str]:
        """Return the addresses that the next run starts with."""
        return self.start()
