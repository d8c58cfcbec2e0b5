"""The Reconciliation Service: what OpenRefine sends is answered with the right code or organisation first, and nothing is certain
that is not."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from builders.site import BASE
from flask.testing import FlaskClient

from odlinked.search.candidates import NameIndex
from odlinked.search.things import CODE, FORMER, NAME, KnownThing

CASES = Path(__file__).parent / "cases" / "reconcile" / "queries.csv"
COUNTY = "https://w3id.org/odlinked/code/county"
ORG = "http://www.w3.org/ns/org#Organization"
MOENV = f"{BASE}/id/organization/2.16.886.101.20003.20083"
HOSTILE = f"{BASE}/id/organization/294f00b9c23b0db7"


def _sent(client: FlaskClient, batch: dict[str, Any]) -> Any:
    """Send a batch as OpenRefine does and return the answer's JSON."""
    answer = client.post("/reconcile", data={"queries": json.dumps(batch, ensure_ascii=False)},
                         headers={"Accept": "application/json", "User-Agent": "OpenRefine 3.9"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return answer.get_json()


def _rows() -> Iterable[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_two_hundred_queries_have_the_right_one_first(client: FlaskClient) -> None:
    rows = list(_rows())
    assert len(rows) >= 200
    wrong = []
    for start in range(0, len(rows), 10):
        part = rows[start:start + 10]
        batch = {f"q{number}": {"query": row["value"], "limit": 5, "type_strict": "should",
                                **({"type": row["type"]} if row["type"] else {})} for number, row in enumerate(part)}
        found = _sent(client, batch)
        assert list(found) == list(batch)
        for number, row in enumerate(part):
            results = found[f"q{number}"]["result"]
            first = results[0] if results else {}
            matches = [one["id"] for one in results if one["match"]]
            certain = "yes" if matches == [row["expected"]] else "no" if not matches else "?"
            if first.get("id") != row["expected"] or (row["match"] and row["match"] != certain):
                wrong.append((row["value"], first, certain))
            assert [one["score"] for one in results] == sorted((one["score"] for one in results), reverse=True)
    assert wrong == []


def test_the_manifest_names_what_is_there(client: FlaskClient) -> None:
    found = client.get("/reconcile").get_json()
    assert found["versions"] == ["0.2"]
    assert {"name", "identifierSpace", "schemaSpace"} <= set(found)
    types = {one["id"]: one["name"] for one in found["defaultTypes"]}
    assert next(iter(types)) == ORG
    assert types[COUNTY] == "縣市"
    assert "{{id}}" in found["view"]["url"]
    assert "{{id}}" in found["preview"]["url"]
    origin = found["view"]["url"].split("/reconcile/")[0]
    for what, one in found["suggest"].items():
        assert client.get((one["service_url"] + one["service_path"]).removeprefix(origin), query_string={"prefix": "縣"}) \
            .get_json()["result"] is not None, what
        assert one["flyout_service_path"].endswith("?id=${id}")


def test_it_speaks_jsonp_to_a_name_and_to_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/reconcile", query_string={"callback": "jQuery1_2.done", "queries": '{"q0":{"query":"環境部"}}'})
    assert answer.mimetype == "text/javascript"
    assert answer.text.startswith("/**/jQuery1_2.done({")
    assert json.loads(answer.text.removeprefix("/**/jQuery1_2.done(").removesuffix(");"))["q0"]["result"][0]["id"] == MOENV
    for bad in ("alert(1)//", "a b", "1a", "a\n", "é", "a" * 200):
        assert client.get("/reconcile", query_string={"callback": bad}).status_code == 400, bad


@pytest.mark.parametrize(("sent", "status"), [
    ("{", 400), ("[]", 400), ('{"q0": 1}', 400), ('{"q0": {}}', 400), ('{"q0": {"query": 3}}', 400),
    ('{"q0": {"query": "a", "limit": 0}}', 400), ('{"q0": {"query": "a", "limit": NaN}}', 400),
    ('{"q0": {"query": "a", "type": [1]}}', 400), ('{"q0": {"query": "a", "properties": [{"pid": "x"}]}}', 400),
    ("[" * 100_000, 400), (json.dumps({"q0": {"query": "x" * 301}}), 413),
    (json.dumps({f"q{n}": {"query": "x"} for n in range(201)}), 413),
    (json.dumps({"q0": {"query": "x", "properties": [{"pid": "a", "v": ["1"] * 21}]}}), 413),
])
def test_what_is_no_batch_is_told(client: FlaskClient, sent: str, status: int) -> None:
    answer = client.post("/reconcile", data={"queries": sent})
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_other_bodies_and_methods_are_refused(client: FlaskClient) -> None:
    assert client.post("/reconcile", data=b"{}", content_type="application/json").status_code == 415
    assert client.put("/reconcile").status_code == 405
    preflight = client.options("/reconcile")
    assert (preflight.status_code, "POST" in preflight.headers["Access-Control-Allow-Methods"]) == (204, True)


def test_an_empty_value_has_no_candidates(client: FlaskClient) -> None:
    found = _sent(client, {"q0": {"query": ""}, "q1": {"query": " \u200b"}, "q2": {"query": "-"}, "q3": {"query": "％"}})
    assert [one["result"] for one in found.values()] == [[], [], [], []]


def test_what_is_known_beside_sets_candidates_apart(client: FlaskClient) -> None:
    above = [{"pid": "above", "v": {"id": f"{BASE}/id/organization/2.16.886.101.20003", "name": "行政院"}}]
    found = _sent(client, {
        "agrees": {"query": "環境部", "properties": above},
        "by name": {"query": "環境部", "properties": [{"pid": "above", "v": "行政院"}]},
        "differs": {"query": "環境部", "properties": [{"pid": "above", "v": "考試院"}]},
        "code": {"properties": [{"pid": "http://www.w3.org/2004/02/skos/core#notation", "v": 63000}]},
    })
    assert [found[one]["result"][0]["match"] for one in ("agrees", "by name", "differs")] == [True, True, False]
    assert found["differs"]["result"][0]["score"] < found["agrees"]["result"][0]["score"]
    assert found["code"]["result"][0]["id"] == COUNTY + "/63000"


def test_a_preview_may_be_framed_and_escapes_what_it_shows(client: FlaskClient) -> None:
    answer = client.get("/reconcile/preview", query_string={"id": HOSTILE})
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    flyout = client.get("/reconcile/flyout/entity", query_string={"id": HOSTILE}).get_json()["html"]
    assert "<script" not in flyout
    assert client.get("/reconcile/preview", query_string={"id": "https://elsewhere.example/x"}).status_code == 404


def test_view_leads_to_the_page_of_a_code_and_nowhere_else(client: FlaskClient) -> None:
    daily = "http://publications.europa.eu/resource/authority/frequency/DAILY"
    assert client.get("/reconcile/view", query_string={"id": daily}).headers["Location"] == "/code/frequency/DAILY"
    assert client.get("/reconcile/view", query_string={"id": MOENV}).headers["Location"] == MOENV.removeprefix(f"{BASE}/id")
    assert client.get("/reconcile/view", query_string={"id": "https://elsewhere.example/x"}).status_code == 404


def test_data_are_extended(client: FlaskClient) -> None:
    asked = {"ids": [MOENV, "urn:unknown"], "properties": [{"id": "above"}, {"id": "http://www.w3.org/2004/02/skos/core#notation"}]}
    found = client.post("/reconcile", data={"extend": json.dumps(asked)}).get_json()
    assert [one["id"] for one in found["meta"]] == [one["id"] for one in asked["properties"]]  # type: ignore[index]
    assert found["rows"][MOENV]["above"] == [{"id": f"{BASE}/id/organization/2.16.886.101.20003", "name": "行政院"}]
    assert found["rows"][MOENV][asked["properties"][1]["id"]] == [{"str": "2.16.886.101.20003.20083"}]  # type: ignore[index]
    assert found["rows"]["urn:unknown"]["above"] == []
    assert client.get("/reconcile", query_string={"extend": '{"ids": 1}'}).status_code == 400


def test_a_long_batch_may_be_asked_by_get(client: FlaskClient) -> None:
    batch = {f"q{n}": {"query": f"環境部{n}"} for n in range(150)}
    answer = client.get("/reconcile", query_string={"queries": json.dumps(batch)})
    assert (answer.status_code, len(answer.get_json())) == (200, 150)


def _things(*given: tuple[str, str, str, str]) -> NameIndex:
    made = [KnownThing(iri, kind, [(text, how, "")]) for iri, kind, text, how in given]
    return NameIndex(made)


def test_an_ambiguous_name_is_never_certain() -> None:
    index = _things(("urn:a", "urn:k", "秘書處", NAME), ("urn:b", "urn:k", "秘書處", NAME), ("urn:c", "urn:j", "Ⅲ", CODE),
                    ("urn:d", "urn:j", "舊署", FORMER))
    assert not index.find("秘書處").is_certain
    assert not index.find("秘書处", ["urn:k"]).is_certain
    assert not index.find("iii").is_certain, "a short code means nothing by itself"
    assert index.find("iii", ["urn:j"]).is_certain
    assert not index.find("舊署").is_certain, "what was called so once may be another"
    assert index.find("舊署").found[0].thing.iri == "urn:d"
