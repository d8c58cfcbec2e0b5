"""`odlinked query`: the stored questions on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from builders.national_list import row, write
from click.testing import CliRunner, Result

from odlinked.assets import Assets
from odlinked.catalog.asking import questions
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("query")
    rows = [row(n, "=1+1" if n == 1 else "水位", 品質檢測="白金" if n == 2 else "金") for n in range(1, 4)]
    Publisher(Workspace(folder / "var"), Settings()).publish([write(folder / "list.csv", *rows)], "national")
    return folder / "var"


def run(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["query", *arguments, "--workspace", str(workspace)])


def test_the_questions_are_listed(workspace: Path) -> None:
    chinese, english = run(workspace).output, run(workspace, "--lang", "en").output
    names = [line.split()[0] for line in english.splitlines()]
    assert names == list(questions.stored(Assets()))
    assert "Datasets by the badge their source states" in english
    assert "各品質標章之資料集數" in chinese
    assert "--word" in english


def test_an_answer_in_each_format(workspace: Path) -> None:
    table = run(workspace, "badges").output.splitlines()
    assert table[0].split() == ["statedBadge", "badgeName", "datasets", "total"]
    assert table[1].split() == ["quality-badge/gold", "金", "2", "3"]
    rows = list(csv.DictReader(io.StringIO(run(workspace, "badges", "--format", "csv").output)))
    assert [(one["badgeName"], one["datasets"]) for one in rows] == [("金", "2"), ("白金", "1")]
    bindings = json.loads(run(workspace, "badges", "--format", "json").output)["results"]["bindings"]
    assert [one["datasets"]["value"] for one in bindings] == ["2", "1"]


@pytest.mark.parametrize("given", [["--badge", "platinum"], ["--badge=白金"], ["--badge", "白金", "--state", "open"]])
def test_parameters_are_taken_as_by_the_service(workspace: Path, given: list[str]) -> None:
    found = run(workspace, "datasets", *given, "--format", "csv").output
    assert [one["title"] for one in csv.DictReader(io.StringIO(found))] == ["水位2"]


def test_a_formula_is_harmless_in_a_spreadsheet(workspace: Path) -> None:
    assert "'=1+11" in run(workspace, "datasets", "--format", "csv").output


@pytest.mark.parametrize(("arguments", "said"), [
    (["bagdes"], "Did you mean badges?"), (["datasets", "--stat", "open"], "Did you mean state?"),
    (["datasets", "--state", "opne"], "Known: open, planned, on-request, withheld"), (["titles-with"], "'word' must be given"),
    (["datasets", "open"], "--NAME VALUE"), (["datasets", "--state"], "the value is missing"),
])
def test_what_cannot_be_asked_is_one_line(workspace: Path, arguments: list[str], said: str) -> None:
    done = run(workspace, *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.splitlines()) == 1
