"""Why a dataset has its result: every single answer with its reason, computed on demand for one record.

Stored are verdicts and totals; what each resource showed, each point of the European assessment, what was not checked and what
corrections would add is derived here by the same queries, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.measure import stages
from odlinked.measure.bench import Item, MetricEngine, Parameters
from odlinked.namespaces import DQV, EARL, ODL
from odlinked.queries import Query
from odlinked.rdf import ask
from odlinked.rdf.ntriples import triples

POINTS: Final = "queries/metrics/explain/points.rq"
MEASUREMENTS: Final = "queries/metrics/explain/measurements.rq"
STEPS: Final = "queries/metrics/explain/steps.rq"
_KNOWN: Final = tuple(f"<{ODL}{name}> ".encode() for name in ("satisfies", "violates", "proposedSeries"))


@dataclass(frozen=True)
class Point:
    """One answer: of which metric, on which node, and what it is based on.

    `outcome` is "passed", "failed", "untested", "inapplicable", or "" for a value that is neither good nor bad. `value` is the
    measured value; where only a range is known `lowest` and `highest` are its ends. `points` of `possible` ones are those of the
    European assessment. `reason` is a concept IRI, `evidence` the nodes it was derived from; "" and () where there are none.
    `counts` is false on a distribution whose points the European assessment leaves aside, because another one has more.
    """

    metric: str
    node: str
    outcome: str
    value: str = ""
    lowest: str = ""
    highest: str = ""
    points: int | None = None
    possible: int | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    counts: bool = True


@dataclass(frozen=True)
class BadgeStep:
    """An indicator that a step of the badge asks for: the step's rank and badge, and whether the indicator is "held", "lost" or
    "open" (not checked)."""

    rank: int
    badge: str
    metric: str
    how: str


@dataclass(frozen=True)
class Mending:
    """What mending a metric that fails adds: points of the European assessment, steps of the badge or stars, as the metric is;
    `together` is how many have to be mended for it."""

    metric: str
    points: int
    together: int


@dataclass(frozen=True)
class Explained:
    """Why a dataset has its result: every single answer, how the steps of the badge stand, and what corrections would add."""

    points: list[Point]
    steps: list[BadgeStep]
    mendings: list[Mending]


class Explainer:
    """Explains records, with the material read once."""

    def __init__(self, assets: Assets, parameters: Parameters, as_of: date) -> None:
        self._bench = MetricEngine(assets, parameters, as_of)

    @cached_property
    def _queries(self) -> list[Query]:
        return [ask.load(self._bench.assets, name) for name in (MEASUREMENTS, POINTS)]

    def derived(self, item: Item) -> bytes:
        """Return what is derived and not stored in a quality document, as N-Triples: what was not checked, what corrections
        add."""
        store = self._bench.store([item])
        self._bench.run(store)
        return ask.run(store, stages.load(self._bench.assets, "derived"))

    def explain(self, item: Item) -> list[Point]:
        """Return the results of the dataset as a whole, then every single answer about it and its distributions."""
        store = self._bench.store([item])
        self._bench.run(store)
        return self._answers(store)

    def explained(self, item: Item) -> Explained:
        """Return all that explains the result of a dataset."""
        store = self._bench.store([item])
        self._bench.run(store)
        steps = ask.select(store, ask.load(self._bench.assets, STEPS))
        mended = ask.run(store, stages.load(self._bench.assets, "derived"))
        listed = [BadgeStep(int(row["rank"]), row["badge"], row["metric"], row["how"]) for row in steps]
        return Explained(self._answers(store), listed, _mendings(mended))

    def _answers(self, store: ox.Store) -> list[Point]:
        whole, single = (_points(ask.select(store, query)) for query in self._queries)
        known = {(point.metric, point.node) for point in whole}
        return [*whole, *(point for point in single if (point.metric, point.node) not in known)]


def item(record: Document, quality: Document, related: bytes = b"") -> Item:
    """Return what is to be explained from the two documents a catalogue holds of a dataset: its record, and its quality document.

    Taken from the latter are the observations and what was known of the dataset among others; what other records state about it
    (costs, feedback) is `related`.
    """
    visit, head = f"<{quality.iri}#visit-".encode(), f"<{quality.iri}> ".encode()
    visits = [line + b"\n" for line in quality.lines if line.startswith(visit)]
    known = [f"<{record.iri}> ".encode() + line[len(head):] + b"\n" for line in quality.lines
             if line.startswith(head) and line[len(head):].startswith(_KNOWN)]
    return Item(record.iri, quality.iri, record.text, b"".join(visits), b"".join(known) + related)


def explain(assets: Assets, item: Item, parameters: Parameters, as_of: date) -> list[Point]:
    """Explain one record; `Explainer` does it for many."""
    return Explainer(assets, parameters, as_of).explain(item)


def _mendings(text: bytes) -> list[Mending]:
    """Return the gains among what is derived."""
    nodes: dict[str, dict[str, str]] = {}
    for subject, predicate, term in triples(text):
        nodes.setdefault(subject, {})[predicate] = term.value
    return [Mending(node[DQV + "isMeasurementOf"], int(node[ODL + "points"]), int(node.get(ODL + "together", 1)))
            for node in nodes.values() if ODL + "points" in node and DQV + "isMeasurementOf" in node]


def _points(rows: Iterable[Mapping[str, str]]) -> list[Point]:
    """Put rows that differ in their evidence only together."""
    found: dict[tuple[str, str], tuple[Mapping[str, str], list[str]]] = {}
    for row in rows:
        _, evidence = found.setdefault((row["metric"], row["node"]), (row, []))
        evidence += [visit for visit in (row.get("visit", ""),) if visit and visit not in evidence]
    return [_point(row, tuple(sorted(evidence))) for row, evidence in found.values()]


def _point(row: Mapping[str, str], evidence: tuple[str, ...]) -> Point:
    leads = "possible" not in row or "#" not in row["node"] or row.get("leads") == "true"
    return Point(row["metric"], row["node"], row.get("outcome", "").removeprefix(EARL), row.get("value", ""),
                 row.get("lowest", ""), row.get("highest", ""), _number(row.get("points")), _number(row.get("possible")),
                 row.get("reason", ""), evidence, leads)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
