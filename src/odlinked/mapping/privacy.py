"""What about people and keys leaves a cell before it becomes data: office telephones stay, everything personal goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MOBILE = re.compile(r"(?<![\d-])(?:\+?886[-\s]?9|\(?09)\d{2}\)?[-\s]?\d{3}[-\s]?\d{3}(?!\d)")
_OFFICE = re.compile(
    r"(?<![\d-])(?:\+?886[-\s]?\(?(?:0)?(?=[2-8])|\(?0(?=[2-8]))(?P<digits>\d{1,3}\)?[\s-]{0,2}\d{2,4}[\s-]?\d{3,4}|\d{8,9})(?!\d)"
    r"(?:\s*(?:#|\*|-|轉|分機|ext\.?|x)\s*(?P<extension>\d{1,6}))?", re.IGNORECASE)
_AREA = re.compile(r"826|836|37|49|82|89|[2-8]")
_KEY = re.compile(
    r"((?:api[_-]?key|access[_-]?token|token|authorization|client[_-]?secret|password)=)[^&\s;，。）)]+", re.IGNORECASE)
_LEFT_OUT = "…"


def office_telephones(text: str) -> list[str]:
    """Return the land lines in a text as `tel:` IRIs (RFC 3966) in international form; mobile numbers are no office."""
    plain = _MOBILE.sub(" ", unicodedata.normalize("NFKC", text))
    found = []
    for match in _OFFICE.finditer(plain):
        digits = re.sub(r"\D", "", match["digits"])
        if not 8 <= len(digits) <= 9:
            continue
        area = _AREA.match(digits)
        iri = f"tel:+886-{area[0]}-{digits[area.end():]}" if area else f"tel:+886-{digits}"
        if match["extension"]:
            iri += f";ext={match['extension']}"
        if iri not in found:
            found.append(iri)
    return found


def redacted(text: str) -> str:
    """Return a text with mail addresses, mobile numbers and keys in addresses left out (…)."""
    if "@" in text:
        text = _MAIL.sub(_LEFT_OUT, text)
    if "9" in text:
        text = _MOBILE.sub(_LEFT_OUT, text)
    if "=" in text:
        text = _KEY.sub(r"\1" + _LEFT_OUT, text)
    return text


def cleaner(patterns: Iterable[str]) -> Callable[[str], str]:
    """Return `redacted`, which also leaves out what matches one of `patterns` (regular expressions: names in salutations)."""
    more = [re.compile(pattern) for pattern in patterns]

    def clean(text: str) -> str:
        text = redacted(text)
        for pattern in more:
            text = pattern.sub(_LEFT_OUT, text)
        return text

    return clean if more else redacted
