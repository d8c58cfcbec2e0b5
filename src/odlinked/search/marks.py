"""Where the words of a search are in a text as it was written."""

from __future__ import annotations

from collections.abc import Sequence

from odlinked.folding import Plain
from odlinked.search.spelling import characters, is_han


def pieces(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is one of the folded `words`; the pieces joined are the text.

    Words in Latin letters are found from their beginning on; of words that overlap all are marked.
    """
    read = Plain.of(text)
    folded = "".join(_character(one) for one in read.text)
    if len(folded) != len(read.text):  # a character whose small form has two: positions would shift
        return [(text, False)]
    marked = bytearray(len(text))
    for word in words:
        for start, end in _found(folded, word):
            first, last = read.written(start, end)
            marked[first:last] = b"\x01" * (last - first)
    return list(_cut(text, marked))


def excerpt(text: str, words: Sequence[str], length: int) -> str:
    """Return the beginning of a text, or where the first of the words is met after that, `length` characters around it."""
    if len(text) <= length or not words:
        return text
    start = 0
    for piece, is_word in pieces(text, words):
        if is_word:
            break
        start += len(piece)
    else:
        return text
    return text if start < length * 3 // 4 else "…" + text[start - length // 4:]


def _character(one: str) -> str:
    return one.casefold().translate(characters()) if not one.isascii() else one.lower()


def _found(folded: str, word: str) -> list[tuple[int, int]]:
    found, start = [], folded.find(word)
    while word and start >= 0:
        begins = is_han(word) or not start or not folded[start - 1].isalnum() or is_han(folded[start - 1])
        if begins:
            found.append((start, start + len(word)))
        start = folded.find(word, start + 1)
    return found


def _cut(text: str, marked: bytearray) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marked[place] != marked[start]:
            found.append((text[start:place], bool(marked[start])))
            start = place
    return found
