"""What datasets of different sources are compared by: what each is called, and its unit (`catalog.summaries.called`).

Of an unchanged dataset the index of the release before tells it, of any other its document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from odlinked.catalog.index import Entry
from odlinked.catalog.summaries import called
from odlinked.catalog.summaries.summary import summarize
from odlinked.documents import Document
from odlinked.intake.relations import Turn


class CalledDataset(NamedTuple):
    """A dataset by one of its names: its IRI, its publisher's, and the name."""

    iri: str
    publisher: str
    name: str


class Likenesses:
    """What the datasets of a turn are called. `twins` are those that a dataset's document calls the same by a person's word, or
    by two believed sources': what it says of them because of that tells nothing of their likeness."""

    def __init__(self, turn: Turn, datasets: Sequence[Entry], twins: Mapping[str, Collection[str]]) -> None:
        self._turn, self._twins = turn, twins
        self._index = turn.index if turn.index and turn.index.is_current else None
        before = turn.before.entries if self._index else {}
        self._same = {entry.iri for entry in datasets
                      if (old := before.get(entry.iri)) is not None and old.hash == entry.hash and old.state == "live"}
        self._same -= twins.keys()
        self._others = [entry for entry in datasets if entry.iri not in self._same]

    def of(self, datasets: Sequence[Entry]) -> Iterator[CalledDataset]:
        """Yield some datasets by each of their names, their own addresses among them."""
        iris = {entry.iri for entry in datasets}
        for iri in iris:
            yield CalledDataset(iri, "", called.address(iri))
        if self._index:
            yield from map(CalledDataset._make, self._index.called(sorted(iris & self._same)))
        yield from (one for one in self._read if one.iri in iris)

    def bearing(self, names: Collection[str]) -> Iterator[CalledDataset]:
        """Yield the datasets that have one of some names, by that name."""
        if self._index:
            yield from (one for one in map(CalledDataset._make, self._index.bearing(names)) if one.iri in self._same)
        yield from (one for one in self._read if one.name in names)
        yield from (CalledDataset(entry.iri, "", name) for entry in self._others if (name := called.address(entry.iri)) in names)

    @cached_property
    def _read(self) -> list[CalledDataset]:
        """Those that the index does not tell of, by each name but their own address."""
        found = []
        own = self._of_rows()
        for entry, text in self._turn.after.texts.many(self._others):
            summary = summarize(Document(entry.iri, text))
            judged = called.names("", "", self._twins.get(entry.iri, ())) - own.get(entry.iri, frozenset())
            found += [CalledDataset(entry.iri, summary.publisher, name) for name in summary.called - judged]
        return found

    def _of_rows(self) -> dict[str, frozenset[str]]:
        """Return what the rows of twins themselves call them: an address may be their source's word and not only a person's."""
        archive = self._turn.after.texts.archive
        twins = {entry.iri: entry.key for entry in self._others if entry.iri in self._twins and entry.key is not None}
        outcomes = archive.outcomes(sorted(set(twins.values())))
        made = {iri: one.hash for iri, key in twins.items() if key in outcomes for one in outcomes[key].made if one.iri == iri}
        texts = dict(archive.texts(list(made.values())))
        return {iri: summarize(Document(iri, texts[digest])).called for iri, digest in made.items() if digest in texts}
