"""The terms that the query page completes: classes, properties and codes of a release with their names, as one small file.

It is made at publish of the release's own description (VoID) and the code lists, so that the page asks the endpoint nothing while
somebody types.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import TERMS, sync
from odlinked.intake import own_documents
from odlinked.namespaces import RDF, RDFS, SKOS
from odlinked.rdf import ask, vocabulary
from odlinked.rdf.turtle import PrefixedNames

WORDS: Final = "ontologies/words/terms.toml"
"""Names of classes and properties of other vocabularies; our own have theirs as labels."""

_LABEL: Final = f"<{RDFS}label>".encode()
_OF_CODES: Final = tuple(f"<{name}>".encode() for name in (RDF + "type", SKOS + "prefLabel", SKOS + "inScheme"))

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
    named = _named(assets, assets.stamp("ontologies/**/*.ttl"), assets.stamp("queries/terms/*.rq"))
    store = ox.Store()
    store.load(described + named.labels, format=ox.RdfFormat.N_TRIPLES)

    def term(row: Mapping[str, str], key: str) -> CompletedTerm:
        iri = row[key]
        zh, en = words.get(iri, ("", ""))
        return [names.short(iri) or f"<{iri}>", row.get("zh") or zh, row.get("en") or en]

    properties = _rows(assets, store, "properties", "property")
    places = {iri: place for place, iri in enumerate(properties)}
    used: dict[str, list[int]] = {}
    for row in ask.select(store, ask.load(assets, "queries/terms/class-properties.rq")):
        used.setdefault(row["class"], []).append(places[row["property"]])
    classes, codes = _rows(assets, store, "classes", "class"), named.codes
    lists = {pair: place for place, pair in enumerate(dict.fromkeys(map(_list_of, codes.values())))}
    found = {
        "classes": [[*term(row, "class"), int(row["entities"]), used.get(iri, [])] for iri, row in classes.items()],
        "properties": [[*term(row, "property"), int(row["triples"])] for row in properties.values()],
        "codes": [[*term(row, "code"), lists[_list_of(row)]] for row in codes.values()],
        "lists": list(lists),
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _list_of(code: Mapping[str, str]) -> tuple[str, str]:
    return code.get("listZh", ""), code.get("listEn", "")


def _rows(assets: Assets, store: ox.Store, name: str, key: str) -> dict[str, dict[str, str]]:
    """Return the rows of a query by one variable, the first of each: a thing may have several names."""
    found: dict[str, dict[str, str]] = {}
    for row in ask.select(store, ask.load(assets, f"queries/terms/{name}.rq")):
        found.setdefault(row[key], row)
    return found


class _Named(NamedTuple):
    """What the vocabularies name: the labels of classes and properties (N-Triples), and the codes by their IRIs."""

    labels: bytes
    codes: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def _named(assets: Assets, _stamp: object, _asked: object) -> _Named:
    """Read the names, once in a process while the files are unchanged."""
    said: dict[bytes, list[bytes]] = {}
    for one in own_documents.vocabularies(assets):
        for line in one.lines:
            said.setdefault(line.split(b" ", 2)[1], []).append(line)
    store = ox.Store()
    # Loading the whole of the vocabularies would take most of the time.
    store.load(_text(said, *_OF_CODES), format=ox.RdfFormat.N_TRIPLES)
    return _Named(_text(said, _LABEL), _rows(assets, store, "codes", "code"))


def _text(said: Mapping[bytes, list[bytes]], *predicates: bytes) -> bytes:
    return b"".join(line + b"\n" for predicate in predicates for line in said.get(predicate, ()))


def _words(assets: Assets, prefixes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return IRI -> names; what has no prefix of the project is an IRI as it stands."""
    found: dict[str, tuple[str, str]] = {}
    for part in tomllib.loads(assets.text(WORDS)).values():
        for name, (zh, en) in part.items():
            prefix, _, local = name.partition(":")
            found[prefixes[prefix] + local if prefix in prefixes else name] = zh, en
    return found
