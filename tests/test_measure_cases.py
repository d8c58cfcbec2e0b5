"""Every metric has a case that passes, one that fails and one that is not checked, and every case comes out as it says."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.metric_cases import CASES, EXPECTED, FILES, explainer, read

from odlinked.assets import Assets, bundled
from odlinked.measure.explain import Point
from odlinked.namespaces import DQV, ODL, SKOS


@lru_cache(maxsize=1)
def metrics() -> ox.Store:
    """Return the metrics of datasets."""
    store = ox.Store()
    for path in (bundled() / "ontologies" / "metrics").glob("*.ttl"):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return store


def told(subject: ox.NamedNode, predicate: str, triples: list[ox.Triple]) -> str:
    """Return the one value a subject has, "" for none."""
    return next((str(getattr(t.object, "value", "")) for t in triples
                 if t.subject == subject and t.predicate.value == predicate), "")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_case_comes_out_as_it_says(path: Path) -> None:
    item, triples = read(path)
    metric, node = told(EXPECTED, DQV + "isMeasurementOf", triples), told(EXPECTED, DQV + "computedOn", triples)
    assert any(str(quad.object.value) == path.parent.name for quad in
               metrics().quads_for_pattern(ox.NamedNode(metric), ox.NamedNode(SKOS + "notation"), None)), "named as its metric"
    found: list[Point] = [p for p in explainer().explain(item) if (p.metric, p.node) == (metric, node)]
    assert len(found) == 1
    (point,) = found
    expected = (told(EXPECTED, ODL + "outcome", triples).rpartition("#")[2], told(EXPECTED, DQV + "value", triples),
                told(EXPECTED, ODL + "lowest", triples), told(EXPECTED, ODL + "highest", triples))
    assert any(expected), "a case says what it expects"
    if expected[0]:
        assert point.outcome == expected[0]
    else:
        assert (point.value, point.lowest, point.highest) == expected[1:]


def test_every_metric_has_a_case_of_each_kind() -> None:
    names = {(str(quad.subject.value), str(quad.object.value))  # type: ignore[union-attr]
             for quad in metrics().quads_for_pattern(None, ox.NamedNode(SKOS + "notation"), None)
             if next(metrics().quads_for_pattern(quad.subject, ox.NamedNode(ODL + "whenUnchecked"), None), None)}
    assert len(names) > 40
    missing = []
    for iri, name in sorted(names):
        usual = next((q.object.value.rpartition("#")[2] for q in
                      metrics().quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(ODL + "unlessTold"), None)), "untested")
        kinds = {path.stem.split("-")[0] for path in (CASES / name).glob("*.ttl")}
        wanted = {"pass", "fail"} | ({"unchecked"} if usual == "untested" and name not in _ALWAYS_KNOWN else set())
        missing += [f"{name}: {kind}" for kind in sorted(wanted - kinds)]
    assert missing == []


_ALWAYS_KNOWN = {"mqa-findability", "mqa-reusability", "mqa-contextuality"}
"""Sums of points that are there or not: there is nothing to be checked in them."""


def test_every_metric_is_said_in_both_languages_and_names_the_query_that_computes_it() -> None:
    for quad in metrics().quads_for_pattern(None, ox.NamedNode(ODL + "computedBy"), None):
        assert Assets().get(str(quad.object.value)), quad.subject
        for name in (SKOS + "prefLabel", SKOS + "definition", ODL + "whenFailed", ODL + "whenUnchecked"):
            languages = {str(q.object.language).lower() for q in  # type: ignore[union-attr]
                         metrics().quads_for_pattern(quad.subject, ox.NamedNode(name), None)}
            assert languages == {"zh-hant", "en"}, (quad.subject, name)
        for name in (DQV + "expectedDataType", DQV + "inDimension", "http://purl.org/dc/terms/source"):
            assert next(metrics().quads_for_pattern(quad.subject, ox.NamedNode(name), None), None), (quad.subject, name)
