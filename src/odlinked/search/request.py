"""What a person typed into a search, taken apart: words that go together, years, phrases, and what is to be left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from odlinked.patterns import pattern
from odlinked.search.spelling import is_han, runs, searchable

MAX_LENGTH: Final = 200
"""Most characters of a search that count."""

MAX_TERMS: Final = 100
"""Most words of a search; one of so many characters has no more."""

_PART: Final = pattern(r"(?P<minus>(?:(?<=\s)|\A)[-\u2212\uff0d](?=[^\s\-]))?"
                          r"(?:[\"\u201c\u201d\u300c\u300e](?P<phrase>[^\"\u201c\u201d\u300d\u300f]*)(?:[\"\u201c\u201d\u300d\u300f]|\Z)|"
                          r"(?P<words>[^\s\"\u201c\u201d\u300c\u300e]+))")


_PHONETIC: Final = pattern(r"[\u3105-\u312f\u31a0-\u31bf]+")


def phonetic(text: str) -> str:
    """Return the first bopomofo signs in a text, "" where it has none: they are searched for as they stand, not by sound."""
    found = _PHONETIC.search(text)
    return found[0] if found else ""


class SearchTerm(NamedTuple):
    """A part of a search: folded runs with a blank between them, and whether they are to be found as they stand (a phrase)."""

    text: str
    is_phrase: bool = False


class Wanted(NamedTuple):
    """A search taken apart: what each record must have, and phrases it must not have; words in Latin letters side by side are one
    term."""

    terms: tuple[SearchTerm, ...]
    without: tuple[str, ...]

    @property
    def text(self) -> str:
        """The search as a text again."""
        said = [f'"{term.text}"' if term.is_phrase else term.text for term in self.terms]
        return " ".join([*said, *(f'-"{one}"' if len(runs(one)) > 1 else f"-{one}" for one in self.without)])


def read(text: str, readable: Callable[[str], str] = str) -> Wanted:
    """Return what the first `MAX_LENGTH` characters of a text ask for; `readable` is given what is no phrase.

    Nothing a person types is an error, and nothing but quotes and a leading dash is a sign.
    """
    terms: list[SearchTerm] = []
    without: list[str] = []
    side_by_side = False
    for part in _PART.finditer(text[:MAX_LENGTH].replace("\x00", " ")):
        is_phrase = part["phrase"] is not None
        found = runs(searchable(part["phrase"] if is_phrase else readable(part["words"])))
        if part["minus"] and found:
            without.append(" ".join(found))
        elif is_phrase and found:
            terms.append(SearchTerm(" ".join(found), is_phrase=True))
        else:
            latin = bool(found) and not any(map(is_han, found))
            if latin and side_by_side:
                terms[-1] = SearchTerm(" ".join([terms[-1].text, *found]))
            elif found:
                terms.append(SearchTerm(" ".join(found)))
            side_by_side = latin
            continue
        side_by_side = False
    return Wanted(tuple(terms[:MAX_TERMS]), tuple(without[:MAX_TERMS]))
