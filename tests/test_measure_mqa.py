"""The European assessment point by point: the published weights, and a record worked out by hand.

The weights are those of the vocabulary data.europa.eu publishes its measurements with (piveau-dqv-vocabulary: `pv:trueScore`);
that of distributions the one with the highest sum counts is what its scoring does.
"""

from __future__ import annotations

from datetime import date

import pyoxigraph as ox

from odlinked.assets import Assets, bundled
from odlinked.measure.explain import Point, explain
from odlinked.measure.measurer import Item, Parameters
from odlinked.namespaces import DQV

_PV = "https://piveau.eu/ns/voc#"
_DIMENSIONS = {"findability": 100, "accessibility": 100, "interoperability": 110, "reusability": 75, "contextuality": 20}

RECORD = """
@prefix : <http://example.org/id/dataset/x#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix eu: <http://publications.europa.eu/resource/authority/> .
@prefix odl: <https://w3id.org/odlinked/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<http://example.org/id/dataset/x> a dcat:Dataset ;
    dcat:keyword "air" ;
    dcat:theme <http://publications.europa.eu/resource/authority/data-theme/ENVI> ;
    dcterms:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
    dcat:contactPoint :contact ;
    dcterms:publisher <http://example.org/id/organization/o> ;
    dcterms:issued "2020-01-01"^^xsd:date ;
    odl:satisfies <https://w3id.org/odlinked/profile/dcat-ap-3> ;
    dcat:distribution :csv, :xlsx .
:csv a dcat:Distribution ;
    dcat:accessURL <http://example.org/csv> ; dcat:downloadURL <http://example.org/csv> ;
    dcterms:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
    dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ;
    dcterms:license <https://data.gov.tw/license> .
:xlsx a dcat:Distribution ;
    dcat:accessURL <http://example.org/page> ;
    dcterms:format <http://publications.europa.eu/resource/authority/file-type/XLSX> ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcterms:modified "2026-01-01"^^xsd:date ;
    dcterms:rights <http://example.org/rights> .
"""

VISITS = """
@prefix q: <http://example.org/id/quality/dataset/x#> .
@prefix odl: <https://w3id.org/odlinked/ns#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix answer: <https://w3id.org/odlinked/code/answer/> .
q:visit-csv prov:used <http://example.org/id/dataset/x#csv> ; odl:answer answer:answered ; odl:statusCode 200 .
q:visit-xlsx prov:used <http://example.org/id/dataset/x#xlsx> ; odl:answer answer:not-found ; odl:statusCode 404 .
"""

BY_HAND = {
    # Findability: the dataset has keywords and a theme, neither area nor period.
    "keywordAvailability": 30, "categoryAvailability": 30, "spatialAvailability": 0, "temporalAvailability": 0,
    # Accessibility of the CSV, which has more points than the workbook: its one address answers 200, as access and as download.
    "accessUrlStatusCode": 50, "downloadUrlAvailability": 20, "downloadUrlStatusCode": 30,
    # Interoperability: a CSV with its media type, both of their tables; the record satisfies DCAT-AP.
    "formatAvailability": 20, "mediaTypeAvailability": 10, "formatMediaTypeVocabularyAlignment": 10,
    "formatMediaTypeNonProprietary": 20, "formatMediaTypeMachineInterpretable": 20, "dcatApCompliance": 30,
    # Reusability: a licence, but one the European table lacks. That of the workbook, which it has, does not count.
    "licenceAvailability": 20, "knownLicence": 0, "accessRightsAvailability": 10, "accessRightsVocabularyAlignment": 5,
    "contactPointAvailability": 20, "publisherAvailability": 10,
    # Contextuality: dates may stand on the dataset or any distribution; the rights statement of the workbook does not count.
    "rightsAvailability": 0, "byteSizeAvailability": 0, "dateIssuedAvailability": 5, "dateModifiedAvailability": 5,
}


def ntriples(turtle: str) -> bytes:
    """Return Turtle as N-Triples."""
    triples = [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def explained(visits: str) -> list[Point]:
    """Return all answers about the record."""
    item = Item("http://example.org/id/dataset/x", "http://example.org/id/quality/dataset/x", ntriples(RECORD), ntriples(visits))
    return explain(Assets(), item, Parameters(), date(2026, 11, 22))


def test_the_weights_add_up_to_405() -> None:
    store = ox.Store()
    for path in (bundled() / "ontologies" / "metrics").glob("*.ttl"):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    sums = dict.fromkeys(_DIMENSIONS, 0)
    for quad in store.quads_for_pattern(None, ox.NamedNode(_PV + "trueScore"), None):
        (dimension,) = store.quads_for_pattern(quad.subject, ox.NamedNode(DQV + "inDimension"), None)
        sums[str(dimension.object.value).removeprefix(_PV)] += int(str(quad.object.value))
    assert sums == _DIMENSIONS
    assert sum(sums.values()) == 405


def test_the_worked_example_comes_out_point_by_point() -> None:
    found = explained(VISITS)
    points = {p.metric.removeprefix(_PV): p.points for p in found if p.points is not None and p.counts}
    assert points == BY_HAND
    told = {p.metric.removeprefix(_PV): p.value for p in found if p.metric.endswith(("Scoring", "#scoring"))}
    assert told == {"findabilityScoring": "60", "accessibilityScoring": "100", "interoperabilityScoring": "110",
                    "reusabilityScoring": "65", "contextualityScoring": "10", "scoring": "345"}
    assert sum(BY_HAND.values()) == 345
    assert next(p.reason for p in found if p.metric == _PV + "scoring").endswith("/mqa-rating/good")


def test_a_distribution_that_is_left_aside_is_told_apart() -> None:
    found = {(p.metric.removeprefix(_PV), p.node.rpartition("#")[2]): p for p in explained(VISITS) if p.metric.startswith(_PV)}
    assert found["knownLicence", "xlsx"].points == 10
    assert not found["knownLicence", "xlsx"].counts
    assert found["accessUrlStatusCode", "xlsx"].reason.endswith("/answer/not-found")
    assert found["accessUrlStatusCode", "xlsx"].evidence == ("http://example.org/id/quality/dataset/x#visit-xlsx",)


def test_without_visits_the_total_is_a_range() -> None:
    (total,) = (p for p in explained("") if p.metric == _PV + "scoring")
    assert (total.value, total.lowest, total.highest) == ("", "265", "345")
