"""A dataset's page: the badge the source states never stands alone where a badge was measured, or withheld."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from builders.catalogs import iri, served
from builders.measured import DAY, MEASURED, NOON
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ContentObservation, Observation, PersonalColumn, StandardField
from odlinked.namespaces import CODE
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create

GOOD = ContentObservation(delivery=CODE + "delivery/direct", format="http://publications.europa.eu/resource/authority/file-type/CSV",
                          encoding=CODE + "character-encoding/utf-8", fields=("姓名", "日期"), missing_fields=(), record_count=3,
                          complete=True, personal_columns=())
PERSONAL = PersonalColumn("手機", CODE + "personal-kind/mobile", 2, 3)
FAILING = StandardField("日期", CODE + "standard-common/date", CODE + "recognition/name", 12, 5, ("row 2",))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Datasets stated gold: 1 holds persons, 2 fails a standard, 3 was never visited, 4 was listed early, 5 states none,
    6 is dead since the third of October."""
    folder = tmp_path_factory.mktemp("measured")
    made = Workspace(folder / "var")
    said = {"檔案格式": "CSV", "編碼格式": "UTF-8", "資料量": "3", "主要欄位說明": "姓名;日期", "更新頻率": "不定期更新"}
    rows = [row(n, 品質檢測="" if n == 5 else "金", 資料下載網址=f"https://example.org/{n}.csv",
                上架日期="2014-01-01 00:00:00" if n == 4 else "2020-01-01 00:00:00", **said) for n in range(1, 7)]
    Publisher(made, MEASURED, clock=NOON).publish([write(folder / "list.csv", *rows)], "national")
    notebook = Notebook(made.root / FILE)
    met = {1: replace(GOOD, personal_columns=(PERSONAL,)), 2: replace(GOOD, standard_fields=(FAILING,)), 5: GOOD}
    for number, seen in met.items():
        notebook.put(Observation(_file(made, number), CODE + "answer/answered", served(made).created, seen, status=200), "h")
    notebook.put(Observation(_file(made, 6), CODE + "answer/not-found", served(made).created, status=404,
                             state_since=datetime(2026, 10, 2, 17, tzinfo=UTC)), "h")
    notebook.close()
    Publisher(made, MEASURED, clock=NOON).measure(DAY)
    return create(Releases(made), Settings()).test_client()


def _file(made: Workspace, number: int) -> str:
    document = served(made).document(iri(number))
    assert document is not None
    return next(line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line)


def marks(client: FlaskClient, number: int, language: str = "en") -> list[str]:
    """Return the marks below a dataset's title, as read."""
    text = client.get(f"/dataset/{number}?lang={language}", headers={"Accept": "text/html"}).text
    found = re.search(r'<p class="marks">(.*?)</p>', text, re.S)
    assert found is not None
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in re.findall(r"<(?:a|span)[^>]*>.*?</(?:a|span)>", found[1])]


@pytest.mark.parametrize(("number", "measured"), [
    (1, "measured here: withheld: personal data"), (2, "measured here: gold"), (3, "measured here: not checked"),
    (4, "measured here: does not apply (listed before the first day that counts)"),
])
def test_the_stated_badge_stands_beside_the_measured_one(client: FlaskClient, number: int, measured: str) -> None:
    told = marks(client, number)
    assert "Badge the source states: gold" in told
    assert measured in told
    assert not [one for one in told if one.startswith("Quality badge")], "no badge without its basis"


def test_a_measured_badge_is_told_where_none_is_stated(client: FlaskClient) -> None:
    assert [one for one in marks(client, 5) if "states" in one] == []
    assert [one for one in marks(client, 5) if one.startswith("measured here: ")] == ["measured here: gold"]


def test_columns_that_fail_their_standard_are_told_at_the_file(client: FlaskClient) -> None:
    assert "fields of data standards not passed: 1" in marks(client, 2)
    page = client.get("/dataset/2?lang=en", headers={"Accept": "text/html"}).text
    assert "日期 (5 of 12 values)" in page[page.index('class="files"'):]
    assert "資料標準欄位未通過：1 欄" in marks(client, 2, "zh-Hant")


def test_the_search_says_whose_badge_it_counts(client: FlaskClient) -> None:
    assert "Badge the source states" in client.get("/?q=&lang=en", headers={"Accept": "text/html"}).text
    assert "來源所述標章" in client.get("/?q=", headers={"Accept": "text/html"}).text


def entry(client: FlaskClient, path: str, number: int, language: str = "en") -> str:
    """Return what a list tells of a dataset, as read."""
    page = client.get(path, headers={"Accept": "text/html", "Accept-Language": language}).text
    one = next(part for part in page.split('<li class="entry">')[1:] if f'href="/dataset/{number}"' in part).partition("</li>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", one).split())


def test_lists_show_the_measured_badge_beside_the_stated_one(client: FlaskClient) -> None:
    told = {number: entry(client, "/?sort=title", number) for number in range(1, 6)}
    assert "Badge measured: withheld: personal data" in told[1]
    assert "Badge measured: gold" in told[2]
    assert "Badge measured: not checked" in told[3]
    assert "Badge measured: does not apply" in told[4]
    assert all("stated: gold" in told[number] for number in range(1, 5))
    assert "stated:" not in told[5]
    assert "3 stars" in told[2]
    assert "3 stars (as declared)" in told[3]
    assert "實測標章：金" in entry(client, "/?sort=title", 2, "zh-Hant")


def test_lists_say_which_files_were_found_good(client: FlaskClient) -> None:
    assert "files found good: 1 (" in entry(client, "/?sort=title", 2)
    assert "found good" not in entry(client, "/?sort=title", 3)


def test_faults_of_the_form_are_told_to_who_asks_for_them(client: FlaskClient) -> None:
    listed = client.get("/?sort=title", headers={"Accept": "text/html"}).text
    assert "faults=" not in listed.partition("</main>")[0].partition("<main")[2]
    assert "facet.faults" not in listed
    page = client.get("/dataset/2", headers={"Accept": "text/html"}).text
    assert '<details id="findings">' in page


@pytest.mark.parametrize(("value", "numbers"), [("gold", {2, 5}), ("金", {2, 5}), ("unchecked", {3}), ("beside", {4})])
def test_datasets_are_found_by_their_measured_badge(client: FlaskClient, value: str, numbers: set[int]) -> None:
    page = client.get("/", query_string={"grade": value}, headers={"Accept": "text/html"}).text
    assert {n for n in range(1, 6) if f'href="/dataset/{n}"' in page} == numbers


def test_a_measured_badge_that_no_dataset_can_have_is_told(client: FlaskClient) -> None:
    answer = client.get("/?grade=diamond", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["parameter"]) == (400, "grade")


def test_each_file_says_what_the_last_visit_found(client: FlaskClient) -> None:
    def files(number: int) -> str:
        page = client.get(f"/dataset/{number}?lang=en", headers={"Accept": "text/html"}).text
        return page[page.index('class="files"'):].partition("</ul>")[0]

    assert re.search(r'class="flag good">Found good</span> seen on <time datetime="[^"]+">\d{4}-\d{2}-\d{2}</time>', files(2))
    assert "not checked yet" in files(3)
    assert "Found good" not in files(3)


@pytest.mark.parametrize(("language", "told"), [("en", "since 2026-10-03"), ("zh-Hant", "自 2026-10-03 起")])
def test_a_dead_file_says_since_when(client: FlaskClient, language: str, told: str) -> None:
    """The day is that of the catalogue's time zone; it stands on both pages, and in the RDF."""
    for path in ("/dataset/6", "/quality/dataset/6"):
        page = client.get(f"{path}?lang={language}", headers={"Accept": "text/html"}).text
        assert (told if path == "/dataset/6" else "2026-10-03") in page, path
    assert "stateSince" in client.get("/quality/dataset/6", headers={"Accept": "text/turtle"}).text
    assert told.split()[0] not in client.get(f"/dataset/2?lang={language}", headers={"Accept": "text/html"}).text.partition(
        'class="files"')[2].partition("</ul>")[0]


@pytest.mark.parametrize(("language", "name"), [("en", "File 1"), ("zh-Hant", "檔案 1")])
def test_a_file_has_one_name_on_all_pages(client: FlaskClient, language: str, name: str) -> None:
    shown = client.get(f"/dataset/2?lang={language}", headers={"Accept": "text/html"}).text
    judged = client.get(f"/quality/dataset/2?lang={language}", headers={"Accept": "text/html"}).text
    anchor = re.search(r'<ul class="files">\s*<li id="([^"]+)"', shown)
    assert anchor is not None
    assert f'<p class="filename">{name}</p>' in shown
    assert re.search(rf'href="/dataset/2[^"]*#{anchor[1]}">{name}</a>', judged)
