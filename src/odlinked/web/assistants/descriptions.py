"""The tools as they are described to assistants: JSON Schema made of the texts of the API and the headers of stored questions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from odlinked.catalog.asking import questions
from odlinked.queries import Parameter
from odlinked.web.http.negotiation import LANGUAGES
from odlinked.web.pages.openapi import ASSET
from odlinked.web.pages.questions import StoredQuestions

MOST: Final = 100
"""Most members of a list, or rows, that one answer holds."""

USUAL: Final = 20
"""How many it holds where no number is given."""

SHOWN: Final = 12
"""Codes of a list that are named as examples."""


@dataclass(frozen=True)
class ToolDescription:
    """A tool in one language; `schema` is the JSON Schema (2020-12) of its arguments."""

    name: str
    title: str
    text: str
    schema: Mapping[str, Any]


class ToolTexts:
    """The texts of the tools and of what they take."""

    def __init__(self, desk: StoredQuestions) -> None:
        """Read the texts; raise `AssetError` where there are none."""
        self._desk, self._assets = desk, desk.site.assets
        self._texts: Mapping[str, Any] = tomllib.loads(self._assets.text(ASSET))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tools."""
        return tuple(self._texts["tools"])

    def general(self, key: str, language: str) -> str:
        """Return a text about all tools: `title` or `instructions`."""
        return str(self._texts["assistants"][key][LANGUAGES.index(language)])

    def takes(self, tool: str) -> dict[str, str]:
        """Return the name of each argument of a tool -> the key of its texts."""
        return {self._entry(key).get("name", key): key for key in self._texts["tools"][tool]["takes"]}

    def needed(self, tool: str) -> list[str]:
        """Return the names of the arguments that must be given."""
        return [self._entry(key).get("name", key) for key in self._texts["tools"][tool].get("needs", ())]

    def values(self, key: str) -> tuple[str, ...]:
        """Return the only values that an argument can have, () where any text may be given."""
        return tuple(self._entry(key).get("values", ()))

    def tools(self, language: str) -> list[ToolDescription]:
        """Return all tools in a language."""
        place = LANGUAGES.index(language)
        return [ToolDescription(name, entry["title"][place], entry["text"][place], self._schema(name, language))
                for name, entry in self._texts["tools"].items()]

    def _entry(self, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._texts["parameters"][key]
        return found

    def _schema(self, tool: str, language: str) -> dict[str, Any]:
        return {"type": "object", "properties": {name: self._argument(key, language) for name, key in self.takes(tool).items()},
                "required": self.needed(tool), "additionalProperties": False}

    def _argument(self, key: str, language: str) -> dict[str, Any]:
        entry = self._entry(key)
        text = entry["text"][LANGUAGES.index(language)]
        if entry.get("one_of") == "takes":
            taken = self._parameters(language)
            return {"type": "object", "description": text, "properties": taken, "additionalProperties": False}
        if entry.get("one_of") == "questions":
            return {"type": "string", "description": text, "enum": list(self._desk.questions)}
        if entry.get("type") == "integer":
            bounds = {"maximum": MOST, "default": USUAL} if key == "limit" else {}
            return {"type": "integer", "description": text, "minimum": int(key != "offset"), **bounds}
        schema: dict[str, Any] = {"type": "string", "description": text}
        if "codes" in entry:
            return self._coded(entry["codes"], text, language)
        return schema | ({"enum": list(entry["values"])} if "values" in entry else {})

    def _coded(self, name: str, text: str, language: str) -> dict[str, Any]:
        """Return the schema of a code: notations are examples, since names and IRIs are understood, too."""
        colon = self._desk.site.words.say("colon", language)
        shown = [code.notation for code in questions.codes(self._assets, name)][:SHOWN]
        how = self._texts["codes"][LANGUAGES.index(language)]
        return {"type": "string", "description": f"{text}{colon}{how} (code: {name})", "examples": shown}

    def _parameters(self, language: str) -> dict[str, Any]:
        """Return name -> schema of every parameter that a stored question takes, each with the texts of its headers."""
        found: dict[str, list[Parameter]] = {}
        for one in self._desk.questions.values():
            for parameter in one.query.takes.values():
                found.setdefault(parameter.name, []).append(parameter)
        return {name: self._parameter(same, language) for name, same in found.items()}

    def _parameter(self, same: Iterable[Parameter], language: str) -> dict[str, Any]:
        known = list(same)
        text = " / ".join(dict.fromkeys(one.texts.get(language, one.name) for one in known))
        lists = {one.codes for one in known}
        if len(lists) == 1 and (codes := lists.pop()):
            return self._coded(codes, text, language)
        return {"type": "integer" if all(one.kind == "integer" for one in known) else "string", "description": text}
