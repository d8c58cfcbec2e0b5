"""What a row is if not a record: a line of signatures, a total, the end of a table, the example of a template, or doubtful.

Decided by the row's words (lists in `ontologies/persons/*.ttl`) and by how its other cells fit their columns: a dataset may well
be called 合計, but then it has a code, a unit and a theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from odlinked.folding import fold, plain
from odlinked.mapping.fit import CERTAIN, Fit
from odlinked.persons.names import PersonNames
from odlinked.persons.words import WordLists

NO_RECORD = "L28-row-no-record"
DOUBTFUL = "L29-row-doubtful"
SHIFTED = "L30-row-shifted"
EXAMPLE = "L31-row-example"

SEVERITY = {NO_RECORD: "Info", DOUBTFUL: "Violation", SHIFTED: "Violation", EXAMPLE: "Warning"}
"""The rules on rows, and the severity of their findings."""


HELD = (DOUBTFUL, SHIFTED)
"""The rules that hold a row back, since it may be a record: what is published of that record stays as it is."""


class RowVerdict(NamedTuple):
    """Why a row makes no record: the rule, the position of the column that shows it (-1: the whole row), and the word."""

    rule: str
    column: int
    word: str


class Word(Enum):
    """What a short cell may be."""

    SIGNATURE = "signature"
    TOTAL = "total"
    END = "end"
    EXAMPLE = "example"
    TEMPLATE = "template"
    LABEL = "label"


_LONGEST = 60
_MEMO = 16_384
_MAYBE = re.compile(r"[:：\s(（\[【〔<＜﹙︰﹕]")
_MARKS = "()（）[]【】「」『』<>〈〉《》*＊※#:：.。、,，-－_＿"
_LABELLED = re.compile(r"\s*([^\d\s:：][^:：]{0,11}?)\s*[:：](?!//)")
_FIGURE = re.compile(r"[\d\s,.%]+")
_COUNTED = re.compile(r"[\d,.]+\D{0,3}|\D{0,3}[\d,.]+\D{0,3}")
_BRACKETED = re.compile(r"\s*[(\[【〔<]\s*([^)\]】〕>]{1,8}?)\s*[)\]】〕>]")
_NUMBERED = re.compile(r"\D{0,1}(\d{1,3})\D{0,1}")


@dataclass(frozen=True)
class Verdicts:
    """Decides what the rows of a table are. `exact` maps a folded word to what it is and how it is written."""

    exact: dict[str, tuple[Word, str]]
    openings: tuple[tuple[str, str], ...]
    fit: Fit
    names: PersonNames
    initials: frozenset[str]
    memo: dict[str, tuple[Word, str] | None]

    @classmethod
    def of(cls, words: WordLists, fit: Fit, names: PersonNames) -> Verdicts:
        """Build it from the word lists."""
        exact: dict[str, tuple[Word, str]] = {_key(word): (kind, word) for kind in reversed(Word) if kind is not Word.LABEL
                                              for word in words.of(kind.value)}
        totals = tuple((_key(word), word) for word in words.of(Word.TOTAL.value) if not word.isascii())
        return cls(exact, totals, fit, names, frozenset(key[0] for key, _ in totals), {})

    def row(self, cells: Sequence[str], scores: Sequence[int]) -> RowVerdict | None:
        """Return why a row makes no record, None for a record. `scores` rate how each cell fits its column."""
        # A word that belongs in its column (a listed item, a known unit) is no evidence about the row.
        words = [(place, found) for place, (text, score) in enumerate(zip(cells, scores, strict=False))
                 if text and score <= 0 and len(text) <= _LONGEST and (found := self.word(text)) is not None]
        if not words:
            return self._unmarked(cells, scores)
        marked = {place for place, _ in words}
        filled = [place for place, text in enumerate(cells) if text.strip()]
        evidence = sum(1 for place, score in enumerate(scores) if place not in marked and self._counts(place, score, cells))
        example = self._example(cells, words, filled, evidence)
        if example is not None:
            return example
        strong = [(place, found) for place, found in words if found[0] in (Word.SIGNATURE, Word.TOTAL, Word.END)]
        if not strong:
            labels = [place for place, found in words if found[0] is Word.LABEL]
            return self._labelled(labels, scores) or self._unmarked(cells, scores)
        place, (_, word) = strong[0]
        if evidence == 0 or (evidence == 1 and len(words) > 1):
            return RowVerdict(NO_RECORD, place, word)
        if all(place in self.fit.writing for place, _ in strong):
            return None
        if evidence >= _ENOUGH and self.fit.number not in {place for place, _ in strong}:
            return None
        return RowVerdict(DOUBTFUL, place, word)

    def word(self, text: str) -> tuple[Word, str] | None:
        """Return what a cell is by its words, None for anything else."""
        if text in self.memo:
            return self.memo[text]
        answer = self._word(text) if len(text) <= _LONGEST else None
        if len(self.memo) > _MEMO:
            self.memo.clear()
        self.memo[text] = answer
        return answer

    def _word(self, text: str) -> tuple[Word, str] | None:
        key = _key(text)
        if key in self.exact:
            return self.exact[key]
        if not _MAYBE.search(text) and key[:1] not in self.initials:
            return None
        folded = plain(text)
        labelled = _LABELLED.match(folded)
        if labelled is not None:
            found = self.exact.get(_key(labelled[1]))
            if found is not None and found[0] in (Word.SIGNATURE, Word.TOTAL, Word.EXAMPLE):
                return found
            return (Word.LABEL, "")
        bracketed = _BRACKETED.match(folded)
        if bracketed is not None and (found := self.exact.get(_key(bracketed[1]))) and found[0] is Word.EXAMPLE:
            return found
        first = folded.split(None, 1)[0] if folded.split() else ""
        if first != folded.strip() and (found := self.exact.get(_key(first))) and found[0] is Word.SIGNATURE:
            rest = re.sub(r"\s", "", folded.strip()[len(first):])
            if self.names.is_name(rest) or self.exact.get(_key(rest)):
                return found
        for opening, word in self.openings if key[:1] in self.initials else ():
            if key.startswith(opening) and _COUNTED.fullmatch(key[len(opening):]):
                return Word.TOTAL, word
        return None

    def _counts(self, place: int, score: int, cells: Sequence[str]) -> bool:
        """True when a cell is evidence of a record: it is certainly what its column holds, or a fitting identifier.

        A bare number is not: totals are numbers, too.
        """
        if place in self.fit.identifiers:
            return score > 0
        return score >= CERTAIN and not _FIGURE.fullmatch(cells[place])

    def _example(self, cells: Sequence[str], words: Sequence[tuple[int, tuple[Word, str]]], filled: Sequence[int],
                 evidence: int) -> RowVerdict | None:
        """Detect a row of a template: marked as example where a row is numbered or begins, or nothing but words of templates."""
        kinds = dict(words)
        for place in (self.fit.number, filled[0]):
            if place is not None and place in kinds and kinds[place][0] is Word.EXAMPLE:
                return RowVerdict(EXAMPLE, place, kinds[place][1])
        for place, found in words:
            if found[0] is Word.EXAMPLE and place in self.fit.names:
                return RowVerdict(DOUBTFUL if evidence >= _ENOUGH else EXAMPLE, place, found[1])
        template = [place for place in filled if place in kinds and kinds[place][0] is Word.TEMPLATE]
        if template and len(template) == len(filled) and (len(filled) > 1 or self.fit.number != filled[0]):
            return RowVerdict(EXAMPLE, template[0], kinds[template[0]][1])
        return None

    def _labelled(self, labels: Sequence[int], scores: Sequence[int]) -> RowVerdict | None:
        """Judge a row with cells like 「經辦：…」 whose label is in no list: doubtful where nothing fits its column."""
        if not labels or any(score > 0 for place, score in enumerate(scores) if place not in labels):
            return None
        named = [place for place in labels if place in self.fit.names]
        return RowVerdict(DOUBTFUL, labels[0], "") if len(labels) > 1 or (named and self.fit.number is not None) else None

    def _unmarked(self, cells: Sequence[str], scores: Sequence[int]) -> RowVerdict | None:
        """Judge a row without a significant word: numbers of columns, or names of persons where records are named."""
        filled = [place for place, text in enumerate(cells) if text.strip()]
        if len(filled) > 2 and all(_is_numbered(cells[place], place) for place in filled):
            return RowVerdict(EXAMPLE, filled[0], "")
        number = self.fit.number
        if number is not None and number < len(scores) and scores[number] > 0:
            return None
        if any(self._counts(place, score, cells) for place, score in enumerate(scores)):
            return None
        for place in sorted(self.fit.names):
            if place < len(cells) and self.names.is_name(plain(cells[place])):
                return RowVerdict(DOUBTFUL, place, "")
        return None


_ENOUGH = 3
"""How many cells must fit their columns for a row with a significant word to be a record nevertheless."""


def _key(text: str) -> str:
    return fold(text).strip(_MARKS)


def _is_numbered(text: str, place: int) -> bool:
    found = _NUMBERED.fullmatch(plain(text).strip())
    return found is not None and int(found[1]) == place + 1
