"""The lines of a Turtle, TriG, N-Triples or N-Quads file with its statements.

A reader of tokens, not of the grammar: a parser has accepted the file before. Statements within `[ … ]` have no name to be looked
up by and are reported at the statement around them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Final

from odlinked.graphs.terms import BASE, is_relative, resolved
from odlinked.namespaces import RDF
from odlinked.rdf.ntriples import unescape

_TOKEN: Final = re.compile(
    r'(?P<skip>\s+|\#[^\n]*)|(?P<text>"""(?:[^"\\]++|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]++|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\]++|\\.)*+"|\'(?:[^\'\\]++|\\.)*+\')|(?P<iri><[^<>]*>)|(?P<tail>\^\^|@[A-Za-z][A-Za-z0-9-]*)|(?P<mark>[.;,\[\](){}](?!\d))|(?P<plain>[^\s<>"\'\[\](){};,]+)|.',
    re.DOTALL)
_DIRECTIVES: Final = frozenset(("@prefix", "@base", "prefix", "base"))


@dataclass
class Positions:
    """Where statements are: line of a subject, of a subject's property, of one value of it (1-based).

    `relative`: the line on which an address without a base occurs first.
    """

    subjects: dict[str, int] = field(default_factory=dict)
    properties: dict[tuple[str, str], int] = field(default_factory=dict)
    values: dict[tuple[str, str, str], int] = field(default_factory=dict)
    relative: dict[str, int] = field(default_factory=dict)

    def line(self, subject: str, predicate: str = "", value: str = "") -> int:
        """Return the line of the nearest known part, 0 where the subject is not known by name."""
        found = self.values.get((subject, predicate, value)) or self.properties.get((subject, predicate))
        return found or self.subjects.get(subject, 0)


def find(text: str, wanted: Container[str] | None = None) -> Positions:
    """Return the positions of a file that a parser has accepted: of all subjects, or only of those wanted."""
    return _StatementReader(wanted).read(text)


class _StatementReader:
    """Follows statements token by token: where one begins, the current property, the current value."""

    def __init__(self, wanted: Container[str] | None) -> None:
        self.found = Positions()
        self.wanted = wanted
        self.base = BASE
        self.prefixes: dict[str, str] = {}
        self.subject: str | None = None
        self.predicate: str | None = None
        self.due = "subject"
        self.depth = 0

    def read(self, text: str) -> Positions:
        tokens = _tokens(text)
        for kind, word, line in tokens:
            if kind == "iri" and self.base == BASE and is_relative(iri := self._iri(word)):
                self.found.relative.setdefault(iri, line)
            if self.due == "subject" and self.depth == 0 and word.lower() in _DIRECTIVES:
                self._directive(word.lower(), tokens)
            elif kind == "mark":
                self._mark(word, line)
            elif kind == "tail":
                if word == "^^":
                    next(tokens, None)
            elif self.depth == 0:
                self._term(kind, word, line)
        return self.found

    def _mark(self, mark: str, line: int) -> None:
        if mark in "[(":
            if self.depth == 0 and self.due == "subject":
                self.subject, self.due = None, "predicate"
            self.depth += 1
        elif mark in "])":
            self.depth = max(0, self.depth - 1)
        elif self.depth == 0 and mark == ";":
            self.due = "predicate"
        elif self.depth == 0 and mark in ".{}":
            self.due = "subject"

    def _term(self, kind: str, word: str, line: int) -> None:
        if self.due != "subject" and self.subject is None:
            self.due = "value"  # it is not requested
            return
        name = unescape(word.strip("\"'")) if kind == "text" else self._name(kind, word)
        if self.due == "subject":
            self.subject, self.due = name if self.wanted is None or name in self.wanted else None, "predicate"
            if self.subject is not None:
                self.found.subjects.setdefault(self.subject, line)
        elif self.due == "predicate":
            self.predicate, self.due = RDF + "type" if word == "a" else name, "value"
            if self.subject is not None and self.predicate is not None:
                self.found.properties.setdefault((self.subject, self.predicate), line)
        elif self.subject is not None and self.predicate is not None and name is not None:
            self.found.values.setdefault((self.subject, self.predicate, name), line)

    def _name(self, kind: str, word: str) -> str | None:
        """Return the IRI or blank node label of a token, a bare number or boolean as it is."""
        if kind == "iri":
            return self._iri(word)
        prefix, colon, local = word.partition(":")
        if not colon or prefix == "_":
            return word
        space = self.prefixes.get(prefix)
        return None if space is None else space + re.sub(r"\\(.)", r"\1", local)

    def _iri(self, word: str) -> str:
        return resolved(self.base, unescape(word[1:-1]))

    def _directive(self, directive: str, tokens: Iterator[tuple[str, str, int]]) -> None:
        """Take a prefix or base declaration; the full stop of the older form does not end a statement."""
        prefix = "" if directive.endswith("base") else next(tokens, ("", ":", 0))[1].rstrip(":")
        kind, word, _ = next(tokens, ("", "", 0))
        if kind == "iri":
            iri = self._iri(word)
            if directive.endswith("base"):
                self.base = iri
            else:
                self.prefixes[prefix] = iri


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield kind, token and line; the full stop after a name is a token of its own."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind, word = match.lastgroup or "", match[0]
        if kind == "plain" and word.endswith(".") and len(word) > 1:
            yield kind, word.rstrip("."), line
            yield "mark", ".", line
        elif kind and kind != "skip":
            yield kind, word, line
        line += word.count("\n")
