"""Stored questions written for one body: from its units to their datasets, instead of every pattern read whole.

Questions are written for the whole catalogue, a sub-SELECT for each pattern, which makes the engine join by hashing. Where the
parameter that narrows them is given (`queries/narrowed.toml`), the same question is written so that the engine looks up what
hangs on the few: a hundred times as fast, with the same rows in the same order.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from odlinked.assets import Assets
from odlinked.errors import AssetError

ASSET: Final = "queries/narrowed.toml"

_PATTERN: Final = re.compile(r"\{ SELECT ((?:\?\w+ )+)WHERE \{\s((?:[^{}]|\{[^{}]*\})*)\s\} \}")
"""A sub-SELECT without groups of groups: its variables and its patterns. With nothing behind its WHERE, it gives every row."""

_WORD: Final = re.compile(r"\{\{(\w+)\}\}")
_WORD_ESCAPED: Final = re.compile(r"\\\{\\\{(\w+)\\\}\\\}")
_KEPT: Final = re.compile(r"\b(?:VALUES|SELECT)\b")
_VARIABLE: Final = re.compile(r"\?\w+")


class Narrowed(NamedTuple):
    """Where `parameter` is given, what `instead` finds is written as `text`."""

    parameter: str
    instead: re.Pattern[str]
    text: str


def load(assets: Assets) -> tuple[Narrowed, ...]:
    """Return how questions are narrowed; raise `AssetError` where the asset cannot be read."""
    try:
        listed = tomllib.loads(assets.text(ASSET))["narrowed"]
        return tuple(Narrowed(one["parameter"], _words(one["instead"]), one["text"].strip()) for one in listed)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
        why = f"it cannot be read ({type(problem).__name__}: {problem})"
        raise AssetError(why, doing="reading how questions are narrowed", on=ASSET) from problem


def _words(text: str) -> re.Pattern[str]:
    """Return what finds a text however its words are set on lines; `{{name}}` in it is a word, the same one each time."""
    known = set[str]()

    def word(found: re.Match[str]) -> str:
        again = found[1] in known
        known.add(found[1])
        return f"(?P={found[1]})" if again else rf"(?P<{found[1]}>[\w-]+)"

    return re.compile(r"\s+".join(_WORD_ESCAPED.sub(word, re.escape(part)) for part in text.split()))


def narrowed(text: str, ways: tuple[Narrowed, ...]) -> Mapping[str, str]:
    """Return parameter -> the text of a question to be asked where it is given, for those that narrow it."""
    found: dict[str, str] = {}
    for one in ways:
        written, times = one.instead.subn(partial(_filled, one.text), found.get(one.parameter, text))
        if times:
            found[one.parameter] = written
    return {parameter: _opened(written) for parameter, written in found.items()}


def _filled(text: str, found: re.Match[str]) -> str:
    return _WORD.sub(lambda word: found[word[1]], text)


def _opened(text: str) -> str:
    """Return a text with the patterns of sub-SELECTs where these stood: variables they did not hand out get other names."""
    number = 0

    def opened(found: re.Match[str]) -> str:
        nonlocal number
        given, inner = found[1].split(), found[2]
        if _KEPT.search(inner):
            return f"{{ SELECT {found[1]}WHERE {{ {_PATTERN.sub(opened, inner)} }} }}"
        for name in sorted(set(_VARIABLE.findall(inner)) - set(given)):
            number += 1
            inner = re.sub(rf"{re.escape(name)}\b", f"{name}Of{number}", inner)
        return f"{{ {inner} }}"

    return _PATTERN.sub(opened, text)
