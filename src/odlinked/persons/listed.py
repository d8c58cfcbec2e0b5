"""Cells that say no more than who somebody is: one name or several, with titles, numbers and brackets beside them.

A single cell of this kind may be a place or a thing; whether a column is one of persons is decided by all of its cells.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from odlinked.persons.names import PersonNames
from odlinked.persons.words import HAN

SURE: Final = 3
SHORT: Final = 2
"""Two characters, the first a surname that means little else: they may be another word."""

PERHAPS: Final = 1

_LONGEST: Final = 200
_MOST_LATIN: Final = 48
_LATIN: Final = re.compile("[A-Za-z]")
_CHINESE: Final = re.compile(rf"[{HAN}]")
_RUN: Final = re.compile(rf"[{HAN}]{{13}}")
"""More characters in a row than a name with its titles has."""

_MARK: Final = re.compile("[·‧・•．.]")
_WORD: Final = re.compile(rf"[{HAN}]+(?:[·‧・•．.][{HAN}]+)*")
_DOTTED: Final = re.compile(rf"[{HAN}]{{1,8}}(?:[·‧・•．.][{HAN}]{{1,8}}){{1,3}}")
_ASIDE: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_APART: Final = re.compile(r"[、,;/&\n及和與]")
_CAPITAL: Final = re.compile(r"[A-Z][a-z'.]*(?:[A-Z][a-z]+)*(?:-[A-Za-z]+)*|[A-Z]+(?:-[A-Z]+)*")
_SYLLABLE: Final = (r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh|ts|tz|hs)?(?:[iuy]?"
                    r"(?:ang|eng|ong|ing|an|en|ao|ai|ei|ou|in|un|ia|ie|iu|ui|uo|ua|ueh|ieh|ih|a|e|i|o|u|er|iao))")
_GIVEN: Final = re.compile(rf"(?:{_SYLLABLE}[- ]?){{2}}", re.IGNORECASE)
_TITLED: Final = re.compile(r"(?:mr|mrs|ms|miss|dr|prof)\.?\s+", re.IGNORECASE)
_UNDOTTED: Final = str.maketrans("đĐøØłŁ", "dDoOlL")


@dataclass(frozen=True)
class ListedNames:
    """What a cell says of persons, by the word lists: surnames of Taiwan and `others` (simplified, Japanese), given names in
    Latin letters, and words that say nothing (`blanks`: 無, N/A)."""

    names: PersonNames
    others: frozenset[str]
    given: frozenset[str]
    blanks: frozenset[str]

    @classmethod
    def of(cls, names: PersonNames) -> ListedNames:
        """Build it from the lists of words."""
        return cls(names, frozenset(names.words.of("other-surname")),
                   frozenset(word.lower() for word in names.words.of("latin-given")), frozenset(names.words.of("says-nothing")))

    @cached_property
    def _openings(self) -> frozenset[str]:
        """The first characters of all surnames."""
        return frozenset(surname[0] for surname in (*self.names.surnames, *self.others))

    def read(self, text: str) -> tuple[int, str]:
        """Return how surely a plain text consists of names of persons (`SURE`, `SHORT`, `PERHAPS`, 0), and the first of them."""
        if not text or len(text) > _LONGEST:
            return 0, ""
        if _CHINESE.search(text) is None:
            return (SURE, text) if _LATIN.search(text) and self._is_latin(text) else (0, "")
        bare = _ASIDE.sub(" ", text)
        first = _CHINESE.search(bare)
        if first is None or _LATIN.search(bare) is not None or _RUN.search(bare) is not None:
            return 0, ""
        if first[0] not in self._openings and _MARK.search(bare) is None:
            return 0, ""
        whole = "".join(bare.split())
        if found := self._word(whole):
            return found, whole
        words = [word for run in _WORD.findall(_APART.sub(" ", bare)) for word in self.names.called.sub(" ", run).split()]
        strengths = [self._word(word) for word in words]
        return (max(strengths), words[0]) if strengths and all(strengths) else (0, "")

    def _word(self, word: str) -> int:
        """Return how surely a run of Chinese characters is a name."""
        names = self.names
        if _DOTTED.fullmatch(word):
            return 0 if names.no_person.search(word) else SURE
        if word[:2] in self.others and 3 <= len(word) <= 4:
            return 0 if names.no_person.search(word, 2) else SURE if len(word) == 4 else PERHAPS
        if word[:1] in self.others and 2 <= len(word) <= 3:
            return 0 if names.no_person.search(word, 1) else SURE if len(word) == 3 else SHORT
        if not names.is_name(word):
            return 0
        if len(word) == 2:
            return SHORT if names.is_sure(word) else 0
        return SURE if len(word) == 4 or names.is_sure(word) else PERHAPS

    def _is_latin(self, text: str) -> bool:
        """True for a text in Latin letters that is a name: by a surname of Taiwan and two syllables, or by a given name."""
        if len(text) > _MOST_LATIN:
            return False
        signs = unicodedata.normalize("NFKD", text.translate(_UNDOTTED))
        shown = "".join(sign for sign in signs if not unicodedata.combining(sign))
        shown = _TITLED.sub("", _ASIDE.sub(" ", shown)).strip()
        if self.names.romanised.is_name(shown):
            return True
        parts = re.split(r"[,\s]+", shown)
        if not 2 <= len(parts) <= 4 or not all(map(_CAPITAL.fullmatch, parts)):
            return False
        words = [part.lower().rstrip(".") for part in parts]
        if not self.names.romanised.things.isdisjoint(words):
            return False
        if words[0] in self.given or ("," in shown and words[1] in self.given):
            return True
        return any(surname in self.names.romanised.surnames and _GIVEN.fullmatch(" ".join(rest)) is not None
                   for surname, rest in ((words[0], words[1:]), (words[-1], words[:-1])))
