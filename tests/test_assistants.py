"""The tools for assistants: what they take and say, and that nothing they are given makes them fail or lie."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.assistants import at
from builders.catalogs import iri
from builders.measured import looked_at
from builders.site import BASE, HOSTILE
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create
from odlinked.web.assistants.toolbox import TOOLS, Toolbox, ToolOutcome
from odlinked.web.http.negotiation import LANGUAGES

Call = Callable[..., ToolOutcome]
FAILED = ("Something failed on our side", "我們這邊出了錯")


def calling(app: Flask, accept: str = "en") -> Call:
    """Return a function that calls a tool within a request of an application."""
    with app.test_request_context():
        toolbox = Toolbox(app)

    def call(tool: str, /, **arguments: Any) -> ToolOutcome:
        with app.test_request_context(headers={"Accept-Language": accept}):
            return toolbox.call(tool, arguments)

    return call


@pytest.fixture(scope="module")
def call(app: Flask) -> Call:
    """The tools over the example site, asked in English."""
    return calling(app)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """The tools over three datasets: of one the files were looked at, one of which was gone; the third was taken down."""
    app = create(Releases(looked_at(tmp_path_factory.mktemp("measured"))), Settings())
    yield calling(app)
    app.extensions["odlinked.sparql"].close()


def found(outcome: ToolOutcome, path: str = "answer") -> Any:
    assert outcome.answer is not None, outcome.text
    return at(outcome.answer, path)


def test_the_tools_are_at_most_eight_each_with_words_in_both_languages(app: Flask) -> None:
    words = tomllib.loads(Assets().text("ontologies/words/api.toml"))
    with app.test_request_context():
        toolbox = Toolbox(app)
        for language in LANGUAGES:
            tools = toolbox.texts.tools(language)
            assert [one.name for one in tools] == list(TOOLS) == list(words["tools"])
            assert len(tools) <= 8
            for one in tools:
                assert one.title
                assert one.text
                assert bool(re.search("[\u4e00-\u9fff]", one.text)) == (language == "zh-Hant")
                assert set(one.schema["required"]) <= set(one.schema["properties"])
                assert all(given["description"] for given in one.schema["properties"].values())


def test_what_a_stored_question_takes_is_worded_by_its_header_alone(app: Flask) -> None:
    with app.test_request_context():
        schema = next(one for one in Toolbox(app).texts.tools("en") if one.name == "question").schema["properties"]
    questions = app.extensions["odlinked.questions"].questions
    assert schema["name"]["enum"] == list(questions)
    taken = {name: one for question in questions.values() for name, one in question.query.takes.items()}
    assert set(schema["parameters"]["properties"]) == set(taken)
    for name, one in taken.items():
        assert one.texts["en"] in schema["parameters"]["properties"][name]["description"]


def test_the_three_answers_of_a_check_stay_apart(measured: Call) -> None:
    told = found(measured("evidence", id=iri(1)))
    counts = told["outcomes"]
    assert counts["of"] == counts["passed"] + counts["failed"] + counts["untested"] + counts["inapplicable"]
    assert counts["failed"] > 0
    assert counts["untested"] > 0
    by = {outcome: [one for one in told["indicators"] if one.get("outcome") == outcome] for outcome in ("failed", "untested")}
    link = next(one for one in by["failed"] if one["iri"].endswith("/link-validity"))
    assert link["files"]["failed"] == 1
    assert link["because_of"]
    assert {one["state"] for one in told["visits"]} == {"good", "wrong"}
    never = found(measured("evidence", id=iri(2)))
    assert never["outcomes"]["failed"] == 0
    assert "Not visited" in never["visits"]
    assert never["badge"]["decided"] is False


def test_a_dataset_in_a_list_says_what_was_found_of_its_files(measured: Call) -> None:
    entries = {one["number"]: one for one in found(measured("search"), "answer.datasets")}
    assert entries["1"]["files"]["good"] == 1
    assert entries["1"]["files"]["faulty"] == 1
    assert "Not visited" in entries["2"]["files"]
    assert entries["2"]["badge"]["decided"] is False


def test_what_was_taken_down_is_told_as_such(measured: Call) -> None:
    told = found(measured("record", id=iri(3)))
    assert told["state"] == "This record was taken down"
    assert "files" not in told
    assert measured("evidence", id=iri(3)).answer is not None
    assert {one["number"] for one in found(measured("search"), "answer.datasets")} == {"1", "2"}


@pytest.mark.parametrize("written", [
    "6075", 6075, "６０７５", " 6075\u200b", f"{BASE}/id/dataset/6075", f"{BASE}/dataset/6075.ttl", f"<{BASE}/id/dataset/6075>",
    "dataset/6075", f"{BASE}/id/dataset/6075#contact", "https://data.gov.tw/dataset/6075", "空氣品質監測站基本資料",
])
def test_a_record_is_found_as_people_write_it(call: Call, written: object) -> None:
    assert found(call("record", id=written), "answer.iri") == f"{BASE}/id/dataset/6075"


@pytest.mark.parametrize("written", ["60755", "https://elsewhere.example/dataset/6075", "quality/6075", f"{BASE}/id/dataset/none",
                                     "—", "\u200b", "../../etc/passwd", "dataset/", "%2e%2e"])
def test_what_is_no_record_is_refused_with_what_to_do(call: Call, written: str) -> None:
    outcome = call("record", id=written)
    assert outcome.answer is None
    assert "Next: " in outcome.text
    assert not any(failed in outcome.text for failed in FAILED)


@pytest.mark.parametrize(("tool", "arguments", "said"), [
    ("record", {}, "id must be given"), ("record", {"id": ""}, "id must be given"), ("record", {"idd": "1"}, "Did you mean id?"),
    ("record", {"id": ["6075"]}, "is no value of id"), ("record", {"id": "x" * 600}, "too long"),
    ("search", {"limit": 0}, "from 1 to 100"), ("search", {"limit": "many"}, "from 1 to 100"),
    ("search", {"page": -1}, "whole number"),
    ("search", {"theme": "none of them"}, "Known: "), ("search", {"publisher": "環境暑"}, "環境部"),
    ("search", {"sort": "size"}, "relevance"), ("question", {"name": "state"}, "states"),
    ("question", {"name": "datasets-by-format"}, "type must be given"),
    ("question", {"name": "datasets-by-format", "parameters": {"type": "CVS"}}, "CSV"),
    ("question", {"name": "states", "parameters": {"today": "yesterday"}}, "2026-11-29"),
    ("question", {"name": "states", "parameters": ["today"]}, "is no value of parameters"),
    ("question", {"name": "states", "parameters": {"limit": 1}}, "There is no parameter limit"),
    ("sparql", {"query": "SELECT ?x { ?x a dct:Thing }"}, "PREFIX dct:"), ("sparql", {"query": "CLEAR ALL"}, "is an update"),
    ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"}, "SERVICE"),
    ("sparql", {"query": 5}, "no value"),
    ("code", {"list": "frequencies"}, "frequency"), ("search", {"q": "\ud800"}, "no value of q"),
    ("about", {"lang": "fr"}, "zh-Hant, en"), ("about", {"x": 1}, "no parameter x"),
    ("evidence", {"id": "環境部"}, "no dataset"),
])
def test_a_mistake_is_told_with_what_would_do(call: Call, tool: str, arguments: dict[str, Any], said: str) -> None:
    outcome = call(tool, **arguments)
    assert outcome.answer is None
    assert said in outcome.text
    assert outcome.text.rpartition("\n")[2].startswith("Next: ")
    assert not any(failed in outcome.text for failed in FAILED)


def test_the_language_is_that_of_the_call_then_of_the_client(app: Flask) -> None:
    ask = calling(app, "zh-TW")
    assert found(ask("about"), "licence.0.name") == "政府資料開放授權條款-第1版"
    assert found(ask("about", lang="en"), "licence.0.name") == "Open Government Data License, version 1.0"
    assert ask("record", id="none at all").text.splitlines()[-1].startswith("下一步：")
    assert ask("record", id="none at all", lang="en").text.splitlines()[-1].startswith("Next: ")


def test_pages_of_a_search_are_all_of_it_each_dataset_once(call: Call) -> None:
    whole = found(call("search", limit=100), "completeness.total")
    seen: list[str] = []
    given: dict[str, Any] = {"limit": 4}
    while given:
        outcome = call("search", **given)
        seen += found(outcome, "iri")
        told = found(outcome, "completeness")
        assert told["shown"] == len(found(outcome, "answer.datasets"))
        given = told.get("rest", {})
    assert len(seen) == len(set(seen)) == whole
    beyond = found(call("search", page=999), "completeness")
    assert (beyond["shown"], beyond["complete"]) == (0, False)
    assert "none of them" in beyond["text"]


def test_parts_of_an_answer_are_all_of_it(call: Call) -> None:
    whole = found(call("question", name="files", limit=100))["rows"]
    rows: list[Any] = []
    given: dict[str, Any] = {"name": "files", "limit": 3}
    while given:
        outcome = call("question", **given)
        rows += found(outcome, "answer.rows")
        given = found(outcome, "completeness").get("rest", {})
    assert rows == whole
    assert found(call("sparql", query="SELECT ?d { ?d a dcat:Dataset }", limit=1), "completeness.complete") is False


def test_a_long_answer_is_cut_and_says_so(call: Call) -> None:
    long = "VALUES ?n { " + " ".join(map(str, range(100))) + " } BIND(REPLACE(STR(?n), '.+', '" + "長" * 5_000 + "') AS ?t)"
    outcome = call("sparql", query=f"SELECT ?n ?t {{ {long} }}", limit=100)
    told = found(outcome, "completeness")
    assert told["complete"] is False
    assert 0 < told["shown"] < 100
    assert len(outcome.text) < 100_000
    graph = call("sparql", query="CONSTRUCT WHERE { ?s ?p ?o }")
    assert graph.answer is None
    assert "looks like a whole one" in graph.text


def test_what_a_source_wrote_stays_a_value(call: Call) -> None:
    outcome = call("record", id="666")
    assert found(outcome, "answer.title") == HOSTILE.replace("  ", " ")
    assert json.loads(outcome.text) == outcome.answer


def test_a_licence_is_only_of_what_states_it(call: Call, app: Flask) -> None:
    assert found(call("record", id="6075"), "licence.*.of") == ["data"]
    assert found(call("search", q="空氣"), "licence.*.of") == ["catalogue"]
    release = app.extensions["odlinked.releases"].current()
    without = [one.iri for one in release.roster("dataset") if (document := release.document_of(one)) and one.state == "live"
               and b"<http://purl.org/dc/terms/license>" not in document.text]
    for dataset in without:
        assert found(call("record", id=dataset), "licence") == []
        assert "states no licence" in found(call("record", id=dataset), "licence_text")
    assert without


def test_nothing_published_is_said(tmp_path: Path) -> None:
    app = create(Releases(Workspace(tmp_path / "var")), Settings())
    for tool in TOOLS:
        given = {"id": "1"} if tool in ("record", "fields", "evidence") else {"query": "ASK {}"} if tool == "sparql" else {}
        outcome = calling(app)(tool, **given)
        assert outcome.answer is None
        assert "nothing published yet" in outcome.text
    app.extensions["odlinked.sparql"].close()


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(
    ["6075", "環境部", "CSV", "states", "files", "frequency", "open", "115/11/29", "—", "-1", "1e9", "\ud800", "\x00", "ASK{}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2), max_leaves=4)
NAMES = ["id", "q", "theme", "publisher", "limit", "page", "offset", "name", "parameters", "query", "list", "words", "lang",
         "year", "sort", "grade", "rule", "faults", "stars", "area", "nothing"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tool=st.sampled_from(list(TOOLS)), arguments=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
def test_no_arguments_make_a_tool_fail(call: Call, tool: str, arguments: dict[str, Any]) -> None:
    outcome = call(tool, **arguments)
    assert not any(failed in outcome.text for failed in FAILED), (tool, arguments)
    assert "Traceback" not in outcome.text
    if outcome.answer is not None:
        assert outcome.answer["completeness"]["text"]


def test_the_sdk_is_not_loaded_before_it_is_asked(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", (
        "import sys; from pathlib import Path; from odlinked.cli import verbs; from odlinked.web import server;"
        "from odlinked.settings import Settings; app = server.build(Settings(), Path(sys.argv[1]));"
        "print(sorted({'mcp', 'mcp_types', 'pydantic', 'starlette', 'anyio'} & set(sys.modules)))"), str(tmp_path)],
        capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


