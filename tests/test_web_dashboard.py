"""Pages of organisations in figures: by quarter, by unit, with denominators; and the list of all, none beside what counts it."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders.catalogs import BASE, iri, served
from builders.measured import FILE_TYPE, MEASURED
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.catalog.asking import activity, ministries
from odlinked.catalog.asking.activity import QuarterCount
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, ContentObservation, Observation
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings
from odlinked.web.app import create

SETTINGS = replace(MEASURED, publish=PublishSettings(workers=1))
ECONOMY, BODY = "2.16.886.101.20003.20007", f"{BASE}/id/organization/"
ENERGY, WATER = "經濟部能源署", "經濟部水利署"
HTML = {"Accept": "text/html"}
TODAY = date(2026, 11, 22)


def at(*day: int) -> Clock:
    return Clock.of("+08:00", datetime(*day, 4, tzinfo=UTC))  # type: ignore[arg-type]


def dataset(number: int, unit: str, badge: str, listed: str = "2026-02-03") -> list[str]:
    return row(number, 提供機關=unit, 品質檢測=badge, 上架日期=f"{listed} 00:00:00" if listed else "")


REQUESTS = (
    "意見編號,意見類別,意見標題,發表內容,提出日期,回應機關,開放情形,無法開放原因,回覆內容,回覆日期",
    f"1,我想要更多,水情,內容,2026/8/1,{WATER},已開放,,回覆,2026/8/4",
    f"2,我想要更多,水庫,內容,2026/8/2,{WATER},已開放,,回覆,2026/8/12",
    f"3,我想要更多,水價,內容,2026/10/2,{WATER},,,,",
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two units of a ministry over three quarters: badges change, one dataset is taken down, one is planned, one file is dead."""
    folder = tmp_path_factory.mktemp("dashboard")
    made = Workspace(folder / "var")
    first = [dataset(1, ENERGY, "金"), dataset(2, ENERGY, "銀"), dataset(3, WATER, "白金", "2019-05-06"), dataset(4, WATER, "銅"),
             dataset(5, WATER, "品檢未過", "2026-08-09")]
    third = [dataset(1, ENERGY, "金"), dataset(2, ENERGY, "金"), dataset(3, WATER, "白金", "2019-05-06"),
             dataset(5, WATER, "品檢未過", "2026-08-09"), dataset(6, WATER, "金", "2027-03-01"), dataset(7, "環境部", "金")]
    for day, rows in (((2026, 3, 30), first), ((2026, 8, 31), first[:3] + first[4:]), ((2026, 11, 22), third)):
        Publisher(made, SETTINGS, clock=at(*day)).publish([write(folder / "list.csv", *rows)], "national")
    feedback = folder / "feedback.csv"
    feedback.write_text("\n".join(REQUESTS) + "\n", encoding="utf-8")
    Publisher(made, SETTINGS, clock=at(2026, 11, 22)).publish([feedback], "feedback")
    notebook = Notebook(made.root / FILE)
    for number, answer in ((1, "answered"), (2, "not-found")):
        document = served(made).document(iri(number))
        assert document is not None
        for line in document.lines:
            if b"dcat#distribution>" in line:
                file, seen = line.split(b"<")[-1].split(b">")[0].decode(), ContentObservation(format=FILE_TYPE + "CSV")
                notebook.put(Observation(file, ANSWER + answer, served(made).created, seen, status=200), "h")
    notebook.close()
    Publisher(made, SETTINGS, clock=at(2026, 11, 22)).measure(TODAY)
    return made


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), SETTINGS).test_client()


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def test_openings_and_withdrawals_are_counted_by_quarter(workspace: Workspace) -> None:
    found = activity.of(served(workspace), BODY + ECONOMY, TODAY)
    assert found is not None
    assert found.quarters[-4:] == [QuarterCount("2026Q1", 2, 0), QuarterCount("2026Q2", 0, 0), QuarterCount("2026Q3", 1, 1),
                                   QuarterCount("2026Q4", 0, 0)]
    assert {one.withdrawn for one in found.quarters[:4]} == {None}, "the catalogue had not begun: not known is not 0"
    assert (found.datasets, found.open, found.planned, found.withdrawn) == (5, 4, 1, 1)
    assert [(day, record.iri) for day, record in found.next_planned] == [("2027-03-01", iri(6))]
    assert [(day, record.iri) for day, record in found.last_withdrawn] == [("2026-08-31", iri(4))]


def test_requests_have_a_median_and_say_of_how_many(workspace: Workspace) -> None:
    found = activity.of(served(workspace), BODY + ECONOMY, TODAY)
    assert found is not None
    assert (found.asked, found.unanswered, found.median, found.dated) == (3, 1, 6.5, 2)
    assert [(one.quarter, one.asked, one.unanswered, one.median) for one in found.requests if one.asked] == [
        ("2026Q3", 2, 0, 6.5), ("2026Q4", 1, 1, None)]


def test_what_happens_next_is_counted(workspace: Workspace, tmp_path: Path) -> None:
    found = activity.of(served(workspace), BODY + ECONOMY, TODAY)
    shutil.copytree(workspace.root, tmp_path / "var")
    copied = Workspace(tmp_path / "var")
    for rows, opened, withdrawn in (([8, 9], 2, 0), ([9], 1, 1), ([8, 9], 2, 0)):
        file = write(tmp_path / "list.csv", *(dataset(n, WATER, "金") for n in rows))
        Publisher(copied, SETTINGS, clock=at(2026, 11, 22)).publish([file], "other")
        now = activity.of(served(copied), BODY + ECONOMY, TODAY)
        assert now is not None
        assert found is not None
        assert (now.open, now.withdrawn, now.asked) == (found.open + opened, found.withdrawn + withdrawn, found.asked)


def test_units_have_numbers_of_their_own_with_what_needs_attention_first(client: FlaskClient) -> None:
    text = re.sub(r'<span class="unseen">[^<]*</span>', "", page(client, f"/organization/{ECONOMY}?lang=en&sort=failing"))
    table = text[text.index('id="units"'):]
    rows = re.findall(r'<tr><th scope="row"><a href="[^"]*">([^<]*)</a>(.*?)</tr>', table, re.DOTALL)
    told = [[re.sub(r"<[^>]*>", " ", cell).split() for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL)]
            for _, cells in rows]
    energy, water = told
    assert energy[0] == ["2"]
    assert energy[3] == ["1", "of", "2"], "a dead file of two visited"
    assert water[0] == ["2"]
    assert water[3] == ["not", "checked"], "nobody visited: that is not 0"
    assert water[4] == ["1", "of", "3"]


def test_the_table_of_units_is_ordered_and_filtered_by_address(client: FlaskClient) -> None:
    def named(query: str) -> list[str]:
        text = page(client, f"/organization/{ECONOMY}?lang=zh-Hant&{query}")
        return re.findall(r'<tr><th scope="row"><a href="[^"]*">([^<]*)</a>', text[text.index('id="units"'):])

    assert named("sort=unanswered") == [WATER, ENERGY]
    assert named("sort=failing") == [ENERGY, WATER]
    assert named("sort=name") == sorted([WATER, ENERGY])
    assert named("unit=水利") == [WATER]
    assert named("unit=能源&sort=name") == [ENERGY]
    assert named("sort=<b>&unit=%20") == named(""), "what is no order is none"
    assert named("") == [WATER, ENERGY], "one of each needs attention: then who has more below gold"
    text = page(client, f"/organization/{ECONOMY}?lang=en&unit=zzz%22%3E%3Cb%3E")
    assert "No unit has such a name" in text
    assert "<b>\"" not in client.get(f"/organization/{ECONOMY}?unit=%22%3E%3Cb%3E", headers=HTML).get_data(as_text=True)


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_charts_have_a_title_a_text_and_a_table(client: FlaskClient, language: str) -> None:
    text = page(client, f"/organization/{ECONOMY}?lang={language}")
    drawn = re.findall(r'<svg viewBox="[^"]*" role="img" aria-labelledby="([^"]*)"><title id="([^"]*)">([^<]+)</title>'
                       r'<desc id="([^"]*)">([^<]+)</desc>', text)
    assert {one[0].split()[0] for one in drawn} >= {"badges-chart-stated-title", "openings-chart-title", "asked-chart-title"}
    assert all(one[0] == f"{one[1]} {one[3]}" for one in drawn)
    assert len(re.findall(r"<details><summary>", text)) >= len(drawn)
    assert len({one[1] for one in drawn}) == len(drawn), "identifiers are there once"


def test_badges_are_told_of_the_day_they_were_counted_on(client: FlaskClient) -> None:
    text = page(client, f"/organization/{ECONOMY}?lang=en")
    text = text[text.index('id="badges-stated"'):]
    rows = re.findall(r'<tr><th scope="row">(\d{4}Q\d)</th><td>([\d-]+)</td>((?:<td class="number">[\d,]+</td>)+)</tr>', text)
    assert [(quarter, day, re.findall(r">(\d+)<", cells)) for quarter, day, cells in rows] == [
        ("2026Q1", "2026-03-30", ["1", "1", "1", "1", "0", "0"]), ("2026Q3", "2026-08-31", ["1", "1", "1", "0", "1", "0"]),
        ("2026Q4", "2026-11-22", ["1", "2", "0", "0", "1", "0"])]


def test_a_unit_without_history_says_why_there_is_no_chart(client: FlaskClient) -> None:
    text = page(client, "/organization/2.16.886.101.20003.20083?lang=en")
    assert "A chart needs three" in text
    assert 'id="badges-chart-stated-title"' not in text


def test_no_body_stands_beside_what_counts_it(workspace: Workspace) -> None:
    release = served(workspace)
    found = {row.iri: row for row in ministries.rows(release, (BODY + "2.16.886.101.20003",), TODAY)}
    assert BODY + "2.16.886.101.20003" not in found, "it publishes nothing of its own"
    assert BODY + ECONOMY in found
    within = {iri for row in found.values() for iri, _ in row.units}
    assert not within & found.keys()
    stands = [row.stands.by_basis["-stated"].datasets for row in found.values() if row.stands is not None]
    whole = ministries.known(release)[BODY + "2.16.886.101.20003"].by_basis["-stated"].datasets
    assert sum(stands) == whole
    everything = ministries.rows(release, (), TODAY)
    assert [row.iri for row in everything] == [BODY + "2.16.886.101.20003"]


def test_the_overview_has_shares_with_their_counts(client: FlaskClient) -> None:
    text = re.sub(r'<span class="unseen">[^<]*</span>', "", page(client, "/quality?lang=en&basis=stated"))
    told = re.sub(r"<[^>]*>|\s+", " ", text[text.index("Ministry of Economic Affairs"):])
    assert "75 % 3 of 4" in re.sub(" +", " ", told)
    assert "+25 points (2026-08-31: 2 of 4)" in re.sub(" +", " ", told)
    for query in ("sort=name", "sort=change", "basis=measured", "basis=none", "sort=<b>"):
        page(client, f"/quality?{query}")
    assert client.get("/quality?page=99", headers=HTML).status_code == 404
    assert client.get("/quality", headers={"Accept": "text/turtle"}).status_code == 200
