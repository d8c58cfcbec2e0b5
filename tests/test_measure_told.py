"""What else a quality document tells and what follows: gains, evidence, the day up to which it is true; what settings change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.measure.explain import Explainer
from odlinked.measure.explain import item as explain_item
from odlinked.measure.measurer import Item, Measured, Measurer, Parameters
from odlinked.namespaces import DQV, HOME, ODL

_DATASET, _QUALITY = "http://example.org/id/dataset/x", "http://example.org/id/quality/dataset/x"
_PREFIXES = """
@prefix : <http://example.org/id/dataset/x#> .
@prefix q: <http://example.org/id/quality/dataset/x#> .
@prefix answer: <https://w3id.org/odlinked/code/answer/> .
@prefix badge: <https://w3id.org/odlinked/code/quality-badge/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix delivery: <https://w3id.org/odlinked/code/delivery/> .
@prefix encoding: <https://w3id.org/odlinked/code/character-encoding/> .
@prefix frequency: <http://publications.europa.eu/resource/authority/frequency/> .
@prefix odl: <https://w3id.org/odlinked/ns#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix type: <http://publications.europa.eu/resource/authority/file-type/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
RECORD = """
<http://example.org/id/dataset/x> dcterms:identifier "x" ; dcterms:accrualPeriodicity frequency:MONTHLY ; odl:fieldName "site" ;
    dcterms:issued "2020-01-01"^^xsd:date ; dcat:distribution :a .
:a dcterms:format type:CSV ; odl:characterEncoding encoding:utf-8 .
"""
VISIT = """
q:visit-a prov:used :a ; odl:answer answer:answered ; odl:delivery delivery:direct ; odl:observedFormat type:CSV ;
    odl:observedEncoding encoding:{encoding} ; odl:observedField "site" ; odl:complete true ;
    odl:observedSince "2026-01-01T00:00:00Z"^^xsd:dateTime ; odl:contentChanged "{changed}T04:00:00Z"^^xsd:dateTime .
"""


def measured(record: str = RECORD, visit: str = "", parameters: Parameters | None = None) -> Measured:
    """Measure a record as of 22 November 2026."""
    item = Item(_DATASET, _QUALITY, ntriples(record), ntriples(visit))
    (found,) = Measurer(Assets(), parameters or Parameters(), date(2026, 11, 22)).measure([item])
    return found


def ntriples(turtle: str) -> bytes:
    """Return Turtle as N-Triples."""
    triples = [quad.triple for quad in ox.parse(_PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def nodes(found: Measured) -> dict[str, dict[str, list[str]]]:
    """Return fragment -> property -> values."""
    told: dict[str, dict[str, list[str]]] = {}
    for triple in found.document.triples():
        name = triple.predicate.rpartition("#")[2].rpartition("/")[2]
        told.setdefault(triple.subject.partition("#")[2], {}).setdefault(name, []).append(triple.object.value)
    return told


def gains(record: str = RECORD, visit: str = "") -> dict[str, dict[str, list[str]]]:
    """Return what mending adds, as `nodes` does."""
    item = Item(_DATASET, _QUALITY, ntriples(record), ntriples(visit))
    lines = Explainer(Assets(), Parameters(), date(2026, 11, 22)).derived(item).split(b"\n")
    return nodes(Measured(Document.of(_QUALITY, filter(None, lines)), None))


def badges(found: Measured) -> tuple[str, str]:
    """Return the lowest and highest badge, "" where not told."""
    low, high = (nodes(found).get(f"badge-{end}", {}).get("value", [""])[0].rpartition("/")[2] for end in ("lowest", "highest"))
    return low, high


def test_a_result_in_time_stays_true_until_the_data_would_be_late() -> None:
    assert measured(visit=VISIT.format(encoding="utf-8", changed="2026-11-01")).until == date(2026, 12, 18)  # 31 days by 1.5, up
    assert measured(visit=VISIT.format(encoding="utf-8", changed="2026-02-01")).until is None  # late already
    assert measured().until is None  # nothing known that a day could change


def test_the_grace_of_timeliness_is_a_parameter() -> None:
    late = VISIT.format(encoding="utf-8", changed="2026-09-25")  # 58 days before
    assert nodes(measured(visit=late))["timeliness"]["outcome"][0].endswith("#failed")
    assert nodes(measured(visit=late, parameters=Parameters(grace=Decimal(2))))["timeliness"]["outcome"][0].endswith("#passed")


def test_the_white_list_and_the_first_day_are_parameters() -> None:
    good = VISIT.format(encoding="utf-8", changed="2026-11-01")
    assert badges(measured(visit=good)) == ("gold", "gold")
    assert badges(measured(visit=good, parameters=Parameters(exempt=("x",)))) == ("exempt", "exempt")
    assert badges(measured(visit=good, parameters=Parameters(counted_from=date(2020, 1, 2)))) == ("", "")


def test_a_gain_is_told_for_what_fails_at_the_next_step() -> None:
    found = gains(visit=VISIT.format(encoding="big5", changed="2026-11-01"))
    gain = found["gain-encoding-match"]
    assert gain["isMeasurementOf"] == [f"{HOME}metric/encoding-match"]
    assert gain["points"] == ["1"]
    assert "together" not in gain


def test_what_must_be_mended_together_says_so() -> None:
    found = gains(visit=VISIT.format(encoding="big5", changed="2026-02-01"))
    assert found["gain-encoding-match"]["together"] == found["gain-timeliness"]["together"] == ["2"]
    assert found["gain-timeliness"]["points"] == ["1"]


def test_mending_a_dead_link_wins_the_steps_up_to_the_next_failure() -> None:
    dead = 'q:visit-a prov:used :a ; odl:answer answer:not-found .\n'
    found = gains(visit=dead)
    assert found["gain-link-validity"]["points"] == ["4"]
    assert found["gain-link-validity"]["together"] == ["2"]  # it cannot be downloaded, either


def test_stars_and_points_have_gains_too() -> None:
    found = gains(record=RECORD.replace("type:CSV", "type:PDF"))
    assert found["gain-format-ladder"]["points"] == ["2"]
    assert found["gain-mqa-keywordAvailability"]["points"] == ["30"]
    assert found["gain-mqa-formatMediaTypeMachineInterpretable"]["points"] == ["20"]


def test_a_measurement_names_the_visits_that_decided_it() -> None:
    two = RECORD.replace(":a .\n:a", ":a, :b .\n:b odl:characterEncoding encoding:utf-8 .\n:a", 1)
    visits = VISIT.format(encoding="utf-8", changed="2026-11-01")
    other = VISIT.format(encoding="big5", changed="2026-11-01").replace("visit-a", "visit-b").replace(":a ;", ":b ;")
    found = nodes(measured(record=two, visit=visits + other))
    assert found["encoding-match"]["wasDerivedFrom"] == [f"{_QUALITY}#visit-b"]
    assert sorted(found["link-validity"]["wasDerivedFrom"]) == [f"{_QUALITY}#visit-a", f"{_QUALITY}#visit-b"]


def test_the_document_names_its_record_and_its_rules() -> None:
    head = nodes(measured())[""]
    assert head["primaryTopic"] == [_DATASET]
    assert head["ruleSet"] == [f"{HOME}rule-set/datasets-2026"]
    assert head["type"] == [DQV + "QualityMetadata"]


def test_a_stated_badge_is_a_certificate_with_its_source() -> None:
    found = nodes(measured(record=RECORD.replace('identifier "x"', 'identifier "x" ; odl:qualityBadge badge:gold')))
    assert found["certificate"]["type"] == [DQV + "QualityCertificate"]
    assert found["certificate"]["wasAttributedTo"] == ["https://data.gov.tw/"]
    assert found["certificate"]["hasTarget"] == [_DATASET]


def test_without_evidence_a_document_is_small() -> None:
    assert len(measured().document.lines) < 50


def test_all_terms_told_are_declared() -> None:
    declared = Assets().text("ontologies/odl.ttl")
    found = measured(record=RECORD.replace('identifier "x"', 'identifier "x" ; odl:qualityBadge badge:gold'),
                     visit=VISIT.format(encoding="big5", changed="2026-02-01"))
    told = {t.predicate for t in found.document.triples() if t.predicate.startswith(ODL) and "visit" not in t.subject}
    assert told
    assert [term for term in sorted(told) if f"odl:{term.removeprefix(ODL)} a " not in declared] == []


def test_a_dataset_can_be_explained_from_its_two_documents() -> None:
    record = RECORD + ('<http://example.org/id/dataset/x> odl:satisfies <https://w3id.org/odlinked/profile/dcat-ap-3> ; '
                       "odl:proposedSeries <http://example.org/id/series/s> .")
    visit = VISIT.format(encoding="big5", changed="2026-02-01")
    found = measured(record=record, visit=visit)
    text = Document(_DATASET, ntriples(RECORD))
    points = Explainer(Assets(), Parameters(), date(2026, 11, 22)).explain(explain_item(text, found.document))
    told = {point.metric.rpartition("/")[2].rpartition("#")[2]: point for point in points}
    assert told["dcatApCompliance"].outcome == "passed"
    assert told["not-split"].outcome == told["encoding-match"].outcome == "failed"
