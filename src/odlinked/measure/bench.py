"""A temporary store with records, evidence and the metrics' own assets, in which the metric queries run.

Records, observations, further knowledge about them and the queries' intermediate results are in the default graph; metrics, rule
sets and the code lists they need in the graph `<urn:odlinked:metrics>`; the parameters of a run, as properties of one node, in
`<urn:odlinked:parameters>`. Queries run stage by stage, as `queries/metrics/stages.toml` names them (folders below
`queries/metrics/dataset/`): what all queries of a stage construct is loaded before the next stage begins. An overlay adds a
metric by adding a query and its words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.measure import stages
from odlinked.measure.projection import Projection
from odlinked.namespaces import DQV, ODL, XSD
from odlinked.rdf import ask, vocabulary
from odlinked.settings import MeasureSettings

EDITION: Final = 4
"""Raised where a code change measures differently than before: a part of every measurement's reuse key.

`tests/test_editions.py` ties it to the code it stands for, and says what to do where that has changed.
"""

METRICS = "ontologies/metrics/*.ttl"
PREPARE = "queries/metrics/prepare.rq"
STANDARDS = "ontologies/standards/*.ttl"
_CODES = tuple(f"ontologies/codes/{name}.ttl" for name in (
    "access-right", "agreement-reason", "answer", "character-encoding", "file-type", "frequency", "licence", "other-format",
    "quality-badge"))
_METRICS = ox.NamedNode("urn:odlinked:metrics")
_STANDARDS = ox.NamedNode("urn:odlinked:standards")
_PARAMETERS = ox.NamedNode("urn:odlinked:parameters")
_NT = ox.RdfFormat.N_TRIPLES


class Item(NamedTuple):
    """A dataset to measure: its IRI, that of its quality document, and N-Triples of its record, of its observations and of what
    is known of it in addition to its record (conformance, the series it looks like)."""

    dataset: str
    quality: str
    record: bytes
    observations: bytes = b""
    findings: bytes = b""


@dataclass(frozen=True)
class Parameters:
    """What an operator may set; None leaves the value of the rule set.

    `grace`: how many intervals may pass before data is late. `counted_from`: the first listing day that counts for badges.
    `exempt`: identifiers of datasets on the white list, which get no badge.
    """

    grace: Decimal | None = None
    counted_from: date | None = None
    exempt: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, settings: MeasureSettings) -> Parameters:
        """Return the parameters of the settings."""
        return cls(Decimal(str(settings.grace)) if settings.grace else None, exempt=settings.exempt)

    def graph(self, as_of: date) -> bytes:
        """Return the parameters of a run as N-Triples."""
        values = [("asOf", as_of.isoformat(), "date"), *(("exempt", name, "string") for name in self.exempt)]
        if self.grace is not None:
            values.append(("grace", f"{self.grace:f}", "decimal"))
        if self.counted_from is not None:
            values.append(("countedFrom", self.counted_from.isoformat(), "date"))
        node, odl, xsd = ox.NamedNode(_PARAMETERS.value), ODL, XSD
        triples = [ox.Triple(node, ox.NamedNode(odl + name), ox.Literal(text, datatype=ox.NamedNode(xsd + kind)))
                   for name, text, kind in values]
        return ox.serialize(triples, format=_NT) or b""


@dataclass
class MetricEngine:
    """The assets for all measuring of a run: metrics, code lists and parameters, read once."""

    assets: Assets
    parameters: Parameters
    as_of: date

    def store(self, items: Iterable[Item]) -> ox.Store:
        """Return a new store that holds items and the assets."""
        store = ox.Store()
        store.load(self._material, format=_NT, to_graph=_METRICS, lenient=True)
        store.bulk_load(self.parameters.graph(self.as_of), format=_NT, to_graph=_PARAMETERS)
        parts: list[bytes] = []
        for item in items:
            parts += (item.record, item.observations, item.findings,
                      f"<{item.dataset}> <{DQV}hasQualityMetadata> <{item.quality}> .\n".encode())
        store.load(b"".join(parts), format=_NT, lenient=True)  # documents and observations are well-formed: we wrote them
        return store

    def run(self, store: ox.Store, sift: Callable[[bytes], bytes] = bytes) -> None:
        """Run all stages. What a query constructs (N-Triples) is given to `sift`, which returns what of it later stages need."""
        ask.run(store, self._stages, sift)

    @cached_property
    def projection(self) -> Projection:
        """What the queries use of records."""
        queries = [query for stage in self._stages for query in stage.queries]
        return Projection(queries, self._material + self.parameters.graph(self.as_of), stages.projected(self.assets))

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of everything that a result depends on, except items and day: its part of a reuse key."""
        names = {*self.assets.glob(METRICS), *self.assets.glob(STANDARDS), *_CODES, PREPARE, vocabulary.PREFIXES, stages.ASSET,
                 *(query.name for stage in self._stages for query in stage.queries)}
        total = hashlib.sha256(self.assets.digest(names).encode())
        total.update(repr((EDITION, self.parameters, ox.__version__)).encode())
        return total.hexdigest()

    @cached_property
    def _stages(self) -> list[ask.Stage]:
        return stages.load(self.assets, "dataset")

    @cached_property
    def _material(self) -> bytes:
        """Metrics, code lists and what `prepare.rq` derives from them and from the packs of standards, as N-Triples."""
        store = ox.Store()
        for graph, names in ((_METRICS, (*self.assets.glob(METRICS), *_CODES)), (_STANDARDS, self.assets.glob(STANDARDS))):
            for name in names:
                store.bulk_load(vocabulary.ntriples(self.assets, name, doing="reading the metrics"), format=_NT, to_graph=graph)
        store.bulk_load(self.parameters.graph(self.as_of), format=_NT, to_graph=_PARAMETERS)
        store.bulk_load(ask.construct(store, ask.load(self.assets, PREPARE)), format=_NT, to_graph=_METRICS, lenient=True)
        return store.dump(format=_NT, from_graph=_METRICS) or b""
