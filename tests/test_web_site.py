"""The pages over a real workspace: published from a CSV with hostile cells in it, then asked like a browser and a harvester."""

from __future__ import annotations

import html
import json
import re

import pytest
from builders.site import BASE, HOSTILE, publisher
from flask.testing import FlaskClient

from odlinked.catalog.served.releases import Releases

PAGES = (
    "/",
    "/?q=空氣",
    "/?faults=Violation",
    "/catalog",
    "/dataset/6075",
    "/dataset/666",
    "/rule",
    "/rule/M03-publisher",
    "/code",
    "/code/frequency",
    "/code/frequency/DAILY",
    "/ns",
    "/void",
    "/sparql",
    "/history/dataset/6075",
    "/themes",
    "/organizations",
)


@pytest.mark.parametrize("path", [*PAGES, "publisher"])
@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_every_page_is_whole_in_both_languages(client: FlaskClient, releases: Releases, path: str, language: str) -> None:
    path = publisher(releases) if path == "publisher" else path
    answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert answer.headers["Content-Language"] == language
    text = answer.get_data(as_text=True)
    assert f'<html lang="{language}">' in text
    assert text.count("<h1") == 1
    assert "&lt;span" not in text[text.index("<title>"):text.index("</title>")], "the title of a window has no elements"
    assert text.rstrip().endswith("</html>")


def test_links_inside_pages_lead_somewhere(client: FlaskClient, releases: Releases) -> None:
    seen: set[str] = set()
    for start in (*PAGES, publisher(releases)):
        text = client.get(start, headers={"Accept": "text/html"}).get_data(as_text=True)
        seen |= {html.unescape(link).split("#")[0] for link in re.findall(r'(?:href|action)="(/[^"]*)"', text)}
    assert len(seen) > 100
    release = releases.current()
    gone = {record.iri.removeprefix(f"{release.base}/id") for record in release.roster("dataset") if record.state == "gone"}
    for link in sorted(seen):
        with client.get(link, headers={"Accept": "text/html"}) as answer:  # closed: only so many downloads run at a time
            # What was taken down is listed as that, and its page says why (410).
            assert answer.status_code == (410 if link in gone else 200), link


def test_hostile_cells_stay_text(client: FlaskClient) -> None:
    found = client.get("/?q=alert", headers={"Accept": "text/html"}).get_data(as_text=True)
    page = client.get("/dataset/666", headers={"Accept": "text/html"}).get_data(as_text=True)
    data = re.findall(r'<script type="application/ld\+json">([^<]*)</script>', page)
    assert json.loads(data[0])["name"] == HOSTILE, "what search engines read is data, and no text of it ends it"
    for text in (re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", page), found):
        assert "<script" not in text
        assert "<img" not in text
        assert not re.search(r'(?:href|src|action)="javascript:', text)
    assert html.escape("<script>", quote=False) in page
    assert "javascript:alert(1)" in page


def test_outside_links_tell_nothing(client: FlaskClient) -> None:
    text = client.get("/dataset/6075", headers={"Accept": "text/html"}).get_data(as_text=True)
    outside = re.findall(r"<a [^>]*href=\"https?://[^>]*>", text)
    assert outside
    assert all('rel="nofollow noreferrer"' in link for link in outside)


def test_pages_fetch_nothing_from_others(client: FlaskClient) -> None:
    for path in PAGES:
        answer = client.get(path, headers={"Accept": "text/html"})
        text = answer.get_data(as_text=True)
        text = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", text)  # data, which runs nothing
        assert not re.search(r'<(?:script|iframe|object|embed)|style="|\bon\w+="', text), path
        assert all(src.startswith("/static/") for src in re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', text))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_findings_stand_on_the_page_in_the_reader_s_language(client: FlaskClient, releases: Releases) -> None:
    record = next(r for r in releases.current().page("dataset", 1, 100)[1] if r.violations)
    finding = releases.current().findings(record.iri)[0]
    path = record.iri.removeprefix(BASE + "/id")
    for language in ("zh-Hant", "en"):
        text = client.get(path, headers={"Accept": "text/html", "Accept-Language": language}).get_data(as_text=True)
        assert finding.messages[language] in html.unescape(text)
        assert f"/rule/{finding.rule}" in text


def test_asked_language_is_carried_by_links_and_wins_over_the_header(client: FlaskClient) -> None:
    answer = client.get("/dataset/6075?lang=en", headers={"Accept": "text/html", "Accept-Language": "zh-TW"})
    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["Content-Location"] == "/dataset/6075.html?lang=en"
    text = answer.get_data(as_text=True)
    assert 'href="/catalog?lang=en"' in text
    assert 'hreflang="zh-Hant"' in text


def test_facets_narrow_and_can_be_taken_away(client: FlaskClient) -> None:
    text = client.get("/?sort=title", headers={"Accept": "text/html"}).get_data(as_text=True)
    section = text.split('class="facets"')[1]
    link = html.unescape(re.findall(r'href="([^"]*theme=[^"]*)"', section)[0])
    narrowed = client.get(link, headers={"Accept": "text/html"}).get_data(as_text=True)
    total = [int(re.search(r'id="count">\D*(\d+)', page)[1]) for page in (text, narrowed)]  # type: ignore[index]
    assert 0 < total[1] < total[0]
    assert 'class="chosen"' in narrowed
    back = html.unescape(re.search(r'class="chosen".*?href="([^"]*)"', narrowed, re.DOTALL)[1])  # type: ignore[index]
    again = client.get(back, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert f'id="count">共 {total[0]}' in again


@pytest.mark.parametrize(
    "query",
    [
        "?page=-1",
        "?page=x",
        "?sort=evil",
        "?q=%00%ff",
        "?q=%22%20OR%20*",
        "?lang=xx",
        "?theme=&theme=",
        "?page=%D9%A1",
    ],
)
def test_odd_questions_are_answered(client: FlaskClient, query: str) -> None:
    answer = client.get("/" + query, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert b"<script" not in answer.data


@pytest.mark.parametrize("query", ["?theme=" + "x" * 900, "?badge=%3Cscript%3E", "?state=opne", "?publisher=%E7%84%A1",
                                   "?rule=M03"])
def test_a_facet_value_that_is_none_is_told(client: FlaskClient, query: str) -> None:
    answer = client.get("/" + query, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert b"<script" not in answer.data
    told = client.get("/" + query, headers={"Accept": "application/problem+json"}).get_json()
    assert (told["code"], told["parameter"]) == ("value", query[1:].partition("=")[0])
    assert told["known"] or told["near"]


@pytest.mark.parametrize("query", ["format=CSV", "format=csv", "state=open", "state=已開放", "publisher=環境部", "badge=金",
                                   "faults=VIOLATION"])
def test_a_facet_value_is_taken_as_people_write_it(client: FlaskClient, query: str) -> None:
    answer = client.get("/?" + query, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert 'id="count">共 0' not in answer.text


def test_too_long_questions_are_refused(client: FlaskClient) -> None:
    answer = client.get("/?q=" + "x" * 5_000)
    assert answer.status_code == 414
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/?page=99999", "/?q=空氣&page=400", "publisher"])
def test_beyond_the_last_page_there_is_nothing(client: FlaskClient, releases: Releases, path: str) -> None:
    path = publisher(releases) + "?page=9" if path == "publisher" else path
    assert client.get(path, headers={"Accept": "text/html"}).status_code == 404
