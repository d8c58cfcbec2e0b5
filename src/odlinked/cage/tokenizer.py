"""A small SPARQL 1.1/1.2 tokenizer: determines what a query is and what it would do, without a grammar (about 0.5 µs a token).

The engine reads `\\u` escapes in strings and IRIs only, so the raw text has the same tokens here as there. This is the first
barrier, not the only one: the worker that runs the query cannot open a socket and may crash without harm.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from odlinked.cage.failures import Refused, TooComplex, TooLong
from odlinked.patterns import pattern

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

_SPACE: Final = r"(?:[ \t\r\n]++|\#[^\r\n]*+)"
_SOLID: Final = r"""(?P<iri><[^<>"{}|^`\\\x00-\x20]*+(?:\\[uU][0-9A-Fa-f]+[^<>"{}|^`\\\x00-\x20]*+)*+>)
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
    |(?P<sign>\^\^|\|\||&&|!=|<=|>=|.)"""
_TOKEN = pattern(f"(?P<space>{_SPACE}++)|{_SOLID}", re.VERBOSE | re.DOTALL)
_NEXT = pattern(f"{_SPACE}*+(?:{_SOLID}|(?P<end>\\Z))", re.VERBOSE | re.DOTALL)
"""A token and what is before it; it matches wherever the one before ended."""

_IRI = pattern(r"(?<![<\\])<[A-Za-z0-9:/._~%?&=+,;@!$()*\-]*+>")
"""An IRI without quotes and number signs, wherever it stands."""

_PIECE = pattern(r"(?P<word>[^\W\d]\w*)|(?P<number>\d+)|(?P<sign>.)", re.DOTALL)
JOINED: Final = pattern(r"(?:\w|\A)[.-]+\Z")
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
    `shape` is a digest that texts with the same tokens but for their IRIs share (as some others do), `digest` that of the tokens
    (b"" for a short text: it may have been another's that was inspected).
    """

    form: str
    computed: frozenset[str]
    volatile: bool
    prefixes: tuple[tuple[str, str], ...]
    plain_template: bool
    undeclared: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    shape: bytes = b""
    digest: bytes = b""


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


def _solid(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of the tokens of `placed` but white space and comments, in half the time."""
    for found in _NEXT.finditer(text):
        kind = found.lastgroup or "end"
        part = found[kind]
        if kind == "name" and ":" not in part:
            if part.isidentifier():
                yield "word", part
            else:
                for piece in _PIECE.finditer(part):
                    yield piece.lastgroup or "sign", piece[0]
        elif kind != "end":
            yield kind, part


def inspect(text: str) -> Inspection:
    """Return what `text` is; raise `TooLong`, `TooComplex` or `Refused` (SERVICE, updates) before anything runs."""
    if len(text) > MAX_TEXT:
        raise TooLong(f"the text has {len(text):,} characters, {MAX_TEXT:,} are allowed",
                      "Split the query, or ask for less at once")
    return _known(_shaped(text)) if len(text) <= _REMEMBERED else _inspected(text, is_whole=True)


def digest(text: str) -> bytes:
    """Return a digest of the tokens of `text`, without white space and comments; raise as `inspect` does."""
    return _TokenRun(text).digest()


def _shaped(text: str) -> str:
    """Return a text that is the same query but for its IRIs: programs ask the same of one thing after the other.

    Nothing but these changes: what is left out of an IRI ends no token, and begins none where it stands in another one. IRIs of
    declarations stay, and the whole text where one may stand behind the first brace.
    """
    prologue, brace, body = text.partition("{")
    return text if "PREFIX" in body.upper() else f"{prologue}{brace}{_IRI.sub('<>', body)}"


@lru_cache(maxsize=1_024)
def _known(text: str) -> Inspection:
    return _inspected(text)


def _inspected(text: str, *, is_whole: bool = False) -> Inspection:
    read = _TokenRun(text)
    form = _form(read)
    computed = frozenset(_computed(read))
    volatile = any(word in _VOLATILE for _, word in read.words)
    return Inspection(form, computed, volatile, tuple(_prefixes(read)), _plain_template(read.found, form, computed),
                      _undeclared(read), _order(read) if form == "SELECT" else (), read.shape(),
                      read.digest() if is_whole else b"")


class _TokenRun:
    """The tokens of a text: all that are `found`, each its kind and text; where the `words` are, in capitals; the `names`.

    Raise `TooComplex` for deep nesting or long chains, `Refused` for SERVICE. Data of VALUES does not count as a chain.
    """

    def __init__(self, text: str) -> None:
        self.found: list[tuple[str, str]] = []
        self.words: list[tuple[int, str]] = []
        self.names: list[str] = []
        found = self.found
        depth = operators = data = 0
        previous = ""
        for kind, part in _solid(text):
            if kind == "open":
                depth += 1
                if depth > MAX_NESTING:
                    raise TooComplex(f"groups, brackets or functions are nested deeper than {MAX_NESTING}",
                                     "Write the query with less nesting")
                if previous == "VALUES" and part == "{":
                    data = depth
            elif kind == "close":
                if depth == data:
                    data, previous = 0, ""
                depth -= 1
            elif kind == "word":
                word = part.upper()
                self.words.append((len(found), word))
                if word == "SERVICE":
                    raise Refused("SERVICE is not supported: this service asks no other host",
                                  "Ask the other endpoint yourself and hand its results over with VALUES")
                if word in _CLAUSES:
                    operators += 1
                    previous = word
            elif kind == "name":
                self.names.append(part)
            elif kind == "sign" and not data and part in _CHAINS:
                operators += 1
            if operators > MAX_OPERATORS or len(found) > MAX_TOKENS:
                raise TooComplex(f"the query has more than {MAX_OPERATORS:,} operators and clauses or {MAX_TOKENS:,} words and "
                                 "signs", "Use IN (…) or VALUES for long lists of alternatives")
            found.append((kind, part))

    def kind(self, place: int) -> str:
        """Return the kind of a token, "" beyond the last."""
        return self.found[place][0] if place < len(self.found) else ""

    def digest(self) -> bytes:
        """Return a digest of the tokens."""
        return _digest(part for _, part in self.found)

    def shape(self) -> bytes:
        """Return a digest of the tokens but for their IRIs, and for what in a string looks like one."""
        return _digest("<>" if kind == "iri" else _IRI.sub("<>", part) if kind == "string" else part for kind, part in self.found)


def _digest(parts: Iterable[str]) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def _form(read: _TokenRun) -> str:
    """Return the query form; raise `Refused` for an update. Only the prologue may precede it."""
    for _, word in read.words:
        if word in _FORMS:
            return word
        if word in _UPDATES:
            raise Refused(f"{word} is an update, and this service only answers queries",
                          "The catalogue changes by publishing, not through its SPARQL service")
        if word not in ("PREFIX", "BASE", "VERSION"):
            return ""
    return ""


def _computed(read: _TokenRun) -> Iterator[str]:
    """Yield the variables bound by AS and VALUES, without their sign."""
    for i, word in read.words:
        if word == "AS" and read.kind(i + 1) == "variable":
            yield read.found[i + 1][1][1:]
        elif word == "VALUES":
            for kind, following in islice(read.found, i + 1, None):
                if kind == "variable":
                    yield following[1:]
                elif following not in ("(", ")"):
                    break


def _prefixes(read: _TokenRun) -> Iterator[tuple[str, str]]:
    """Yield (prefix, IRI) of the declarations whose IRI is absolute and free of escapes."""
    for i, word in read.words:
        if word == "PREFIX" and read.kind(i + 2) == "iri":
            name, iri = read.found[i + 1][1], read.found[i + 2][1]
            if name.endswith(":") and ":" in iri and "\\" not in iri:
                yield name[:-1], iri[1:-1]


def _undeclared(read: _TokenRun) -> frozenset[str]:
    """Return the prefixes of names that no PREFIX declares; one that stands in a declaration is declared."""
    used = {text.partition(":")[0] for text in read.names if not text.startswith("_:")}
    following = (read.found[i + 1][1] for i, word in read.words if word == "PREFIX" and i + 1 < len(read.found))
    return frozenset(used.difference(text[:-1] for text in following if text.endswith(":")))


def _order(read: _TokenRun) -> tuple[str, ...]:
    """Return the variables in order of first use where the query selects `*`, else ()."""
    start = next(i for i, word in read.words if word == "SELECT")
    chosen = next((text for kind, text in islice(read.found, start + 1, None) if kind != "word"), "")
    if chosen != "*":
        return ()
    return tuple(dict.fromkeys(text[1:] for kind, text in read.found[start:] if kind == "variable"))


def _plain_template(found: list[tuple[str, str]], form: str, computed: frozenset[str]) -> bool:
    """True when a constructed graph contains only terms matched in the store (and strings, IRIs of the template)."""
    if form != "CONSTRUCT":
        return True
    start = next((i for i, (_, text) in enumerate(found) if text == "{"), len(found))
    depth = 0
    for kind, text in found[start:]:
        depth += {"{": 1, "}": -1}.get(text, 0)
        if not depth:
            break
        if kind == "number" or text == "^^" or text.lower() in ("true", "false") or (kind == "variable" and text[1:] in computed):
            return False
    return True
