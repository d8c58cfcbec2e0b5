"""What odlinked itself publishes conforms to DCAT-AP 3.0.1, but for what its sources leave out."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path

import pyoxigraph as ox
import pytest

from odlinked.assets import Assets
from odlinked.intake.bindings import bind
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile
from odlinked.settings_file import load

EXAMPLES = Path(__file__).parents[1] / "examples"

LEFT_OUT = {
    "data-gov-tw-excerpt.csv": {
        ("D302-dataset-description", "dataset/177520"): "planted: the row has no description",
        ("D401-distribution-access-url", "dataset/177769"): "planted: the address is none",
    },
    "data-gov-tw-list.json": {("D302-dataset-description", "dataset/177520"): "planted: the row has no description"},
    "data-gov-tw-api-28178.json": {("D401-distribution-access-url", "dataset/28178"): "planted: the address is none"},
    "moenv-inventory-2026.xlsx": {("D301-dataset-title", "dataset/wqx_p_03"): "planted: the row has no title"},
    "moenv-inventory-resources-2026.ods": {
        ("D302-dataset-description", "dataset/stat_p_39"): "planted: the row has no description",
    },
}
"""File -> (rule, record) -> why it does not conform."""


@cache
def validator() -> Validator:
    return Validator(Profile.load(Assets(), "dcat-ap-3"))


@pytest.mark.parametrize("name", LEFT_OUT)
def test_records_conform_but_for_what_the_source_lacks(name: str) -> None:
    settings, assets = load(None), Assets()
    texts = {}
    for table, binding in bind(EXAMPLES / name, name, None, settings, assets).tables:
        mapper = Mapper(binding, assets, MappingContext(settings.catalog.base, "local", settings.catalog.timezone))
        rows = list(islice(table.rows(), 1_000))
        texts |= {document.iri: document.text for made in mapper.map(rows) for document in made.documents}
    results = validator().validate(b"".join(texts.values()))
    assert texts
    assert {(result.rule.rsplit("/", 1)[1], result.focus.rsplit("/id/", 1)[1].split("#")[0])
            for result in results if result.severity == "Violation"} == set(LEFT_OUT[name])


def test_each_document_alone_conforms_as_well_as_all_together() -> None:
    settings, assets = load(None), Assets()
    table, binding = bind(EXAMPLES / "data-gov-tw-excerpt.csv", "a", None, settings, assets).tables[0]
    mapper = Mapper(binding, assets, MappingContext(settings.catalog.base, "local", settings.catalog.timezone))
    documents = {one.iri: one for made in mapper.map(list(table.rows())) for one in made.documents}
    together = validator().validate(b"".join(one.text for one in documents.values()))
    apart = [result for _, found in validator().validate_documents(documents.values()) for result in found]
    assert sorted(apart) == together
    assert sorted(result for one in documents.values() for result in validator().validate(one.text)) == together


@pytest.mark.parametrize("folder", ["ontologies/codes", "ontologies/authorities"])
def test_code_lists_conform(folder: str) -> None:
    files = Assets().glob(f"{folder}/*.ttl").values()
    quads = (quad for path in files for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    text = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES)
    assert text
    assert [result for result in validator().validate(text) if result.severity == "Violation"] == []
