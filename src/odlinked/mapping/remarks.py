"""A remark behind a word or number, in brackets or after a colon: 13（氣候行動）, 2487(註); and numbers of full-width digits."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_WIDE: Final = str.maketrans("０１２３４５６７８９，．－", "0123456789,.-")
_REMARK = re.compile(r"([^(（［\[【：:]+?)\s*(?:[(（［\[【](.*)[)）\]］】]|[：:](.*))", re.DOTALL)


class Remarked(NamedTuple):
    """A text and the remark behind it."""

    text: str
    remark: str


def cut(text: str) -> Remarked | None:
    """Return a text apart from its remark, None where it has none."""
    found = _REMARK.fullmatch(text)
    return Remarked(found[1], found[2] or found[3] or "") if found else None


def number(text: str) -> str:
    """Return a number without the mark of a footnote behind it (2487(註)); a remark that begins with a digit is none, as
    2487(2500) leaves open which number is meant."""
    found = cut(text.strip())
    return found.text if found and found.remark and not found.remark.strip()[:1].isdigit() else text


def narrow(text: str) -> str:
    """Return a number with its full-width digits half-width. Raised and circled digits are marks of footnotes: they stay."""
    return text.translate(_WIDE)
