"""Hand-ins wait for approval: kept as they are, seen by nobody, published as they were handed in."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders import firsts
from builders.catalogs import everywhere
from builders.tools import told_by_tools
from click.testing import CliRunner
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.clock import Clock
from odlinked.errors import FormError, InputError, WorkspaceError
from odlinked.publishing.handins import HandIns
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create

HEADS = ("序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
         "國家環境保護計畫分類", "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註")
TODAY = date(2026, 11, 29)
DOORS = (
    "/", "/datasets", "/datasets?q=候核", "/datasets.atom", "/badges.atom", "/organizations", "/requests", "/themes",
    "/catalog.ttl", "/catalog.jsonld", "/void", "/sitemap.xml", "/sitemap/dataset-1.xml", "/feeds/dcat-ap", "/feeds/dcat-ap.trig",
    "/quality", "/source/moenv", "/query/datasets.csv", "/api/3/action/package_list", "/api/3/action/package_search?q=候核",
    "/reconcile/suggest/entity?prefix=候核")
RECORD = ("/dataset/pend_1", "/id/dataset/pend_1", "/history/dataset/pend_1", "/quality/dataset/pend_1",
          "/findings/dataset/pend_1.csv")


def at(hour: int, day: int = 29) -> Clock:
    return Clock.of("+08:00", datetime(2026, 11, day, hour, tzinfo=UTC))


def inventory(path: Path, *rows: tuple[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADS)
        for number, (code, title) in enumerate(rows, 1):
            texts = ("大氣環境司", "各測站逐時測值。", "環境", "空氣", "11", "114年5月", "", "", "")
            out.writerow([number, "新增", title, code, *texts])
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "var")
    firsts.publish(made, [inventory(tmp_path / "first.csv", ("open_1", "已開放之資料"))], "moenv", Settings(), at(1))
    return made


def handins(workspace: Workspace, clock: Clock | None = None) -> HandIns:
    return HandIns(Publisher(workspace, Settings(), clock=clock or at(2)))


def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


def seen(workspace: Workspace) -> bool:
    """Whether any door of the service tells something of the hand-in."""
    web = client(workspace)
    text = everywhere(workspace)
    for door in DOORS:
        answer = web.get(door, follow_redirects=True)
        assert answer.status_code == 200, (door, answer.status_code)
        text += answer.text.replace(door, "")
    answers = {web.get(door, follow_redirects=True).status_code for door in RECORD}
    text += "pend_1" if answers != {404} else ""
    query = "SELECT ?o WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } FILTER(CONTAINS(STR(?o), '候核')) }"
    text += web.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text
    return "候核之資料" in text or "pend_1" in text


def test_a_hand_in_is_seen_at_no_door_before_its_approval_and_at_them_after_it(workspace: Workspace, tmp_path: Path) -> None:
    release = workspace.current()
    made, found = handins(workspace).keep([inventory(tmp_path / "unit.csv", ("pend_1", "候核之資料"))], "moenv")
    assert (made.number, found.done.added, found.done.new) == ("H0001", 1, True)
    assert workspace.current() == release
    assert not seen(workspace)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (workspace.root / "pending").rglob("*"))
    Publisher(workspace, Settings(), clock=at(3)).rebuild()
    Publisher(workspace, Settings(), clock=at(4)).measure(TODAY)
    assert not seen(workspace), "neither does a rebuild or a measurement publish it"
    done = handins(workspace, at(5)).approve("H0001", TODAY, "環部資字第1150001234號")
    assert (done.added, done.gone) == (1, 0)
    assert seen(workspace)
    (kept,) = handins(workspace).all()
    (file,) = kept.files
    assert (file.day, file.document, file.release) == ("2026-11-29", "環部資字第1150001234號", done.release)
    assert [path.name for path in (workspace.root / "pending").rglob("*") if path.is_file()] == ["hand-in.json"], (
        "what is approved is kept with the inputs, where a purge finds it")


def test_what_cannot_be_approved_is_told_and_stays(workspace: Workspace, tmp_path: Path) -> None:
    one, two = inventory(tmp_path / "one.csv", ("pend_1", "候核之資料")), inventory(tmp_path / "two.csv", ("pend_2", "另一件"))
    desk = handins(workspace)
    desk.keep([one, two], "moenv")
    with pytest.raises(InputError, match="no hand-in of that number"):
        desk.approve("H0009", TODAY, "1150001234")
    with pytest.raises(InputError, match="still to come"):
        desk.approve("H0001", date(2026, 11, 30), "1150001234")
    for document in ("", "奉核", "1\n2", "1" * 101):
        with pytest.raises(InputError, match="no document number"):
            desk.approve("H0001", TODAY, document)
    changed = inventory(tmp_path / "copy.csv", ("pend_1", "候核之資料改"))
    with pytest.raises(InputError, match="not as it was handed in"):
        desk.approve("H0001", TODAY, "1150001234", [changed])
    assert not seen(workspace)
    assert desk.approve("H0001", TODAY, "1150001234", [two]).added == 1, "of part: the other file stays pending"
    assert not seen(workspace)
    with pytest.raises(InputError, match=r"approved already, on 2026-11-29 under 1150001234"):
        desk.approve("H0001", TODAY, "1150001235", [two])
    assert desk.approve("H0001", TODAY, "1150001236").added == 1
    assert seen(workspace)
    with pytest.raises(InputError, match="approved already"):
        desk.approve("H0001", TODAY, "1150001237")
    with pytest.raises(InputError, match="approved already"):
        desk.give_back("H0001")


def test_a_kept_copy_that_was_changed_is_not_published(workspace: Workspace, tmp_path: Path) -> None:
    desk = handins(workspace)
    desk.keep([inventory(tmp_path / "unit.csv", ("pend_1", "候核之資料"))], "moenv")
    (workspace.root / "pending" / "H0001" / "1" / "unit.csv").write_text("別的", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="not what was handed in"):
        desk.approve("H0001", TODAY, "1150001234")
    assert not seen(workspace)


def test_what_cannot_be_published_cannot_be_handed_in(workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(FormError):
        handins(workspace).keep([other], "moenv")
    assert handins(workspace).all() == []


def test_a_hand_in_is_given_back(workspace: Workspace, tmp_path: Path) -> None:
    desk = handins(workspace)
    desk.keep([inventory(tmp_path / "unit.csv", ("pend_1", "候核之資料"))], "moenv")
    desk.give_back("H0001")
    assert list((workspace.root / "pending").glob("H*")) == []
    with pytest.raises(InputError, match="no hand-in of that number"):
        desk.approve("H0001", TODAY, "1150001234")


def test_an_older_whole_list_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    def whole(name: str, title: str) -> Path:
        path = tmp_path / name
        heads = "年度,活動名稱,日期,地點,主辦單位,參加人次"
        path.write_text(f"{heads}\n109,{title},109年7月24日,大禮堂,資訊中心,74\n", encoding="utf-8")
        return path

    workspace = Workspace(tmp_path / "var")
    desk = handins(workspace, at(1))
    desk.keep([whole("old.csv", "舊研討會")], "events")
    handins(workspace, at(2)).keep([whole("new.csv", "新研討會")], "events")
    handins(workspace, at(3)).approve("H0002", TODAY, "1150001234")
    with pytest.raises(InputError, match="handed in before H0002"):
        handins(workspace, at(4)).approve("H0001", TODAY, "1150001235")


def test_an_older_table_of_changes_is_told(workspace: Workspace, tmp_path: Path) -> None:
    handins(workspace, at(2)).keep([inventory(tmp_path / "a.csv", ("pend_1", "候核之資料"))], "moenv")
    handins(workspace, at(3)).keep([inventory(tmp_path / "b.csv", ("pend_2", "另一件"))], "moenv")
    handins(workspace, at(4)).approve("H0002", TODAY, "1150001234")
    done = handins(workspace, at(5)).approve("H0001", TODAY, "1150001235")
    assert any("H0001 was handed in before H0002" in note for note in done.notes)


def test_no_tool_for_assistants_tells_of_a_hand_in(workspace: Workspace, tmp_path: Path) -> None:
    handins(workspace).keep([inventory(tmp_path / "unit.csv", ("pend_1", "候核之資料"))], "moenv")

    def told() -> str:
        base = Releases(workspace).current().base
        return told_by_tools(client(workspace).application, ["候核"], [f"{base}/id/dataset/pend_1", "pend_1"])

    before = told()
    assert [text for text in ("pend_1", "H0001", '"之資料"') if text in before] == []
    handins(workspace, at(5)).approve("H0001", TODAY, "1150001234")
    assert '"之資料"' in told()


def test_a_purge_names_the_hand_ins_that_wait(workspace: Workspace, tmp_path: Path) -> None:
    """A hand-in may hold the row that is erased: it is in no release, so the purge does not reach it."""
    def purged() -> str:
        base = Releases(workspace).current().base
        told = CliRunner().invoke(main, ["purge", f"{base}/id/dataset/open_1", "--workspace", str(workspace.root)],
                                  env={"ODLINKED_LANG": "en"})
        assert told.exit_code == 0, told.output
        return told.output

    handins(workspace).keep([inventory(tmp_path / "a.csv", ("open_1", "已開放之資料"))], "moenv")
    handins(workspace).keep([inventory(tmp_path / "b.csv", ("open_2", "又一"))], "other")
    handins(workspace, at(5)).give_back("H0002")
    assert "Hand-ins that wait were not looked into: H0001 (moenv)." in purged()


def test_the_command_line_hands_in_lists_and_approves(workspace: Workspace, tmp_path: Path) -> None:
    unit = inventory(tmp_path / "unit.csv", ("pend_1", "候核之資料"))

    def run(*options: str) -> tuple[int, str]:
        told = CliRunner().invoke(main, [*options, "--workspace", str(workspace.root)], env={"ODLINKED_LANG": "en"})
        return told.exit_code, told.output

    code, output = run("publish", str(unit), "--source", "moenv", "--pending")
    assert (code in (0, 1), "H0001" in output) == (True, True)
    assert "waits  unit.csv" in run("list", "pending")[1]
    assert run("approve", "H0001")[0] == 2
    assert run("approve", "H0001", "--day", "115/13/1", "--document", "1150001234")[0] == 2
    code, output = run("approve", "H0001", "--day", "115/11/20", "--document", "1150001234")
    assert code in (0, 1), output
    assert "approved on 2026-11-20, 1150001234" in run("list", "pending")[1]
    code, output = run("approve", "H0001", "--day", "115/11/20", "--document", "1150001234")
    assert (code, "approved already" in output) == (2, True)
