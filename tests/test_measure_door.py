"""The door of the measuring room: items in, quality documents out, each the same whatever is measured with it."""

from __future__ import annotations

import pickle
from datetime import date

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
