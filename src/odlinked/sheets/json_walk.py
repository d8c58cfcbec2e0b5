"""A streaming traversal of a JSON file: values with their paths, record by record, without holding the file in memory.

An array's members are yielded one at a time; objects around it are entered, up to six levels deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.sheets.json_text import JsonText

ENTERED: Final = 6
"""Most levels of objects around the records that are entered to find them."""

KeyPath = tuple[str, ...]


class JsonValue(NamedTuple):
    """A value at `path`; `number` is its 1-based index in the array there, 0 where there is no array."""

    path: KeyPath
    number: int
    value: object


class SeveralValues(Exception):
    """The file holds several top-level objects: it is JSON Lines."""


def walk(text: JsonText, whole: KeyPath | None = None) -> Iterator[JsonValue]:
    """Yield the values of the file; the value at `whole` is yielded undivided. Raise `SeveralValues` for JSON Lines."""
    first = text.peek()
    if whole == ():
        yield JsonValue((), 0, text.value())
    elif first == "{":
        yield from _object(text, (), whole)
    elif first == "[":
        yield from _array(text, ())
    else:
        yield JsonValue((), 0, text.value())
    if text.peek() == "{" and first == "{":
        raise SeveralValues
    if text.peek():
        raise text.broken("more text stands after the end")


def lines(text: JsonText) -> Iterator[JsonValue]:
    """Yield one top-level value after another (JSON Lines)."""
    number = 0
    while text.peek():
        number += 1
        yield JsonValue((), number, text.value())


def top_keys(text: JsonText) -> Iterator[str]:
    """Yield the keys of the top-level object, or of the first one in a top-level array; values are skipped in pieces."""
    while text.peek() == "[":
        text.take("[", "an array")
    if text.peek() != "{":
        return
    text.take("{", "an object")
    first = True
    while text.peek() != "}":
        if not first:
            text.take(",", "a comma, or the closing brace,")
        first = False
        yield text.key()
        if text.peek() == "[":
            for _ in _array(text, ()):
                pass
        else:
            text.value()


def _object(text: JsonText, path: KeyPath, whole: KeyPath | None) -> Iterator[JsonValue]:
    text.take("{", "an object")
    counts: dict[str, int] = {}
    while text.peek() != "}":
        if counts:
            text.take(",", "a comma, or the closing brace,")
        key = text.key()
        counts[key] = counts.get(key, 0) + 1
        at = (*path, key if counts[key] == 1 else f"{key} ({counts[key]})")
        opens = text.peek()
        if at == whole:
            yield JsonValue(at, 0, text.value())
        elif opens == "{" and len(at) < ENTERED:
            yield from _object(text, at, whole)
        elif opens == "[":
            yield from _array(text, at)
        else:
            yield JsonValue(at, 0, text.value())
    text.take("}", "the closing brace")


def _array(text: JsonText, path: KeyPath) -> Iterator[JsonValue]:
    text.take("[", "an array")
    number = 0
    if text.peek() == "]":
        yield JsonValue(path, 0, [])
    while text.peek() != "]":
        if number:
            text.take(",", "a comma, or the closing bracket,")
        number += 1
        yield JsonValue(path, number, text.value())
    text.take("]", "the closing bracket")

