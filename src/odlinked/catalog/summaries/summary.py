"""What the pages, lists and facets show of a record, read once from its document and kept in SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from odlinked.catalog.summaries import happenings, standings
from odlinked.catalog.summaries.called import names
from odlinked.catalog.summaries.grades import GRADE, STARS, graded
from odlinked.catalog.summaries.traits import traits
from odlinked.documents import Document
from odlinked.kinds import Kind, is_quality
from odlinked.namespaces import CODE, DCAT, DCTERMS, DQV, FOAF, METRIC, ODL, ORG, OWL, RDF, SCHEMA, SKOS, XSD
from odlinked.rdf.ntriples import triples
from odlinked.store.oxigraph import Folding

_KINDS = {
    DCAT + "Dataset": "dataset", DCAT + "DataService": "service", DCAT + "Catalog": "catalog",
    DCAT + "DatasetSeries": "series", FOAF + "Agent": "organization",
    ODL + "UsageRecord": "usage", ODL + "Feedback": "feedback", ODL + "BuildingCost": "cost",
    ODL + "Appraisal": "appraisal", ODL + "DataAsset": "asset", ODL + "SubsidyProgramme": "subsidy",
    ODL + "MeetingConclusion": "conclusion", ODL + "ChecklistEntry": "checklist", ODL + "Showcase": "showcase",
    ODL + "Promotion": "promotion", ODL + "OpeningStrategy": "strategy",
    ORG + "ChangeEvent": "event", SKOS + "Concept": "concept", SKOS + "ConceptScheme": "scheme",
}
_HANGS = {
    ORG + "subOrganizationOf": "parent", ORG + "originalOrganization": "before", ORG + "resultingOrganization": "after",
    SCHEMA + "about": "about", ODL + "usesDataset": "about", ODL + "datasetNamed": "named",
}
"""Dimensions that no list offers, by which organisations, their changes, records about datasets are found."""

_TWINS: Final = {ODL + "maybeSameAs": "maybe", ODL + "twin": "twin"}
"""Dimensions of datasets that no list offers."""

_ALIASES: Final = (OWL + "sameAs", DCAT + "landingPage", DCTERMS + "identifier")
"""What states how else a dataset is called."""

_START: Final = DCAT + "startDate"
_END: Final = DCAT + "endDate"
_MOST_YEARS: Final = 200
"""Years that a period may have; a longer one is a mistake in one of its ends."""

_HANGING = ("organization", "event", "usage", "feedback", "cost", "appraisal", "asset", "checklist", "showcase")
_RANK = ("catalog", "series", "dataset", "service", "organization", "usage", "feedback", "cost", "appraisal", "asset", "subsidy",
         "conclusion", "checklist", "showcase", "promotion", "strategy", "concept", "scheme", "event")
_READ = {
    RDF + "type", DCTERMS + "title", DCTERMS + "description", DCTERMS + "publisher", DCTERMS + "modified",
    DCTERMS + "issued", DCTERMS + "format", DCTERMS + "accrualPeriodicity", DCAT + "theme", DCAT + "keyword",
    ODL + "qualityBadge", ODL + "fieldName", ODL + "fieldDescription", FOAF + "name", SKOS + "prefLabel",
    DCTERMS + "identifier", DCTERMS + "accessRights", DCAT + "inSeries", DCTERMS + "date", ODL + "plannedOpening",
    DCTERMS + "spatial", DCTERMS + "temporal", _START, _END, DCAT + "accessService",
    SCHEMA + "dateCreated", ODL + "feedbackOutcome", *_HANGS, *_TWINS, *_ALIASES, *happenings.READ,
}
_WANTED = frozenset(f"<{iri}>".encode() for iri in _READ)
_FORMAT: Final = DCTERMS + "format"
_SERVED_BY: Final = DCAT + "accessService"
_OF_PARTS: Final = (_FORMAT, _SERVED_BY, happenings.DAYS, _START, _END, SKOS + "prefLabel")
"""What is read of the nodes of a record, too."""

_MARKS: Final = tuple(f" <{iri}> ".encode() for iri in _OF_PARTS)

_KNOWN: Final = 32_768
_LONGEST_KNOWN: Final = 128
"""Statements that are remembered as they were read, and the bytes of the longest: formats, codes and names of fields recur."""

PUBLIC: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
WITHHELD: Final = "http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"
MEASURED: Final = "measured"
"""The dimension of organisations' measurements: the latest day, and the open datasets on that day."""

OUTCOME: Final = "outcome"
"""The dimension of what came of a request: a concept, "" where it states none."""

EU_THEME: Final = "data-theme"
"""The dimension of a dataset's themes among those of the European Union, which harvesters ask for."""

_OPEN: Final = f" <{DQV}isMeasurementOf> <{METRIC}agency-open> .".encode()
_THEMES = CODE + "service-category/"
EU_THEMES: Final = "http://publications.europa.eu/resource/authority/data-theme/"
"""What the addresses of the European Union's themes begin with."""

_STRATEGIES = CODE + "moea-theme/"


class RecordSummary(NamedTuple):
    """The shown parts of a record. `facets` are (dimension, value) pairs; `words` is what full text finds it by.

    `planned` is the month an opening is planned for where the record states it, which is not a month of opening, however past.
    `opens` are the days or months of listing of a dataset whose access is public or not stated, "" for one without any; none for
    one whose opening is only planned.
    `graded` are, of a quality document, the (dimension, value) pairs of the dataset that it is about. `traits` are what a dataset
    may have in common with others (`catalog.summaries.traits`), none of one that is withheld; `called` is how a dataset is called
    (`catalog.summaries.called`).
    """

    kind: str
    title: str
    title_en: str
    description: str
    publisher: str
    modified: str
    issued: str
    formats: tuple[str, ...]
    badge: str
    facets: tuple[tuple[str, str], ...]
    words: str
    access: str = ""
    planned: str = ""
    opens: tuple[str, ...] = ()
    graded: tuple[tuple[str, str], ...] = ()
    traits: tuple[int, ...] = ()
    called: frozenset[str] = frozenset()


def summarize(document: Document) -> RecordSummary:
    """Return the summary of a document."""
    own: dict[str, list[tuple[str, str]]] = {}
    formats: list[str] = []
    places: dict[str, str] = {}
    periods: dict[str, dict[str, str]] = {}
    answers: list[str] = []
    has_api = False
    about, rest = _divided(document)
    for subject, predicate, value in _of_parts(rest):
        if predicate == _FORMAT:
            formats.append(value)
        elif predicate == _SERVED_BY:
            has_api = True
        elif predicate == happenings.DAYS:
            answers.append(value)
        elif predicate in (_START, _END):
            periods.setdefault(subject, {})[predicate] = value
        else:
            places[subject] = value
    for tail in about:
        if tail[:tail.index(b" ")] in _WANTED:
            predicate, value, language = _stated(tail) if len(tail) <= _LONGEST_KNOWN else _stated.__wrapped__(tail)
            own.setdefault(predicate, []).append((value, language))
    formats += (value for value, _ in own.get(_FORMAT, ()))
    has_api |= _SERVED_BY in own
    answers += (value for value, _ in own.get(happenings.DAYS, ()))
    for edge in _START, _END:
        if edge in own:
            periods.setdefault(document.iri, {})[edge] = own[edge][-1][0]
    formats = list(dict.fromkeys(formats))

    def one(predicate: str, *, english: bool = False) -> str:
        for value, tag in own.get(predicate, ()):
            if tag.startswith("en") == english:
                return value
        return ""

    kinds = {_KINDS[value] for value, _ in own.get(RDF + "type", []) if value in _KINDS}
    kind = next((k for k in _RANK if k in kinds), "quality" if is_quality(document.iri) else "other")
    if kind == "quality" and Kind.of(document.iri) is Kind.ORGANIZATION_QUALITY:
        return RecordSummary(kind, "", "", "", "", "", "", (), "", (*_measured(document), *standings.told(document)), "")
    if kind == "quality" and Kind.of(document.iri) is Kind.DATASET_QUALITY:
        return RecordSummary(kind, "", "", "", "", "", "", (), "", (), "", graded=_graded(document))
    name = SKOS + "prefLabel" if kind in ("organization", "concept") else DCTERMS + "title"
    title, title_en = one(name), one(name, english=True)
    if kind == "organization" and not title:
        title = one(FOAF + "name")
    moment = one({"event": DCTERMS + "date", "feedback": SCHEMA + "dateCreated"}.get(kind, DCTERMS + "issued"))
    publisher, badge = one(DCTERMS + "publisher"), one(ODL + "qualityBadge")
    facets = [("format", value) for value in formats]
    facets += [("theme", v) for v, _ in own.get(DCAT + "theme", []) if v.startswith(_THEMES)]
    facets += [(EU_THEME, v) for v, _ in own.get(DCAT + "theme", []) if v.startswith(EU_THEMES)]
    facets += [("strategy", v) for v, _ in own.get(DCAT + "theme", []) if v.startswith(_STRATEGIES)]
    facets += [("series", v) for v, _ in own.get(DCAT + "inSeries", [])]
    facets += [("area", places.get(value, value)) for value, _ in own.get(DCTERMS + "spatial", [])]
    facets += [("covers", year) for year in _years([periods.get(value, {}) for value, _ in own.get(DCTERMS + "temporal", [])])]
    facets += [("api", "yes")] if has_api else []
    facets += [(dimension, v) for name, dimension in _TWINS.items() for v, _ in own.get(name, [])]
    facets += [("publisher", v) for v, _ in own.get(DCTERMS + "publisher", [])]
    facets += [("badge", v) for v, _ in own.get(ODL + "qualityBadge", [])]
    facets += [(dimension, value) for dimension, value in (("year", one(DCTERMS + "modified")[:4]),
                                                           ("frequency", one(DCTERMS + "accrualPeriodicity"))) if value]
    hangs = tuple((d, v) for name, d in _HANGS.items() for v, _ in own.get(name, ())) if kind in _HANGING else ()
    hangs += ((OUTCOME, one(ODL + "feedbackOutcome")),) if kind == "feedback" else ()
    happened = happenings.told(kind, own, answers)
    hangs += happened
    facets += happened
    words = [one(DCTERMS + "description"), one(DCTERMS + "description", english=True), one(DCTERMS + "identifier")]
    for predicate in (DCAT + "keyword", ODL + "fieldName"):
        words += [value for value, _ in own.get(predicate, [])]
    access, planned, opens = (one(DCTERMS + "accessRights"), one(ODL + "plannedOpening"), _opens(own)) if kind == "dataset" \
        else ("", "", ())
    others = (value for name in _ALIASES for value, _ in own.get(name, ()))
    called = names(document.iri, title or title_en, others) if kind == "dataset" else frozenset[str]()
    shared = tuple(traits(document)) if kind == "dataset" and access != WITHHELD else ()
    return RecordSummary(kind, title, title_en, words[0], publisher, one(DCTERMS + "modified"), moment,
                         tuple(formats), badge, tuple(facets) if kind == "dataset" else hangs, "\n".join(w for w in words if w),
                         access, planned, opens, traits=shared, called=called)


def _divided(document: Document) -> tuple[list[bytes], bytes]:
    """Return the statements of a record about itself, without their subject, and all other lines: those about one subject stand
    together."""
    text, begin = document.text, f"<{document.iri}> ".encode()
    start = 0 if text.startswith(begin) else text.find(b"\n" + begin) + 1
    if not start and not text.startswith(begin):
        return [], text
    end = text.find(b"\n", text.rfind(b"\n" + begin) + 1) + 1
    return text[start + len(begin) : end - 1].split(b"\n" + begin), text[:start] + text[end:]


def _of_parts(lines: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield subject, predicate and value of what is read of the nodes of a record, by predicate.

    The text is searched, not parsed: a literal may hold what looks like a predicate.
    """
    for mark in _MARKS:
        at = lines.find(mark)
        while at >= 0:
            subject = lines[lines.rfind(b"\n", 0, at) + 1 : at]
            if b" " not in subject:
                predicate, value, _ = _stated(lines[at + 1 : lines.index(b"\n", at)])
                yield subject[1:-1].decode(), predicate, value
            at = lines.find(mark, at + 1)


@lru_cache(maxsize=_KNOWN)
def _stated(tail: bytes) -> tuple[str, str, str]:
    """Return the predicate, the value and its language of a statement (N-Triples) without its subject."""
    _, predicate, term = next(triples(b"<urn:s> " + tail))
    return predicate, term.value, term.language


def _years(periods: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the years of periods; of one without an end, or a beginning, only the year that is stated is known."""
    found: set[int] = set()
    for period in periods:
        stated = [int(value[:4]) for value in period.values() if value[:4].isdecimal()]
        if stated and max(stated) - min(stated) < _MOST_YEARS:
            found |= set(range(min(stated), max(stated) + 1))
    return sorted(map(str, found))


def _opens(own: Mapping[str, list[tuple[str, str]]]) -> tuple[str, ...]:
    rights = [value for value, _ in own.get(DCTERMS + "accessRights", [])]
    days = {value[:10] for value, _ in own.get(DCTERMS + "issued", [])}
    if not days and ODL + "plannedOpening" in own:
        return ()
    return tuple(sorted(days or {""})) if not rights or PUBLIC in rights else ()


def _graded(document: Document) -> tuple[tuple[str, str], ...]:
    """Return by what was measured of it a dataset is found."""
    grade = graded(document)
    return ((GRADE, grade.value), *([(STARS, grade.stars)] if grade.stars else []), *happenings.linked(document))


def _measured(document: Document) -> tuple[tuple[str, str], ...]:
    """Return what the list of measured organisations shows of one: its latest day, and its open datasets on it."""
    nodes = {line.split(b" ", 1)[0] for line in document.lines if line.endswith(_OPEN)}
    found: dict[str, dict[str, str]] = {}
    wanted = b"\n".join(line for line in document.lines if line.split(b" ", 1)[0] in nodes)
    for subject, predicate, term in triples(wanted):
        found.setdefault(subject, {})[predicate] = term.value
    days = [(node.get(DCTERMS + "date", ""), node.get(DQV + "value", "")) for node in found.values()]
    days = [(day, value) for day, value in days if day and value.isdecimal()]
    return ((MEASURED, " ".join(max(days))),) if days else ()


_FOLDED: Final = re.compile(b'"\\^\\^<' + re.escape(XSD).encode() + b"(" + b"|".join((
    b"integer", b"decimal", b"double", b"float", b"boolean", b"nonNegativeInteger", b"positiveInteger", b"nonPositiveInteger",
    b"negativeInteger", b"long", b"int", b"short", b"byte", b"unsignedLong", b"unsignedInt", b"unsignedShort", b"unsignedByte",
    b"duration", b"yearMonthDuration", b"dayTimeDuration", b"dateTime", b"time")) + rb")> \.\n")
"""The end of a statement whose value a store may spell otherwise; a text cannot contain it, since there quotes are escaped."""


def spellings(text: bytes, folding: Folding) -> set[tuple[str, str]]:
    """Return (original term, folded term) of the typed literals whose value a store may spell otherwise.

    Originals equal to their folded form are included, so that a value with two spellings is known to be ambiguous; they are left
    out only for dates and times, which are hardly ever respelled.
    """
    found: set[tuple[str, str]] = set()
    for end in _FOLDED.finditer(text):
        line = text[text.rfind(b"\n", 0, end.start()) + 1 : end.end() - 3]
        original = line.split(b" ", 2)[2].decode()
        datatype = XSD + end[1].decode()
        folded = folding.folded(original[1 : -len(datatype) - 5], datatype)
        if folded != original or not datatype.endswith("ime"):
            found.add((original, folded))
    return found
