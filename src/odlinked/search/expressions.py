"""The full-text expression of a search. It consists of quoted strings only: nothing a person types is an operator.

A term is found as it stands, as any of its synonyms, or by what it names (the column `things` of the index has a token for every
code and organisation of a record). Han characters in a row are found as a phrase, or as the known words in it; `split` finds them
as any two or three parts of it, too, for texts written without spaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from odlinked.search.meanings import Meanings
from odlinked.search.request import SearchTerm, Wanted, read
from odlinked.search.spelling import is_han, phrase, runs, token_of

_LONGEST_SPLIT: Final = 16
_LONGEST_THIRDS: Final = 9
_MOST_SOME: Final = 12


class Sought(NamedTuple):
    """What is asked of the index: an FTS5 expression ("": every record), one of what is left out ("": nothing), and one of what
    comes first (records with the words, or what they are usually called, in their titles; "": nothing does)."""

    expression: str
    without: str = ""
    first: str = ""


def match(query: str) -> str:
    """Return the FTS5 expression for what a person typed, by its words alone; "" where nothing is searchable."""
    return " AND ".join(_each(_words(read(query))))


def sought(wanted: Wanted, meanings: Meanings, *, split: bool = False) -> Sought:
    """Return what is asked for a search: every term must be found, in one way or another."""
    parts = [one for term in wanted.terms for one in _term(term, meanings, split=split)]
    return Sought(" AND ".join(dict.fromkeys(parts)), _without(wanted), _first(wanted, meanings))


def some(wanted: Wanted, meanings: Meanings) -> Sought:
    """Return what is asked where records with some of the words do; phrases must be found all the same.

    Nothing is asked ("") where there are more words than a person means by some.
    """
    groups = (one for term in wanted.terms if not term.is_phrase for one in _groups(term.text))
    parts = [_any(_ways(part, meanings)) for one in groups for part in _pieces(one, meanings)]
    parts = list(dict.fromkeys(parts))
    if len(parts) > _MOST_SOME:
        return Sought("")
    phrases = [phrase(term.text, whole=True) for term in wanted.terms if term.is_phrase]
    return Sought(_all([*phrases, _any(parts)]) if parts else _all(phrases), _without(wanted))


def parts_of(text: str, meanings: Meanings) -> list[tuple[str, ...]]:
    """Return the ways to cut a run of Han characters into words: at the words that are known, then anywhere."""
    known = () if meanings.is_known(text) else meanings.segments(text)
    return [*([known] if len(known) > 1 and all(len(one) > 1 for one in known) else []), *_splits(text)]


def marked(wanted: Wanted, meanings: Meanings) -> tuple[str, ...]:
    """Return the folded words that a found record may have, longest first: what was typed and all it is called."""
    found: dict[str, None] = {}
    for term in wanted.terms:
        found[term.text] = None
        if term.is_phrase:
            continue
        dated = meanings.years(term.text)
        found.update(dict.fromkeys(dated.forms if dated else ()))
        for part in (dated.rest if dated else _groups(term.text)):
            for piece in (part, *meanings.segments(part), *(() if is_han(part) else runs(part))):
                found.update(dict.fromkeys((piece, *meanings.others(piece))))
            found.update(dict.fromkeys(one for parts in _splits(part) for one in parts if is_han(part)))
    return tuple(sorted((one for one in found if one and one not in meanings.idle), key=len, reverse=True))


def _words(wanted: Wanted) -> Iterator[tuple[str, bool]]:
    for term in wanted.terms:
        if term.is_phrase:
            yield term.text, True
        else:
            yield from ((run, False) for run in runs(term.text))


def _each(words: Iterable[tuple[str, bool]]) -> list[str]:
    return [phrase(text, whole=whole) for text, whole in words]


def _without(wanted: Wanted) -> str:
    return " OR ".join(phrase(one, whole=True) for one in wanted.without)


def _term(term: SearchTerm, meanings: Meanings, *, split: bool) -> Iterator[str]:
    """Yield the expressions that must all be met for a term."""
    if term.is_phrase:
        yield phrase(term.text, whole=True)
        return
    dated = meanings.years(term.text)
    if dated is not None:
        yield _any(phrase(form, whole=True) for form in dated.forms)
    for part in (dated.rest if dated else _groups(term.text)):
        yield _han(part, meanings, split=split) if is_han(part) else _latin(part, meanings)


def _needed(words: Sequence[str], meanings: Meanings) -> Sequence[str]:
    """Return the words that must be found: idle ones only where there are no others."""
    return [one for one in words if one not in meanings.idle] or words


def _pieces(text: str, meanings: Meanings) -> Iterable[str]:
    """Return the words of a run where some of them do."""
    if not is_han(text):
        return _needed(runs(text), meanings)
    return (text, *(one for parts in parts_of(text, meanings)[:1] for one in parts))


def _first(wanted: Wanted, meanings: Meanings) -> str:
    """Return the expression of the titles that have every term as it was typed, or as it is usually called."""
    found = []
    for term in wanted.terms:
        if term.is_phrase:
            found.append(phrase(term.text, whole=True))
            continue
        dated = meanings.years(term.text)
        if dated is not None:
            found.append(_any(phrase(form, whole=True) for form in dated.forms))
        for part in (dated.rest if dated else _groups(term.text)):
            segments = [part] if meanings.is_known(part) else list(meanings.segments(part))
            if is_han(part) and not all(len(one) > 1 for one in segments):
                segments = [part]
            found += [_any(phrase(way, whole=True) for way in dict.fromkeys((one, meanings.usual(one))))
                      for one in _needed(segments, meanings)]
    return f"title : ({_all(found)})" if found else ""


def _groups(text: str) -> list[str]:
    """Return the runs of a text, words in Latin letters side by side as one."""
    found: list[str] = []
    joins = False
    for run in runs(text):
        if joins and not is_han(run):
            found[-1] += f" {run}"
        else:
            found.append(run)
        joins = not is_han(run)
    return found


def _latin(text: str, meanings: Meanings) -> str:
    words = _needed(runs(text), meanings)
    ways = [_all(_any(_ways(word, meanings)) for word in words)]
    if len(runs(text)) > 1:
        ways.append(_all(_any(_ways(one, meanings)) for one in _needed(list(meanings.segments(text)), meanings)))
    return _any(ways)


def _han(text: str, meanings: Meanings, *, split: bool) -> str:
    ways = list(_ways(text, meanings))
    cuts = parts_of(text, meanings)
    if not split:
        cuts = [one for one in cuts[:1] if any(map(meanings.is_known, one))]
    return _any([*ways, *(_all(_any(_ways(one, meanings)) for one in parts) for parts in cuts)])


def _ways(text: str, meanings: Meanings) -> Iterator[str]:
    """Yield the phrases by which a word is found: itself, its synonyms, what is named so."""
    others = meanings.others(text)
    for one in (text, *others):
        yield phrase(one, whole=len(runs(one)) > 1 or one in others)
    things = dict.fromkeys(token_of(iri) for one in (text, *others) for iri in meanings.things(one))
    if things:
        yield f"things : ({' OR '.join(things)})"


def _splits(text: str) -> Iterator[tuple[str, ...]]:
    """Yield a run of Han characters in two and three parts of at least two characters."""
    if len(text) > _LONGEST_SPLIT:
        return
    for first in range(2, len(text) - 1):
        yield text[:first], text[first:]
        if len(text) <= _LONGEST_THIRDS:
            for second in range(first + 2, len(text) - 1):
                yield text[:first], text[first:second], text[second:]


def _any(ways: Iterable[str]) -> str:
    found = list(dict.fromkeys(ways))
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _all(parts: Iterable[str]) -> str:
    found = list(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else f"({' AND '.join(found)})"
