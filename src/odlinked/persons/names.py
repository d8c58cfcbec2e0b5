"""Names of persons in plain text: after a cue, before a salutation or title, and names known from elsewhere in a file.

A name has one or two surname characters and one or two more. It ends where something follows that is never part of a name: a
mark, a digit, a blank, the end, or a word that follows names. Where that is undecided, a text that starts with a surname with few
other meanings is taken as a name of three characters, unless it is a listed word that is not a name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from odlinked.assets import Assets
from odlinked.patterns import pattern
from odlinked.persons import romanised
from odlinked.persons import words as lists
from odlinked.persons.numbers import Bounds
from odlinked.persons.romanised import RomanisedNames
from odlinked.persons.signed import SignedNames
from odlinked.persons.words import HAN

_BY_ITSELF = pattern(rf"(?<![{HAN}])[{HAN}]{{3}}(?![{HAN}])")
_TELEPHONE = pattern(r"0\d{1,3}[-)][^\S\n]?\d{3}|09\d{8}|#\d{3}", re.ASCII)
_BEFORE = pattern(rf"(?<![{HAN}])[{HAN}](?:[^\S\n]{{1,2}}[{HAN}]){{1,2}}[^\S\n]{{0,2}}\Z")
_BETWEEN = pattern(r"[^\S\n]{0,3}(?:(?P<colon>[:=])|為|是)?[^\S\n]{0,3}[(\[{<【「『〔〈《]?[^\S\n]{0,2}")
_LISTED = pattern(r"[^\S\n]?[、,/及和與或;&][^\S\n]?")
_SPACED = pattern(rf"[{HAN}](?:[^\S\n]{{1,2}}[{HAN}]){{1,2}}(?=[^{HAN}]|\Z)")
_BLANKS = pattern(r"[^\S\n]+")
_BLANK = pattern(r"\s+")
_ALONE = pattern(rf"[{HAN}]")
_DOTTED = pattern(rf"[{HAN}]{{2,8}}(?:[·‧・•．.][{HAN}]{{1,8}}){{1,3}}")


@dataclass(frozen=True)
class PersonNames:
    """The names of persons according to the word lists of the assets."""

    surnames: frozenset[str]
    sure: frozenset[str]
    no_name: re.Pattern[str]
    no_name_two: frozenset[str]
    no_person: re.Pattern[str]
    follows: re.Pattern[str]
    cue: re.Pattern[str]
    called: re.Pattern[str]
    salutation: re.Pattern[str]
    hint: re.Pattern[str]
    latin: tuple[str, ...]
    reached: re.Pattern[str]
    public: tuple[str, ...]
    romanised: RomanisedNames
    words: lists.WordLists

    @classmethod
    def of(cls, assets: Assets) -> PersonNames:
        """Build it from the lists of words."""
        words = lists.load(assets)
        cues = [word for name in ("before-name", "salutation", "title", "reached-by") for word in words.of(name)]
        return cls(
            surnames=frozenset(words.of("surname")), sure=frozenset(words.of("surname-sure")),
            no_name=re.compile(words.pattern("no-name")),
            no_name_two=frozenset(word for word in words.of("no-name") if len(word) == 2),
            no_person=re.compile(words.pattern("no-person")),
            follows=re.compile(rf"\Z|[^{HAN}]|{words.pattern('after-name', 'salutation', 'title')}"),
            cue=re.compile(rf"(?:{words.pattern('before-name')})", re.IGNORECASE),
            called=re.compile(words.pattern("salutation", "title")),
            salutation=re.compile(words.pattern("salutation")),
            hint=re.compile("|".join(re.escape(word) for word in cues if not word.isascii())),
            latin=tuple(word.lower() for word in cues if word.isascii()),
            reached=re.compile(words.pattern("reached-by")),
            public=words.of("public-name"), romanised=RomanisedNames.of(words), words=words,
        )

    @cached_property
    def signed(self) -> SignedNames:
        """The names that a word of signing, making or doing tells."""
        return SignedNames.of(self.words, self.follows, self.is_name, self.is_sure)

    def possible(self, text: str) -> bool:
        """True when a plain text may contain a name next to a significant word: no false negatives."""
        lower = text.lower()
        if any(word in lower for word in self.latin):
            return True
        if text.isascii():
            return False
        if self.signed.possible(text):
            return True
        if self.hint.search(text) is not None or _TELEPHONE.search(text) is not None:
            return True
        return " " in text and self.hint.search(_BLANKS.sub("", text)) is not None

    def found(self, text: str) -> Iterator[Bounds]:
        """Yield where names are in a plain text."""
        for start, end in (*self._after_cues(text), *self._before_titles(text), *self._near_numbers(text),
                           *self.signed.found(text)):
            if not any(public in text[max(0, start - 2):end + 2] for public in self.public):
                yield start, end

    def is_name(self, text: str) -> bool:
        """True when a whole text is the name of a person: two to four characters with a surname, blanks aside, one with dots, or
        a romanised one."""
        if text.isascii():
            return self.romanised.is_name(text)
        text = _BLANK.sub("", text)
        if _DOTTED.fullmatch(text):
            return not self.no_person.search(text)
        if not 2 <= len(text) <= 4 or len(_ALONE.findall(text)) != len(text):
            return False
        surname = self._surname(text, 0)
        return (bool(surname) and 1 <= len(text) - len(surname) <= 2 and not self.no_name.match(text)
                and not self.no_person.search(text, len(surname)) and not self.called.fullmatch(text))

    def is_sure(self, text: str) -> bool:
        """True when a whole text is a name that begins with a surname which means little else."""
        return text[:1] in self.sure and self.is_name(text)

    def _surname(self, text: str, start: int) -> str:
        """Return the surname at a position, "" for none; two characters take precedence over one."""
        if text[start:start + 2] in self.surnames:
            return text[start:start + 2]
        return text[start:start + 1] if text[start:start + 1] in self.surnames else ""

    def _after_cues(self, text: str) -> Iterator[Bounds]:
        """Yield the names after words like 承辦人."""
        for cue in self.cue.finditer(text):
            place, marked = _after_marks(text, cue.end())
            if cue[0].isascii() and not marked:
                latin = romanised.WRITTEN.match(text, place)
                if latin and self.romanised.may_be(latin[0]):
                    yield latin.span()
                continue
            while (end := self._name_at(text, place, marked=marked)) > place:
                yield place, end
                place, marked = _after_listing(text, end), True
                if place == end:
                    break

    def _name_at(self, text: str, start: int, *, marked: bool) -> int:
        """Return where the name that starts at `start` ends, `start` for none; `marked`: there is a colon before it."""
        if marked and (latin := romanised.WRITTEN.match(text, start)):
            return latin.end() if " " in latin[0] or "-" in latin[0] else start
        if dotted := _DOTTED.match(text, start):
            return dotted.end()
        surname = self._surname(text, start)
        if not surname and not marked:
            return start
        if self.no_name.match(text, start):
            return start
        if not surname and self.called.search(text, start, start + 4):
            return start
        lengths = (len(surname) + 2, len(surname) + 1) if surname else (3, 2, 4)
        for length in lengths:
            if self._is_run(text, start, length) and self.follows.match(text, start + length) and not self._is_thing(
                    text, start, length, surname):
                return start + length
        spaced = _SPACED.match(text, start)
        if surname and spaced and not self._is_thing(spaced[0], 0, len(spaced[0]), surname):
            return spaced.end()
        if surname in self.sure and self._is_run(text, start, len(surname) + 2) and not self._is_thing(
                text, start, len(surname) + 2, surname):
            return start + len(surname) + 2
        return start

    def _is_thing(self, text: str, start: int, length: int, surname: str) -> bool:
        """True when a run contains a word for units and things, which no name contains."""
        return self.no_person.search(text[start + len(surname):start + length]) is not None

    @staticmethod
    def _is_run(text: str, start: int, length: int) -> bool:
        return len(_ALONE.findall(text[start:start + length])) == length

    def _before_titles(self, text: str) -> Iterator[Bounds]:
        """Yield the names (or bare surnames) before 先生 or 科長."""
        for title in self.called.finditer(text):
            end = len(text[:title.start()].rstrip(" "))
            if (spaced := _BEFORE.search(text, max(0, title.start() - 9), title.start())) and self._surname(text, spaced.start()):
                yield spaced.start(), end
                continue
            polite = self.salutation.fullmatch(title[0]) is not None
            for length in (3, 2, 4, 1):
                start = end - length
                if start < 0 or not self._is_run(text, start, length):
                    continue
                surname = self._surname(text, start)
                if not surname or not 0 <= length - len(surname) <= 2 or self._is_word(text, start, end):
                    continue
                if length > len(surname) and self._is_thing(text, start, length, surname):
                    continue
                if not polite and surname not in self.sure and length < 3:
                    continue
                yield start, end
                break

    def _near_numbers(self, text: str) -> Iterator[Bounds]:
        """Yield the separate names in a text with a telephone number or an extension."""
        if _TELEPHONE.search(text) is None and self.reached.search(text) is None:
            return
        yield from self.alone(text)

    def possible_alone(self, text: str) -> bool:
        """True when a plain text may contain a separate name: no false negatives."""
        return not text.isascii() and _BY_ITSELF.search(text) is not None

    def alone(self, text: str) -> Iterator[Bounds]:
        """Yield the separate names in a plain text that is not prose; only with surnames that have few other meanings."""
        for match in _BY_ITSELF.finditer(text):
            if self.is_sure(match[0]):
                yield match.span()

    def _is_word(self, text: str, start: int, end: int) -> bool:
        """True when the character of a surname belongs to a word that is not a name."""
        return (text[start:start + 2] in self.no_name_two or text[max(0, start - 1):start + 1] in self.no_name_two
                or self.no_name.match(text, start, end) is not None)


def _after_marks(text: str, place: int) -> tuple[int, bool]:
    """Return the position after what may be between a cue and a name, and whether it includes a colon."""
    gap = _BETWEEN.match(text, place)
    return (gap.end(), gap["colon"] is not None) if gap else (place, False)


def _after_listing(text: str, place: int) -> int:
    """Return the position after a mark between names, `place` for none."""
    mark = _LISTED.match(text, place)
    return mark.end() if mark else place


def known(text: str, names: Collection[str], openings: re.Pattern[str]) -> Iterator[Bounds]:
    """Yield where `names` occur in a plain text; `openings` finds their first characters.

    A name of two characters is taken only where it is separate, since two characters form many words.
    """
    for match in openings.finditer(text):
        start = match.start()
        for length in (4, 3, 2):
            part = text[start:start + length]
            if len(part) == length and part in names and (length > 2 or _stands_alone(text, start, start + 2)):
                yield start, start + length
                break


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (_ALONE.match(text, start - 1) if start else None) and not _ALONE.match(text, end)


def collected(cells: Collection[str], names: PersonNames) -> Iterator[str]:
    """Yield what looks like a person's name in the cells of a column about persons."""
    for cell in cells:
        if cell.isascii():
            continue  # names are recognised by their Chinese characters
        for part in re.split(rf"[^{HAN}·‧・•]+", cell):
            bare = names.called.sub(" ", part)
            for word in bare.split():
                if names.is_name(word):
                    yield word
        squeezed = _BLANK.sub("", cell)
        if squeezed != cell and names.is_name(squeezed):
            yield squeezed
