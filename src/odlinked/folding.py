"""When two spellings are the same word: headings, code list entries and agency names are compared folded."""

from __future__ import annotations

import re
import unicodedata

_DASHES = re.compile("[\u2010-\u2015\u2212\u02d7\u30fc]")
_BLANKS = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return what is compared instead of `text`.

    Full-width forms become half-width (NFKC), white space and case go, every dash is `-`, and 台 is 臺.
    """
    if text.isascii():
        return _BLANKS.sub("", text).lower()
    plain = unicodedata.normalize("NFKC", text)
    return _DASHES.sub("-", _BLANKS.sub("", plain)).casefold().replace("台", "臺")
