"""Numbers as people write them: grouping, decimal characters, percent, and number patterns of UAX 35.

Model for Tabular Data, section 6.4.2. Recognised in a pattern: 0 # decimalChar groupChar E + - % and per mille.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cached_property

_SCALE = {"%": -2, "‰": -3}
_WORDS = frozenset({"NaN", "INF", "-INF", "+INF"})


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written. `group` "" means none is expected; `pattern` "" means any number is valid."""

    decimal: str = "."
    group: str = ""
    pattern: str = ""

    @cached_property
    def _shape(self) -> NumberPattern | None:
        return shape(self.pattern, self.decimal, self.group or ",") if self.pattern else None

    @cached_property
    def _split(self) -> re.Pattern[str]:
        group = re.escape(self.group or ("," if self.pattern else ""))
        digits = f"[0-9{group}]" if group else "[0-9]"
        return re.compile(rf"(?P<pre>[%‰]?)(?P<sign>[+-]?)(?P<whole>{digits}*)(?:{re.escape(self.decimal)}(?P<part>{digits}*))?"
                          r"(?:[Ee](?P<exp>[+-]?[0-9]+))?(?P<post>[%‰]?)")

    def read(self, text: str) -> str | None:
        """Return the number in the lexical form of XML Schema, its digits untouched; None if it is not written in this format.

        A percentage is divided by a hundred, a per mille by a thousand.
        """
        if text in _WORDS:
            return text
        found = self._split.fullmatch(text)
        if found is None:
            return None
        whole, part, exponent = found["whole"], found["part"], found["exp"]
        if self._shape is None:
            if not self._free(found):
                return None
        elif not self._shape.fits(found):
            return None
        group = self.group or ","
        number = found["sign"] + whole.replace(group, "")
        if part:
            number += "." + part.replace(group, "")
        scale = _SCALE.get(found["pre"] or found["post"])
        if scale is not None:
            number = format(Decimal(number).scaleb(scale, Context(prec=len(number) + 4)), "f")
        return number + ("E" + exponent if exponent and "E" in text else "e" + exponent if exponent else "")

    def _free(self, found: re.Match[str]) -> bool:
        """Check a number without a pattern: at least one digit, grouping characters neither doubled nor at an edge."""
        whole, part = found["whole"], found["part"] or ""
        if found["pre"] or not (whole or part):
            return False
        if self.group:
            for digits in (whole, part):
                if self.group * 2 in digits or digits.startswith(self.group) or digits.endswith(self.group):
                    return False
        return True


@dataclass(frozen=True)
class NumberPattern:
    """A parsed number pattern: required digits before and after the decimal character, grouping, exponent, marks.

    `most_whole` counts only where there is an exponent, which can take up any further digit.
    """

    sign: str
    pre: str
    post: str
    least_whole: int
    groups: tuple[int, ...]
    least_part: int
    most_part: int
    part_group: int
    exponent: int
    exponent_sign: bool
    group: str
    most_whole: int

    def fits(self, found: re.Match[str]) -> bool:
        """True when a number that was split into its parts is written as the pattern requires."""
        if found["pre"] != self.pre or found["post"] != self.post:
            return False
        if (self.sign == "+" and not found["sign"]) or (self.sign == "-" and found["sign"] != "-"):
            return False
        whole, part, exponent = found["whole"], found["part"] or "", found["exp"] or ""
        digits = whole.replace(self.group, "")
        decimals = part.replace(self.group, "")
        if found["part"] == "" or not (digits or decimals):
            return False
        if self.exponent and ("e" in found[0] or len(digits) > self.most_whole):
            return False
        if len(digits) < self.least_whole or whole != self._grouped(digits):
            return False
        if not self.least_part <= len(decimals) <= self.most_part:
            return False
        step = self.part_group or len(decimals) or 1
        if part != self.group.join(decimals[i : i + step] for i in range(0, len(decimals), step)):
            return False
        return self._exponent_fits(exponent)

    def _exponent_fits(self, exponent: str) -> bool:
        if not self.exponent:
            return not exponent
        if not exponent or (self.exponent_sign and exponent[0] not in "+-"):
            return False
        return len(exponent.lstrip("+-")) >= self.exponent

    def _grouped(self, digits: str) -> str:
        """Write digits with the grouping character: the last group's size, then the one before it for all others."""
        if not self.groups:
            return digits
        primary, secondary = self.groups[-1], self.groups[-2] if len(self.groups) > 1 else self.groups[-1]
        pieces = [digits[-primary:]]
        rest = digits[:-primary]
        while rest:
            pieces.insert(0, rest[-secondary:])
            rest = rest[:-secondary]
        return self.group.join(pieces)


def shape(pattern: str, decimal: str, group: str) -> NumberPattern | None:
    """Read a number pattern; None if it contains anything that this module does not recognise."""
    digits = rf"[0#{re.escape(group)}]"
    found = re.fullmatch(
        rf"(?P<sign1>[+-]?)(?P<pre>[%‰]?)(?P<sign2>[+-]?)(?P<whole>{digits}*)(?:{re.escape(decimal)}(?P<part>{digits}*))?"
        rf"(?:E(?P<esign>\+?)(?P<exp>#*0+))?(?P<post>[%‰]?)", pattern)
    if found is None or (found["pre"] and found["post"]):
        return None
    whole, part = found["whole"], found["part"] or ""
    plain, decimals = whole.replace(group, ""), part.replace(group, "")
    if not (plain or decimals) or not re.fullmatch("#*0*", plain) or not re.fullmatch("0*#*", decimals):
        return None
    pieces = whole.split(group)
    if any(not piece for piece in pieces[1:]) or (len(pieces) > 1 and not pieces[0]):
        return None
    return NumberPattern(
        sign=found["sign1"] or found["sign2"], pre=found["pre"], post=found["post"], least_whole=plain.count("0"),
        groups=tuple(len(piece) for piece in pieces[1:]), least_part=decimals.count("0"), most_part=len(decimals),
        part_group=len(part.split(group)[0]) if group in part else 0, exponent=(found["exp"] or "").count("0"),
        exponent_sign=bool(found["esign"]), group=group, most_whole=len(plain))
