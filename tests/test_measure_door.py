"""The door of the measuring room: items in, quality documents out, each the same whatever is measured with it."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.measure.measurer import Item, Measurer, Parameters

_DATASET = "http://example.org/id/dataset/{}"
_DCAT = "http://www.w3.org/ns/dcat#"
_FILE = "http://publications.europa.eu/resource/authority/file-type/"


def item(name: str, *formats: str) -> Item:
    """Return a dataset with a resource a format."""
    dataset = _DATASET.format(name)
    lines = [f"<{dataset}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{_DCAT}Dataset> ."]
    for number, kind in enumerate(formats):
        lines += [f"<{dataset}> <{_DCAT}distribution> <{dataset}#distribution-{number}> .",
                  f"<{dataset}#distribution-{number}> <http://purl.org/dc/terms/format> <{_FILE}{kind}> ."]
    return Item(dataset, dataset.replace("/id/", "/id/quality/"), "\n".join([*lines, ""]).encode())


def measurer() -> Measurer:
    """Return a measurer with the rule sets' own parameters."""
    return Measurer(Assets(), Parameters(), date(2026, 11, 22))


def test_a_quality_document_holds_only_nodes_under_its_own_iri() -> None:
    (found,) = measurer().measure([item("a", "CSV", "PDF")])
    assert found.document.iri == "http://example.org/id/quality/dataset/a"
    subjects = {triple.subject for triple in found.document.triples()}
    assert subjects
    assert all(subject.split("#")[0] == found.document.iri for subject in subjects)


def test_each_answer_is_that_of_its_item_alone() -> None:
    items = [item("a", "CSV", "PDF"), item("b", "PDF"), item("c"), item("d", "RDF_XML")]
    together = measurer().measure(items)
    assert together == [found for one in items for found in measurer().measure([one])]


def test_observations_are_kept_word_for_word() -> None:
    seen = b'<http://example.org/id/quality/dataset/a#visit-0> <http://www.w3.org/ns/dcat#byteSize> ' \
           b'"007"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger> .\n'
    (found,) = measurer().measure([item("a", "CSV")._replace(observations=seen)])
    assert seen in found.document.text


def test_a_measurer_travels_and_its_digest_tells_parameters_apart() -> None:
    here = measurer()
    there = pickle.loads(pickle.dumps(here))  # noqa: S301 - our own bytes
    assert there.digest == here.digest
    assert there.measure([item("a", "CSV")]) == here.measure([item("a", "CSV")])
    assert Measurer(Assets(), Parameters(exempt=("a",)), date(2026, 11, 22)).digest != here.digest


_TERMS = st.sampled_from([
    '"x"', '""', '"7"^^<http://www.w3.org/2001/XMLSchema#integer>', '"-7"^^<http://www.w3.org/2001/XMLSchema#decimal>',
    '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>', '"109-11"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',
    '"2026-13-45"^^<http://www.w3.org/2001/XMLSchema#date>', '"2026-11-01T00:00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
    '"水質"@zh-Hant', f"<{_FILE}CSV>", f"<{_FILE}NONE>", "<https://w3id.org/odlinked/code/answer/answered>",
    "<https://w3id.org/odlinked/code/quality-badge/gold>", f"<{_DATASET.format('a')}>", "<urn:x>"])
_NAMES = st.sampled_from([
    *(f"https://w3id.org/odlinked/ns#{name}" for name in (
        "answer", "delivery", "observedFormat", "observedEncoding", "observedField", "missingField", "complete", "statusCode",
        "lastModified", "contentChanged", "observedSince", "standardField", "valuesChecked", "valuesFailed", "characterEncoding",
        "packedFormat", "qualityBadge", "proposedSeries", "satisfies", "costTotal", "daysToAnswer", "externalLinks")),
    *(f"http://purl.org/dc/terms/{name}" for name in (
        "issued", "modified", "accrualPeriodicity", "format", "license", "identifier")),
    f"{_DCAT}distribution", "http://www.w3.org/ns/prov#used", "http://schema.org/about"])
_PLACES = st.sampled_from(["/id/dataset/a", "/id/dataset/a#distribution-0", "/id/quality/dataset/a#visit-0",
                           "/id/quality/dataset/a#visit-0-field-1", "/id/cost/a", "/id/feedback/a"])


_ONCE = {"http://www.w3.org/ns/dqv#value", "http://www.w3.org/ns/dqv#isMeasurementOf", "https://w3id.org/odlinked/ns#outcome",
         "https://w3id.org/odlinked/ns#lowest", "https://w3id.org/odlinked/ns#highest", "https://w3id.org/odlinked/ns#points"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_PLACES, _NAMES, _TERMS), max_size=30))
def test_wild_facts_are_measured_without_a_fault(facts: list[tuple[str, str, str]]) -> None:
    lines = "".join(f"<http://example.org{place}> <{name}> {term} .\n" for place, name, term in facts)
    whole = item("a", "CSV")
    (found,) = measurer().measure([whole._replace(record=whole.record + lines.encode())])
    assert found.document.iri == whole.quality
    assert {t.subject.split("#")[0] for t in found.document.triples()} == {whole.quality}
    assert not any(line.startswith(b"_:") or b" _:" in line for line in found.document.lines)
    told = Counter((t.subject, t.predicate) for t in found.document.triples() if t.predicate in _ONCE)
    assert [key for key, times in told.items() if times > 1] == []
