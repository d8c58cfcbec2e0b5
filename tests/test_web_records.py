"""Records over HTTP: redirects, formats, conditional requests, tombstones, and what a harvester sees (RFC 9110)."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest
import rdflib
from builders.national_list import example_rows
from builders.site import BASE, SETTINGS, publish
from builders.spellings import parsed, spelled
from flask import Flask
from flask.testing import FlaskClient

from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create
from odlinked.web.http.negotiation import MEDIA_TYPES

RDF = {name: media_type for name, media_type in MEDIA_TYPES.items() if name != "html"}
PATH = "/dataset/6075"


@pytest.fixture(autouse=True)
def _as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.parametrize("kind", ["dataset", "organization"])
def test_a_thing_points_to_its_description(client: FlaskClient, releases: Releases, kind: str) -> None:
    for record in releases.current().page(kind, 1, 100)[1]:
        answer = client.get(record.iri.removeprefix(BASE))
        assert answer.status_code == 303
        assert answer.headers["Location"] == record.iri.removeprefix(BASE + "/id")
        assert client.get(answer.headers["Location"]).status_code == 200


def test_the_catalogue_points_to_its_document(client: FlaskClient) -> None:
    answer = client.get("/id/catalog")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/catalog")


@pytest.mark.parametrize("name", RDF)
def test_every_served_document_equals_the_stored_one(client: FlaskClient, releases: Releases, name: str) -> None:
    release = releases.current()
    seen = 0
    for kind in ("dataset", "service", "organization"):
        for record in release.page(kind, 1, 200)[1]:
            document = release.document(record.iri)
            assert document is not None
            answer = client.get(f"{record.iri.removeprefix(BASE + '/id')}.{name}")
            assert answer.status_code == 200
            assert spelled(parsed(answer.data, name)) == spelled(parsed(document.text, "nt"))
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_suffix_and_accept_give_the_same(client: FlaskClient, name: str) -> None:
    by_suffix = client.get(f"{PATH}.{name}", headers={"Accept": "image/png"})
    by_accept = client.get(PATH, headers={"Accept": MEDIA_TYPES[name]})
    assert by_suffix.status_code == by_accept.status_code == 200
    assert by_suffix.mimetype == by_accept.mimetype == MEDIA_TYPES[name]
    assert by_suffix.data == by_accept.data
    assert by_suffix.headers["ETag"] == by_accept.headers["ETag"]
    assert by_accept.headers["Content-Location"] == f"{PATH}.{name}"
    assert by_accept.headers["Vary"].startswith("Accept, Accept-Language")
    assert "Accept," not in by_suffix.headers.get("Vary", "")
    for suffix, media_type in MEDIA_TYPES.items():
        assert f'<{PATH}.{suffix}>; rel="alternate"; type="{media_type}"' in by_accept.headers["Link"]
    assert f'<http://localhost{PATH}>; rel="canonical"' in by_accept.headers["Link"], "a canonical address is absolute (RFC 6596)"


def test_nothing_acceptable_lists_what_there_is(client: FlaskClient) -> None:
    answer = client.get(PATH, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json(force=True)
    assert (problem["status"], problem["title"], problem["instance"]) == (406, "Not Acceptable", PATH)
    assert {one["type"] for one in problem["alternatives"]} == set(MEDIA_TYPES.values())
    assert all(client.get(one["href"]).status_code == 200 for one in problem["alternatives"])
    assert 'rel="alternate"' in answer.headers["Link"]


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_conditional_requests(client: FlaskClient, name: str) -> None:
    path = f"{PATH}.{name}"
    first = client.get(path)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-None-Match": tag, "If-Modified-Since": "Thu, 01 Jan 1998 00:00:00 GMT"},
    ):
        again = client.get(path, headers=headers)
        assert again.status_code == 304, headers
        assert again.data == b""
        assert again.headers["ETag"] == tag
        assert "Content-Type" not in again.headers
    earlier = format_datetime(parsedate_to_datetime(modified).replace(year=2001), usegmt=True)
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": earlier},
        {"If-Modified-Since": "nonsense"},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
    ):
        assert client.get(path, headers=headers).status_code == 200, headers


@pytest.mark.parametrize(
    "path", [PATH, f"{PATH}.ttl", "/", "/catalog", "/dump.nq.gz", "/rule", "/dataset/none", "/dataset/990099"]
)
def test_head_says_what_get_would(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.data == b""
    assert head.status_code == got.status_code
    for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Content-Location", "Last-Modified"):
        assert head.headers.get(name) == got.headers.get(name), name


def test_languages_have_tags_of_their_own(client: FlaskClient) -> None:
    tags = {client.get(PATH, headers={"Accept": "text/html", "Accept-Language": tag}).headers["ETag"] for tag in ("zh", "en")}
    assert len(tags) == 2


def test_a_changed_record_leaves_the_tags_of_others(tmp_path: Path) -> None:
    rows = example_rows()
    before = create(publish(tmp_path, rows), SETTINGS).test_client()
    paths = [f"{PATH}.{name}" for name in RDF] + ["/dataset/6078.ttl"]
    tags = {path: before.get(path).headers["ETag"] for path in paths}
    for row in rows:
        if row["資料集識別碼"] == "6078":
            row["資料集名稱"] += "（更名）"
    after = create(publish(tmp_path, rows, "second.csv"), SETTINGS).test_client()
    changed = {path for path in paths if after.get(path).headers["ETag"] != tags[path]}
    assert changed == {"/dataset/6078.ttl"}
    assert after.get(f"{PATH}.ttl", headers={"If-None-Match": tags[f"{PATH}.ttl"]}).status_code == 304


def test_a_new_release_is_served_at_once(tmp_path: Path) -> None:
    rows = example_rows()
    served = create(publish(tmp_path, rows), SETTINGS).test_client()
    assert served.get("/health").get_json()["release"] == "000001"
    assert served.get(PATH).status_code == 200
    publish(tmp_path, [row for row in rows if row["資料集識別碼"] != "6075"], "second.csv")
    assert served.get("/health").get_json()["release"] == "000002"
    assert served.get(PATH).status_code == 410


def test_a_tombstone_says_that_it_is_one(client: FlaskClient) -> None:
    page = client.get("/dataset/990099", headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "這筆資料已下架" in page.get_data(as_text=True)
    turtle = client.get("/dataset/990099", headers={"Accept": "text/turtle"})
    assert turtle.status_code == 410
    assert b"Tombstone" in turtle.data
    assert client.get("/id/dataset/990099").status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/none",
        "/id/dataset/none",
        "/organization/6075",
        "/dataset/",
        "/dataset/6075/x",
        "/dataset/..",
        "/nothing",
        "/dataset/" + "9" * 900,
        "/catalog?page=99",
        "/code/none",
        "/code/frequency/none",
        "/rule/none",
        "/sitemap/dataset-9.xml",
        "/static/../app.py",
        "/static/none.css",
        "/dataset/%FF%FE",
    ],
)
def test_what_is_not_there_is_told_to_people_and_programs(client: FlaskClient, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html", "Accept-Language": "en"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert 'role="search"' in page.get_data(as_text=True)
    problem = client.get(path, headers={"Accept": "text/turtle"})
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert problem.get_json(force=True)["status"] == 404


def test_a_page_cannot_be_written_to(client: FlaskClient) -> None:
    answer = client.post(PATH)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def collected(client: FlaskClient, size: int, headers: dict[str, str] | None = None) -> tuple[list[set[str]], int]:
    """Follow hydra:next from the first page: the datasets and services of each page, and totalItems."""
    hydra, dcat = rdflib.Namespace("http://www.w3.org/ns/hydra/core#"), rdflib.Namespace("http://www.w3.org/ns/dcat#")
    pages, total, link = [], 0, f"/catalog?size={size}"
    while link:
        answer = client.get(link, headers={"Accept": "text/turtle", **(headers or {})})
        assert answer.status_code == 200
        graph = parsed(answer.data, "ttl")
        about = rdflib.URIRef(f"{BASE}/id/catalog")
        pages.append({str(o) for p in (dcat.dataset, dcat.service) for o in graph.objects(about, p)})
        gone = set(graph.subjects(rdflib.RDF.type, rdflib.URIRef("https://w3id.org/odlinked/ns#Tombstone")))
        assert len(pages[-1]) + len(gone) == size or graph.value(graph.value(about, hydra.view), hydra.next) is None
        total = int(graph.value(about, hydra.totalItems))
        view = graph.value(about, hydra.view)
        following = graph.value(view, hydra.next)
        assert (graph.value(view, hydra.previous) is None) == (len(pages) == 1)
        assert str(graph.value(view, hydra.last)).startswith("http")
        assert all((rdflib.URIRef(iri), rdflib.RDF.type, None) in graph for iri in pages[-1]), "members are described"
        link = re.sub(r"^https?://[^/]+(/prefix)?", "", str(following)) if following else ""
        assert len(pages) < 50
    return pages, total


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_paging_gives_every_record_once(client: FlaskClient, releases: Releases, size: int) -> None:
    release = releases.current()
    pages, total = collected(client, size)
    everything = [iri for page in pages for iri in page]
    assert len(everything) == len(set(everything)) == total
    assert set(everything) == {r.iri for kind in ("dataset", "service") for r in release.page(kind, 1, 500)[1]}


def test_paging_sizes_are_capped(client: FlaskClient) -> None:
    answer = client.get("/catalog.ttl?size=999999999")
    assert "size=500" in answer.headers["Content-Location"]


def test_behind_a_proxy(app: Flask) -> None:
    near = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.tw", "X-Forwarded-Prefix": "/prefix"}
    client = app.test_client()
    text = client.get("/catalog.ttl?size=3", headers=near).get_data(as_text=True)
    assert "<https://data.example.tw/prefix/catalog.ttl?page=2&size=3>" in text
    page = client.get("/catalog?size=3", headers={**near, "Accept": "text/html"}).get_data(as_text=True)
    assert 'href="/prefix/catalog?page=2&amp;size=3"' in page
    assert not re.search(r'href="/(?!prefix/)', page)
    assert client.get("/id/dataset/6075", headers=near).headers["Location"] == "/prefix/dataset/6075"
    pages, total = collected(client, 5, near)
    assert sum(map(len, pages)) == total


def test_a_host_that_nobody_vouches_for_is_in_no_link(releases: Releases) -> None:
    plain = create(releases, replace(SETTINGS, serve=replace(SETTINGS.serve, proxies=()))).test_client()
    known = create(releases, replace(SETTINGS, serve=replace(SETTINGS.serve, hosts=("Known.example:8080",)))).test_client()
    for path in ("/catalog.ttl?size=3", "/void.ttl", "/sitemap.xml", "/robots.txt", "/sparql?format=ttl", "/sparql", "/"):
        for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Host": "127.0.0.1.evil.example"}):
            answer = plain.get(path, headers=headers)
            assert answer.status_code == 200
            assert b"evil.example" not in answer.data
            assert "evil.example" not in str(answer.headers)
    own, other = (f"<{at}/catalog.ttl?page=2&size=3>" for at in (BASE, "http://known.example:8080"))
    assert own in plain.get("/catalog.ttl?size=3", headers={"Host": "known.example:8080"}).get_data(as_text=True)
    named = known.get("/catalog.ttl?size=3", headers={"Host": "known.example:8080"})
    assert other in named.get_data(as_text=True)
    local = known.get("/catalog.ttl?size=3", headers={"Host": "127.0.0.1:8000"})
    assert "<http://127.0.0.1:8000/catalog.ttl?page=2&size=3>" in local.get_data(as_text=True)
    assert len({named.headers["ETag"], local.headers["ETag"]}) == 2, "the tag covers the host"


def test_a_stranger_s_forwarding_is_not_believed(app: Flask) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil", "Host": "data.example.tw"}
    text = app.test_client().get("/catalog.ttl?size=3", headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert b"evil" not in text.data


@pytest.mark.parametrize("prefix", ["//evil.example", "/a/../b", "/a b", "/<script>", "javascript:x", "/a" * 9])
def test_odd_prefixes_are_ignored(app: Flask, prefix: str) -> None:
    text = app.test_client().get("/", headers={"X-Forwarded-Prefix": prefix, "Accept": "text/html"}).get_data(as_text=True)
    assert 'href="/catalog"' in text


def test_a_public_address_in_the_settings_wins(releases: Releases) -> None:
    settings = replace(SETTINGS, serve=replace(SETTINGS.serve, public_url="https://opendata.example.tw/catalogue/"))
    client = create(releases, settings).test_client()
    text = client.get("/catalog.ttl?size=3", headers={"X-Forwarded-Host": "evil.example"}).get_data(as_text=True)
    assert "<https://opendata.example.tw/catalogue/catalog.ttl?page=2&size=3>" in text
    assert "evil" not in text


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_packed_answers_are_the_same_under_a_tag_of_their_own(client: FlaskClient, name: str) -> None:
    plain = client.get(f"{PATH}.{name}")
    packed = client.get(f"{PATH}.{name}", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(f"{PATH}.{name}", headers=again).status_code == 304
    for refused in ("gzip;q=0", "identity", "br", "", "*;q=0"):
        assert "Content-Encoding" not in client.get(f"{PATH}.{name}", headers={"Accept-Encoding": refused}).headers


def test_odd_identifiers_come_round(tmp_path: Path) -> None:
    odd = ["A/B#1?x y", "空氣.ttl", "x", "x.ttl", "../etc", "%41", "a//b", "a%2Fb", "a;b=c", "a+b"]
    rows = [dict(example_rows()[0]) | {"資料集識別碼": identifier, "資料集名稱": f"名稱{identifier}"} for identifier in odd]
    served = publish(tmp_path, rows)
    client = create(served, SETTINGS).test_client()
    records = served.current().page("dataset", 1, 100)[1]
    assert len(records) == len(odd)
    for record in records:
        answer = client.get(record.iri.removeprefix(BASE))
        assert answer.status_code == 303
        location = answer.headers["Location"]
        assert location == record.iri.removeprefix(BASE + "/id")
        document = served.current().document(record.iri)
        assert document is not None
        assert client.get(location + ".nt").data == document.text
        assert f'href="{location}"'.encode() in client.get("/catalog", headers={"Accept": "text/html"}).data


@pytest.mark.parametrize("host", ["evil.example/<x>", "a b", "x" * 400, "[::1"])
def test_an_odd_host_is_not_repeated(app: Flask, host: str) -> None:
    text = app.test_client().get("/catalog.ttl?size=3", headers={"Host": host})
    assert text.status_code in (200, 400)
    assert host.encode() not in text.data
