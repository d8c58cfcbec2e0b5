"""Slips: violations of a file's format that a lenient reader tolerates. Each is reported under a rule of
`shapes/rdf-files.ttl`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

LANGUAGE: Final = "P80-language-tag"
ADDRESS: Final = "P81-iri"
GRAMMAR: Final = "P82-grammar"
RELATIVE: Final = "P83-relative-address"
NEWER: Final = "P84-rdf-version"

MOST: Final = 1_000
"""Most slips kept of one file: a generated file has the same one everywhere."""

_LONGEST: Final = 200


class Slip(NamedTuple):
    """A slip: the rule's name, the line (1-based, 0 = not known), the quoted text, what to write instead ("" = not known)."""

    rule: str
    line: int
    quoted: str
    instead: str = ""


def slip(rule: str, line: int, quoted: str, instead: str = "") -> Slip:
    """Return a slip whose quote is short enough to be reported."""
    return Slip(rule, line, short(quoted), instead)


def short(quoted: str) -> str:
    """Return what can be reported of a quote: its first line, the start of a long one."""
    first = re.split(r"[\r\n]", quoted, maxsplit=1)[0][:_LONGEST]
    return first if first == quoted else first + "…"
