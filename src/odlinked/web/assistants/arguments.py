"""The arguments of a call, read: each by its name, within its limits; what is not known is refused with what is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from odlinked.catalog.asking import questions
from odlinked.catalog.asking.questions import NotUsable
from odlinked.folding import visible
from odlinked.quality.suggestions import near
from odlinked.web.assistants.descriptions import MOST, USUAL, ToolTexts
from odlinked.web.site.problems import Problem

LANGUAGE: Final = "lang"
LAST: Final = 1_000_000
"""The highest page, or row, that can be asked for."""


class Arguments:
    """What was given to a tool, `given` by name. Numbers may be written as text and texts as numbers: language models mix them
    up."""

    def __init__(self, texts: ToolTexts, tool: str, given: Mapping[str, object]) -> None:
        """Check the names; raise `NotUsable` for an unknown one, or where one is missing."""
        self.tool, self._texts, self._takes = tool, texts, texts.takes(tool)
        self.given = {name: value for name, value in given.items() if value is not None}
        for name, value in self.given.items():
            if name not in self._takes:
                shown = ascii(name[:80])[1:-1] if not _is_text(name) else name[:80]
                raise NotUsable(tool, "parameter", shown, known=list(self._takes), near=near(shown, list(self._takes)))
            if not _is_text(value):
                raise NotUsable(tool, "value", name, ascii(value)[:80])
        for name in texts.needed(tool):
            if self.given.get(name, "") == "":
                raise NotUsable(tool, "missing", name)

    def text(self, name: str, longest: int = questions.LONGEST) -> str:
        """Return a text without characters nobody sees, "" where it is left out; raise `NotUsable` for anything else."""
        value = self.given.get(name, "")
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise NotUsable(self.tool, "value", name, str(value)[:80])
        text = visible(str(value)).strip()
        if len(text) > longest:
            raise NotUsable(self.tool, "long", name)
        if value and not text:  # of characters nobody sees
            raise NotUsable(self.tool, "value", name, repr(value)[:20])
        known = self._texts.values(self._takes[name])
        if text and known and text not in known:
            raise NotUsable(self.tool, "value", name, text, known)
        return text

    def written(self, name: str) -> str:
        """Return a text exactly as it was given; raise `NotUsable` for what is none."""
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise NotUsable(self.tool, "value", name, str(value)[:80])
        return value

    def number(self, name: str, default: int, least: int = 1, most: int = LAST) -> int:
        """Return a whole number within bounds; raise `Problem` (400) for anything else."""
        value = self.given.get(name, default)
        text = str(value).strip().removesuffix(".0")
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise Problem(400, "question_range", facts={"name": name, "least": f"{least:,}", "most": f"{most:,}"})
        return int(text)

    @property
    def limit(self) -> int:
        """How many members or rows are wanted."""
        return self.number("limit", USUAL, most=MOST)

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Return the members of an object as (name, text), [] where it is left out; raise `NotUsable` for anything else."""
        value = self.given.get(name) or {}
        if not isinstance(value, Mapping):
            raise NotUsable(self.tool, "value", name, str(value)[:80])
        found = []
        for key, one in value.items():
            if isinstance(one, (Mapping, list)):
                raise NotUsable(self.tool, "value", str(key)[:80], str(one)[:80])
            if one is not None:
                found.append((str(key), str(one)))
        return found


def _is_text(value: object) -> bool:
    """True for what can be sent back: JSON may hold halves of characters (lone surrogates), which no encoding has."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, ValueError, RecursionError):
        return False
    return True
