"""What a search of a release means: its words with their meanings, loosened step by step where nothing is found.

First every word must be found as it is written, as a synonym, or in a name. Where no dataset has all, Han characters are found
in parts, too (空氣臺北); then a word with one wrong character is taken for the nearest that is there; then some of the words do.
Which step was taken is told with the answer. Pages and SPARQL ask here alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from operator import ne
from typing import Final, NamedTuple, Protocol

from odlinked.assets import Assets
from odlinked.catalog.index.lists import Lists
from odlinked.catalog.index.words import differs_once
from odlinked.catalog.summaries.grades import GRADE, STARS
from odlinked.catalog.summaries.records import FacetCount, SearchResult
from odlinked.search.expressions import Sought, marked, parts_of, some, sought
from odlinked.search.meanings import Meanings, singular
from odlinked.search.request import SearchTerm, Wanted, phonetic, read
from odlinked.search.spelling import is_han, runs

_REMEMBERED: Final = 2_048
_MOST_TRIED: Final = 6
_NAMED: Final = 4_096

NAMES: Final = "queries/collection/names.rq"
"""The names of codes and organisations, in both languages, with former and short ones."""


DIMENSIONS: Final = ("state", "theme", "strategy", "publisher", "format", "api", "frequency", GRADE, STARS, "year", "covers",
                     "area", "badge", "faults")
UNLISTED: Final = ("rule", "series")
"""Dimensions that can be queried, but are not offered: a list has too many of their values."""

_FACET_LIMIT: Final = 30


class Settled(NamedTuple):
    """A search as it is answered: what is asked of the index, the folded words to mark, and how it was loosened.

    `instead` is what was searched for instead, "" where it was what was typed; `is_some`: records have some of the words only;
    `phonetic` are signs of bopomofo that were typed, where no record has all words.
    """

    sought: Sought
    words: tuple[str, ...] = ()
    instead: str = ""
    is_some: bool = False
    phonetic: str = ""


class Matches(NamedTuple):
    """The datasets that match a text: how many there are, and the IRIs of the best of them, the best first."""

    total: int
    best: tuple[str, ...]


class SearchedRelease(Protocol):
    """A release, as far as it is searched."""

    @property
    def searching(self) -> Searching: ...


def settled(release: SearchedRelease, text: str) -> Settled:
    """Return what a search means in a release."""
    return release.searching.settled(text)


def year(release: SearchedRelease, text: str) -> str:
    """Return the year of the common era that a text is, in either calendar; "" for another text."""
    return release.searching.meanings.year(text)


class Searching:
    """The searches of one release: `names` gives (IRI, name) of what records are found by, `labels` those of a facet's value."""

    def __init__(self, assets: Assets, lists: Lists, names: Callable[[], Iterable[tuple[str, ...]]],
                 labels: Callable[[str], dict[str, str]]) -> None:
        self._assets, self._lists, self._words, self._names = assets, lists, lists.words, names
        self._labels = lru_cache(maxsize=_NAMED)(labels)  # every search has some fifty of them
        self.settled = lru_cache(maxsize=_REMEMBERED)(self._settled)

    @cached_property
    def meanings(self) -> Meanings:
        """The synonyms of the assets and the names of the release."""
        return Meanings(self._assets, ((name, iri) for iri, name in self._names()))

    def result(self, asked: Settled, chosen: Sequence[tuple[str, Sequence[str]]], page: int, size: int,
               order: str) -> SearchResult:
        """Return one page of what a search finds among the records with chosen values."""
        hits = self._lists.search(asked.sought, chosen, page, size, order, DIMENSIONS)
        facets: dict[str, list[FacetCount]] = {dimension: [] for dimension in DIMENSIONS}
        for dimension, value, count in hits.facets:
            if len(facets[dimension]) < _FACET_LIMIT:
                facets[dimension].append(FacetCount(value, self._labels(value), count))
        return SearchResult(hits.total, hits.records, facets, asked.words, asked.instead, asked.is_some,
                            asked.phonetic, not asked.sought.expression and not asked.sought.without)

    def matches(self, text: str, most: int) -> Matches:
        """Return the datasets that match a text, the best `most` of them; a text without a searchable word matches none."""
        settled = self.settled(text)
        if not settled.sought.expression:
            return Matches(0, ())
        return Matches(len(self._words.matching(settled.sought)), tuple(self._words.ranked(settled.sought, most)))

    def _settled(self, text: str) -> Settled:
        wanted = read(text, self.meanings.readable)
        if not wanted.terms:
            return Settled(sought(wanted, self.meanings))
        words = marked(wanted, self.meanings)
        for split in (False, True):
            asked = sought(wanted, self.meanings, split=split)
            if self._words.matching(asked):
                return Settled(asked, words)
        for other in self._mended(wanted):
            for split in (False, True):
                asked = sought(other, self.meanings, split=split)
                if self._words.matching(asked):
                    return Settled(asked, marked(other, self.meanings), other.text)
        asked = some(wanted, self.meanings)
        if asked.expression and self._words.matching(asked):
            return Settled(asked, words, is_some=True, phonetic=phonetic(text))
        return Settled(sought(wanted, self.meanings), words, phonetic=phonetic(text))

    def _mended(self, wanted: Wanted) -> Iterator[Wanted]:
        """Yield the search with words that are nowhere replaced by the nearest."""
        mended, changed = [], False
        for term in wanted.terms:
            if term.is_phrase or self.meanings.years(term.text):
                mended.append([term])
                continue
            texts = self._nearest(term.text)
            changed = changed or bool(texts)
            mended.append([SearchTerm(text) for text in texts] or [term])
        if changed:
            for number in range(min(_MOST_TRIED, max(map(len, mended)))):
                yield Wanted(tuple(ways[min(number, len(ways) - 1)] for ways in mended), wanted.without)

    def _nearest(self, text: str) -> list[str]:
        """Return a term with each run that is nowhere replaced by one that is, in several ways."""
        ways = [(self._near(run) if self._is_nowhere(run) else []) or [run] for run in runs(text)]
        made = [" ".join(way[min(number, len(way) - 1)] for way in ways) for number in range(max(map(len, ways), default=0))]
        return [one for one in made if one != text]

    def _is_nowhere(self, run: str) -> bool:
        """True for a run that no dataset has, and that is not made of words that some have."""
        def has(text: str) -> bool:
            return self._words.any(sought(Wanted((SearchTerm(text),), ()), self.meanings))

        return not has(run) and not any(all(map(has, parts)) for parts in (parts_of(run, self.meanings) if is_han(run) else ()))

    def _near(self, run: str) -> list[str]:
        if run.isdecimal():
            return []  # another number is not a misspelt one
        words = [one for one in self.meanings.words(run) if len(one) > 2]
        if is_han(run):
            known = [one for one in words if sum(map(ne, run, one)) == 1]  # all are as long
        else:
            other = singular(run)
            known = [one for one in words if differs_once(run, one) or differs_once(other, one)]
        return list(dict.fromkeys([*known, *self._words.near(run)]))
