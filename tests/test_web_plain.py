"""Records of every kind have a page that a person can read, in both languages: no bare names of properties."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path

import pytest
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.assets import bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.namespaces import RDF
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings, SourceSettings
from odlinked.web.app import create
from odlinked.web.http.negotiation import LANGUAGES

FILES = {"oid": "oid-gds-excerpt.csv", "changes": "oid-changes-excerpt.csv", "national": "data-gov-tw-excerpt.csv",
         "series": "series-excerpt.csv", "usage": "usage-excerpt.csv", "feedback": "feedback-excerpt.csv",
         "cost": "moea-cost-excerpt.csv", "appraisal": "appraisal-excerpt.csv"}
NAMED = {"feedback": ("Feedback", "民眾意見"), "usage": ("Use", "使用情形"), "event": ("Change of an organisation", "機關改制"),
         "cost": ("Building cost", "建置成本"), "appraisal": ("Appraisal", "績效考核"),
         "asset": ("Data asset", "資料資產"), "subsidy": ("Subsidy programme", "補助計畫"),
         "conclusion": ("Conclusion of a meeting", "會議結論"), "checklist": ("Entry of a checklist", "檢核表項目"),
         "showcase": ("Work that won an award", "得獎作品"), "promotion": ("Promotion", "推廣活動"),
         "strategy": ("Strategy of opening", "推動策略")}
CASES = ("moea-asset", "moea-subsidy", "moea-tracking", "moea-checklist", "awards", "promotion", "moea-strategy")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A catalogue of all examples, what is internal by itself made public."""
    workspace = Workspace(tmp_path_factory.mktemp("plain") / "var")
    settings = Settings(sources={name: SourceSettings(public=True) for name in (*FILES, *CASES)})
    for source, name in FILES.items():
        Publisher(workspace, settings).publish([bundled() / "examples" / name], source)
    for form in CASES:
        Publisher(workspace, settings).publish([Path(__file__).parent / "cases" / "mapping" / form / "table.csv"], form)
    return create(Releases(workspace), settings).test_client()


def paths(client: FlaskClient, kind: str) -> list[str]:
    found = client.application.extensions["odlinked.releases"].current().roster(kind)
    return [f"/{kind}/{record.iri.rpartition('/')[2]}" for record in found]


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_property_has_a_name(client: FlaskClient, kind: str, language: str) -> None:
    pages = paths(client, kind)
    if kind in ("cost", "appraisal") and not pages:
        pytest.skip("these are for the agency itself")
    assert pages
    for path in pages:
        page = client.get(f"{path}?lang={language}", headers={"Accept": "text/html"}).text
        assert f'<p class="kind">{NAMED[kind][language == "zh-Hant"]} ' in page
        assert not re.search(r">[0-9a-f]{16}<", page), "an identifier that was made of a title tells people nothing"
        names = [html.unescape(name) for name in re.findall(r"<dt>(.*?)</dt>", page)]
        assert names
        for name in names:
            assert not re.search(r"[a-z][A-Z]", name), (path, name)
            assert language == "en" or not name.isascii(), (path, name)


@pytest.mark.parametrize("kind", NAMED)
def test_the_words_know_every_property_and_class(client: FlaskClient, kind: str) -> None:
    words = client.application.extensions["odlinked.site"].vocabulary
    for record in (release := client.application.extensions["odlinked.releases"].current()).roster(kind):
        document = release.document(record.iri)
        assert document is not None
        lines = [line.decode().split(" ", 2) for line in document.lines]
        used = {predicate[1:-1] for _, predicate, _ in lines} - words.words.hidden
        used |= {rest[1:rest.index(">")] for _, predicate, rest in lines if predicate == f"<{RDF}type>"}
        for language in LANGUAGES:
            assert not [one for one in used if not (words.words.name(one, language) or words.label(one, language))]


def test_a_request_is_read_before_its_answer(client: FlaskClient) -> None:
    page = client.get("/feedback/548562?lang=en", headers={"Accept": "text/html"}).text
    told = ("希望開放各區域的詳細監測資料", "not opened", "資料量龐大", ">Answer<", "原始資料請函請提供",
            "Days to answer", "For programs")
    order = [page.index(text) for text in told]
    assert order == sorted(order)


def test_numbers_of_use_stand_with_the_record(client: FlaskClient) -> None:
    texts = (client.get(f"{path}?lang=zh-Hant", headers={"Accept": "text/html"}).text for path in paths(client, "usage"))
    page = next(text for text in texts if "59,760" in text)
    assert "21,964" in page
    assert "#views" not in page


def test_what_a_dataset_cost_is_one_table(client: FlaskClient) -> None:
    """The amounts have the same properties: they are rows, not a card each, and nothing leads to them by a name for programs."""
    for page in (client.get(f"{path}?lang=zh-Hant", headers={"Accept": "text/html"}).text for path in paths(client, "cost")):
        assert "#maintenance" not in page
        assert page.count("<h2 ") <= 3
        assert '<thead><tr><th scope="col">項目</th><th scope="col" class="number">金額</th>' in page


def test_an_organisation_says_what_it_was_called_before_its_datasets(client: FlaskClient) -> None:
    named = ("衛生署", "內政部入出國及移民署")
    heads = {path: page.partition('id="theirs"')[0] for path in paths(client, "organization")
             if "曾名：" in (page := client.get(f"{path}?lang=zh-Hant", headers={"Accept": "text/html"}).text)}
    told = re.findall(r'曾名：<span lang="zh-Hant">(.*?)</span>', "".join(heads.values()))
    assert len(told) == len(heads) > 2
    assert {name for one in told for name in one.split("、")} >= set(named)


def test_organisations_of_a_change_have_a_name_and_a_page(client: FlaskClient) -> None:
    """Who came out of a change is named in its title alone where no dataset is theirs."""
    pages = (client.get(f"{path}?lang=en", headers={"Accept": "text/html"}).text for path in paths(client, "event"))
    after = [found[1] for page in pages if (found := re.search(r"<dt>Organisation after</dt><dd>(.*?)</dd>", page))]
    assert len(after) >= 5
    assert all(re.match(r'<a href="/organization/[^"]*">[^<0-9]', one) for one in after)


def test_requests_are_listed_with_clock_and_outcome(client: FlaskClient) -> None:
    page = client.get("/requests?lang=en", headers={"Accept": "text/html"}).text
    rows = page[page.index("<tbody>"):].split("<tr>")[1:]
    assert len(rows) == len(paths(client, "feedback"))
    row = next(one for one in rows if "/feedback/548562" in one)
    assert "2020-08-03" in row
    assert "after 11 days" in row
    assert "not opened" in row
    days = [day for one in rows for day in re.findall(r'<time datetime="([^"]*)"', one)]
    assert days == sorted(days, reverse=True)


def test_requests_tell_legal_grounds_what_is_none_and_what_was_opened(client: FlaskClient, tmp_path: Path) -> None:
    """And their numbers by kind are those of the question and of the report."""
    heads = "意見編號,意見類別,意見標題,提出日期,回應機關,因而開放之資料集,開放情形,無法開放原因,回覆內容,回覆日期"
    lines = ["1,我想要更多,要水權,2026-01-02,環境部,7,已開放,,好,2026-01-05",
             "2,我想要更多,要名冊,2026-01-02,環境部,,無法開放,依政府資訊公開法第18條第1項第6款,不便提供,2026-01-09",
             "3,我想要更多,要合夥人,2026-01-02,環境部,,無法開放,,可至商工登記公示資料查詢服務網站查詢,2026-01-03",
             "4,我有話要說,亂碼,2026-01-02,環境部,,,,,",
             "5,我想要更多,要測站,2026-01-02,環境部,,無法開放,,已公開於政府資料開放平臺,2026-01-03"]
    (tmp_path / "asked.csv").write_text("\r\n".join([heads, *lines, ""]), encoding="utf-8")
    workspace = Workspace(tmp_path / "var")
    Publisher(workspace, Settings()).publish([write(tmp_path / "list.csv", row(7))], "national")
    Publisher(workspace, Settings()).publish([tmp_path / "asked.csv"], "feedback")
    desk = create(Releases(workspace), Settings()).test_client()
    page = desk.get("/requests?lang=en", headers={"Accept": "text/html"}).text
    rows = {match[1]: one for one in page.split("<tr>") if (match := re.search(r"/feedback/(\d)\b", one))}
    assert "/dataset/7" in rows["1"]
    assert "article 18(1)6" in rows["2"]
    assert "is no ground" not in rows["2"]
    assert "“already on a website” is no ground" in rows["3"]
    assert "is no ground" not in rows["5"], "what is on the open data platform is open"
    assert "I have something to say: 1, of these 0 answered" in page
    assert "I want more: 4, of these 4 answered" in page
    assert "1 refused with what is no ground" in page
    asked = list(csv.DictReader(io.StringIO(desk.get("/query/requests-by-kind.csv").text)))
    assert sum(int(one["requests"]) for one in asked if one["kindName"] == "我想要更多") == 4


@pytest.mark.parametrize("outcome", ["opened", "已開放", "https://w3id.org/odlinked/code/feedback-outcome/opened"])
def test_requests_are_found_by_what_came_of_them(client: FlaskClient, outcome: str) -> None:
    page = client.get("/requests", query_string={"outcome": outcome, "lang": "en"}, headers={"Accept": "text/html"}).text
    rows = page[page.index("<tbody>"):].split("<tr>")[1:]
    assert 0 < len(rows) < len(paths(client, "feedback"))
    assert all(re.search(r"<td[^>]*>opened</td>", one) for one in rows)


def test_an_outcome_that_is_none_and_a_page_that_is_none_are_told(client: FlaskClient) -> None:
    answer = client.get("/requests?outcome=lost", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["parameter"]) == (400, "outcome")
    assert client.get("/requests?page=9").status_code == 404
