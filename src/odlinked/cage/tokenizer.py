"""A small SPARQL 1.1/1.2 tokenizer: determines what a query is and what it would do, without a grammar (about 0.5 µs a token).

The engine reads `\\u` escapes in strings and IRIs only, so the raw text has the same tokens here as there. This is the first
barrier, not the only one: the worker that runs the query cannot open a socket and may crash without harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from odlinked.cage.failures import Refused, TooComplex, TooLong

MAX_TEXT: Final = 262_144
"""Longest query text in characters."""

MAX_NESTING: Final = 128
"""Deepest nesting of groups, brackets and quoted triples. The engine's stack ends at about 1,000 (nested functions)."""

MAX_OPERATORS: Final = 1_000
"""Most operators and clauses of a query: the engine represents chains of them as a tree as deep as the chain is long."""

_REMEMBERED: Final = 4_096
"""Longest text whose inspection is kept: programs send the same queries again and again."""

MAX_TOKENS: Final = 60_000
"""Most tokens of a query: a list of 10,000 pairs is fine."""

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n]++|\#[^\r\n]*+)++)
    |(?P<iri><[^<>"{}|^`\\\x00-\x20]*+(?:\\[uU][0-9A-Fa-f]+[^<>"{}|^`\\\x00-\x20]*+)*+>)
    |(?P<string>\"\"\"(?:\"{0,2}+(?:[^"\\]|\\.))*+\"\"\"|'''(?:'{0,2}+(?:[^'\\]|\\.))*+'''
        |"(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+')
    |(?P<variable>[?$]\w+)
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    |(?P<name>_:[\w.\-]*+|:(?:[\w.:\-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*+
        |[^\W\d_][\w.\-]*+(?::(?:[\w.:\-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*+)?)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<open><<\(|<<|\{\||[({\[])
    |(?P<close>\)>>|>>|\|\}|[)}\]])
    |(?P<sign>\^\^|\|\||&&|!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"(?P<word>[^\W\d]\w*)|(?P<number>\d+)|(?P<sign>.)", re.DOTALL)
JOINED: Final = re.compile(r"(?:\w|\A)[.-]+\Z")
"""The end of a text that a name after it would be joined to."""
LETTERS: Final = "qzxjkvwyuhglnbmfptdrscoaieQZXJKVWYUHGLNBMFPTDRSCOAIE"
"""Prefixes to choose from, rare ones first."""

_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
_VOLATILE: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_CLAUSES: Final = frozenset({
    "OPTIONAL", "MINUS", "UNION", "BIND", "AS", "FILTER", "VALUES", "GRAPH", "SELECT", "EXISTS", "IN", "LATERAL", "HAVING",
})
_CHAINS: Final = frozenset({"||", "&&", "+", "-", "*", "/", "|", "^", "!", "=", "!=", "<", ">", "<=", ">="})


class Token(NamedTuple):
    """A token: its kind (the group's name in the pattern) and its text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Inspection:
    """What a query is.

    `form` is SELECT, ASK, CONSTRUCT, DESCRIBE or "" (the engine will report why). `computed` are the variables bound by
    AS or VALUES. `volatile`: the same text may answer differently (NOW, RAND, UUID, STRUUID, BNODE). `prefixes` are those
    declared. `plain_template`: no term of a constructed graph can come from the query itself. `undeclared` are the prefixes that
    names use without a declaration. `order` are the variables of `SELECT *` in order of first use; () for other queries.
    """

    form: str
    computed: frozenset[str]
    volatile: bool
    prefixes: tuple[tuple[str, str], ...]
    plain_template: bool
    undeclared: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` without white space and comments; anything else is yielded as a single character."""
    return (Token(kind, part) for kind, part, _ in placed(text) if kind != "space")


def placed(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the tokens of `text` with white space and comments, each with its position."""
    for found in _TOKEN.finditer(text):
        kind, part = found.lastgroup or "sign", found[0]
        if kind == "name" and ":" not in part:
            for piece in _PIECE.finditer(part):  # words, dots and hyphens: `true.`, `ASK`
                yield piece.lastgroup or "sign", piece[0], found.start() + piece.start()
        else:
            yield kind, part, found.start()


def inspect(text: str) -> Inspection:
    """Return what `text` is; raise `TooLong`, `TooComplex` or `Refused` (SERVICE, updates) before anything runs."""
    if len(text) > MAX_TEXT:
        raise TooLong(f"the text has {len(text):,} characters, {MAX_TEXT:,} are allowed",
                      "Split the query, or ask for less at once")
    return _known(text) if len(text) <= _REMEMBERED else _inspected(text)


@lru_cache(maxsize=1_024)
def _known(text: str) -> Inspection:
    return _inspected(text)


def _inspected(text: str) -> Inspection:
    found = list(_measured(tokens(text)))
    form = _form(found)
    computed = frozenset(_computed(found))
    return Inspection(form, computed, _volatile(found), tuple(_prefixes(found)), _plain_template(found, form, computed),
                      _undeclared(found), _order(found) if form == "SELECT" else ())


def _measured(found: Iterable[Token]) -> Iterator[Token]:
    """Pass tokens on; raise `TooComplex` for deep nesting or long chains, `Refused` for SERVICE.

    Data of VALUES does not count as a chain.
    """
    depth = operators = data = 0
    previous = ""
    for number, token in enumerate(found):
        kind, text = token
        if kind == "open":
            depth += 1
            if depth > MAX_NESTING:
                raise TooComplex(f"groups, brackets or functions are nested deeper than {MAX_NESTING}",
                                 "Write the query with less nesting")
            if previous == "VALUES" and text == "{":
                data = depth
        elif kind == "close":
            if depth == data:
                data, previous = 0, ""
            depth -= 1
        elif kind == "word":
            word = text.upper()
            if word == "SERVICE":
                raise Refused("SERVICE is not supported: this service asks no other host",
                              "Ask the other endpoint yourself and hand its results over with VALUES")
            if word in _CLAUSES:
                operators += 1
                previous = word
        elif kind == "sign" and not data and text in _CHAINS:
            operators += 1
        if operators > MAX_OPERATORS or number > MAX_TOKENS:
            raise TooComplex(f"the query has more than {MAX_OPERATORS:,} operators and clauses or {MAX_TOKENS:,} words and signs",
                             "Use IN (…) or VALUES for long lists of alternatives")
        yield token


def _form(found: list[Token]) -> str:
    """Return the query form; raise `Refused` for an update. Only the prologue may precede it."""
    for kind, text in found:
        word = text.upper() if kind == "word" else ""
        if word in _FORMS:
            return word
        if word in _UPDATES:
            raise Refused(f"{word} is an update, and this service only answers queries",
                          "The catalogue changes by publishing, not through its SPARQL service")
        if word and word not in ("PREFIX", "BASE", "VERSION"):
            return ""
    return ""


def _computed(found: list[Token]) -> Iterator[str]:
    """Yield the variables bound by AS and VALUES, without their sign."""
    for i, (kind, text) in enumerate(found):
        if kind != "word":
            continue
        word = text.upper()
        if word == "AS" and i + 1 < len(found) and found[i + 1].kind == "variable":
            yield found[i + 1].text[1:]
        elif word == "VALUES":
            for place in range(i + 1, len(found)):
                kind, following = found[place]
                if kind == "variable":
                    yield following[1:]
                elif following not in ("(", ")"):
                    break


def _volatile(found: list[Token]) -> bool:
    return any(kind == "word" and text.upper() in _VOLATILE for kind, text in found)


def _prefixes(found: list[Token]) -> Iterator[tuple[str, str]]:
    """Yield (prefix, IRI) of the declarations whose IRI is absolute and free of escapes."""
    for i in range(len(found) - 2):
        if found[i].kind == "word" and found[i].text.upper() == "PREFIX":
            name, iri = found[i + 1].text, found[i + 2].text
            if name.endswith(":") and found[i + 2].kind == "iri" and ":" in iri and "\\" not in iri:
                yield name[:-1], iri[1:-1]


def _undeclared(found: list[Token]) -> frozenset[str]:
    """Return the prefixes of names that no PREFIX declares; one that stands in a declaration is declared."""
    used = {text.partition(":")[0] for kind, text in found if kind == "name" and not text.startswith("_:")}
    declared = {found[i + 1].text[:-1] for i in range(len(found) - 1)
                if found[i].kind == "word" and found[i].text.upper() == "PREFIX" and found[i + 1].text.endswith(":")}
    return frozenset(used - declared)


def _order(found: list[Token]) -> tuple[str, ...]:
    """Return the variables in order of first use where the query selects `*`, else ()."""
    start = next(i for i, (kind, text) in enumerate(found) if kind == "word" and text.upper() == "SELECT")
    chosen = next((text for kind, text in found[start + 1:] if kind != "word"), "")
    return tuple(dict.fromkeys(text[1:] for kind, text in found[start:] if kind == "variable")) if chosen == "*" else ()


def _plain_template(found: list[Token], form: str, computed: frozenset[str]) -> bool:
    """True when a constructed graph contains only terms matched in the store (and strings, IRIs of the template)."""
    if form != "CONSTRUCT":
        return True
    start = next((i for i, token in enumerate(found) if token.text == "{"), len(found))
    depth = 0
    for kind, text in found[start:]:
        depth += {"{": 1, "}": -1}.get(text, 0)
        if not depth:
            break
        if kind == "number" or text == "^^" or text.lower() in ("true", "false") or (kind == "variable" and text[1:] in computed):
            return False
    return True
