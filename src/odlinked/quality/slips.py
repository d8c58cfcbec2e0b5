"""Slips of the pen: what a cell was certainly meant to say, where what it says breaks a rule.

A text is repaired only where a single reading is left: a word of the rule's code list that differs in nothing but characters that
are easily mistaken, two characters changed round, a number or a tick before it; an address or an identifier by the steps of
`ontologies/words/slips.toml`. Nothing is guessed: no digit is changed, no date moved, no word chosen among several. Whether the
record passes with it is proved elsewhere (`odlinked.validation.repairs`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from odlinked import folding
from odlinked.assets import Assets
from odlinked.quality import suggestions
from odlinked.quality.shapes import Rule
from odlinked.quality.suggestions import comparable

WORDS: Final = "ontologies/words/slips.toml"

_LONGEST: Final = 2_000
"""The longest text that is looked at, in characters."""

_SHORTEST_ROUND: Final = 3
"""The shortest text in which two characters may have been changed round."""

_SHORTEST_LATIN: Final = 5
"""The shortest word of Latin letters in which one letter may be wrong, missing or too many."""

Step = str | tuple[re.Pattern[str], str]


@dataclass(frozen=True)
class _Listed:
    """A code list: its spellings, each as `Slips` compares it with the label of its code, and whether one is a number."""

    spellings: frozenset[str]
    keyed: tuple[tuple[str, str], ...]
    numbered: bool


@dataclass(frozen=True)
class Slips:
    """What is read from the asset: classes of characters, what stands before and after a word, steps by rule."""

    alike: Mapping[int, str]
    before: re.Pattern[str]
    after: tuple[str, ...]
    steps: Mapping[str, tuple[Step, ...]]
    codes: suggestions.Suggestions
    _lists: dict[str, _Listed] = field(default_factory=dict, repr=False, compare=False)

    def looks_at(self, rule: Rule) -> bool:
        """Whether what breaks a rule can be a slip that is known."""
        return rule.name in self.steps or bool(rule.scheme and self.codes.schemes.get(rule.scheme))

    def repaired(self, rule: Rule, text: str, marks: Sequence[str] = ()) -> str | None:
        """Return what a text that breaks a rule was meant to say, None where that is not certain.

        `marks` part the words of a cell that holds several of a code list; those that are known stay.
        """
        if not text.strip() or len(text) > _LONGEST:
            return None
        made = self._stepped(self.steps[rule.name], text) if rule.name in self.steps else self._words(rule.scheme, text, marks)
        return made if made and made != text else None

    def _stepped(self, steps: Sequence[Step], text: str) -> str:
        for step in steps:
            if isinstance(step, str):
                text = folding.plain(text) if step == "plain" else folding.visible(text)
            else:
                text = step[0].sub(step[1], text)
        return text

    def _listed(self, scheme: str) -> _Listed:
        found = self._lists.get(scheme)
        if found is None:
            spelled = [(spelling, code.label) for code in self.codes.schemes.get(scheme, ()) for spelling in code.spellings]
            found = self._lists[scheme] = _Listed(
                frozenset(spelling for spelling, _ in spelled),
                tuple(dict.fromkeys((self._key(spelling), label) for spelling, label in spelled)),
                any(spelling.isdigit() for spelling, _ in spelled))
        return found

    def _words(self, scheme: str, text: str, marks: Sequence[str]) -> str | None:
        listed = self._listed(scheme)
        if marks and (whole := self._meant(text, listed)) is not None:
            return whole
        parts = re.split("(" + "|".join(map(re.escape, marks)) + ")", text) if marks else [text]
        made = list(parts)
        for place in range(0, len(parts), 2):
            word = parts[place]
            if not word.strip() or comparable(word) in listed.spellings:
                continue
            meant = self._meant(word, listed)
            if meant is None:
                return None
            made[place] = word.replace(word.strip(), meant) if marks else meant
        return "".join(made)

    def _meant(self, word: str, listed: _Listed) -> str | None:
        """Return the label of the only code that a word can be a slip of."""
        # Where codes have numbers, a number before a word says which code is meant, and may contradict it.
        readings = {self._key(one) for one in self._bare(word, listed.numbered)}
        exact = {label for spelling, label in listed.keyed if spelling in readings}
        if exact:
            return exact.pop() if len(exact) == 1 else None
        near = [(spelling, label) for spelling, label in listed.keyed
                if any(OSA.distance(reading, spelling, score_cutoff=1) <= 1 for reading in readings)]
        found = {label for spelling, label in near if any(_is_slip(reading, spelling) for reading in readings)}
        # One that is as near, even if by a slip that is none of those known, is a doubt.
        return found.pop() if len(found) == len({label for _, label in near}) == 1 else None

    def _bare(self, word: str, numbered: bool) -> list[str]:
        """Return a word with and without what stands before and after it."""
        text = folding.plain(word).strip()
        found = [text]
        head = self.before.match(text)
        if head and not numbered:
            found.append(text[head.end():])
        for one in tuple(found):
            ending = next((after for after in self.after if one.endswith(after) and len(one) > len(after) + 1), "")
            if ending:
                found.append(one.removesuffix(ending))
        return found

    def _key(self, text: str) -> str:
        return comparable(text).translate(self.alike)


def _is_slip(written: str, spelling: str) -> bool:
    """True where a folded text and a folded spelling differ in two characters changed round, or in one letter of a long word of
    Latin letters; never in digits."""
    if _digits(written) != _digits(spelling) or OSA.distance(written, spelling, score_cutoff=1) != 1:
        return False
    if len(written) == len(spelling) and sorted(written) == sorted(spelling):
        return len(spelling) >= _SHORTEST_ROUND
    return spelling.isascii() and sum(map(str.isalpha, spelling)) >= _SHORTEST_LATIN


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


@lru_cache(maxsize=4)
def load(assets: Assets) -> Slips:
    """Read the asset."""
    raw = tomllib.loads(assets.text(WORDS))
    steps = {name: tuple(one if isinstance(one, str) else (re.compile(one[0]), one[1]) for one in steps)
             for name, steps in raw["steps"].items()}
    alike = {ord(character): group[0] for group in raw["alike"] for character in group}
    after = tuple(sorted(raw["after"], key=len, reverse=True))
    return Slips(alike, re.compile(raw["before"]), after, {rule: steps[name] for rule, name in raw["rules"].items()},
                 suggestions.load(assets))
