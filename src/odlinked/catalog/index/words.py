"""The words of the full text: which records have them, and what is spelled nearly so."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from cachetools import LRUCache

from odlinked.catalog.index.schema import AMONG, among
from odlinked.search.expressions import Sought
from odlinked.search.spelling import is_han, phrase, searchable

_MOST_LOOKED_AT: Final = 200
"""Titles that are read for one wrong character."""

_AT_ONCE: Final = 500
_HELD: Final = 200_000
"""So many numbers of datasets that were found are held in memory, four bytes each."""

_SHORTEST: Final = 3
_LONGEST: Final = 40
_LETTERS: Final = 4


class IndexWords:
    """The full text of an index; `connection` gives a thread's own."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection
        # What a search means is settled by what is found, and then it is listed and counted.
        self._found: LRUCache[Sought, Sequence[int]] = LRUCache(_HELD, getsizeof=lambda ids: len(ids) + 1)
        self._lock = threading.Lock()

    def any(self, sought: Sought) -> bool:
        """Whether a dataset has what is sought."""
        return next(self._rows("1", _whole(sought), " LIMIT 1"), None) is not None

    def best(self, sought: Sought, size: int, offset: int = 0) -> list[int]:
        """Return the numbers of the best datasets from `offset` on.

        Those that come first are ranked among themselves, then the rest.
        """
        if not sought.first:
            return self._ranked(_whole(sought), size, offset)
        first = _first(sought)
        found = self._ranked(first, size, offset)
        if len(found) == size:
            return found
        leading = {number for number, in self._rows("rowid", first)} if offset else set(found)
        skipped = max(0, offset - len(leading))
        # The rest is ranked with them: to leave them out in the expression takes longer.
        rest = [number for number in self._ranked(_whole(sought), len(leading) + skipped + size) if number not in leading]
        return found + rest[skipped:skipped + size - len(found)]

    def _ranked(self, expression: str, size: int, offset: int = 0) -> list[int]:
        return [number for number, in self._rows("rowid", expression, f" ORDER BY rank LIMIT {size:d} OFFSET {offset:d}")]

    def matching(self, sought: Sought) -> Sequence[int]:
        """Return the numbers, in ascending order, of the datasets that have what is sought; of all others, where only something
        is left out."""
        with self._lock:
            found = self._found.get(sought)
        if found is None:
            found = array("I", sorted(self._matching(sought)))
            with self._lock, suppress(ValueError):  # more than is held at all
                self._found[sought] = found
        return found

    def _matching(self, sought: Sought) -> list[int]:
        # One text instead of a row for each: most of the time went into making these.
        if sought.expression:
            told = next(self._rows("json_group_array(rowid)", _whole(sought)))[0]
        else:
            others = ("SELECT json_group_array(rowid) FROM search"
                      " WHERE rowid NOT IN (SELECT rowid FROM search WHERE search MATCH ?)")
            told = self._connection().execute(others, (sought.without,)).fetchone()[0]
        found: list[int] = json.loads(told)
        return found

    def in_order(self, sought: Sought) -> Iterator[int]:
        """Yield the numbers of all datasets that have what is sought, the best first."""
        leading = dict.fromkeys(self._ranked(_first(sought), -1)) if sought.first else {}
        yield from leading
        yield from (number for number, in self._rows("rowid", _whole(sought), " ORDER BY rank") if number not in leading)

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
        gaps = []
        for place in range(len(word)):
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
