"""Why a file or a part of it cannot be checked, in every language: `ontologies/words/refusals.toml` has the Chinese sentences.

Errors are raised in English, where they are known; here they are recognised by the sentence they were made from. What is not
recognised stays in English, after words that say what it means.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from odlinked import messages
from odlinked.assets import Assets
from odlinked.errors import OdlinkedError, printable
from odlinked.mapping import forms

WORDS: Final = "ontologies/words/refusals.toml"
CHINESE: Final = "zh-Hant"
_NAME: Final = re.compile(r"\{(\w+)\}")
_SECTIONS: Final = ("why", "part", "next", "note")
"""Where the messages of the command line have a sentence that has no words of its own for this page."""

_LONGEST: Final = 2_000
_DEEPEST: Final = 4
_PARTS: Final = "; "
_STOPS: Final = "。，：； "


@dataclass(frozen=True)
class Refusals:
    """The sentences, in the order in which they are tried: pattern of the English one, the Chinese one.

    `unknown` is what is told of a reason that is none of them, `whole` a refusal with its place and next step, `names` the names
    of forms, as a person knows them.
    """

    sentences: tuple[tuple[re.Pattern[str], str], ...]
    unknown: str
    whole: str
    names: Mapping[str, str]

    def refusal(self, problem: OdlinkedError) -> dict[str, str]:
        """Return an error as one line in each language."""
        why = self.chinese(problem.why) or self.unknown.format(why=problem.why)
        after = self.chinese(problem.next_step) or problem.next_step
        place = problem.on.replace(", sheet ", " · ") if problem.on else ""
        told = self.whole.format(on=place, why=why.rstrip(_STOPS), next=f"{after}。" if after else "")
        return {CHINESE: printable(told.lstrip("：")), "en": problem.line()}

    def told(self, text: str) -> dict[str, str]:
        """Return a sentence in each language; in English where there is no Chinese one."""
        return {CHINESE: self.chinese(text) or text, "en": text}

    def chinese(self, text: str, deep: int = 0) -> str:
        """Return a sentence in Chinese, "" where it is none that is known; parts after a semicolon are sentences of their own."""
        if not text or len(text) > _LONGEST or deep > _DEEPEST:
            return ""
        for pattern, meant in self.sentences:
            match = pattern.fullmatch(text)
            if match:
                filled = {name: self.names.get(value) or self.chinese(value, deep + 1) or value
                          for name, value in match.groupdict().items()}
                return meant.format_map(filled)
        parts = text.split(_PARTS)
        if len(parts) > 1:
            return "；".join(self.chinese(part, deep + 1) or part for part in parts)
        said = messages.load(CHINESE)
        return next((told for section in _SECTIONS if (told := said.told(section, text)) != text), "")


@lru_cache(maxsize=4)
def load(assets: Assets) -> Refusals:
    """Read the asset."""
    raw = tomllib.loads(assets.text(WORDS))
    names = {form.name: f"「{form.labels.get(CHINESE) or form.name}」" for form in forms.load_all(assets)}
    sentences = tuple((_pattern(english), chinese) for english, chinese in raw["sentences"])
    return Refusals(sentences, raw["unknown"], raw["whole"], names)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _NAME.split(sentence)
    filled = "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(filled, re.DOTALL)
