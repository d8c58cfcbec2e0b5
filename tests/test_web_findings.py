"""Findings of a published record in the formats of `validate`: the same findings, nothing local, conditional requests."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import pytest
import rdflib
from builders.site import BASE
from flask.testing import FlaskClient

from odlinked.catalog.served.releases import Releases
from odlinked.web.pages.findings import FORMATS


@pytest.fixture
def faulty(releases: Releases) -> tuple[str, int]:
    """The path of a record that has findings, and how many."""
    release = releases.current()
    for record in release.page("dataset", 1, 200)[1]:
        if record.violations:
            return record.iri.removeprefix(BASE + "/id"), len(release.findings(record.iri))
    raise AssertionError("the examples have faults")


def test_every_format_tells_the_same_findings(client: FlaskClient, faulty: tuple[str, int]) -> None:
    path, count = faulty
    answers = {suffix: client.get(f"/findings{path}.{suffix}?lang=en") for suffix in FORMATS}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {suffix: answer.headers["Content-Type"] for suffix, answer in answers.items()} == {
        suffix: media_type for suffix, (_, media_type) in FORMATS.items()}
    assert len(json.loads(answers["json"].data)["findings"]) == count
    assert len(json.loads(answers["sarif"].data)["runs"][0]["results"]) == count
    assert len(list(csv.reader(io.StringIO(answers["csv"].get_data(as_text=True))))) == count + 1
    assert ElementTree.fromstring(answers["xml"].data).tag == "testsuites"
    graph = rdflib.Graph().parse(data=answers["ttl"].data, format="turtle")
    assert len(list(graph.objects(None, rdflib.SH.result))) == count
    assert "error" in answers["md"].get_data(as_text=True)
    assert not [suffix for suffix, answer in answers.items() if ".xlsx" in answer.get_data(as_text=True)], "no local file names"


def test_the_page_leads_to_the_formats_in_its_language(client: FlaskClient, faulty: tuple[str, int]) -> None:
    path, _ = faulty
    page = client.get(path, headers={"Accept": "text/html", "Accept-Language": "zh-TW"}).get_data(as_text=True)
    for suffix in FORMATS:
        assert f'href="/findings{path}.{suffix}"' in page
    told = client.get(f"/findings{path}.csv", headers={"Accept-Language": "zh-TW"})
    assert told.get_data(as_text=True).startswith("\ufeff檔案,")
    again = client.get(f"/findings{path}.csv", headers={"Accept-Language": "zh-TW", "If-None-Match": told.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/findings/dataset/none.json", "/findings/dataset/6075.exe", "/findings/rule/x.json",
                                  "/findings/dataset/" + "a" * 600 + ".json", "/findings/dataset/.json"])
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
