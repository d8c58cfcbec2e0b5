"""Names of persons in Latin letters, known by a surname as it is romanised in Taiwan: Chen, Mei-Ling · WANG HSIAO-MING."""

from __future__ import annotations

import re
from dataclasses import dataclass

from odlinked.persons.words import WordLists

WRITTEN = re.compile(r"[A-Z][A-Za-z'.-]{0,20}(?:[^\S\n]?,?[^\S\n]?[A-Z][A-Za-z'.-]{0,20}){0,3}")
"""Up to four words with capitals: what may be a name."""

_MOST = 48
_GIVEN = re.compile(r"[A-Z][A-Za-z]{0,6}-[A-Za-z]{1,7}")


@dataclass(frozen=True)
class RomanisedNames:
    """The names according to the word lists: surnames and words that no name holds, both in lower case."""

    surnames: frozenset[str]
    things: frozenset[str]

    @classmethod
    def of(cls, words: WordLists) -> RomanisedNames:
        """Build it from the lists of words."""
        return cls(*(frozenset(word.lower() for word in words.of(name)) for name in ("romanised-surname", "latin-thing")))

    def is_name(self, text: str) -> bool:
        """True when a whole text is a surname and a given name of two syllables with a hyphen, in either order."""
        parts = _parts(text)
        if len(parts) != 2:
            return False
        first, last = parts
        return any(surname.lower() in self.surnames and _GIVEN.fullmatch(given) is not None
                   for surname, given in ((first, last), (last, first)))

    def may_be(self, text: str) -> bool:
        """True when words after a word for a person are a name: two or three, one at either end a surname, none a thing."""
        parts = [part.lower().rstrip(".") for part in _parts(text)]
        return (2 <= len(parts) <= 3 and (parts[0] in self.surnames or parts[-1] in self.surnames)
                and self.things.isdisjoint(parts))


def _parts(text: str) -> list[str]:
    return re.split(r"[,\s]+", text.strip()) if len(text) <= _MOST else []
