"""Names of columns: Latin ones, which are part of IRIs, each once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from odlinked.folding import plain
from odlinked.lifting.reading.words import KnownColumn

_EDITION = re.compile(r"(?:[-_. ]*(?:19|20)\d{2}(?:[-_.]?\d{2}){0,2}(?:[-_T ]?\d{4,6})?|[-_. ]*1\d{2}年?(?:[-_.]?\d{2}){1,2})+$")
_UNIT = 3
"""A Latin text in brackets that is no longer may be a unit, which is no name."""

_FIT = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*\Z")


def names(headings: Sequence[str], known: Mapping[int, KnownColumn], standards: Mapping[int, str]) -> list[str]:
    """Return a name for each heading: itself where it is Latin, the Latin part of `AQI(指標)`, else what the column is known as.

    The last resort is its letter and number: column_3.
    """
    taken: set[str] = set()
    answer = []
    for place, heading in enumerate(headings):
        name = _of(heading, known.get(place), standards.get(place, "")) or f"column_{place + 1}"
        number, first = 1, name
        while name.lower() in taken:
            number += 1
            name = f"{first}_{number}"
        taken.add(name.lower())
        answer.append(name)
    return answer


def _of(heading: str, known: KnownColumn | None, standard: str) -> str:
    text = plain(heading).strip()
    outer, *inner = re.split(r"[()\[\]]", text)
    for part in (text, outer, *inner):
        latin = re.sub(r"[\s\-/]+", "_", part.strip()).strip("_")
        if _FIT.match(latin) and (len(latin) > _UNIT or part in (text, outer)):
            return latin
    return known.name if known else standard.replace("-", "_")


def undated(text: str) -> str:
    """Return the name of a file without the day or time of its edition at the end, so that editions share their addresses."""
    return _EDITION.sub("", text) or text


def slug(text: str) -> str:
    """Return a name of a file or dataset as a part of addresses."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain(text)).strip("-.").lower() or "table"
