"""The CKAN action API: ckanapi and CKAN's harvester read the catalogue unchanged; errors have CKAN's shapes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from builders import site
from builders.national_list import example_rows
from flask.testing import FlaskClient

from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create

ckanapi = pytest.importorskip("ckanapi")
BASE = site.BASE


@pytest.fixture
def remote(address: str) -> Any:
    """A ckanapi client of the example site, which posts as it does by default."""
    return ckanapi.RemoteCKAN(address)


def living(releases: Releases) -> set[str]:
    """Return the identifiers of the living datasets."""
    return {record.iri.rpartition("/")[2] for record in releases.current().page("dataset", 1, 500)[1]}


def test_ckanapi_reads_every_dataset(remote: Any, releases: Releases) -> None:
    names = remote.action.package_list()
    assert set(names) == living(releases)
    shown = [remote.action.package_show(id=name) for name in names]
    assert {one["id"] for one in shown} == living(releases)
    assert all(one["resources"] or one["num_resources"] == 0 for one in shown)
    one = next(one for one in shown if one["name"] == "6075")
    assert one["title"] == "空氣品質監測站基本資料"
    assert {resource["format"] for resource in one["resources"]} == {"CSV", "JSON", "XML"}
    assert all(resource["url"].startswith("http") for resource in one["resources"])
    assert {extra["key"]: extra["value"] for extra in one["extras"]}["uri"] == f"{BASE}/id/dataset/6075"
    assert one["organization"]["name"] in remote.action.organization_list()
    assert {group["name"] for group in one["groups"]} <= set(remote.action.group_list())


def test_ckanapi_by_get(address: str, releases: Releases) -> None:
    remote = ckanapi.RemoteCKAN(address, get_only=True)
    assert set(remote.action.package_list()) == living(releases)
    assert remote.action.package_search(q="空氣", rows=5)["count"] > 0
    with pytest.raises(ckanapi.NotFound):
        remote.action.package_show(id="none-such")


@pytest.mark.parametrize("sort", ["id asc", "name asc", "metadata_modified desc", "metadata_created asc", "title_string desc"])
def test_pages_of_a_search_give_every_dataset_once(remote: Any, releases: Releases, sort: str) -> None:
    found: list[str] = []
    while True:
        page = remote.action.package_search(fq="dataset_type:dataset", rows=4, start=len(found), sort=sort)
        assert page["count"] == len(living(releases))
        if not page["results"]:
            break
        found += [one["id"] for one in page["results"]]
    assert sorted(found) == sorted(living(releases))
    if sort == "id asc":
        assert found == sorted(found)


def test_the_other_lists(remote: Any, releases: Releases) -> None:
    whole = remote.action.current_package_list_with_resources(limit=1000)
    assert {one["id"] for one in whole} == living(releases)
    assert remote.action.current_package_list_with_resources(limit=3, offset=2) == whole[2:5]
    organizations = remote.action.organization_list(all_fields=True)
    published = sum(one["organization"] is not None for one in whole)
    assert sum(one["package_count"] for one in organizations) == published >= len(whole) - 1
    one = max(organizations, key=lambda one: one["package_count"])
    assert remote.action.organization_show(id=one["name"])["package_count"] == one["package_count"]
    assert remote.action.package_search(fq=f'organization:"{one["name"]}"')["count"] == one["package_count"]
    assert remote.action.package_search(fq=f'-organization:{one["name"]}')["count"] == len(whole) - one["package_count"]
    assert remote.action.tag_list() == []
    assert [licence["id"] for licence in remote.action.license_list()] == ["https://data.gov.tw/license"]
    assert remote.action.status_show()["site_title"]
    themes = remote.action.group_list(all_fields=True)
    assert remote.action.group_list(limit=3, offset=2) == [theme["name"] for theme in themes[2:5]]
    busy = next(theme for theme in themes if theme["package_count"])
    assert remote.action.package_search(fq=f"groups:{busy['name']}")["count"] == busy["package_count"]


def test_facets(remote: Any, releases: Releases) -> None:
    answer = remote.action.package_search(rows=0, **{"facet.field": ["organization", "res_format"], "facet.limit": -1})
    assert answer["results"] == []
    assert sum(answer["facets"]["organization"].values()) >= len(living(releases)) - 1
    for name, count in answer["facets"]["res_format"].items():
        assert remote.action.package_search(fq=f"res_format:{name}", rows=0)["count"] == count
    whole = remote.action.current_package_list_with_resources(limit=1000)
    licensed = Counter(one["license_id"] for one in whole if one["license_id"])
    stated = remote.action.package_search(rows=0, **{"facet.field": ["license_id", "tags"]})["facets"]
    assert stated == {"license_id": licensed, "tags": {}} != {"license_id": {}, "tags": {}}, "the list has no keywords"
    (licence, count), = licensed.most_common(1)
    assert remote.action.package_search(fq=f'license_id:"{licence}"', rows=0)["count"] == count
    items = answer["search_facets"]["organization"]["items"]
    assert {item["name"]: item["count"] for item in items} == answer["facets"]["organization"]
    only = requests.get(f"{remote.address}/api/3/action/package_search", timeout=300,
                        params={"facet.field": '["groups"]', "rows": "0"})
    assert only.json()["result"]["facets"]["groups"]


def test_what_ckan_s_harvester_asks_for_tells_what_changed(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])

    def asked(client: FlaskClient, since: str) -> dict[str, Any]:
        """Ask as `CKANHarvester._search_for_datasets` does."""
        query = {"rows": "100", "start": "0", "sort": "id asc", "fq": f"metadata_modified:[{since}Z TO *]"}
        answer: dict[str, Any] = client.get("/api/3/action/package_search", query_string=query).get_json()
        return answer["result"]

    client = create(site.publish(tmp_path, rows, "1.csv"), site.SETTINGS).test_client()
    before = {one["id"]: one["metadata_modified"] for one in asked(client, "1999-01-01T00:00:00")["results"]}
    rows[3] = {**rows[3], heads[9]: "改寫之說明，與先前不同。"}
    client = create(site.publish(tmp_path, rows[1:], "2.csv"), site.SETTINGS).test_client()
    after = asked(client, max(before.values())[:-1] + "1")
    assert [one["id"] for one in after["results"]] == [rows[3][heads[0]]]
    assert after["results"][0]["metadata_modified"] > before[rows[3][heads[0]]]
    assert after["results"][0]["metadata_created"] == before[rows[3][heads[0]]]
    times = sorted(set(before.values()))
    for written, count in (
        (f"[{times[-1]}Z TO *]", len(before) - 1), (f"{{{times[-1]}Z TO *]", 1), (f"[* TO {times[-1]}Z]", len(before) - 2),
        (f"[* TO {times[0]}Z}}", 0), ("[NOW-1DAY TO NOW]", len(before) - 1), ("[NOW-1YEAR TO NOW-1DAY]", 0),
    ):
        query = {"rows": "0", "fq": f"metadata_modified:{written}"}
        found = client.get("/api/3/action/package_search", query_string=query).get_json()["result"]["count"]
        assert found == count, written
    names = client.get("/api/3/action/package_list").get_json()["result"]
    assert rows[0][heads[0]] in before
    assert rows[0][heads[0]] not in names


@pytest.mark.parametrize(("action", "given", "status", "kind"), [
    ("package_show", {"id": "none"}, 404, "Not Found Error"), ("package_show", {}, 409, "Validation Error"),
    ("package_create", {"name": "x"}, 403, "Authorization Error"),
    ("package_search", {"fq": "nonsense"}, 400, "Search Query Error"),
    ("package_search", {"fq": "colour:red"}, 400, "Search Query Error"),
    ("package_search", {"rows": "many"}, 409, "Validation Error"), ("package_search", {"rows": -1}, 409, "Validation Error"),
    ("package_search", {"sort": "colour asc"}, 400, "Search Query Error"),
    ("package_search", {"fq": "metadata_modified:[yesterday TO *]"}, 400, "Search Query Error"),
    ("package_search", {"fq": "metadata_modified:[9999-12-31T23:59:59Z TO 9999-12-31T23:59:59.9999Z]"}, 200, ""),
    ("package_search", {"fq": ["id:1"] * 60}, 200, ""), ("package_search", {"q": "id:1 " * 60}, 400, "Search Query Error"),
    ("organization_show", {"id": "none"}, 404, "Not Found Error"), ("package_show", {"id": ["6075"]}, 409, "Validation Error"),
    ("package_search", {"facet.field": [["x"], {}, 1, "groups"]}, 200, ""),
    ("package_search", {"facet.field": {"a": 1}}, 200, ""),
    ("package_search", {"facet.field": ["colour"]}, 400, "Search Query Error"),
    ("package_show", {"id": "x" * 60_000}, 404, "Not Found Error"),
    ("package_search", {"fq": " " * 60_000 + "x"}, 400, "Search Query Error"),
    ("package_search", {"q": "\"", "fq": "name:\"6075"}, 400, "Search Query Error"), ("package_search", {"q": "*"}, 200, ""),
    ("package_search", {"fq": [1]}, 409, "Validation Error"), ("package_search", {"start": 10**8}, 200, ""),
])
def test_errors_have_ckan_s_shapes(client: FlaskClient, action: str, given: dict[str, Any], status: int, kind: str) -> None:
    answer = client.post(f"/api/3/action/{action}", json=given)
    assert answer.status_code == status
    told = answer.get_json()
    assert told["success"] is (status == 200)
    assert told.get("error", {}).get("__type", "") == kind


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'"x"', b"[" * 50_000, b"{" + b" " * 100_000 + b"}",
                                  b'{"id": "\\ud800"}', b'{"rows": ' + b"9" * 5000 + b"}", b"\xed\xbf\xbf"])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/action/package_search", data=body, content_type="application/json")
    assert answer.status_code in (400, 413)


def test_an_unknown_action(client: FlaskClient) -> None:
    answer = client.get("/api/3/action/datastore_search_sql?sql=SELECT")
    assert answer.status_code == 400
    assert "Action name not known" in json.loads(answer.data)


def test_an_answer_is_revalidated(client: FlaskClient) -> None:
    answer = client.get("/api/3/action/package_list")
    assert client.get("/api/3/action/package_list", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_persons_are_in_no_package(client: FlaskClient) -> None:
    text = client.get("/api/3/action/current_package_list_with_resources?limit=1000").get_data(as_text=True)
    for row in example_rows():
        name = row["提供機關聯絡人姓名"]
        assert not name or len(name) > 4 or name not in text
