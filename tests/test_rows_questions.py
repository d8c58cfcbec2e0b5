"""Questions about published rows by address: what they answer, what they refuse, and that the cage reads nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.lifted import joined, listed
from builders.national_list import row
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cage.failures import Crashed, QueryFailure
from odlinked.cage.table_questions import TableQuestions
from odlinked.catalog.asking import row_questions
from odlinked.catalog.asking.row_questions import NotAskable
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
TYPES = {"id": "text", "level": "number", "n": "integer", "day": "day", "at": "time", "ok": "truth", "a\"b": "text"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, Path]]:
    folder = tmp_path_factory.mktemp("rows")
    listed(folder, row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/stations.csv", 編碼格式="UTF-8", 資料量="4"))
    assert joined(folder).exit_code == 1
    app = create(Releases(Workspace(folder / "var")), Settings())
    yield app.test_client(), folder
    app.extensions["odlinked.sparql"].close()
    app.extensions["odlinked.rows"].close()


@pytest.fixture
def client(site: tuple[FlaskClient, Path]) -> FlaskClient:
    return site[0]


def asked(client: FlaskClient, **given: Any) -> Any:
    return client.get("/rows/6001/query.json", query_string=given).json


@pytest.mark.parametrize(("question", "rows"), [
    ({"select": "name,level", "sort": "-level"}, [("新店", 12.25), ("基隆", 3.5), ("汐止", None), ("萬里", None)]),
    ({"select": "id", "where": "level>=3.5"}, [("1",), ("4",)]), ({"select": "id", "where": "name~里"}, [("3",)]),
    ({"select": "id", "where": ["level!=", "level<10"]}, [("1",)]), ({"select": "id", "where": "level_text=high"}, [("3",)]),
    ({"select": "id", "where": "level="}, [("2",), ("3",)]), ({"select": "id", "where": "name=' OR 1=1 --"}, []),
    ({"aggregate": "count,mean(level),max(measured),distinct(name)"}, [(4, 7.875, "2024-10-08T19:00:00+08:00", 4)]),
    ({"group": "level_text"}, [("high", 1), (None, 3)]), ({"group": "name", "aggregate": "sum(level)", "sort": "-sum(level)",
                                                         "limit": "1"}, [("新店", 12.25)]),
    ({"select": "measured", "where": "measured>2024-10-08T10:30:00Z"}, [("2024-10-08T19:00:00+08:00",)]),
])
def test_a_question_is_answered_in_both_formats(client: FlaskClient, question: dict[str, Any],
                                                rows: list[tuple[Any, ...]]) -> None:
    found = asked(client, **question)
    assert [tuple(one.values()) for one in found["rows"]] == rows
    text = client.get("/rows/6001/query.csv", query_string=question).get_data(as_text=True)
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert table[0] == [one["name"] for one in found["columns"]]
    assert len(table) == len(found["rows"]) + 1


def test_more_rows_are_told_and_led_to(client: FlaskClient) -> None:
    first = client.get("/rows/6001/query.json", query_string={"select": "id", "sort": "id", "limit": "3"})
    assert (first.json["more"], [one["id"] for one in first.json["rows"]]) == (True, ["1", "2", "3"])
    assert f'<{first.json["next"]}>; rel="next"' in first.headers["Link"]
    last = client.get(first.json["next"].partition("localhost")[2])
    assert (last.json["more"], last.json["next"], [one["id"] for one in last.json["rows"]]) == (False, None, ["4"])
    assert "Link" not in last.headers
    again = client.get("/rows/6001/query.json", query_string={"select": "id"}, headers={"If-None-Match": last.headers["ETag"]})
    assert again.status_code == 200


@pytest.mark.parametrize(("question", "told"), [
    ({"select": "contact"}, "level"), ({"where": "level>high"}, "where"), ({"where": "height>3"}, "level"),
    ({"aggregate": "mean(name)"}, "level"), ({"aggregate": "drop(level)"}, "count"), ({"sort": "height"}, "level"),
    ({"limit": "1001"}, "1000"), ({"limit": "0"}, "1"), ({"offset": "-1"}, "0"), ({"colour": "red"}, "select"),
    ({"select": "id", "group": "name"}, "select"), ({"where": "measured>yesterday"}, "where"),
    ({"sort": "level;DROP TABLE x"}, "id"),
])
def test_what_cannot_be_asked_is_refused_with_what_can(client: FlaskClient, question: dict[str, str], told: str) -> None:
    answer = client.get("/rows/6001/query.json", query_string=question)
    assert answer.status_code == 400
    assert told in answer.json["known"] or told == answer.json["parameter"]


def test_each_table_is_an_operation_of_the_api(client: FlaskClient) -> None:
    operation = client.get("/openapi.json?lang=en").json["paths"]["/rows/6001/query.json"]["get"]
    assert "level (level)" in operation["description"]
    assert {one["name"] for one in operation["parameters"]} == set(row_questions.PARAMETERS)
    assert client.get("/rows/none/query.json").status_code == 404


@pytest.mark.parametrize("sql", [
    "SELECT * FROM read_csv('/etc/hostname')", "COPY (SELECT 1) TO '{folder}/x.csv'",
    "SELECT * FROM read_text('{folder}/list.csv')",
    "COPY (SELECT 1) TO '{folder}/var/rows/x.csv'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access=true",
    "SELECT * FROM read_parquet('https://data.example.tw/x.parquet')", "ATTACH '{folder}/x.db'",
])
def test_the_cage_reads_published_rows_and_nothing_else(site: tuple[FlaskClient, Path], sql: str) -> None:
    _, folder = site
    cage = TableQuestions(folder / "var" / "rows", 10, 256 << 20)
    try:
        with pytest.raises(Crashed):
            cage.ask(sql.format(folder=folder), [], 10)
        assert cage.ask("SELECT 1 + ?", [1], 10)[1] == [(2,)]
    finally:
        cage.close()
    assert not list(folder.rglob("x.*"))


def test_a_question_without_an_end_is_ended(site: tuple[FlaskClient, Path]) -> None:
    cage = TableQuestions(site[1] / "var" / "rows", 1, 256 << 20)
    try:
        with pytest.raises(QueryFailure):
            cage.ask("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range) = hash(b.range)", [], 1)
        with pytest.raises(QueryFailure):
            cage.ask("SELECT list(range::VARCHAR || 'x') FROM range(100000000)", [], 1)
        assert cage.ask("SELECT 1", [], 1)[1] == [(1,)]
    finally:
        cage.close()


PARTS = ["id", "-level", "level>=1", "count", "mean(level)", 'a"b=x', "day=2024-01-01", "'; --", "ok=true"]
TEXTS = st.text(max_size=12) | st.sampled_from(PARTS)


@given(st.dictionaries(st.sampled_from(row_questions.PARAMETERS), st.lists(TEXTS, max_size=3), max_size=4))
def test_whatever_is_asked_no_value_stands_in_the_text(given_: dict[str, list[str]]) -> None:
    try:
        found = row_questions.read(TYPES, given_)
    except NotAskable:
        return
    plain = found.sql
    for name in sorted((*TYPES, *found.columns), key=len, reverse=True):
        plain = plain.replace('"' + name.replace('"', '""') + '"', "")
    assert "'" not in plain
    assert '"' not in plain
    assert plain.count("?") == len(found.parameters) + 1
