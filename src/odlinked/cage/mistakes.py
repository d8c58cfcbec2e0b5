"""What is wrong with a query: the token that cannot stand where it does, or what the engine's parser says of it.

The parser reports how far it looked and a list of what it tried there last. That list has tokens of the language, classes of
characters, and sentences ("Prefix not found"); a sentence is the reason, and the rest then only what the parser tried. Where a
text breaks the grammar itself, place and what was expected come from `grammar`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from odlinked.cage import grammar, tokenizer
from odlinked.cage.tokenizer import Token

_PLACE = re.compile(r"error at (\d+):(\d+)")
_MEMBER = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[(?:\'[^\']*\'|[^\]\'])*\]|[^,\["]+)\s*(?:,|$)', re.DOTALL)
_MOST_EXPECTED: Final = 12
_LONGEST: Final = 4_096
"""Characters of a text that is read by the grammar, which takes some 10 µs a token."""

_QUOTES: Final = str.maketrans("“”„‟「」『』‘’。、", "\"\"\"\"\"\"\"\"''.,")
"""Signs of Chinese and of word processors, and those they stand for, where Unicode does not say so itself."""

_AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_BROKEN: Final = frozenset({'"', "'", "\\"})
_SCHEMES: Final = frozenset({"http", "https", "urn"})
_ENDS: Final = frozenset({"WHERE", "FROM", "{", "SELECT"})
_AFTER_GROUP: Final = frozenset({"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})

_BAD_IRI: Final = "IRI parsing failed"
KINDS: Final = {
    "Prefix not found": "prefix", "The SELECT contains a variable that is unbound": "ungrouped",
    "The SELECT contains an expression with a variable that is unbound": "ungrouped",
    "Duplicated variable name in SELECT": "twice", "SELECT * is not authorized with GROUP BY": "star",
    _BAD_IRI: "iri",
}
"""Sentence of the parser -> kind of mistake; texts for each are in the list of the pages."""


@dataclass(frozen=True)
class Mistake:
    """A mistake at `line` and `column` (from 1; 0 where unknown): its kind ("" for others), the parser's sentence, what it
    expected instead, and the prefixes ("foo:") or variables ("?x") it refers to.

    `found` is the token that stands there ("" for the end, None where unknown), `meant` what probably was to stand there.
    """

    line: int
    column: int
    kind: str
    sentence: str
    expected: tuple[str, ...]
    names: tuple[str, ...] = ()
    found: str | None = None
    meant: str = ""

    @property
    def text(self) -> str:
        """The mistake as the parser reports it."""
        named = f": {', '.join(self.names)}" if self.names else ""
        tried = f"expected one of {listed(self.expected)}" if self.expected else "the query cannot be read here"
        what = self.sentence + named or tried
        return f"error at {self.line}:{self.column}: {what}" if self.line else what


def read(message: str, query: str | None = None, supplied: Collection[str] = ()) -> Mistake:
    """Return the mistake in `query`, on which a parser had a message; `supplied` are prefixes that need no declaration.

    Without the query it is what can be read off the message.
    Of a token that cannot stand where it does and a prefix that is not declared the first is told.
    """
    said = _said(message, query or "", supplied)
    if query is None or len(query) > _LONGEST:
        return said
    unexpected = grammar.load().unexpected(query)
    at = _first(query, said.names[0]) if said.kind == "prefix" else None
    if at is not None and (unexpected is None or at < unexpected.position):
        return _at(said, query, at)
    if unexpected is None:
        return said
    kind, sentence, meant = _likely(unexpected)
    found = Mistake(0, 0, kind, sentence, unexpected.expected, (), unexpected.found, meant)
    return _at(found, query, unexpected.position)


def _at(mistake: Mistake, query: str, position: int) -> Mistake:
    """Return a mistake placed at a position of the text."""
    start = query.rfind("\n", 0, position) + 1
    return replace(mistake, line=query.count("\n", 0, position) + 1, column=position - start + 1)


def _first(query: str, prefix: str) -> int | None:
    """Return where a name with a prefix stands first."""
    return next((at for kind, text, at in tokenizer.placed(query) if kind == "name" and text.startswith(prefix)), None)


def _likely(unexpected: grammar.Unexpected) -> tuple[str, str, str]:
    """Return the kind of a mistake, its sentence, and what was probably meant, by the token that cannot stand where it does."""
    found = unexpected.found
    if found == "<" and not {"Iri", "IRIREF", "Object", "Predicate", "Expression"}.isdisjoint(unexpected.expected):
        return "iri", _BAD_IRI, ""
    if found in ('"', "'"):
        return "unclosed", "", ""
    plain = unicodedata.normalize("NFKC", found).translate(_QUOTES)
    if len(found) == 1 and plain != found and plain.isascii():
        return "wide", "", plain
    words = [one.strip("'") for one in unexpected.expected if one[1:-1].isalpha()]
    words += [one.strip("'") for name in unexpected.expected if name in ("Expression", "BuiltIn", "Pattern")
              for one in grammar.load().begins(name)]
    near = difflib.get_close_matches(found.upper(), words, 1, 0.8) if found.isalpha() else []
    return "unexpected" if found else "ended", "", near[0] if near else ""


def _said(message: str, query: str, supplied: Collection[str]) -> Mistake:
    """Return the mistake that a parser's message on `query` reports."""
    place, words = _PLACE.match(message), list(tokenizer.tokens(query))
    head, _, listed = message.partition(": expected ")
    members = [found[1].strip() for found in _MEMBER.finditer(listed.removeprefix("one of "))]
    sentences = [one for one in members if " " in one and not one.startswith(('"', "["))]
    # Where the parser could go on with a name it says that its prefix is missing, though every one is there.
    able = [one for one in sentences if not query or KINDS.get(one) != "prefix" or any(_meant("prefix", words, supplied))]
    known = [one for one in able if one in KINDS]
    sentence = (known or able or [""])[0]
    if not place and not listed:
        sentence = head
    if not sentence:  # the parser continued past what is surely a mistake, and reports where it stopped
        sentence = next((one for one, kind in KINDS.items() if any(_meant(kind, words, supplied))), "")
    tokens = tuple(one for one in members if one not in sentences and not one.startswith(("[", "<")))
    kind = KINDS.get(sentence, "")
    names = tuple(dict.fromkeys(_meant(kind, words, supplied)))
    kind = kind if names or kind in ("star", "iri") else ""
    line, column = (int(place[1]), int(place[2])) if place else (0, 0)
    return Mistake(line, column, kind, sentence, () if sentence else tokens, names)


def listed(tokens: tuple[str, ...]) -> str:
    """Return the first of some tokens as one text."""
    return ", ".join(tokens[:_MOST_EXPECTED]) + (", …" if len(tokens) > _MOST_EXPECTED else "")


def _meant(kind: str, found: list[Token], supplied: Collection[str]) -> Iterator[str]:
    if kind == "prefix":
        yield from list(_undeclared(found, supplied))[:1]
    elif kind in ("ungrouped", "twice"):
        closing = _closing(found)
        for place, token in enumerate(found):
            if token.kind == "word" and token.text.upper() == "SELECT":
                select = _Select(found, place, closing)
                yield from select.ungrouped() if kind == "ungrouped" else select.twice()


def _undeclared(found: list[Token], supplied: Collection[str]) -> Iterator[str]:
    """Yield the prefixes that are used before a PREFIX declares them, as far as strings and IRIs are complete."""
    declared = {f"{prefix}:" for prefix in supplied}
    for place, token in enumerate(found):
        if token.text in _BROKEN or (token.text.partition(":")[0] in _SCHEMES and place and found[place - 1].text == "<"):
            return
        if token.kind != "name" or token.text.startswith("_:"):
            continue
        prefix = token.text.partition(":")[0] + ":"
        if place and found[place - 1].text.upper() == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            yield prefix


class _Select:
    """One SELECT of a query: its variables, each with whether it is inside an aggregate, and those it is grouped by."""

    def __init__(self, found: list[Token], place: int, closing: Mapping[int, int]) -> None:
        end = next((i for i in range(place + 1, len(found)) if found[i].text.upper() in _ENDS), len(found))
        self.clause = found[place + 1:end]
        self.grouped = _grouping(found, end, closing)

    def names(self) -> list[str]:
        """Return the variables it gives, in order."""
        given, depth = [], 0
        for place, (kind, text) in enumerate(self.clause):
            depth += {"(": 1, ")": -1}.get(text, 0)
            if kind == "variable" and (not depth or self.clause[place - 1].text.upper() == "AS"):
                given.append(_variable(text))
        return given

    def twice(self) -> Iterator[str]:
        """Yield the variables given more than once."""
        yield from (name for name, times in Counter(self.names()).items() if times > 1)

    def ungrouped(self) -> Iterator[str]:
        """Yield the variables that an aggregate query gives though it is not grouped by them."""
        aggregates = any(token.text.upper() in _AGGREGATES for token in self.clause)
        if not aggregates and self.grouped is None:
            return
        known = set(self.grouped or ())
        depth, inside = 0, 0
        for place, (kind, text) in enumerate(self.clause):
            if text == "(":
                depth += 1
                inside = inside or (depth if place and self.clause[place - 1].text.upper() in _AGGREGATES else 0)
            elif text == ")":
                inside = 0 if depth == inside else inside
                depth -= 1
            elif kind == "variable":
                name = _variable(text)
                if self.clause[place - 1].text.upper() == "AS":
                    known.add(name)
                elif not inside and name not in known:
                    yield name


def _grouping(found: list[Token], place: int, closing: Mapping[int, int]) -> list[str] | None:
    """Return the variables of the GROUP BY after the group that begins at `place` or later, None where there is none.

    `closing` are the closing brackets of the opening ones: the group itself is not read.
    """
    opening = next((i for i in range(place, len(found)) if found[i].text == "{" or found[i].text.upper() == "SELECT"), None)
    if opening is None or opening not in closing:
        return None
    grouped: list[str] | None = None
    depth = 0
    for i in range(closing[opening] + 1, len(found)):
        kind, text = found[i]
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return grouped
        if not depth and text.upper() == "GROUP":
            grouped = []
        elif kind == "word" and text.upper() in _AFTER_GROUP:
            return grouped
        elif grouped is not None and kind == "variable" and (not depth or found[i - 1].text.upper() == "AS"):
            grouped.append(_variable(text))
    return grouped


def _closing(found: list[Token]) -> dict[int, int]:
    """Return the closing bracket of each opening one, in one pass: texts can be long, and nested."""
    closed, opened = {}, list[int]()
    for place, (kind, _) in enumerate(found):
        if kind == "open":
            opened.append(place)
        elif kind == "close" and opened:
            closed[opened.pop()] = place
    return closed


def _variable(text: str) -> str:
    return "?" + text[1:]
