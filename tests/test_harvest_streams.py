"""Harvesting event streams (LDES, TREE) and SPARQL endpoints in pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pyoxigraph as ox
import pytest
from builders import site, source_server
from builders.national_list import example_rows
from builders.source_server import PREFIXES, Answer, SourceServer, catalogue, harvest, settings, texts
from SPARQLWrapper import GET, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import EndPointNotFound

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.harvesting.endpoint import behind, catalogue_address
from odlinked.settings import SourceSettings
from odlinked.web.app import create

STREAM = PREFIXES + """@prefix as: <https://www.w3.org/ns/activitystreams#> .
@prefix ldes: <https://w3id.org/ldes#> .
@prefix tree: <https://w3id.org/tree#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TRIG = "application/trig"


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


def _activity(number: int, record: int, kind: str, time: str, title: str = "") -> str:
    said = f'GRAPH ex:a{number} {{ ex:d{record} a dcat:Dataset ; dct:title "{title}" . }}\n' if title else ""
    return (f'<> tree:member ex:a{number} . ex:a{number} a as:{kind} ; as:object ex:d{record} ; '
            f'as:published "{time}"^^xsd:dateTime .\n{said}')


def _page(body: str, *, fixed: bool = False) -> Answer:
    return 200, {"Content-Type": TRIG, **({"Cache-Control": "public, max-age=604800, immutable"} if fixed else {})}, \
        (STREAM + body).encode()


def _leads(*pages: str) -> str:
    return "".join(f"<> tree:relation [ a tree:LessThanRelation ; tree:node <{page}> ] .\n" for page in pages)


def _chosen(server: SourceServer | str, path: str = "/feed", kind: str = "ldes") -> SourceSettings:
    host = server if isinstance(server, str) else server.host
    return SourceSettings(address=f"http://{host}{path}", kind=kind, shrink=0.5)


def test_the_latest_member_of_a_record_counts_and_a_deletion_takes_it_away(server: SourceServer, workspace: Workspace) -> None:
    server.pages |= {
        "/feed": _page(_leads("/2", "/1")),
        "/1": _page("".join(_activity(n, n, "Create", "2026-01-01T00:00:00Z", title) for n, title in enumerate(
            ("one", "two", "three"), 1)), fixed=True),
        "/2": _page(_activity(4, 1, "Update", "2026-02-01T00:00:00Z", "one again")
                    + _activity(5, 2, "Delete", "2026-02-01T00:00:00Z"), fixed=True)}
    chosen = settings(server, src=_chosen(server))
    found = harvest(workspace, chosen)
    assert found.run.result == "published", found.run.why
    stored = "".join(texts(workspace, "src").values())
    assert ('"one again"' in stored, '"one" ' in stored, '"two"' in stored, '"three"' in stored) == (True, False, False, True)
    server.requests.clear()
    assert harvest(workspace, chosen).run.result == "unchanged"
    assert [path for path, _ in server.requests] == ["/feed"], "pages that never change are not asked for again"


def test_times_of_different_zones_are_compared_as_times(server: SourceServer, workspace: Workspace) -> None:
    """08:00 in Taiwan is before 01:00 in UTC of the same day, whichever stands first."""
    server.pages["/feed"] = _page(_activity(1, 1, "Update", "2026-01-01T01:00:00Z", "later")
                                  + _activity(2, 1, "Update", "2026-01-01T08:00:00+08:00", "earlier"))
    assert harvest(workspace, settings(server, src=_chosen(server))).run.is_good
    (text,) = texts(workspace, "src").values()
    assert '"later"' in text


def test_a_change_and_a_deletion_cost_the_view_and_the_new_page(server: SourceServer, workspace: Workspace) -> None:
    created = "".join(_activity(number, number, "Create", "2026-01-01T00:00:00Z", f"title {number}") for number in range(1, 9))
    server.pages |= {"/feed": _page(_leads("/1")), "/1": _page(created, fixed=True)}
    chosen = settings(server, src=_chosen(server))
    harvest(workspace, chosen)
    server.requests.clear()
    server.pages |= {"/feed": _page(_leads("/2", "/1")), "/2": _page(
        _activity(11, 1, "Update", "2026-02-01T00:00:00Z", "changed") + _activity(12, 2, "Delete", "2026-02-01T00:00:00Z"))}
    found = harvest(workspace, chosen)
    assert found.done is not None
    assert (found.done.added, found.done.changed, found.done.gone) == (0, 1, 1)
    assert [path for path, _ in server.requests] == ["/feed", "/2"]


def test_versions_of_records_are_a_stream_too(server: SourceServer, workspace: Workspace) -> None:
    body = """ex:stream a ldes:EventStream ; ldes:versionOfPath dct:isVersionOf ; ldes:timestampPath dct:created ; tree:view <> ;
  tree:member ex:v2, ex:v1, ex:plain .
ex:v1 a dcat:Dataset ; dct:isVersionOf ex:d1 ; dct:created "2026-01-01T00:00:00Z"^^xsd:dateTime ; dct:title "first" .
ex:v2 a dcat:Dataset ; dct:isVersionOf ex:d1 ; dct:created "2026-02-01T00:00:00Z"^^xsd:dateTime ; dct:title "second" ;
  dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://source.example/f.csv> ] .
ex:plain a dcat:Dataset ; dct:title "no version" .
"""
    server.pages["/feed"] = (200, {"Content-Type": "text/turtle"}, (STREAM + body).encode())
    found = harvest(workspace, settings(server, src=_chosen(server)))
    assert found.run.counts["records"] == 2, found.run.why
    stored = "".join(texts(workspace, "src").values())
    assert ('"second"' in stored, '"first"' in stored, "f.csv" in stored) == (True, False, True)
    assert "<http://www.w3.org/2002/07/owl#sameAs> <https://source.example/d1>" in stored


def test_the_feed_of_another_odlinked_gives_the_records_it_has(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    releases = site.publish(tmp_path / "there", example_rows())
    app = create(releases, site.SETTINGS)
    with source_server.running(app) as host:
        chosen = settings(host, src=_chosen(host, "/feeds/dcat-ap"), whole=_chosen(host, "/catalog.nt?size=500", "dcat"))
        assert harvest(workspace, chosen).run.is_good
        assert harvest(workspace, chosen).run.counts["requests"] <= 2
        assert harvest(workspace, chosen, "whole").run.is_good
    app.extensions["odlinked.sparql"].close()
    by_feed, by_pages = (set(_origins(workspace, name)) for name in ("src", "whole"))
    assert by_feed == by_pages
    assert by_feed


def _origins(workspace: Workspace, source: str) -> Iterator[str]:
    for iri, text in texts(workspace, source).items():
        yield text.partition(f"<{iri}> <http://www.w3.org/2002/07/owl#sameAs> <")[2].partition(">")[0]


HOSTILE = {
    "a fragment elsewhere": _page(_leads("http://169.254.169.254/latest")),
    "a fragment that is a file": _page(_leads("file:///etc/passwd")),
    "a fragment that is missing": _page(_leads("/missing")),
    "nothing": _page(""),
    "a remote context": (200, {"Content-Type": "application/ld+json"}, b'{"@context": "http://169.254.169.254/", "@id": "x:y"}'),
    "half a page": (200, {"Content-Type": TRIG},
                    (STREAM + _activity(1, 1, "Create", "2026-01-01T00:00:00Z", "one"))[:-30].encode()),
    "everything deleted": _page("".join(_activity(20 + n, n, "Delete", "2027-01-01T00:00:00Z") for n in range(1, 9))),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_failing_stream_keeps_its_last_good_state(server: SourceServer, workspace: Workspace, fault: str) -> None:
    created = "".join(_activity(number, number, "Create", "2026-01-01T00:00:00Z", f"title {number}") for number in range(1, 9))
    server.pages["/feed"] = _page(created)
    chosen = settings(server, src=_chosen(server))
    harvest(workspace, chosen)
    before, release = texts(workspace, "src"), workspace.current()
    server.pages["/feed"] = HOSTILE[fault]
    found = harvest(workspace, chosen)
    assert (found.run.result, bool(found.run.why)) == ("failed", True)
    assert (texts(workspace, "src"), workspace.current()) == (before, release)


def test_fragments_without_end_are_left(server: SourceServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odlinked.harvesting.walking.MOST_PAGES", 5)

    def endless(number: int) -> Answer:
        server.pages[f"/p{number + 1}"] = lambda: endless(number + 1)
        return _page(_leads(f"/p{number + 1}", "/feed"))

    server.pages["/feed"] = lambda: endless(1)
    found = harvest(workspace, settings(server, src=_chosen(server)))
    assert "no end" in found.run.why
    assert len(server.requests) <= 7


def test_one_bad_member_does_not_stop_the_rest(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/feed"] = _page(
        '<> tree:member ex:x, "a text", [] . ex:x a as:Create ; as:object "no address" .\n'
        + _activity(1, 1, "Create", "2026-01-01T00:00:00Z", "one") + _activity(2, 2, "Create", "yesterday", "two"))
    found = harvest(workspace, settings(server, src=_chosen(server)))
    assert found.run.counts["records"] == 2, found.run.why
    assert found.run.refused["P86-record-described"] == 3


class Endpoint:
    """A SPARQL endpoint over a graph, as a function of a source server."""

    def __init__(self, server: SourceServer, turtle: str) -> None:
        self.store = ox.Store()
        self.store.load(turtle.encode(), ox.RdfFormat.TURTLE, base_iri="https://source.example/")
        server.answer = self.answer  # type: ignore[method-assign]

    def change(self, old: str, new: str) -> None:
        """Replace a text wherever it is stated."""
        for quad in [one for one in self.store if isinstance(one.object, ox.Literal) and one.object.value == old]:
            self.store.remove(quad)
            self.store.add(ox.Quad(quad.subject, quad.predicate, ox.Literal(new, language=quad.object.language)))

    def answer(self, path: str) -> Answer:
        query = parse_qs(urlsplit(path).query)["query"][0].replace("LIMIT 500", "LIMIT 3")
        found = self.store.query(query)
        return 200, {"Content-Type": "text/turtle"}, found.serialize(format=ox.RdfFormat.TURTLE) or b""  # type: ignore[union-attr]


def test_an_endpoint_is_read_in_pages(server: SourceServer, workspace: Workspace) -> None:
    endpoint = Endpoint(server, catalogue(range(1, 9)))
    chosen = settings(server, src=_chosen(server, "/sparql", "sparql"), whole=_chosen(server, "/catalog.ttl", "dcat"))
    found = harvest(workspace, chosen)
    assert found.run.result == "published", found.run.why
    assert (found.run.counts["records"], found.run.counts["pages"]) == (8, 4)
    assert harvest(workspace, chosen).run.result == "unchanged"
    by_endpoint = texts(workspace, "src")
    folder = workspace.root / "harvest/src/parts"
    parts = {path.stat().st_ino for path in folder.iterdir()}
    endpoint.change("資料集 8", "改了名稱")
    assert harvest(workspace, chosen).run.counts["changed"] == 1
    assert len(parts & {path.stat().st_ino for path in folder.iterdir()}) == 3, "only one page was read"
    endpoint.change("改了名稱", "資料集 8")
    harvest(workspace, chosen)
    server.answer = lambda path: (200, {"Content-Type": "text/turtle"}, catalogue(range(1, 9)).encode())  # type: ignore[method-assign]
    harvest(workspace, chosen, "whole")
    by_file = {text.replace("whole.", "src.") for text in texts(workspace, "whole").values()}
    assert {_told(text) for text in by_endpoint.values()} == {_told(text) for text in by_file}


def test_an_endpoint_is_asked_as_sparqlwrapper_asks_it(server: SourceServer) -> None:
    """The same request arrives; unlike there, parameters that the address has already stay apart from the query."""
    asked = catalogue_address(Assets(), server.url("/sparql"), 'https://source.example/"d" &1')
    assert behind(asked) == 'https://source.example/"d" &1'
    wrapper = SPARQLWrapper(server.url("/sparql"))
    wrapper.setMethod(GET)
    wrapper.setOnlyConneg(True)
    wrapper.setQuery(parse_qs(urlsplit(asked).query)["query"][0])
    with suppress(EndPointNotFound):
        wrapper.query()
    assert unquote_plus(server.url(server.requests[-1][0])) == unquote_plus(asked)
    beside = catalogue_address(Assets(), server.url("/sparql?default-graph-uri=https://source.example/g%20h"))
    assert [(name, len(values)) for name, values in parse_qs(urlsplit(beside).query).items()] == [
        ("default-graph-uri", 1), ("query", 1)]


def _told(text: str) -> str:
    """Return a document without what only a second source makes it state."""
    return "\n".join(line for line in text.splitlines() if "maybeSameAs" not in line)


def test_an_endpoint_that_always_answers_the_same_has_an_end(server: SourceServer, workspace: Workspace) -> None:
    server.answer = lambda path: (200, {"Content-Type": "text/turtle"}, catalogue([1]).encode())  # type: ignore[method-assign]
    found = harvest(workspace, settings(server, src=_chosen(server, "/sparql", "sparql")))
    assert (found.run.counts["records"], found.run.counts["requests"]) == (1, 2)


def test_an_endpoint_on_a_private_network_gets_no_request(server: SourceServer, workspace: Workspace) -> None:
    server.answer = lambda path: (302, {"Location": "http://10.0.0.1/sparql"}, b"")  # type: ignore[method-assign]
    chosen = settings(server, src=_chosen(server, "/sparql", "sparql"))
    assert harvest(workspace, chosen).run.result == "failed"
    server.requests.clear()
    chosen = replace(chosen, check=replace(chosen.check, test_hosts=()))
    assert harvest(workspace, chosen).run.result == "failed"
    assert server.requests == []
