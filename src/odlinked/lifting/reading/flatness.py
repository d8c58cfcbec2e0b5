"""Whether the records of a JSON file are flat: no value of theirs is an object or an array. A nested one is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from odlinked.errors import InputError
from odlinked.sheets import json_walk
from odlinked.sheets.encoding import detect, errors
from odlinked.sheets.json_text import JsonText
from odlinked.sheets.json_walk import JsonValue
from odlinked.sheets.outline import name as name_of


def check(path: Path, name: str, sheet: str | None) -> None:
    """Raise `InputError` naming the first record and key with a nested value; `sheet` is as in `Table`."""
    try:
        _check(_values(path, name, lines=False), name, sheet)
    except json_walk.SeveralValues:
        _check(_values(path, name, lines=True), name, sheet)


def _values(path: Path, name: str, *, lines: bool) -> Iterator[JsonValue]:
    codec = detect(path, name, one_line=True).codec
    with closing(JsonText(path.open(encoding=codec, errors=errors(codec, lost=False), newline=""), name)) as text:
        yield from json_walk.lines(text) if lines else json_walk.walk(text, None)


def _check(values: Iterator[JsonValue], name: str, sheet: str | None) -> None:
    for found in values:
        if not found.number:
            continue
        if (name_of(found.path) or None) != sheet:
            if sheet is None or name_of(found.path).startswith(sheet + "."):
                raise _nested(f"an array under {name_of(found.path)!r}, not records", name)
            continue
        if not isinstance(found.value, tuple):
            raise _nested(f"member {found.number:,} of {sheet or 'the array'} is no object with keys", name)
        for key, value in found.value:
            if isinstance(value, tuple | list) and value:
                what = "an array" if isinstance(value, list) else "an object"
                raise _nested(f"record {found.number:,} has {what} under {key!r}", name)


def _nested(why: str, name: str) -> InputError:
    return InputError(f"{why}: nested JSON is not lifted", doing="reading", on=name,
                      next_step="Give flat records (a value for each key), or a table for each array")
