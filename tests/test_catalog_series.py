"""Dataset series: proposed from titles, accepted in a table, tied to their members, shown with them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from builders.catalogs import BASE, iri, publish, served, sound
from builders.national_list import row, write

from odlinked.assets import Assets
from odlinked.catalog.asking.membership import members
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.summaries.series import Candidate, Periods, in_order, missing, propose, table
from odlinked.findings import Issue
from odlinked.namespaces import DCAT
from odlinked.publishing import retention
from odlinked.publishing.publish import Publisher
from odlinked.publishing.purge import purge
from odlinked.settings import PublishSettings, Settings
from odlinked.web.app import create

YEARS = range(107, 113)
EVERY = Settings(publish=PublishSettings(most_removals=1.0))
"""Lists are cut on purpose here."""
SERIES = f"{BASE}/id/series/budget"


@pytest.fixture(scope="module")
def periods() -> Periods:
    return Periods.load(Assets())


@pytest.mark.parametrize(("title", "name", "numbers"), [
    ("109年度單位預算", "各年度單位預算", (109,)),
    ("１０９年１月份人口", "各年各月份人口", (109, 1)),
    ("高雄市 110 年 3 月稅收", "高雄市各年各月稅收", (110, 3)),
    ("108學年度學生數", "各學年度學生數", (108,)),
    ("2019年第二季進口值", "各年各季進口值", (2019, 2)),
    ("111年Q3統計", "各年各季統計", (111, 3)),
    ("十二月門票收入", "各月門票收入", (12,)),
    ("監測資料202103", "監測資料各年月", (202103,)),
    ("監測資料11003", "監測資料各年月", (11003,)),
    ("業務統計(2018)", "業務統計(各年)", (2018,)),
    ("113年上半年考核", "各年各半年考核", (113, 1)),
    ("空氣品質監測", "空氣品質監測", ()),
    ("一級古蹟5處", "一級古蹟5處", ()),
])
def test_a_title_with_its_periods_taken_out(periods: Periods, title: str, name: str, numbers: tuple[int, ...]) -> None:
    assert periods.strip(title) == (name, numbers)


def test_families_of_six_periods_under_one_publisher_are_proposed(periods: Periods) -> None:
    family = [Candidate(str(year), f"{year}年度預算", "環境部") for year in reversed(YEARS)]
    twin = Candidate("x", "109年度預算", "環境部")
    others = [Candidate(f"o{year}", f"{year}年度預算", f"單位{year}") for year in YEARS]
    few = [Candidate(f"f{year}", f"{year % 5 + 107}年度決算", "環境部") for year in range(6)]
    found = propose([*others, *family, *few, twin], periods)
    assert [(one.title, one.publisher) for one in found] == [("各年度預算", "環境部")]
    assert [member.identifier for member in found[0].members] == ["107", "108", "109", "x", "110", "111", "112"]
    assert not propose([one._replace(placed=True) for one in family], periods)
    assert len(propose([*(one._replace(placed=True) for one in family), twin], periods)[0].members) == 7


@pytest.mark.parametrize("titles", [
    ("99年度預算", "100年度預算", "111年度預算", "2023年度預算", "113年度預算"),
    ("109年9月收支", "109年10月收支", "109年十一月收支", "110年1月收支"),
    ("99年第4季產值", "100年第一季產值", "100年Q3產值"),
    ("監測資料202012", "監測資料11001", "監測資料202102"),
    ("1月109年報表", "12月109年報表", "1月110年報表"),
    ("總覽", "109年上半年考核", "109年下半年考核"),
])
def test_titles_stand_in_the_order_of_their_periods(periods: Periods, titles: tuple[str, ...]) -> None:
    given = [(str(number), title) for number, title in enumerate(titles)]
    assert in_order(reversed(given), periods) == [iri for iri, _ in given]


def chain(release: Release, series: str = SERIES) -> tuple[list[str], list[str]]:
    """Return the members of a series from first to last by `dcat:next`, and from last to first by `dcat:prev`."""
    walks = []
    for start, step in (("first", "next"), ("last", "prev")):
        steps, at = [], series
        while found := [term.value for subject, predicate, term in release.document(at).triples()  # type: ignore[union-attr]
                        if subject == at and predicate == DCAT + (step if steps else start)]:
            (at,) = found
            steps.append(at.rpartition("/")[2])
        walks.append(steps)
    return walks[0], walks[1]


def test_members_know_those_before_and_after_them(workspace: Workspace, tmp_path: Path) -> None:
    years = (100, 99, 101, 110)
    publish(workspace, national(tmp_path / "list.csv", *years), settings=EVERY)
    publish(workspace, accepted(tmp_path / "series.csv", "100;110;99;101"), "series")
    assert chain(served(workspace)) == (["99", "100", "101", "110"], ["110", "101", "100", "99"])
    listed = [record.title for record in members(served(workspace), SERIES, 1, 3).records]
    assert listed == ["99年度預算", "100年度預算", "101年度預算"]
    assert [record.title for record in members(served(workspace), SERIES, 2, 3).records] == ["110年度預算"]
    client = create(Releases(workspace), Settings()).test_client()
    page = client.get("/series/budget?lang=en", headers={"Accept": "text/html"}).text
    assert page.index("99年度預算") < page.index("100年度預算") < page.index("110年度預算")
    page = client.get("/dataset/100?lang=en", headers={"Accept": "text/html"}).text
    assert "Before it in the series" in page
    assert 'href="/dataset/101?lang=en"' in page

    assert not publish(workspace, tmp_path / "series.csv", "series").new
    publish(workspace, national(tmp_path / "list.csv", 100, 99, 110, 98), settings=EVERY)
    assert chain(served(workspace)) == (["99", "100", "110"], ["110", "100", "99"]), "one has vanished"
    sound(served(workspace))
    before = served(workspace).content
    Publisher(workspace, Settings()).rebuild()
    assert served(workspace).content == before


def accepted(path: Path, listed: str, title: str = "各年度預算") -> Path:
    """Write an accepted list of one series."""
    lines = [["系列識別碼", "系列名稱", "提供機關", "成員識別碼"], ["budget", title, "環境部", listed]]
    path.write_text("\r\n".join(",".join(line) for line in lines) + "\r\n", encoding="utf-8")
    return path


def said(release: Release, number: int) -> list[str]:
    """Return the series a dataset's document says it is in."""
    document = release.document(iri(number))
    assert document is not None
    return [term.value for _, predicate, term in document.triples() if predicate.endswith("#inSeries")]


def national(path: Path, *years: int, note: str = "") -> Path:
    return write(path, *(row(year, 資料集名稱=f"{year}年度預算", 備註=note) for year in years))


def test_from_titles_to_a_series_with_members(workspace: Workspace, tmp_path: Path, periods: Periods) -> None:
    publish(workspace, national(tmp_path / "list.csv", *YEARS), settings=EVERY)
    named = [Candidate(name.rpartition("/")[2], title, publisher, placed)
             for name, title, publisher, placed in served(workspace).names("dataset")]
    text = table(propose(named, periods), Assets())
    assert next(csv.DictReader(io.StringIO(text)))["成員數"] == "6"
    (tmp_path / "series.csv").write_bytes(text.encode())
    done = publish(workspace, tmp_path / "series.csv", "series")
    release = served(workspace)
    sound(release)
    series = release.page("series", 1, 5)[1][0]
    assert (series.title, series.publisher_name, release.counts()["series"], done.issues) == ("各年度預算", "環境部", 1, 0)
    assert all(said(release, year) == [series.iri] for year in YEARS)
    assert release.search("", {"series": [series.iri]}, order="title").total == 6
    assert all(placed for *_, placed in release.names("dataset"))
    assert f"<{series.iri}>".encode() in (release.document(f"{BASE}/id/catalog") or series).text  # type: ignore[union-attr]


def test_a_member_says_what_the_series_says_at_any_time(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, accepted(tmp_path / "series.csv", "107;108;109"), "series")
    assert {issue.fault.rule for issue in _issues(workspace)} == {"L35-series-member"}, "none is there yet"
    publish(workspace, national(tmp_path / "list.csv", *YEARS), settings=EVERY)
    release = served(workspace)
    first = release.record(iri(107))
    assert [bool(said(release, year)) for year in YEARS] == [True] * 3 + [False] * 3
    assert not _issues(workspace)

    again = publish(workspace, tmp_path / "list.csv")
    assert not again.new, "tied documents are not published over and over"
    publish(workspace, national(tmp_path / "list.csv", *YEARS, note="補註"), settings=EVERY)
    publish(workspace, national(tmp_path / "list.csv", *YEARS), settings=EVERY)
    release = served(workspace)
    assert said(release, 107) == [SERIES]
    sound(release)
    assert release.record(iri(107)).hash == first.hash  # type: ignore[union-attr]

    publish(workspace, accepted(tmp_path / "series.csv", "108;109;110"), "series")
    release = served(workspace)
    assert [bool(said(release, year)) for year in YEARS] == [False, True, True, True, False, False]
    sound(release)
    before = release.content
    Publisher(workspace, Settings()).rebuild()
    assert served(workspace).content == before

    publish(workspace, national(tmp_path / "list.csv", 107, 108), settings=EVERY)
    release = served(workspace)
    assert (release.record(iri(109)).state, said(release, 108)) == ("gone", [SERIES])  # type: ignore[union-attr]
    assert said(release, 109) == []
    assert {issue.fault.other for issue in _issues(workspace) if issue.fault.rule == "L35-series-member"} == {"109", "110"}
    sound(release)


def test_a_catalogue_of_another_stored_form_is_published_again_with_its_series(workspace: Workspace,
                                                                               tmp_path: Path) -> None:
    publish(workspace, national(tmp_path / "list.csv", 107, 108), settings=EVERY)
    publish(workspace, accepted(tmp_path / "series.csv", "107;108"), "series")
    publish(workspace, accepted(tmp_path / "series.csv", "107"), "series")
    manifest = workspace.releases / (workspace.current() or "") / "manifest.json"
    said_before = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**said_before, "format": 0}), encoding="utf-8")
    Publisher(workspace, Settings()).rebuild()
    release = served(workspace)
    assert (said(release, 107), said(release, 108)) == ([SERIES], [])
    sound(release)


def test_members_of_an_erased_series_are_in_none(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, national(tmp_path / "list.csv", *YEARS), settings=EVERY)
    publish(workspace, accepted(tmp_path / "series.csv", "107;108"), "series")
    purge(workspace, Assets(), SERIES, "2026-04-01T00:00:00+08:00")
    publish(workspace, national(tmp_path / "list.csv", *YEARS, 113), settings=EVERY)
    assert said(served(workspace), 107) == []
    sound(served(workspace))


def test_a_row_taken_in_again_after_a_prune(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, accepted(tmp_path / "series.csv", "107;108"), "series")
    publish(workspace, national(tmp_path / "list.csv", 107, 108), settings=EVERY)
    publish(workspace, national(tmp_path / "other.csv", 107, 108, note="補註"), settings=EVERY)
    retention.prune(workspace, 2)
    publish(workspace, tmp_path / "list.csv")
    assert said(served(workspace), 107) == [SERIES]
    sound(served(workspace))


def test_the_pages_of_a_series_and_its_members(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, national(tmp_path / "list.csv", *YEARS), settings=EVERY)
    publish(workspace, accepted(tmp_path / "series.csv", "107;108"), "series")
    client = create(Releases(workspace), Settings()).test_client()
    answer = client.get("/id/series/budget")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/series/budget")
    for language, heading in (("zh-Hant", "資料集系列"), ("en", "Dataset series")):
        page = client.get(f"/series/budget?lang={language}", headers={"Accept": "text/html"}).text
        assert heading in page
        assert ("107年度預算" in page, "108年度預算" in page, "109年度預算" in page) == (True, True, False)
    assert "/series/budget" in client.get("/dataset/107", headers={"Accept": "text/html"}).text
    assert "seriesMember" in client.get("/series/budget.ttl").text
    assert "/series/budget" in client.get("/catalog", headers={"Accept": "text/html"}).text
    assert "/sitemap/series-1.xml" in client.get("/sitemap.xml").text
    assert client.get("/sitemap/series-1.xml").status_code == 200
    assert client.get("/series/none").status_code == 404
    assert client.get("/dataset/budget").status_code == 404
    publish(workspace, _other(tmp_path / "s3.csv"), "series")
    assert client.get("/series/budget").status_code == 410
    assert said(served(workspace), 107) == [f"{BASE}/id/series/other"]


def _other(path: Path) -> Path:
    text = accepted(path, "107;108").read_text(encoding="utf-8")
    path.write_text(text.replace("budget", "other"), encoding="utf-8")
    return path


def _issues(workspace: Workspace) -> list[Issue]:
    from odlinked.catalog.index import Index

    return Index(workspace.releases / (workspace.current() or "") / "catalog.sqlite", read_only=True).issues()


@pytest.mark.parametrize(("titles", "gaps"), [
    (("109年預算", "110年預算", "112年預算"), ("2022",)), (("2019年預算", "109年預算"), ()), (("109年預算",), None),
    (("109年11月報", "110年2月報"), ("2020-12", "2021-01")), (("109年1月報", "110年年報"), None), (("預算", "110年預算"), None),
    (("109年第1季報", "109年第3季報"), None), (("109年至110年報", "113年報"), None), ((), None),
])
def test_periods_that_are_missing_are_told_where_they_can_be(titles: tuple[str, ...], gaps: tuple[str, ...] | None) -> None:
    assert missing(titles, Periods.load(Assets())) == gaps
