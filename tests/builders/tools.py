"""What the tools for assistants (MCP) tell of words and records, asked in the process."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask

from odlinked.web.assistants.toolbox import TOOLS, Toolbox

QUESTIONS = ("appraisal", "awards", "published-by-organization", "requests", "withheld", "planned")


def told_by_tools(app: Flask, words: Iterable[str], records: Iterable[str]) -> str:
    """Return all that the tools answer to searches for words and to the addresses of records, without the words asked for.

    Every tool is asked in a way that it answers: a refusal of the question itself fails.
    """
    words, records = list(words), list(records)
    calls = [("about", {}), *(("question", {"name": name}) for name in QUESTIONS)]
    for word in words:
        found = f"{{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} FILTER(CONTAINS(STR(?o), '{word}'))"
        calls += [("search", {"q": word}), ("code", {"words": word}), ("sparql", {"query": f"SELECT * {{ {found} }}"}),
                  ("record", {"id": word})]
    calls += [(tool, {"id": iri}) for iri in records for tool in ("record", "fields", "evidence")]
    assert {tool for tool, _ in calls} == set(TOOLS), "no tool is left out"
    text = ""
    with app.test_request_context():
        toolbox = Toolbox(app)
        for tool, given in calls:
            outcome = toolbox.call(tool, given)
            assert outcome.answer is not None or "id" in given, (tool, given, outcome.text)
            said = outcome.text
            for asked in given.values():
                said = said.replace(str(asked), "")
            text += said
    return text
