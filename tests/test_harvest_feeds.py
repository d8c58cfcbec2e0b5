"""Feeds as real catalogues publish them, and the twins of DCAT 3: what goes in is kept, one syntax is like another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import source_server
from builders.source_server import SourceServer, harvest, settings, texts

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.graphs.containment import SourceGraph
from odlinked.graphs.page_view import PageView
from odlinked.graphs.separation import Separation
from odlinked.settings import ReadSettings, SourceSettings

SUITES = Path(__file__).parents[2] / "shared" / "suites"
FEEDS = {"antwerpen/dcat.xml": 491, "antwerpen/dcat-largest-version.xml": 489, "norway/datanorge_2018_05_31.jsonld": 563,
         "norway/difi-complete-2017-10-25.jsonld": 484, "norway/difi-complete-2018-03-08.jsonld": 550, "norway/dcat-11.xml": 257,
         "norway/geonorge-data-2017-10-19.xml": 168}
"""The feeds with the datasets in each: what its own text says, counted as strings (below)."""

pytestmark = pytest.mark.skipif(not SUITES.is_dir(), reason="the suites of real feeds are not beside the checkout")


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


def _separated(ntriples: bytes) -> tuple[dict[str, bytes], Separation]:
    graph = SourceGraph()
    graph.add(ntriples.splitlines())
    separation = Separation(PageView(graph), "src", Assets())
    return {record.own.iri: record.line() for record in separation.records()}, separation


@pytest.mark.parametrize("feed", FEEDS)
def test_every_dataset_of_a_feed_is_kept(feed: str) -> None:
    path = SUITES / "feeds" / feed
    records, separation = _separated(graphs.read(path, ReadSettings()).ntriples)
    text = path.read_text(encoding="utf-8")
    stated = re.findall(r'"@type": "dcat:Dataset"|<dcat:Dataset[ >]|resource="http://www.w3.org/ns/dcat#Dataset"', text)
    assert len(records) == len(stated) == FEEDS[feed]
    assert (separation.beside.refused.total(), separation.beside.listed) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("feed", ["antwerpen/dcat.xml", "norway/datanorge_2018_05_31.jsonld", "norway/dcat-11.xml"])
def test_a_feed_is_harvested_and_harvested_again_without_a_release(server: SourceServer, workspace: Workspace, feed: str) -> None:
    path = SUITES / "feeds" / feed
    kind = "application/ld+json" if feed.endswith("jsonld") else "application/rdf+xml"
    server.pages["/feed"] = (200, {"Content-Type": kind}, path.read_bytes())
    chosen = settings(server, src=SourceSettings(address=server.url("/feed")))
    found = harvest(workspace, chosen)
    assert found.run.counts["added"] == FEEDS[feed]
    assert found.run.counts["violations"] > 0, "its faults are named"
    before = texts(workspace, "src")
    server.validators = False
    server.pages["/feed"] = (200, {"Content-Type": kind}, path.read_bytes() + b"\n")
    again = harvest(workspace, chosen)
    assert (again.run.result, again.run.release) == ("unchanged", found.run.release)
    assert texts(workspace, "src") == before


_TWINS = sorted(path for path in (SUITES / "dxwg/dcat/examples").glob("*.ttl") if path.with_suffix(".jsonld").is_file())


_UNTAGGED = {"csiro-stratchart-sdo", "dataset-004-sdo", "ga-wms", "relation-examples", "threddsABC"}
"""Twins whose JSON-LD leaves out what the Turtle states of every text: its language, and of one that it is an integer."""


@pytest.mark.parametrize("turtle", _TWINS, ids=lambda path: path.stem)
def test_the_twins_of_dcat_3_give_the_same_documents(turtle: Path) -> None:
    one, other = (graphs.read(path, ReadSettings()).ntriples for path in (turtle, turtle.with_suffix(".jsonld")))
    if turtle.stem in _UNTAGGED:
        assert re.search(rb'"@[a-z]', one)
        assert not re.search(rb'"@[a-z]', other)
        one = re.sub(rb'"(?:@[a-z-]+|\^\^<\S+#integer>) \.$', b'" .', one, flags=re.MULTILINE)
    assert _separated(one)[0] == _separated(other)[0]
