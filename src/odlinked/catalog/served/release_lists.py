"""The lists of a release: its living records in their orders, the records that have a value, what refers to what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from odlinked.catalog.index.lists import Lists
from odlinked.catalog.index.selections import Selections
from odlinked.catalog.index.traits import Traits
from odlinked.catalog.served.notes import Asked
from odlinked.catalog.summaries.records import Record
from odlinked.kinds import Kind


class ReleaseLists(Asked):
    """What a release answers from its index alone."""

    base: str
    _lists: Lists

    def page(self, kind: str, number: int, size: int) -> tuple[int, list[Record]]:
        """Return the total of living records of a kind and one page of them, in the order they came in."""
        return self.counts().get(kind, 0), self._lists.page(kind, number, size)

    def dates(self, kind: str, number: int, size: int) -> list[tuple[str, str]]:
        """Return (IRI, ISO time of its last change) of one page of the living records of a kind, in the order they came in."""
        return self._lists.dates(kind, number, size)

    def titles(self, kind: str) -> list[tuple[int, str, str, str]]:
        """Return (id, IRI, title, English title) of the living records of a kind, in the order they came in."""
        return self._lists.titles(kind)

    def measured(self) -> list[tuple[str, str]]:
        """Return (IRI of its quality document, "DAY DATASETS": latest day, open datasets then) of each measured organisation."""
        return self._lists.measured()

    def standings(self) -> list[tuple[str, str]]:
        """Return (IRI of its quality document, line of `catalog.summaries.standings`) of each measured organisation."""
        return self._lists.standings()

    def some(self, ids: Sequence[int]) -> list[Record]:
        """Return records by their ids in the index (see `selections`), in the order of these."""
        return self._lists.some(tuple(ids))

    def modified(self, first: str, end: str, most: int) -> tuple[int, list[Record]]:
        """Return how many living datasets state a last change from day `first` on and before day `end`, and the last of them."""
        return self._lists.modified(first, end, most)

    def since(self) -> str:
        """Return when the first input that is known was published (ISO time): what was before it is not known here."""
        return self._lists.since()

    @property
    def selections(self) -> Selections:
        """The records that have each value of a facet."""
        return self._lists.selections

    @property
    def traits(self) -> Traits:
        """What datasets have in common."""
        return self._lists.traits

    def roster(self, kind: str) -> Iterator[Record]:
        """Yield every served record whose address is /id/KIND/…, tombstones too, in the order of its IRI."""
        return self._lists.under(Kind(kind).prefix(self.base))

    def names(self, kind: str) -> Iterator[tuple[str, str, str, bool]]:
        """Yield (IRI, title, publisher's name, whether it is in a series) of the living records of a kind."""
        return self._lists.names(kind)

    def hanging(self, dimension: str, iri: str, most: int = 500) -> tuple[int, list[Record]]:
        """Return how many living records refer to `iri`, and the first of them by IRI.

        Dimensions: `parent` (its units), `before` and `after` (changes that it was in before, that it came out of).
        """
        return self._lists.hanging(dimension, iri, most)

    def carrying(self, dimension: str, value: str) -> frozenset[str]:
        """Return the living records that have a value in a dimension; of a publisher those that were taken down, too."""
        return self._lists.carrying(dimension, value)

    def hashes(self) -> Iterator[tuple[str, bytes]]:
        """Yield (IRI, hash of its document) of every served record, in the order of IRIs."""
        return self._lists.hashes()

    def counts(self) -> dict[str, int]:
        """Return living records by kind, tombstones as "gone", and datasets by the severity of their faults."""
        return self._lists.counts

    def state(self, iri: str) -> str:
        """Return the code of a living dataset's state (open, planned, on request, withheld), "" where its record states none."""
        return self._lists.state(iri)
