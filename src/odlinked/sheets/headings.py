"""What a heading, a label, a title and a note look like, independent of any form.

Only typography is used: length, digits, colons, ordinals and the marks that start a note.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from odlinked.patterns import pattern

LONGEST_HEADING: Final = 120
"""Most characters of a text that is still taken for a heading; headings of real forms carry instructions of 60."""

_WIDE: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
_BREAK_IN_CHINESE: Final = pattern(rf"(?<=[{_WIDE}/])[^\S\r\n]*[\r\n]\s*(?=[{_WIDE}/])")
_WHITE: Final = pattern(r"\s+")
_INVISIBLE: Final = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x200B, 0x2060, 0xFEFF])
_NUMBER_OR_DATE: Final = pattern(r"(?=.*\d)[\d\s,.:/%+\-－~()（）年月日時分秒季度民國中華TZEe]+\Z")
_ORDINAL: Final = pattern(
    r"[（(]?[一二三四五六七八九十壹貳參肆伍陸柒捌玖拾]+[)）、.．]|(?:附?[表件]|附錄|table)\s*[\d一二三四五六七八九十]",
    re.IGNORECASE)
_NOTE: Final = pattern(r"(?:[備附]?註|說明|備考|notes?|remarks?)\s*\d*\s*(?:[：:]|[.、．]|\Z)|[※＊*]", re.IGNORECASE)
_ORDINAL_BEFORE: Final = pattern(
    r"\s*(?:[(\[（【]\s*(?:\d{1,2}|[a-z]|[一二三四五六七八九十]{1,3})\s*[)\]）】]|(?:\d{1,2}|[a-z]|[一二三四五六七八九十]{1,3})\s*[)）.．、:：\-]|"
    r"\d{1,2}(?=[^\d\s年月日季度]))\s*", re.IGNORECASE)
_BRACKETED: Final = pattern(r"[(\[{（【〔]([^()\[\]{}（）【】〔〕]{0,60})[)\]}）】〕]")
_LATIN: Final = r"[A-Za-z][A-Za-z0-9 .,'&/_\-]*"
_LATIN_ONLY: Final = pattern(_LATIN)
_SLASH: Final = pattern(r"\s*[/／|]\s*")
_SECOND_BEHIND: Final = pattern(rf"[\s/／|(（\[【:：,，-]*{_LATIN}[)）\]】\s]*\Z")
_SECOND_BEFORE: Final = pattern(rf"\A[(（\[【]?{_LATIN}[)）\]】\s/／|:：,，-]*(?=[{_WIDE}])")
_LABEL: Final = pattern(r"(?!\d+[：:])[^：:]{1,12}[：:](?!//)")


def on_one_line(text: str) -> str:
    """Return `text` on one line: a line break between Chinese characters (or slashes) is removed, other white space becomes one
    blank."""
    if text.isalnum():
        return text
    text = text.translate(_INVISIBLE)
    return _WHITE.sub(" ", _BREAK_IN_CHINESE.sub("", text.strip())).strip()


def bare(heading: str, remarks: frozenset[str]) -> tuple[str, ...]:
    """Return the candidates for a heading without its additions: a leading ordinal, `remarks` (folded words such as required) in
    brackets or at either end, and a second language before or after it; step by step, steps that change nothing left out."""
    found: list[str] = []
    text = unicodedata.normalize("NFKC", on_one_line(heading))
    steps: tuple[Callable[[str], str], ...] = (
        _without_ordinal, lambda one: _without_remarks(one, remarks), _without_half, lambda one: _SECOND_BEHIND.sub("", one),
        lambda one: _without_remarks(one, remarks), lambda one: _SECOND_BEFORE.sub("", one))
    for step in steps:
        text = step(text).strip(" *※＊")
        if text and text != heading and text not in found:
            found.append(text)
    return tuple(found)


def _without_ordinal(text: str) -> str:
    match = _ORDINAL_BEFORE.match(text)
    return text[match.end():] if match and match.end() < len(text) else text


def _without_half(text: str) -> str:
    """Return a heading without the parts between slashes that are in Latin letters, where another part is not."""
    parts = _SLASH.split(text)
    kept = [part for part in parts if not _LATIN_ONLY.fullmatch(part)]
    return " ".join(kept) if kept and len(kept) < len(parts) else text


def _without_remarks(text: str, remarks: frozenset[str]) -> str:
    """Return a heading without brackets that hold a remark, and without a remark at either end."""
    text = _BRACKETED.sub(lambda match: "" if any(word in match[1].casefold() for word in remarks) else match[0], text).strip()
    for word in remarks:
        lower = text.casefold()
        if len(word) < len(lower) and (lower.startswith(word) or lower.endswith(word)):
            text = text[len(word):] if lower.startswith(word) else text[:-len(word)]
    return text.strip(" *※＊:：-")


def is_blank(cells: Sequence[str]) -> bool:
    """True when every cell is blank."""
    return not any(cell and not cell.isspace() for cell in cells)


def filled(cells: Sequence[str]) -> int:
    """Return how many cells are not blank."""
    return sum(1 for cell in cells if cell and not cell.isspace())


def is_text(text: str) -> bool:
    """True for what can be a heading: short, and not a number, date or address."""
    return 0 < len(text) <= LONGEST_HEADING and not _NUMBER_OR_DATE.match(text) and "://" not in text


def is_label(text: str) -> bool:
    """True for the left half of a filled-in line, such as a date label, which ends in a colon."""
    return text.endswith(("：", ":"))


def is_labelled(text: str) -> bool:
    """True for a line that starts with a short label and a colon (a source, a date, a signature)."""
    return bool(_LABEL.match(text))


def is_numbered_title(text: str) -> bool:
    """True for a line that starts with an ordinal, as titles of tables in a document do."""
    return bool(_ORDINAL.match(text))


def is_note(text: str) -> bool:
    """True for a line that starts with the mark of a note."""
    return bool(_NOTE.match(text))
