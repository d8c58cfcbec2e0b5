"""What a table of changes does not state stays as it is known: the lines of a published record that its new version keeps.

A form defines which (class, path) each of its columns feeds. The table does not state what none of its non-empty columns feeds:
for the record and the distributions that are in both versions, those lines are kept, with the nodes they lead to. Where one
column with values and one without feed the same path (titles in two languages), the lines in languages other than Chinese are
kept if the new version has none of them.
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
    """(class IRI, path IRI) that a table does not state, and those that it may state only in part."""

    whole: frozenset[Pair]
    partly: frozenset[Pair]


def unsaid(binding: Binding) -> Unsaid:
    """Return what a table does not state, among all that its form could state."""
    whole, partly = set(), set()
    for pair, columns in binding.form.carries.items():
        places = [binding.columns[column] for column in columns]
        if all(place is None for place in places):
            whole.add(pair)
        elif None in places:
            partly.add(pair)
    return Unsaid(frozenset(whole), frozenset(partly))


def carried(iri: str, known: bytes, text: bytes, left: Unsaid) -> list[bytes]:
    """Return the lines of `known`, the published document of record `iri`, that its new version `text` keeps."""
    old, new = _nodes(iri, known), _nodes(iri, text)
    lines: list[bytes] = []
    for node, statements in old.items():
        classes = {t.object.value for _, t in statements if t.predicate == RDF + "type"}
        if node not in new:
            continue
        has = {t.predicate for _, t in new[node]}
        spoken = {(t.predicate, t.object.language) for _, t in new[node]}
        for line, triple in statements:
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
    waiting, done = [triple.object.value] if triple.object.is_iri else [], set(new)
    while waiting:
        node = waiting.pop()
        if node in done or node not in old:
            continue
        done.add(node)
        for line, below in old[node]:
            yield line
            if below.object.is_iri:
                waiting.append(below.object.value)


def _is_foreign(language: str) -> bool:
    return bool(language) and not language.startswith("zh")
