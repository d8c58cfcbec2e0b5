"""The text that a number format shows for a number (ECMA-376-1, 18.8.30): 00000 keeps its zeros, 0.00 keeps October of 113.10.

Digits, signs of percent and literal text count as shown. Decoration is left out, so that a number stays a number: thousands
separators, currencies, colours, padding for alignment; a negative number has a minus sign whatever the format does with it.
Scientific notation, fractions, numbers shown in thousands and formats with conditions show the number as it is stored. Dates and
times are ISO 8601 whatever their format.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

Show = Callable[[float], str]
_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<general>general)|(?P<digit>[0#?])'
    r"|(?P<mark>[.,%])|(?P<odd>[eE][+-]|/|@)|(?P<plain>.)", re.IGNORECASE | re.DOTALL)
_TEXT: Final = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE: Final = re.compile(r"[ymdhs]|e(?![+-])", re.IGNORECASE)
_ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_CURRENCY: Final = re.compile(r"(?:NT|US|HK|RMB|TWD)?\s*[$€£¥￥]|NTD?|TWD|USD", re.IGNORECASE)
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
"""Built-in number formats that are dates or times without a format code that shows it (18.8.30, those of zh-TW included)."""

_ELAPSED_NUMBER: Final = 46
_BUILT_IN: Final = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0", 39: "#,##0.00",
                    40: "#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00"}
_PLACES: Final = ("0", "#")
_DIGIT: Final = re.compile(r",*[0#?]")
_LAST_DATE: Final = 2_958_466
_LONGEST: Final = 255
"""Most characters of a format; Excel accepts no more."""


def plain(value: float) -> str:
    """Return a number as a cell without a format shows it: 15 digits, no decimal point on whole numbers."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")


def show(code: str, number_format: int = 0, *, from_1904: bool = False) -> Show | None:
    """Return a function from a number to the text that a format shows for it, None where that is `plain`.

    `code` is the format code, "" for one of the built-in formats, which have only a `number_format`.
    """
    code = _first(code[:_LONGEST] or _BUILT_IN.get(number_format, ""))
    if not code:
        if number_format == _ELAPSED_NUMBER:
            return _elapsed
        return _dated(from_1904) if number_format in _DATES else None
    bare = _TEXT.sub("", code)
    if _ELAPSED.search(bare):
        return _elapsed
    if "general" not in bare.lower() and _DATE.search(bare) and "0.0" not in bare:
        return _dated(from_1904)
    return _Parsed(code).form()


def _first(code: str) -> str:
    """Return the first section of a format: up to a semicolon that is not literal text."""
    at = 0
    while (match := _TOKEN.match(code, at)) and match["plain"] != ";":
        at = match.end()
    return code[:at]


def _elapsed(value: float) -> str:
    minutes, seconds = divmod(round(value * 86_400), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _dated(from_1904: bool) -> Show:
    start = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30)

    def shown(value: float) -> str:
        if not 0 <= value < _LAST_DATE:
            return plain(value)
        moment = start + datetime.timedelta(not from_1904 and value < 60, round(value * 86_400))
        if value < 1 and not from_1904:
            return moment.time().isoformat()
        return moment.isoformat() if moment.time() != datetime.time() else moment.date().isoformat()

    return shown


class _Parsed:
    """A format's first section, parsed. `whole` are the parts before the decimal point: "0" for a digit that always shows, "#"
    for one that shows where there is one, and literal text after a blank; `tail` is the literal text after the decimals."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.whole: list[str] = []
        self.tail = ""
        self.fixed = self.most = self.percent = 0
        self.pointed = self.general = False

    def form(self) -> Show | None:
        """Return the format, None where numbers in it show as they are stored."""
        if not all(map(self._take, _TOKEN.finditer(self.code))):
            return None
        before, tail = "".join(part[1:] for part in self.whole), self.tail
        if self.general:
            return (lambda value: f"{before}{plain(value)}{tail}".strip()) if (before + tail).strip() else None
        if self.most or any(part in _PLACES for part in self.whole):
            return _Form(self.whole, self.fixed, self.most, tail, self.percent)
        return None

    def _take(self, match: re.Match[str]) -> bool:
        """Take a part of the format; return False for a kind of part that is not supported."""
        kind, words = match.lastgroup, match[0]
        if kind == "odd" or (kind == "bracket" and words[1:2] in ("<", ">", "=")):
            return False
        if kind == "general":
            self.general = True
        elif kind == "digit":
            return self._digit("0" if words == "0" else "#")
        elif words == "," and kind == "mark":
            return bool(_DIGIT.match(self.code, match.end()))  # without a digit after it, it divides by a thousand
        elif words == "." and kind == "mark":
            self.pointed, before = True, self.pointed
            return not before
        elif kind not in ("bracket", None):
            self.percent += kind == "mark"
            self._literal(words[1:].removesuffix('"') if kind == "quoted" else words[1:] if kind == "escaped" else words)
        return True

    def _digit(self, place: str) -> bool:
        if self.pointed:
            self.most += 1
            self.fixed = self.most if place == "0" else self.fixed
        else:
            self.whole.append(place)
        return not (self.general or self.tail)

    def _literal(self, words: str) -> None:
        if _CURRENCY.fullmatch(words.strip()):
            return
        if self.pointed or self.general:
            self.tail += words
        else:
            self.whole.append(" " + words)


class _Form:
    """A format of digits: shows a number with its digits in their positions and its decimals rounded half up."""

    def __init__(self, whole: list[str], fixed: int, most: int, tail: str, percent: int) -> None:
        self.whole, self.fixed, self.most, self.tail, self.percent = whole, fixed, most, tail, percent
        self.simple = [part for part in whole if part != "#"] in ([], ["0"])

    def __call__(self, value: float) -> str:
        stored = plain(value)
        if "e" in stored or "n" in stored:  # too large or too small for its digits to be known, or not a number
            return stored
        sign, text = ("-", stored[1:]) if stored[0] == "-" else ("", stored)
        if self.percent:
            text = format(Decimal(text).scaleb(2 * self.percent), "f")
        digits, _, decimals = text.partition(".")
        if len(decimals) > self.most:
            text = format(Decimal(text).quantize(Decimal(1).scaleb(-self.most), ROUND_HALF_UP), "f")
            digits, _, decimals = text.partition(".")
        decimals = decimals.rstrip("0").ljust(self.fixed, "0")
        point = f".{decimals}" if decimals else ""
        return f"{sign}{digits if self.simple else self._placed(digits)}{point}{self.tail}".strip()

    def _placed(self, digits: str) -> str:
        """Return the digits before the decimal point by position; surplus digits go into the first."""
        left = digits.lstrip("0")
        places = sum(part in _PLACES for part in self.whole)
        shown: list[str] = []
        for part in reversed(self.whole):
            if part not in _PLACES:
                shown.append(part[1:])
                continue
            places -= 1
            take = left[-1:] if places else left
            left = left[:len(left) - len(take)]
            shown.append(take or ("0" if part == "0" else ""))
        return "".join(reversed(shown))
