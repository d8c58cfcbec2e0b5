"""States of a dataset, end to end: what is withheld or unapproved stays private, what was public leaves a tombstone."""

from __future__ import annotations

from pathlib import Path

from builders.agency_tables import OPEN, PLANNED, REQUEST, THEN, WITHHELD, opened, publish, withheld, write
from builders.catalogs import answers, everywhere, facts, iri, served

from odlinked.catalog import index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings, Settings


def test_a_withheld_record_is_judged_and_not_served(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")))
    table = write(
        tmp_path / "withheld.csv", WITHHELD, withheld("陳情人名冊", 資料集代碼="sec_1", 不予提供資料之法令依據或理由="")
    )
    done = publish(workspace, table)
    assert (done.added, done.private, done.violations) == (0, 1, 1)
    release = served(workspace)
    assert release.record(iri("sec_1")) is None
    assert release.document(iri("sec_1")) is None
    assert release.search("陳情人").total == 0
    assert release.counts()["dataset"] == 1
    assert "陳情人" not in everywhere(workspace)
    for path in ("/id/dataset/sec_1", "/dataset/sec_1", "/dataset/never_1"):
        assert answers(workspace, path)[0] == 404
    assert answers(workspace, "/dataset/sec_1")[1].replace("sec_1", "never_1") == answers(workspace, "/dataset/never_1")[1]


def test_a_source_set_public_says_what_it_withholds(workspace: Workspace, tmp_path: Path) -> None:
    table = write(tmp_path / "withheld.csv", WITHHELD, withheld("陳情人名冊", 資料集代碼="sec_1"))
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")))
    publish(workspace, table)
    assert publish(workspace, table, public=True).private == 0
    release = served(workspace)
    assert release.state(iri("sec_1")).endswith("/withheld")
    assert facts(release, "sec_1")["withholdingGround"] == {"foi-18-1-6"}
    assert answers(workspace, "/dataset/sec_1")[0] == 200
    assert publish(workspace, table).gone == 1
    record = served(workspace).record(iri("sec_1"))
    assert record is not None
    assert record.state == "gone", "once public, never 404"
    assert "陳情人" not in served(workspace).search("陳情人").records


def test_an_unapproved_record_waits_and_leaves_what_was_public(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "one.csv", OPEN, opened("wqx_1")))
    done = publish(
        workspace,
        write(
            tmp_path / "two.csv",
            OPEN,
            opened("wqx_1", "異動", 資料集描述="未經核定之描述。", 備註="陳核中"),
            opened("wqx_2", 備註="尚待核定"),
        ),
    )
    assert (done.held, done.private) == (1, 1)
    assert "未經核定之描述" not in everywhere(workspace)
    assert served(workspace).record(iri("wqx_2")) is None
    publish(workspace, write(tmp_path / "three.csv", OPEN, opened("wqx_2")))
    assert served(workspace).search("wqx_2").total == 1


def test_a_withdrawal_without_approval_is_a_tombstone_and_says_so(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "one.csv", OPEN, opened("wqx_1"), opened("wqx_2"), opened("wqx_3")))
    done = publish(
        workspace,
        write(
            tmp_path / "two.csv",
            OPEN,
            opened(
                "wqx_1",
                "下架",
                下架面向="標準面",
                下架原因="欄位併入標準資料集",
                資訊長核定="115年5月6日",
                提報會議="115年度第1次會議",
            ),
            opened("wqx_2", "下架", 備註="應用面：無使用需求；115年5月6日簽奉資訊長核定；提報115年度第1次資料開放諮詢小組會議"),
            opened("wqx_3", "下架", 備註="應用面：無使用需求；資訊長尚未核定"),
        ),
    )
    assert (done.gone, done.issues) == (3, 2)
    release = served(workspace)
    assert facts(release, "wqx_1")["withdrawalFacet"] == {"standard"}
    assert facts(release, "wqx_1")["approvalStatus"] == {"approved"}
    assert facts(release, "wqx_2")["approval"] == {"115年5月6日簽奉資訊長核定"}
    assert facts(release, "wqx_3")["approvalStatus"] == {"unapproved"}
    status, page = answers(workspace, "/dataset/wqx_3?lang=en")
    assert status == 410
    assert "no approval stated" in page
    status, turtle = answers(workspace, "/dataset/wqx_1", "text/turtle")
    assert status == 410
    assert "欄位併入標準資料集" in turtle


def test_open_data_that_become_withheld_leave_what_may_be_said(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2")))
    done = publish(
        workspace,
        write(
            tmp_path / "withheld.csv",
            WITHHELD,
            withheld("改名之水質資料", 資料集代碼="wqx_1", 備註="115年5月2日部長核可；115年5月6日於政府資料開放平臺公告停止提供"),
            withheld("另一份", 備註="原資料集代碼：wqx_2", 不予提供資料之法令依據或理由="內情不可說，屬營業秘密"),
        ),
    )
    assert (done.gone, done.private) == (2, 0)
    release = served(workspace)
    assert facts(release, "wqx_1")["title"] == {"河川水質監測wqx_1"}
    assert facts(release, "wqx_1")["withholdingGround"] == {"foi-18-1-6"}
    assert facts(release, "wqx_1")["approvalStatus"] == {"approved"}
    assert facts(release, "wqx_2")["approvalStatus"] == {"unapproved"}
    assert "內情不可說" not in everywhere(workspace)
    assert "改名之水質資料" not in everywhere(workspace)
    told = index.Index(release.folder / "catalog.sqlite", read_only=True).issues()
    assert sorted({fault.rule for *_, fault in told}) == [
        "L27-conversion-approval",
        "L27-conversion-ground",
        "L27-conversion-notice",
        "M25-withholding-ground-code",
    ]


def test_open_data_that_go_on_request_stay_at_their_address(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")))
    row = {
        "資料集名稱": "河川水質監測",
        "使用條件": "2.限制利用：限學術研究",
        "資料申請網址": "https://data.example.tw/apply",
        "實質效益": "研究",
        "提供單位": "水質保護司",
        "開放年月": "115年5月",
        "聯絡電話／電子郵件": "02-5555-0100#2801",
        "資料集代碼": "wqx_1",
        "轉換依據或理由": "涉及第三人權利",
        "機關首長核可": "115年5月2日",
    }
    done = publish(workspace, write(tmp_path / "request.csv", REQUEST, row))
    assert (done.changed, done.issues) == (1, 1), "the public notice is missing"
    assert served(workspace).state(iri("wqx_1")).endswith("/on-request")
    assert served(workspace).counts().get("state.open", 0) == 0
    page = answers(workspace, "/dataset/wqx_1?lang=en")[1]
    assert "https://data.example.tw/apply" in page
    assert "限學術研究" in page


def test_what_is_planned_is_not_counted_as_open_until_its_month(workspace: Workspace, tmp_path: Path) -> None:
    table = write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2", 開放年月=PLANNED))
    first = publish(workspace, table)
    counts = served(workspace).counts()
    assert (counts["state.open"], counts["state.planned"]) == (1, 1)
    status, page = answers(workspace, "/dataset/wqx_2?lang=en")
    assert status == 200
    assert "planned" in page
    assert not publish(workspace, table).new
    text = served(workspace).document(iri("wqx_2"))
    later = publish(workspace, table, clock=THEN)
    assert later.release != first.release, "the month has come, though no row changed"
    assert served(workspace).counts()["state.open"] == 2
    assert served(workspace).document(iri("wqx_2")) == text, "the document does not hold the time it was looked at"


def test_an_opening_that_is_only_planned_is_none_however_past(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2", 開放年月="預計113年第1季")))
    counts = served(workspace).counts()
    assert (counts["state.open"], counts["state.planned"]) == (1, 1)
    assert facts(served(workspace), "wqx_2")["plannedOpening"] == {"2024-03"}
    assert "issued" not in facts(served(workspace), "wqx_2")
    page = answers(workspace, "/dataset/wqx_2?lang=en")[1]
    assert "planned" in page
    assert not publish(workspace, tmp_path / "open.csv").new, "no month makes it open"


def test_placeholders_for_codes_overwrite_no_other_record(workspace: Workspace, tmp_path: Path) -> None:
    rows = [opened("-", 資料集名稱="甲"), opened("-", 資料集名稱="乙", 提供單位="大氣環境司"), opened("待編", 資料集名稱="丙")]
    publish(workspace, write(tmp_path / "one.csv", OPEN, *rows))
    publish(workspace, write(tmp_path / "two.csv", OPEN, opened("-", 資料集名稱="丁", 提供單位="資源循環署")))
    assert served(workspace).counts()["dataset"] == 4


def test_months_and_days_are_compared_as_far_as_they_go() -> None:
    now = "2026-11-22T08:00:00+08:00"
    assert index.is_future("2026-12", now)
    assert index.is_future("2026-11-23", now)
    assert not index.is_future("2026-11", now)
    assert not index.is_future("2026-11-22T23:00:00+08:00", now)
    assert not index.is_future("", now)


def test_another_source_does_not_tell_a_private_record(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "withheld.csv", WITHHELD, withheld("陳情人名冊", 資料集代碼="sec_1")), "first")
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("sec_1")), "second")
    release = served(workspace)
    assert release.record(iri("sec_1")) is None
    assert "sameAs" not in facts(release, "second.sec_1")
    assert f"<{iri('sec_1')}>" not in everywhere(workspace)


def test_a_rebuild_keeps_what_is_private_private(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2")))
    publish(workspace, write(tmp_path / "withheld.csv", WITHHELD, withheld("陳情人名冊"), withheld("水質", 資料集代碼="wqx_2")))
    before = served(workspace)
    rebuilt = Publisher(workspace, Settings()).rebuild()
    assert rebuilt.private == 1
    after = served(workspace)
    assert after.content == before.content
    assert "陳情人" not in everywhere(workspace)
    assert facts(after, "wqx_2")["approvalStatus"] == {"unapproved"}


def test_what_takes_a_record_down_is_not_held_back(workspace: Workspace, tmp_path: Path) -> None:
    settings = Settings(publish=PublishSettings(violations="hold"))
    for number, table in enumerate((
        write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2"), opened("wqx_3")),
        write(tmp_path / "down.csv", OPEN, opened("wqx_1", "下架"), opened("wqx_3", "異動", 資料集名稱="")),
        write(tmp_path / "withheld.csv", WITHHELD, withheld("水質", 資料集代碼="wqx_2", 不予提供資料之法令依據或理由="")),
    )):
        done = Publisher(workspace, settings).publish([table], "moenv")
        assert (done.gone, done.held) == ((0, 0), (1, 1), (1, 0))[number]
    states = {code: record.state for code in ("wqx_1", "wqx_2", "wqx_3") if (record := served(workspace).record(iri(code)))}
    assert states == {"wqx_1": "gone", "wqx_2": "gone", "wqx_3": "live"}


def test_unapproved_content_goes_when_its_source_is_public_no_more(workspace: Workspace, tmp_path: Path) -> None:
    table = write(tmp_path / "open.csv", OPEN, opened("wqx_1", 備註="陳核中"), opened("wqx_2"))
    publish(workspace, table, public=True)
    assert served(workspace).counts()["dataset"] == 2
    assert publish(workspace, table).gone == 1
    record = served(workspace).record(iri("wqx_1"))
    assert record is not None
    assert record.state == "gone"


def test_a_private_record_that_is_withdrawn_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2", 備註="陳核中")))
    publish(workspace, write(tmp_path / "down.csv", OPEN, opened("wqx_2", "下架", 備註="撤回")))
    assert served(workspace).record(iri("wqx_2")) is None
    assert answers(workspace, "/dataset/wqx_2")[0] == 404
