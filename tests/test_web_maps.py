"""Maps of counties and places: what a county is, how values are graded, what pages draw and what they say without outlines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from builders.editor import built, squares
from builders.lifted import described, joined, listed
from builders.national_list import row
from builders.site import SETTINGS
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.standards.counties import Counties
from odlinked.web.app import create
from odlinked.web.charts import rows
from odlinked.web.charts.outlines import Outlines, graded

COUNTIES = Counties(Assets())
HTML = {"Accept": "text/html"}
TABLE = """SELECT * { VALUES (?area ?n) { ("臺北市" 2) ("65000" 4) ("台中市" 3) ("全國" 9) } }"""
SHAPE = re.compile(r'<path class="county l(\d)"')


@pytest.mark.parametrize(("text", "code"), [
    ("臺北市", "63000"), ("台北市", "63000"), (" 台 北 市 ", "63000"), ("Taipei City", "63000"), ("taipei city", "63000"),
    ("63000", "63000"), ("６３０００", "63000"), ("63000\u200b", "63000"), ("09007", "09007"),
    ("63000010", "63000"), ("63000010001", "63000"), ("63000010-001", "63000"), ("63000010－001", "63000"),
    ("https://w3id.org/odlinked/code/county/10014", "10014"), ("臺東縣", "10014"), ("新竹縣", "10004"), ("新竹市", "10018"),
    ("", ""), ("-", ""), ("63001", ""), ("630000", ""), ("20241008", ""), ("臺北縣", ""), ("臺北市政府", ""), ("北市", ""),
    ("10", ""), ("https://example.tw/code/county/10014", ""), ("63000 ", "63000"), ("63000.0", ""),
])
def test_a_county_is_known_by_its_names_and_codes(text: str, code: str) -> None:
    assert COUNTIES.code(text) == code


@pytest.mark.parametrize(("values", "expected"), [
    (["臺北市", "台北市", "新北市", "基隆市"], ({"63000": 2, "65000": 1, "10017": 1}, 0)),
    (["臺北市", "新北市", "基隆市", "全國"], ({"63000": 1, "65000": 1, "10017": 1}, 1)),
    (["臺北市", "新北市"], None),
    (["臺北市"] * 9 + ["新北市"], None),
    (["10002", "10004", "10005", "10041", "10042", "10043", "10044"], None),
    ([], None),
])
def test_a_column_of_counties_has_three_and_little_else(values: list[str], expected: tuple[dict[str, int], int] | None) -> None:
    found = COUNTIES.count((value, 1) for value in values)
    assert (found and (dict(found.counts), found.left)) == expected


@given(st.lists(st.one_of(st.integers(-3, 3), st.floats(-1e9, 1e9)), min_size=1, max_size=22))
def test_each_value_is_in_one_class_and_classes_are_in_order(values: list[float]) -> None:
    classes = graded(values)
    assert 1 <= len(classes) <= 5
    assert [one.level for one in classes] == sorted({one.level for one in classes})
    for value in values:
        assert sum(one.low <= value <= one.high for one in classes) == 1
    assert all(a.high < b.low for a, b in pairwise(classes))
    if len(set(values)) >= 10:
        assert len(classes) >= 3, "values that differ are told apart"


def test_classes_have_about_as_many_values_each() -> None:
    classes = graded([float(n) for n in range(1, 21)])
    assert [(one.low, one.high) for one in classes] == [(1, 4), (5, 8), (9, 12), (13, 16), (17, 20)]


def test_without_outlines_there_is_no_map_and_for_two_values_neither(tmp_path: Path) -> None:
    values = {"63000": 1.0, "65000": 2.0, "66000": 3.0}
    assert Outlines.read(tmp_path / "none.json").county_map(values) is None
    outlines = Outlines.read(squares(tmp_path))
    assert outlines.county_map(dict(list(values.items())[:2])) is None
    chart = outlines.county_map(values)
    assert chart is not None
    assert {shape.code: shape.level for shape in chart.shapes if shape.level} == {"63000": 2, "65000": 3, "66000": 4}
    for shape in chart.shapes:
        x, y = (float(one) for one in re.findall(r"-?\d+\.\d", shape.path)[:2])
        assert 0 <= x <= chart.width
        assert 0 <= y <= chart.height


def test_the_outlines_are_those_of_all_counties(tmp_path: Path) -> None:
    """The package's codes are those of the code list, each drawn within the frame; the file stays small."""
    path = built(tmp_path).with_name("outlines.json")
    outlines = Outlines.read(path)
    assert {COUNTIES.code(code) for code in outlines.counties} == set(outlines.counties)
    assert len(outlines.counties) == 22
    assert path.stat().st_size < 200_000
    assert "Permission is hereby granted" in path.read_text(encoding="utf-8")
    chart = outlines.county_map({code: float(code) for code in outlines.counties})
    assert chart is not None
    for shape in chart.shapes:
        numbers = [float(one) for one in re.findall(r"-?\d+\.\d", shape.path)]
        assert numbers
        assert all(0 <= one <= chart.width for one in numbers[::2])
        assert all(0 <= one <= chart.height for one in numbers[1::2])


@pytest.mark.parametrize(("points", "beneath"), [
    ([(22.05, 120.05, "a"), (22.06, 120.06, "b")], "county"), ([(48.0, 2.0, "Paris"), (52.0, 13.0, "Berlin")], "land"),
    ([(22.05, 120.05, "a"), (52.0, 13.0, "Berlin")], "land"), ([(0.0, -30.0, "sea"), (0.1, -30.1, "sea")], ""),
])
def test_dots_lie_on_the_outlines_of_where_they_are(tmp_path: Path, points: list[tuple[float, float, str]], beneath: str) -> None:
    chart = rows.places(points)
    assert chart is not None
    path = Outlines.read(squares(tmp_path)).beneath(chart)
    assert bool(path) == bool(beneath)
    assert Outlines().beneath(chart) == ""
    if beneath == "county":
        x, y = (float(one) for one in re.findall(r"-?\d+\.\d", path)[:2])
        assert (chart.dots[0].x - x) == pytest.approx((chart.dots[1].x - chart.dots[0].x) * 5, rel=0.05)
        assert (y - chart.dots[0].y) == pytest.approx((chart.dots[0].y - chart.dots[1].y) * 5, rel=0.05)


@pytest.fixture(scope="module", params=["outlines", "none"])
def app(request: pytest.FixtureRequest, releases: Releases,
        tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, bool]]:
    """The example site with outlines and without."""
    folder = tmp_path_factory.mktemp("outlines")
    drawn = request.param == "outlines"
    made = create(releases, SETTINGS, editor=None, outlines=squares(folder) if drawn else folder / "none.json")
    yield made, drawn
    made.extensions["odlinked.sparql"].close()


def asked(client: FlaskClient, query: str, language: str = "zh-Hant") -> str:
    return client.get("/sparql", query_string={"query": query, "lang": language}, headers=HTML).get_data(as_text=True)


def table(page: str) -> list[tuple[str, str]]:
    """Return the rows of the table of counties."""
    part = page.partition('class="by-county"')[2].partition("</table>")[0]
    found = re.findall(r'<tr><th scope="row">(?:<svg.*?</svg> )?(.*?)</th><td class="num">(.*?)</td>', part)
    return [(name, value) for name, value in found]


@pytest.mark.parametrize(("language", "name", "words"), [
    ("zh-Hant", "新北市", ("各縣市：n", "1 列不屬於任何縣市")),
    ("en", "New Taipei City", ("n by county", "name no county, not counted: 1"))])
def test_an_answer_with_counties_is_a_map_with_a_table_beside(app: tuple[Flask, bool], language: str, name: str,
                                                              words: tuple[str, ...]) -> None:
    made, drawn = app
    page = asked(made.test_client(), TABLE, language)
    assert table(page)[0] == (name, "4")
    assert [value for _, value in table(page)] == ["4", "3", "2"]
    assert not [one for one in words if one not in page]
    assert SHAPE.findall(page).count("0") == (19 if drawn else 0)
    assert ("no outlines of counties" in page or "沒有縣市界線圖檔" in page) is not drawn


@pytest.mark.parametrize(("query", "expected"), [
    # A county with several rows has no one value: rows are counted.
    ('SELECT * { VALUES (?a ?n) { ("臺北市" 1) ("臺北市" 5) ("新北市" 2) ("基隆市" 9) } }',
     {"臺北市": "2", "新北市": "1", "基隆市": "1"}),
    # The number of the code itself is no value, nor a text; a value left out is none.
    ('SELECT * { VALUES (?a ?t ?n) { ("63000" "x" 1.5) ("65000" "y" UNDEF) ("10017" "z" -2) ("10018" "w" 0) } }',
     {"臺北市": "1.5", "新竹市": "0", "基隆市": "-2"}),
    # Numbers that look like codes are numbers.
    ("SELECT * { VALUES (?n ?m) { (63000 1) (65000 2) (10017 3) } }", {}),
    ('SELECT * { VALUES (?a ?n) { ("臺北市" 1) ("新北市" 2) } }', {}),
    ('SELECT * { VALUES (?a ?n) { ("台灣" 1) ("日本" 2) ("韓國" 3) } }', {}),
])
def test_what_is_drawn_is_what_the_answer_says(app: tuple[Flask, bool], query: str, expected: Mapping[str, str]) -> None:
    assert dict(table(asked(app[0].test_client(), query))) == expected


@pytest.mark.parametrize(("query", "dots"), [
    ('SELECT * { VALUES (?name ?longitude ?latitude) { ("a" 120.1 22.1) ("b" 120.2 22.2) ("c" "" "") } }', 2),
    ('SELECT * { VALUES (?siteLon ?siteLat) { (120.1 22.1) (120.2 92.2) (0 0) } }', 1),
    ('SELECT * { VALUES (?測站經度 ?測站緯度) { (120.1 22.1) } }', 1),
    ('SELECT * { VALUES ?where { "POINT(120.1 22.1)" "<http://x.tw/crs> POINT (120.2 22.2)" "POINT(x y)" } }', 2),
    ('SELECT * { VALUES (?along ?flat) { (120.1 22.1) } }', 0),
])
def test_places_of_an_answer_are_dots(app: tuple[Flask, bool], query: str, dots: int) -> None:
    made, drawn = app
    page = asked(made.test_client(), query, "en")
    assert page.count('class="dot"') == dots
    assert page.count('class="land"') == (1 if dots and drawn else 0)


DATA = ("id,縣市,行政區域代碼,降雨量(mm)\n1,臺北市,63000010,3\n2,台北市,63000020,5\n3,新北市,65000010,1\n"
        "4,基隆市,10017010,8\n5,全國,,17\n")


@pytest.fixture(scope="module")
def rained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A catalogue with the rows of a file about counties."""
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("rows")
    listed(folder, row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/rain.csv"))
    space = f"{Settings().catalog.base}/data/rain/"
    columns: list[dict[str, Any]] = [
        {"titles": "id", "name": "id", "propertyUrl": space + "ns#id"},
        {"titles": "縣市", "name": "county", "propertyUrl": space + "ns#county", "lang": "zh-Hant"},
        {"titles": "行政區域代碼", "name": "code", "propertyUrl": space + "ns#code", "null": ""},
        {"titles": "降雨量(mm)", "name": "rain", "datatype": "decimal", "propertyUrl": space + "ns#rain", "odl:role": "measure"}]
    file = described(folder, DATA, "rain.csv", aboutUrl=space + "{id}", primaryKey="id", rowTitles=["county"], columns=columns)
    assert joined(folder, file).exit_code == 0
    app = create(Releases(Workspace(folder / "var")), Settings(), outlines=squares(folder))
    yield app.test_client()
    app.extensions["odlinked.sparql"].close()


@pytest.mark.parametrize(("language", "expected", "words"), [
    ("zh-Hant", [("基隆市", "8"), ("臺北市", "4"), ("新北市", "1")], ("降雨量(mm)（平均）", "1 列不屬於任何縣市")),
    ("en", [("Keelung City", "8"), ("Taipei City", "4"), ("New Taipei City", "1")],
     ("降雨量(mm) (mean)", "no county, not counted: 1"))])
def test_published_rows_about_counties_have_a_map(rained: FlaskClient, language: str, expected: list[tuple[str, str]],
                                                  words: tuple[str, ...]) -> None:
    page = rained.get(f"/rows/6001?lang={language}", headers=HTML).get_data(as_text=True)
    assert table(page) == expected
    assert not [one for one in words if one not in page]
    assert SHAPE.findall(page).count("0") == 19
