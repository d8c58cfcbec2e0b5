"""“Did you mean …?”: the codes nearest to what was written, from the rule's code list; and what is unusual about the cell
itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import pyoxigraph as ox
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Hamming

from odlinked.assets import Assets
from odlinked.folding import fold as folded
from odlinked.folding import plain
from odlinked.namespaces import CODE, SKOS
from odlinked.quality import unseen
from odlinked.quality.shapes import LANGUAGES, Rule
from odlinked.rdf import vocabulary

MOST: Final = 3
"""Most codes suggested."""

_NEAR: Final = 55.0
"""Likeness (0 to 100, rapidfuzz's normalised indel similarity) from which a code is worth suggesting."""

_BEHIND: Final = 10.0
"""How much less similar than the nearest code another one may be."""

_LIKE: Final = 75.0
"""The similarity from which one identifier may have been meant by another: identifiers differ in few characters by nature."""

_HELD: Final = 90.0
"""The similarity of a text that contains a whole spelling."""

_SHORT: Final = 3
_SLIP: Final = 60.0
"""The similarity of short texts that differ in one character."""

_REMEMBERED: Final = 4_096

_LISTED: Final = 20
"""A code list up to this length is listed whole where nothing is near."""

_VARIANTS: Final = str.maketrans({"、": ",", "〜": "~"})

_IN_SCHEME, _NOTATION, _LABEL, _OTHER_LABEL = (SKOS + name for name in ("inScheme", "notation", "prefLabel", "altLabel"))
_Term = ox.NamedNode | ox.Literal

_PLACEHOLDERS: Final = (CODE + "placeholder", CODE + "placeholder-text")
_YEAR: Final = re.compile(r"\D*(\d{1,2})\D.*", re.DOTALL)
_REPUBLIC: Final = 1911
_CENTURY: Final = 2000
_GAP: Final = "\0"
WORDS: Final = "ontologies/words/hints.toml"
_REPAIRS: Final = ("certain", "certain_elsewhere", "untried")
_NEAR_YEARS: Final = 50
"""A two-digit year up to this may be meant as one of this century."""


@dataclass(frozen=True)
class Code:
    """A code: what a person writes (`label`, `meaning` by language) and every known spelling, folded."""

    label: str
    meaning: str
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class Suggestions:
    """The code lists: scheme IRI -> its codes in the order of the file's notations.

    `placeholder` and `invisible` are the texts for a cell that holds a placeholder or invisible characters, `repairs` those of
    suggestions that were tried.
    """

    schemes: dict[str, tuple[Code, ...]]
    placeholder: dict[str, str] = field(default_factory=dict)
    invisible: dict[str, str] = field(default_factory=dict)
    repairs: dict[str, dict[str, str]] = field(default_factory=dict)
    known: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    def suggest(self, rule: Rule, value: str) -> dict[str, str]:
        """Return what to write instead, by language: near codes, else the codes there are, else an example, else nothing.

        The same mistake is made many times: answers are cached, `_REMEMBERED` at most.
        """
        known = self.known.get((rule.iri, value))
        if known is None:
            known = self._suggest(rule, value)
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            self.known[rule.iri, value] = known
        return dict(known)

    def _suggest(self, rule: Rule, value: str) -> dict[str, str]:
        shown, characters = unseen.unmarked(value).strip(), " ".join(unseen.marks(value))
        odd = [{} if rule.kind == "cell" else self._placeholder(shown), _hint(rule, shown, characters)]
        if characters and rule.kind != "cell":
            odd.append({tag: text.format(characters=characters) for tag, text in self.invisible.items()})
        parts = [*odd, {} if odd[1] else self._instead(rule, shown)]
        return {tag: "\n".join(filter(None, (part.get(tag, "") for part in parts))) for tag in LANGUAGES
                if any(part.get(tag) for part in parts)}

    def _placeholder(self, shown: str) -> dict[str, str]:
        """Return the note that a text is only a placeholder, where it is one."""
        key = comparable(shown)
        if key and any(key in code.spellings for scheme in _PLACEHOLDERS for code in self.schemes.get(scheme, ())):
            return {tag: text.format(written=shown) for tag, text in self.placeholder.items()}
        return {}

    def _instead(self, rule: Rule, value: str) -> dict[str, str]:
        codes = self.schemes.get(rule.scheme, ())
        if codes:
            near = nearest(value, codes)
            return _did_you_mean(near) if near else _one_of(codes)
        return {tag: _EXAMPLE[tag].format(text) for tag, text in rule.examples.items() if tag in _EXAMPLE}


def comparable(text: str) -> str:
    """Return a text for comparison: folded as everywhere, with list marks unified."""
    return folded(text).translate(_VARIANTS)


def nearest(value: str, codes: Iterable[Code]) -> list[Code]:
    """Return at most `MOST` codes near to a text, nearest first; none for a bare number, which is near to every other."""
    wanted = comparable(value)
    if not wanted or wanted.isdigit():
        return []
    scored = ((max(_likeness(wanted, spelling) for spelling in code.spellings), code) for code in codes)
    best = sorted((pair for pair in scored if pair[0] >= _NEAR), key=lambda pair: (-pair[0], pair[1].label))
    return [code for score, code in best[:MOST] if score >= best[0][0] - _BEHIND]


def near(text: str, known: Sequence[str]) -> list[str]:
    """Return at most `MOST` of the identifiers in `known` that are similar to a text, nearest first; none for a bare number."""
    wanted = comparable(text)
    if not wanted or wanted.isdigit():
        return []
    found = process.extract(wanted, known, scorer=fuzz.ratio, limit=MOST, score_cutoff=_LIKE)
    return [code for code, score, _ in found if score >= found[0][1] - _BEHIND]


def _likeness(wanted: str, spelling: str) -> float:
    """Return the similarity of two folded texts, 0 to 100.

    A text that contains a whole spelling is very similar to it; in two or three characters, one wrong one is a typing error.
    """
    if len(spelling) > 1 and not spelling.isdigit() and spelling in wanted:
        return _HELD
    slip = len(wanted) == len(spelling) <= _SHORT and Hamming.distance(wanted, spelling) == 1 < len(wanted)
    return max(fuzz.ratio(wanted, spelling), _SLIP if slip else 0.0)


@lru_cache(maxsize=4)
def load(assets: Assets) -> Suggestions:
    """Read the code lists of `ontologies/codes/`."""
    concepts: dict[str, dict[str, list[_Term]]] = {}
    for _, statements in vocabulary.each(assets, "ontologies/codes/*.ttl", doing="reading the code list"):
        for one in statements:
            if isinstance(one.object, (ox.NamedNode, ox.Literal)):
                concepts.setdefault(str(one.subject), {}).setdefault(one.predicate.value, []).append(one.object)
    schemes: dict[str, list[tuple[tuple[int, str], Code]]] = {}
    for concept in concepts.values():
        code = _code(concept) if _IN_SCHEME in concept else None
        if code is not None:
            notation = _notation(concept) or code.label
            order = (int(notation) if notation.isdigit() else 10**9, notation)
            for scheme in concept[_IN_SCHEME]:
                schemes.setdefault(scheme.value, []).append((order, code))
    lists = {scheme: tuple(code for _, code in sorted(codes, key=lambda pair: pair[0])) for scheme, codes in schemes.items()}
    words = tomllib.loads(assets.text(WORDS))
    placeholder, invisible = (dict(zip(LANGUAGES, words[key], strict=True)) for key in ("placeholder", "invisible"))
    repairs = {key: dict(zip(LANGUAGES, words[key], strict=True)) for key in _REPAIRS}
    return Suggestions(lists, placeholder, invisible, repairs)


def _hint(rule: Rule, shown: str, characters: str) -> dict[str, str]:
    """Return the rule's hint, filled in from the cell; nothing where the cell does not have what it needs."""
    found = _YEAR.fullmatch(plain(shown))
    year = int(found[1]) if found else 0
    known = {"characters": characters} if characters else {}
    if 0 < year <= _NEAR_YEARS:
        known |= {"written": str(year), "roc": str(year + _REPUBLIC), "meant": str(year + _CENTURY)}
    filled = {tag: text.format_map(_Gaps(known)) for tag, text in rule.hints.items()}
    return {tag: text for tag, text in filled.items() if _GAP not in text}


class _Gaps(dict[str, str]):
    """The values that fill a hint; an unknown word leaves a gap."""

    def __missing__(self, key: str) -> str:
        return _GAP


def _notation(concept: Mapping[str, Sequence[_Term]]) -> str:
    return next((one.value for one in concept.get(_NOTATION, ())), "")


def _code(concept: Mapping[str, Sequence[_Term]]) -> Code | None:
    """Return the code of a concept, property -> values; None where it has no label."""
    labels = {one.language: one.value for one in concept.get(_LABEL, ()) if isinstance(one, ox.Literal)}
    label = labels.get("zh-hant") or labels.get("en")
    if not label:
        return None
    notation = _notation(concept)
    spellings = {comparable(one.value) for about in (_NOTATION, _LABEL, _OTHER_LABEL) for one in concept.get(about, ())}
    return Code(_written(label, notation), labels.get("en", label), tuple(sorted(spelling for spelling in spellings if spelling)))


def _written(label: str, notation: str) -> str:
    """Return what a person writes: the notation where the label only explains it (CSV), both where it counts (11 …)."""
    if notation and label.split()[0].casefold() == notation.casefold():
        return label.split()[0]
    return f"{notation} {label}" if notation.isdigit() and len(notation) < 3 else label


_EXAMPLE: Final = {"zh-Hant": "例：{}", "en": "For example: {}"}


def meant(codes: Sequence[str]) -> dict[str, str]:
    """Return "did you mean" for identifiers, by language."""
    return _did_you_mean([Code(code, code, ()) for code in codes])


def _did_you_mean(codes: list[Code]) -> dict[str, str]:
    chinese = "、".join(f"「{code.label}」" for code in codes)
    english = ", ".join(_both(code) for code in codes)
    return dict(zip(LANGUAGES, (f"您是不是要填{chinese}？", f"Did you mean {english}?"), strict=True))


def _one_of(codes: tuple[Code, ...]) -> dict[str, str]:
    shown = codes if len(codes) <= _LISTED else codes[: _LISTED // 2]
    rest = len(codes) - len(shown)
    chinese = "請填其中之一：" + "、".join(code.label for code in shown) + (f"……等 {len(codes)} 項" if rest else "")
    english = "Write one of: " + ", ".join(_both(code) for code in shown) + (f" … {rest} more" if rest else "")
    return dict(zip(LANGUAGES, (chinese, english), strict=True))


def _both(code: Code) -> str:
    """Return the label to write with its meaning in English, where they differ."""
    return code.label if comparable(code.label) == comparable(code.meaning) else f"{code.label} ({code.meaning})"
