"""How texts are spelled in the full-text index: bigrams for Han script, words for the rest, both folded.

空氣 has two characters, so trigrams miss it, and word segmentation missed 水質; overlapping bigrams miss neither. The last
character of a run is a token of its own too, so that a search for one character is a prefix search that finds every place.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import opencc

from odlinked.folding import plain

_HAN: Final = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
_YEAR: Final = re.compile(r"(?<![0-9])[0-9]{2,4}年")
_BLOCKS: Final = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))


@lru_cache(maxsize=1)
def characters() -> Mapping[int, str]:
    """Return character -> the one it is searched by, for every Han character that is not searched by itself.

    The classes are OpenCC's: all traditional characters with one simplified form are one character, and 台 is 臺. 發 and 髮 are
    then one, too, which costs nothing where words have two characters.
    """
    every = "".join(unicodedata.normalize("NFKC", chr(code)) for first, end in _BLOCKS for code in range(first, end))
    simplified = opencc.OpenCC("t2s").convert("\n".join(every)).split("\n")
    traditional = opencc.OpenCC("s2tw").convert("\n".join(simplified)).split("\n")
    table = {one: "臺" if to == "台" else to for one, to in zip(every, traditional, strict=True)}
    settled = {one: table.get(to, to) for one, to in table.items()}  # some classes are joined in two steps
    return {ord(one): to for one, to in settled.items() if one != to}


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
