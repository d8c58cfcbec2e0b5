"""The terms that the query page completes: classes, properties and codes of a release with their names, as one small file.

It is made at publish of the release's own description (VoID) and the code lists, so that the page asks the endpoint nothing while
somebody types.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.workspace import TERMS, sync
from odlinked.intake import own_documents
from odlinked.namespaces import RDF, RDFS, SKOS
from odlinked.rdf import ask, vocabulary
from odlinked.rdf.turtle import PrefixedNames

WORDS: Final = "ontologies/words/terms.toml"
"""Names of classes and properties of other vocabularies; our own have theirs as labels."""

_SAID: Final = frozenset(f"<{name}>".encode() for name in (RDF + "type", RDFS + "label", SKOS + "prefLabel", SKOS + "inScheme"))

CompletedTerm = list[str | int | list[int]]


def write(folder: Path, assets: Assets, described: bytes) -> None:
    """Write the terms of the release in `folder`, whose description is `described` (N-Triples)."""
    path = folder / TERMS
    path.write_bytes(made(assets, described))
    sync(path)


def made(assets: Assets, described: bytes) -> bytes:
    """Return the terms as JSON, the most used first; raise `AssetError` where a query or the words are invalid.

        classes     [name, zh-Hant, en, entities, [places of its properties in `properties`, the most used first]]
        properties  [name, zh-Hant, en, triples]
        codes       [name, zh-Hant, en, place of its list in `lists`]
        lists       [zh-Hant, en]

    A name is written as a query writes it: prefixed where a prefix of the project fits, else `<IRI>`.
    """
    prefixes = vocabulary.prefixes(assets)
    names, words = PrefixedNames(prefixes), _words(assets, prefixes)
    store = ox.Store()
    store.load(described + _naming(assets), format=ox.RdfFormat.N_TRIPLES)

    def term(row: Mapping[str, str], key: str) -> CompletedTerm:
        iri = row[key]
        zh, en = words.get(iri, ("", ""))
        return [names.short(iri) or f"<{iri}>", row.get("zh") or zh, row.get("en") or en]

    def rows(name: str, key: str) -> dict[str, dict[str, str]]:
        """Return the rows of a query by one variable, the first of each: a thing may have several names."""
        found: dict[str, dict[str, str]] = {}
        for row in ask.select(store, ask.load(assets, f"queries/terms/{name}.rq")):
            found.setdefault(row[key], row)
        return found

    properties = rows("properties", "property")
    places = {iri: place for place, iri in enumerate(properties)}
    used: dict[str, list[int]] = {}
    for row in ask.select(store, ask.load(assets, "queries/terms/class-properties.rq")):
        used.setdefault(row["class"], []).append(places[row["property"]])
    classes, codes = rows("classes", "class"), rows("codes", "code")
    lists = list(dict.fromkeys((row.get("listZh", ""), row.get("listEn", "")) for row in codes.values()))
    found = {
        "classes": [[*term(row, "class"), int(row["entities"]), used.get(iri, [])] for iri, row in classes.items()],
        "properties": [[*term(row, "property"), int(row["triples"])] for row in properties.values()],
        "codes": [[*term(row, "code"), lists.index((row.get("listZh", ""), row.get("listEn", "")))] for row in codes.values()],
        "lists": lists,
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _naming(assets: Assets) -> bytes:
    """Return what the vocabularies say of names and lists alone: loading the whole of them would take most of the time."""
    lines = (line for one in own_documents.vocabularies(assets) for line in one.lines)
    return b"".join(line + b"\n" for line in lines if line.split(b" ", 2)[1] in _SAID)


def _words(assets: Assets, prefixes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return IRI -> names; what has no prefix of the project is an IRI as it stands."""
    found: dict[str, tuple[str, str]] = {}
    for part in tomllib.loads(assets.text(WORDS)).values():
        for name, (zh, en) in part.items():
            prefix, _, local = name.partition(":")
            found[prefixes[prefix] + local if prefix in prefixes else name] = zh, en
    return found
