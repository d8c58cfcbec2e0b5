"""A CONSTRUCT over small graphs that is run once for all that are alike: the same but for their names and texts.

Reading and planning a query takes an engine longer than answering it over a page's few triples. A query that only joins terms and
copies them makes the same of two graphs of which one is the other with other terms: so it is asked about a graph of numbers, and
the numbers in its answer are replaced. What makes the answer differ stays as it is: the IRIs that the query names, and the
values of properties whose text it looks into.
"""

from __future__ import annotations

import re
import secrets
import threading
from hashlib import blake2b
from typing import Final

import pyoxigraph as ox
from cachetools import LRUCache

from odlinked.queries import Query
from odlinked.rdf import ask

_KEPT: Final = 1_000
"""So many shapes of graphs are remembered, a few kilobytes each."""

_COMMENT: Final = re.compile(r"^\s*#.*$", re.MULTILINE)
_PREFIX: Final = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_IRI: Final = re.compile(r"<([^<>\s]*)>")
_NAME: Final = re.compile(r"(?<![\w:/#<])([A-Za-z][\w-]*):([A-Za-z][\w-]*)")
_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

_NumberedStatement = tuple[int | str, str, int | str]
"""Subject, predicate and object: numbers stand for terms of the graph that was asked about."""


class AlikeConstruct:
    """A CONSTRUCT that joins and copies terms; `read` are the properties (IRIs) whose values it may look into. Safe for threads.

    Predicates of its patterns are constants: what a graph says by other ones is not looked at.
    """

    def __init__(self, query: Query, read: tuple[str, ...] = ()) -> None:
        self.query = query
        text = _COMMENT.sub("", query.text)
        spaces = dict(_PREFIX.findall(query.prologue + text))
        body = _PREFIX.sub("", text)
        named = {*_IRI.findall(body), *(spaces[prefix] + name for prefix, name in _NAME.findall(body) if prefix in spaces)}
        self._named = {f"<{iri}>" for iri in named} | {_TYPE}
        self._read = {f"<{iri}>" for iri in read}
        # Nobody can write a term that is taken for a number.
        self._iri, self._text = f"<urn:{secrets.token_hex(8)}:", f'"{secrets.token_hex(8)}:'
        self._known: LRUCache[bytes, list[_NumberedStatement]] = LRUCache(_KEPT)
        self._lock = threading.Lock()

    def lines(self, ntriples: bytes) -> list[str]:
        """Return what the query makes of a graph of canonical N-Triples, as its sorted lines; raise as `ask.construct`."""
        numbers: dict[str, str] = {}
        shape: list[str] = []
        named, read, number = self._named, self._read, self._number
        for line in ntriples.decode("utf-8").split("\n"):
            if not line:
                continue
            subject, predicate, rest = line.split(" ", 2)
            if predicate not in named:
                continue
            term = rest[:-2]
            if subject not in named:
                subject = numbers.get(subject) or number(numbers, subject)
            if term not in named and predicate not in read:
                term = numbers.get(term) or number(numbers, term)
            shape.append(f"{subject} {predicate} {term} .")
        terms = list(numbers)
        return sorted({f"{terms[s] if isinstance(s, int) else s} {p} {terms[o] if isinstance(o, int) else o} ."
                       for s, p, o in self._of("\n".join(shape).encode())})

    def _number(self, numbers: dict[str, str], term: str) -> str:
        """Return the term of its kind that stands for one that was not met before."""
        begin, end = (self._text, '"') if term[0] == '"' else (self._iri, ">")
        return numbers.setdefault(term, f"{begin}{len(numbers)}{end}")

    def _term(self, raw: str) -> int | str:
        """Return the number of a term that stands for another, or the term."""
        return int(raw.rpartition(":")[2][:-1]) if raw.startswith((self._iri, self._text)) else raw

    def _of(self, shape: bytes) -> list[_NumberedStatement]:
        """Return what the query makes of a graph of numbers."""
        key = blake2b(shape, digest_size=16).digest()
        with self._lock:
            found = self._known.get(key)
        if found is None:
            store = ox.Store()
            store.load(shape, format=ox.RdfFormat.N_TRIPLES, lenient=True)
            made = {tuple(line[:-2].split(" ", 2)) for line in ask.construct(store, self.query).decode("utf-8").splitlines()}
            found = [(self._term(subject), predicate, self._term(term)) for subject, predicate, term in made]
            with self._lock:
                self._known[key] = found
        return found
