"""Harvesting the national platform: its whole list once, then the changes of each day, and single records by its API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import national_list, source_server
from builders.national_list import HEADER
from builders.source_server import Answer, SourceServer, harvester, settings, texts

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.harvesting.harvest import Harvested
from odlinked.settings import Settings, SourceSettings

FIRST = datetime(2026, 3, 1, 4, tzinfo=UTC)
LIST = "/export"


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


def _csv(*rows: list[str], more: str = "") -> Answer:
    head = [*HEADER, *(["資料集變動狀態"] if more else [])]
    lines = [",".join(f'"{cell}"' for cell in cells) for cells in (head, *rows)]
    return 200, {"Content-Type": "text/html"}, ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _change(number: int, status: str, **cells: str) -> list[str]:
    return [*national_list.row(number, **cells), status]


def _chosen(server: SourceServer, **more: str) -> Settings:
    source = SourceSettings(address=server.url(LIST), kind="national", changes=server.url("/changed?report_date={date}"), **more)
    return settings(server, src=source)


def _harvest(workspace: Workspace, chosen: Settings, days: int = 0, **options: bool) -> Harvested:
    clock = Clock.of("+08:00", FIRST + timedelta(days=days))
    return harvester(workspace, chosen, clock).harvest("src", **options)


def _whole(server: SourceServer) -> None:
    server.pages[LIST] = _csv(*(national_list.row(number) for number in range(7001, 7011)))


def test_the_whole_list_is_published_as_a_list(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    found = _harvest(workspace, _chosen(server))
    assert found.run.result == "published", found.run.why
    assert (found.run.counts["records"], found.run.counts["requests"]) == (10, 1)
    made = texts(workspace, "src")
    names = {f"https://data.example.tw/id/dataset/{number}" for number in range(7001, 7011)}
    assert {iri for iri in made if "/id/dataset/" in iri} == names
    assert "承辦人甲" not in "".join(made.values())


def test_later_only_the_changes_of_the_days_since_are_fetched(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = _chosen(server)
    _harvest(workspace, chosen)
    server.requests.clear()
    server.pages |= {
        "/changed?report_date=2026-03-01": _csv(more="yes"),
        "/changed?report_date=2026-03-02": _csv(
            _change(7001, "資料集修改", 資料集名稱="改名"), _change(7011, "資料集上架"), more="yes"),
        "/changed?report_date=2026-03-03": _csv(_change(7002, "資料集下架"), more="yes")}
    found = _harvest(workspace, chosen, days=2)
    assert found.run.result == "published", found.run.why
    assert (found.run.counts["added"], found.run.counts["changed"], found.run.counts["gone"]) == (1, 1, 1)
    assert [path.partition("=")[2] for path, _ in server.requests] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    made = texts(workspace, "src")
    assert '"改名"' in made["https://data.example.tw/id/dataset/7001"]
    assert "https://data.example.tw/id/dataset/7002" not in made
    again = _harvest(workspace, chosen, days=2)
    assert (again.run.result, again.run.counts["requests"], again.run.counts["not_modified"]) == ("unchanged", 1, 1)


def test_after_a_month_the_whole_list_is_read_again(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = _chosen(server)
    _harvest(workspace, chosen)
    server.requests.clear()
    assert _harvest(workspace, chosen, days=40).run.is_good
    assert [path for path, _ in server.requests] == [LIST]


def test_single_records_add_what_the_list_does_not_have(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = _chosen(server, record=server.url("/api/v2/rest/dataset/{id}"))
    _harvest(workspace, chosen)
    record = {"datasetId": 7001, "title": "空氣品質7001", "description": "測站每小時觀測結果。", "keyword": ["懸浮微粒"],
              "license": "1", "publisherOID": "環境部", "categoryService": "公共資訊", "cost": "免費",
              "publisherContactName": "承辦人甲",
              "distribution": [{"resourceDescription": "CSV", "resourceFormat": "CSV",
                                "resourceDownloadUrl": "https://a.example/1.csv"}]}
    server.pages |= {
        "/changed?report_date=2026-03-01": _csv(_change(7001, "資料集修改"), _change(7002, "資料集修改", 備註="改"), more="yes"),
        "/api/v2/rest/dataset/7001": (200, {"Content-Type": "application/json"}, json.dumps(
            {"success": True, "result": record}).encode()),
        "/api/v2/rest/dataset/7002": (200, {"Content-Type": "application/json"}, json.dumps(
            {"success": False, "error": {"error_type": "ER0001:API Key錯誤"}}).encode())}
    found = _harvest(workspace, chosen)
    assert found.run.is_good, found.run.why
    assert found.run.counts["absent_count"] == 1
    text = texts(workspace, "src")["https://data.example.tw/id/dataset/7001"]
    assert "懸浮微粒" in text
    assert "承辦人甲" not in text


BAD: dict[str, Answer] = {
    "a login page": (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><form></form></html>"),
    "nothing": (200, {}, b""),
    "a workbook": (200, {}, b"PK\x03\x04" + bytes(500)),
    "an error": (200, {"Content-Type": "application/json"}, b'{"success": false, "error": {}}'),
    "half of JSON": (200, {"Content-Type": "application/json"}, b'[{"a": 1}, '),
    "deep JSON": (200, {"Content-Type": "application/json"}, b"[" * 100_000),
    "another table": (200, {}, "甲,乙\r\n1,2\r\n".encode()),
    "headings alone": _csv(),
    "not found": (404, {}, b""),
    "a redirect to a private network": (302, {"Location": "http://10.0.0.1/"}, b""),
    "most records gone": _csv(national_list.row(7001)),
    "every column shifted": _csv(*([*national_list.row(number)[1:], ""] for number in range(7001, 7011))),
}


@pytest.mark.parametrize("fault", BAD)
def test_nonsense_keeps_the_last_good_state(server: SourceServer, workspace: Workspace, fault: str) -> None:
    _whole(server)
    chosen = _chosen(server)
    _harvest(workspace, chosen)
    before, release = texts(workspace, "src"), workspace.current()
    server.pages[LIST] = BAD[fault]
    found = _harvest(workspace, chosen, days=40)
    assert (found.run.result, bool(found.run.why)) == ("failed", True)
    assert (texts(workspace, "src"), workspace.current()) == (before, release)


def test_changes_that_take_most_down_are_refused(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = _chosen(server)
    _harvest(workspace, chosen)
    release = workspace.current()
    server.pages["/changed?report_date=2026-03-01"] = _csv(*(_change(n, "資料集下架") for n in range(7001, 7009)), more="yes")
    found = _harvest(workspace, chosen)
    assert (found.run.result, workspace.current()) == ("failed", release)
    assert "take down 8 of 10" in found.run.why
    assert _harvest(workspace, chosen, allow_removals=True).run.counts["gone"] == 8


def test_a_day_that_is_refused_is_told_with_the_days_before_it(server: SourceServer, workspace: Workspace) -> None:
    """The first day is published: the run that fails at the second does not say that nothing of it is."""
    _whole(server)
    chosen = _chosen(server)
    _harvest(workspace, chosen)
    server.pages |= {
        "/changed?report_date=2026-03-01": _csv(_change(7001, "資料集修改", 資料集名稱="改名"), more="yes"),
        "/changed?report_date=2026-03-02": _csv(*(_change(n, "資料集下架") for n in range(7002, 7010)), more="yes")}
    found = _harvest(workspace, chosen, days=1)
    assert (found.run.result, found.run.release, found.run.counts["changed"]) == ("failed", workspace.current(), 1)
    assert found.run.has_published
    assert "take down 8 of 10" in found.run.why


def test_a_list_that_is_the_same_tells_how_many_records_it_has(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = settings(server, src=SourceSettings(address=server.url(LIST), kind="national"))
    _harvest(workspace, chosen)
    again = _harvest(workspace, chosen, days=1)
    assert (again.run.result, again.run.counts["records"]) == ("unchanged", 10)


def test_what_was_no_row_is_counted_on_each_day(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = _chosen(server)
    _harvest(workspace, chosen)
    rows = dict(zip([*HEADER, "資料集變動狀態"], _change(7001, "資料集修改", 資料集名稱="改名"), strict=True))
    kind = {"Content-Type": "application/json"}
    server.pages |= {
        "/changed?report_date=2026-03-01": (200, kind, json.dumps([rows, None, "text"]).encode()),
        "/changed?report_date=2026-03-02": (200, kind, json.dumps([rows, None]).encode())}
    found = _harvest(workspace, chosen, days=1)
    assert (found.run.result, found.run.refused) == ("published", {"P86-record-described": 3})


def test_one_bad_row_does_not_stop_the_rest_and_json_is_a_list_too(server: SourceServer, workspace: Workspace) -> None:
    rows: list[object] = [dict(zip(HEADER, national_list.row(number), strict=True)) for number in range(7001, 7004)]
    server.pages[LIST] = (200, {"Content-Type": "application/json"}, json.dumps([*rows, None, "text", {}]).encode())
    found = _harvest(workspace, _chosen(server))
    assert found.run.is_good, found.run.why
    assert (found.done.added if found.done else 0) >= 3
    assert found.run.refused == {"P86-record-described": 2}


def test_a_dry_run_changes_nothing(server: SourceServer, workspace: Workspace) -> None:
    _whole(server)
    chosen = _chosen(server)
    assert _harvest(workspace, chosen, dry_run=True).rehearsed is not None
    assert workspace.current() is None
    _harvest(workspace, chosen)
    server.pages["/changed?report_date=2026-03-01"] = _csv(more="yes")
    assert _harvest(workspace, chosen, dry_run=True).run.result == "rehearsed"
    for day in (1, 2):
        change = _change(7000 + day, "資料集修改", 資料集名稱="改名")
        server.pages[f"/changed?report_date=2026-03-0{day}"] = _csv(change, more="yes")
    assert _harvest(workspace, chosen, days=1, dry_run=True).run.counts["untried"] == 1, "it does not say less than would happen"


def test_loopback_is_refused_unless_a_setting_names_it(server: SourceServer, workspace: Workspace) -> None:
    chosen = _chosen(server)
    chosen = replace(chosen, check=replace(chosen.check, test_hosts=()))
    assert _harvest(workspace, chosen).run.result == "failed"
    assert server.requests == []
