"""The description of published rows for machine learning: Croissant 1.1, read by the reference library of its authors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.lifted import BASE, SCHEMA, SPACE, described, joined, listed
from builders.national_list import row
from flask import Flask
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

pytest.importorskip("pyarrow")
ROWS = 12
CODED: dict[str, Any] = {
    **SCHEMA, "columns": [
        *SCHEMA["columns"][:-1],
        {"titles": "縣市", "name": "縣市", "propertyUrl": SPACE + "ns#county", "lang": "zh-Hant",
         "odl:codeList": {"@id": "https://w3id.org/odlinked/code/county"}},
        {"titles": "類型", "name": "kind", "propertyUrl": SPACE + "ns#kind", "odl:values": ["一般", "交通"],
         "valueUrl": SPACE + "code/kind/{kind}"},
        {"titles": "day", "name": "day", "datatype": {"base": "date", "format": "yyyy/MM/dd"}, "propertyUrl": SPACE + "ns#day"},
        {"titles": "count", "name": "count", "datatype": "integer", "null": ["", "-"], "propertyUrl": SPACE + "ns#count"}]}


def lines() -> str:
    """Twelve stations: a gap and a value that is no number in `level`, a gap in `count`."""
    levels = ["3.5", "-", "high", *("1.25" for _ in range(ROWS - 3))]
    return "id,sitename,level,measured,lat,lon,縣市,類型,day,count\n" + "".join(
        f"{n},站{n},{levels[n]},2024-10-08T{n:02}:00:00,25.{n:02},121.{n:02},{'臺北市' if n % 2 else '台中市'},"
        f"{'交通' if n % 2 else '一般'},2024/10/{n + 1:02},{'-' if n == 4 else n}\n" for n in range(ROWS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("croissant")
    listed(folder, row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/stations.csv", 編碼格式="UTF-8", 資料量="12"))
    assert joined(folder, described(folder, lines(), **CODED)).exit_code == 1
    app = create(Releases(Workspace(folder / "var")), Settings())
    yield app
    app.extensions["odlinked.sparql"].close()


def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/rows/6001/croissant.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    assert 'profile="http://mlcommons.org/croissant/1.1"' in answer.headers["Content-Type"]
    found: dict[str, Any] = answer.json
    return found


def test_types_units_key_gaps_and_codes_are_those_of_the_description(made: Flask) -> None:
    found = document(made.test_client())
    rows, *lists = found["recordSet"]
    fields = {one["name"]: one for one in rows["field"]}
    assert {name: one["dataType"] for name, one in fields.items()} == {
        "id": "sc:Text", "name": "sc:Text", "level": "sc:Float", "level_text": "sc:Text", "measured": "sc:DateTime",
        "lat": "sc:Float", "lon": "sc:Float", "縣市": "sc:Text", "kind": "sc:Text", "day": "sc:Date", "count": "sc:Integer"}
    assert fields["level"]["qudt:unit"] == {"@id": "http://qudt.org/vocab/unit/PPB"}
    assert fields["lat"]["equivalentProperty"] == "http://www.w3.org/2003/01/geo/wgs84_pos#lat"
    assert rows["key"] == {"@id": "rows/id"}
    assert rows["annotation"][0]["value"] == ROWS
    assert {one["equivalentProperty"]: one["value"] for one in fields["level"]["annotation"]} == {
        "sc:minValue": "1.25", "sc:maxValue": "3.5"}
    assert fields["縣市"]["references"] == {"field": {"@id": "codes/縣市/name"}}
    assert [one["data"] for one in lists] == [
        [{"codes/縣市/name": "台中市", "codes/縣市/url": "https://w3id.org/odlinked/code/county/66000"},
         {"codes/縣市/name": "臺北市", "codes/縣市/url": "https://w3id.org/odlinked/code/county/63000"}],
        [{"codes/kind/name": one, "codes/kind/url": f"{SPACE}code/kind/{quoted}"}
         for one, quoted in (("一般", "%E4%B8%80%E8%88%AC"), ("交通", "%E4%BA%A4%E9%80%9A"))]]
    assert found["url"] == "http://localhost/rows/6001"
    assert {key: found[key] for key in ("@type", "conformsTo", "name", "datePublished")} == {
        "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.1", "name": found["name"],
        "datePublished": found["datePublished"]}


def test_the_page_and_the_record_lead_to_it(made: Flask) -> None:
    client = made.test_client()
    page = client.get("/rows/6001", headers={"Accept": "text/html"})
    assert 'href="/rows/6001/croissant.json"' in page.get_data(as_text=True)
    assert "</rows/6001/croissant.json>" in page.headers["Link"]
    record = client.get("/dataset/6001.nt").get_data(as_text=True)
    conforms = "<http://purl.org/dc/terms/conformsTo> <http://mlcommons.org/croissant/1.1>"
    assert f"<{BASE}/rows/6001/croissant.json> {conforms} ." in record


@pytest.mark.slow
def test_the_library_of_its_authors_finds_no_fault_and_loads_ten_records(made: Flask, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    client = made.test_client()
    found = document(client)
    file = tmp_path / "6001.parquet"
    file.write_bytes(client.get("/rows/6001.parquet").data)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == found["distribution"][0]["sha256"]
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    dataset = mlcroissant.Dataset(path, mapping={"6001.parquet": file})
    assert not list(dataset.metadata.issues.errors)
    records = [one for _, one in zip(range(10), dataset.records("rows"), strict=False)]
    assert len(records) == 10
    assert [one["rows/name"].decode() for one in records] == [f"站{n}" for n in range(10)]
    assert [str(one["rows/day"].date()) for one in records] == [f"2024-10-{n + 1:02}" for n in range(10)]
    assert str(records[3]["rows/measured"]) == "2024-10-08 03:00:00+08:00"
    assert [one["rows/count"] for one in records] == [0, 1, 2, 3, None, *range(5, 10)]
    assert records[2]["rows/level_text"] == b"high"
    assert [one["codes/kind/name"] for one in dataset.records("codes/kind")] == ["一般", "交通"]
