"""Organisations: published as records, known by their names, shared with those that rows only mention, changed with a date."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from builders.catalogs import BASE, iri, publish, served, sound
from builders.national_list import row, write
from click.testing import CliRunner

from odlinked.assets import Assets, bundled
from odlinked.catalog.asking import publishers
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.namespaces import DCTERMS, ODL, ORG
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings, SourceSettings
from odlinked.validation.inventories import check
from odlinked.web.app import create

EXAMPLES = bundled() / "examples"
LIST, CHANGES = EXAMPLES / "oid-gds-excerpt.csv", EXAMPLES / "oid-changes-excerpt.csv"
INDUSTRY, JUSTICE = "2.16.886.101.20003.20007.20002", "2.16.886.101.20003.20006"
ECONOMY, YILAN, CIVIL = "2.16.886.101.20003.20007", "2.16.886.101.90020.20002", "2.16.886.101.90020.20002.20049"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the list of organisations is published."""
    made = Workspace(tmp_path_factory.mktemp("list") / "var")
    publish(made, LIST, "oid")
    return made.root


@pytest.fixture
def listed(published: Path, tmp_path: Path) -> None:
    """The list of organisations is published in the test's workspace."""
    shutil.copytree(published, tmp_path / "var")


def organization(name: str) -> str:
    return f"{BASE}/id/organization/{name}"


def said(release: Release, record: str, predicate: str) -> list[str]:
    document = release.document(record)
    assert document is not None
    return [t.value for s, p, t in document.triples() if s == record and p == predicate]


def publisher_of(release: Release, number: int) -> str:
    return said(release, iri(number), DCTERMS + "publisher")[0]


def edited(path: Path, target: Path, *, without: str = "", **names: str) -> Path:
    """Copy the list of organisations without one, by OID, and with others renamed (`o` + number of the row)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    kept = [line for line in lines if line[1] != without]
    for place, name in names.items():
        kept[int(place[1:])][0] = name
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(kept)
    return target


def names(number: int, *publishers: str) -> list[list[str]]:
    return [row(number + i, 提供機關=name) for i, name in enumerate(publishers)]


@pytest.mark.usefixtures("listed")
def test_publishers_are_known_by_the_names_of_published_organisations(workspace: Workspace, tmp_path: Path) -> None:
    labels = ("經濟部工業局", "工業局", "法務部統計處", "宜蘭縣政府民政處", "民政處", "某某處", "環境部", "大氣環境司籌備處")
    done = publish(workspace, write(tmp_path / "list.csv", *names(1, *labels)))
    assert (done.violations, done.warnings) == (0, 1)
    release = served(workspace)
    sound(release)
    expected = [INDUSTRY, INDUSTRY, f"{JUSTICE}.20124", CIVIL]
    assert [publisher_of(release, i) for i in range(1, 5)] == [organization(name) for name in expected]
    for number, predicate, rule, severity in ((5, "ambiguousPublisher", "L60-publisher-ambiguous", "Warning"),
                                              (6, "unrecognisedPublisher", "L61-publisher-unknown", "Info")):
        assert said(release, iri(number), ODL + predicate) == [labels[number - 1]]
        told = release.findings(iri(number))
        assert [(f.rule, f.severity, f.heading, f.value) for f in told] == [(rule, severity, "提供機關", labels[number - 1])]
        assert "2.16" not in publisher_of(release, number), "no identifier is invented"
    assert publisher_of(release, 7) == organization("2.16.886.101.20003.20083"), "the shipped list knows it"
    assert not release.findings(iri(7))
    assert release.search("工業局").total == 2, "a dataset is found by its publisher's name"


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(("form", "headings", "cells"), [
    ("usage", "提供機關名稱,資料集名稱,瀏覽人次,下載次數,資料集評分,上架日,統計年月", "{},水質統計,5,6,5,2015/1/1,2018/7"),
    ("moea-cost", "資料集識別碼,提供機關,資料集名稱,建置整體投入金額,盤點年度,前一年維護更新金額,前二年維護更新金額,"
     "前三年維護更新金額,提報審核情形", "7,{},水質統計,5000000,109,1,1,1,已提報"),
    ("feedback", "意見編號,意見類別,意見標題,發表內容,提出日期,回應機關,開放情形,無法開放原因,回覆內容,回覆日期",
     "77,我想要更多,標題,內容,2019/1/1,{},已開放,,回覆,2019/1/5"),
    ("series", "系列識別碼,系列名稱,提供機關,成員識別碼", "s7,各年度預算,{},1;2"),
])
def test_other_records_that_name_organisations_are_told_what_became_of_the_name(
    workspace: Workspace, tmp_path: Path, form: str, headings: str, cells: str
) -> None:
    told = {}
    # Costs are internal unless their source is set public.
    settings = Settings(sources={"moea-cost": SourceSettings(public=True)})
    for name in ("民政處", "某某處", "經濟部工業局"):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"{headings}\n{cells.format(name)}\n", encoding="utf-8")
        publish(workspace, path, form, settings)
        kinds = ("usage", "cost", "feedback", "series")
        (record,) = [r for kind in kinds for r in served(workspace).page(kind, 1, 9)[1]]
        findings = served(workspace).findings(record.iri)
        told[name] = [(f.rule, f.severity, f.value) for f in findings if f.rule[:3] in ("L78", "L79")]
    assert told == {
        "民政處": [("L78-name-ambiguous", "Warning", "民政處")], "某某處": [("L79-name-unknown", "Info", "某某處")],
        "經濟部工業局": [],
    }  # fmt: skip
    sound(served(workspace))


@pytest.mark.usefixtures("listed")
def test_bare_names_of_records_of_the_interface_are_looked_up(workspace: Workspace, tmp_path: Path) -> None:
    answer = json.loads((EXAMPLES / "data-gov-tw-api-28178.json").read_text(encoding="utf-8"))
    expected = {
        "經濟部工業局": organization(INDUSTRY), f"{INDUSTRY}|經濟部工業局": organization(INDUSTRY), "民政處": "", "某某處": "",
        "環境部": organization("2.16.886.101.20003.20083"),
    }
    answer["result"] = [answer["result"] | {"datasetId": str(n), "publisherOID": name} for n, name in enumerate(expected, 1)]
    path = tmp_path / "records.json"
    path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    publish(workspace, path)
    release = served(workspace)
    sound(release)
    for number, (name, publisher) in enumerate(expected.items(), 1):
        rules = [f.rule for f in release.findings(iri(number)) if f.rule[:3] in ("L60", "L61")]
        wanted = {"民政處": ["L60-publisher-ambiguous"], "某某處": ["L61-publisher-unknown"]}
        assert rules == wanted.get(name, []), name
        assert publisher_of(release, number) == publisher or (not publisher and "2.16" not in publisher_of(release, number))


def test_organisations_have_their_units_and_where_they_belong(workspace: Workspace) -> None:
    done = publish(workspace, LIST, "oid")
    assert (done.added, done.violations, done.issues) == (24, 0, 0)
    release = served(workspace)
    assert said(release, organization(CIVIL), ORG + "subOrganizationOf") == [organization(YILAN)]
    assert said(release, organization(YILAN), ORG + "subOrganizationOf") == [], "a county is a place, no organisation"
    total, units = release.hanging("parent", organization(ECONOMY))
    assert total == len(units) == 8
    assert organization(INDUSTRY) in {unit.iri for unit in units}
    total, units = release.hanging("parent", organization(ECONOMY), 3)
    assert (total, len(units)) == (8, 3)


def test_the_registry_is_in_the_reuse_key_where_it_matters_only(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, edited(LIST, tmp_path / "orgs.csv", without=f"{JUSTICE}.20124"), "oid")
    file = write(tmp_path / "list.csv", *names(1, "經濟部工業局", "法務部統計處", "環境部"))
    publish(workspace, file)
    before = {number: served(workspace).record(iri(number)) for number in (1, 2, 3)}
    publish(workspace, edited(LIST, tmp_path / "orgs.csv", o2="經濟部國際貿易總局"), "oid")
    assert publish(workspace, file).changed == 1
    release = served(workspace)
    assert publisher_of(release, 2) == organization(f"{JUSTICE}.20124")
    assert not said(release, iri(2), ODL + "unrecognisedPublisher")
    for number in (1, 3):
        assert release.record(iri(number)) == before[number]
    assert not publish(workspace, file).new


def test_a_published_organisation_takes_the_place_of_a_mentioned_one_and_gives_it_back(
        workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1, 提供機關="經濟部工業局")))
    mentioned = served(workspace).document(organization(INDUSTRY))
    assert mentioned is not None
    done = publish(workspace, LIST, "oid")
    assert done.issues == 0
    release = served(workspace)
    sound(release)
    record = release.record(organization(INDUSTRY))
    assert record is not None
    assert (record.source, record.state, record.title_en) == ("oid", "live", "Industrial Development Bureau")
    assert said(release, organization(INDUSTRY), ODL + "distinguishedName")
    publish(workspace, edited(LIST, tmp_path / "orgs.csv", without=INDUSTRY), "oid")
    release = served(workspace)
    sound(release)
    back = release.record(organization(INDUSTRY))
    assert back is not None
    assert back.state == "live", "a dataset mentions it still"
    assert release.document(organization(INDUSTRY)) == mentioned
    publish(workspace, LIST, "oid")
    assert said(served(workspace), organization(INDUSTRY), ODL + "distinguishedName")


@pytest.mark.usefixtures("listed")
def test_a_second_list_of_the_same_organisations_makes_no_name_ambiguous(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, LIST, "again")
    publish(workspace, write(tmp_path / "list.csv", row(1, 提供機關="經濟部工業局")))
    assert publisher_of(served(workspace), 1) == organization(INDUSTRY)


@pytest.mark.usefixtures("listed")
def test_changes_are_dated_and_former_names_lead_to_their_organisation(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, CHANGES, "changes")
    publish(workspace, write(tmp_path / "list.csv", *names(1, "衛生署", "內政部入出國及移民署", "行政院主計處")))
    release = served(workspace)
    sound(release)
    assert [publisher_of(release, i) for i in (1, 2, 3)] == [organization(f"2.16.886.101.20003.{last}")
                                                             for last in ("20014", "20001.20057", "20011")]
    (_, came), (_, left) = (release.hanging(side, organization(f"2.16.886.101.20003.{last}"))
                            for side, last in (("after", "20071"), ("before", "20014")))
    assert [(event.kind, event.title, event.issued) for event in (*came, *left)] == [
        ("event", "行政院主計處改制為行政院主計總處", "2012-02-06"), ("event", "衛生署改制為衛生福利部", "2013-07-23")]
    assert said(release, organization("2.16.886.101.20003.20014"), ORG + "changedBy") == [left[0].iri]
    assert [f.rule for f in release.findings(came[0].iri)] == ["L62-change-turned"]
    statistics = organization("2.16.886.101.20003.20071")
    assert said(release, statistics, ORG + "resultedFrom") == [came[0].iri], "a published organisation says so, too"
    changed = release.record(statistics)
    assert not publish(workspace, CHANGES, "changes").new
    publish(workspace, edited(LIST, tmp_path / "orgs.csv", o2="經濟部國際貿易總局"), "oid")
    assert served(workspace).record(statistics) == changed
    shorter = tmp_path / "changes.csv"
    shorter.write_text("\n".join(CHANGES.read_text(encoding="utf-8-sig").splitlines()[:3]), encoding="utf-8")
    Publisher(workspace, Settings()).publish([shorter], "changes", allow_removals=True)
    release = served(workspace)
    sound(release)
    assert not said(release, statistics, ORG + "resultedFrom")
    publish(workspace, tmp_path / "list.csv")
    release = served(workspace)
    assert said(release, iri(3), ODL + "unrecognisedPublisher") == ["行政院主計處"], "no list has the former name any more"
    Publisher(workspace, Settings()).rebuild()
    assert served(workspace).content == release.content


def test_a_rebuild_knows_the_organisations_first(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", *names(1, "法務部統計處", "民政處")))
    assert not said(served(workspace), iri(2), ODL + "ambiguousPublisher")
    publish(workspace, LIST, "oid")
    publish(workspace, tmp_path / "list.csv")
    release = served(workspace)
    Publisher(workspace, Settings()).rebuild()
    rebuilt = served(workspace)
    assert rebuilt.content == release.content
    assert publisher_of(rebuilt, 1) == organization(f"{JUSTICE}.20124")


def test_a_new_list_of_organisations_says_how_it_takes_effect(workspace: Workspace, tmp_path: Path) -> None:
    assert not publish(workspace, write(tmp_path / "list.csv", *names(1, "經濟部工業局", "民政處"))).notes
    done = publish(workspace, LIST, "oid")
    assert any("odlinked publish --rebuild" in note for note in done.notes)
    assert publisher_of(served(workspace), 2) != organization(CIVIL)
    assert not served(workspace).findings(iri(2)), "not looked up yet"
    Publisher(workspace, Settings()).rebuild()
    assert publisher_of(served(workspace), 1) == organization(INDUSTRY)
    assert [f.rule for f in served(workspace).findings(iri(2))] == ["L60-publisher-ambiguous"]
    assert not publish(workspace, LIST, "oid").notes, "nothing changed"


def test_without_published_organisations_names_are_not_judged(tmp_path: Path) -> None:
    report, _ = check([write(tmp_path / "list.csv", row(1, 提供機關="民政處"))], None, None, Settings(), lambda stage, done: None)
    assert not report.findings
    assert {"L60-publisher-ambiguous", "L61-publisher-unknown"} <= {rule.name for rule in report.checked[0].later}


def test_shares_add_up(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "early.csv", row(9, 提供機關="某某處")), "early")
    publish(workspace, LIST, "oid")
    labels = ("經濟部工業局", "經濟部工業局", "經濟部能源署", "民政處", "某處", "")
    publish(workspace, write(tmp_path / "list.csv", *names(1, *labels)))
    found = {share.name: (share.datasets, share.publishers) for share in publishers.shares(served(workspace))}
    known = {"identified": (2, 1), "listed": (1, 1)}
    assert found == {"all": (7, 5), **known, "ambiguous": (1, 1), "unknown": (1, 1), "rest": (2, 1)}
    assert next(publishers.ranked(served(workspace))) == ("經濟部工業局", INDUSTRY, 2)
    for arguments, told in ((("--shares",), "ambiguous"), ((), INDUSTRY)):
        answer = CliRunner().invoke(main, ["list", "organizations", *arguments, "--workspace", str(workspace.root)])
        assert answer.exit_code == 0, answer.output
        assert told in answer.output
    assert CliRunner().invoke(main, ["list", "forms", "--shares"]).exit_code == 2


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(("language", "words"), [
    ("zh-Hant", ("下屬單位", "前身與舊名稱", "改制後", "衛生署改制為衛生福利部", "經濟部工業局改制為經濟部產業發展署", "待查證")),
    ("en", ("Its units", "What it was before", "What became of it", "Industrial Development Bureau became", "to be verified")),
])
def test_pages_show_units_changes_and_office(workspace: Workspace, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    publish(workspace, CHANGES, "changes")
    publish(workspace, write(tmp_path / "list.csv", *names(1, "經濟部工業局", "經濟部產業發展署")))
    app = create(Releases(workspace, Assets()), Settings())
    client = app.test_client()
    pages = {name: client.get(f"/organization/{name}?lang={language}").get_data(as_text=True)
             for name in (ECONOMY, INDUSTRY, "2.16.886.101.20003.20065")}
    together = "".join(pages.values())
    for word in words:
        assert word in together, word
    assert "02-27541255" in pages[INDUSTRY].replace("+886-2-", "02-")
    assert "台北市大安區信義路3段41之3號" in pages[INDUSTRY]
    assert '<time datetime="2023-09-26">' in pages[INDUSTRY]
    event = client.get("/id/event/2023-industrial-development")
    assert event.status_code == 303
    assert client.get(event.headers["Location"]).status_code == 200
    service = app.extensions.get("odlinked.sparql")
    if service:
        service.close()


def test_a_unit_that_no_list_has_is_below_the_body_its_name_begins_with(workspace: Workspace, tmp_path: Path) -> None:
    labels = ("經濟部政風處", "台北市政府環境保護局", "經濟部標準檢驗局臺中分局", "經濟部落格股份有限公司", "經濟部")
    publish(workspace, write(tmp_path / "list.csv", *names(1, *labels)))
    release = served(workspace)
    sound(release)
    units = [publisher_of(release, number) for number in range(1, 6)]
    inspection = organization(f"{ECONOMY}.20010")
    bodies = [organization(ECONOMY), organization("2.16.886.101.90003.20002"), inspection]
    for unit, body in zip(units, bodies, strict=False):
        assert said(release, unit, ORG + "subOrganizationOf") == said(release, unit, ODL + "parentByName") == [body]
        assert not said(release, unit, DCTERMS + "identifier"), "no identifier is inherited"
        assert unit in {record.iri for record in release.hanging("parent", body, 99)[1]}, "the body's page lists it"
    assert said(release, inspection, ORG + "subOrganizationOf") == [organization(ECONOMY)]
    assert not said(release, inspection, ODL + "parentByName"), "a list says so"
    assert not said(release, units[3], ORG + "subOrganizationOf")
    assert said(release, units[4], ORG + "subOrganizationOf") == [organization("2.16.886.101.20003")]


def test_a_list_that_has_the_unit_wins_over_its_name(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", *names(1, "經濟部採購處", "宜蘭縣政府民政處"))
    publish(workspace, file)
    before = publisher_of(served(workspace), 2)
    assert said(served(workspace), before, ODL + "parentByName") == [organization(YILAN)]
    publish(workspace, LIST, "oid")
    publish(workspace, file)
    release = served(workspace)
    sound(release)
    assert publisher_of(release, 2) == organization(CIVIL)
    assert said(release, organization(CIVIL), ORG + "subOrganizationOf") == [organization(YILAN)]
    assert not said(release, organization(CIVIL), ODL + "parentByName")
    personnel = publisher_of(release, 1)
    assert said(release, personnel, ODL + "parentByName") == [organization(ECONOMY)]
