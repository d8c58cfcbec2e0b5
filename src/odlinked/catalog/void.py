"""The catalogue's description of itself (VoID): where it stands, and where the catalogue can be had."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.archive import Archive
from odlinked.catalog.index import Entry
from odlinked.documents import Document, split
from odlinked.namespaces import FOAF
from odlinked.rdf import ask
from odlinked.rdf.ntriples import triples


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


def text_of(archive: Archive, entries: Mapping[str, Entry], base: str) -> bytes:
    """Return the description of a state, b"" where it has none yet."""
    entry = entries.get(iri_of(base))
    return (archive.text(entry.hash) or b"") if entry else b""


def address(archive: Archive, entries: Mapping[str, Entry], base: str) -> str:
    """Return the address that the description of a state states for the service, `base` where it states none."""
    stated = triples(text_of(archive, entries, base))
    return next((t.object.value.removesuffix("/") for t in stated if t.predicate == FOAF + "homepage"), base)
