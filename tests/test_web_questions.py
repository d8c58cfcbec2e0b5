"""The addresses of stored questions: formats, forms, paging, refusals, and the same answers as SPARQL gives."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from builders.catalogs import BASE, publish
from builders.national_list import row, write
from flask import Flask
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import AssetSettings, ServeSettings, Settings
from odlinked.web.app import create
from odlinked.web.http.cache import Cache
from odlinked.web.sparql.prepared import PreparedAnswers

HTML = {"Accept": "text/html"}
OWN = """#+ summary_zh: 停車
#+ summary_en: Parking
#+ description_zh: 名稱有停車場者。
#+ description_en: Those with 停車場 in the title.
#+ topic: ours
#+ rows: 3
PREFIX dcterms: <http://purl.org/dc/terms/>

SELECT ?dataset ?title
WHERE { ?dataset dcterms:title ?title FILTER(CONTAINS(?title, "停車場")) }
ORDER BY ?title
"""
CONTROL = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"\\u0001"}}]}}'


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Seven datasets, of which five are car parks, and a question of an overlay."""
    folder = tmp_path_factory.mktemp("questions")
    workspace = Workspace(folder / "var")
    rows = [row(n, "停車場" if n < 6 else "公車", 品質檢測="白金" if n == 1 else "金",
                提供機關="環境部" if n < 7 else "經濟部水利署") for n in range(1, 8)]
    rows[0][1] = "=HYPERLINK(x) 停車場 <script>1</script>"
    publish(workspace, write(folder / "list.csv", *rows))
    own = folder / "own" / "queries" / "stored" / "parking.rq"
    own.parent.mkdir(parents=True)
    own.write_text(OWN, encoding="utf-8")
    settings = Settings(assets=AssetSettings(overlays=(str(folder / "own"),)), serve=ServeSettings(proxies=("127.0.0.1",)))
    from odlinked.assets import Assets

    made = create(Releases(workspace, Assets(settings.overlays)), settings)
    yield made
    made.extensions["odlinked.sparql"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def rows_of(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(("suffix", "media_type"), [
    ("json", "application/sparql-results+json"), ("xml", "application/sparql-results+xml"), ("csv", "text/csv"),
    ("tsv", "text/tab-separated-values"),
])
def test_every_format_by_suffix_by_name_and_by_header(client: FlaskClient, suffix: str, media_type: str) -> None:
    by_suffix = client.get(f"/query/badges.{suffix}")
    by_name = client.get(f"/query/badges?format={suffix}")
    by_header = client.get("/query/badges", headers={"Accept": media_type})
    assert [one.status_code for one in (by_suffix, by_name, by_header)] == [200, 200, 200]
    assert by_suffix.mimetype == by_name.mimetype == by_header.mimetype == media_type
    assert by_suffix.data == by_name.data == by_header.data
    assert by_header.headers["Vary"] == "Accept"
    assert 'rel="service-desc"' in by_suffix.headers["Link"]


def test_xml_and_json_hold_the_same(client: FlaskClient) -> None:
    bindings = client.get("/query/badges.json").get_json()["results"]["bindings"]
    tree = ElementTree.fromstring(client.get("/query/badges.xml").data)
    assert len(bindings) == len(tree.findall(".//{*}result")) == 2
    assert {one["badgeName"]["value"]: one["datasets"]["value"] for one in bindings} == {"白金": "1", "金": "6"}


def test_values_are_notations_names_and_addresses(client: FlaskClient) -> None:
    ways = ["白金", "%E7%99%BD%E9%87%91", "https://w3id.org/odlinked/code/quality-badge/platinum", " Platinum "]
    one = client.get("/query/datasets.csv?badge=platinum").text
    assert {client.get(f"/query/datasets.csv?badge={way}").text for way in ways} == {one}
    assert len(rows_of(client, "/query/datasets.csv?badge=platinum")) == 1
    units = rows_of(client, "/query/organizations.csv")
    unit = next(one for one in units if one["own"] == "6")
    for way in (unit["body"], unit["body"].rpartition("/")[2], unit["bodyName"], "環境部"):
        assert [one["own"] for one in rows_of(client, f"/query/organizations.csv?organization={way}")] == ["6"]


@pytest.mark.parametrize(("address", "code", "parameter", "said"), [
    ("datasets?stat=open", "parameter", "stat", "state"), ("datasets?state=opne", "value", "state", "open"),
    ("datasets?state=open&state=planned", "repeated", "state", "state"), ("titles-with", "missing", "word", "word"),
    ("sdg-datasets", "missing", "goal", "17"), ("datasets?organization=環鏡部", "value", "organization", "環境部"),
    ("new-datasets?from=13/45", "date", "from", "13/45"), ("latest?since=2026-02-30", "date", "since", "2026-02-30"),
    ("titles-with?word=" + "x" * 501, "long", "word", "word"), ("states?limit=0", "range", "limit", "1"),
    ("states?limit=x", "range", "limit", "100"), ("states?offset=-1", "range", "offset", "0"),
])
def test_what_cannot_be_asked_is_told_with_what_can(client: FlaskClient, address: str, code: str, parameter: str,
                                                    said: str) -> None:
    answer = client.get("/query/" + address)
    told = answer.get_json()
    assert (answer.status_code, told["code"], told["parameter"]) == (400, code, parameter)
    assert said in told["detail"]
    english = client.get("/query/" + address, headers={"Accept-Language": "en"}).get_json()["detail"]
    assert said in english
    assert english != told["detail"]


def test_an_unknown_question_and_format_are_told(client: FlaskClient) -> None:
    assert client.get("/query/bagdes").get_json()["near"] == ["badges"]
    assert client.get("/query/badges.pdf").status_code == 404
    assert client.get("/query/badges?format=pdf").status_code == 406
    assert client.get("/query/badges", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/query/../badges").status_code == 404
    assert client.post("/query/badges").status_code == 405


def test_a_value_is_bound_and_never_pasted(client: FlaskClient) -> None:
    for word in ('") } SELECT * WHERE { ?s ?p ?o #', "\\", "a\nb", "'", '"', "?dataset", "$1", "\\u0022"):
        answer = client.get("/query/titles-with.json", query_string={"word": word})
        assert (answer.status_code, answer.get_json()["results"]["bindings"]) == (200, []), word
    assert len(rows_of(client, "/query/titles-with.csv?word=停車場")) == 5


def test_an_answer_comes_in_parts_and_says_so(client: FlaskClient) -> None:
    found, address = [], "/query/parking.csv"
    for _ in range(5):
        answer = client.get(address)
        found += list(csv.DictReader(io.StringIO(answer.text)))
        following = re.search(r'<([^>]*)>; rel="next"', answer.headers["Link"])
        if following is None:
            break
        address = following[1]
    assert len(found) == len({one["dataset"] for one in found}) == 5
    assert address.endswith("offset=3")
    assert 'rel="prev"' in answer.headers["Link"]
    assert len(rows_of(client, "/query/parking.csv?limit=2&offset=1")) == 2
    assert client.get("/query/parking.csv?limit=4").status_code == 400


def test_an_entity_tag_is_answered_304(client: FlaskClient) -> None:
    first = client.get("/query/badges.csv")
    again = client.get("/query/badges.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head("/query/badges.csv")
    assert (head.status_code, head.headers["ETag"], head.data) == (200, first.headers["ETag"], b"")


def test_the_page_has_a_form_and_the_answer(client: FlaskClient) -> None:
    page = client.get("/query/datasets?badge=platinum&lang=en", headers=HTML)
    assert page.headers["Content-Language"] == "en"
    assert '<option value="platinum" selected>' in page.text
    assert '<label for="p-organization">' in page.text
    assert '<option value="">' in page.text
    assert 'name="lang" value="en"' in page.text
    assert "/query/datasets.csv?badge=platinum" in page.text
    assert "Badge stated" in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert client.get("/query/datasets?badge=x", headers=HTML).status_code == 400


def test_a_page_shows_names_that_link(client: FlaskClient) -> None:
    page = client.get("/query/datasets?badge=platinum&lang=zh-Hant", headers=HTML).text
    table = page[page.index("<tbody>"):page.index("</tbody>")]
    assert re.search(r'<a href="/organization/[^"]*"[^>]*>環境部</a>', table)
    assert re.search(r'<a href="/code/quality-badge/platinum[^"]*"[^>]*>白金</a>', table)
    assert re.search(r'<a href="/dataset/1[^"]*"[^>]*>=HYPERLINK', table)
    heads = re.findall(r"<th scope=\"col\">([^<]*)</th>", page)
    assert heads[:3] == ["資料集", "單位", "開放情形"], "a name stands in the column it names"
    assert "<td>合計</td>" in client.get("/query/platinum-by-organization?lang=zh-Hant", headers=HTML).text
    english = client.get("/query/datasets?badge=platinum&lang=en", headers=HTML).text
    assert '<span lang="zh-Hant">=HYPERLINK' in english
    assert ">platinum</a>" in english


def test_a_page_without_what_is_required_is_the_form(client: FlaskClient) -> None:
    page = client.get("/query/titles-with", headers=HTML)
    assert page.status_code == 200
    assert 'name="word"' in page.text
    assert "required" in page.text
    assert 'id="answer"' not in page.text


def test_every_page_is_there(app: Flask, client: FlaskClient) -> None:
    listed = client.get("/query?lang=zh-Hant", headers=HTML).text
    names = app.extensions["odlinked.questions"].questions
    assert len(names) > 40
    for name in names:
        assert f"/query/{name}?" in listed
        assert client.get(f"/query/{name}", headers=HTML).status_code == 200, name


def test_the_page_turns(client: FlaskClient) -> None:
    page = client.get("/query/parking", headers=HTML).text
    assert "第 1 至 3 列" in page
    following = re.search(r'rel="next" href="([^"]*)"', page)
    assert following is not None
    again = client.get(following[1].replace("&amp;", "&"), headers=HTML).text
    assert "第 4 至 5 列" in again
    assert 'rel="prev"' in again
    assert "停車場5" in again


def test_the_text_runs_as_sparql(client: FlaskClient) -> None:
    text = client.get("/query/datasets.rq?badge=platinum")
    assert text.mimetype == "application/sparql-query"
    answer = client.post("/sparql", data=text.data, content_type="application/sparql-query", headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.data == client.get("/query/datasets.csv?badge=platinum").data


def test_the_query_page_lists_them(client: FlaskClient) -> None:
    page = client.get("/sparql?lang=en", headers=HTML).text
    assert "Datasets by the badge their source states" in page
    assert "/query/badges?lang=en" in page


def test_an_overlay_adds_a_question(client: FlaskClient) -> None:
    listed = client.get("/query?lang=en", headers=HTML).text
    assert "Parking" in listed
    assert "ours" in listed
    assert client.get("/query/parking?lang=en", headers=HTML).status_code == 200


def test_links_hold_behind_a_path(app: Flask) -> None:
    client = app.test_client()
    headers = {"X-Forwarded-Prefix": "/data", "Accept": "text/csv"}
    link = client.get("/query/parking", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}).headers["Link"]
    assert "</data/query/parking?limit=3&offset=3>" in link


def test_no_mention_of_folders_or_hosts(client: FlaskClient, tmp_path: Path) -> None:
    told = client.get("/query/datasets?x=1").text + client.get("/query/nothing-like-it").text
    assert str(tmp_path.parents[2]) not in told
    assert BASE not in told


def test_a_prepared_answer_is_what_would_have_been_answered(app: Flask, client: FlaskClient,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    desk = app.extensions["odlinked.questions"]
    free = [name for name, one in desk.questions.items() if not any(p.required for p in one.query.takes.values())]
    ways = [f".{form}{part}" for form in ("json", "xml", "csv", "tsv") for part in ("", "?limit=2")]
    addresses = [f"/query/{name}{way}" for name in free for way in ways]

    def asked() -> list[tuple[int, bytes, str | None, str | None]]:
        found = [client.get(one) for one in addresses]
        return [(one.status_code, one.data, one.headers.get("Link"), one.headers.get("ETag")) for one in found]

    live = asked()
    with app.test_request_context():
        assert desk.prepare() == len(free) > 50
    monkeypatch.setattr(desk.service, "kept", Cache(32_000_000, len, 16))
    monkeypatch.setattr(desk.service, "lanes", None)  # nothing is asked now
    assert asked() == live
    with app.test_request_context():
        assert desk.prepare() == len(free)  # nothing was missing


def test_answers_of_a_large_body_are_prepared_once_somebody_asks_for_it(app: Flask, client: FlaskClient,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    desk = app.extensions["odlinked.questions"]
    monkeypatch.setattr("odlinked.web.pages.questions.LARGE", 5)
    monkeypatch.setattr(desk, "asked", set())
    free = [one for one in desk.questions.values() if not any(part.required for part in one.query.takes.values())]
    address = "/query/datasets.csv?organization=環境部"
    query = desk.questions["datasets"].query
    with app.test_request_context():
        body = next(one.iri for one in desk.site.organizations() if one.with_all_below == 6)
        assert desk.prepare() == len(free)
        assert query.narrowed
        assert desk.put(query, {"organization": body})[0].narrowed == {}  # it has six of all: read whole
        monkeypatch.setattr("odlinked.web.pages.questions.WIDE", 0)
        assert desk.put(query, {"organization": body})[0] is query
        monkeypatch.setattr("odlinked.web.pages.questions.WIDE", 5)
    live = client.get(address)
    assert live.text.count("\n") == 7
    with app.test_request_context():
        assert desk.prepare() == len(free) + sum("organization" in one.query.takes for one in free)
    monkeypatch.setattr(desk.service, "kept", Cache(32_000_000, len, 16))
    monkeypatch.setattr(desk.service, "lanes", None)  # nothing is asked now
    assert client.get(address).data == live.data


def test_a_page_asked_again_is_the_same_and_known(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "/query/datasets?organization=環境部&lang=en"
    page = client.get(address, headers=HTML)
    monkeypatch.setattr(app.jinja_env, "get_template", None)  # nothing is rendered now
    assert client.get(address, headers=HTML).data == page.data
    assert client.get(address, headers={**HTML, "If-None-Match": page.headers["ETag"]}).status_code == 304
    assert page.headers["Vary"].startswith("Accept, Accept-Language")


def test_what_was_prepared_is_not_told_of_other_content_or_values() -> None:
    prepared = PreparedAnswers()
    assert prepared.begin("1", ["a", "b", "a"]) == ["a", "b"]
    prepared.put("1", "a", CONTROL, more=True)
    prepared.put("0", "b", b"", more=False)  # of the content before: too late
    assert prepared.get("1", "a", "csv", 5) == (b"x\r\n\x01\r\n", True)
    assert prepared.get("1", "a", "xml", 5) is None  # it cannot be written: told where it is asked
    assert prepared.get("1", "b", "csv", 5) is prepared.get("2", "a", "csv", 5) is None
    assert prepared.begin("1", ["a", "b"]) == ["b"]
    assert prepared.begin("2", ["a"]) == ["a"]
    assert prepared.get("1", "a", "csv", 5) is None
