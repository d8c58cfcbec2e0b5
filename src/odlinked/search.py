"""Full text for Chinese and English: bigrams for Han script, words for the rest.

空氣 has two characters, so trigrams miss it, and word segmentation missed 水質; overlapping bigrams miss neither. The last
character of a run is a token of its own too, so that a search for one character is a prefix search that finds every place.
"""

from __future__ import annotations

import re
import unicodedata

_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
_FOLD = str.maketrans({"台": "臺", "\u0000": " "})
MAX_TERMS = 40
"""A query is cut after this many terms."""


def searchable(text: str) -> str:
    """Return text as it is compared: NFKC (full-width digits become ASCII), lower case, 台 as 臺."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)


def tokens(text: str) -> str:
    """Return the blank-separated index tokens of a text."""
    words: list[str] = []
    for han, word in _RUN.findall(searchable(text)):
        if han:
            words.extend(han[i : i + 2] for i in range(len(han)))
        else:
            words.append(word)
    return " ".join(words)


def match(query: str) -> str:
    """Return the FTS5 MATCH expression for what a person typed: every term must occur, Han runs as phrases.

    The expression consists of quoted strings only: nothing a person types is an operator. "" where nothing is searchable.
    """
    terms: list[str] = []
    for han, word in _RUN.findall(searchable(query)):
        if len(han) == 1:
            terms.append(f'"{han}"*')
        elif han:
            terms.append('"' + " ".join(han[i : i + 2] for i in range(len(han) - 1)) + '"')
        else:
            terms.append(f'"{word}"*')
    return " AND ".join(terms[:MAX_TERMS])
