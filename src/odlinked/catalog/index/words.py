"""The words of the full text: which records have them, and what is spelled nearly so."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

from cachetools import LRUCache

from odlinked.catalog.index.schema import AMONG, among
from odlinked.search.expressions import Sought
from odlinked.search.spelling import is_han, phrase, searchable

_MOST_LOOKED_AT: Final = 50
"""Titles that are read for one wrong character."""

_AT_ONCE: Final = 500
_HELD: Final = 200_000
"""So many numbers of datasets that were found are held in memory, four bytes each."""

_ANSWERS: Final = 1_024
"""So many answers whether anything has a word are held."""

_PAGE: Final = 20
"""Results of a page."""

_SHORTEST: Final = 3
_LONGEST: Final = 40
_LETTERS: Final = 4


class _Matched(NamedTuple):
    """What has what is sought: its numbers in ascending order, the best of them in theirs, and whether these are all."""

    ids: Sequence[int]
    best: Sequence[int]
    is_all: bool


def _size(found: _Matched) -> int:
    return 1 + len(found.ids) + len(found.best)


class IndexWords:
    """The full text of an index; `connection` gives a thread's own."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection
        self._held: LRUCache[Sought, _Matched] = LRUCache(_HELD, getsizeof=_size)
        self._answers: LRUCache[Sought, bool] = LRUCache(_ANSWERS)
        self._lock = threading.Lock()

    def any(self, sought: Sought) -> bool:
        """Whether a dataset has what is sought."""
        with self._lock:
            known, answer = self._held.get(sought), self._answers.get(sought)
        if known is not None:
            return bool(known.ids)
        if answer is None:  # each way to read a search asks for its words again
            answer = next(self._rows("1", _whole(sought), " LIMIT 1"), None) is not None
            with self._lock:
                self._answers[sought] = answer
        return answer

    def matching(self, sought: Sought) -> Sequence[int]:
        """Return the numbers, in ascending order, of the datasets that have what is sought; of all others, where only something
        is left out."""
        return self._matched(sought).ids

    def best(self, sought: Sought, size: int, offset: int = 0) -> list[int]:
        """Return the numbers of the best datasets from `offset` on."""
        return list(islice(self.in_order(sought), offset, offset + size))

    def in_order(self, sought: Sought) -> Iterator[int]:
        """Yield the numbers of all datasets that have what is sought: those that come first, the shortest title before longer
        ones, then the others by their rank."""
        known = self._matched(sought)
        yield from known.best
        if not known.is_all:
            yield from self._behind(sought, known.best)

    def _matched(self, sought: Sought) -> _Matched:
        """Return what has what is sought, held from the first time on: what a search means is settled before it is listed."""
        with self._lock:
            found = self._held.get(sought)
        if found is None:
            found = self._matching(sought)
            with self._lock, suppress(ValueError):  # more than is held at all
                self._held[sought] = found
        return found

    def _matching(self, sought: Sought) -> _Matched:
        if not sought.expression:
            others = ("SELECT json_group_array(rowid) FROM search"
                      " WHERE rowid NOT IN (SELECT rowid FROM search WHERE search MATCH ?)")
            told = self._connection().execute(others, (sought.without,)).fetchone()[0]
            return _Matched(array("I", sorted(json.loads(told))), (), is_all=False)
        # Not by BM25, which counts each word in the whole index, for two titles as for three thousand: that took longest of all.
        leading = sorted(self._numbers(_first(sought)), key=self._lengths.__getitem__) if sought.first else []
        if len(leading) < _PAGE:  # whoever wants a page needs the others in their order: that gives all of them
            order = leading + self._behind(sought, leading)
            return _Matched(array("I", sorted(order)), array("I", order), is_all=True)
        return _Matched(array("I", self._numbers(_whole(sought))), array("I", leading), is_all=False)

    @cached_property
    def _lengths(self) -> bytes:
        """By the number of a dataset, how many words its title has (from 128 on: no less): the first byte of what the full text
        keeps of its sizes."""
        sizes = self._connection().execute("SELECT id, sz FROM search_docsize ORDER BY id DESC").fetchall()
        found = bytearray(sizes[0][0] + 1 if sizes else 0)
        for number, size in sizes:
            found[number] = size[0]
        return bytes(found)

    def _numbers(self, expression: str) -> list[int]:
        """Return the numbers of the datasets that have an expression, in ascending order."""
        # One text instead of a row for each: most of the time went into making these.
        return sorted(json.loads(next(self._rows("json_group_array(rowid)", expression))[0]))

    def _behind(self, sought: Sought, leading: Sequence[int]) -> list[int]:
        """Return all that has what is sought behind those that come first, by their rank; these are ranked with it again, for to
        leave them out in the expression takes longer."""
        known = set(leading)
        return [number for number, in self._rows("rowid", _whole(sought), " ORDER BY rank") if number not in known]

    def ranked(self, sought: Sought, most: int) -> list[str]:
        """Return the IRIs of the best datasets, the best first."""
        best = self.best(sought, most)
        named: dict[int, str] = {}
        for start in range(0, len(best), _AT_ONCE):
            some = among(best[start:start + _AT_ONCE])
            named.update(self._connection().execute(f"SELECT id, iri FROM record WHERE id IN {AMONG}", (some,)))  # noqa: S608
        return [named[number] for number in best]

    def _rows(self, columns: str, expression: str, rest: str = "") -> Iterator[tuple[Any, ...]]:
        # Only living datasets are in the full text.
        return self._connection().execute(f"SELECT {columns} FROM search WHERE search MATCH ?{rest}", (expression,))  # noqa: S608

    def near(self, word: str) -> list[str]:
        """Return the spellings in the index that differ from a folded word in one character, those in most places first."""
        if is_han(word):
            return self._near_han(word) if _SHORTEST <= len(word) <= _LONGEST else []
        return self._near_latin(word) if len(word) >= _LETTERS else []

    def _near_han(self, word: str) -> list[str]:
        """Look into titles that have all of a word but one character."""
        places = range(len(word))
        # A single character is looked for in all words that begin with it, which takes ten times as long.
        soon = [place for place in places if 1 not in (place, len(word) - 1 - place)]
        return self._with_gaps(word, soon) or self._with_gaps(word, [place for place in places if place not in soon])

    def _with_gaps(self, word: str, places: Iterable[int]) -> list[str]:
        """Return the spellings in titles that have another character at one of some places of a word."""
        gaps = []
        for place in places:
            left, right = word[:place], word[place + 1:]
            sides = [phrase(side) for side in (left, right) if side]
            gaps.append(f"NEAR({' '.join(sides)}, {max(1, len(left)) + 1})" if len(sides) > 1 else sides[0])
        pattern = re.compile("|".join(f"(?={re.escape(word[:i])}(.){re.escape(word[i + 1:])})" for i in range(len(word))))
        rows = self._connection().execute(
            "SELECT record.title FROM search CROSS JOIN record ON record.id = search.rowid WHERE search MATCH ? LIMIT ?",
            (f"title : ({' OR '.join(gaps)})", _MOST_LOOKED_AT))
        found: Counter[str] = Counter()
        for title, in rows:
            folded = searchable(str(title))
            for hit in pattern.finditer(folded):
                near = folded[hit.start():hit.start() + len(word)]
                if near != word and is_han(near):
                    found[near] += 1
        return [near for near, _ in found.most_common(3)]

    def _near_latin(self, word: str) -> list[str]:
        """Look into the words that begin with the same two letters."""
        db = self._connection()
        db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, search, row)")
        rows = db.execute("SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ?",
                          (word[:2], word[:2] + "\U0010ffff"))
        near = [(count, term) for term, count in rows if differs_once(word, term)]
        return [term for _, term in sorted(near, reverse=True)[:3]]


def _whole(sought: Sought) -> str:
    return f"({sought.expression}) NOT ({sought.without})" if sought.without else sought.expression


def _first(sought: Sought) -> str:
    """Return the expression of what comes first, which is found by the whole one, too."""
    return _whole(sought._replace(expression=sought.first))


def differs_once(one: str, other: str) -> bool:
    """True when two words differ in one letter: a wrong one, one too many or too few, or two in the other's place."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b or a == b[1:]
