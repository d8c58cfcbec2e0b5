"""What else the words of a search are called: synonyms, names in both languages, former and short names, years of both calendars.

Synonyms and the words of years are the asset `ontologies/words/synonyms.toml`; names are given by the catalogue.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.folding import numeral
from odlinked.search.spelling import is_han, runs, searchable

WORDS: Final = "ontologies/words/synonyms.toml"
MOST_NAMED: Final = 100
"""A word that is in more names than this names nothing in particular: records are found by their own words only."""

REPUBLIC: Final = 1911
"""What a year of the Republic is short of one of the common era."""

_REMEMBERED: Final = 4_096
_COMMON: Final = range(1945, 2100)
_TEN: Final = 10
"""Of fewer, "年" says how long something takes, more often than which year of the Republic it is."""

_HUNDRED: Final = 100
_YEAR: Final = re.compile(r"\d{1,4}")


class Dated(NamedTuple):
    """A year in a search: the other runs, and the spellings of the year in both calendars."""

    rest: tuple[str, ...]
    forms: tuple[str, ...]


def spelled(text: str) -> str:
    """Return a text as words of a search are compared: folded, its runs with a blank between them."""
    return " ".join(runs(searchable(text)))


class Meanings:
    """Synonyms of the assets, and `names`: (name, IRI of what is named)."""

    def __init__(self, assets: Assets, names: Iterable[tuple[str, str]] = ()) -> None:
        """Read the words; raise `AssetError` for a file that cannot be used."""
        self._groups: dict[str, dict[str, None]] = {}
        try:
            words = tomllib.loads(assets.text(WORDS))
            for group in words["same"]:
                members = dict.fromkeys(filter(None, map(spelled, group)))
                for member in members:
                    self._groups.setdefault(member, {}).update(members)
            self.idle = frozenset(map(spelled, words["idle"]))
            years = words["years"]
            self._before = {"republic": tuple(map(spelled, years["republic"])), "common": tuple(map(spelled, years["common"]))}
            self._mark, self._term = spelled(years["mark"]), spelled(years["term"])
            self._eras = {spelled(era): int(before) for era, before in years["eras"].items()}
            self._first = spelled(years["first"])
            self._numerals = re.compile(f"((?:[{years['numerals']}] ?){{1,6}}|{self._first}){self._mark}")
            self._zero = re.compile(f"(?<=[{years['numerals']}])[{years['zero']}]")
        except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as problem:
            raise AssetError(f"it cannot be read ({problem})", doing="reading the synonyms", on=WORDS,
                             next_step="Mend the file: `same` is a list of lists of words, `idle` one of words") from problem
        self._names = [(f" {spelled(name)} ", iri) for name, iri in dict.fromkeys(names) if name]
        # All in one text: a word is looked for in it at once. `_starts` has the place where each begins, and the end of the last.
        self._joined = "\n".join(name for name, _ in self._names)
        self._starts = list(accumulate((len(name) + 1 for name, _ in self._names), initial=0))
        # A search that is loosened asks for the same words again and again.
        self.things = lru_cache(maxsize=_REMEMBERED)(self._things)
        self.segments = lru_cache(maxsize=_REMEMBERED)(self._segments)
        self._by_length = self._sorted()

    @cached_property
    def _whole(self) -> frozenset[str]:
        """Names that are words of their own inside longer texts."""
        return frozenset(name[1:-1] for name, _ in self._names if len(name) > 3)

    @cached_property
    def longest(self) -> int:
        """The length of the longest word known."""
        return max(map(len, (*self._groups, *self._whole)), default=0)

    def readable(self, text: str) -> str:
        """Return what a person typed with the circles in its Chinese numerals as zeros: signs are not searched for."""
        return self._zero.sub("〇", text)

    def is_known(self, text: str) -> bool:
        """True for a folded text that is a synonym or a whole name."""
        return text in self._groups or text in self._whole or (text.endswith("s") and singular(text) in self._groups)

    def others(self, text: str) -> tuple[str, ...]:
        """Return what else a folded text is called."""
        group = self._groups.get(text) or self._groups.get(singular(text)) or {}
        return tuple(one for one in group if one != text)

    def usual(self, text: str) -> str:
        """Return what is usually said for a folded text: the first word of its line of the asset, or the text itself."""
        return next(iter(self._groups.get(text) or self._groups.get(singular(text)) or (text,)))

    def _things(self, text: str) -> tuple[str, ...]:
        """Return the IRIs of what has a folded text in its name: words from their beginning, Han characters anywhere."""
        if not text or (is_han(text) and len(text) < 2):
            return ()
        sought = text if is_han(text) else f" {text}"
        found: dict[str, None] = {}
        at = self._joined.find(sought)
        while at >= 0 and len(found) <= MOST_NAMED:
            place = bisect_right(self._starts, at)
            found[self._names[place - 1][1]] = None
            at = self._joined.find(sought, self._starts[place])
        return tuple(found) if len(found) <= MOST_NAMED else ()

    def _segments(self, text: str) -> tuple[str, ...]:
        """Return a text cut at the known words in it, longest first from the left; the text itself where it has none."""
        pieces = list(text) if is_han(text) else runs(text)
        glue = "" if is_han(text) else " "
        made: list[str] = []
        start = place = 0
        while place < len(pieces):
            for end in range(min(len(pieces), place + self.longest), place + (1 if glue == "" else 0), -1):
                known = glue.join(pieces[place:end])
                if (end - place < len(pieces) or glue) and self.is_known(known):
                    made += [*_rest(pieces[start:place], glue), known]
                    start = place = end
                    break
            else:
                place += 1
        return (*made, *_rest(pieces[start:], glue))

    def words(self, like: str) -> Sequence[str]:
        """Return the words and names that are known, of the script and about the length of a word: of Han characters as many, of
        Latin letters two more or fewer at most."""
        han = is_han(like)
        lengths = (len(like),) if han else range(len(like) - 2, len(like) + 3)
        return [word for length in lengths for word in self._by_length.get((han, length), ())]

    def _sorted(self) -> dict[tuple[bool, int], list[str]]:
        """Return the words and names by script and length."""
        found: dict[tuple[bool, int], list[str]] = {}
        for word in (*self._groups, *self._whole):
            found.setdefault((is_han(word), len(word)), []).append(word)
        return found

    def years(self, text: str) -> Dated | None:
        """Return the first year in a folded text, None where there is none."""
        text, written = self._in_figures(text)
        found = runs(text)
        for place, run in enumerate(found):
            before, after = found[place - 1] if place else "", found[place + 1] if place + 1 < len(found) else ""
            year = self._year(run, before, after) if _YEAR.fullmatch(run) else None
            if year is None:
                continue
            words = (*self._before["republic"], *self._before["common"], *self._eras)
            left = next((before.removesuffix(one) for one in words if before.endswith(one)), before)
            rest = (*found[:max(0, place - 1)], left, after.removeprefix(self._mark).removeprefix(self._term), *found[place + 2:])
            republic = year - REPUBLIC
            forms = (str(year), *([f"{republic}{self._mark}"] if republic >= _TEN else ()),
                     *(f"{one} {republic}" for one in self._before["republic"] if republic > 0),
                     *(f"{era} {run}{self._mark}" for era in self._eras if before.endswith(era)), *written)
            return Dated(tuple(filter(None, rest)), forms)
        return None

    def _in_figures(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return a text with a year in Chinese numerals in figures, and the year as it was written, for records that have it so.

        Numerals without a word before them are a year from one hundred on: 十二年國教 is none.
        """
        told = (*self._before["republic"], *self._eras)
        for found in self._numerals.finditer(text):
            before = text[:found.start()]
            number = 1 if found[1] == self._first else numeral(found[1].replace(" ", ""))
            word = next((one for one in told if before.endswith(one)), "")
            if word or number in _COMMON or _HUNDRED <= number < 2 * _HUNDRED:
                written = word + found[0]
                # Records may have a circle for a zero: a sign, which is in no index.
                return f"{before}{number}{text[found.end(1):]}", tuple(dict.fromkeys((written, " ".join(written.split("〇")))))
        return text, ()

    def year(self, text: str) -> str:
        """Return the year of the common era that a whole text is ("113年", "民國113", "2024", "113"), "" for another text."""
        folded = spelled(self.readable(text))
        dated = self.years(folded) or (self.years(folded + self._mark) if _YEAR.fullmatch(folded) else None)
        return dated.forms[0] if dated and not dated.rest else ""

    def _year(self, run: str, before: str, after: str) -> int | None:
        """Return the year of the common era that a number is, by the words beside it."""
        number = int(run)
        for era, first in self._eras.items():
            if before.endswith(era):
                return number + first
        if number in _COMMON:
            return number
        told = before.endswith(self._before["republic"]) or (number >= _TEN and after.startswith(self._mark))
        return number + REPUBLIC if told and number < 200 and not before.endswith(self._before["common"]) else None


def _rest(pieces: list[str], glue: str) -> list[str]:
    """Return what no word was found in: words, or the characters together."""
    return pieces if glue or not pieces else ["".join(pieces)]


def singular(word: str) -> str:
    """Return an English word without the ending of its plural."""
    for ending, instead in (("ies", "y"), ("ses", "s"), ("xes", "x"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + instead
    return word
