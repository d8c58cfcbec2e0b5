"""The words persons are recognised by: lists in `ontologies/persons/*.ttl`, each concept one list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.folding import plain
from odlinked.namespaces import SKOS
from odlinked.rdf import vocabulary

PATTERN = "ontologies/persons/*.ttl"


HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""The characters that Chinese names are written with, as a regular expression has them between brackets."""


@dataclass(frozen=True)
class WordLists:
    """List name (its notation) -> its words in plain form, longest first."""

    lists: tuple[tuple[str, tuple[str, ...]], ...]

    def of(self, name: str) -> tuple[str, ...]:
        """Return a list; raise `AssetError` where no layer has it."""
        for key, words in self.lists:
            if key == name:
                return words
        raise AssetError(f"there is no list of words {name!r}", doing="reading", on=PATTERN)

    def pattern(self, *names: str) -> str:
        """Return a regular expression for the words of lists, longest first; Chinese words may be written with blanks."""
        words = sorted({word for name in names for word in self.of(name)}, key=lambda word: (-len(word), word))
        return "|".join(spaced(word) for word in words)


def spaced(word: str) -> str:
    """Return a regular expression for a word; between the characters of a Chinese one there may be at most two blanks."""
    if word.isascii():
        return re.escape(word)
    return r"[^\S\n]{0,2}".join(re.escape(character) for character in word)


@lru_cache(maxsize=4)
def load(assets: Assets) -> WordLists:
    """Read the lists of all layers; statements of several files about one concept are merged."""
    names: dict[str, str] = {}
    words: dict[str, set[str]] = {}
    for _, triples in vocabulary.each(assets, PATTERN, doing="reading the list of words"):
        for triple in triples:
            if isinstance(triple.object, ox.Literal) and triple.predicate.value == SKOS + "notation":
                names[str(triple.subject)] = triple.object.value
            elif isinstance(triple.object, ox.Literal) and triple.predicate.value == SKOS + "altLabel":
                words.setdefault(str(triple.subject), set()).add(plain(triple.object.value))
    return WordLists(tuple((names[key], _longest_first(found)) for key, found in sorted(words.items()) if key in names))


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
