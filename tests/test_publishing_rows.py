"""Rows that are no records, shifted and doubtful ones and persons, published end to end: nothing of them is anywhere."""

from __future__ import annotations

import csv
import gzip
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from builders import firsts

from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.mapping.gate import Passed, RowGate
from odlinked.publishing.publish import Publisher
from odlinked.quality import reports
from odlinked.settings import Settings
from odlinked.sheets.tables import Row
from odlinked.validation.inventories import check

HEADINGS = ("序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述",
            "資料集分類", "國家環境保護計畫分類",
            "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註")
RECORD = ("1", "新增", "空氣品質小時值", "aqx_p_144", "大氣環境司", "全國測站之小時值。", "公共資訊", "環境品質",
          "11", "115年3月", "王小明",
          "02-2311-7722#6001", "")
SPOKEN = "洽王小明0955-123-456 ming.wang@agency.gov.tw，F131104002"
ROWS = (
    RECORD,
    ("2", "新增", "水質", "wqx_p_1", "水質保護司", f"全國河川。{SPOKEN}", f"水 {SPOKEN}", f"x {SPOKEN}",
     f"99 {SPOKEN}", f"某年 {SPOKEN}",
     "陳大文", "ming.wang@agency.gov.tw", SPOKEN),
    (*RECORD[:3], "aqx_p_145", *RECORD[4:7], *RECORD[8:11], "0955-123-456 ming.wang@agency.gov.tw", "", ""),
    ("填表人：李大華", "", "", "單位主管：張三豐", "", "", "", "機關首長：林志強"),
    ("承辦人", "", "王小明", "科長", "李大華"),
    ("", "", "李大華", "", "王小明"),
    ("合計", "", "3筆"),
    ("範例", *RECORD[1:3], "abc_p_01", *RECORD[4:]),
)
SECRETS = ("王小明", "李大華", "張三豐", "林志強", "陳大文", "0955-123-456", "ming.wang", "agency.gov.tw", "F131104002")


def write(path: Path, *rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows((headings, *rows))
    return path


def publish(workspace: Workspace, file: Path, source: str = "moenv") -> Release:
    firsts.publish(workspace, [file], source, Settings())
    return Releases(workspace).current()


def dumped(release: Release) -> str:
    return gzip.decompress(b"".join(release.dump())).decode()


def everything(workspace: Workspace) -> str:
    """Return all text of a workspace but the kept inputs: the dump, the tables of SQLite, the store."""
    parts = [dumped(Releases(workspace).current())]
    for path in workspace.root.rglob("*"):
        if not path.is_file() or "inputs" in path.parts:
            continue
        if path.suffix == ".sqlite":
            db = sqlite3.connect(path)
            for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
                parts += [repr(line) for line in db.execute(f'select * from "{table}"')]  # noqa: S608 - our own tables
            db.close()
        else:
            parts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(parts)


def test_nothing_of_a_person_is_published_or_kept_outside_the_inputs(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "in.csv", *ROWS))
    found = everything(workspace)
    assert "空氣品質小時值" in found
    for secret in SECRETS:
        assert secret not in found, secret


def test_only_records_are_datasets(tmp_path: Path) -> None:
    release = publish(Workspace(tmp_path / "var"), write(tmp_path / "in.csv", *ROWS))
    codes = ("aqx_p_144", "aqx_p_145", "wqx_p_1", "abc_p_01")
    assert {code for code in codes if f"/id/dataset/{code}>" in dumped(release)} == {"aqx_p_144", "wqx_p_1"}


@pytest.mark.parametrize("style", sorted(reports.STYLES))
@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_no_report_quotes_a_person(tmp_path: Path, style: str, language: str) -> None:
    report, notes = check([write(tmp_path / "in.csv", *ROWS)], None, None, Settings(), lambda stage, done: None)
    told = reports.write(style, report, language) + "".join(notes)
    for secret in SECRETS:
        assert secret not in told, secret


def test_each_row_that_is_no_record_is_told_once(tmp_path: Path) -> None:
    report, _ = check([write(tmp_path / "in.csv", *ROWS)], None, None, Settings(), lambda stage, done: None)
    told = Counter(finding.rule for finding in report.findings if finding.rule.startswith(("L28", "L29", "L30", "L31")))
    assert told == {"L28-row-no-record": 3, "L29-row-doubtful": 1, "L30-row-shifted": 1, "L31-row-example": 1}
    assert report.checked[0].records == 2
    assert not any(finding.rule == "L18-record-identifiable" for finding in report.findings)
    shifted = next(finding for finding in report.findings if finding.rule == "L30-row-shifted")
    assert (shifted.row, shifted.column, shifted.heading, shifted.value) == (4, "H", "國家環境保護計畫分類", "")


def test_a_table_with_footer_rows_conforms(tmp_path: Path) -> None:
    report, _ = check([write(tmp_path / "in.csv", RECORD, *ROWS[3:5], ROWS[6])], None, None, Settings(), lambda stage, done: None)
    assert report.conforms
    assert report.count("Info") == 3


def test_what_is_published_of_a_row_held_back_stays(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    headings = ("資料集識別碼", "資料集名稱", "資料提供屬性", "服務分類", "品質檢測", "檔案格式", "資料下載網址",
                "編碼格式", "資料集上架方式",
                "資料集描述", "主要欄位說明", "提供機關", "更新頻率", "授權方式", "相關網址", "計費方式", "提供機關聯絡人姓名",
                "提供機關聯絡人電話", "上架日期", "詮釋資料更新時間", "備註", "資料量")
    sound = ("6001", "河川水位", "檔案資料", "公共資訊", "金", "CSV", "https://a.gov.tw/1.csv", "UTF-8",
             "原始資料", "全國河川水位。", "站名",
             "經濟部水利署", "每1日", "政府資料開放授權條款-第1版", "", "免費", "王小明", "02-37073000", "2024-01-02 00:00:00",
             "2024-01-03 00:00:00", "", "12")
    before = publish(workspace, write(tmp_path / "a.csv", sound, headings=headings), "national")
    after = publish(workspace, write(tmp_path / "b.csv", (*sound[:3], *sound[4:]), headings=headings), "national")
    assert "/id/dataset/6001>" in dumped(before)
    assert "河川水位" in dumped(after)
    assert "L30-row-shifted" in everything(workspace)


def test_a_row_is_mapped_anew_only_where_what_passes_differs(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "a.csv", RECORD))
    other = (*RECORD[:10], "李大華", *RECORD[11:])
    done = Publisher(workspace, Settings()).publish([write(tmp_path / "b.csv", other)], "moenv")
    assert Releases(workspace).current() is not None
    assert done.rows == 1
    with sqlite3.connect(next(workspace.root.rglob("documents*.sqlite"))) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        outcomes = next(name for name in tables if "outcome" in name)
        assert db.execute(f'select count(*) from "{outcomes}"').fetchone() == (1,)  # noqa: S608 - our own table


def test_a_row_that_is_read_as_before_passes_the_gate_no_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[tuple[str, ...]] = []
    through = RowGate.passed

    def counted(gate: RowGate, row: Row | Passed) -> Passed:
        if isinstance(row, Row):
            passed.append(row.cells)
        return through(gate, row)

    workspace = Workspace(tmp_path / "var")
    first = publish(workspace, write(tmp_path / "a.csv", *ROWS))
    monkeypatch.setattr(RowGate, "passed", counted)
    again = publish(workspace, write(tmp_path / "a.csv", *reversed(ROWS)))
    assert passed == []
    assert {d.iri: d.hash for d in again.documents()} == {d.iri: d.hash for d in first.documents()}
    other = (*RECORD[:2], "空氣品質日值", "aqx_p_7", *RECORD[4:])
    publish(workspace, write(tmp_path / "a.csv", *ROWS, other))
    assert {cells[:4] for cells in passed} == {other[:4]}


def test_what_passed_is_forgotten_with_what_came_of_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "a.csv", *ROWS))
    archive = Archive(workspace.documents, write=True)
    counted = "SELECT (SELECT count(*) FROM passed), (SELECT count(*) FROM passed_run)"
    assert min(archive.db.execute(counted).fetchone()) > 0
    archive.retain(set(), set())
    assert archive.db.execute(counted).fetchone() == (0, 0)
