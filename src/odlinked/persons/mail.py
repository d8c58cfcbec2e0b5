"""Mail addresses in plain text, also those written so that machines do not recognise them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import chain

from odlinked.patterns import pattern

_AT = r"(?:[^\S\n]{0,2}(?:@|%40|[(\[{<][^\S\n]?(?:at|@)[^\S\n]?[)\]}>])[^\S\n]{0,2})"
_DOT = r"(?:[^\S\n]?[(\[{<][^\S\n]?(?:dot|\.)[^\S\n]?[)\]}>][^\S\n]?|[^\S\n]dot[^\S\n]|[^\S\n]\.[^\S\n]|[.\u3002])"
_LABEL = r"[A-Za-z0-9\u3400-\u9fff](?:[A-Za-z0-9\u3400-\u9fff-]{0,62})"
_LOCAL = pattern(r"[A-Za-z0-9._%+'-]{1,64}\Z", re.ASCII)
_PART = r"[A-Za-z0-9_%+'-]{1,64}"
_SPACED_LOCAL = pattern(rf"{_PART}(?:[^\S\n]?(?:\.|[(\[{{]dot[)\]}}]|[^\S\n]dot[^\S\n])[^\S\n]?{_PART}){{1,4}}\Z")
_SIGN = pattern(_AT, re.IGNORECASE)
_BRACKETED = pattern(r"[(\[{<][^\S\n]?at[^\S\n]?[)\]}>]", re.IGNORECASE)
_WORD = pattern(r"[^\S\n]{1,2}at[^\S\n]{1,2}", re.IGNORECASE)
_DOMAIN = pattern(rf"{_LABEL}(?:{_DOT}{_LABEL}){{0,6}}", re.IGNORECASE)
_DOTTED = pattern(r"[.\u3002]|\bdot\b", re.IGNORECASE)
_SCRIPTED = pattern(r"[\u3400-\u9fff].*", re.DOTALL)
_TOP = pattern(r"[A-Za-z]{2,}")
_ENDING = pattern(r"[A-Za-z]{2,}\Z")
_HOSTS = ("www.", "http", "ftp.")


def possible(text: str, word: re.Pattern[str]) -> bool:
    """True when a text may contain an address: no false negatives. `word` finds other ways to write the at sign."""
    return "@" in text or "%40" in text or _BRACKETED.search(text) is not None or (" at " in text.lower() and "." in text) or (
        _WORD.search(text) is not None and "dot" in text.lower()) or (not text.isascii() and word.search(text) is not None)


def addresses(text: str, no_local: Collection[str], word: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where mail addresses are and their local parts; words of `no_local` before a bare "at" are not local parts.

    `word` finds other ways to write the at sign, such as the Chinese word for it.
    """
    for sign in chain(_SIGN.finditer(text), word.finditer(text)):
        found = _around(text, sign)
        if found is not None:
            yield found
    for sign in _WORD.finditer(text):
        found = _around(text, sign)
        if found is None or not _DOTTED.search(text, sign.end(), found[1]) or not _ENDING.search(text[sign.end():found[1]]):
            continue
        if found[2].lower() not in no_local and not text.startswith(_HOSTS, sign.end()):
            yield found


def _around(text: str, sign: re.Match[str]) -> tuple[int, int, str] | None:
    """Return the address around a sign for "at", None where a local part or a domain is missing."""
    start, least = sign.start(), max(0, sign.start() - 140)
    before = text[least:start]
    local = _SPACED_LOCAL.search(before) if " " in before or "dot" in before else None
    local = local or _LOCAL.search(before[-64:])
    domain = _DOMAIN.match(text, sign.end())
    if local is None or domain is None or local[0].strip(".") == "":
        return None
    end = domain.end()
    latin = _SCRIPTED.sub("", domain[0])
    if latin and _TOP.search(latin):
        # Chinese text after it belongs to the sentence, not to the host.
        end = sign.end() + len(latin.rstrip())
    dotted = _DOTTED.search(text, sign.end(), end)
    if not dotted and not (sign[0].strip() == sign[0] and _TOP.search(latin) and re.search("[A-Za-z]", local[0])):
        return None
    return start - len(local[0]), end, re.sub(r"\s", "", local[0])
