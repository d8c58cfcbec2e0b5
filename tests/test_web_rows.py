"""The page of published rows, their downloads, and the addresses of the rows themselves."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from builders.lifted import BASE, DATA, GRAPH, PHONES, described, joined, listed, run
from builders.national_list import row
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

parquet = pytest.importorskip("pyarrow.parquet")
HOSTILE = '<script>alert("1")</script>'


class Reading(FlaskClient):
    """A client that reads each answer to its end: only so many downloads run at a time."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a request."""
        return super().open(*args, **{"buffered": True, **kwargs})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Path]]:
    folder = tmp_path_factory.mktemp("rows")
    listed(folder, row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/stations.csv", 編碼格式="UTF-8", 資料量="5"))
    lines = DATA + f'5,"{HOSTILE.replace(chr(34), chr(34) * 2)}",1.5,2024-10-08T20:00:00,24.1,120.6,{PHONES[0]}\n'
    assert joined(folder, described(folder, lines)).exit_code == 1
    app = create(Releases(Workspace(folder / "var")), Settings())
    yield app, folder
    app.extensions["odlinked.sparql"].close()


@pytest.fixture
def client(made: tuple[Flask, Path]) -> FlaskClient:
    made[0].test_client_class = Reading
    return made[0].test_client()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-Hant", ("預覽", "相異值", "平均", "地圖", "1 格不符型態", "十億分點（ppb）",
                 "以 SPARQL 查詢這些列", "含個人資料，未發布之欄：行動電話")),
    ("en", ("Preview", "Different values", "mean", "Map", "1 do not fit", "parts per billion (ppb)", "Query these rows in SPARQL",
            "Columns with personal data")),
])
def test_the_page_shows_rows_columns_chart_map_and_what_is_left_out(client: FlaskClient, language: str,
                                                                    words: tuple[str, ...]) -> None:
    page = client.get(f"/rows/6001?lang={language}", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert not [word for word in words if word not in page]
    assert "12.25" in page
    assert page.count('class="dot"') == 5
    assert "<polyline" in page
    assert "script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert not [phone for phone in PHONES if phone in page]
    assert "2024-10-08T16:00:00+08:00" in page


def test_the_page_of_the_dataset_leads_to_the_rows_and_its_rdf_names_them(client: FlaskClient) -> None:
    page = client.get("/dataset/6001?lang=en", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert 'href="/rows/6001' in page
    assert "the first 5 of 5 rows" in page
    assert '<td class="num">12.25</td>' in page
    assert "script>alert" not in page
    assert not [phone for phone in PHONES if phone in page]
    found = rdflib.Graph().parse(data=client.get("/dataset/6001.nt").data, format="nt")
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    downloads = {str(one) for file in found.objects(rdflib.URIRef(f"{BASE}/id/dataset/6001"), dcat.distribution)
                 for one in found.objects(file, dcat.downloadURL)}
    own = {f"{BASE}/rows/6001.{name}" for name in ("nt", "ttl", "parquet")}
    assert downloads == {"https://data.example.tw/stations.csv", *own}
    assert (None, dcat.endpointURL, rdflib.URIRef(f"{BASE}/sparql")) in found


def test_downloads_hold_the_same_rows_and_say_what_they_are(client: FlaskClient) -> None:
    nt = client.get("/rows/6001.nt")
    assert (nt.mimetype, len(nt.data)) == ("application/n-triples", int(nt.headers["Content-Length"]))
    graphs = [set(map(str, (quad.triple for quad in ox.parse(client.get(f"/rows/6001.{name}").data, format=style))))
              for name, style in (("nt", ox.RdfFormat.N_TRIPLES), ("ttl", ox.RdfFormat.TURTLE))]
    assert graphs[0] == graphs[1]
    assert graphs[0]
    assert parquet.read_table(io.BytesIO(client.get("/rows/6001.parquet").data)).num_rows == 5
    negotiated = client.get("/rows/6001", headers={"Accept": "text/turtle"})
    assert (negotiated.mimetype, negotiated.headers["Vary"]) == ("text/turtle", "Accept")
    assert client.get("/rows/6001.nt", headers={"If-None-Match": nt.headers["ETag"]}).status_code == 304
    assert client.get("/rows/6001/metadata.json").json["tableSchema"]["columns"][-1]["suppressOutput"] is True
    assert [client.get(path).status_code for path in ("/rows/6002", "/rows/6001.xml", "/rows/6001.pdf")] == [404, 404, 404]


def test_each_row_and_property_answers_at_its_address(client: FlaskClient) -> None:
    found = client.get("/data/stations/3", headers={"Accept": "application/n-triples"}).get_data(as_text=True)
    assert f'<{BASE}/data/stations/3> <http://schema.org/name> "萬里"@zh-Hant .' in found
    assert "行動電話" not in found
    page = client.get("/data/stations/3?lang=en", headers={"Accept": "text/html"})
    assert (page.status_code, "萬里" in page.get_data(as_text=True)) == (200, True)
    assert f"<{BASE}/data/stations/ns#level>" in client.get("/data/stations/ns.nt").get_data(as_text=True)
    assert client.get("/data/stations/99").status_code == 404
    assert client.get("/data/stations/3.ttl").mimetype == "text/turtle"


@pytest.mark.parametrize("key", [
    "2024-10-08T16:00:00+08:00", "風力(Wind)/中能風(註10)", "海湖#2", "a/b", "50%", "甲 乙", "x.nt", "don't;,=@$!*"])
def test_a_row_answers_at_its_address_whatever_its_key_is_written_with(tmp_path: Path, key: str) -> None:
    listed(tmp_path, row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/stations.csv", 編碼格式="UTF-8", 資料量="1"))
    lines = f'id,sitename,level,measured,lat,lon,行動電話\n"{key}",基隆,3.5,2024-10-08T16:00:00,25.1,121.7,\n'
    joined(tmp_path, described(tmp_path, lines))
    release = Releases(Workspace(tmp_path / "var")).current()
    (iri,) = {quad.subject.value for quad in ox.Store.read_only(str(release.store_path)).quads_for_pattern(
        None, ox.NamedNode("http://schema.org/name"), None, ox.NamedNode(GRAPH))}
    release.close()
    app = create(Releases(Workspace(tmp_path / "var")), Settings())
    try:
        client = app.test_client()
        for accept in ("application/n-triples", "text/html"):
            answer = client.get(iri.removeprefix(BASE), headers={"Accept": accept})
            assert (answer.status_code, "基隆" in answer.get_data(as_text=True)) == (200, True), (iri, accept)
    finally:
        app.extensions["odlinked.sparql"].close()


def test_the_question_of_the_page_finds_the_rows_and_the_default_graph_does_not(client: FlaskClient) -> None:
    page = client.get("/rows/6001?lang=en", headers={"Accept": "text/html"}).get_data(as_text=True)
    link = re.search(r'href="(/sparql\?[^"]+)">Ask which rows', page)
    assert link
    answer = client.get(link[1].replace("&amp;", "&"), headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert answer.splitlines()[1].endswith("新店,12.25")
    ask = "ASK {{ {} }}"
    assert client.get("/sparql", query_string={"query": ask.format(f"GRAPH <{GRAPH}> {{ <{BASE}/data/stations/1> ?p ?o }}")},
                      headers={"Accept": "application/sparql-results+json"}).json["boolean"] is True
    assert client.get("/sparql", query_string={"query": ask.format(f"<{BASE}/data/stations/1> ?p ?o")},
                      headers={"Accept": "application/sparql-results+json"}).json["boolean"] is False


def test_a_page_that_is_kept_is_another_after_the_rows_are_withdrawn(made: tuple[Flask, Path]) -> None:
    app, folder = made
    client = app.test_client()
    assert client.get("/dataset/6001.nt").data.count(b"/rows/6001.parquet") == 1
    assert client.get("/data/stations/1").status_code == 200
    run(folder, "lift", "--withdraw", "6001")
    assert [client.get(path).status_code for path in ("/rows/6001", "/data/stations/1")] == [404, 404]
    assert b"/rows/6001" not in client.get("/dataset/6001.nt").data
    assert b"/rows/6001" not in client.get("/dataset/6001", headers={"Accept": "text/html"}).data
