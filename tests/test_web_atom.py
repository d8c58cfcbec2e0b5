"""Atom for any search: each change of the datasets it finds, and of their badges, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from builders import site
from builders.national_list import Rows, example_rows
from flask.testing import FlaskClient

from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = site.BASE


def entries(client: FlaskClient, address: str) -> list[tuple[str, str]]:
    """Return (category, path of the page) of the entries of a feed."""
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    feed = ElementTree.fromstring(answer.data)
    found = []
    for entry in feed.iter(f"{ATOM}entry"):
        assert all(entry.findtext(ATOM + name) for name in ("id", "title", "updated", "summary"))
        page, category = entry.find(f"{ATOM}link"), entry.find(f"{ATOM}category")
        assert page is not None
        assert category is not None
        found.append((category.attrib["term"], re.sub("^https?://[^/]+", "", page.attrib["href"])))
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert feed.findtext(f"{ATOM}updated")
    return found


def published(folder: Path, name: str, rows: Rows) -> FlaskClient:
    """Publish rows and return a client of the service over them."""
    return create(site.publish(folder, list(rows), name), site.SETTINGS).test_client()


def test_a_search_tells_when_what_it_finds_changes(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    client = published(tmp_path, "1.csv", rows)
    air = {path for _, path in entries(client, "/datasets.atom?q=空氣")}
    assert "/dataset/6075" in air
    assert len(air) < len(entries(client, "/datasets.atom"))
    number = next(n for n, row in enumerate(rows) if row[heads[0]] == "6075")
    rows[number] = {**rows[number], heads[9]: "空氣品質監測站之另一段說明。"}
    client = published(tmp_path, "2.csv", rows)
    assert entries(client, "/datasets.atom?q=空氣")[0] == ("changed", "/dataset/6075")
    assert entries(client, "/datasets.atom")[0] == ("changed", "/dataset/6075")
    publisher = Releases(site.publish(tmp_path, rows, "2.csv").workspace).current().record(f"{BASE}/id/dataset/6075")
    assert publisher is not None
    client = published(tmp_path, "3.csv", [row for row in rows if row[heads[0]] != "6075"])
    code = publisher.publisher.rpartition("/")[2]
    assert ("withdrawn", "/dataset/6075") in entries(client, f"/datasets.atom?publisher={code}")
    assert ("withdrawn", "/dataset/6075") in entries(client, "/datasets.atom")
    assert "/dataset/6075" not in {path for _, path in entries(client, "/datasets.atom?q=空氣")}


def test_a_page_of_results_names_its_feed(client: FlaskClient) -> None:
    page = client.get("/?q=空氣&theme=E00", headers={"Accept-Language": "en"}).get_data(as_text=True)
    addresses = re.findall(r'type="application/atom\+xml" title="[^"]+" href="([^"]+)"', page)
    assert len(addresses) == 2
    for address in addresses:
        assert client.get(address.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("path", ["/datasets.atom", "/badges.atom", "/datasets.atom?q=script",
                                  "/datasets.atom?q=%01%0B<a>&lang=en"])
def test_whatever_stands_in_a_title_is_text(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    ElementTree.fromstring(answer.data)
    assert b"<script" not in answer.data
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_an_unknown_filter_is_refused(client: FlaskClient) -> None:
    assert client.get("/datasets.atom?theme=Z99").status_code == 400


def test_both_languages(client: FlaskClient) -> None:
    chinese = client.get("/datasets.atom", headers={"Accept-Language": "zh-TW"})
    english = client.get("/datasets.atom?lang=en")
    assert ("新增" in chinese.get_data(as_text=True), "Added" in english.get_data(as_text=True)) == (True, True)
    assert "lang=en" in english.get_data(as_text=True)
