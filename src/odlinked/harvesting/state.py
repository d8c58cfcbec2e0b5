"""What is kept of a source in the workspace: its last good state, the pages it was read from, and the log of its runs.

    harvest/NAME/state.json    the last good state: its pages, with what makes requests conditional
    harvest/NAME/pages/SHA256  the pages of that state
    harvest/NAME/parts/SHA256  what was made of each of them (`harvesting.parts`), by address and content
    harvest/NAME/NAME.records  the records that were published
    harvest/NAME/log.jsonl     a line a run, oldest first

It is private like the rest of the workspace. A run that is killed leaves the state as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from odlinked import ownership
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import OdlinkedError

FOLDER: Final = "harvest"
MOST_RUNS: Final = 500
"""Most runs kept in the log of a source."""

SUFFIX: Final = ".records"

WHOLE_DAYS: Final = 30
"""After so many days a source is read whole again, whatever it says has changed: a server that takes everything for unchanged
would be believed for ever."""


@dataclass(frozen=True)
class SourcePage:
    """A page as it was fetched: its address, the final one, validators, SHA-256 (hex), name of the file it was read from
    (its suffix says the format), and the addresses it leads to. One that is `kept` stays true: what it leads to is not asked for
    again; one that is `fixed` never changes, as its server says. `received` is the day its content last came in."""

    url: str
    at: str = ""
    etag: str = ""
    modified: str = ""
    sha256: str = ""
    suffix: str = ""
    onward: tuple[str, ...] = ()
    kept: bool = False
    fixed: bool = False
    received: str = ""


@dataclass(frozen=True)
class SourceState:
    """The last good state of a source: what it was harvested from, when, and the addresses the next run starts with."""

    address: str = ""
    kind: str = ""
    edition: int = 0
    time: str = ""
    pages: tuple[SourcePage, ...] = ()
    entry: tuple[str, ...] = ()
    counts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HarvestRun:
    """A run: when it began and ended, what came of it ("published", "unchanged" or "failed"; "" while it is at work, or where it
    was killed), and why it failed: as one line, and in the parts of the error (why, doing, on, what to do next). `counts` are
    numbers by name; `refused` how many records were not taken, by rule."""

    source: str
    began: str
    ended: str = ""
    result: str = ""
    why: str = ""
    parts: tuple[str, ...] = ()
    release: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    def failed(self, problem: OdlinkedError) -> HarvestRun:
        """Return the run as one that failed by an error."""
        return replace(self, result="failed", why=problem.line(), parts=problem.parts)

    @property
    def problem(self) -> OdlinkedError | None:
        """The error it failed by, None where it did not fail."""
        return OdlinkedError.of_parts(self.parts) if len(self.parts) == 4 else None

    @property
    def has_published(self) -> bool:
        """Whether it failed after some of what it read was published: the changes of a day before the one that could not be."""
        return self.result == "failed" and bool(self.release)

    @property
    def is_good(self) -> bool:
        """Whether the source's state is what the source says now."""
        return self.result in ("published", "unchanged")


class SourceFolder:
    """The folder of a source."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.name = name
        self.path = workspace.root / FOLDER / name

    @property
    def records(self) -> Path:
        """The file of the records that were published last."""
        return self.path / (self.name + SUFFIX)

    @property
    def fresh(self) -> Path:
        """Where the next file of records is made, under the same name."""
        return self.path / "next" / (self.name + SUFFIX)

    def page(self, sha256: str) -> Path:
        """The file of a page."""
        return self.path / "pages" / sha256

    def part(self, page: SourcePage) -> Path:
        """The file of what was made of a page."""
        return self.path / "parts" / hashlib.sha256(f"{page.sha256} {page.at or page.url}".encode()).hexdigest()

    def keep_part(self, page: SourcePage, made: Path) -> None:
        """Keep what was made of a page. It says itself on what it depends, so that it may stand before the state does."""
        partial = self.path / "next" / "part"
        shutil.copyfile(made, partial)
        os.replace(partial, self.part(page))

    def create(self) -> None:
        """Create the folder and remove what a killed run left half made."""
        for name in ("pages", "parts"):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.path / "next", ignore_errors=True)
        (self.path / "next").mkdir()

    def state(self) -> SourceState:
        """Return the last good state; an empty one where there is none that can be read."""
        try:
            raw = json.loads((self.path / "state.json").read_text(encoding="utf-8"))
            pages = tuple(SourcePage(**{**page, "onward": tuple(page["onward"])}) for page in raw["pages"])
            state = SourceState(**{**raw, "pages": pages, "entry": tuple(raw["entry"])})
        except (OSError, ValueError, TypeError, KeyError):
            return SourceState()
        # The files of a platform's list are inputs like any other and are kept as those.
        whole = state.kind == "national" or self.records.is_file()
        whole = whole and all(self.page(page.sha256).is_file() for page in state.pages)
        return state if whole else SourceState()

    def keep(self, state: SourceState) -> None:
        """Make a state the last good one, with the file of records that was made for it; remove the pages of others."""
        if self.fresh.is_file():
            os.replace(self.fresh, self.records)
        _written(self.path / "state.json", json.dumps(asdict(state), ensure_ascii=False, indent=1))
        self._retain(state.pages)

    def keep_page(self, content: bytes) -> str:
        """Keep the content of a page and return its SHA-256 (hex)."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.page(digest).is_file():
            partial = self.path / "next" / digest
            partial.write_bytes(content)
            os.replace(partial, self.page(digest))
        return digest

    def _retain(self, pages: Collection[SourcePage]) -> None:
        known = {self.page(page.sha256) for page in pages} | {self.part(page) for page in pages}
        for path in (one for name in ("pages", "parts") for one in (self.path / name).iterdir()):
            if path not in known:
                path.unlink(missing_ok=True)

    def drop_pages(self) -> None:
        """Remove the pages of a run that came to nothing."""
        self._retain(self.state().pages)

    def note(self, run: HarvestRun) -> None:
        """Add a run to the log, in place of the line that says it began."""
        runs = [one for one in self.runs() if one.began != run.began][-MOST_RUNS + 1:]
        _written(self.path / "log.jsonl", "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in (*runs, run)))

    def runs(self) -> list[HarvestRun]:
        """Return the runs, oldest first; one that never ended, but for the last, was stopped."""
        return list(self._runs())

    def _runs(self) -> Iterator[HarvestRun]:
        known = {one.name for one in fields(HarvestRun)}
        try:
            lines = (self.path / "log.jsonl").read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                raw = json.loads(line)
                found: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value
                                         for key, value in raw.items() if key in known}
                yield HarvestRun(**found)
            except (ValueError, TypeError, AttributeError):
                continue


def _written(path: Path, text: str) -> None:
    """Write a file whole."""
    partial = path.with_suffix(".partial")
    with open(partial, "w", encoding="utf-8", opener=ownership.opener) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
