"""How texts are spelled in the full-text index: bigrams for Han script, words for the rest, both folded.

空氣 has two characters, so trigrams miss it, and word segmentation missed 水質; overlapping bigrams miss neither. The last
character of a run is a token of its own too, so that a search for one character is a prefix search that finds every place.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import opencc

from odlinked.assets import Assets
from odlinked.folding import plain
from odlinked.patterns import pattern

_HAN: Final = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = pattern(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
_YEAR: Final = pattern(r"(?<![0-9])[0-9]{2,4}年")
_BLOCKS: Final = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))


class _Characters(dict[int, int | str]):
    """Character -> the one it is searched by, worked out when a text first has it.

    The classes are OpenCC's: all traditional characters with one simplified form are one character, and 台 is 臺. 發 and 髮 are
    then one, too, which costs nothing where words have two characters.
    """

    def __missing__(self, code: int) -> int | str:
        is_han = any(first <= code < end for first, end in _BLOCKS)
        # Some classes are joined in two steps.
        self[code] = found = _alike(_alike(unicodedata.normalize("NFKC", chr(code)))) if is_han else code
        return found


def _alike(character: str) -> str:
    """Return the traditional character by which those with the same simplified form are known."""
    simplified, traditional = _converters()
    found: str = traditional.convert(simplified.convert(character))
    return "臺" if found == "台" else found


@lru_cache(maxsize=1)
def _converters() -> tuple[opencc.OpenCC, opencc.OpenCC]:
    return _converter("simplified", "t2s"), _converter("taiwan", "s2tw")


def _converter(name: str, whole: str) -> opencc.OpenCC:
    """Return OpenCC by a configuration of ours that reads its dictionaries of characters, but not those of phrases.

    Loading the phrases takes longer than all else a small publish does with its texts; none matters for a single character.
    OpenCC looks for dictionaries beside the configuration, so that one is written that names them where they are. Should they be
    elsewhere, OpenCC's own configuration `whole` gives the same characters.
    """
    dictionaries = Path(opencc.__file__).parent / "clib" / "share" / "opencc"
    written = Assets().text(f"ontologies/words/characters/{name}.json")
    with NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(written.replace('"file": "', f'"file": "{dictionaries.as_posix()}/'))
        file.flush()
        try:
            return opencc.OpenCC(file.name)
        except RuntimeError:  # a dictionary is not found
            return opencc.OpenCC(whole)


@lru_cache(maxsize=1)
def characters() -> Mapping[int, int | str]:
    """Return what `str.translate` makes the characters of a text those it is searched by."""
    return _Characters()


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
