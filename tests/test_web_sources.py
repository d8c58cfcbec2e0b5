"""The page of a source: its last runs, faults by kind, what is not shown and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date

import pytest
from builders import source_server
from builders.source_server import SourceServer, catalogue, harvest, settings
from flask.testing import FlaskClient

from odlinked.assets import Assets, bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.errors import InputError
from odlinked.harvesting.outlook import outlook
from odlinked.harvesting.state import HarvestRun, SourceFolder, SourcePage, SourceState
from odlinked.kinds import Kind
from odlinked.settings import SourceSettings
from odlinked.web.app import create

HOME = "/catalog.ttl?api_key=0123456789abcdef01234567"


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


@pytest.fixture
def web(server: SourceServer, workspace: Workspace) -> Iterator[FlaskClient]:
    """The service over a source that was harvested once, with a record that could not be taken, and then failed."""
    server.pages[HOME] = catalogue([1, 2], "ex:bad a dcat:Dataset . ex:catalog dcat:dataset ex:absent .")
    chosen = settings(server, src=SourceSettings(address=server.url(HOME), title_zh="範例縣", title_en="Example County"))
    harvest(workspace, chosen)
    server.pages[HOME] = (500, {}, b"")
    harvest(workspace, chosen)
    app = create(Releases(workspace, Assets()), chosen)
    yield app.test_client()
    app.extensions["odlinked.sparql"].close()


def test_the_page_tells_runs_faults_and_what_is_not_shown(web: FlaskClient) -> None:
    page = web.get("/source/src", headers={"Accept-Language": "en"}).get_data(as_text=True)
    for told in ("Source: Example County", "published", "The last run failed; the last good state stays", "HTTP 500",
                 "D404-distribution-format" if "D404" in page else "Faults by kind", "P86-record-described",
                 "https://source.example/absent", "Due again", "+08:00"):
        assert told in page
    assert "--dry-run" not in page, "a public page gives no advice on the command line"
    assert "0123456789abcdef" not in page, "keys stand behind the question mark"


def test_it_is_told_in_chinese(web: FlaskClient) -> None:
    page = web.get("/source/src", headers={"Accept-Language": "zh-Hant"}).get_data(as_text=True)
    for told in ("資料來源：範例縣", "最近一次收割失敗，維持上次成功的內容", "伺服器沒有給出頁面", "各類問題",
                 "未顯示的內容與原因"):
        assert told in page


def test_it_tells_what_changed_and_what_a_run_would_ask_for(web: FlaskClient, server: SourceServer, workspace: Workspace) -> None:
    server.pages[HOME] = catalogue([1, 3])
    harvest(workspace, settings(server, src=SourceSettings(address=server.url(HOME))), allow_removals=True)
    page = web.get("/source/src", headers={"Accept-Language": "en"}).get_data(as_text=True)
    changes = page.partition('id="changes"')[2].partition("</section>")[0]
    for told in ("Taken down · <a", "資料集 2", "Added · <a", "Dataset 3"):
        assert told in changes
    assert "A DCAT catalogue in RDF" in page
    assert "Each of the 1 pages known is asked for" in page


def test_a_run_that_has_not_ended_is_not_told_to_have_failed(web: FlaskClient, workspace: Workspace) -> None:
    SourceFolder(workspace, "src").note(HarvestRun("src", "2026-03-04T04:00:00.000+08:00"))
    page = web.get("/source/src", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "The last run has not ended" in page
    assert "The last run failed" not in page


def test_a_run_that_failed_after_it_published_says_so(web: FlaskClient, workspace: Workspace) -> None:
    run = HarvestRun("src", "2026-03-04T04:00:00.000+08:00", release="000001", counts={"changed": 1})
    SourceFolder(workspace, "src").note(run.failed(InputError("why", doing="harvesting")))
    page = web.get("/source/src", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "what it had published before stays" in page
    assert "the last good state stays" not in page


TODAY = date(2026, 3, 4)
SEARCH = "https://a.example/api/3/action/package_search?fq=metadata_modified%3A%7B2026-03-01T00%3A00%3A00Z+TO+%2A%5D"
LOOKS = {
    "nothing is known": ("dcat", "", (), "first", {}),
    "a catalogue": ("dcat", "dcat", ("https://a.example/",), "pages", {"pages": 2}),
    "another kind than before": ("ckan", "dcat", ("https://a.example/",), "first", {}),
    "a CKAN site": ("ckan", "ckan", (SEARCH,), "ckan", {"since": "2026-03-01T00:00:00Z"}),
    "a CKAN site that is read anew": ("ckan", "ckan", ("https://a.example/api/3/action/package_search",), "first", {}),
    "a stream": ("ldes", "ldes", ("https://a.example/",), "ldes", {"fixed": 1}),
    "an endpoint": ("sparql", "sparql", ("https://a.example/",), "sparql", {"pages": 2}),
    "the platform": ("national", "national", ("2026-02-20T00:00:00+08:00",), "days",
                     {"days": 4, "since": "2026-03-01", "again": "2026-03-22"}),
    "the platform after a month": ("national", "national", ("2026-01-20T00:00:00+08:00",), "whole", {}),
}


@pytest.mark.parametrize("case", LOOKS)
def test_each_kind_of_source_has_its_outlook_and_words(case: str) -> None:
    kind, known, entry, way, told = LOOKS[case]
    home = "https://a.example/"
    source = SourceSettings(address=home, kind=kind, changes=home + "{date}")
    before = SourceState(home if known else "", known, 2, "2026-03-01T04:00:00+08:00",
                         (SourcePage(home), SourcePage(home + "2", fixed=True)), entry)
    assert outlook(source, before, TODAY) == (way, told)
    words = tomllib.loads((bundled() / "src" / "odlinked" / "web" / "site" / "words.toml").read_text(encoding="utf-8"))
    for text in (*words[f"source.next.{way}"], *words[f"source.what.{kind}"]):
        assert text.format(**told)


@pytest.mark.parametrize("name", ["nobody", "..", "%2e%2e", "a%00b", "src%2f..%2fother"])
def test_other_names_are_no_sources(web: FlaskClient, name: str) -> None:
    assert web.get(f"/source/{name}").status_code == 404


def test_a_record_leads_to_its_source(web: FlaskClient) -> None:
    listed = web.get("/datasets").get_data(as_text=True)
    path = listed.partition('href="/dataset/')[2].partition('"')[0]
    assert 'href="/source/src"' in web.get(f"/dataset/{path}").get_data(as_text=True)


def test_a_new_run_is_shown_though_the_release_is_the_same(web: FlaskClient, server: SourceServer, workspace: Workspace) -> None:
    before = web.get("/source/src").get_data(as_text=True)
    harvest(workspace, settings(server, src=SourceSettings(address=server.url(HOME))))
    assert web.get("/source/src").get_data(as_text=True) != before


def test_every_kind_of_record_a_source_may_have_has_its_words() -> None:
    words = tomllib.loads((bundled() / "src" / "odlinked" / "web" / "site" / "words.toml").read_text(encoding="utf-8"))
    kinds = {kind for kind in Kind if not kind.startswith("quality/") and kind is not Kind.CATALOG}
    assert {kind for kind in kinds if f"source.kind.{kind}" not in words} == set()
