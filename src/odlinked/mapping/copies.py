"""What a query only copies: a table of the fields of a row that are properties of the node the row is named for.

A WHERE clause, or an alternative (UNION) of one, that is written

    ?cell row:dataset ?record .
    VALUES (?field ?property) { (row:title dcterms:title) (row:theme_code dcat:theme) }
    ?cell ?field ?value .

and whose variables are used elsewhere in one triple of the template only, `?record ?property ?value`, needs no store: its triples
are written from the ends of triples of which the row graph is made, and only the rest of the query is run. The whole query runs
as it is in every SPARQL engine; tests hold what is copied equal to what an engine makes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from odlinked.mapping.codes import ROWS
from odlinked.queries import Query

_PREFIX = re.compile(r"^PREFIX\s+(\w*):\s*<([^<>\s]*)>", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_CONSTRUCT = re.compile(r"[^{}]*\bCONSTRUCT\s*\{([^{}]*)\}\s*WHERE\s*\{(.*)\}\s*", re.DOTALL)
_BRACE = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|([{}])')
_TABLE = re.compile(r"""\s*
    \?(?P<cell>\w+) \s+ row:(?P<name>\w+) \s+ \?(?P<record>\w+) \s* \. \s*
    VALUES \s* \( \s* \?(?P<field>\w+) \s+ \?(?P<property>\w+) \s* \) \s* \{ (?P<table>[^{}]*) \} \s*
    \?(?P=cell) \s+ \?(?P=field) \s+ \?(?P<value>\w+) \s* \.? \s*""", re.VERBOSE)
_PAIR = re.compile(r"\(\s*row:(\w+)\s+(\w*):(\w+)\s*\)")
_VARIABLE = re.compile(r"[?$](\w+)")
_OWN, _SHARED = ("cell", "field"), ("record", "property", "value")
"""The variables of a branch that are used in it only, and those that are used once in the template, too."""


@dataclass(frozen=True)
class Copies:
    """What queries copy: `marked` has for each field the starts of ends of triples, and `names` which field names the node.

    A start is a byte that stands for the name, then the property: b"\\x01<http://purl.org/dc/terms/title> ".
    """

    marked: dict[str, tuple[bytes, ...]]
    names: dict[str, int]

    def lines(self, copied: dict[bytes, list[bytes]], named: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the copied triples as lines, given the marked ends by node of the row graph and what the form's `names` queries
        made (N-Triples)."""
        if not self.names:
            return
        marks = {f"<{ROWS}{name}>".encode(): mark for name, mark in self.names.items()}
        starts = {f"<{ROWS}{field}>".encode(): start for field, start in self.marked.items()}
        owners: list[tuple[bytes, int, bytes]] = []
        for text in named:
            for line in text.split(b"\n")[:-1]:
                node, predicate, rest = line.split(b" ", 2)
                if predicate in marks:
                    owners.append((node, marks[predicate], rest[:-1]))
                for start in starts.get(predicate, ()):
                    copied.setdefault(node, []).append(start + rest + b"\n")
        for node, mark, record in owners:
            for end in copied.get(node, ()):
                if end[0] == mark:
                    yield record + end[1:-1]


def found(queries: Sequence[Query]) -> tuple[Copies, list[Query]]:
    """Return what queries copy, and what is left of them to run."""
    marked: dict[str, tuple[bytes, ...]] = {}
    names: dict[str, int] = {}
    left: list[Query] = []
    for query in queries:
        # Comments give way to blanks, so that places and numbers of lines stay.
        text = _COMMENT.sub(lambda comment: " " * len(comment[0]), query.text)
        branches = _branches(text)
        for place, table, pairs in reversed(branches):
            mark = names.setdefault(table["name"], len(names) + 1)
            for field, iri in pairs:
                start = b"%c<%s> " % (mark, iri.encode())
                marked[field] = tuple(dict.fromkeys((*marked.get(field, ()), start)))
            text = text[:place] + " VALUES ?nothing {} " + "\n" * table[0].count("\n") + text[place + len(table[0]):]
        if not branches:
            left.append(query)
        elif not re.fullmatch(r"(?:[{}\s]|UNION|VALUES \?nothing \{\})*", text.partition("WHERE")[2]):
            left.append(replace(query, text=text))
    return Copies(marked, names), left


def _branches(text: str) -> list[tuple[int, re.Match[str], list[tuple[str, str]]]]:
    """Return the branches of a query that only copy: where each begins, its match, and (field, property IRI) pairs."""
    query = _CONSTRUCT.fullmatch(text)
    if query is None:
        return []
    prefixes, uses = dict(_PREFIX.findall(text)), Counter(_VARIABLE.findall(text))
    branches = []
    for start, end in _alternatives(query[2]):
        table = _TABLE.fullmatch(query[2], start, end)
        if table is None or prefixes.get("row") != ROWS or not _is_apart(table, query[1], uses):
            continue
        pairs = [(field, prefixes.get(prefix, ""), local) for field, prefix, local in _PAIR.findall(table["table"])]
        if all(space for _, space, _ in pairs) and not _PAIR.sub("", table["table"]).strip():
            branches.append((query.start(2) + start, table, [(field, space + local) for field, space, local in pairs]))
    return branches


def _is_apart(table: re.Match[str], template: str, uses: Mapping[str, int]) -> bool:
    """Return whether the variables of a branch are used elsewhere in one triple of the template only."""
    own = Counter(_VARIABLE.findall(table[0]))
    triple = rf"(?:^|\.)\s*\?{table['record']}\s+\?{table['property']}\s+\?{table['value']}\s*(?:\.|$)"
    return (re.search(triple, template) is not None
            and len({table[part] for part in (*_OWN, *_SHARED)}) == len((*_OWN, *_SHARED))
            and all(uses[table[part]] == own[table[part]] for part in _OWN)
            and all(uses[table[part]] == own[table[part]] + 1 for part in _SHARED))


def _alternatives(body: str) -> list[tuple[int, int]]:
    """Return where the alternatives of a WHERE clause stand, if it has nothing else: the places between the braces of each."""
    places: list[tuple[int, int]] = []
    depth, start, between = 0, 0, 0
    for brace in _BRACE.finditer(body):
        if brace[1] == "{":
            if depth == 0 and body[between:brace.start()].strip() != ("UNION" if places else ""):
                return [(0, len(body))]
            start = start if depth else brace.end()
            depth += 1
        elif brace[1] == "}":
            depth -= 1
            if depth == 0:
                places.append((start, brace.start()))
                between = brace.end()
    return [(0, len(body))] if body[between:].strip() else places
