"""Records about a dataset: its use, what people requested and was answered, what it cost, and works that were made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from odlinked.catalog.summaries.records import Record
from odlinked.namespaces import DCTERMS, DQV, ODL, RDF, SCHEMA
from odlinked.rdf.ntriples import Term
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer

MOST: Final = 20
"""Most records listed on a dataset's page."""

_FACTS: Final = (DCTERMS + "date", ODL + "feedbackKind", ODL + "feedbackOutcome", ODL + "costTotal", ODL + "inventoryYear",
                 ODL + "awardYear", SCHEMA + "award", ODL + "teamNamed")


@dataclass(frozen=True)
class Mention:
    """A record about a dataset: what it is, a link to it, and its facts as (name, value)."""

    kind: str
    record: Record
    link: str | None
    facts: list[tuple[str, str]]


def of(viewer: Viewer, about: tuple[int, list[Record]]) -> tuple[int, list[Mention]]:
    """Return how many records are about a dataset, and the content of the first of them; `about` as returned by
    `Release.hanging`."""
    found = []
    for record in about[1]:
        document = viewer.release.document(record.iri)
        if document is not None:
            link = viewer.named(record.iri).link
            found.append(Mention(record.kind, record, link, _facts(Reader(document), viewer)))
    return about[0], found


def _facts(reader: Reader, viewer: Viewer) -> list[tuple[str, str]]:
    found = [(_name(viewer, predicate), _text(viewer, term)) for predicate in _FACTS for term in reader.all(predicate)]
    for node in sorted(reader.nodes):
        kinds = {term.value for term in reader.all(RDF + "type", node)}
        if DQV + "QualityMeasurement" in kinds:
            for metric, value in zip(reader.all(DQV + "isMeasurementOf", node), reader.all(DQV + "value", node), strict=False):
                found.append((viewer.named(metric.value).name, _text(viewer, value)))
        found += [(_name(viewer, ODL + "daysToAnswer"), term.value) for term in reader.all(ODL + "daysToAnswer", node)]
    return found


def _name(viewer: Viewer, predicate: str) -> str:
    return viewer.vocabulary.label(predicate, viewer.language) or NamedItem(predicate.replace("#", "/").rpartition("/")[2]).name


def _text(viewer: Viewer, term: Term) -> str:
    if term.is_iri:
        return viewer.named(term.value).name
    return f"{int(term.value):,}" if term.value.isdecimal() and term.datatype.endswith("Integer") else term.value
