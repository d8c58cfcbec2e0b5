"""The economics ministry of 2020: 3,158 datasets and 598 platinum, by unit as told, on pages, in SPARQL and in the report."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from builders.catalogs import BASE, served
from builders.ministry import MINISTRY, catalogue, totals, whole
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.asking.organizations import TOTALS
from odlinked.catalog.asking.organizations import totals as counted
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.folding import fold
from odlinked.publishing.publish import Publisher
from odlinked.queries import load
from odlinked.reporting.report import make
from odlinked.settings import Settings
from odlinked.web.app import create

TODAY = date(2020, 11, 5)
CLOCK = Clock.of("+08:00", datetime(2020, 11, 5, 4, tzinfo=UTC))
HTML = {"Accept": "text/html"}
ECONOMY = f"{BASE}/id/organization/{MINISTRY}"


@pytest.fixture(scope="module", params=[pytest.param(1, marks=pytest.mark.slow, id="all"), pytest.param(10, id="a tenth")])
def share(request: pytest.FixtureRequest) -> int:
    """All of the catalogue, and a tenth of it, rounded up by unit."""
    return int(request.param)


@pytest.fixture(scope="module")
def workspace(share: int, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("ministry")
    made = Workspace(folder / "var")
    Publisher(made, Settings(), clock=CLOCK).publish([catalogue(folder / "list.csv", share)], "n")
    return made


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


def by_name(workspace: Workspace) -> Mapping[str, tuple[int, ...]]:
    release = served(workspace)
    names = {record.iri: fold(record.title) for record in release.roster("organization")}
    return {name: tuple(one) for iri, name in names.items() if (one := counted(release, iri, TODAY)) is not None}


def test_the_ministry_was_told_of_so_many() -> None:
    assert whole() == (3158, 598, 3)


def test_the_ministry_has_all_that_its_units_have(workspace: Workspace, share: int) -> None:
    found = by_name(workspace)
    datasets, platinum, _ = whole(share)
    assert found["經濟部"] == (0, datasets, 0, datasets, datasets, 0, platinum)
    units = {name: one for name, one in found.items() if name not in ("經濟部", "行政院")}
    assert {name: (one[0], one[5]) for name, one in units.items()} == {fold(n): pair for n, pair in totals(share).items()}
    assert all(one[:2] == (one[0], one[0]) for one in units.values()), "none has another below it"
    assert found["行政院"] == found["經濟部"], "once, however many steps it is up"


def test_the_page_says_so(client: FlaskClient, share: int) -> None:
    datasets, platinum, _ = whole(share)
    of_statistics, _ = totals(share)["經濟部統計處"]
    page = client.get(f"/organization/{MINISTRY}?lang=zh-Hant", headers=HTML).text
    cells = re.findall(r"<th scope=\"row\">([^<]*)</th><td>([\d,]*)</td><td>([\d,]*)</td>", page)
    assert [pair for _, *pair in cells] == [["0", f"{datasets:,}"], ["0", f"{datasets:,}"], ["0", f"{platinum:,}"]]
    assert f"{datasets:,}／{datasets:,}" in cells[2][0], "the denominator"
    listed = client.get("/organizations.json?q=經濟部").get_json()["organizations"]
    assert {one["with_all_below"] for one in listed if one["name"] == "經濟部"} == {datasets}
    unit = next(one for one in listed if one["name"] == "經濟部統計處")
    assert (unit["datasets"], unit["with_all_below"]) == (of_statistics, of_statistics)
    page = client.get(unit["iri"].removeprefix(BASE).removeprefix("/id") + "?lang=en", headers=HTML).text
    assert f"/organization/{MINISTRY}" in page
    assert "no list says so" not in page, "the shipped list has the units of the ministry's paper"


def test_sparql_says_so(client: FlaskClient, share: int) -> None:
    datasets, platinum, exempt = whole(share)
    query = load(Assets(), TOTALS).spelled(today=TODAY.isoformat())
    answer = client.post("/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}).get_json()
    rows = {one["body"]["value"]: one for one in answer["results"]["bindings"]}
    assert [rows[ECONOMY][name]["value"] for name in ("datasets", "platinum", "goldOrBetter", "checked")] == [
        str(number) for number in (datasets, platinum, datasets - exempt, exempt)]


def test_the_stored_questions_say_so(client: FlaskClient, share: int) -> None:
    datasets, platinum, _ = whole(share)
    told = client.get(f"/query/platinum-by-organization.csv?organization={MINISTRY}").text
    rows = list(csv.DictReader(io.StringIO(told)))
    sums = {(one["unitName"], one["platinum"], one["open"]) for one in rows if not one["unit"]}
    assert sums == {("合計", str(platinum), str(datasets))}
    assert {fold(one["unitName"]): (int(one["open"]), int(one["platinum"])) for one in rows if one["unit"]} == {
        fold(name): pair for name, pair in totals(share).items()}
    bodies = {one["body"]: one for one in csv.DictReader(io.StringIO(client.get("/query/organizations.csv").text))}
    assert (bodies[ECONOMY]["own"], bodies[ECONOMY]["withAllBelow"]) == ("0", str(datasets))


def test_the_report_says_so(workspace: Workspace, share: int) -> None:
    datasets, platinum, _ = whole(share)
    book = openpyxl.load_workbook(io.BytesIO(make(workspace, Settings(), "quarter", TODAY)))
    heads, *lines = book["機關合計"].iter_rows(values_only=True)
    found = {str(one[1]): dict(zip(heads, one, strict=True)) for one in lines}
    assert (found["經濟部"]["資料集（含所屬）"], found["經濟部"]["白金（所述，含所屬）"]) == (datasets, platinum)
    assert {fold(name): (one["資料集（本機關）"], one["白金（所述，本機關）"]) for name, one in found.items()
            if name not in ("經濟部", "行政院")} == {fold(name): pair for name, pair in totals(share).items()}
    assert "合計" not in found, "a body is no equal of its units: rows are not added up"
    heads, *lines = book["檢核表"].iter_rows(values_only=True)
    sums = next(dict(zip(heads, one, strict=True)) for one in lines if one[0] == "合計")
    assert (sums["累計開放資料集"], sums["白金（所述）"]) == (datasets, platinum)


def test_a_dataset_counts_once_whichever_way_it_is_reached(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    names = ("經濟部工業局", "經濟部產業發展署", "經濟部標準檢驗局", "經濟部標準檢驗局臺中分局", "經濟部")
    rows = [row(number, 提供機關=name) for number, name in enumerate(names, 1)]
    rows.append(row(9, 提供機關="經濟部人事處", 上架日期="2030-01-01 00:00:00"))
    Publisher(workspace, Settings(), clock=CLOCK).publish([write(tmp_path / "list.csv", *rows)], "n")
    found = by_name(workspace)
    assert found["經濟部"][:4] == (1, 6, 1, 5), "what is to open is not open"
    assert found["經濟部標準檢驗局"][:2] == (1, 2)
    assert found["經濟部工業局"][:2] == (1, 1)
