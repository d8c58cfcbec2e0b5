"""Names of persons that a word of signing, making or doing tells: 核章：王小明, 王小明製表, 由王小明負責, 資訊處（王小明）."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from odlinked.persons.numbers import Bounds
from odlinked.persons.words import HAN, WordLists

_LENGTHS = (4, 3, 2)


@dataclass(frozen=True)
class SignedNames:
    """Where such names are. `is_name` knows a name by its surname, `sure` are surnames that mean little else: without a colon
    only three characters with one of those are a name. `words` are the words that sign, without blanks."""

    words: tuple[str, ...]
    after: re.Pattern[str]
    follows: re.Pattern[str]
    alone: tuple[re.Pattern[str], ...]
    sure: Collection[str]
    is_name: Callable[[str], bool]

    @classmethod
    def of(cls, words: WordLists, sure: Collection[str], is_name: Callable[[str], bool]) -> SignedNames:
        """Build it from the lists of words."""
        signed, three, blank = words.pattern("signed-by"), rf"(?P<name>[{HAN}]{{3}})", r"[^\S\n]{0,2}"
        return cls(
            words=words.of("signed-by"), after=re.compile(rf"(?:{signed})[^\S\n]{{0,3}}:[^\S\n]{{0,3}}"),
            follows=re.compile(rf"\Z|[^{HAN}]|{words.pattern('after-name', 'salutation', 'title')}"),
            alone=(re.compile(rf"(?<![{HAN}]){three}{blank}(?:{signed})(?![{HAN}])"),
                   re.compile(rf"由{blank}{three}{blank}(?:{words.pattern('done-by')})"),
                   re.compile(rf"(?:{words.pattern('unit-end')}){blank}\({three}\)")),
            sure=sure, is_name=is_name)

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
                is_known = length > _LENGTHS[-1] or text[start:start + 1] in self.sure
                if is_known and self.is_name(text[start:end]) and self.follows.match(text, end):
                    yield start, end
                    break
        for pattern in self.alone:
            for match in pattern.finditer(text):
                if match["name"][0] in self.sure and self.is_name(match["name"]):
                    yield match.span("name")
