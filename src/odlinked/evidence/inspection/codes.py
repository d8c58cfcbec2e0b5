"""The concepts for what is observed: by notation, by IANA character set, and the signs by which a page is recognised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.folding import fold
from odlinked.namespaces import ODL, SKOS
from odlinked.rdf import vocabulary

_FILES: Final = "ontologies/codes/"


@dataclass(frozen=True)
class InspectionCodes:
    """`formats` notation of a file type -> concept IRI, `charsets` IANA name -> concept IRI, `deliveries` notation -> concept
    IRI, `signs` notation of a delivery -> folded words in a page's title or heading that show it.
    """

    formats: Mapping[str, str]
    charsets: Mapping[str, str]
    deliveries: Mapping[str, str]
    signs: Mapping[str, tuple[str, ...]]


def load(assets: Assets) -> InspectionCodes:
    """Read the code lists that content is described with."""
    formats = _literals(assets, "file-type.ttl")
    deliveries = _literals(assets, "delivery.ttl")
    notations = {iri: notation for notation, iri in _by(deliveries, SKOS + "notation")}
    signs: dict[str, list[str]] = {}
    for word, iri in _by(deliveries, ODL + "sign"):
        signs.setdefault(notations[iri], []).append(fold(word))
    return InspectionCodes(dict(_by(formats, SKOS + "notation")),
                           dict(_by(_literals(assets, "character-encoding.ttl"), ODL + "charset")),
                           {notation: iri for iri, notation in notations.items()},
                           {notation: tuple(words) for notation, words in signs.items()})


def _literals(assets: Assets, name: str) -> list[tuple[str, str, str]]:
    """Return subject, predicate and text of all literals in a code list."""
    triples = vocabulary.read(assets, _FILES + name, "reading the code list")
    return [(triple.subject.value, triple.predicate.value, triple.object.value) for triple in triples
            if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.Literal)]


def _by(literals: Iterable[tuple[str, str, str]], predicate: str) -> Iterable[tuple[str, str]]:
    return ((text, subject) for subject, name, text in literals if name == predicate)
