"""The rules on rows of data files: each has a file that breaks it and one that does not, and is told in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.lifting.conversion.row_rules import RowRules

RULES = RowRules(Assets())
GOOD = "id,level,county\n1,3.5,臺北市\n2,4,新北市\n"
COLUMNS: list[dict[str, Any]] = [
    {"titles": "id", "name": "id"}, {"titles": "level", "name": "level", "datatype": "decimal"},
    {"titles": "county", "name": "county"}]
PERSON = {"titles": "身分證字號", "name": "person"}
PEOPLE = "id,level,身分證字號\n1,3.5,A123456789\n2,4,B142610160\n3,4,A123456789\n"
DECIDED = PERSON | {"odl:personsDecision": "依法公告，由主任核定，2026-11-01"}

BROKEN: dict[str, tuple[str, list[dict[str, Any]] | None, dict[str, Any], tuple[int, str, str]]] = {
    "cell": (GOOD.replace("4,", "high,"), None, {}, (3, "B", "high")),
    "row": (GOOD.replace("新北市", "新北市,多"), None, {}, (3, "", "")),
    "concept": (GOOD.replace("新北市", "臺灣省"), [*COLUMNS[:2], COLUMNS[2] | {"odl:codeList": {
        "@id": "https://w3id.org/odlinked/code/county"}}], {}, (3, "C", "臺灣省")),
    "markup": (GOOD.replace("新北市", "<b>新北市</b>"), [*COLUMNS[:2], COLUMNS[2] | {"odl:markup": "strip"}], {},
               (3, "C", "<b>新北市</b>")),
    "mark": ("\ufeff\ufeff" + GOOD, None, {}, (0, "A", "")),
    "metadata": (GOOD.replace("level", "height"), None, {}, (0, "", "")),
    "warning": (GOOD, None, {"nonsense": "x"}, (0, "", "")),
    "persons": (PEOPLE, [*COLUMNS[:2], PERSON], {}, (0, "C", "")),
    "persons-decided": (PEOPLE, [*COLUMNS[:2], DECIDED], {}, (0, "C", "")),
    "persons-left-out": (PEOPLE, [*COLUMNS[:2], PERSON | {"suppressOutput": True}], {}, (0, "C", "")),
    "persons-cell": (GOOD.replace("新北市", "請洽 someone.private@gmail.com"), None, {}, (3, "C", "")),
    "key": (GOOD.replace("2,4", "1,4"), None, {}, (3, "A", "")),
    "total": (GOOD + "合計,7.5,\n", None, {"odl:totals": "leave-out"}, (4, "", "合計")),
}
EDITIONS = {
    "edition-removed": "id,county\n1,臺北市\n2,新北市\n", "edition-renamed": GOOD.replace("level", "Level_"),
    "edition-retyped": GOOD.replace("3.5", "高").replace(",4,", ",低,"), "edition-key": GOOD.replace("2,4", "1,4"),
    "edition-fewer": "id,level,county\n1,3.5,臺北市\n", "edition-more": GOOD + "3,1,新北市\n4,2,新北市\n",
    "edition-added": GOOD.replace("\n", ",x\n").replace("county,x", "county,more"),
}


def _lifted(folder: Path, text: str, columns: list[dict[str, Any]] | None, table: dict[str, Any], *more: str) -> Result:
    file = folder / "rows.csv"
    file.write_text(text, encoding="utf-8")
    (folder / "rows.csv-metadata.json").write_text(json.dumps({
        "@context": "http://www.w3.org/ns/csvw", "url": "rows.csv", **table,
        "tableSchema": {"primaryKey": "id", "columns": columns or COLUMNS}}), encoding="utf-8")
    return CliRunner().invoke(main, ["lift", str(file), "--validate", "--lang", "en", "--write", f"json={folder / 'told.json'}",
                                     *more])


def _told(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "told.json").read_text(encoding="utf-8"))["findings"]
    return found


def test_every_rule_has_a_file_that_breaks_it() -> None:
    assert {*BROKEN, *EDITIONS} == RULES.by_kind.keys()
    assert all({"zh-Hant", "en"} <= rule.messages.keys() for rule in RULES.by_kind.values())


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_the_command_says_what_the_rule_says(tmp_path: Path, language: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(GOOD + "3,1\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["lift", str(file), "--validate", "--lang", language, "--findings", str(tmp_path / "f.csv")])
    assert done.exit_code == 1
    assert RULES.words("row", language) in done.stderr
    assert RULES.words("row", language) in (tmp_path / "f.csv").read_text(encoding="utf-8-sig")


def test_a_good_file_breaks_none(tmp_path: Path) -> None:
    assert _lifted(tmp_path, GOOD, None, {}).exit_code == 0
    assert _told(tmp_path) == []


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_a_finding_at_its_cell(tmp_path: Path, kind: str) -> None:
    text, columns, table, place = BROKEN[kind]
    done = _lifted(tmp_path, text, columns, table)
    rule = RULES.by_kind[kind]
    found = [one for one in _told(tmp_path) if one["rule"] == rule.name]
    assert [(one["row"], one["column"], one["value"]) for one in found] == [place], done.output
    assert found[0]["message"] == rule.messages["en"]
    assert done.exit_code == int(any(one["severity"] == "Violation" for one in _told(tmp_path)))


@pytest.mark.parametrize("kind", EDITIONS)
def test_what_an_edition_breaks_is_a_finding(tmp_path: Path, kind: str) -> None:
    (tmp_path / "before.csv").write_text(GOOD, encoding="utf-8")
    CliRunner().invoke(main, ["lift", "--describe", str(tmp_path / "before.csv")])
    file = tmp_path / "rows.csv"
    file.write_text(EDITIONS[kind], encoding="utf-8")
    done = CliRunner().invoke(main, ["lift", str(file), "--validate", "--against", str(tmp_path / "before.csv"), "--lang", "en",
                                     "--write", f"json={tmp_path / 'told.json'}"])
    found = {one["rule"]: one for one in _told(tmp_path)}
    assert RULES.by_kind[kind].name in found, done.output
    assert done.exit_code == int(any(one["severity"] == "Violation" for one in found.values()))


def test_persons_are_not_quoted_in_reports(tmp_path: Path) -> None:
    for kind in ("persons", "persons-left-out", "persons-cell"):
        text, columns, table, _ = BROKEN[kind]
        done = _lifted(tmp_path, text, columns, table, "--write", f"sarif={tmp_path / 'told.sarif'}")
        for told in (done.output, *((tmp_path / name).read_text(encoding="utf-8") for name in ("told.json", "told.sarif"))):
            assert "A123456789" not in told
            assert "someone.private" not in told


def test_a_mark_in_a_key_of_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"\ufeffid": "a1", "n": 1}, {"\ufeffid": "a2", "n": 2}]', encoding="utf-8")
    done = CliRunner().invoke(main, ["lift", str(tmp_path / "a.json"), "--validate", "--lang", "en"])
    assert "column id: a byte order mark" in done.output
