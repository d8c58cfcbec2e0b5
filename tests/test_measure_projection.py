"""Datasets of which the same is seen are measured once: every answer is that of measuring each from all that is known of it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from builders.extent import extent
from builders.metric_cases import FILES, numbered, read
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.measure import stages
from odlinked.measure.bench import MetricEngine
from odlinked.measure.measurer import Item, Measurer, Parameters
from odlinked.measure.projection import MODES, names
from odlinked.measure.stages import projected
from odlinked.namespaces import DCAT, DCTERMS, ODL, RDF
from odlinked.queries import Query

_DAY = date(2026, 11, 22)
_FILE = "http://publications.europa.eu/resource/authority/file-type/"
_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
_BADGE = "https://w3id.org/odlinked/code/quality-badge/"
_DATETIME = "http://www.w3.org/2001/XMLSchema#dateTime"
_OWN = [f"<{RDF}type> <{DCAT}Dataset>", f"<{DCTERMS}issued> \"2016-02-28\"",
        f"<{DCTERMS}issued> \"2016-12-31T00:00:00+08:00\"^^<{_DATETIME}>",
        f"<{DCTERMS}issued> \"2016-12-3月\"", f"<{DCTERMS}issued> \"\\u0007\"",
        f"<{DCTERMS}issued> <http://example.org/when>", f"<{DCTERMS}issued> \"2030\"",
        f"<{DCTERMS}identifier> \"exempt\"", f"<{DCTERMS}identifier> \"other\"", f"<{DCAT}theme> <http://example.org/theme>",
        f"<{DCTERMS}publisher> <http://example.org/id/organization/x>", f"<{DCAT}keyword> \"水\"@zh-Hant",
        f"<{DCTERMS}spatial> <http://a.example/>", f"<{DCTERMS}accrualPeriodicity> <http://a.example/>",
        f"<{DCTERMS}accrualPeriodicity> <{_FREQUENCY}IRREG>", f"<{DCTERMS}accrualPeriodicity> <{_FREQUENCY}MONTHLY>",
        f"<{ODL}qualityBadge> <{_BADGE}gold>", f"<{ODL}qualityBadge> <{_BADGE}exempt>", f"<{DCAT}inSeries> <http://example.org/id/series/s>",
        f"<{ODL}proposedSeries> <{RDF}nil>", f"<{ODL}proposedSeries> <http://example.org/id/series/s>",
        f"<{ODL}satisfies> <https://w3id.org/odlinked/profile/dcat-ap-3>", f"<{ODL}violates> <https://w3id.org/odlinked/profile/dcat-ap-3>",
        f"<{DCTERMS}title> \"urn:odlinked:measured:0:dataset\"", f"<{DCTERMS}license> <https://data.gov.tw/license>"]
_RESOURCE = [f"<{RDF}type> <{DCAT}Distribution>", f"<{DCAT}accessURL> <http://a.example/1>", f"<{DCAT}downloadURL> <http://a.example/1>",
             f"<{DCAT}downloadURL> <http://a.example/2>", f"<{DCTERMS}format> <{_FILE}CSV>", f"<{DCTERMS}format> <{_FILE}PDF>",
             f"<{DCAT}mediaType> <https://www.iana.org/assignments/media-types/text/csv>",
             f"<{DCTERMS}license> <https://data.gov.tw/license>",
             f"<{DCAT}accessService> <http://example.org/id/service/s>", f"<{ODL}unrecognisedURL> \"x\"",
             f"<{ODL}characterEncoding> <https://w3id.org/odlinked/code/character-encoding/utf-8>",
             f"<{DCTERMS}issued> \"2020-01-01\""]


@lru_cache(maxsize=1)
def measurer() -> Measurer:
    """Return a measurer that goes on remembering."""
    return Measurer(Assets(), Parameters(exempt=("exempt",)), _DAY)


def dataset(number: int, own: list[str], resources: list[list[str]]) -> Item:
    """Return a dataset: what is said of it, and of resources of it whose names have the order of no list."""
    iri = f"http://example.org/id/dataset/{number}"
    lines = [f"<{iri}> {said} ." for said in own]
    for place, said in enumerate(resources):
        node = f"{iri}#distribution-{place * 7 % 10}{number}"
        lines += [f"<{iri}> <{DCAT}distribution> <{node}> .", *(f"<{node}> {one} ." for one in said)]
    return Item(iri, iri.replace("/id/", "/id/quality/"), "".join(line + "\n" for line in sorted(set(lines))).encode())


def _some(lines: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(lines), max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_some(_OWN), st.lists(_some(_RESOURCE), max_size=3)), min_size=1, max_size=12))
def test_what_is_measured_once_is_what_each_has(said: list[tuple[list[str], list[list[str]]]]) -> None:
    items = [dataset(number, own, resources) for number, (own, resources) in enumerate(said)]
    assert measurer().measure(items) == measurer().each(items)


def test_the_cases_of_the_metrics_come_out_the_same() -> None:
    cases = [read(path)[0] for path in FILES[::extent(3, 1)]]
    every = dict.fromkeys(one for case in cases for one in (case, case._replace(observations=b"")))
    items = [numbered(item, number) for number, item in enumerate(every)]
    for one, other in zip(measurer().measure(items), measurer().each(items), strict=True):
        assert one == other


def test_of_datasets_that_differ_in_what_nobody_asks_for_one_is_measured() -> None:
    items = [dataset(n, [*_OWN[:2], f"<{DCTERMS}title> \"{n}\"", f"<{DCTERMS}publisher> <http://a.example/{n}>"],
                     [[f"<{DCAT}accessURL> <http://a.example/{n}>"]]) for n in range(5)]
    views = {measurer().bench.projection.of(item.dataset, item.record) for item in items}
    assert len(views) == 1
    assert [found.document.iri for found in measurer().measure(items)] == [item.quality for item in items]


def test_what_is_about_something_else_too_is_measured_for_itself() -> None:
    item = dataset(0, _OWN[:1], [])
    cost = f"<http://example.org/id/cost/c> <http://schema.org/about> <{item.dataset}> .\n".encode()
    assert measurer().bench.projection.of(item.dataset, item.record, cost) is None


def test_an_overlay_that_tells_what_is_not_seen_is_told_it(tmp_path: Path) -> None:
    query = tmp_path / "queries/metrics/dataset/totals/publisher.rq"
    query.parent.mkdir(parents=True)
    query.write_text("CONSTRUCT { ?q dcterms:publisher ?who } WHERE { ?d dqv:hasQualityMetadata ?q ; dcterms:publisher ?who }")
    overlay = Measurer(Assets((tmp_path,)), Parameters(), _DAY)
    items = [dataset(n, [f"<{DCTERMS}publisher> <http://a.example/{n}>"], []) for n in range(3)]
    found = overlay.measure(items)
    assert found == overlay.each(items)
    assert all(f"<http://a.example/{n}>".encode() in one.document.text for n, one in enumerate(found))


def test_names_are_found_however_they_are_written() -> None:
    text = "# not:this <http://x/not>\nPREFIX a: <http://a/>\nSELECT * { ?s a:b|<http://c/d>/a:e-f ?o . ?o a a:G }"
    assert names(Query("q", text)) == {"http://a/b", "http://c/d", "http://a/e-f", "http://a/G"}


def test_what_is_seen_otherwise_is_asked_for_by_a_query_or_metric() -> None:
    bench = MetricEngine(Assets(), Parameters(), _DAY)
    asked = {name for stage in stages.load(Assets(), "dataset") for query in stage.queries for name in names(query)}
    held = bench.store([]).dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode("urn:odlinked:metrics"))
    material = (held or b"").decode()
    for name, way in projected(Assets()).items():
        assert way.mode in MODES
        assert name in asked or f"<{ODL}property> <{name}> ." in material, f"{name} is seen by nothing"
