"""How texts are spelled in the full-text index: bigrams for Han script, words for the rest, both folded.

空氣 has two characters, so trigrams miss it, and word segmentation missed 水質; overlapping bigrams miss neither. The last
character of a run is a token of its own too, so that a search for one character is a prefix search that finds every place.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from odlinked.assets import Assets
from odlinked.folding import plain

_HAN: Final = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
_YEAR: Final = re.compile(r"(?<![0-9])[0-9]{2,4}年")
CHARACTERS: Final = "ontologies/words/characters.toml"


@lru_cache(maxsize=1)
def characters() -> Mapping[int, str]:
    """Return what `str.translate` makes the characters of a text those it is searched by; others are searched by themselves.

    They are read from a table, not asked of OpenCC: loading its dictionary of phrases takes longer than all else a small publish
    does with its texts, and no phrase matters for single characters.
    """
    return {ord(one): group[0] for group in tomllib.loads(Assets().text(CHARACTERS))["alike"].split() for one in group[1:]}


def searchable(text: str) -> str:
    """Return text as it is compared: full-width forms half-width, lower case, no invisible characters, simplified and variant Han
    characters as one traditional one."""
    if text.isascii():
        return plain(text).lower()
    return plain(text).casefold().translate(characters())


def runs(text: str) -> list[str]:
    """Return the runs of Han characters and the words of a folded text, in their order."""
    return [han or word for han, word in _RUN.findall(text)]


def is_han(run: str) -> bool:
    """True for a run of Han characters."""
    found = _RUN.fullmatch(run)
    return found is not None and found[1] is not None


def tokens(text: str) -> str:
    """Return the blank-separated index tokens of a text; a number with 年 behind it is one more, so that years are found soon."""
    words: list[str] = []
    folded = searchable(text)
    for han, word in _RUN.findall(folded):
        if han:
            words.extend(han[i : i + 2] for i in range(len(han)))
        else:
            words.append(word)
    words += _YEAR.findall(folded)
    return " ".join(words)


def phrase(text: str, *, whole: bool = False) -> str:
    """Return the FTS5 phrase of a folded text, "" where nothing of it is searchable.

    The last word may go on in the index, unless it is to be `whole`; so may a last single Han character.
    """
    if _YEAR.fullmatch(text):
        return f'"{text}"'
    parts, found = [], runs(text)
    for number, run in enumerate(found):
        last = number == len(found) - 1
        if not is_han(run):
            parts.append(run)
        else:
            parts += [run[i : i + 2] for i in range(len(run) - (1 if last and len(run) > 1 else 0))]
    if not found:
        return ""
    goes_on = len(found[-1]) == 1 if is_han(found[-1]) else not whole
    return f'"{" ".join(parts)}"' + ("*" if goes_on else "")


def token_of(iri: str) -> str:
    """Return the index token that stands for a code or an organisation, whatever it is called."""
    return f"iri{zlib.crc32(iri.encode()):08x}{len(iri):02x}"
