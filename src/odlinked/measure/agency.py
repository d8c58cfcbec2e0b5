"""Everything measured of an organisation: counts of badges, the agency score, progress, appraisal, what to fix first.

The arithmetic is SPARQL (`queries/metrics/agency/*.rq`, run over a throw-away store as `queries/metrics/stages.toml` says);
weights, caps and steps are data of a dated rule set (`ontologies/metrics/agency.ttl`). This module brings facts, assets and
answers together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.measure import stages
from odlinked.measure.history import joined, measurements, older, outlived
from odlinked.namespaces import ODL, XSD
from odlinked.rdf import ask, vocabulary
from odlinked.rdf.ntriples import spelled

QUESTIONS = "queries/metrics/agency/*.rq"
WORDS = ("ontologies/metrics/*.ttl", "ontologies/codes/quality-badge.ttl", "ontologies/codes/appraisal-item.ttl")
"""The assets that a measurement depends on, in addition to the queries."""

MEASURED = ("badge-lowest", "badge-highest", "api-description", "standard-fields", "link-validity", "direct-download",
            "structured-type", "encoding-match", "field-match", "timeliness")
"""The metrics of datasets that count for an organisation."""

_METRIC = b"https://w3id.org/odlinked/metric/"
_MEASURED = re.compile(
    rb"^<[^>#]*#(" + "|".join(MEASURED).encode() + rb")> <(?:http://(www\.w3\.org/ns/dqv#value)|https://w3id\.org/odlinked/ns#outcome)>"
    rb" (.*)$", re.MULTILINE)
_FAILED = b"<http://www.w3.org/ns/earl#failed> ."
_FAILS = f"<{ODL}fails> ".encode()
_EARLIER = b' <urn:odlinked:tally:earlier> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .'
_CONTEXT = "urn:odlinked:context"
_TALLY = "urn:odlinked:tally:"


@dataclass(frozen=True)
class AgencyParameters:
    """The owner's parameters. `winners`: identifiers of datasets that won the popularity award in an earlier year."""

    winners: tuple[str, ...] = ()


class Agencies:
    """Measures all organisations of a release at once, as of a day.

    The facts are N-Triples (they may hold more; what no question asks for is ignored):

        <dataset> a dcat:Dataset                        living and open ones only: neither planned nor on request
        <dataset> dcterms:publisher <organisation>
        <dataset> dcterms:issued "2016-03-01…"          day of listing; without one a dataset counts
        <dataset> odl:qualityBadge <badge>              as its source states it (code list quality-badge)
        <dataset> dcat:theme <strategy>                 of code list moea-theme; others do no harm
        <dataset> <METRIC> VALUE                        the metrics of `MEASURED`, as `facts` reads them from quality documents
        <dataset> odl:fails <METRIC>                    an indicator whose outcome is earl:failed
        <organisation> org:subOrganizationOf <organisation>
        the documents of use, feedback and appraisal (odl:UsageRecord, odl:Feedback, odl:Appraisal) as they are
    """

    def __init__(self, assets: Assets, parameters: AgencyParameters, as_of: date) -> None:
        self.assets, self.parameters, self.as_of = assets, parameters, as_of

    @cached_property
    def digest(self) -> str:
        """The part of a reuse key: the assets, the parameters and the day."""
        names = [*self.assets.glob(QUESTIONS), stages.ASSET, *(name for words in WORDS for name in self.assets.glob(words))]
        return f"{self.assets.digest(names)} {self.parameters} {self.as_of}"

    def measure(self, facts: bytes, before: Mapping[str, bytes] | None = None) -> list[Document]:
        """Return the quality document of every organisation that publishes something, itself or below it, by IRI.

        `before` holds the documents of an earlier measuring by IRI: what they state about other days is kept (see `history`),
        also for organisations of which nothing is measured as of this one. Each document is `{base}/id/quality/organization/X`,
        its measurements are `#2026-11-22-score` and the like. One more, `{base}/id/quality/popularity`, has the places of the
        popularity award where numbers of use are known.
        """
        before = before or {}
        store = self._store(facts)
        kept = self._kept
        self._recall(store, before)
        answers = ask.run(store, stages.load(self.assets, "agency"))
        made = {iri: [*lines, *older(before.get(iri, b""), self.as_of, kept)] for iri, lines in _by_document(answers)}
        # Where nothing is measured now, measurements of other days are kept.
        made |= {iri: lines for iri, text in before.items() if iri not in made and (lines := outlived(text, self.as_of, kept))}
        return [Document.of(iri, made[iri]) for iri in sorted(made)]

    def joined(self, present: bytes, past: Document) -> Document:
        """Return a document of a later day that also has what `past` measured as of this one, as history."""
        return Document.of(past.iri, joined(present, past.text, self.as_of, self._kept))

    @cached_property
    def _kept(self) -> set[str]:
        """The names of the measurements that are kept."""
        return set(_kept_in_history(self.assets, tuple(self.assets.stamp(words) for words in WORDS)))

    def _store(self, facts: bytes) -> ox.Store:
        store = ox.Store()
        store.bulk_load(facts, format=ox.RdfFormat.N_TRIPLES)
        _read(store, self.assets)
        context = ox.NamedNode(_CONTEXT)
        day = ox.Literal(self.as_of.isoformat(), datatype=ox.NamedNode(XSD + "date"))
        store.add(ox.Quad(context, ox.NamedNode(_TALLY + "asOf"), day))
        for winner in self.parameters.winners:
            store.add(ox.Quad(context, ox.NamedNode(_TALLY + "won"), ox.Literal(winner)))
        return store

    def _recall(self, store: ox.Store, before: Mapping[str, bytes]) -> None:
        """Load the scores of earlier days, marked as such: progress is counted from them."""
        names = _names(store, "tally", _TALLY + "score")
        today = self.as_of.isoformat()
        lines: list[bytes] = []
        for document in before.values():
            for days in measurements(document, names).values():
                for day, lines_of_day in days.items():
                    if day < today:
                        lines += [*lines_of_day, lines_of_day[0].split(b" ", 1)[0] + _EARLIER]
        store.bulk_load(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES, lenient=True)


def facts(iri: str, document: bytes) -> bytes:
    """Return what the quality document of dataset `iri` states about the dataset itself, as `Agencies` reads it.

    A document has its measurements under its own IRI and names each by its metric: `#badge-lowest`.
    """
    found: list[bytes] = []
    subject = f"<{iri}> ".encode()
    for name, predicate, value in _MEASURED.findall(document):
        if predicate == b"www.w3.org/ns/dqv#value":
            found.append(subject + b"<" + _METRIC + name + b"> " + value)
        elif value == _FAILED:
            found.append(subject + _FAILS + b"<" + _METRIC + name + b"> .")
    return b"".join(line + b"\n" for line in found)


def _read(store: ox.Store, assets: Assets) -> None:
    """Load the metrics, and what is said of them."""
    for _, statements in vocabulary.each(assets, *WORDS, doing="reading the metrics"):
        store.bulk_extend(ox.Quad(*one) for one in statements)


@lru_cache(maxsize=1)
def _kept_in_history(assets: Assets, _stamp: object) -> frozenset[str]:
    """Return the names of the measurements that are kept, read once in a process while the metrics are unchanged."""
    store = ox.Store()
    _read(store, assets)
    return frozenset(_names(store, "keptInHistory"))


def _names(store: ox.Store, property_: str, value: str = "") -> set[str]:
    """Return the names measurements have (`score-lowest`) of the metrics with a property of the vocabulary."""
    wanted = ox.NamedNode(value) if value else None
    metrics = (quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(ODL + property_), wanted, None))
    return {metric.value.rpartition("/")[2].removeprefix("agency-") for metric in metrics if isinstance(metric, ox.NamedNode)}


def _by_document(answers: bytes) -> Iterable[tuple[str, list[bytes]]]:
    """Yield document IRI and lines, in the order of the IRIs; a node's document is its IRI up to the first `#`."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for line in answers.split(b"\n"):
        if line:
            found[line[1 : line.index(b">")].split(b"#", 1)[0]].append(spelled(line))
    for iri in sorted(found):
        yield iri.decode(), found[iri]
