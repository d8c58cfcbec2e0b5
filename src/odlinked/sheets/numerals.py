"""Number formats that show leading zeros: a dataset code 0012 that is stored as the number 12."""

from __future__ import annotations

import re
from typing import Final

_CONDITION: Final = re.compile(r"\[[^\]]*\]")
_LITERAL: Final = re.compile(r'"([^"]*)"|\\(.)|_(.)|([-/() ])')


class Zeros:
    """A format of nothing but zeros and literal text, such as 00000 or 000-000."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._zeros = parts.count("0")

    def show(self, number: int) -> str:
        """Return `number` as a spreadsheet shows it in this format."""
        digits = str(abs(number)).zfill(self._zeros)
        head, tail = digits[:len(digits) - self._zeros], iter(digits[len(digits) - self._zeros:])
        shown = []
        for part in self._parts:
            shown.append(head + next(tail) if part == "0" and head else next(tail) if part == "0" else part[1:])
            head = "" if part == "0" else head
        return ("-" if number < 0 else "") + "".join(shown)


def zeros(code: str) -> Zeros | None:
    """Return the format when `code` shows at least two digits always, and nothing but digits and literal text; else None."""
    rest = _CONDITION.sub("", code.split(";")[0])
    parts = []
    while rest:
        match = _LITERAL.match(rest)
        if match:
            parts.append(" " + (match[1] or match[2] or match[4] or ""))
            rest = rest[match.end():]
        elif rest[0] == "0":
            parts.append("0")
            rest = rest[1:]
        else:
            return None
    return Zeros(parts) if parts.count("0") > 1 else None
