"""From a value to the things it can stand for, the likeliest first, each with a score and the reason.

Names are compared as searches fold them: width, case, invisible characters, 臺 and 台, simplified characters. What is called
exactly so comes first, then what is spelled nearly so. The index is built once; a value takes well under a millisecond.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from odlinked.folding import fold
from odlinked.search.spelling import runs, searchable
from odlinked.search.things import CODE, FORMER, NAME, OTHER, KnownThing

LONGEST: Final = 300
"""Characters of a value that are looked at: no name is longer."""

ALIKE, NEAR = "alike", "near"
"""Reasons beside those of `search.things`: the same but for variant characters; nearly the same."""

_EXACT: Final = {NAME: 100.0, CODE: 100.0, OTHER: 98.0, FORMER: 90.0}
_CERTAIN: Final = 97.0
_NEARLY: Final = 0.6
_BEST_NEAR: Final = 89.0
_TRIED: Final = 40
_SHORTEST_CODE: Final = 5
_COMMON: Final = 20_000
"""A pair of characters in more names than this tells nothing."""

_NUMBER: Final = re.compile(r"[\d.,+-]+")


class LinkCandidate(NamedTuple):
    """A thing that a value can stand for: `score` up to 100, `how` it is called so, `called` what it is called there."""

    thing: KnownThing
    score: float
    how: str
    called: str


class LinkCandidates(NamedTuple):
    """The candidates of a value, the likeliest first, and whether the first is certain: called exactly so, as no other is."""

    found: tuple[LinkCandidate, ...]
    is_certain: bool


def key_of(text: str) -> str:
    """Return a text as names are compared: folded as searches do, without what is between its words."""
    return "".join(runs(searchable(text)))


class NameIndex:
    """The names of things, built once."""

    def __init__(self, things: Iterable[KnownThing]) -> None:
        self.things: dict[str, KnownThing] = {one.iri: one for one in things}
        self._exact: dict[str, list[tuple[str, str, str]]] = {}
        for one in self.things.values():
            for text, how, _ in one.called:
                key = key_of(text)
                if key:
                    self._exact.setdefault(key, []).append((one.iri, how, text))
        self._keys = list(self._exact)
        self._pairs: dict[str, list[int]] = {}
        for place, key in enumerate(self._keys):
            for pair in _pairs(key):
                self._pairs.setdefault(pair, []).append(place)
        self._near = lru_cache(maxsize=8_192)(self._nearly)

    def find(self, text: str, kinds: Collection[str] = (), most: int = 10) -> LinkCandidates:
        """Return the things of some kinds (of all where none is named) that a value can stand for."""
        text = text[:LONGEST]
        key = key_of(text)
        if not key:
            return LinkCandidates((), False)
        found: dict[str, LinkCandidate] = {}
        for one in self._called(key, text, kinds):
            known = found.get(one.thing.iri)
            if known is None or known.score < one.score:
                found[one.thing.iri] = one
        exact = [one for one in found.values() if one.score >= _CERTAIN - 1]
        certain = len(exact) == 1 and self._is_told(exact[0], kinds)
        if len(found) < most and not _NUMBER.fullmatch(key):
            for other, score in self._near(key):
                for iri, how, called in self._exact[other]:
                    thing = self.things[iri]
                    if iri not in found and how != CODE and (not kinds or thing.kind in kinds):
                        found[iri] = LinkCandidate(thing, score - (how == FORMER), NEAR, called)
        ordered = sorted(found.values(), key=lambda one: (-one.score, len(one.called), one.thing.iri))
        return LinkCandidates(tuple(ordered[:most]), certain)

    def beginning(self, text: str, kinds: Collection[str] = (), most: int = 20) -> list[KnownThing]:
        """Return the things whose names begin with a text, then those that have it, then those nearly called so."""
        key = key_of(text[:LONGEST])
        if not key:
            return []
        ranked: dict[str, int] = {}
        for known, names in self._exact.items():
            if key in known:
                rank = 0 if known == key else 1 if known.startswith(key) else 2
                for iri, _, _ in names:
                    if not kinds or self.things[iri].kind in kinds:
                        ranked[iri] = min(rank, ranked.get(iri, rank))
        found = sorted(ranked, key=lambda iri: (ranked[iri], len(self.things[iri].name()), iri))[:most]
        if not found:
            return [one.thing for one in self.find(text, kinds, most).found]
        return [self.things[iri] for iri in found]

    def _called(self, key: str, text: str, kinds: Collection[str]) -> Iterable[LinkCandidate]:
        """Yield the things that are called exactly so, but for width, case and variant characters."""
        folded = ""
        for iri, how, called in self._exact.get(key, ()):
            thing = self.things[iri]
            if kinds and thing.kind not in kinds:
                continue
            folded = folded or fold(text)
            is_same = fold(called) == folded
            yield LinkCandidate(thing, _EXACT[how] - (0 if is_same else 1), how if is_same or how == FORMER else ALIKE, called)

    def _is_told(self, one: LinkCandidate, kinds: Collection[str]) -> bool:
        """Whether a value that one thing is called by is enough: a short code says nothing where all lists are asked."""
        named = {fold(text) for text, how, _ in one.thing.called if how != CODE}
        return bool(kinds) or len(one.called) >= _SHORTEST_CODE or fold(one.called) in named

    def _nearly(self, key: str) -> tuple[tuple[str, float], ...]:
        """Return the keys that are spelled nearly so, with the score of each."""
        rare = (places for pair in sorted(_pairs(key)) if len(places := self._pairs.get(pair, ())) <= _COMMON)
        shared = Counter(chain.from_iterable(rare))  # in a fixed order: of equally near names the same are tried each time
        found = []
        for place, count in shared.most_common(_TRIED):
            other = self._keys[place]
            if other == key:
                continue
            alike = max(OSA.normalized_similarity(key, other, score_cutoff=_NEARLY), _part(key, other))
            if alike >= _NEARLY and (count > 1 or min(len(key), len(other)) > 1):
                found.append((other, round(_BEST_NEAR * alike, 1)))
        return tuple(found)


def _part(key: str, other: str) -> float:
    """Return how likely a key is a name cut short (臺北 for 臺北市, 環保署 for 環境保護署), or a name with more around it."""
    if len(key) < 2 or len(other) < 2:
        return 0.0
    if key in other:
        return 0.5 + len(key) / len(other) / 2
    if other in key:
        return 0.4 + len(other) / len(key) / 2
    characters = iter(other)
    is_short = key[-1] == other[-1] and key[0] == other[0] and all(one in characters for one in key)
    return 0.65 + len(key) / len(other) / 4 if is_short else 0.0


def _pairs(key: str) -> set[str]:
    """Return the pairs of characters of a key, its ends marked, so that a wrong character in a short name leaves some."""
    marked = f"\x02{key}\x03"
    return {marked[place:place + 2] for place in range(len(marked) - 1)}
