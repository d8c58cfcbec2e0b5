"""What a quality document does not keep follows from it and the rule sets: the same by question and by measuring anew."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import lru_cache

import pyoxigraph as ox
from builders.extent import extent
from builders.metric_cases import FILES, explainer, numbered, read

from odlinked.assets import Assets
from odlinked.measure.measurer import Measurer, Parameters
from odlinked.namespaces import ODL
from odlinked.queries import load
from odlinked.rdf import ask, vocabulary
from odlinked.rdf.ntriples import triples

_QUESTION = "queries/quality/dataset.rq"
_NT = ox.RdfFormat.N_TRIPLES


@lru_cache(maxsize=1)
def words() -> bytes:
    """Return what a release says of the metrics, as N-Triples."""
    return vocabulary.ntriples(Assets(), *Assets().glob("ontologies/metrics/*.ttl"))


@lru_cache(maxsize=1)
def measurer() -> Measurer:
    """Return a measurer as of the day the cases are written for."""
    return Measurer(Assets(), Parameters(), date(2026, 11, 22))


def test_what_was_not_checked_is_the_same_by_question_and_by_measuring_in_the_cases() -> None:
    files = FILES[::extent(3, 1)]
    items = [numbered(read(path)[0], number) for number, path in enumerate(files)]
    documents = measurer().measure(items)
    store, seen = ox.Store(), set[str]()
    for text in (words(), *(item.record for item in items), *(found.document.text for found in documents)):
        store.bulk_load(text, format=_NT)
    for path, item, found in zip(files, items, documents, strict=True):
        rows = ask.select(store, load(Assets(), _QUESTION), topic=item.dataset)
        asked = {row["metric"] for row in rows if row.get("outcome") == "not checked"}
        derived = triples(found.document.text + explainer().derived(item))
        assert asked == {t.object.value for t in derived if t.predicate == ODL + "notChecked"}, path
        seen |= asked
    assert len(seen) > 15


def test_a_document_keeps_nothing_that_follows() -> None:
    item, _ = read(FILES[0])
    (found,) = measurer().measure([item])
    kept = {t.object.value for t in triples(found.document.text) if t.predicate == ODL + "notChecked"}
    assert kept <= {"https://w3id.org/odlinked/metric/badge-agreement"}, "asked only where a badge is stated"
    assert b"#gain-" not in found.document.text


def test_the_collection_is_counted_as_its_datasets_are_told() -> None:
    cases = [read(path)[0] for path in FILES if path.parent.name in ("badge-lowest", "personal-data", "standard-fields")]
    counted: Counter[str] = Counter()
    text = words()
    for number, case in enumerate(cases):
        item = numbered(case, number)
        (found,) = measurer().measure([item])
        text += found.document.text
        derived = triples(explainer().derived(item))
        counted.update(t.object.value for t in derived if t.predicate == ODL + "notChecked")
    store = ox.Store()
    store.bulk_load(text, format=_NT)
    outcomes = ask.select(store, load(Assets(), "queries/collection/outcomes.rq"))
    rows = [row for row in outcomes if row["outcome"].endswith("#untested")]
    assert {row["metric"]: int(row["datasets"]) for row in rows} == {row["metric"]: counted[row["metric"]] for row in rows}
    assert len(rows) == 3
