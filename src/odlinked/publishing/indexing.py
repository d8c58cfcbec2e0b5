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
from odlinked.catalog.index import Entry, Index, is_current
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served import void
from odlinked.catalog.summaries.partitions import Tally
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
                following: Next, inputs: list[dict[str, Any]], *, is_own_kept: bool = False) -> Index:
        """Carry the index forward, or write it from the documents; return it open, all but the dump's parts written.

        `is_own_kept`: the code lists' documents and what they are made of are those of the release before.
        """
        spelled: Counter[tuple[str, str]] = Counter()
        numbers: Mapping[str, tuple[int, Entry]]
        counted, left, spaces = Tally(), Tally(), self.description.spaces
        if carried is not None and not is_current(self.workspace.releases / carried / "catalog.sqlite"):
            carried = None
        if carried is not None:
            shutil.copyfile(self.workspace.releases / carried / "catalog.sqlite", path)
            index, come, numbers = Index(path), changes.come, before
            old = [before[e.iri][1] for e in (*changes.come, *changes.gone) if e.iri in before]
            went = [(e.iri, e.hash, None) for e in old if e.is_public]
            for shown in show_all(self.archive.path, went, self.pool, left, spaces):
                spelled.subtract(shown.spellings)
            for entry in old:
                index.remove(before[entry.iri][0])
            self._move(index, changes.moved, before)
            index.settle_planned(self.now)
        else:
            name = void.iri_of(self.base)
            index, come, numbers = Index(path, create=True), [e for e in following.entries.values() if e.iri != name], {}
        # Numbers are assigned here: one chosen by SQLite could be that of a changed record still to be written.
        unused = count(max((number for number, _ in numbers.values()), default=0) + 1)
        for entry in come:
            if not entry.is_public:
                index.insert_private(entry, _number(numbers, entry) or next(unused))
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
            index.insert(entry, shown, names.get(publisher, ""), self.now, _number(numbers, entry) or next(unused))
            spelled.update(shown.spellings)
            self.progress("index", 1)
        facts = counted.facts()
        facts.subtract(left.facts())
        if not (carried and is_own_kept and not any(facts.values()) and self._is_described(changes, before, index)):
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

    def _is_described(self, changes: Difference, before: Mapping[str, tuple[int, Entry]], index: Index) -> bool:
        """True when the description of before is still right, given that the documents hold as many facts of each kind: the
        catalogue's own document and the records that are served are the same, and were counted in the same way."""
        if void.iri_of(self.base) not in before or index.tally(self.description.edition) is None:
            return False
        stays = all(one.iri in before and before[one.iri][1].state == one.state for one in changes.come)
        return stays and not changes.gone and not any(one.iri == Kind.CATALOG.iri(self.base) for one in changes.come)

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

    def _move(self, index: Index, moved: Sequence[tuple[int, Entry, bool]], before: Mapping[str, tuple[int, Entry]]) -> None:
        # Most rows of a list that is published again stand where they stood: of their records the input alone is another.
        successor: dict[int, int] = {}
        transferred: dict[int, set[int]] = {}
        others: list[tuple[int, Entry]] = []
        for number, entry, _ in moved:
            old = before[entry.iri][1]
            if (old.input is not None and entry.input is not None and old.input < entry.input and old[6:] == entry[6:]
                    and successor.setdefault(old.input, entry.input) == entry.input):
                transferred.setdefault(old.input, set()).add(number)
            else:
                others.append((number, entry))
        for former, numbers in sorted(transferred.items(), reverse=True):
            held = {number for number, old in before.values() if old.input == former}
            index.transfer(former, successor[former], numbers, held - numbers)
        index.move(others)
        judged = [(number, entry) for number, entry, refault in moved if refault and entry.is_public]
        items = [(entry.iri, entry.hash, entry.key) for _, entry in judged]
        for (number, _), shown in zip(judged, show_all(self.archive.path, items, self.pool), strict=True):
            index.refault(number, shown.rules)


def _number(before: Mapping[str, tuple[int, Entry]], entry: Entry) -> int | None:
    """Return the id of a record that was there before."""
    known = before.get(entry.iri)
    return known[0] if known else None
