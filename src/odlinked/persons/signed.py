"""Names of persons that a word of signing, making or doing tells: 核章：王小明, 王小明製表, 由王小明負責, 資訊處（王小明）."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from odlinked.persons.numbers import Bounds
from odlinked.persons.words import HAN, WordLists

_LENGTHS = (4, 3, 2)


@dataclass(frozen=True)
class SignedNames:
    """Where such names are. `is_name` knows a name by its surname, `is_sure` by one that means little else: without a colon only
    three characters with one of those are a name. `words` are the words that sign, without blanks; `follows` ends a name."""

    words: tuple[str, ...]
    after: re.Pattern[str]
    follows: re.Pattern[str]
    alone: tuple[re.Pattern[str], ...]
    is_name: Callable[[str], bool]
    is_sure: Callable[[str], bool]

    @classmethod
    def of(cls, words: WordLists, follows: re.Pattern[str], is_name: Callable[[str], bool],
           is_sure: Callable[[str], bool]) -> SignedNames:
        """Build it from the lists of words, and what knows names and their ends."""
        signed, three, blank = words.pattern("signed-by"), rf"(?P<name>[{HAN}]{{3}})", r"[^\S\n]{0,2}"
        return cls(
            words=words.of("signed-by"), after=re.compile(rf"(?:{signed})[^\S\n]{{0,3}}:[^\S\n]{{0,3}}"),
            follows=follows,
            alone=(re.compile(rf"(?<![{HAN}]){three}{blank}(?:{signed})(?![{HAN}])"),
                   re.compile(rf"由{blank}{three}{blank}(?:{words.pattern('done-by')})"),
                   re.compile(rf"(?:{words.pattern('unit-end')}){blank}\({three}\)")),
            is_name=is_name, is_sure=is_sure)

    def possible(self, text: str) -> bool:
        """True when a plain text may contain such a name: no false negatives."""
        if "由" in text or "(" in text:
            return True
        joined = "".join(text.split()) if " " in text else text
        return any(word in joined for word in self.words)

    def found(self, text: str) -> Iterator[Bounds]:
        """Yield where such names are in a plain text."""
        for cue in self.after.finditer(text):
            for length in _LENGTHS:
                start, end = cue.end(), cue.end() + length
                is_known = self.is_name if length > _LENGTHS[-1] else self.is_sure
                if is_known(text[start:end]) and self.follows.match(text, end):
                    yield start, end
                    break
        for pattern in self.alone:
            for match in pattern.finditer(text):
                if self.is_sure(match["name"]):
                    yield match.span("name")
