"""Full text in SPARQL: `?dataset odl:matches "空氣 品質"` is replaced by what the index of the catalogue finds, as VALUES.

    ?dataset odl:matches "TEXT"                  (?dataset ?score) odl:matches ("TEXT" 100)

The subject is a variable, or a list of two: the dataset, and a score by which the datasets have the order of the pages. The
object is a plain string (or a variable to which a VALUES of one string gives it), or a list of that and of how many of the best
are wanted. The pattern may stand in a list of predicates (`;`). What else is written with `odl:matches` as a predicate is refused
by name: a triple that nothing can match would be an empty answer that looks like a true one. The text is read by its tokens and
changed where they are; strings of the query go to the index, never into the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

from odlinked.cage.failures import NotSearchable
from odlinked.cage.text_process import Call, here
from odlinked.cage.tokenizer import placed

MOST_FOUND: Final = 10_000
"""Most datasets that a search may put into a query."""

MOST_PATTERNS: Final = 4
LONGEST: Final = 200
"""Most searches of a query, and most characters of one: as on the pages."""

FORM: Final = 'Write ?dataset odl:matches "words", or (?dataset ?score) odl:matches ("words" 100)'
_LOCAL: Final = "matches"
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_BEGINS: Final = frozenset({"{", "}", ".", ")"})
_ENDS: Final = frozenset({".", "}"})

Find = Callable[[str, int], tuple[int, Sequence[str]]]
"""(text, how many of the best are wanted) -> (how many datasets match, the IRIs of the best, the best first)."""

Placed = tuple[str, str, int]


class Searched(NamedTuple):
    """A query to be run: its text with the searches replaced ("" where it has none), and the variables of scores."""

    text: str = ""
    scores: tuple[str, ...] = ()


class MatchesPattern(NamedTuple):
    """A search in a query: tokens `start` to `end` (exclusive) are replaced, VALUES go before token `subject`.

    `rest`: predicates of the same subject follow, which it is written for again. `most` is 0 where no number is given.
    """

    start: int
    end: int
    subject: int
    variable: str
    score: str
    text: str
    most: int
    rest: bool


def searched(query: str, namespaces: Mapping[str, str], namespace: str, find: Find, call: Call = here) -> Searched:
    """Return a query with its searches replaced by what they find; raise `NotSearchable` for what is not supported.

    `namespaces` are the prefixes known without a declaration, `namespace` that of `odl:matches`; the text is read by `call`.
    """
    if _LOCAL not in query and "\\" not in query:
        return Searched()
    patterns = call(_patterns, query, dict(namespaces), namespace + _LOCAL)
    edits: list[tuple[int, int, str]] = []
    for one, start, end, place in patterns:
        values = _values(one, find)
        if place == start:
            edits.append((start, end, f"{values} {one.variable} " if one.rest else values))
        else:
            edits += [(place, place, values + " "), (start, end, "")]
    if not edits:
        return Searched()
    return Searched(_edited(query, sorted(edits)), tuple(one.score[1:] for one, *_ in patterns if one.score))


def _patterns(query: str, namespaces: Mapping[str, str], iri: str) -> list[tuple[MatchesPattern, int, int, int]]:
    """Return the searches of a query, each with where it starts and ends in the text, and where its subject starts."""
    tokens = [token for token in placed(query) if token[0] != "space"]
    names = _names(tokens, namespaces, iri)
    found = list(islice(_Reader(tokens, names).patterns(), MOST_PATTERNS + 1)) if names else []
    if len(found) > MOST_PATTERNS:
        raise NotSearchable(f"the query has more than {MOST_PATTERNS} searches", "Search for less at once")
    return [(one, tokens[one.start][2], tokens[one.end - 1][2] + len(tokens[one.end - 1][1]), tokens[one.subject][2])
            for one in found]


def _values(pattern: MatchesPattern, find: Find) -> str:
    total, best = find(pattern.text, pattern.most or MOST_FOUND)
    if not pattern.most and total > MOST_FOUND:
        raise NotSearchable(
            f"{pattern.text[:60]!r} matches {total:,} datasets, and a query can search among {MOST_FOUND:,}",
            f'Search for more words, or for the best only: ("{pattern.text[:20]}" {MOST_FOUND // 10})')
    if not pattern.score:
        return f"VALUES {pattern.variable} {{ {' '.join(f'<{iri}>' for iri in best)} }}"
    rows = " ".join(f"(<{iri}> {1 - place / len(best):.6f})" for place, iri in enumerate(best))
    return f"VALUES ({pattern.variable} {pattern.score}) {{ {rows} }}"


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    pieces, done = [], 0
    for start, end, written in edits:
        pieces += [text[done:start], written]
        done = max(done, end)
    return "".join([*pieces, text[done:]])


def _names(tokens: Sequence[Placed], namespaces: Mapping[str, str], iri: str) -> frozenset[str]:
    """Return how the predicate is written in a query: by its IRI, by prefixes that are declared or known."""
    declared = {tokens[i + 1][1][:-1]: _decoded(tokens[i + 2][1][1:-1]) for i in range(len(tokens) - 2)
                if tokens[i][1].upper() == "PREFIX" and tokens[i + 1][1].endswith(":")}
    known = {**namespaces, **declared}
    return frozenset(part for kind, part, _ in tokens
                     if (kind == "iri" and _decoded(part[1:-1]) == iri)
                     or (kind == "name" and known.get(part.partition(":")[0], "") + part.partition(":")[2] == iri))


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2] else
                       _PLAIN.get(found[3], found[3]), text)


class _Reader:
    """Finds the searches among the tokens of a query; `names` is how the predicate is written in it."""

    def __init__(self, tokens: Sequence[Placed], names: frozenset[str]) -> None:
        self._tokens, self._names = tokens, names
        self._strings = dict(self._given())

    def patterns(self) -> Iterator[MatchesPattern]:
        """Yield the searches; raise `NotSearchable` for another use of the predicate."""
        template = self._template()
        for i, (_, part, _) in enumerate(self._tokens):
            if part in self._names and i not in template and not self._is_mentioned(i):
                yield self._pattern(i)

    def _at(self, place: int) -> str:
        return self._tokens[place][1] if 0 <= place < len(self._tokens) else ""

    def _kind(self, place: int) -> str:
        return self._tokens[place][0] if 0 <= place < len(self._tokens) else ""

    def _template(self) -> range:
        """Return the tokens of the template of a CONSTRUCT, in which the predicate is a predicate like any other."""
        start = self._construct
        return range(0) if start is None or self._at(start + 1) != "{" else range(start, self._closing(start + 1))

    @cached_property
    def _construct(self) -> int | None:
        words = ((i, part.upper()) for i, (kind, part, _) in enumerate(self._tokens) if kind == "word")
        return next((i for i, word in words if word == "CONSTRUCT"), None)

    def _closing(self, start: int) -> int:
        depth = 0
        for place in range(start, len(self._tokens)):
            depth += (self._kind(place) == "open") - (self._kind(place) == "close")
            if not depth:
                return place
        return len(self._tokens)

    def _given(self) -> Iterator[tuple[str, str]]:
        """Yield (variable, string) of every `VALUES ?variable { "string" }`, for variables that have one only."""
        found: dict[str, list[str]] = {}
        for i in range(len(self._tokens) - 4):
            if self._at(i).upper() == "VALUES" and self._kind(i + 1) == "variable" and self._at(i + 2) == "{":
                one = self._kind(i + 3) == "string" and self._at(i + 4) == "}"
                found.setdefault(self._at(i + 1)[1:], []).append(self._at(i + 3) if one else "")
        return ((name, texts[0]) for name, texts in found.items() if len(texts) == 1 and texts[0])

    def _is_mentioned(self, i: int) -> bool:
        """True where the predicate is no predicate but a subject, an object, or a value of VALUES or DESCRIBE."""
        before, after = self._at(i - 1), self._at(i + 1)
        opens = self._openings[i]
        if opens < 0 or opens in self._data:
            return True
        if before in ("=", "!=", ",") or (before == "(" and self._at(i - 2).upper() == "IN"):
            return True
        return before in ("{", *_ENDS) or (after in (".", ";", ",", "}") and before not in (";", "(", "/", "|", "^", "!"))

    @cached_property
    def _openings(self) -> list[int]:
        """For each token the brace of the group that it is in, -1 where it is in none; in one pass, as texts can be long."""
        found, opened = [], list[int]()
        for place, (_, part, _) in enumerate(self._tokens):
            if part == "}" and opened:
                opened.pop()
            found.append(opened[-1] if opened else -1)
            if part == "{":
                opened.append(place)
        return found

    @cached_property
    def _data(self) -> frozenset[int]:
        """The braces of blocks of VALUES."""
        found, given = set(), False
        for place, (kind, part, _) in enumerate(self._tokens):
            if part == "{" and given:
                found.add(place)
            given = part.upper() == "VALUES" or (given and (kind == "variable" or part in ("(", ")")))
        return frozenset(found)

    def _pattern(self, i: int) -> MatchesPattern:
        if self._construct is not None and self._at(self._construct + 1) != "{":
            raise NotSearchable("the short form of CONSTRUCT has its patterns as a template, which cannot search",
                                "Write CONSTRUCT { … } WHERE { … }")
        text, most, end = self._object(i + 1)
        if self._at(end) == ",":
            raise NotSearchable("odl:matches takes one text in a triple", FORM)
        after = end
        while self._at(after) == ";":
            after += 1
        rest = after > end and self._at(after) not in _ENDS
        if self._at(i - 1) == ";":
            subject = self._subject(i)
            return MatchesPattern(i, end, subject, self._at(subject), "", text, most, rest=False)
        if self._at(i - 1) == ")":
            start = i - 4
            pair = self._at(start) == "(" and self._kind(i - 3) == self._kind(i - 2) == "variable"
            if not pair or not self._begins(start) or rest:
                raise NotSearchable("the subject of odl:matches is no list of two variables in a triple of its own", FORM)
            return MatchesPattern(start, after, start, self._at(i - 3), self._at(i - 2), text, most, rest=False)
        if self._kind(i - 1) != "variable" or not self._begins(i - 1):
            raise NotSearchable("odl:matches is used otherwise than with a variable in a triple (as a function, in a path, with "
                                "a constant)", FORM)
        return MatchesPattern(i - 1, after, i - 1, self._at(i - 1), "", text, most, rest)

    def _begins(self, place: int) -> bool:
        """True where a triple may begin: behind a brace, a dot (of a name, too) or the bracket of an expression."""
        before = self._at(place - 1)
        return before in _BEGINS or (self._kind(place - 1) in ("name", "number") and before.endswith("."))

    def _object(self, place: int) -> tuple[str, int, int]:
        """Return the text, how many are wanted (0: all) and the token behind the object at `place`."""
        if self._at(place) == "(" and self._kind(place + 2) == "number" and self._at(place + 3) == ")":
            number = self._at(place + 2)
            if not number.isdigit() or not 0 < int(number[:9]) <= MOST_FOUND:
                raise NotSearchable(f"{number[:20]} is no number of datasets from 1 to {MOST_FOUND:,}", FORM)
            return self._text(place + 1), int(number), place + 4
        return self._text(place), 0, place + 1

    def _text(self, place: int) -> str:
        kind, part = self._kind(place), self._at(place)
        part = self._strings.get(part[1:], "") if kind == "variable" else part if kind == "string" else ""
        if not part or self._at(place + 1) == "^^" or self._kind(place + 1) == "tag":
            raise NotSearchable("the text of odl:matches is not written as one plain string", FORM)
        quotes = 3 if part[:3] in ('"""', "'''") and len(part) > 5 else 1
        text = _decoded(part[quotes:-quotes])
        if len(text) > LONGEST:
            raise NotSearchable(f"the text of odl:matches has {len(text)} characters, {LONGEST} are allowed",
                                "Search for fewer words")
        return text

    def _subject(self, i: int) -> int:
        """Return the token that is the subject of the list of predicates that token `i` is in; raise where it is no variable."""
        place, depth = i - 1, 0
        while place >= 0:
            kind, _, _ = self._tokens[place]
            depth += (kind == "close") - (kind == "open")
            if depth < 0:
                break
            if not depth and kind == "variable" and self._begins(place) and self._at(place + 1) not in (";", ",", "."):
                if self._at(place + 2) in (";", ",", ".", "}"):
                    break  # what looks like a subject is the predicate of a list in brackets
                return place
            place -= 1
        raise NotSearchable("the subject of odl:matches is no variable", FORM)
