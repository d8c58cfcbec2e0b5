"""Datasets of organisations in N-Triples, and the documents of their scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.measure.agency import Agencies, AgencyParameters
from odlinked.namespaces import CODE, DCAT, DCTERMS, DQV, ODL, RDF, XSD

BASE = "http://localhost:8000/id/"
METRIC = "https://w3id.org/odlinked/metric/"
BADGE = CODE + "quality-badge/"
AS_OF = date(2026, 7, 31)


def line(subject: str, predicate: str, value: object) -> str:
    """Return a line of N-Triples: IRIs are texts with a scheme, everything else is a literal."""
    if isinstance(value, bool):
        term = f'"{str(value).lower()}"^^<{XSD}boolean>'
    elif isinstance(value, int | Decimal):
        term = f'"{value}"^^<{XSD}{"integer" if isinstance(value, int) else "decimal"}>'
    elif isinstance(value, date):
        term = f'"{value}"^^<{XSD}date>'
    else:
        term = f"<{value}>" if "://" in str(value) else f'"{value}"'
    return f"<{subject}> <{predicate}> {term} .\n"


def dataset(
    number: int | str,
    unit: str = "u",
    *,
    stated: str = "",
    least: str = "",
    most: str = "",
    api: bool | None = None,
    listed: str = "2019-01-01",
    fails: Iterable[str] = (),
    conforms: bool | None = None,
) -> str:
    iri = f"{BASE}dataset/{number}"
    told = [line(iri, RDF + "type", DCAT + "Dataset"), line(iri, DCTERMS + "publisher", f"{BASE}organization/{unit}")]
    if listed:
        told.append(line(iri, DCTERMS + "issued", date.fromisoformat(listed)))
    if stated:
        told.append(line(iri, ODL + "qualityBadge", BADGE + stated))
    if least:
        told += [
            line(iri, METRIC + "badge-lowest", BADGE + least),
            line(iri, METRIC + "badge-highest", BADGE + (most or least)),
        ]
    for name, value in (("api-description", api), ("standard-fields", conforms)):
        if value is not None:
            told.append(line(iri, METRIC + name, value))
    told += [line(iri, ODL + "fails", METRIC + name) for name in fails]
    return "".join(told)


def measured(
    text: str, as_of: date = AS_OF, before: Mapping[str, bytes] | None = None, winners: tuple[str, ...] = ()
) -> dict[str, Document]:
    agencies = Agencies(Assets(), AgencyParameters(winners), as_of)
    return {document.iri.rpartition("/")[2]: document for document in agencies.measure(text.encode(), before)}


def values(document: Document, as_of: date = AS_OF) -> dict[str, str]:
    """Return the measurements of a day: name -> value."""
    found = {}
    for subject, predicate, term in document.triples():
        head, _, name = subject.rpartition("#")[2].partition(f"{as_of}-")
        if predicate == DQV + "value" and not head:
            found[name] = term.value
    return found


def not_checked(document: Document) -> set[str]:
    return {t.object.value.rpartition("/")[2] for t in document.triples() if t.predicate == ODL + "notChecked"}
