"""The entry point: datasets in, their quality documents out.

A quality document holds the observations it was given and the measurements made of them: nodes under the document's own IRI, no
blank nodes. What does not apply is one triple (`odl:notApplicable`); where a metric that concerns every dataset has neither, it
was not checked (`odl:asks`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.keeping.quality_documents import Kept, Names, kept
from odlinked.documents import Document
from odlinked.measure import agency, projection
from odlinked.measure.bench import Item, MetricEngine, Parameters
from odlinked.namespaces import CTL
from odlinked.rdf.ntriples import spelled

__all__ = ["BATCH", "Item", "Measured", "MeasuredToKeep", "Measurer", "Parameters"]

BATCH = 250
"""Datasets measured together; more make it slower: some joins grow faster than their input."""

_ALIKE = 4_000
"""Approximate number of kinds of dataset that are cached: a few dozen megabytes."""

_UNTIL = f"<{CTL}goodUntil>".encode()


class Measured(NamedTuple):
    """A quality document and the last day on which it holds by itself, None where no day changes it."""

    document: Document
    until: date | None


class MeasuredToKeep(NamedTuple):
    """What is stored of a measuring: the quality document as it is kept, what it leaves to the common one (see
    `catalog.keeping.quality_documents`), what an organisation's measurement reads of it, and the last day on which it holds."""

    document: Document
    common: Mapping[bytes, bytes]
    facts: bytes
    until: date | None


class _Alike(NamedTuple):
    """The measurements of all datasets with the same view, under the names of `projection`: whole, and as they are kept."""

    whole: Measured
    kept: Kept
    facts: bytes


@dataclass
class _QualityLines:
    """What is measured of a dataset so far: lines of its quality document, and up to which day."""

    lines: list[bytes]
    until: date | None


class Measurer:
    """Measures datasets as of a day. It can be pickled: what cannot be pickled is rebuilt on arrival."""

    def __init__(self, assets: Assets, parameters: Parameters, as_of: date) -> None:
        self.assets, self.parameters, self.as_of = assets, parameters, as_of

    def __reduce__(self) -> tuple[type[Measurer], tuple[Assets, Parameters, date]]:
        return Measurer, (self.assets, self.parameters, self.as_of)

    @cached_property
    def bench(self) -> MetricEngine:
        """The metrics and their queries, read once."""
        return MetricEngine(self.assets, self.parameters, self.as_of)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of everything that a `Measured` depends on, except the item and the day: its part of a reuse key."""
        return self.bench.digest

    def measure(self, items: Sequence[Item]) -> list[Measured]:
        """Measure datasets (of different IRIs), in their order: each result depends on its item only.

        Datasets without observations that have the same view (see `projection`) are measured once.
        """
        found: list[Measured] = []
        for item, alike, alone in self._found(items):
            text = projection.named(alike.whole.document.text, item.dataset.encode(), item.quality.encode()) if alike else None
            found.append(Measured(Document.of(item.quality, text.split(b"\n")[:-1]), alike.whole.until)
                         if alike and text is not None else alone())
        return found

    def measure_to_keep(self, items: Sequence[Item]) -> list[MeasuredToKeep]:
        """Measure datasets like `measure`, for storing: what is the same for all with the same view is prepared once."""
        found: list[MeasuredToKeep] = []
        for item, alike, alone in self._found(items):
            names = Names.of(item.quality)
            own = (item.dataset.encode(), item.quality.encode(), names.common if names else projection.COMMON)
            text = projection.named(alike.kept.text, *own) if alike else None
            facts = projection.named(alike.facts, *own) if alike else None
            if alike and text is not None and facts is not None:
                document = Document.of(item.quality, text.split(b"\n")[:-1])
                found.append(MeasuredToKeep(document, alike.kept.common, facts, alike.whole.until))
                continue
            whole = alone()
            one = kept(whole.document.text, names) if names else Kept(whole.document.text, {})
            found.append(MeasuredToKeep(Document(item.quality, one.text), one.common,
                                        agency.facts(item.dataset, whole.document.text), whole.until))
        return found

    def _found(self, items: Sequence[Item]) -> Iterator[tuple[Item, _Alike | None, Callable[[], Measured]]]:
        """Yield datasets with the measurements of those that look alike (None for one that is measured by itself), and with a
        function that returns its own."""
        views = [self._view(item) for item in items]
        self._learn({view for view in views if view is not None} - self._alike.keys())
        alikes = [self._alike[view] if view is not None else None for view in views]
        alone = [place for place, alike in enumerate(alikes) if alike is None]
        own = dict(zip(alone, self.each([items[place] for place in alone]), strict=True))
        for place, (item, alike) in enumerate(zip(items, alikes, strict=True)):
            yield item, alike, partial(self._alone, item, own.get(place))
        if len(self._alike) > _ALIKE:
            self._alike.clear()

    def _alone(self, item: Item, made: Measured | None) -> Measured:
        return made or self.each([item])[0]

    @cached_property
    def _alike(self) -> dict[bytes, _Alike]:
        """The view of a dataset -> the measurements of any such one."""
        return {}

    def _view(self, item: Item) -> bytes | None:
        return None if item.observations else self.bench.projection.of(item.dataset, item.record, item.findings)

    def _learn(self, views: Collection[bytes]) -> None:
        """Measure the views of datasets."""
        ordered = sorted(views)
        dataset, quality = projection.DATASET, projection.QUALITY
        items = [Item(projection.numbered(dataset, n).decode(), projection.numbered(quality, n).decode(),
                      projection.numbered(view, n)) for n, view in enumerate(ordered)]
        for n, (view, made) in enumerate(zip(ordered, self.each(items), strict=True)):
            text = projection.unnumbered(made.document.text, n)
            whole, names = Measured(Document(quality.decode(), text), made.until), Names(dataset, quality, projection.COMMON)
            self._alike[view] = _Alike(whole, kept(text, names), agency.facts(dataset.decode(), text))

    def each(self, items: Sequence[Item]) -> list[Measured]:
        """Measure each dataset from everything known of it, without views, like `measure`."""
        return [one for start in range(0, len(items), BATCH) for one in self._batch(items[start:start + BATCH])]

    def _batch(self, items: Sequence[Item]) -> Iterator[Measured]:
        sheets = {item.quality.encode(): _QualityLines([], None) for item in items}

        def sift(part: bytes) -> bytes:
            """Store the statements about quality documents and their nodes; the rest are intermediate steps for later stages."""
            steps = []
            for line in part.split(b"\n"):
                sheet = sheets.get(line[1:line.find(b">")].split(b"#", 1)[0])
                if sheet is None:
                    steps.append(line)
                elif line.split(b" ", 2)[1] == _UNTIL:
                    sheet.until = date.fromisoformat(line.split(b'"', 2)[1][:10].decode())
                else:
                    sheet.lines.append(spelled(line))
            return b"\n".join(steps)

        self.bench.run(self.bench.store(items), sift)
        for item in items:
            sheet = sheets[item.quality.encode()]
            observed = [line for line in item.observations.split(b"\n") if line]
            yield Measured(Document.of(item.quality, [*sheet.lines, *observed]), sheet.until)
