"""Long texts are looked at in another process, with the same answers as here."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import hostile_requests
from builders.endpoints import Mounted, ask, make_store

from odlinked.cage import fulltext, mistakes, tokenizer
from odlinked.cage.failures import QueryFailure
from odlinked.cage.text_process import Call, TextProcess, here
from odlinked.namespaces import ODL
from odlinked.web.sparql import texts

LONG = {one.name: hostile_requests.spelled(one.query)[:2 * texts.LONG]
        for one in hostile_requests.load() if one.kind == "text" and one.query}


@pytest.fixture(scope="module")
def process() -> Iterator[TextProcess]:
    one = TextProcess()
    yield one
    one.close()


class Short:
    """A pattern that reads no long text."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        assert len(text) <= texts.LONG
        return self._pattern.finditer(text)


def told(call: Call, text: str) -> tuple[object, ...]:
    """Return all that is read of a text, or why it is refused."""
    try:
        found = call(tokenizer.inspect, text)
        searched = fulltext.searched(text, {"odl": ODL}, ODL, lambda _text, _most: (1, ["urn:found"]), call)
        return found, searched, call(mistakes.read, "error at 1:3: expected Prefix not found", text, ("odl",))
    except QueryFailure as failure:
        return type(failure), failure.parts


@pytest.mark.parametrize("name", LONG)
def test_it_tells_what_is_told_here(process: TextProcess, name: str) -> None:
    assert told(process.call, LONG[name]) == told(here, LONG[name])


def test_one_that_died_is_told_and_the_next_text_is_read(process: TextProcess) -> None:
    number = process.call(os.getpid)
    os.kill(number, signal.SIGKILL)
    with pytest.raises(QueryFailure, match="ended"):
        process.call(len, "a")
    assert process.call(len, "ab") == 2


def test_one_that_takes_too_long_is_ended(process: TextProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odlinked.cage.text_process.SECONDS", 0.2)
    with pytest.raises(QueryFailure, match="too long"):
        process.call(pow, 3, 10 ** 9)
    monkeypatch.undo()
    assert process.call(len, "ab") == 2


def test_the_service_reads_no_long_text_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever reads the tokens of a long text here fails; the process has modules of its own."""
    mounted = Mounted(make_store(tmp_path / "store"))
    try:
        comment = f" # {'x' * texts.LONG}"
        for query, status in (("SELECT ?t { ?s ?p ?t FILTER(LANG(?t) = 'zh-Hant' && STR(?t) = '空氣品質') }", 200),
                              ("ASK { ?d odl:matches ?words }", 400), ("SELECT * { ?s ?p ?o FILTER(?o &&) }", 400)):
            usual = mounted.client.post("/sparql", data={"query": query})
            with monkeypatch.context() as patch:
                for pattern in ("_TOKEN", "_NEXT"):
                    patch.setattr(tokenizer, pattern, Short(getattr(tokenizer, pattern)))
                found = mounted.client.post("/sparql", data={"query": query + comment})
            assert found.status_code == usual.status_code == status
            assert json.loads(found.data) == json.loads(usual.data) or status == 400
        assert ask(mounted.client, "ASK {}").json["boolean"] is True
    finally:
        mounted.service.close()
