"""LANG() of what results show: the engine holds `zh-Hant` in small letters, results show language tags in BCP 47 case."""

from __future__ import annotations

from collections.abc import Iterator

from odlinked.cage.tokenizer import JOINED, LETTERS, placed

_Placed = tuple[str, str, int]


def own_lang(text: str, local: str) -> tuple[str, str]:
    """Return a query that calls a function `local` of ours where it called LANG, and the prefix it is called by ("" if none).

    `local` has two letters: with its prefix it is as long as LANG, so that the engine reports faults at their original position.
    LANGMATCHES ignores case: a LANG that is its first argument is left to the engine. So is one that a dot or dash joins to the
    token before it, as in `true-LANG(?x)`: with a colon in it, that would be one name.
    """
    if "LANG" not in text.upper():
        return text, ""
    found = _tokens(text)
    calls = [found[i][2] for i, _ in _calls(found) if not JOINED.search(text[max(0, found[i][2] - 64):found[i][2]])]
    prefixes = {part.partition(":")[0] for kind, part, _ in found if kind == "name"}
    free = next((letter for letter in LETTERS if letter not in prefixes), "")
    if not calls or not free:
        return text, ""
    name = f"{free}:{local}"
    pieces, end = [], 0
    for place in calls:
        pieces += [text[end:place], name]
        end = place + len(name)
    return "".join([*pieces, text[end:]]), free


def shown_lang(text: str) -> str:
    """Return a query for an engine with functions of its own only: where it calls LANG, `zh-Hant` is so spelled in what it gets.

    Engines give language tags in the case they keep them in: `REPLACE` sets the tag of the catalogue right, so that a comparison
    with what results show finds it. Calls that `own_lang` leaves alone stay.
    """
    if "LANG" not in text.upper():
        return text
    found = _tokens(text)
    edits = []
    for i, closing in _calls(found):
        edits += [(found[i][2], "REPLACE("), (found[closing][2] + 1, ', "^zh-hant$", "zh-Hant", "i")')]
    pieces, end = [], 0
    for place, written in sorted(edits, key=lambda edit: edit[0]):
        pieces += [text[end:place], written]
        end = place
    return "".join([*pieces, text[end:]])


def _tokens(text: str) -> list[_Placed]:
    return [token for token in placed(text) if token[0] != "space"]


def _calls(found: list[_Placed]) -> Iterator[tuple[int, int]]:
    """Yield the tokens of the calls of LANG with one argument, each with that of its closing bracket.

    Anything else is a mistake, which the engine reports.
    """
    closing = _closing(found)
    for i, (kind, part, _) in enumerate(found[:-2]):
        if kind != "word" or part.upper() != "LANG" or found[i + 1][1] != "(" or i + 1 not in closing:
            continue
        if found[i + 2][1].upper() not in (")", "DISTINCT") and not _matched(found[max(0, i - 2):i]):
            yield i, closing[i + 1]


def _closing(found: list[_Placed]) -> dict[int, int]:
    """Return the closing bracket of each opening one that has no comma of its own, in one pass over the tokens."""
    closed: dict[int, int] = {}
    opened: list[int] = []
    with_comma: set[int] = set()
    for place, (kind, part, _) in enumerate(found):
        if kind == "open":
            opened.append(place)
        elif kind == "close" and opened:
            start = opened.pop()
            if start not in with_comma:
                closed[start] = place
        elif part == "," and opened:
            with_comma.add(opened[-1])
    return closed


def _matched(before: list[_Placed]) -> bool:
    """True when tokens end at the first argument of LANGMATCHES."""
    return len(before) > 1 and before[-1][1] == "(" and before[-2][1].upper() == "LANGMATCHES"
