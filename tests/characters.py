"""The characters that the search takes for one, as OpenCC has them.

    python tests/characters.py

writes `ontologies/words/characters.toml` anew. `tests/test_search.py` fails where OpenCC says otherwise: then write it, and raise
the index's EDITION, since texts are indexed by these characters.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import opencc

from odlinked.search.spelling import CHARACTERS

FILE = Path(__file__).parents[1] / CHARACTERS
BLOCKS = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))
"""The blocks of Han characters."""

_HEAD = '''\
# The characters that the search takes for one: traditional, simplified and variant forms, and those of compatibility blocks.
# The first of each group is the one by which texts are searched. The groups are those of OpenCC: all traditional characters with
# one simplified form are one character, in its form used in Taiwan, and 台 is 臺. 發 and 髮 are then one, too, which costs
# nothing where words have two characters. `python tests/characters.py` writes this file.
alike = """
'''


def alike() -> Iterator[tuple[str, str]]:
    """Yield (a Han character, the other one by which texts that have it are searched)."""
    simplified, traditional = opencc.OpenCC("t2s"), opencc.OpenCC("s2tw")

    def step(character: str) -> str:
        found: str = traditional.convert(simplified.convert(character))
        return "臺" if found == "台" else found

    for character in (chr(code) for first, end in BLOCKS for code in range(first, end)):
        found = step(step(unicodedata.normalize("NFKC", character)))  # some groups are joined in two steps
        if found != character:
            yield character, found


def text() -> str:
    """Return the file's text."""
    groups: dict[str, str] = {}
    for character, first in alike():
        groups[first] = groups.get(first, first) + character
    return _HEAD + textwrap.fill(" ".join(group for _, group in sorted(groups.items())), 64) + '\n"""\n'


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
