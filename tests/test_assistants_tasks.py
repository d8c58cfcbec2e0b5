"""Tasks that people give an assistant, over `odlinked mcp` and the demo's catalogue, by the SDK's own client."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from builders.assistants import TASKS, at, filled_in, process, talk
from mcp.client.client import Client

from odlinked.assets import bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.serve import EXAMPLES
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.assistants.toolbox import TOOLS


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What the calls of each task came to, all asked of one process."""
    workspace = Workspace(tmp_path_factory.mktemp("demo") / "var")
    for source, names in EXAMPLES.items():
        Publisher(workspace, Settings()).publish([bundled() / "examples" / name for name in names], source)

    async def all_tasks(client: Client) -> list[list[Any]]:
        found = []
        for task in TASKS:
            done: list[Any] = []
            for call in task["calls"]:
                given = filled_in(call["with"], [one.structured_content for one in done])
                done.append(await client.call_tool(call["tool"], given))
            found.append(done)
        return found

    told: list[list[Any]] = talk(process(workspace.root), all_tasks)
    return told


@pytest.mark.parametrize("number", range(len(TASKS)), ids=[task["asks"] for task in TASKS])
def test_a_task_reaches_its_answer(answers: list[list[Any]], number: int) -> None:
    task, last = TASKS[number], answers[number][-1]
    text = last.content[0].text
    assert "Traceback" not in text
    if "refused" in task:
        assert last.is_error
        assert task["refused"] in text
        return
    assert not last.is_error, text
    for path, value in task.get("finds", {}).items():
        assert at(last.structured_content, path) == value, text[:2_000]
    for path, value in task.get("holds", {}).items():
        assert value in at(last.structured_content, path), text[:2_000]


def test_there_are_forty_and_none_needs_more_than_three_calls() -> None:
    assert len(TASKS) >= 40
    assert max(len(task["calls"]) for task in TASKS) <= 3
    assert all(task.get("finds") or task.get("holds") or task.get("refused") for task in TASKS)
    assert set(Counter(call["tool"] for task in TASKS for call in task["calls"])) == set(TOOLS)


def test_every_answer_has_iris_release_completeness_and_licence(answers: list[list[Any]]) -> None:
    for task, done in zip(TASKS, answers, strict=True):
        for one in done:
            if one.is_error:
                assert "\n" in one.content[0].text, "what is wrong, then what to do next"
                continue
            told = one.structured_content
            assert told["release"]["name"] == "000002", task["asks"]
            if told["licence"]:
                assert [one["iri"] for one in told["licence"]] == ["https://data.gov.tw/license"]
            else:
                assert told["licence_text"] in ("來源沒有說明授權；使用前請向提供機關確認。",
                                                "The source states no licence: ask the publisher before use.")
            assert isinstance(told["completeness"]["complete"], bool)
            assert told["completeness"]["text"]
            assert all(iri.startswith("http") for iri in told["iri"])
            if not told["completeness"]["complete"] and "rest" in told["completeness"]:
                assert told["completeness"]["rest"]
            assert len(one.content[0].text) < 100_000
