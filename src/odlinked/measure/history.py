"""The other days that a quality document covers: enough to draw a line over years, no more.

A measurement holds until the next one of its name: of each month the last is kept, and none that repeats the one before it. What
is measured as of a day before the document's own is added to it as history, and changes nothing else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from datetime import date

_NODE = re.compile(rb"<[^>#]+#(\d{4}-\d\d-\d\d)-([^>]+)> ")
_DATE = re.compile(rb'(> <http://purl\.org/dc/terms/date> ")[^"]*')
_NOT_CHECKED = b"> <https://w3id.org/odlinked/ns#notChecked> "
_VALUE = b"<http://www.w3.org/ns/dqv#value>"

Measurements = dict[str, dict[str, list[bytes]]]
"""Name ("score-lowest") -> day ("2026-11-22") -> lines."""


def measurements(document: bytes, names: Collection[str]) -> Measurements:
    """Return the statements of a quality document about the measurements of these names, day by day."""
    found: Measurements = defaultdict(lambda: defaultdict(list))
    for line in document.split(b"\n"):
        node = _NODE.match(line)
        if node and (name := node[2].decode()) in names:
            found[name][node[1].decode()].append(line)
    return found


def older(document: bytes, as_of: date, names: Collection[str]) -> list[bytes]:
    """Return the lines of an earlier document that are kept in that of `as_of`, whose own day is measured again."""
    kept: list[bytes] = []
    for days in measurements(document, names).values():
        months = {day[:7]: day for day in sorted(days) if day != as_of.isoformat()}
        value: bytes | None = None
        for day in sorted(months.values()):
            current = next((line.split(_VALUE, 1)[1] for line in days[day] if _VALUE in line), b"")
            if current != value:
                kept += days[day]
            value = current
    return kept


def outlived(document: bytes, as_of: date, names: Collection[str]) -> list[bytes]:
    """Return the lines of an earlier document that remain where nothing is measured as of `as_of`: other days, and the last of
    these as the day the document is of; [] where it has none."""
    kept = older(document, as_of, names)
    days = [node[1] for line in kept if (node := _NODE.match(line))]
    if not days:
        return []
    whole = [line for line in document.split(b"\n") if line and b"#" not in line.split(b"> ", 1)[0] and _NOT_CHECKED not in line]
    return [*(_DATE.sub(rb"\g<1>" + max(days), line) for line in whole), *kept]


def joined(present: bytes, past: bytes, as_of: date, names: Collection[str]) -> list[bytes]:
    """Return the lines of a document with those that `past` has of measurements as of `as_of`, a day before its own, added."""
    day = as_of.isoformat()
    replaced = {line for days in measurements(present, names).values() for line in days.get(day, ())}
    added = [line for days in measurements(past, names).values() for line in days.get(day, ())]
    return [*(line for line in present.split(b"\n") if line and line not in replaced), *added]
