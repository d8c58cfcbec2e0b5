"""Published figures in the shapes the papers have: blocks side by side, turned tables, a day in a line above the table."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.errors import FormError
from odlinked.intake.bindings import Bound, bind
from odlinked.publishing.publish import Publisher
from odlinked.reporting.report import compiled
from odlinked.settings import Settings
from odlinked.sheets.tables import TURNED, upright
from odlinked.validation.inventories import check
from odlinked.web.app import create

CLOCK = Clock.of("+08:00", datetime(2026, 11, 29, 4, tzinfo=UTC))
PLATINUM = """經濟部資料集白金標章數量
合計：274筆(統計日：109/11/05)
單位名稱,白金標章數,單位名稱,白金標章數,單位名稱,白金標章數
商業司,0,秘書室,0,加工出口區管理處,148
國際合作處,12,資訊中心,3,台灣中油公司,85
人事處,11,中小企業處,15,,
"""
PROGRESS = """數量/時間,107年10月初,108年5月底,109年10月底
資料集檢測筆數,2487(註),2628(註),2921(註)
金標章數,2385,2558,2921
金標章佔比,95%,97%,100%
"""
PLANNED = """109年11月30日預計開放資料集
修訂日期：109/11/04
機關名稱,數量,機關名稱,數量
經濟部商業司,8,經濟部礦務局,3
經濟部水利署,42,台灣糖業公司,3
,,合計,56
"""


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def read(path: Path, form: str | None = None) -> Bound:
    return bind(path, path.name, form, Settings(), Assets())


def findings(path: Path) -> list[tuple[str, str, str]]:
    report, _ = check([path], None, None, Settings(), lambda _stage, _done: None)
    return [(one.rule, f"{one.column}{one.row}", one.value) for one in report.findings]


def test_blocks_side_by_side_are_read_with_every_cell_at_its_place(tmp_path: Path) -> None:
    bound = read(written(tmp_path, "platinum.csv", PLATINUM))
    assert [binding.form.name for _, binding in bound.tables] == ["moea-platinum"] * 3
    assert [[row.number for row in table.rows()] for table, _ in bound.tables] == [[4, 5, 6], [4, 5, 6], [4, 5]]
    faulty = written(tmp_path, "faulty.csv", PLATINUM.replace("85", "很多").replace("0,秘書室", "無數,秘書室"))
    assert findings(faulty) == [("Q91-appraisal-number", "B4", "無數"), ("Q91-appraisal-number", "F5", "很多")]


def test_a_finding_is_told_with_the_block_it_is_in(tmp_path: Path) -> None:
    path = written(tmp_path, "faulty.csv", PLATINUM.replace("85", "很多"))
    report, _ = check([path], None, None, Settings(), lambda _stage, _done: None)
    assert [len(report.of_table(one)) for one in report.checked] == [0, 0, 1]


def test_a_turned_table_is_read_with_every_cell_at_its_place(tmp_path: Path) -> None:
    bound = read(written(tmp_path, "progress.csv", PROGRESS))
    ((table, binding),) = bound.tables
    assert binding.form.name == "moea-progress"
    assert [upright(row.number, "C") for row in table.rows()] == [(3, "B"), (3, "C"), (3, "D")]
    assert [note for note in bound.notes if "經濟部" in note], "an agency that is only assumed is told"
    faulty = written(tmp_path, "faulty.csv", PROGRESS.replace("2558", "很多").replace("107年10月初", "那年"))
    assert findings(faulty) == [("Q91-appraisal-date", "B1", "那年"), ("Q91-appraisal-number", "C3", "很多")]


def test_a_row_as_a_whole_is_told_at_the_head_of_its_column() -> None:
    assert upright(TURNED + 3, "") == (1, "C")
    assert upright(3, "C") == (3, "C")


def test_a_count_without_a_word_on_what_is_counted_is_on_no_form(tmp_path: Path) -> None:
    bare = "機關名稱,數量\n經濟部商業司,8\n經濟部水利署,42\n"
    with pytest.raises(FormError):
        read(written(tmp_path, "list.csv", bare))
    assert read(written(tmp_path, "list.csv", bare), "moea-planned-counts").tables
    assert read(written(tmp_path, "預計開放.csv", bare)).tables


def test_a_figure_of_no_known_day_is_told(tmp_path: Path) -> None:
    text = "機關名稱,金標章,銀標章,銅標章,資料集數,今年分數,去年分數,進步分數\n經濟部,2883,0,0,2883,106,101,5\n"
    assert findings(written(tmp_path, "score.csv", text)) == [("M49-figure-date", "A2", "經濟部")]
    assert not findings(written(tmp_path, "dated.csv", "109年資料集檢測結果一覽表\n統計至109年7月31日\n" + text))


@pytest.mark.parametrize("name", ["score-1090731.csv", "分數109年7月31日.csv", "20200731.csv", "score 109.7.31.csv"])
def test_a_day_in_the_name_of_the_file_is_taken_and_told(name: str, tmp_path: Path) -> None:
    text = "機關名稱,金標章,銀標章,銅標章,資料集數,今年分數,去年分數,進步分數\n經濟部,2883,0,0,2883,106,101,5\n"
    assert not findings(written(tmp_path, name, text))
    assert [note for note in read(tmp_path / name).notes if "統計日期" in note]
    line_above = written(tmp_path, name, f"統計日：108/7/31\n{text}")
    assert [row.cells[-1] for table, _ in read(line_above).tables for row in table.rows()] == ["108/7/31"], "a line says it"


@pytest.mark.parametrize("name", ["score-109.csv", "score-1091331.csv", "score-12345678901.csv", "v1.2.csv"])
def test_a_number_in_the_name_of_the_file_is_no_day(name: str, tmp_path: Path) -> None:
    text = "機關名稱,金標章,銀標章,銅標章,資料集數,今年分數,去年分數,進步分數\n經濟部,2883,0,0,2883,106,101,5\n"
    assert findings(written(tmp_path, name, text)) == [("M49-figure-date", "A2", "經濟部")]


def test_numbers_as_clerks_write_them(tmp_path: Path) -> None:
    """Full-width digits are digits; a raised or circled one is the mark of a footnote, and a dash says nothing."""
    rows = "水利署,５９\n統計處,１，０００（註）\n人事處,10²\n商業司,①\n秘書室,－\n合計,598\n承辦人：王小明,\n"
    told = findings(written(tmp_path, "platinum-1091105.csv", f"單位名稱,白金標章數\n{rows}"))
    assert told == [("Q91-appraisal-number", "B4", "10²"), ("Q91-appraisal-number", "B5", "①"),
                    ("L18-record-identifiable", "6", ""), ("L28-row-no-record", "A7", ""), ("L28-row-no-record", "A8", "")]


def test_a_conclusion_under_a_merged_cell_is_told_and_not_lost(tmp_path: Path) -> None:
    """Saved as text, merged cells keep their first row: the conclusions below it name no meeting."""
    text = ("會議時間,結論,辦理情形,主辦單位,備註\n第5屆第2次會議109/06/30,二、同意開放,已完成,水利署,建議解除列管\n"
            ",三、依原先作法辦理,配合辦理,水利署,建議解除列管\n")
    path = written(tmp_path, "tracking.csv", text)
    assert findings(path) == [("M96-conclusion-meeting", "A3", "")]
    workspace = Workspace(tmp_path / "var")
    Publisher(workspace, Settings(), clock=CLOCK).publish([path], "tracking")
    book = compiled(workspace, Settings(), "meeting", CLOCK.today(), "zh-Hant")
    (table,) = [one for one in book.tables if one.sheet.name == "tracking"]
    assert [row[2] for row in table.cells] == ["二、同意開放", "三、依原先作法辦理"]


def test_what_is_wrong_in_a_line_above_is_told_for_the_row_and_at_no_cell_of_another(tmp_path: Path) -> None:
    wrong = written(tmp_path, "wrong.csv", PLATINUM.replace("109/11/05", "109/13/05"))
    told = findings(wrong)
    assert {rule for rule, _, _ in told} == {"Q91-appraisal-date"}
    assert {cell for _, cell, _ in told} == {"4", "5", "6"}


def test_figures_are_published_counted_by_day_and_open_to_everybody(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publisher = Publisher(workspace, Settings(), clock=CLOCK)
    for name, text in (("platinum.csv", PLATINUM), ("progress.csv", PROGRESS), ("planned.csv", PLANNED)):
        publisher.publish([written(tmp_path, name, text)], "figures")
    client = create(Releases(workspace), Settings()).test_client()
    query = """PREFIX odl: <https://w3id.org/odlinked/ns#> PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT ?item ?day (SUM(?value) AS ?sum) WHERE {
          ?a a odl:Appraisal ; odl:appraisalItem ?item ; odl:appraisalValue ?value ; dcterms:date ?date . BIND(STR(?date) AS ?day)
        } GROUP BY ?item ?day ORDER BY ?item ?day"""
    answer = client.post("/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}).get_json()
    found = [tuple(one[name]["value"].rsplit("/", 1)[-1] for name in ("item", "day", "sum"))
             for one in answer["results"]["bindings"]]
    assert found == [("datasets", "2018-10", "2487"), ("datasets", "2019-05", "2628"), ("datasets", "2020-10", "2921"),
                     ("gold", "2018-10", "2385"), ("gold", "2019-05", "2558"), ("gold", "2020-10", "2921"),
                     ("planned", "2020-11-04", "56"), ("platinum", "2020-11-05", "274")]
    rebuilt = publisher.rebuild()
    assert (rebuilt.rows, rebuilt.changed, rebuilt.gone) == (16, 0, 0)
    again = client.post("/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}).get_json()
    assert again == answer
