"""JSON end to end: the national list, a day's changes laid over it, and records of the platform's API, to release and page."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import firsts

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web import app

EXAMPLES = Path(__file__).parents[1] / "examples"
BASE = "http://localhost:8000/id/dataset/"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "var")


def publish(workspace: Workspace, name: str, source: str) -> Release:
    firsts.publish(workspace, [EXAMPLES / name], source, Settings())
    return Releases(workspace).current()


def states(release: Release) -> dict[str, str]:
    _, records = release.page("dataset", 1, 100)
    return {record.iri.removeprefix(BASE): record.state for record in records}


def texts(release: Release) -> dict[str, bytes]:
    return {document.iri: document.text for document in release.documents()}


def test_the_list_as_json_says_what_it_says_as_csv(tmp_path: Path) -> None:
    """Every record of the JSON excerpt is the one the CSV excerpt gives, byte for byte."""
    as_json = texts(publish(Workspace(tmp_path / "a"), "data-gov-tw-list.json", "national"))
    as_csv = texts(publish(Workspace(tmp_path / "b"), "data-gov-tw-excerpt.csv", "national"))
    datasets = [iri for iri in as_json if iri.startswith(BASE)]
    assert len(datasets) == 9
    assert all(as_json[iri] == as_csv[iri] for iri in datasets)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_days_changes_are_laid_over_the_list(workspace: Workspace, suffix: str) -> None:
    before = states(publish(workspace, "data-gov-tw-excerpt.csv", "national"))
    after = states(publish(workspace, f"data-gov-tw-delta-2026-03-02{suffix}", "national"))
    assert set(before.values()) == {"live"}
    assert before.keys() - after.keys() == {"177527"}
    release = Releases(workspace).current()
    withdrawn = release.record(BASE + "177527")
    assert withdrawn is not None
    assert withdrawn.state == "gone"
    assert "M12-change-status" in {finding.rule for finding in release.findings(BASE + "165115")}


def test_an_api_record_is_a_dataset_a_service_and_pages(workspace: Workspace) -> None:
    release = publish(workspace, "data-gov-tw-api-28178.json", "api")
    assert states(release) == {"28178": "live"}
    document = release.document(BASE + "28178")
    assert document is not None
    assert document.text.count(b"csvw#Column") == 19
    assert "https://schema.gov.tw/api/Environment/Air/ObservationData/Unit" in document.text.decode()
    for secret in (b"REDACTED", b"api_key", "承辦人甲".encode()):
        assert secret not in document.text
    assert b"<mailto:unit@moenv.example>" in document.text, "the mailbox of a unit is published"
    client = app.create(Releases(workspace), Settings()).test_client()
    for path in ("/id/dataset/28178", "/id/service/28178"):
        for language in ("zh-Hant", "en"):
            answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": language}, follow_redirects=True)
            assert answer.status_code == 200
            assert "空氣品質監測小時值資料" in answer.text
    told = {(finding.column, finding.rule, finding.member) for finding in release.findings(BASE + "28178")}
    assert told >= {("AG", "A10-url", 3), ("AD", "P09-format-code", 2)}


def test_publishing_the_same_json_again_changes_nothing(workspace: Workspace) -> None:
    first = publish(workspace, "data-gov-tw-list.json", "national")
    assert publish(workspace, "data-gov-tw-list.json", "national").content == first.content
