"""How well a text fits a column: the evidence for rows that are shifted or are not records.

A score: positive where the text is what the column holds, negative where it is not, 0 where that is undecided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from odlinked.csvw import compile as compiled
from odlinked.csvw.model import Column
from odlinked.folding import fold, plain
from odlinked.mapping import dates, organizations, remarks
from odlinked.mapping.forms import Binding, annotation
from odlinked.persons.names import PersonNames

Score = Callable[[str], int]

CERTAIN = 2
"""The score of an unmistakable text: a word of the column's code list, a date, a telephone number, an address."""

_MEMO = 8_192
_MEMO_LENGTH = 64
_SHORT = 24
_LONGEST = 400
"""A longer text is free text: it is only read as a list of addresses."""

_REACH = re.compile(r"(?<![\d.])(?:\+?886|\(?0)[\d\s()\[\]#*.-]{6,}|@|%40|\(at\)|(?<!\d)\d{4,5}-\d{3,4}(?!\d)", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|ftp)://|www\.", re.IGNORECASE)
_DAY = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d(?: [012]\d:[0-5]\d:[0-5]\d)?", re.ASCII)
_NUMBER = re.compile(r"[\d,.\s]+%?")
_ORDINAL = re.compile(r"\d{1,6}(?:\.0)?|[一二三四五六七八九十百]{1,4}")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*")


@dataclass(frozen=True)
class Fit:
    """What the columns of a table hold, by position: `scores` rate how well a text fits, None where anything fits.

    `names` are the positions where a record is named: title, identifier, code and the running number. `prose` are those of free
    text and titles, `writing` those of free text and of persons, where any word may occur.
    """

    scores: tuple[Score | None, ...]
    number: int | None
    identifiers: frozenset[int]
    names: frozenset[int]
    prose: frozenset[int]
    writing: frozenset[int]
    links: frozenset[int]

    def row(self, cells: Sequence[str]) -> list[int]:
        """Return the score of each cell."""
        return [score(text) if score is not None and text else 0
                for score, text in zip(self.scores, cells, strict=False)]


def of(binding: Binding, index: Mapping[str, Mapping[str, str]], names: PersonNames) -> Fit:
    """Return what the columns of a binding hold, by the code lists of `index`."""
    width = len(binding.headings)
    scores: list[Score | None] = [None] * width
    identifiers, named, links = set[int](), set[int](), set[int]()
    writing, prose = set(range(width)), set(range(width))
    number: int | None = None
    for column, place in zip(binding.form.columns, binding.columns, strict=True):
        if place is None:
            continue
        score = _score(column, index, names)
        if score is not None:
            scores[place] = _remembered(score)
            writing.discard(place)
            prose -= set() if _is_title(column) else {place}
        if annotation(column, "runningNumber"):
            number = place
        if _is_identifier(column):
            identifiers.add(place)
        if column.required or _is_identifier(column) or annotation(column, "runningNumber") or _is_title(column):
            named.add(place)
            writing.discard(place)
        if column.datatype.base == "anyURI":
            links.add(place)
        if annotation(column, "personal"):
            writing.add(place)
    return Fit(tuple(scores), number, frozenset(identifiers), frozenset(named), frozenset(prose), frozenset(writing),
               frozenset(links))


def _carried(column: Column) -> set[str]:
    return {path for paths in (annotation(column, "carries") or {}).values() for path in paths}


def _is_identifier(column: Column) -> bool:
    return "dcterms:identifier" in _carried(column) and not annotation(column, "folded")


def _is_title(column: Column) -> bool:
    return bool(_carried(column) & {"dcterms:title", "foaf:name"}) and not annotation(column, "codeList")


def _score(column: Column, index: Mapping[str, Mapping[str, str]], names: PersonNames) -> Score | None:
    """Return the function that rates how well texts fit a column, None where any text does."""
    if annotation(column, "runningNumber"):
        return lambda text: 1 if _ORDINAL.fullmatch(plain(text).strip()) else -1
    if annotation(column, "officePhones") or annotation(column, "unitMail"):
        return lambda text: CERTAIN if _REACH.search(plain(text)) else -CERTAIN if len(text) < _MEMO_LENGTH else 0
    if annotation(column, "personal"):
        return lambda text: _person(plain(text).strip(), names)
    if annotation(column, "dates"):
        return lambda text: CERTAIN if len(text) < _MEMO_LENGTH and _is_date(text) else -CERTAIN
    if column.datatype.base == "anyURI":
        return lambda text: CERTAIN if _LINK.match(text.lstrip()) else -CERTAIN
    if annotation(column, "codeList"):
        return _coded(column, index)
    if column.datatype.base != "string" or column.datatype.format:
        parse, good = compiled.column(replace(column, separator=None)), CERTAIN if column.datatype.format else 1
        bare = remarks.number if annotation(column, "remarks") else str
        return lambda text: -CERTAIN if len(text) > _LONGEST or parse(bare(text.strip()))[1] else good
    if _is_identifier(column):
        return lambda text: 1 if _TOKEN.fullmatch(plain(text).strip()) else -1
    if _is_title(column):
        return lambda text: -CERTAIN if len(text) < _MEMO_LENGTH and _no_title(plain(text).strip()) else 0
    return None




def _is_date(text: str) -> bool:
    return _DAY.fullmatch(text) is not None or dates.read(plain(text).strip()) is not None


def _no_title(text: str) -> bool:
    return bool(text) and (text[0].isascii() or len(text) < _SHORT) and bool(
        _NUMBER.fullmatch(text) or _LINK.match(text) or (len(text) < _SHORT and (_is_date(text) or _REACH.match(text))))


def _person(text: str, names: PersonNames) -> int:
    """Score a text in a column of names: a name fits, what is certainly something else does not."""
    if _REACH.search(text) or _LINK.match(text) or _is_date(text) or _NUMBER.fullmatch(text):
        return -1
    return 1 if names.is_name(text) else 0


def _coded(column: Column, index: Mapping[str, Mapping[str, str]]) -> Score:
    lists = [index[scheme] for scheme in (*annotation(column, "codeList"), *(annotation(column, "otherCodeList") or ()))
             if scheme in index]
    marks = [*(annotation(column, "separators") or ()), *([annotation(column, "memberSeparator") or ";"]
             if annotation(column, "alignedWith") else ())]
    cut = re.compile("|".join(map(re.escape, marks))) if marks else None
    within = str(annotation(column, "within") or "")
    is_open = organizations.is_named(column)

    def known(text: str) -> bool:
        return any(fold(text) in one or (within and fold(within + text) in one) for one in lists)

    def score(text: str) -> int:
        if len(text) > _LONGEST:
            return 0
        if known(text) or (cut is not None and any(known(part) for part in cut.split(text) if part.strip())):
            return 1 if is_open else CERTAIN
        if not is_open:
            return -CERTAIN
        return -1 if _no_title(plain(text).strip()) else 0

    return score


def _remembered(score: Score) -> Score:
    short = lru_cache(_MEMO)(score)
    return lambda text: short(text) if len(text) <= _MEMO_LENGTH else score(text)
