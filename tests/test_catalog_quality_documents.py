"""Quality documents of datasets: what many have in common is kept once, and each tells all of it as before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import pyoxigraph as ox
import pytest
from builders.metric_cases import DATASET, FILES, QUALITY, read
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.keeping.quality_documents import Names, common, kept, used, whole
from odlinked.documents import Document
from odlinked.measure import agency
from odlinked.measure.measurer import Measurer, Parameters
from odlinked.namespaces import DQV, OA, ODL, PROV, RDF

NAMES = Names.of(QUALITY)
COMMON = "http://example.org/id/quality/common"
MEASURED = f"<{RDF}type> <{DQV}QualityMeasurement>"
ON = f"<{DQV}computedOn> <{DATASET}>"


@lru_cache(maxsize=1)
def measurer() -> Measurer:
    return Measurer(Assets(), Parameters(), date(2026, 11, 22))


def document(lines: Iterable[str]) -> Document:
    return Document.of(QUALITY, [f"{line} .".encode() for line in lines])


def node(name: str, *said: str) -> list[str]:
    return [f"<{QUALITY}#{name}> {one}" for one in said]


def again(text: bytes, said: dict[bytes, bytes]) -> Document:
    return whole(Document(QUALITY, text), lambda names: {name: said[name] for name in names})


def test_what_is_kept_of_every_case_tells_all_that_was_measured_of_it() -> None:
    items = [read(path)[0] for path in FILES]
    for item, full, stored in zip(items, measurer().measure(items), measurer().measure_to_keep(items), strict=True):
        assert again(stored.document.text, dict(stored.common)) == full.document
        assert NAMES is not None
        assert stored.document == Document(QUALITY, kept(full.document.text, NAMES).text)
        assert (stored.facts, stored.until) == (agency.facts(item.dataset, full.document.text), full.until)


def test_a_dataset_that_nobody_visited_costs_few_triples() -> None:
    items = [item for path in FILES if not (item := read(path)[0]).observations]
    counts = [len(one.document.lines) for one in measurer().measure_to_keep(items)]
    assert len(counts) > 50
    assert max(counts) <= 25


def test_the_same_measurement_of_two_datasets_is_one_node_of_both() -> None:
    assert NAMES is not None
    first = document(node("mqa-total", MEASURED, ON, f'<{DQV}value> "330"'))
    text = first.text.replace(b"/dataset/x", b"/dataset/y")
    others = [kept(first.text, NAMES), kept(text, Names.of(QUALITY.replace("/x", "/y")) or NAMES)]
    assert others[0].common == others[1].common
    (name,) = others[0].common
    assert name.startswith(b"mqa-total-")
    store = ox.Store()
    store.load(others[0].text + others[1].text + common("http://example.org", others[0].common).text, ox.RdfFormat.N_TRIPLES)
    found = store.query(f"SELECT ?on ?value {{ ?told <{DQV}computedOn> ?on ; <{DQV}value> ?value }}")
    assert {(row["on"].value, row["value"].value) for row in found} == {(DATASET, "330"), (DATASET.replace("/x", "/y"), "330")}


@pytest.mark.parametrize("lines", [
    node("field-match", MEASURED, ON, f"<{PROV}wasDerivedFrom> <{QUALITY}#visit-1>"),
    node("certificate", f"<{RDF}type> <{DQV}QualityCertificate>", f"<{OA}hasTarget> <{DATASET}>")
    + node("badge-agreement", MEASURED, ON, f"<{PROV}wasDerivedFrom> <{QUALITY}#certificate>"),
    node("total", MEASURED, f"<{DQV}computedOn> <{DATASET}2>"),
    node("total", MEASURED, f'<{DQV}value> "1"'),
    node("total", MEASURED, ON, f"<{ODL}reason> <{DATASET}#distribution-1>"),
    node("visit-1", f"<{RDF}type> <{ODL}Observation>", f"<{PROV}used> <{DATASET}#distribution-1>"),
], ids=["decided by a visit", "named by another", "of another dataset", "of nothing", "names a file", "a visit"])
def test_what_is_of_one_dataset_alone_stays_its_own(lines: list[str]) -> None:
    assert NAMES is not None
    full = document([*lines, f"<{QUALITY}> <{ODL}notChecked> <{DQV}x>"])
    assert kept(full.text, NAMES).text == full.text
    assert used(full.text, NAMES) == []


SAID = [MEASURED, ON, f"<{RDF}type> <{DQV}QualityCertificate>", f"<{OA}hasTarget> <{DATASET}>", f'<{DQV}value> "1"',
        f'<{DQV}value> "2"', f'<{ODL}reason> "<{COMMON}#x> "',
        f"<{PROV}wasDerivedFrom> <{QUALITY}#a>", f"<{ODL}reason> <{COMMON}#other>"]


@given(st.lists(st.tuples(st.sampled_from(["a", "b-c", "certificate", "visit-1"]), st.sampled_from(SAID)), max_size=12))
def test_whatever_is_said_is_told_again(said: list[tuple[str, str]]) -> None:
    assert NAMES is not None
    full = document([*(f"<{QUALITY}#{name}> {one}" for name, one in said), f"<{QUALITY}> <{ODL}notChecked> <{DQV}x>"])
    found = kept(full.text, NAMES)
    assert again(found.text, dict(found.common)) == full
    assert set(used(found.text, NAMES)) == set(found.common)


def test_a_name_that_nothing_is_known_of_is_no_measurement() -> None:
    text = f"<{COMMON}#mqa-total-0123456789abcdef> {ON} .\n".encode()
    with pytest.raises(KeyError):
        again(text, {})


def test_documents_of_other_kinds_are_as_they_are() -> None:
    other = Document("http://example.org/id/quality/organization/x", f"<{COMMON}#x> <urn:p> <urn:o> .\n".encode())
    assert whole(other, lambda names: {}) is other
    assert Names.of("http://example.org/id/dataset/x") is None
