"""Public data is open to all programs: other sites' pages, clients that know no RDF type, caches, parsers of XML."""

from __future__ import annotations

import sqlite3
import time
import xml.etree.ElementTree as ET
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest
from builders.endpoints import Mounted, ask, make_store
from builders.national_list import example_rows
from builders.site import BASE, SETTINGS, publish
from flask.testing import FlaskClient
from rdflib import Graph

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.documents import Document
from odlinked.publishing.purge import purge
from odlinked.web.app import create

PUBLIC = [
    "/id/dataset/6075", "/dataset/6075", "/dataset/6075.ttl", "/catalog.jsonld", "/catalog", "/void.ttl",
    "/.well-known/void", "/ns.ttl", "/organizations.json", "/organizations.csv", "/dump.nq.gz",
    "/sparql?query=ASK%7B%7D", "/findings/dataset/6075.csv", "/code", "/rule", "/metric", "/quality", "/", "/health",
    "/robots.txt", "/sitemap.xml", "/dataset/none", "/dataset/990099", "/nothing/at/all", "/id/dataset/none",
    "/catalog?page=x", "/sparql?query=nonsense", "/static/odlinked.css", "/?" + "q" * 5_000,
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PUBLIC)
def test_other_sites_may_read(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method, headers={"Origin": "https://app.example"})
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert all(name in exposed for name in ("ETag", "Link", "Location"))
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    if "ETag" in answer.headers and answer.status_code == 200:
        again = client.open(path, method=method, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.headers["Access-Control-Allow-Origin"]) == (304, "*")


@pytest.mark.parametrize("path", ["/dataset/6075", "/id/dataset/6075", "/dump.nq.gz", "/catalog", "/sparql"])
def test_a_preflight_is_answered(client: FlaskClient, path: str) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "if-none-match"}
    answer = client.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]
    assert ("POST" in answer.headers["Access-Control-Allow-Methods"]) == (path == "/sparql")


@pytest.mark.parametrize("path", ["/dataset/6075", "/catalog", "/void", "/ns", "/code", "/rule", "/organization"])
@pytest.mark.parametrize(("accept", "wanted"), [
    ("application/json", "application/ld+json"), ("application/xml", "application/rdf+xml"), ("text/xml", "application/rdf+xml"),
    ("text/plain", "application/n-triples"), ("text/n3", "text/turtle"), ("application/x-turtle", "text/turtle"),
    ("application/json, text/plain, */*", "application/ld+json"), ("application/json;q=0.9, text/turtle", "text/turtle"),
    ("text/*", "text/html"), ("*/*", "text/html"), ("text/html, application/xml;q=0.9, */*;q=0.8", "text/html"),
    ("application/json;q=0, text/html;q=0.1", "text/html"),
])
def test_generic_types_are_the_same_everywhere(client: FlaskClient, path: str, accept: str, wanted: str) -> None:
    if path == "/organization":
        path = client.get("/organizations.json").json["organizations"][0]["iri"].removeprefix(f"{BASE}/id")
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, wanted)
    if "html" not in wanted:
        query = client.get("/sparql?query=CONSTRUCT%20WHERE%20%7B%3Fs%20%3Curn%3Anone%3E%20%3Fo%7D", headers={"Accept": accept})
        assert query.mimetype == wanted


def rewritten(workspace: Path, iri: str, old: str, new: str) -> None:
    """Write another document and title of a record into the served release, as another version of the program might have."""
    place = Workspace(workspace)
    release = Releases(place).current()
    document = release.document(iri)
    assert document
    made = Document.of(iri, (line.replace(old.encode(), new.encode()) for line in document.lines))
    archive = Archive(place.documents, write=True)
    archive.put(made)
    archive.close()
    db = sqlite3.connect(release.folder / "catalog.sqlite")
    with db:
        db.execute("UPDATE record SET hash=?, title=replace(title, ?, ?) WHERE iri=?", (made.hash, old, new, iri))
    db.close()
    release.close()


def served(folder: Path) -> FlaskClient:
    return create(Releases(Workspace(folder / "var")), SETTINGS).test_client()


def test_a_name_of_another_record_changes_the_page(tmp_path: Path) -> None:
    """The publisher is called otherwise now: the dataset's page shows it, its own document does not."""
    release = publish(tmp_path, example_rows()).current()
    record = release.record(f"{BASE}/id/dataset/6075")
    assert record
    assert record.publisher
    name = release.label(record.publisher, "zh-Hant")
    before = served(tmp_path)
    first = {suffix: before.get("/dataset/6075" + suffix).headers for suffix in (".html", ".ttl")}
    rewritten(tmp_path / "var", record.publisher, name, "改名後的機關")
    time.sleep(1.1)  # another edition of the service starts: its dates begin anew
    after = served(tmp_path)
    page = after.get("/dataset/6075.html", headers={"If-None-Match": first[".html"]["ETag"]})
    assert page.status_code == 200
    assert "改名後的機關" in page.get_data(as_text=True)
    assert after.get("/dataset/6075.html", headers={"If-Modified-Since": first[".html"]["Last-Modified"]}).status_code == 200
    assert after.get("/dataset/6075.ttl", headers={"If-None-Match": first[".ttl"]["ETag"]}).status_code == 304


def test_a_rollback_changes_dates_back(tmp_path: Path) -> None:
    """A date counts only where it is the one served: after a rollback the content is older, and not what the client has."""
    rows = example_rows()
    publish(tmp_path, rows)
    time.sleep(1.1)
    heading = next(key for key in rows[0] if key.endswith("名稱"))
    changed = [row | {heading: row[heading] + "（新）"} for row in rows]
    publish(tmp_path, changed, "later.csv")
    paths = ("/dataset/6075.ttl", "/dataset/6075.html", "/catalog.ttl", "/organizations.json", "/void.nt")
    now = served(tmp_path)
    newer = {path: now.get(path).headers for path in paths}
    time.sleep(1.1)  # HTTP dates count seconds: two states of one second have one date
    Workspace(tmp_path / "var").switch("000001")
    for path in paths:
        for asked in (now, served(tmp_path)):
            for name in ("If-Modified-Since", "If-None-Match"):
                value = newer[path]["Last-Modified" if name == "If-Modified-Since" else "ETag"]
                right = {200, 304} if path == "/organizations.json" else {200}  # which the change did not touch
                assert asked.get(path, headers={name: value}).status_code in right, (path, name)


def test_a_date_does_not_stand_for_another_language_or_format(client: FlaskClient) -> None:
    modified = client.get("/dataset/6075", headers={"Accept": "text/turtle"}).headers["Last-Modified"]
    assert client.get("/dataset/6075", headers={"Accept": "text/html", "If-Modified-Since": modified}).status_code == 200
    modified = client.get("/dataset/6075.html", headers={"Accept-Language": "en"}).headers["Last-Modified"]
    again = client.get("/dataset/6075.html", headers={"Accept-Language": "zh-Hant", "If-Modified-Since": modified})
    assert again.status_code == 200
    modified = client.get("/dataset/6075.ttl").headers["Last-Modified"]
    assert client.get("/dataset/6075.ttl", headers={"If-Modified-Since": modified}).status_code == 304
    for later in (1, 3_600, -1):
        moment = format_datetime(parsedate_to_datetime(modified) + timedelta(seconds=later), usegmt=True)
        assert client.get("/dataset/6075.ttl", headers={"If-Modified-Since": moment}).status_code == 200


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x0b", "\x01"])
def test_one_character_takes_no_page_of_the_catalogue_down(tmp_path: Path, character: str) -> None:
    """A release of old holds a character that XML cannot carry; its page of the catalogue is written without it, and says so."""
    release = publish(tmp_path, example_rows()).current()
    iri = f"{BASE}/id/dataset/6075"
    record = release.record(iri)
    assert record
    escaped = character if character > " " else f"\\u{ord(character):04X}"
    rewritten(tmp_path / "var", iri, record.title, record.title[:1] + escaped + record.title[1:])
    client = served(tmp_path)
    answer = client.get("/catalog.rdf")
    assert answer.status_code == 200
    ET.fromstring(answer.data)
    graph, exact = Graph().parse(data=answer.data, format="xml"), Graph().parse(data=client.get("/catalog.nt").data, format="nt")
    assert len(graph) == len(exact)
    assert f"{record.title[:1]}\ufffd{record.title[1:]}" in {str(term) for term in graph.objects()}
    assert b"characters that XML 1.0 cannot carry stand as U+FFFD" in answer.data.split(b"<rdf:RDF")[0]
    assert client.get("/dataset/6075.rdf").status_code == 406
    for path in ("/dataset/6075", "/", "/catalog.ttl", "/catalog.jsonld", "/dataset/6075.nt", "/sitemap/dataset-1.xml"):
        assert client.get(path).status_code == 200


def test_a_property_without_a_name_takes_no_page_of_the_catalogue_down(tmp_path: Path) -> None:
    publish(tmp_path, example_rows())
    rewritten(tmp_path / "var", f"{BASE}/id/dataset/6075", "<http://purl.org/dc/terms/title>", "<http://example.tw/a--b/1>")
    answer = served(tmp_path).get("/catalog.rdf")
    assert answer.status_code == 200
    ET.fromstring(answer.data)
    assert b"1 statements with <http://example.tw/a-%2Db/1> are left out" in answer.data


def test_what_is_not_as_expected_is_said_on_the_query_page(client: FlaskClient) -> None:
    for language, words in (("en", ("as a formula", "LANGMATCHES", "path*")), ("zh-Hant", ("公式", "LANGMATCHES", "path*"))):
        query = "SELECT * { ?s <urn:none> ?o }"
        page = client.get("/sparql", query_string={"query": query, "lang": language}, headers={"Accept": "text/html"})
        assert all(word in page.get_data(as_text=True) for word in words)


def test_the_engine_still_has_no_zero_length_path_for_what_is_not_there(client: FlaskClient) -> None:
    """Told under "Not done" in docs/service.md: once the engine has it (SPARQL 1.1, 18.5: one), the text goes."""
    for path in ("*", "?"):
        answer = client.get("/sparql", query_string={"query": f"SELECT (COUNT(*) AS ?n) {{ <urn:nothing> <urn:p>{path} ?b }}"})
        assert answer.json["results"]["bindings"][0]["n"]["value"] == "0"
    assert "zero-length path" in (Path(__file__).parents[1] / "docs" / "service.md").read_text(encoding="utf-8")


def test_another_edition_of_the_service_has_other_tags(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store")
    tags = set()
    for edition in ("one", "other"):
        mounted = Mounted(store, edition=edition)
        tags.add(ask(mounted.client, "ASK {}").headers["ETag"])
        mounted.service.close()
    assert len(tags) == 2


def test_what_was_purged_is_not_kept_in_answers(tmp_path: Path) -> None:
    """A purge makes an earlier release anew under its name: going back to it does not bring back what a page once showed."""
    rows = example_rows()
    heading = next(key for key in rows[0] if key.endswith("名稱"))
    secret = [{**row, heading: row[heading] + "（不該公開）"} if row[next(iter(row))] == "6075" else row for row in rows]
    publish(tmp_path, secret)
    service = served(tmp_path)
    paths = ("/dataset/6075.html", "/dataset/6075.nt", "/", "/catalog.ttl")
    assert any("不該公開" in service.get(path).get_data(as_text=True) for path in paths)
    publish(tmp_path, [row for row in rows if row[next(iter(row))] != "6075"], "later.csv")
    service.get("/")
    purge(Workspace(tmp_path / "var"), Assets(), f"{BASE}/id/dataset/6075", "2026-11-29T00:00:00+08:00")
    time.sleep(1.1)  # HTTP dates count seconds: two states of one second have one date
    Workspace(tmp_path / "var").switch("000001")
    for path in paths:
        assert "不該公開" not in service.get(path).get_data(as_text=True), path
