"""What a table of changes does not say stays as it is known: the lines of a published record that its new version takes along.

A form tells which (class, path) each of its columns feeds. What no column of a table with anything in it feeds, the table does
not say: of the record and of the distributions that are in both versions, those lines are taken over, with the nodes they
lead to. Where a column that says something feeds a path beside one that does not (the titles in two languages), the lines in
other languages than Chinese are taken over that the new version has none of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from odlinked.documents import Document
from odlinked.mapping.forms import Binding
from odlinked.namespaces import RDF
from odlinked.rdf.ntriples import Triple, triples

Pair = tuple[str, str]


class Unsaid(NamedTuple):
    """(class IRI, path IRI) that a table says nothing of, and those of which it may not say all."""

    whole: frozenset[Pair]
    partly: frozenset[Pair]


def unsaid(binding: Binding) -> Unsaid:
    """Return what a table says nothing of, of all that its form could say."""
    whole, partly = set(), set()
    for pair, columns in binding.form.carries.items():
        places = [binding.columns[column] for column in columns]
        if all(place is None for place in places):
            whole.add(pair)
        elif None in places:
            partly.add(pair)
    return Unsaid(frozenset(whole), frozenset(partly))


def carried(iri: str, known: bytes, text: bytes, left: Unsaid) -> list[bytes]:
    """Return the lines of `known`, the published document of record `iri`, that its new version `text` takes along."""
    old, new = _nodes(iri, known), _nodes(iri, text)
    lines: list[bytes] = []
    for node, said in old.items():
        classes = {t.object.value for _, t in said if t.predicate == RDF + "type"}
        if node not in new:
            continue
        has = {t.predicate for _, t in new[node]}
        spoken = {(t.predicate, t.object.language) for _, t in new[node]}
        for line, triple in said:
            pairs, language = {(cls, triple.predicate) for cls in classes}, triple.object.language
            if pairs & left.whole and triple.predicate not in has:
                lines += [line, *_below(triple, old, new)]
            elif pairs & left.partly and _is_foreign(language) and (triple.predicate, language) not in spoken:
                lines.append(line)
    return lines


def _nodes(iri: str, text: bytes) -> dict[str, list[tuple[bytes, Triple]]]:
    found: dict[str, list[tuple[bytes, Triple]]] = {}
    for line in Document(iri, text).lines:
        for triple in triples(line):
            found.setdefault(triple.subject, []).append((line, triple))
    return found


def _below(triple: Triple, old: Mapping[str, Iterable[tuple[bytes, Triple]]], new: Mapping[str, object]) -> Iterator[bytes]:
    """Yield the lines of the nodes a line leads to within its document, but of none that the new version has."""
    waiting, seen = [triple.object.value] if triple.object.is_iri else [], set(new)
    while waiting:
        node = waiting.pop()
        if node in seen or node not in old:
            continue
        seen.add(node)
        for line, below in old[node]:
            yield line
            if below.object.is_iri:
                waiting.append(below.object.value)


def _is_foreign(language: str) -> bool:
    return bool(language) and not language.startswith("zh")
