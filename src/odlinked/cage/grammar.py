"""Where a text stops being a SPARQL query, and what may stand there: the grammar of `queries/sparql.ebnf`, read token by token.

The engine's parser tells how far it looked, which is behind the mistake by a word or by the whole query, and the last of the
things it tried. Here the first token that cannot go on is found: in each rule the next token decides which way is taken (LL(1)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from odlinked.assets import Assets
from odlinked.cage import tokenizer

ASSET: Final = "queries/sparql.ebnf"
END: Final = "END"

_PARTS: Final = re.compile(r"'[^']+'|\w+|[()|?*+]")
_EMPTY: Final = {"(": ")", "[": "]"}
_BEYOND: Final = frozenset({"LATERAL", "ADJUST", "SERVICE", "<<", "<<(", "{|"})
"""Tokens that only the engine's wider language has: a text with one of them is not judged here."""


NAMED: Final = ("Expression", "Object", "Predicate", "Pattern", "BuiltIn", "Operator", "Iri")
"""Rules that people are told by name where all that they may begin with is expected."""


class Unexpected(NamedTuple):
    """The first token that cannot stand where it does: its `position`, its text ("": the end), and what may stand there.

    `expected` are tokens as they are written in quotes, kinds of them in capitals, and rules of `NAMED`, in the order in which
    the grammar would go on.
    """

    position: int
    found: str
    expected: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class RulePart:
    """A part of a rule: `kind` is "token", "rule", "all", "one", "many" (none or more) or "may"."""

    kind: str
    name: str = ""
    parts: tuple[RulePart, ...] = ()


class Grammar:
    """The rules, with the tokens that each part may begin with."""

    def __init__(self, text: str) -> None:
        lines = " ".join(line for line in text.splitlines() if not line.startswith("#"))
        self.rules = {name: _RuleReader(body).read() for name, body in re.findall(r"(\w+)\s+=\s(.*?)(?=\w+\s+=\s|\Z)", lines)}
        self._firsts: dict[RulePart, tuple[str, ...]] = {}
        self._sets: dict[RulePart, frozenset[str]] = {}
        self._empties: dict[RulePart, bool] = {}

    def begins(self, rule: str) -> tuple[str, ...]:
        """Return the tokens that a rule may begin with, in its order."""
        return self._first(self.rules[rule])

    def unexpected(self, text: str) -> Unexpected | None:
        """Return the first token of `text` that cannot stand where it does; None where the grammar has nothing against it."""
        stack = [self.rules["Query"]]
        for position, found, kinds in _tokens(text):
            if found.upper() in _BEYOND:
                return None
            tried: dict[str, None] = {}
            while True:
                part = stack.pop()
                if part.kind == "token":
                    tried[part.name] = None
                    if part.name in kinds:
                        break
                    return Unexpected(position, found, self._named(tried))
                taken = self._way(part, kinds)
                if taken is None:
                    tried.update(dict.fromkeys(self._first(part)))
                    if not self._empty(part):
                        return Unexpected(position, found, self._named(tried))
                else:
                    stack += taken
        return None

    def _named(self, tokens: Iterable[str]) -> tuple[str, ...]:
        """Return tokens with the name of a rule in place of all that it may begin with."""
        found = list(tokens)
        for name in NAMED:
            begins = self.begins(name)
            if set(begins) <= set(found):
                found[found.index(begins[0])] = name
                found = [one for one in found if one not in begins]
        return tuple(found)

    def _way(self, part: RulePart, kinds: frozenset[str]) -> list[RulePart] | None:
        """Return what is to come, the next last, None where the token cannot begin `part`."""
        if part.kind == "all":
            return list(reversed(part.parts))
        if part.kind == "rule":
            return [self.rules[part.name]]
        if part.kind == "one":
            return next(([one] for one in part.parts if self._can(one, kinds)), None)
        if not self._can(part.parts[0], kinds):
            return None
        return [part, part.parts[0]] if part.kind == "many" else [part.parts[0]]

    def _can(self, part: RulePart, kinds: frozenset[str]) -> bool:
        """Return whether a part may begin with a token of these kinds."""
        begins = self._sets.get(part)
        if begins is None:
            begins = self._sets[part] = frozenset(self._first(part))
        return not begins.isdisjoint(kinds)

    def _first(self, part: RulePart) -> tuple[str, ...]:
        known = self._firsts.get(part)
        if known is None:
            known = self._firsts[part] = tuple(dict.fromkeys(self._beginnings(part)))
        return known

    def _beginnings(self, part: RulePart) -> Iterator[str]:
        if part.kind == "token":
            yield part.name
        elif part.kind == "rule":
            yield from self._first(self.rules[part.name])
        else:
            for one in part.parts:
                yield from self._first(one)
                if part.kind == "all" and not self._empty(one):
                    return

    def _empty(self, part: RulePart) -> bool:
        known = self._empties.get(part)
        if known is None:
            parts = [self.rules[part.name]] if part.kind == "rule" else part.parts
            if part.kind == "one":
                known = any(self._empty(one) for one in parts)
            else:
                known = part.kind in ("many", "may") or (part.kind != "token" and all(self._empty(one) for one in parts))
            self._empties[part] = known
        return known


class _RuleReader:
    """Reads the right side of a rule."""

    def __init__(self, text: str) -> None:
        self._parts = _PARTS.findall(text)
        self._at = 0

    def read(self) -> RulePart:
        """Return alternatives up to a closing bracket or the end."""
        ways = [self._sequence()]
        while self._next() == "|":
            self._at += 1
            ways.append(self._sequence())
        return ways[0] if len(ways) == 1 else RulePart("one", parts=tuple(ways))

    def _next(self) -> str:
        return self._parts[self._at] if self._at < len(self._parts) else ""

    def _sequence(self) -> RulePart:
        found: list[RulePart] = []
        while self._next() not in ("", "|", ")"):
            found += self._part()
        return found[0] if len(found) == 1 else RulePart("all", parts=tuple(found))

    def _part(self) -> list[RulePart]:
        text = self._next()
        self._at += 1
        if text == "(":
            one = self.read()
            self._at += 1
        else:
            one = RulePart("token" if text.startswith("'") or text.isupper() else "rule", text)
        times = self._next()
        if times not in ("?", "*", "+"):
            return [one]
        self._at += 1
        often = RulePart("may" if times == "?" else "many", parts=(one,))
        return [one, often] if times == "+" else [often]


@lru_cache(maxsize=1)
def load() -> Grammar:
    """Return the grammar that is bundled."""
    return Grammar(Assets().text(ASSET))


def _tokens(text: str) -> Iterator[tuple[int, str, frozenset[str]]]:
    """Yield position, text and kinds of each token, then of the end."""
    found = [(position, kind, part) for kind, part, position in tokenizer.placed(text) if kind != "space"]
    skip = False
    for (position, kind, part), after in zip(found, [*found, (0, "", "")][1:], strict=True):
        if skip:
            skip = False
        elif _EMPTY.get(part) == after[2] != "":
            skip = True
            yield position, part + after[2], frozenset(("NIL" if part == "(" else "ANON",))
        else:
            yield position, part, _kinds(kind, part)
    yield len(text), "", frozenset((END,))


def _kinds(kind: str, part: str) -> frozenset[str]:
    if kind == "name":
        return frozenset(("BLANK",) if part.startswith("_:") else ("NAME", "PREFIX") if part.endswith(":") else ("NAME",))
    if kind == "number":
        return frozenset(("NUMBER", "INTEGER") if part.isdigit() else ("NUMBER",))
    if kind in ("iri", "string", "variable", "tag"):
        return frozenset(({"iri": "IRIREF", "variable": "VAR"}.get(kind, kind.upper()),))
    return frozenset((f"'{part if part == 'a' else part.upper()}'",))
