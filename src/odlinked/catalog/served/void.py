"""The catalogue's description of itself (VoID): where it stands, and where the catalogue can be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.documents import Document, split
from odlinked.namespaces import FOAF, VOID
from odlinked.rdf import ask
from odlinked.rdf.ntriples import triples

TOTALS: Final[tuple[str, ...]] = ("triples", "documents", "entities", "classes", "properties")
"""What is counted of the data as a whole, by the names of VoID."""


def iri_of(base: str) -> str:
    """Return the IRI of the description."""
    return f"{base}/void"


def data_of(base: str) -> str:
    """Return the IRI of what is described."""
    return f"{base}/void#data"


def access(assets: Assets, data: str, home: str, dump: str, endpoint: str | None) -> Document:
    """Return where the catalogue can be had, as a document; without `endpoint` no queries are answered."""
    query = ask.load(assets, "queries/void/access.rq")
    text = ask.construct(ox.Store(), query, data=data, home=home, dump=dump, endpoint=endpoint)
    return split(text).documents[data.partition("#")[0]]


class DescribedCounts(NamedTuple):
    """What a description counts: totals by the name of VoID's property (`triples`, `entities`, …), how many nodes each class has
    and how many statements each property, the most frequent first."""

    totals: Mapping[str, int]
    classes: Sequence[tuple[str, int]]
    properties: Sequence[tuple[str, int]]


def counted(description: bytes, data: str) -> DescribedCounts:
    """Return the counts that a description states of `data`; those of parts of parts are left out."""
    said: dict[str, dict[str, str]] = {}
    parts: list[str] = []
    for subject, predicate, value in triples(description):
        if predicate.startswith(VOID):
            name = predicate.removeprefix(VOID)
            said.setdefault(subject, {})[name] = value.value
            if subject == data and name in ("classPartition", "propertyPartition"):
                parts.append(value.value)
    found: dict[str, list[tuple[str, int]]] = {"class": [], "property": []}
    for part in parts:
        of = said.get(part, {})
        for kind, number in (("class", "entities"), ("property", "triples")):
            if kind in of and number in of:
                found[kind].append((of[kind], int(of[number])))
    classes, properties = (sorted(one, key=lambda pair: (-pair[1], pair[0])) for one in found.values())
    totals: dict[str, int] = {name: int(said[data][name]) for name in TOTALS if name in said.get(data, {})}
    return DescribedCounts(totals, classes, properties)


def text_of(archive: Archive, entries: Mapping[str, Entry], base: str) -> bytes:
    """Return the description of a state, b"" where it has none yet."""
    entry = entries.get(iri_of(base))
    return (archive.text(entry.hash) or b"") if entry else b""


def address(archive: Archive, entries: Mapping[str, Entry], base: str) -> str:
    """Return the address that the description of a state states for the service, `base` where it states none."""
    stated = triples(text_of(archive, entries, base))
    return next((t.object.value.removesuffix("/") for t in stated if t.predicate == FOAF + "homepage"), base)
