"""Patterns that wait to be compiled answer as compiled ones do."""

from __future__ import annotations

import copy
import re

import pytest

from odlinked.patterns import pattern


def test_it_is_compiled_when_it_is_asked() -> None:
    faulty = pattern("(")
    with pytest.raises(re.error):
        faulty.search("text")


def test_it_does_what_a_compiled_one_does() -> None:
    waiting, compiled = pattern(r"(?P<word>[a-zü]+)", re.IGNORECASE), re.compile(r"(?P<word>[a-zü]+)", re.IGNORECASE)
    text = "Über 12 words"
    assert [one.span("word") for one in waiting.finditer(text)] == [one.span("word") for one in compiled.finditer(text)]
    assert (waiting.sub("-", text), waiting.pattern, waiting.flags) == (compiled.sub("-", text), compiled.pattern, compiled.flags)
    assert waiting.search == waiting.search  # kept
    assert copy.copy(waiting).findall(text) == compiled.findall(text)
    assert pattern(rb"\d+").findall(b"1 22") == [b"1", b"22"]
