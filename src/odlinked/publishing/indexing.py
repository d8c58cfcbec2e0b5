"""The index of a release: carried forward by what differs, or written from the documents."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from odlinked.assets import Assets
from odlinked.catalog import void
from odlinked.catalog.archive import Archive
from odlinked.catalog.index import Entry, Index, is_current
from odlinked.catalog.partitions import Tally
from odlinked.catalog.workspace import Workspace
from odlinked.intake.arrivals import Next
from odlinked.intake.difference import Difference
from odlinked.kinds import Kind
from odlinked.pool import Pool
from odlinked.publishing import description
from odlinked.publishing.index_entries import show_all
from odlinked.settings import Settings


@dataclass(frozen=True)
class Indexing:
    """Writes indexes of releases, as of the ISO time `now`."""

    workspace: Workspace
    settings: Settings
    assets: Assets
    archive: Archive
    base: str
    now: str
    pool: Pool
    progress: Callable[[str, int], None]

    def written(self, carried: str | None, path: Path, changes: Difference, before: Mapping[str, tuple[int, Entry]],
                following: Next, inputs: list[dict[str, Any]]) -> Index:
        """Carry the index forward, or write it from the documents; return it open, all but the dump's parts written."""
        spelled: Counter[tuple[str, str]] = Counter()
        counted, left, spaces = Tally(), Tally(), self.description.spaces
        if carried is not None and not is_current(self.workspace.releases / carried / "catalog.sqlite"):
            carried = None
        if carried is not None:
            shutil.copyfile(self.workspace.releases / carried / "catalog.sqlite", path)
            index, come, numbers = Index(path), changes.come, {iri: number for iri, (number, _) in before.items()}
            old = [before[e.iri][1] for e in (*changes.come, *changes.gone) if e.iri in before]
            went = [(e.iri, e.hash, None) for e in old if e.is_public]
            for shown in show_all(self.archive.path, went, self.pool, left, spaces):
                spelled.subtract(shown.spellings)
            for entry in old:
                index.remove(numbers[entry.iri])
            self._move(index, changes.moved)
            index.settle_planned(self.now)
        else:
            name = void.iri_of(self.base)
            index, come, numbers = Index(path, create=True), [e for e in following.entries.values() if e.iri != name], {}
        # Numbers are assigned here: one chosen by SQLite could be that of a changed record still to be written.
        unused = count(max(numbers.values(), default=0) + 1)
        for entry in come:
            if not entry.is_public:
                index.insert_private(entry, numbers.get(entry.iri) or next(unused))
        come = [entry for entry in come if entry.is_public]
        # Organisations first: a dataset is found by its publisher's name too.
        come.sort(key=lambda e: (e.key is not None and Kind.of(e.iri) is not Kind.ORGANIZATION, e.iri))
        names: dict[str, str] = {}
        items = [(e.iri, e.hash, e.key) for e in come]
        for entry, shown in zip(come, show_all(self.archive.path, items, self.pool, counted, spaces), strict=True):
            if shown.summary.kind == "organization":
                names[entry.iri] = shown.summary.title
            publisher = shown.summary.publisher
            if publisher and publisher not in names:
                names.update({publisher: "", **index.titles([publisher])})
            index.insert(entry, shown, names.get(publisher, ""), self.now, numbers.get(entry.iri) or next(unused))
            spelled.update(shown.spellings)
            self.progress("index", 1)
        facts = counted.facts()
        facts.subtract(left.facts())
        spelled.update(self._describe(index, facts, following.entries, carried=carried is not None))
        index.respell(spelled)
        used = {entry.input for entry in following.entries.values()} | {issue.input for issue in following.issues}
        # A purge may have erased an input that tombstones came from.
        kept = {i["id"] for i in inputs if (self.workspace.inputs / i["sha256"]).is_file()}
        index.replace_inputs({**i, "live": int(i["id"] in used & kept)} for i in inputs)
        index.replace_issues(following.issues)
        return index

    @cached_property
    def description(self) -> description.Description:
        """What describes the catalogue."""
        address = (self.settings.serve.public_url or self.base).rstrip("/")
        return description.Description(self.assets, self.archive, self.base, address)

    def _describe(self, index: Index, counted: Counter[str], entries: dict[str, Entry], *,
                  carried: bool) -> Counter[tuple[str, str]]:
        """Write the catalogue's description of itself and return how its spellings change.

        `counted` are the facts of all documents or, where the index was carried forward, of those that came (below 0: left).
        """
        facts = index.tally(self.description.edition) if carried else Counter[str]()
        if facts is None:  # counted in another way, or never: all documents are, once
            facts = self.description.count(entries)
        else:
            facts.update(counted)
        return self.description.write(index, facts, entries, self.now)

    def _move(self, index: Index, moved: Sequence[tuple[int, Entry, bool]]) -> None:
        index.move((number, entry) for number, entry, _ in moved)
        judged = [(number, entry) for number, entry, refault in moved if refault and entry.is_public]
        items = [(entry.iri, entry.hash, entry.key) for _, entry in judged]
        for (number, _), shown in zip(judged, show_all(self.archive.path, items, self.pool), strict=True):
            index.refault(number, shown.rules)
