"""The report: the same findings as a table, JSON, CSV and Turtle, none of which can be used against its reader."""

from __future__ import annotations

import csv
import io
import json
from functools import cache

import pytest
import rdflib
from rdflib import RDF, SH

from odlinked.assets import Assets
from odlinked.findings import Finding
from odlinked.quality import reports
from odlinked.quality.report import Checked, Report
from odlinked.quality.reports.widths import cut, plain, width, wrap
from odlinked.quality.shapes import LANGUAGES, Profile


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


def finding(rule: str, row: int, column: str, value: str, member: int = 0, sheet: str | None = "盤點表") -> Finding:
    found = profile().by_name[rule]
    return Finding(rule, found.severity, node=f"https://example.org/id/dataset/{row}#a b", path=found.path, value=value,
                   member=member, column=column, heading="欄位名稱", file="甲.xlsx", sheet=sheet, row=row,
                   messages=found.messages,
                   suggestions={"zh-Hant": "您是不是要填「CSV」？", "en": "Did you mean CSV?"} if "code" in rule else {})


def made(*findings: Finding) -> Report:
    return Report.of(profile(), [Checked("甲.xlsx", "盤點表", {"zh-Hant": "環境部盤點表", "en": "inventory"}, 12,
                                         (profile().by_name["M07-license"], profile().by_name["M07-license-code"]))], findings)


def said(of: Report, language: str = "zh-Hant", room: int = 110, most: int = 0) -> str:
    return reports.write("text", of, language, room=room, most=most)


FOUND = (finding("P09-format-code", 9, "F", "CVS", member=2), finding("M02-title", 4, "C", ""), finding("M02-title", 4, "C", ""),
         finding("M04-description-length", 10, "AB", "長" * 600), finding("U05-frequency-code", 5, "G", "=HYPERLINK(\"http://x\")\x1b[31m\n紅"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", [70, 110, 160])
def test_text_keeps_to_its_width(language: str, room: int) -> None:
    shown = said(made(*FOUND), language, room)
    assert max(width(line) for line in shown.splitlines()) <= room
    assert "\x1b" not in shown


def test_text_says_cell_rule_and_what_to_do() -> None:
    shown = said(made(*FOUND))
    lines = shown.splitlines()
    assert lines[0] == "甲.xlsx · 盤點表（表單：環境部盤點表；12 筆）"
    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2:3] in "ACFG"] == ["C4", "G5", "F9", "AB10"]
    assert "[錯誤 P09-format-code]" in shown
    assert "→ 您是不是要填「CSV」？" in shown
    assert shown.count("未檢核") == 1
    assert "授權方式（M07）" in shown
    assert shown.count("M07") == 1
    assert "錯誤 3、警告 1" in shown
    english = said(made(*FOUND), "en")
    assert "[warning M04-description-length]" in english
    assert "Licence (M07)" in english


def test_text_of_nothing_found_and_of_too_much() -> None:
    assert "沒有發現問題。" in said(made())
    assert made().conforms
    assert "另有 3 項" in said(made(*FOUND), most=1)


def test_cells_that_say_the_same_are_told_together() -> None:
    alike = [finding("U05-frequency-code", row, "G", "看情形") for row in (2, 3, 4, 9)]
    shown = said(made(*alike, finding("M02-title", 3, "C", "")))
    assert shown.count("U05-frequency-code]") == 1
    assert "G2 等 4 格" in shown
    assert "儲存格：G2–G4、G9" in shown
    assert shown.index("G2 等 4 格") < shown.index("C3")
    assert "錯誤 5" in shown


def test_columns_line_up_under_wide_characters() -> None:
    lines = [line for line in said(made(*FOUND)).splitlines() if " [" in line]
    assert len(lines) == 4
    assert len({width(line[: line.rindex(" [")]) for line in lines}) == 1


def test_json_has_the_promised_keys() -> None:
    told = json.loads(reports.write("json", made(*FOUND), "en"))
    assert set(told) == {"findings", "notChecked", "summary"}
    first = told["findings"][0]
    assert {"file", "sheet", "row", "column", "heading", "value", "rule", "severity", "message", "suggestion"} <= set(first)
    assert (first["row"], first["column"], first["rule"]) == (4, "C", "M02-title")
    assert told["summary"]["violations"] == 3
    assert told["summary"]["conforms"] is False
    assert list(told["summary"]["byRule"]) == ["M02-title", "M04-description-length", "U05-frequency-code", "P09-format-code"]
    assert set(told["summary"]["byRule"].values()) == {1}
    assert [rule["rule"] for rule in told["notChecked"][0]["rules"]] == ["M07-license", "M07-license-code"]


def test_csv_opens_in_a_spreadsheet_and_runs_nothing() -> None:
    text = reports.write("csv", made(*FOUND))
    assert text.startswith("\ufeff檔案,工作表,列")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert len(rows) == 5
    assert {len(row) for row in rows} == {12}
    assert rows[2][5].startswith("'=HYPERLINK")
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "＝", "\t"))]


def test_turtle_is_a_validation_report_with_cells() -> None:
    graph = rdflib.Graph().parse(data=reports.write("turtle", made(*FOUND)), format="turtle")
    whole = graph.value(predicate=RDF.type, object=SH.ValidationReport)
    assert graph.value(whole, SH.conforms).toPython() is False  # type: ignore[union-attr]
    results = list(graph.objects(whole, SH.result))
    assert len(results) == 4
    for result in results:
        for needed in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape, SH.resultPath):
            assert len(list(graph.objects(result, needed))) == 1
        assert len(list(graph.objects(result, SH.resultMessage))) == 2
        component = graph.value(result, SH.sourceConstraintComponent)
        assert str(component).endswith("ConstraintComponent")
    values = {str(value) for value in graph.objects(None, RDF.value)}
    assert "=HYPERLINK(\"http://x\")\x1b[31m\n紅" in values


def test_widths() -> None:
    assert width("空氣AQI") == 7
    assert width("e\u0301") == 1
    assert cut("空氣品質", 5) == "空氣…"
    assert plain("a\x1b[0m\nb\u202e") == "a[0m b"
    assert wrap("空氣品質監測", 6) == ["空氣品", "質監測"]
    assert wrap("two words, and three", 10) == ["two words,", "and three"]
    assert wrap("", 10) == [""]
    assert "".join(wrap("https://data.example.tw/" + "a" * 50, 20)) == "https://data.example.tw/" + "a" * 50
