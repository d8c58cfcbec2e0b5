"""The code lists as a graph to join with, and as an index from folded spelling to concept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.folding import fold
from odlinked.namespaces import HOME, SKOS
from odlinked.rdf import vocabulary

PATTERN = "ontologies/codes/*.ttl"
ROWS = HOME + "row#"
_SPELLINGS = frozenset(SKOS + name for name in ("prefLabel", "altLabel", "notation"))


@dataclass(frozen=True)
class CodeLists:
    """All code lists: `graph` as N-Triples, `index` scheme IRI -> folded spelling -> concept IRI.

    The graph also has `row:folded` for each concept: its Chinese (else first) label, folded.
    """

    graph: bytes
    index: Mapping[str, Mapping[str, str]]


def load(assets: Assets) -> CodeLists:
    """Return all code lists, read once while their files are unchanged; raise `AssetError` where one spelling is used for two
    concepts."""
    return _load(assets, assets.stamp(PATTERN))


@lru_cache(maxsize=4)
def _load(assets: Assets, _stamp: object) -> CodeLists:
    schemes: dict[str, str] = {}
    spellings: list[tuple[str, str]] = []
    labels: dict[str, str] = {}
    triples: list[ox.Triple] = []
    for _, found in vocabulary.each(assets, PATTERN, doing="reading the code list"):
        triples += found
        for triple in found:
            subject, predicate = str(getattr(triple.subject, "value", "")), triple.predicate.value
            if predicate == SKOS + "inScheme":
                schemes[subject] = str(getattr(triple.object, "value", ""))
            elif predicate in _SPELLINGS and isinstance(triple.object, ox.Literal):
                spellings.append((subject, triple.object.value))
                if predicate == SKOS + "prefLabel" and (triple.object.language or "").lower() == "zh-hant":
                    labels[subject] = triple.object.value
    folded = ox.NamedNode(ROWS + "folded")
    triples += [ox.Triple(ox.NamedNode(iri), folded, ox.Literal(fold(label))) for iri, label in labels.items()]
    return CodeLists(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", _indexed(schemes, spellings))


def _indexed(schemes: Mapping[str, str], spellings: list[tuple[str, str]]) -> dict[str, dict[str, str]]:
    index: dict[str, dict[str, str]] = {}
    for concept, text in spellings:
        scheme = schemes.get(concept)
        if scheme is None:
            continue
        taken = index.setdefault(scheme, {}).setdefault(fold(text), concept)
        if taken != concept:
            raise AssetError(f"{text!r} stands for {taken} and for {concept}", doing="reading the code list", on=scheme,
                             next_step="Take the spelling away from one of them")
    return index
