"""One word for one thing, wherever people read it: pages, reports, the command line, the marked workbook, the code lists."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.findings import SEVERITIES
from odlinked.quality.reports import words
from odlinked.web.site.words import FILE, load

ROOT = Path(__file__).parents[1]
TABLES = [FILE, *sorted((ROOT / "ontologies" / "words").glob("*.toml"))]
CONCEPTS = sorted(path for room in ("codes", "metrics") for path in (ROOT / "ontologies" / room).glob("*.ttl"))
SPOKEN = load()


def pairs(table: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the keys and texts of a file of words."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from pairs(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield from ((prefix + key, text) for text in value if isinstance(text, str))
        elif isinstance(value, str):
            yield prefix + key, value


def texts(path: Path) -> list[tuple[str, str]]:
    return list(pairs(tomllib.loads(path.read_text(encoding="utf-8"))))


def literals(path: Path) -> list[tuple[str, str]]:
    """Return the texts of concepts, as pages show them: with the name of the property; spellings seen are not ours."""
    return [(triple.predicate.value.rpartition("#")[2], triple.object.value)
            for triple in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
            if isinstance(triple.object, ox.Literal) and triple.object.language
            and not triple.predicate.value.endswith(("altLabel", "hiddenLabel"))]


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severity_has_one_word(severity: str) -> None:
    """A text that stands for a severity, by its key, has the word of `ontologies/words/reports.toml` in it."""
    known = [words.load(Assets())[language][severity] for language in ("zh-Hant", "en")]
    named = [(path.name, key, text) for path in TABLES for key, text in texts(path) if re.search(rf"\b{severity}\b", key)]
    assert len(named) >= 4
    assert [one for one in named if not any(word.lower() in one[2].lower() for word in known)] == []
    assert SPOKEN.say(f"severity.{severity}", "zh-Hant") == known[0]
    assert SPOKEN.say(f"severity.{severity}", "en").lower() == known[1]
    assert known[0] in SPOKEN.say(f"faults.{severity}", "zh-Hant")
    assert known[1] in SPOKEN.say(f"faults.{severity}", "en")


def test_reports_and_lists_use_the_words_of_severities() -> None:
    known = {words.load(Assets())["zh-Hant"][severity] for severity in SEVERITIES}
    source = str(ROOT / "examples" / "moenv-inventory-2026.xlsx")
    done = CliRunner().invoke(main, ["validate", source, "--format", "csv", "--lang", "zh-Hant"])
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    (column,) = [name for name in rows[0] if name in ("severity", "嚴重程度")]
    assert {row[column] for row in rows} - {""} <= known
    listed = CliRunner().invoke(main, ["list", "rules", "--lang", "zh-Hant"]).stdout.splitlines()
    assert {line.split()[1] for line in listed} <= known


_RULES = re.compile(r"檢查規則|規則集|檢驗規則|驗證規則|檢測規則")


@pytest.mark.parametrize("path", [*TABLES, *CONCEPTS], ids=lambda path: path.name)
def test_rules_have_one_name(path: Path) -> None:
    """檢核規則 in Chinese, "rules" in English."""
    said = texts(path) if path.suffix == ".toml" else literals(path)
    assert [one for one in said if _RULES.search(one[1])] == []


def test_labels_are_those_of_the_national_platform() -> None:
    """下載, 主要欄位說明 and 授權方式 are what data.gov.tw calls them; 授權條款 stays in the names of licences."""
    assert [SPOKEN.say(key, "zh-Hant") for key in ("file.get", "record.files", "record.fields", "record.licence")] == [
        "下載", "下載", "主要欄位說明", "授權方式"]
    labels = [(path.name, key, text) for path in TABLES for key, text in texts(path) if not key.startswith("classes.")]
    assert [one for one in labels if "授權條款" in one[2].replace("政府資料開放授權條款", "")] == []
    for path in sorted((ROOT / "queries" / "stored").glob("*.rq")):
        assert "授權條款" not in path.read_text(encoding="utf-8"), path.name


_COMMAND = re.compile(rf"odlinked ({'|'.join(main.commands)})\b|(?<![\w-])--[a-z]{{3,}}")


@pytest.mark.parametrize("path", [FILE, ROOT / "ontologies" / "words" / "api.toml", *CONCEPTS], ids=lambda path: path.name)
def test_no_page_tells_its_reader_to_run_a_command(path: Path) -> None:
    """The page for developers is the one that shows commands."""
    said = texts(path) if path.suffix == ".toml" else literals(path)
    assert [one for one in said if _COMMAND.search(one[1]) and not one[0].startswith("developers.")] == []


_TECHNICAL = re.compile(r"\b(odl|skos|sh|csvw):\w+|本專案|覆蓋層|\boverlay\b|in the program|不在程式")


@pytest.mark.parametrize("path", CONCEPTS, ids=lambda path: path.name)
def test_a_definition_is_written_for_readers(path: Path) -> None:
    """No names of our own properties, no talk of the project: a page shows the text to whoever looks a code up."""
    assert [one for one in literals(path) if one[0] in ("definition", "scopeNote") and _TECHNICAL.search(one[1])] == []
