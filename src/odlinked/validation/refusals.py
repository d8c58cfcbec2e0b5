"""Why a file or a part of it cannot be checked, as the page of the check tells it, in every language.

Errors are raised in English, where they are known; `odlinked.messages` finds the Chinese of a sentence. What the page words
otherwise than the command line (it cannot offer an option or a setting) stands in `ontologies/words/refusals.toml` and is taken
first. What neither has stays in English, after words that say what it means.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from odlinked import messages
from odlinked.assets import Assets
from odlinked.errors import OdlinkedError, printable
from odlinked.mapping import forms
from odlinked.messages import Messages

WORDS: Final = "ontologies/words/refusals.toml"
CHINESE: Final = "zh-Hant"
_OTHERS: Final = ("why", "part", "next", "note")
_PARTS: Final = "; "
_STOPS: Final = "。，：； "


@dataclass(frozen=True)
class Refusals:
    """The Chinese of sentences. `unknown` is what is told of a reason that has none, `whole` a refusal with its place and next
    step."""

    said: Messages
    unknown: str
    whole: str

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

    def chinese(self, text: str) -> str:
        """Return a sentence in Chinese, "" where it is none that is known; parts after a semicolon are sentences of their own."""
        told = self.said.told("page", text, *_OTHERS)
        if told != text:
            return told
        parts = text.split(_PARTS)
        return "；".join(self.said.told("page", part, *_OTHERS) for part in parts) if len(parts) > 1 else ""


@lru_cache(maxsize=4)
def load(assets: Assets) -> Refusals:
    """Read the asset."""
    raw = tomllib.loads(assets.text(WORDS))
    names = {form.name: f"「{form.labels.get(CHINESE) or form.name}」" for form in forms.load_all(assets)}
    page = {**names, **dict(raw["sentences"])}
    return Refusals(Messages({"page": page, **messages.load(CHINESE).sections}), raw["unknown"], raw["whole"])
