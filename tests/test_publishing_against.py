"""What a publish decides against what is published: removals, lists and changes, unknown codes, conversions, empty columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import firsts
from builders.agency_tables import OPEN, REQUEST, WITHHELD, opened, withheld, write
from builders.catalogs import answers, facts, iri, served
from builders.national_list import HEADER, row
from builders.national_list import write as write_list
from click.testing import CliRunner

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.errors import FormError, SettingsError, WorkspaceError
from odlinked.publishing.assemble import Published
from odlinked.publishing.publish import Publisher
from odlinked.publishing.rehearsal import rehearse
from odlinked.settings import MeasureSettings, PublishSettings, Settings
from odlinked.settings_file import load

QUICK = Settings(measure=MeasureSettings(at_publish=False))


def publish(workspace: Workspace, *files: Path, source: str = "moenv", settings: Settings = QUICK,
            allow: bool = False) -> Published:
    return firsts.publish(workspace, files, source, settings, allow_removals=allow)


def told(workspace: Workspace) -> list[tuple[str, str, str]]:
    """Return rule, cell and what is at odds of what the served release tells of rows against what was published."""
    name = workspace.current()
    index = Index(workspace.releases / str(name) / "catalog.sqlite", read_only=True)
    found = [(fault.rule.split("-")[0], f"{fault.column}{number}", fault.other) for _, _, number, fault in index.issues()
             if fault.rule.startswith(("L5", "L16", "L17", "L27"))]
    index.close()
    return sorted(found)


def contents(workspace: Workspace) -> dict[str, bytes]:
    """Return all files of a workspace but those that SQLite's readers share."""
    return {str(path): path.read_bytes() for path in workspace.root.rglob("*") if path.is_file() and path.suffix != ".sqlite-shm"}


def request(title: str, **cells: str) -> dict[str, str]:
    """Return a row of table 2."""
    return {"序號": "1", "資料集名稱": title, "使用條件": "2.限制利用：限學術研究", "資料申請網址": "https://data.example.tw/apply",
            "實質效益": "供學術研究", "提供單位": "水質保護司", "聯絡電話／電子郵件": "02-5555-0100#2801", **cells}


def test_a_list_that_would_take_most_of_a_source_down_stops_before_anything_changes(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 8)]
    publish(workspace, write_list(tmp_path / "all.csv", *rows), source="n")
    kept = sorted(workspace.inputs.iterdir())
    for name, left in (("header-only", 0), ("one", 1), ("half", 4), ("five", 5)):
        with pytest.raises(WorkspaceError, match=rf"would take down {7 - left} of 7 records of source n.*--allow-removals"):
            publish(workspace, write_list(tmp_path / f"{name}.csv", *rows[:left]), source="n")
        assert sorted(workspace.inputs.iterdir()) == kept
    assert workspace.current() == "000001"
    assert publish(workspace, write_list(tmp_path / "six.csv", *rows[:6]), source="n").gone == 1
    assert publish(workspace, write_list(tmp_path / "two.csv", *rows[:2]), source="n", allow=True).gone == 4
    every = Settings(publish=PublishSettings(most_removals=1.0), measure=MeasureSettings(at_publish=False))
    assert publish(workspace, write_list(tmp_path / "none.csv"), source="n", settings=every).gone == 2
    Publisher(workspace, QUICK).rebuild()
    assert served(workspace).counts()["gone"] >= 7


def test_a_few_rows_may_withdraw_what_they_name_and_a_great_many_may_not(workspace: Workspace, tmp_path: Path) -> None:
    codes = [f"wqx_{number}" for number in range(1, 11)]
    publish(workspace, write(tmp_path / "open.csv", OPEN, *(opened(code) for code in codes)))
    many = write(tmp_path / "many.csv", OPEN, *(opened(code, "下架", 下架原因="整併") for code in codes[:6]))
    with pytest.raises(WorkspaceError, match="would take down 6 of 10"):
        publish(workspace, many)
    few = write(tmp_path / "few.csv", OPEN, *(opened(code, "下架", 下架原因="整併") for code in codes[:5]))
    assert publish(workspace, few).gone == 5
    assert publish(workspace, many, allow=True).gone == 1


def test_a_share_is_from_0_to_1(tmp_path: Path) -> None:
    (tmp_path / "odlinked.toml").write_text("[publish]\nmost_removals = 1.5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="0 to 1"):
        load(tmp_path / "odlinked.toml")


def test_a_whole_list_is_refused_by_a_source_that_holds_changes_only(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")))
    whole = write_list(tmp_path / "list.csv", row(1))
    with pytest.raises(FormError, match=r"list\.csv: it is a whole list \(form data-gov-tw\) and source moenv holds changes"):
        publish(workspace, whole)
    assert publish(workspace, whole, source="national").added == 1
    assert publish(workspace, whole, allow=True).gone == 1


def test_rows_that_name_unknown_codes_are_told_of_what_they_may_mean(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("river_01"), opened("river_02"), opened("river_03")))
    assert told(workspace) == []
    typed = write(tmp_path / "typed.csv", OPEN, opened("river_o1", "下架", 資料集名稱="別的名稱"))
    done = publish(workspace, typed)
    assert (done.gone, done.held) == (0, 1)
    assert served(workspace).record(iri("river_o1")) is None
    assert told(workspace) == [("L50", "D2", "river_01")]
    changes = write(tmp_path / "changes.csv", OPEN, opened("river_2", "異動", 資料集名稱="河川水質監測river_02"),
                    opened("lake_77", "異動"), opened("river_03", "新增", 資料集描述="河川水質之每月檢測結果。"))
    done = publish(workspace, changes)
    assert (done.added, done.changed, done.held) == (1, 1, 1)
    assert served(workspace).record(iri("river_2")) is None
    assert told(workspace) == [("L50", "D2", "river_01"), ("L51", "D3", ""), ("L52", "D2", "river_02"), ("L53", "D4", "")]
    again = publish(workspace, changes)
    assert not again.new
    mended = write(tmp_path / "mended.csv", OPEN, opened("river_01", "下架", 下架原因="整併", 資訊長核定="115年5月1日核定"),
                   opened("river_02", "異動", 資料集描述="河川水質之每月檢測結果。"))
    publish(workspace, mended)
    assert told(workspace) == [("L51", "D3", ""), ("L53", "D4", "")]
    before = told(workspace)
    Publisher(workspace, QUICK).rebuild()
    assert told(workspace) == before
    assert served(workspace).record(iri("river_2")) is None


def test_the_same_row_in_another_file_adds_nothing_new_and_is_told(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("river_01"), opened("river_02")))
    assert not publish(workspace, tmp_path / "open.csv").new
    publish(workspace, write(tmp_path / "again.csv", OPEN, opened("river_01")))
    assert told(workspace) == [("L53", "D2", "")]


def test_the_platforms_changes_are_held_against_its_list_and_erase_no_column(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write_list(tmp_path / "list.csv", *(row(number) for number in range(1, 4))), source="n")

    def changed(name: str, *rows: list[str]) -> Path:
        lines = [",".join(f'"{cell}"' for cell in cells) for cells in ([*HEADER, "資料集變動狀態"], *rows)]
        path = tmp_path / name
        path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
        return path

    day = changed("day.csv", [*row(1, 檔案格式="", 資料集描述="測站每小時觀測之結果"), "資料集修改"],
                  [*row(9, 檔案格式=""), "資料集下架"])
    done = publish(workspace, day, source="n")
    assert (done.changed, done.gone, done.violations) == (1, 0, 0)
    assert any("檔案格式" in note for note in done.notes)
    assert told(workspace) == [("L50", "A3", "")]
    document = served(workspace).document(iri("1"))
    assert document is not None
    text = document.text.decode()
    assert text.count("file-type/CSV>") + text.count("file-type/JSON>") == 2
    assert "測站每小時觀測之結果" in text
    assert not publish(workspace, day, source="n").new
    Publisher(workspace, QUICK).rebuild()
    rebuilt = served(workspace).document(iri("1"))
    assert rebuilt is not None
    assert rebuilt.text == document.text
    publish(workspace, write_list(tmp_path / "next.csv", row(1, 檔案格式="XML;JSON"), row(2), row(3)), source="n")
    after = served(workspace).document(iri("1"))
    assert after is not None
    assert b"file-type/XML>" in after.text
    assert b"file-type/CSV>" not in after.text


def test_additions_with_an_empty_column_are_still_judged(workspace: Workspace, tmp_path: Path) -> None:
    done = publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1", 資料集描述="")))
    assert done.violations == 1
    done = publish(workspace, write(tmp_path / "next.csv", OPEN, opened("wqx_1", "異動", 資料集描述="")))
    assert not done.notes or "資料集描述" in done.notes[0]


@pytest.mark.parametrize("code", ["", "wqx_1"])
def test_a_withheld_row_converts_the_open_record_it_means(workspace: Workspace, tmp_path: Path, code: str) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2")))
    row3 = withheld("河川水質監測wqx_1", 資料集代碼=code, 機關首長核可="115年7月1日核可", 公告="115年7月5日公告停止提供")
    file = write(tmp_path / "withheld.csv", WITHHELD, row3)
    assert publish(workspace, file).gone == 1
    record = served(workspace).record(iri("wqx_1"))
    assert record is not None
    assert record.state == "gone"
    assert told(workspace) == []
    assert not publish(workspace, file).new
    Publisher(workspace, QUICK).rebuild()
    record = served(workspace).record(iri("wqx_1"))
    assert record is not None
    assert record.state == "gone"


def test_a_conversion_that_may_mean_several_is_refused_by_name(workspace: Workspace, tmp_path: Path) -> None:
    same = {"資料集名稱": "水質年報"}
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1", **same), opened("wqx_2", **same),
                             opened("wqx_3", 提供單位="大氣環境司"), opened("wqx_4")))
    file = write(tmp_path / "withheld.csv", WITHHELD, withheld("水質年報"), withheld("河川水質監測wqx_3"),
                 withheld("河川水質監測wqx_4", 資料集代碼="wqx_04"))
    done = publish(workspace, file)
    assert (done.gone, done.held, done.private) == (0, 3, 0)
    assert [(rule, other) for rule, _, other in sorted(told(workspace), key=lambda one: one[1][-1])] == [
        ("L54", "wqx_1、wqx_2"), ("L54", "wqx_3"), ("L54", "wqx_4")]
    known = {"機關首長核可": "115年7月1日核可", "公告": "115年7月5日公告停止提供"}
    publish(workspace, write(tmp_path / "mended.csv", WITHHELD, withheld("水質年報", 資料集代碼="wqx_2", **known)))
    record = served(workspace).record(iri("wqx_2"))
    assert record is not None
    assert record.state == "gone"


def test_what_another_source_keeps_open_is_told(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")), source="other")
    done = publish(workspace, write(tmp_path / "withheld.csv", WITHHELD, withheld("河川水質監測wqx_1")))
    assert done.private == 1
    assert [(rule, other) for rule, _, other in told(workspace)] == [("L55", "other: wqx_1")]


@pytest.mark.parametrize("code", ["", "wqx_1"])
def test_data_that_go_on_request_keep_what_their_new_table_has_no_column_for(
    workspace: Workspace, tmp_path: Path, code: str,
) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")))
    before = facts(served(workspace), "wqx_1")
    approved = {"機關首長核可": "115年7月1日核可", "公告": "115年7月5日公告停止提供", "轉換依據或理由": "情事變更"}
    file = write(tmp_path / "request.csv", REQUEST, request("河川水質監測wqx_1", 資料集代碼=code, **approved))
    done = publish(workspace, file)
    assert (done.added, done.changed, done.gone) == (0, 1, 0)
    after = facts(served(workspace), "wqx_1")
    assert after["accessRights"] == {"RESTRICTED"}
    for kept in ("description", "theme", "sdg", "environmentPlan", "issued", "identifier"):
        assert after[kept] >= before[kept], kept
    assert not publish(workspace, file).new
    document = served(workspace).document(iri("wqx_1"))
    Publisher(workspace, QUICK).rebuild()
    assert served(workspace).document(iri("wqx_1")) == document


def test_another_order_blanks_and_encodings_make_no_release(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(1), row(2, 更新頻率="每1曰"), row(3)]
    publish(workspace, write_list(tmp_path / "list.csv", *rows), source="n")
    turned = write_list(tmp_path / "turned.csv", *reversed(rows))
    blank = write_list(tmp_path / "blank.csv", row(1, 資料集名稱="空氣品質1　"), *rows[1:])
    big5 = tmp_path / "big5.csv"
    big5.write_bytes(turned.read_text(encoding="utf-8-sig").encode("big5"))
    columns = tmp_path / "columns.csv"
    cells = [list(HEADER), *rows]
    columns.write_text("\ufeff" + "".join(",".join(f'"{c}"' for c in reversed(one)) + "\r\n" for one in cells), encoding="utf-8")
    kept = list(workspace.inputs.iterdir())
    for file in (turned, blank, big5, columns):
        done = publish(workspace, file, source="n")
        assert (done.new, done.release, done.violations) == (False, "000001", 1), file.name
    assert list(workspace.inputs.iterdir()) == kept
    assert served(workspace).findings(iri("2"))[0].row == 3


def test_a_dry_run_tells_what_a_publish_would_do_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    publisher = Publisher(workspace, QUICK)
    first = write(tmp_path / "open.csv", OPEN, *(opened(f"wqx_{number}") for number in range(1, 6)))
    found = rehearse(publisher, [first], "moenv")
    assert (found.done.new, found.done.added, len(found.moves)) == (True, 5, 5)
    assert not workspace.root.exists()
    publish(workspace, first)
    assert not rehearse(publisher, [first], "moenv").done.new
    before = contents(workspace)
    changes = write(tmp_path / "changes.csv", OPEN, opened("wqx_1", "異動", 資料集描述="河川水質之每月檢測結果。"),
                    opened("wqx_2", "下架", 下架原因="整併"), opened("wqx_6"), opened("wqx_o3", "下架", 資料集名稱="別名"))
    found = rehearse(publisher, [changes], "moenv")
    assert [(one.what, one.code) for one in found.moves] == [("change", "wqx_1"), ("go", "wqx_2"), ("come", "wqx_6")]
    assert "資料集描述" in found.moves[0].fields
    assert "L50-withdrawal-known" in {issue.fault.rule for issue in found.issues}
    assert contents(workspace) == before
    done = publish(workspace, changes)
    assert (done.added, done.changed, done.gone, done.held, done.issues) == (
        found.done.added, found.done.changed, found.done.gone, found.done.held, found.done.issues)
    whole = write_list(tmp_path / "list.csv", row(1))
    with pytest.raises(FormError, match="whole list"):
        rehearse(publisher, [whole], "moenv")
    assert rehearse(publisher, [whole], "moenv", allow_removals=True).done.gone == 5


@pytest.mark.parametrize("options", [["--rebuild", "--dry-run"], ["--dry-run"], ["--rebuild", "--allow-removals"]])
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, options: list[str]) -> None:
    done = CliRunner().invoke(main, ["publish", *options, "--workspace", str(tmp_path / "var")])
    assert done.exit_code == 2
    assert "--rebuild alone" in done.output


def test_a_dry_run_exits_as_the_publish_would(tmp_path: Path) -> None:
    file, work = str(write(tmp_path / "open.csv", OPEN, opened("wqx_1", "下架"))), str(tmp_path / "var")
    done = CliRunner().invoke(main, ["publish", file, "--source", "moenv", "--dry-run", "--workspace", work])
    assert done.exit_code == 1
    assert "沒有下架任何資料集" in done.output
    assert not Path(work).exists()


def test_a_tombstone_keeps_what_the_record_was_and_says_what_its_last_row_said(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "open.csv", OPEN, *(opened(f"wqx_{n}", 備註="自訂備註") for n in range(1, 4))))
    unit = facts(served(workspace), "wqx_1")["publisher"]
    last = opened("wqx_1", "下架", 提供單位="", 資料集名稱="", 下架面向="標準面", 下架原因="併入標準資料集",
                  資訊長核定="115年5月6日核定", 提報會議="115年度第1次會議")
    publish(workspace, write(tmp_path / "gone.csv", OPEN, last))
    kept = facts(served(workspace), "wqx_1")
    assert kept["publisher"] == unit
    assert (kept["identifier"], kept["formerClass"]) == ({"wqx_1"}, {"dcat#Dataset"})
    assert (kept["title"], kept["withdrawalReason"]) == ({"河川水質監測wqx_1"}, {"併入標準資料集"})
    assert {value.rpartition("#")[2] for value in kept["type"]} == {"Tombstone"}, "it is counted among the living no more"
    status, page = answers(workspace, "/dataset/wqx_1")
    assert status == 410
    for word in ("併入標準資料集", "標準面", "115年5月6日核定", "環境部水質保護司", "wqx_1", "資料集"):
        assert word in page
    assert "自訂備註" not in page, "a note of the open record is no reason"


def test_what_a_table_has_no_column_for_stays_in_every_language(workspace: Workspace, tmp_path: Path) -> None:
    wide = (*OPEN, "英文名稱", "檔案格式", "資料下載網址")
    cells = {"英文名稱": "River water quality", "檔案格式": "CSV", "資料下載網址": "https://data.example.tw/1.csv"}
    publish(workspace, write(tmp_path / "open.csv", wide, opened("wqx_1", **cells)))
    publish(workspace, write(tmp_path / "change.csv", OPEN, opened("wqx_1", "異動", 資料集名稱="河川水質檢測")))
    said = facts(served(workspace), "wqx_1")
    assert said["title"] == {"河川水質檢測", "River water quality"}
    assert said["downloadURL"] == {"1.csv"}
    publish(workspace, write(tmp_path / "new.csv", wide, opened("wqx_1", "異動", **cells | {"英文名稱": "Rivers"})))
    assert facts(served(workspace), "wqx_1")["title"] == {"河川水質監測wqx_1", "Rivers"}
