"""What the program tells people, in their language: the English text is the key, the Chinese stands in an asset.

Whoever raises an error or prints a line writes it in English where it happens. `ontologies/words/messages.toml` has the
Chinese below the same text, with a name in braces for each value. It is looked up when the text is told, and not before: what
is raised in a worker process, kept or written into a log for programs stays as it is. `tests/test_messages.py` goes through the
source and fails where a text has no Chinese.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from odlinked.assets import Assets
from odlinked.errors import OdlinkedError, printable

ASSET: Final = "ontologies/words/messages.toml"
LANGUAGES: Final = ("zh-Hant", "en")

PLACE: Final = re.compile(r"\{(\w+)\}")
"""The place of a value in a text: a name in braces."""

NUMBERS: Final = frozenset({"count", "least", "line", "most", "number", "ratio", "row", "size"})
"""Names of values that are numbers: nothing else matches there."""

_NUMBER: Final = r"-?\d[\d,.]*"
_LONGEST: Final = 2_000
"""Characters of a text that is looked up; a longer one is no sentence of ours."""

_DEEPEST: Final = 5
"""How many texts may stand within each other, as the reason within an error."""


@dataclass(frozen=True)
class MessagePattern:
    """A text with values in it: what matches it as told in English, and its translation.

    `rank` puts texts with more characters of their own first, and among equals those with fewer values.
    """

    rank: tuple[int, int]
    match: Callable[[str], re.Match[str] | None]
    translation: str


class Messages:
    """Texts in one language. `sections`: name of a section -> English text -> translation; none for English."""

    def __init__(self, sections: Mapping[str, Mapping[str, str]]) -> None:
        self.sections = sections
        self._patterns = {name: list(_patterns(texts)) for name, texts in sections.items()}

    def text(self, key: str, **values: object) -> str:
        """Return the text of the command line whose English is `key`, with its values."""
        return self.sections.get("line", {}).get(key, key).format(**values)

    def noun(self, what: str) -> str:
        """Return the noun after a number: in Chinese with its measure word, in English as given."""
        return self.sections.get("noun", {}).get(what, what)

    def told(self, section: str, text: str, *others: str) -> str:
        """Return a finished English text in the language; as it is where neither the section nor `others` know it.

        A value in it is told as it is, too, unless it is itself a reason or a part that the messages know.
        """
        return self._told((section, *others), text, 0)

    def _told(self, sections: tuple[str, ...], text: str, depth: int) -> str:
        """Return a text as the first section with exactly it has it, else by the pattern with most characters of its own."""
        if not self.sections or len(text) > _LONGEST or depth > _DEEPEST:
            return text
        for section in sections:
            if text in self.sections[section]:
                return self.sections[section][text]
        patterns = [pattern for section in sections for pattern in self._patterns[section]]
        within = tuple(dict.fromkeys((*sections, "part", "why")))
        for pattern in sorted(patterns, key=lambda one: one.rank):
            if found := pattern.match(text):
                return self._filled(within, found, pattern.translation, depth + 1)
        return text

    def _filled(self, sections: tuple[str, ...], found: re.Match[str], translation: str, depth: int) -> str:
        return PLACE.sub(lambda place: self._told(sections, found[place[1]], depth), translation)

    def line(self, error: OdlinkedError) -> str:
        """Return an error as one line: see `OdlinkedError.line`."""
        if not self.sections:
            return error.line()
        head = " ".join(part for part in (self.told("doing", error.doing), self.told("on", error.on)) if part)
        text = self._told(("why", "part"), error.why, 0)
        text = self.text("{head}: {text}", head=head, text=text) if head else text
        if error.next_step:
            text = self.text("{text}. {next}", text=text.rstrip("."), next=self.told("next", error.next_step))
        return printable(text)


def _patterns(texts: Mapping[str, str]) -> Iterator[MessagePattern]:
    """Yield the patterns of texts with values."""
    for text, translation in texts.items():
        if PLACE.search(text):
            pieces = PLACE.split(text)
            pattern = "".join(f"(?P<{piece}>{_NUMBER if piece in NUMBERS else '.*?'})" if place % 2 else re.escape(piece)
                              for place, piece in enumerate(pieces))
            rank = (-len("".join("".join(pieces[::2]).split())), len(pieces))
            yield MessagePattern(rank, re.compile(pattern, re.DOTALL).fullmatch, translation)


@lru_cache(maxsize=len(LANGUAGES))
def load(language: str) -> Messages:
    """Return the messages of a language ("zh-Hant" or "en")."""
    return Messages({} if language == "en" else tomllib.loads(Assets().text(ASSET)))
