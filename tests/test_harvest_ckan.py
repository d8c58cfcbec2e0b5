"""Harvesting a CKAN site: packages become datasets, only changes are asked for, and what the list has no more is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from builders import site, source_server
from builders.ckan_site import CkanSite, package
from builders.national_list import example_rows
from builders.source_server import harvest, settings, texts

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.harvesting.ckan_pages import CkanPages, asked_since
from odlinked.rdf import ntriples
from odlinked.settings import Settings, SourceSettings
from odlinked.web.app import create

CASES = Path(__file__).parent / "cases" / "harvest"


@pytest.fixture
def server() -> Iterator[CkanSite]:
    with source_server.serving(CkanSite()) as made:
        assert isinstance(made, CkanSite)
        yield made


def _settings(server: CkanSite, **more: float) -> Settings:
    return settings(server, src=SourceSettings(address=server.url("/"), kind="ckan", **more))  # type: ignore[arg-type]


def _asked(server: CkanSite) -> list[str]:
    return [urlsplit(path).path.rpartition("/")[2] for path, _ in server.requests]


@pytest.mark.parametrize("case", sorted(CASES.glob("ckan-*.json")), ids=lambda path: path.stem)
def test_a_package_says_what_its_case_expects(case: Path, tmp_path: Path) -> None:
    pages = CkanPages({"source": "ckan", "kind": "ckan", "address": "https://ckan.example", "max_bytes": 1_000_000}, Assets())
    answer = tmp_path / "page"
    answer.write_text(json.dumps({"success": True, "result": {"count": 1, "results": [json.loads(case.read_text("utf-8"))]}}))
    pages.page(answer, "https://ckan.example/api/3/action/package_search?start=0")
    pages.finish()
    made = {line for some in pages.graph.about.values() for line in some}
    wanted = ox.parse(case.with_suffix(".ttl").read_bytes(), ox.RdfFormat.TURTLE)
    expected = (ox.serialize((quad.triple for quad in wanted), format=ox.RdfFormat.N_TRIPLES) or b"").split(b"\n")[:-1]
    assert sorted(made) == sorted(set(map(ntriples.spelled, expected)))


def test_packages_become_records_page_by_page(server: CkanSite, workspace: Workspace) -> None:
    server.most = 3
    server.put(*(package(number) for number in range(1, 9)))
    found = harvest(workspace, _settings(server))
    assert found.run.result == "published", found.run.why
    assert found.run.counts["records"] == 8
    assert _asked(server) == ["package_search"] * 4 + ["package_list"]
    made = texts(workspace, "src")
    assert len(made) == 8
    text = next(text for text in made.values() if '"資料集 1"' in text)
    assert f"<http://www.w3.org/2002/07/owl#sameAs> <{server.url('/dataset/00000001')}>" in text
    assert "distribution" in text


def test_what_is_unchanged_costs_two_requests_and_makes_no_release(server: CkanSite, workspace: Workspace) -> None:
    server.put(*(package(number) for number in range(1, 9)))
    first = harvest(workspace, _settings(server))
    server.requests.clear()
    again = harvest(workspace, _settings(server))
    assert (again.run.result, again.run.release) == ("unchanged", first.run.release)
    assert _asked(server) == ["package_search", "package_list"]
    assert (again.run.counts["not_modified"], again.run.counts["bytes"]) == (2, 0)


def test_only_changes_are_fetched_and_a_deletion_is_found(server: CkanSite, workspace: Workspace) -> None:
    server.put(*(package(number) for number in range(1, 9)))
    chosen = _settings(server)
    harvest(workspace, chosen)
    server.requests.clear()
    server.put(package(3, title="新的名稱", modified="2026-03-01T00:00:00.000001"))
    del server.packages["00000005"]
    found = harvest(workspace, chosen)
    assert found.done is not None
    assert (found.done.added, found.done.changed, found.done.gone) == (0, 1, 1)
    assert found.run.counts["bytes"] < 6_000, "the packages that did not change are not fetched"
    assert any("新的名稱" in text for text in texts(workspace, "src").values())
    assert harvest(workspace, chosen).run.result == "unchanged"
    server.put(package(9, modified="2026-03-02T00:00:00"))
    found = harvest(workspace, chosen)
    assert found.done is not None
    assert (found.done.added, found.done.changed, found.done.gone) == (1, 0, 0)
    assert len(texts(workspace, "src")) == 8


def test_a_package_that_the_search_does_not_give_is_asked_for_by_name(server: CkanSite, workspace: Workspace) -> None:
    server.put(*(package(number) for number in range(1, 5)))
    server.hidden = {"00000002", "00000003"}
    server.broken = {"package-00000003"}
    found = harvest(workspace, _settings(server))
    assert found.run.is_good, found.run.why
    assert (found.run.counts["records"], found.run.counts["absent_count"]) == (3, 1)


def test_one_bad_package_does_not_stop_the_rest(server: CkanSite, workspace: Workspace) -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"a": deep}
    server.put(package(1), {**package(2), "resources": "none", "tags": {"a": [[1]]}, "extras": 7}, {**package(3), "deep": deep},
               {**package(4), "title": "\ud800 \u0000 <b>", "@context": "http://10.0.0.1/", "\n\" .": "x"})
    server.odd = [None, 3, [], {"name": "no id"}]
    found = harvest(workspace, _settings(server))
    assert found.run.is_good, found.run.why
    assert (found.run.counts["records"], found.run.refused["P86-record-described"]) == (4, 4)


def test_persons_of_a_package_are_left_out(server: CkanSite, workspace: Workspace) -> None:
    server.put({**package(1), "author": "王小明", "author_email": "wang@gmail.com", "maintainer": "Jane Roe",
                "maintainer_email": "jane.roe@gmail.com", "notes": "請洽 0912-345-678"},
               {**package(2), "maintainer": "李大同", "extras": [{"key": "contact_name", "value": "陳美麗"}]})
    assert harvest(workspace, _settings(server)).run.is_good
    stored = "".join(texts(workspace, "src").values())
    for private in ("王小明", "wang@", "Jane", "jane.roe", "0912", "李大同", "陳美麗"):
        assert private not in stored


NONSENSE: dict[str, tuple[str, Any]] = {
    "no JSON": ("package_search", b"<html>login</html>"),
    "no success": ("package_search", {"success": False, "error": {"message": "Access denied"}}),
    "no results": ("package_search", {"success": True, "result": {"count": 3}}),
    "a count that is none": ("package_search", {"success": True, "result": {"count": "many", "results": []}}),
    "fewer than it counts": ("package_search", {"success": True, "result": {"count": 10_000, "results": []}}),
    "deep JSON": ("package_search", b"[" * 100_000),
    "an empty site": ("package_search", {"success": True, "result": {"count": 0, "results": []}}),
    "a list that is none": ("package_list", {"success": True, "result": "all"}),
    "an empty list": ("package_list", {"success": True, "result": []}),
    "half a list": ("package_list", {"success": True, "result": [f"package-{number:08}" for number in range(1, 5)]}),
    "a broken list": ("package_list", b"\x00\x01"),
}


@pytest.mark.parametrize("fault", NONSENSE)
def test_nonsense_keeps_the_last_good_state(server: CkanSite, workspace: Workspace, fault: str) -> None:
    server.put(*(package(number) for number in range(1, 9)))
    chosen = _settings(server)
    harvest(workspace, chosen)
    before, release = texts(workspace, "src"), workspace.current()
    action, body = NONSENSE[fault]
    server.says[action] = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = harvest(workspace, chosen)
    if fault == "an empty site":  # nothing changed, the list says: that is what no change looks like
        assert found.run.is_good
    else:
        assert (found.run.result, bool(found.run.why)) == ("failed", True)
    assert (texts(workspace, "src"), workspace.current()) == (before, release)
    server.says.clear()
    assert harvest(workspace, chosen).run.result == "unchanged", "the site is well again"


def test_an_address_with_parameters_is_refused(server: CkanSite, workspace: Workspace) -> None:
    chosen = settings(server, src=SourceSettings(address=server.url("/?q=air"), kind="ckan"))
    assert "no parameters" in harvest(workspace, chosen).run.why


def test_another_odlinked_is_read_by_its_ckan_actions(workspace: Workspace, tmp_path: Path) -> None:
    """A second implementation of the actions: the one of this project."""
    (tmp_path / "there").mkdir()
    releases = site.publish(tmp_path / "there", example_rows())
    app = create(releases, site.SETTINGS)
    with source_server.running(app) as host:
        chosen = settings(host, src=SourceSettings(address=f"http://{host}/api/3", kind="ckan"))
        found = harvest(workspace, chosen)
        assert found.run.is_good, found.run.why
        again = harvest(workspace, chosen)
        assert again.run.result == "unchanged"
    app.extensions["odlinked.sparql"].close()
    served = releases.current()
    assert served is not None
    living = {record.iri for record in served.roster("dataset") if record.state == "live"}
    same = "> <http://www.w3.org/2002/07/owl#sameAs> <"
    stated = {text.partition(iri + same)[2].partition(">")[0] for iri, text in texts(workspace, "src").items()}
    assert stated == living


def test_the_queries_of_a_search_are_those_of_solr(server: CkanSite, workspace: Workspace) -> None:
    server.put(package(1))
    harvest(workspace, _settings(server))
    given = [parse_qs(urlsplit(path).query) for path, _ in server.requests]
    assert given[0] == {"q": ["*:*"], "sort": ["id asc"], "rows": ["1000"], "start": ["0"]}
    assert given[1]["fq"] == ["metadata_modified:{2026-02-01T00:00:00Z TO *]"]


@pytest.mark.parametrize(("modified", "since"), [
    ("2026-02-01T08:00:00+08:00", "2026-02-01T00:00:00Z"), ("2026-02-01T08:00:00.5", "2026-02-01T08:00:00.500000Z"),
    ("2999-01-01T00:00:00", "2026-01-01T00:00:00Z"), ("yesterday", "2026-01-01T00:00:00Z")])
def test_what_changed_is_asked_for_by_a_time_that_hides_nothing(tmp_path: Path, modified: str, since: str) -> None:
    """Another time zone's is told in UTC; one in the future, or none, does not count."""
    pages = CkanPages({"source": "ckan", "kind": "ckan", "address": "https://ckan.example", "max_bytes": 1_000_000}, Assets())
    packages = [package(1, modified="2026-01-01T00:00:00"), package(2, modified=modified)]
    answer = tmp_path / "page"
    answer.write_text(json.dumps({"success": True, "result": {"count": 2, "results": packages}}))
    pages.page(answer, "https://ckan.example/api/3/action/package_search?start=0")
    assert asked_since(pages.entry()[0]) == since
