"""STR() of values that results spell otherwise than the engine holds them: `"007"^^xsd:integer` is 7 to the engine.

A call `STR(?x)` is replaced by one of our own function where ?x may be such a value: it is bound by a pattern, not by AS or
VALUES (as results go), and the predicate it is an object of has such values in the catalogue, or is not known from the text. All
other calls are left to the engine, which answers them several times as fast.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Final

from odlinked.cage.tokenizer import JOINED, LETTERS, Token, placed

_LISTS: Final = frozenset({"SELECT", "GROUP", "ORDER", "HAVING", "DESCRIBE"})
_NONE: Final = Token("", "")
_ENDS: Final = frozenset({"{", "}", "WHERE", "FROM"})
_OPEN: Final = frozenset({",", ")", "*", "+", "?", "|", "/", "^", "!", ">>"})
"""Signs before a variable that stands for an object, whose predicate is elsewhere."""


def own_str(text: str, local: str, computed: Container[str], respelled: Collection[str] | None,
            prefixes: Mapping[str, str]) -> tuple[str, str]:
    """Return a query that calls a function `local` (one letter) of ours for STR where that may answer otherwise, and its prefix
    ("" if none): the text is as long as before, so that faults are reported where they are.

    `computed` are the variables bound by AS or VALUES, `respelled` the predicates with values that results spell otherwise (None:
    any may have).
    """
    if (respelled is not None and not respelled) or "STR" not in text.upper():
        return text, ""
    found = [(Token(kind, part), place) for kind, part, place in placed(text) if kind != "space"]
    tokens = [token for token, _ in found]
    wanted = set(_objects(tokens, respelled, prefixes))
    places = [place for i, (token, place) in enumerate(found[:-3])
              if token.kind == "word" and token.text.upper() == "STR" and tokens[i + 1].text == "(" and tokens[i + 3].text == ")"
              and tokens[i + 2].kind == "variable" and tokens[i + 2].text[1:] in wanted and tokens[i + 2].text[1:] not in computed
              and not JOINED.search(text[max(0, place - 64):place])]
    taken = {token.text.partition(":")[0] for token in tokens if token.kind == "name"}
    free = next((letter for letter in LETTERS if letter not in taken), "")
    if not places or not free:
        return text, ""
    return "".join(_replaced(text, places, f"{free}:{local}")), free


def _replaced(text: str, places: Iterable[int], name: str) -> Iterator[str]:
    end = 0
    for place in places:
        yield text[end:place]
        yield name
        end = place + len(name)
    yield text[end:]


def _objects(tokens: list[Token], respelled: Collection[str] | None, prefixes: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables that may be bound to a value that results spell otherwise."""
    is_list = False
    for i, (kind, text) in enumerate(tokens):
        word = text.upper() if kind in ("word", "open", "close") else ""
        if word in _LISTS or word in _ENDS:
            is_list = word in _LISTS
        if kind != "variable" or is_list or not i:
            continue
        before, further = tokens[i - 1], tokens[i - 2] if i > 1 else _NONE
        is_free = before.kind == "variable" or before.text in _OPEN
        is_member = before.text == "(" and further.kind not in ("word", "name", "iri")  # of a collection, or of a product
        is_named = before.kind in ("iri", "name")
        is_unsure = is_free or is_member or (is_named and further.text in _OPEN)
        if respelled is None or is_unsure or (is_named and _iri(before, prefixes) in (None, *respelled)):
            yield text[1:]


def _iri(token: Token, prefixes: Mapping[str, str]) -> str | None:
    """Return the IRI of a token, None where the text alone does not say which it is."""
    if token.kind == "iri":
        return token.text[1:-1] if ":" in token.text and "\\" not in token.text else None
    prefix, mark, local = token.text.partition(":")
    if not mark or prefix not in prefixes or "\\" in local:
        return None
    return prefixes[prefix] + local
