"""What metrics know of answers, frequencies and formats leaves no gap in the code lists."""

from __future__ import annotations

from datetime import date

import pyoxigraph as ox
import pytest

from odlinked.assets import Assets
from odlinked.measure.bench import MetricEngine, Parameters
from odlinked.namespaces import CODE, CTL, ODL, SKOS

_EARL = "http://www.w3.org/ns/earl#"
_EU = "http://publications.europa.eu/resource/authority/"


@pytest.fixture(scope="module")
def material() -> ox.Store:
    """Return the metrics' material as queries see it."""
    store = MetricEngine(Assets(), Parameters(), date(2026, 11, 22)).store([])
    merged = ox.Store()
    merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in store)
    return merged


def concepts(store: ox.Store, scheme: str) -> list[ox.NamedNode]:
    """Return the concepts of a scheme."""
    found = store.quads_for_pattern(None, ox.NamedNode(SKOS + "inScheme"), ox.NamedNode(scheme))
    return [quad.subject for quad in found if isinstance(quad.subject, ox.NamedNode)]


def said(store: ox.Store, subject: ox.NamedNode, predicate: str) -> list[str]:
    """Return the values of a property."""
    return [str(getattr(quad.object, "value", "")) for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]


def test_every_answer_of_a_visit_is_judged_once(material: ox.Store) -> None:
    answers = [one for one in concepts(material, CODE + "answer") if said(material, one, SKOS + "broader")]
    assert len(answers) > 20
    for answer in answers:
        (judged,) = said(material, answer, CTL + "judgedAs")
        assert judged.removeprefix(_EARL) in ("passed", "failed", "untested"), answer


def test_a_given_file_says_nothing_of_its_link(material: ox.Store) -> None:
    assert said(material, ox.NamedNode(CODE + "answer/given-file"), CTL + "judgedAs") == [_EARL + "untested"]


def test_every_frequency_has_an_interval_or_is_never_late(material: ox.Store) -> None:
    frequencies = concepts(material, _EU + "frequency")
    assert len(frequencies) > 20
    without = {one.value.rpartition("/")[2] for one in frequencies
               if not said(material, one, CTL + "allowance") and not said(material, one, ODL + "neverLate")}
    assert without == {"OTHER", "UNKNOWN"}
    assert not [one for one in frequencies if said(material, one, CTL + "allowance") and said(material, one, ODL + "neverLate")]


def test_every_format_has_stars_and_is_structured_or_not(material: ox.Store) -> None:
    for one in concepts(material, _EU + "file-type"):
        assert said(material, one, ODL + "stars"), one
        assert said(material, one, ODL + "structured"), one


def test_no_structured_text_format_is_said_to_have_no_encoding(material: ox.Store) -> None:
    formats = concepts(material, _EU + "file-type")
    binary = {one.value.rpartition("/")[2] for one in formats if said(material, one, ODL + "textual")}
    assert binary & {"CSV", "TSV", "JSON", "XML", "GEOJSON", "KML", "GML", "TXT", "HTML", "RDF_XML", "RDF_TURTLE"} == set()
    assert {"XLSX", "ODS", "PDF", "ZIP", "SHP"} <= binary


def test_the_steps_of_the_badge_ask_for_metrics_that_are_there(material: ox.Store) -> None:
    ranks = {name: said(material, ox.NamedNode(f"https://w3id.org/odlinked/metric/{name}"), CTL + "neededFor") for name in
             ("link-validity", "direct-download", "structured-type", "encoding-match", "field-match", "timeliness")}
    assert ranks == {"link-validity": ["1"], "direct-download": ["1"], "structured-type": ["2"], "encoding-match": ["3"],
                     "field-match": ["3"], "timeliness": ["3"]}
    assert said(material, ox.NamedNode("https://w3id.org/odlinked/metric/standard-fields"), CTL + "provenFor") == ["4"]
