"""Everything measured of an organisation: counts of badges, the agency score, progress, appraisal, what to fix first.

The arithmetic is SPARQL (`queries/metrics/agency/*.rq`, run in the order of their names over a throw-away store); weights,
caps and steps are data of a dated rule set (`ontologies/metrics/agency.ttl`). This
module brings facts, assets and answers together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.documents import Document, spelled
from odlinked.measure.bench import construct
from odlinked.measure.history import older
from odlinked.namespaces import XSD

QUESTIONS = "queries/metrics/agency/*.rq"
WORDS = ("ontologies/metrics/*.ttl", "ontologies/codes/quality-badge.ttl", "ontologies/codes/appraisal-item.ttl")
"""The assets a measurement depends on, beside the questions."""

_CONTEXT = "urn:odlinked:context"
_TALLY = "urn:odlinked:tally:"


@dataclass(frozen=True)
class AgencyParameters:
    """What the owner may set. `winners`: IRIs of datasets that won the popularity award in an earlier year."""

    winners: tuple[str, ...] = ()


class Agencies:
    """Measures all organisations of a release at once, as of a day.

    The facts are N-Triples (they may hold more; what no question asks for is ignored):

        <dataset> a dcat:Dataset                        living and open ones only: neither planned nor on request
        <dataset> dcterms:publisher <organisation>
        <dataset> dcterms:issued "2016-03-01…"          day of listing; without one a dataset counts
        <dataset> odl:qualityBadge <badge>              as its source states it (code list quality-badge)
        <dataset> <METRIC> VALUE                        a measurement, METRIC being its `dqv:isMeasurementOf`: badge-lowest and
                                                        badge-highest (badges), api-description (boolean)
        <organisation> org:subOrganizationOf <organisation>

    `facts` in this module makes the measurement lines from quality documents.
    """

    def __init__(self, assets: Assets, parameters: AgencyParameters, as_of: date) -> None:
        self.assets, self.parameters, self.as_of = assets, parameters, as_of

    @cached_property
    def digest(self) -> str:
        """The part of a reuse key: the assets, the parameters and the day."""
        names = [*self.assets.glob(QUESTIONS), *(name for words in WORDS for name in self.assets.glob(words))]
        return f"{self.assets.digest(names)} {self.parameters} {self.as_of}"

    def measure(self, facts: bytes, before: Mapping[str, bytes] | None = None) -> list[Document]:
        """Return the quality document of every organisation that publishes something, itself or below it, by IRI.

        `before` holds the documents of an earlier measuring by IRI: what they say of other days is taken along (see `history`).
        Each document is `{base}/id/quality/organization/X`, its measurements are `#2026-11-22-score` and the like.
        """
        before = before or {}
        store = self._store(facts)
        answers: list[bytes] = []
        for name, path in self.assets.glob(QUESTIONS).items():
            found = construct(store, name, path.read_text(encoding="utf-8"))
            if name.rpartition("/")[2].startswith("9"):
                answers.append(found)
            else:
                store.bulk_load(found, format=ox.RdfFormat.N_TRIPLES, lenient=True)
        return [Document.of(iri, [*lines, *older(before.get(iri, b""), self.as_of)]) for iri, lines in _by_document(answers)]

    def _store(self, facts: bytes) -> ox.Store:
        store = ox.Store()
        store.bulk_load(facts, format=ox.RdfFormat.N_TRIPLES)
        for words in WORDS:
            for path in self.assets.glob(words).values():
                store.bulk_load(path.read_bytes(), format=ox.RdfFormat.TURTLE)
        context = ox.NamedNode(_CONTEXT)
        day = ox.Literal(self.as_of.isoformat(), datatype=ox.NamedNode(XSD + "date"))
        store.add(ox.Quad(context, ox.NamedNode(_TALLY + "asOf"), day))
        for winner in self.parameters.winners:
            store.add(ox.Quad(ox.NamedNode(winner), ox.NamedNode(_TALLY + "won"), ox.Literal(True)))
        return store


def _by_document(answers: Iterable[bytes]) -> Iterable[tuple[str, list[bytes]]]:
    """Yield document IRI and lines; a node's document is its IRI up to the first `#`."""
    lines = sorted({spelled(line) for answer in answers for line in answer.split(b"\n") if line})
    for iri, group in groupby(sorted(lines, key=_document), key=_document):
        yield iri.decode(), list(group)


def _document(line: bytes) -> bytes:
    return line[1 : line.index(b">")].split(b"#", 1)[0]
