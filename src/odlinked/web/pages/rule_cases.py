"""The cases of a rule: records that pass, and records that do not, as its page shows them.

A case is a node of `shapes/cases/`, where the tests of the rules have theirs: what a reader is shown is what the engines were
held to. Cases are Turtle; their ending (`.trig`) keeps them out of the shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.namespaces import ODL, RDF, SH
from odlinked.rdf import vocabulary
from odlinked.rdf.turtle import PrefixedNames
from odlinked.web.site.vocabulary import Vocabulary

FILES: Final = "shapes/cases/**/*.trig"
MOST: Final = 4
"""Cases of each kind that a page shows."""

_CASE: Final = "urn:case:"
_FAIL: Final = "/fail/"
_UNREAD: Final = ODL + "unrecognised"
_MISSING: Final = "MinCount"


class CaseValue(NamedTuple):
    """A value in one language: its text, the language it has ("": none of its own), whether the rule is broken by it, and the
    datatype it claims where that is not text ("": text or something named)."""

    text: str
    language: str = ""
    is_wrong: bool = False
    datatype: str = ""


class RuleCase(NamedTuple):
    """A node that passes or fails: what it is, and its properties with their values; a property without any is missing."""

    kind: str
    properties: tuple[tuple[str, tuple[CaseValue, ...]], ...]


_CaseTerm = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Node = dict[str, list[_CaseTerm]]
Namer = Callable[[str], str]


def of(assets: Assets, words: Vocabulary, iri: str, name: str, language: str) -> tuple[list[RuleCase], list[RuleCase]]:
    """Return the first cases of a rule that pass and that fail, told in a language."""
    nodes = dict(_of_rule(assets, iri, name))
    named = _namer(assets, words, language)
    paths = list(_paths(words, iri))
    passing, failing = list[RuleCase](), list[RuleCase]()
    for node, stated in nodes.items():
        side = failing if _FAIL in node else passing
        if len(side) < MOST:
            side.append(_case(stated, paths, named))
    return passing, failing


def _paths(words: Vocabulary, iri: str) -> Iterator[str]:
    """Yield the property that a rule is about, or each of those of which one will do (`sh:alternativePath`), but what a mapping
    could not read, which nobody is asked for, and paths, which have no name."""
    for path in words.all(iri, SH + "path"):
        if path.is_iri:
            yield path.value
        for rest in words.all(path.value, SH + "alternativePath"):
            node = rest.value
            while one := next(iter(words.all(node, RDF + "first")), None):
                if one.is_iri and not one.value.startswith(_UNREAD):
                    yield one.value
                node = words.all(node, RDF + "rest")[0].value


def _of_rule(assets: Assets, iri: str, name: str) -> Iterator[tuple[str, Node]]:
    """Yield the nodes that are cases of a rule: those of the file that is named as the rule, or that name it."""
    for file, cases in _files(assets, assets.stamp(FILES)).items():
        for node, stated in cases.items():
            rules = [term.value for term in stated.get(_CASE + "rule", ()) if isinstance(term, ox.NamedNode)]
            if ("/pass/" in node or _FAIL in node) and (iri in rules if rules else file == name):
                yield node, stated


@lru_cache(maxsize=4)
def _files(assets: Assets, _stamp: object) -> dict[str, dict[str, Node]]:
    """Return the nodes of each file of cases, by the name of the file."""
    found = dict[str, dict[str, Node]]()
    for asset in assets.glob(FILES):
        nodes = found.setdefault(asset.rpartition("/")[2].removesuffix(".trig"), {})
        for triple in vocabulary.read(assets, asset, "reading the cases of a rule"):
            if isinstance(triple.subject, ox.NamedNode):
                nodes.setdefault(triple.subject.value, {}).setdefault(triple.predicate.value, []).append(triple.object)
    return found


def _case(stated: Node, paths: list[str], named: Namer) -> RuleCase:
    wrong = {term.value for term in stated.get(_CASE + "value", ()) if isinstance(term, ox.NamedNode | ox.Literal)}
    components = {term.value for term in stated.get(_CASE + "component", ()) if isinstance(term, ox.Literal)}
    kinds = [named(term.value) for term in stated.get(RDF + "type", ()) if isinstance(term, ox.NamedNode)]
    properties = [(named(one), tuple(_value(term, wrong, named) for term in terms)) for one, terms in stated.items()
                  if one != RDF + "type" and not one.startswith(_CASE)]
    if _MISSING in components and paths and stated.keys().isdisjoint(paths):
        properties.append((" / ".join(map(named, paths)), ()))
    return RuleCase(", ".join(kinds), tuple(properties))


def _value(term: _CaseTerm, wrong: set[str], named: Namer) -> CaseValue:
    if isinstance(term, ox.NamedNode):
        return CaseValue(named(term.value), is_wrong=term.value in wrong)
    if isinstance(term, ox.Literal):
        typed = "" if term.language or term.datatype.value.endswith("#string") else named(term.datatype.value)
        return CaseValue(term.value, term.language or "", term.value in wrong, typed)
    return CaseValue("…")


def _namer(assets: Assets, words: Vocabulary, language: str) -> Namer:
    prefixed = PrefixedNames(vocabulary.prefixes(assets))
    return lambda iri: words.words.name(iri, language) or words.label(iri, language) or prefixed.short(iri) or iri
