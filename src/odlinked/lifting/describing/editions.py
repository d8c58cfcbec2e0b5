"""What changed in the columns of a data file since an earlier edition, by the descriptions of both: what breaks who reads it.

A column is taken for renamed where one that is gone and one that is new are written alike and stand at the same place, or are
described by the same property or field standard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from odlinked.errors import InputError
from odlinked.folding import fold
from odlinked.lifting.describing import documents
from odlinked.lifting.describing.columns import Knowledge, by_title
from odlinked.lifting.describing.documents import DescriptionDocument
from odlinked.lifting.reading.tables import chosen
from odlinked.settings import ReadSettings

REMOVED, RENAMED, RETYPED, KEY, FEWER, MORE, ADDED = (
    "edition-removed", "edition-renamed", "edition-retyped", "edition-key", "edition-fewer", "edition-more", "edition-added")
"""Kinds of faults (`lifting.conversion.faults`): all but the last break who reads the earlier edition."""

_HALF: Final = 2
_NUMBERS: Final = frozenset({"integer", "decimal", "double"})
"""Whether all numbers of an edition happen to be whole says nothing of the column."""

_LETTERS: Final = re.compile(r"([yMdHms])\1+")
_BETWEEN: Final = re.compile(r"[\W_]+")
_DOING: Final = "comparing with the earlier edition"


Doubled = Callable[[Sequence[str]], tuple[int, str] | None]
"""From the headings of a key to the first row whose values came before, with the values; None where there is none."""


class EditionChange(NamedTuple):
    """A change: its kind, the heading in the earlier edition ("" for the table), what there is now, and the row that shows it."""

    kind: str
    column: str
    now: str
    row: int = 0


def changes(before: Mapping[str, Any], now: Mapping[str, Any], doubled: Doubled) -> Iterator[EditionChange]:
    """Yield what changed between the descriptions of two editions, columns first; `doubled` looks into the later one's rows."""
    old, new = _columns(before), _columns(now)
    gone = [title for title in old if title not in new]
    fresh = [title for title in new if title not in old]
    pairs = dict(_renamed(old, new, gone, fresh))
    for title in gone:
        yield EditionChange(RENAMED, title, pairs[title]) if title in pairs else EditionChange(REMOVED, title, "")
    for title in fresh:
        if title not in pairs.values():
            yield EditionChange(ADDED, title, "")
    for title, column in old.items():
        here = new.get(pairs.get(title, title))
        if here is not None:
            yield from _typed(title, column, here)
    yield from _key(before, now, pairs, doubled)
    yield from _rows(before, now)


def of_file(path: Path, knowledge: Knowledge, base: str, caps: ReadSettings) -> DescriptionDocument:
    """Return the description of an edition: of a data file by its values, with what a person decided beside it; or a description
    itself. Raise `InputError` for what cannot be read, or is neither.
    """
    if not path.is_file():
        raise InputError("there is no such file", doing=_DOING, on=path.name)
    if path.suffix.lower() == ".json":
        given = None
        with suppress(InputError):  # an array of records, which is data
            given = documents.read(path)
        if given is not None and isinstance(given.get("tableSchema"), dict):
            return given
    before = documents.read(documents.place_of(path))
    made = documents.made(path, base, "", knowledge, caps, str((before or {}).get("odl:sheet", "")))
    return documents.merged(before, made, "{shown}")


def _columns(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {title: column for title, column in by_title(document.get("tableSchema", {}).get("columns", [])).items()
            if not column.get("virtual")}


def _renamed(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], gone: Sequence[str],
             fresh: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of a column that is gone and the one it is now, each once."""
    left = list(fresh)
    places = {title: place for place, title in enumerate(old)}, {title: place for place, title in enumerate(new)}
    for title in gone:
        found = next((other for other in left if _bare(other) == _bare(title) != ""), None) or next(
            (other for other in left if _same_meaning(old[title], new[other])), None) or next(
            (other for other in left if places[0][title] == places[1][other] and len(old) == len(new)
             and _type(old[title]) == _type(new[other])), None)
        if found is not None:
            left.remove(found)
            yield title, found


def _bare(heading: str) -> str:
    """Return the letters and digits of a heading."""
    return _BETWEEN.sub("", fold(heading))


def _same_meaning(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True where both are of one field standard, or both reuse one property that is not the dataset's own."""
    standards = {str(column.get("odl:standard", "")) for column in (one, other)}
    properties = {str(column.get("propertyUrl", "")) for column in (one, other)}
    return (len(standards) == 1 and standards != {""}) or (len(properties) == 1 and "/ns#" not in next(iter(properties))
                                                           and properties != {""})


def _type(column: Mapping[str, Any]) -> str:
    given = column.get("datatype", "string")
    return str(given.get("base", "string") if isinstance(given, Mapping) else given)


def _written(column: Mapping[str, Any], unit: str = "") -> str:
    """Return datatype, way of writing and unit, as one text."""
    given = column.get("datatype")
    form = given.get("format", "") if isinstance(given, Mapping) else ""
    parts = [_type(column), str(form) if form else "", str(column.get("odl:years", "")), unit]
    return " ".join(part for part in parts if part)


def _typed(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[EditionChange]:
    """Yield a change of datatype, way of writing or unit; a column that is empty in one of the editions has none."""
    units = [_unit(column) for column in (old, new)]
    differ = all(units) and units[0] != units[1]  # a unit that one of the descriptions does not know is not another one
    if not (old.get("odl:empty") or new.get("odl:empty")) and (differ or _compared(old) != _compared(new)):
        one, other = (_written(column, unit if differ else "") for column, unit in zip((old, new), units, strict=True))
        yield EditionChange(RETYPED, title, f"{one} → {other}")


def _unit(column: Mapping[str, Any]) -> str:
    unit = column.get("odl:unit")
    return str(unit.get("@id", "")).rpartition("/")[2] if isinstance(unit, Mapping) else ""


def _compared(column: Mapping[str, Any]) -> str:
    """Return what two editions of a column must have alike: 2024/06/04 and 2024/6/4 are one way of writing days."""
    text = _LETTERS.sub(r"\1", _written(column))
    return " ".join("number" if word in _NUMBERS else word for word in text.split())


def _key(before: Mapping[str, Any], now: Mapping[str, Any], pairs: Mapping[str, str],
         doubled: Doubled) -> Iterator[EditionChange]:
    """Yield a key of the earlier edition that is none any more: a column of it is gone, or its values are doubled."""
    was = _key_titles(before)
    wanted = [pairs.get(title, title) for title in was]
    if was and not set(wanted) <= _columns(now).keys():
        yield EditionChange(KEY, "、".join(was), "、".join(_key_titles(now)))
    elif was and (found := doubled(wanted)) is not None:
        yield EditionChange(KEY, "、".join(was), found[1], found[0])


def doubled(path: Path, sheet: str, caps: ReadSettings) -> Doubled:
    """Return the function that finds the first row of a data file whose values of some columns came before."""

    def found(titles: Sequence[str]) -> tuple[int, str] | None:
        table = chosen(path, sheet, caps)
        places = [table.headings.index(title) for title in titles if title in table.headings]
        seen: set[int] = set()
        for number, cells in table.rows():
            key = tuple(cells[place].strip() if place < len(cells) else "" for place in places)
            if not any(key):
                continue
            digest = hash(key)
            if digest in seen:
                return number, " ".join(key)
            seen.add(digest)
        return None

    return found


def _key_titles(document: Mapping[str, Any]) -> list[str]:
    schema = document.get("tableSchema", {})
    given = schema.get("primaryKey", [])
    names = [given] if isinstance(given, str) else list(given)
    titles = {str(column.get("name", "")): title for title, column in by_title(schema.get("columns", [])).items()}
    return [titles.get(name, name) for name in names]


def _rows(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[EditionChange]:
    was, count = before.get("odl:rows"), now.get("odl:rows")
    if isinstance(was, int) and isinstance(count, int) and was:
        if count * _HALF <= was:
            yield EditionChange(FEWER, "", f"{was:,} → {count:,}")
        elif count >= was * _HALF:
            yield EditionChange(MORE, "", f"{was:,} → {count:,}")
