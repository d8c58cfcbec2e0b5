"""The registry of organisations: by which names the organisations that a catalogue has published are known.

Only organisations with a record of their own count (form `oid-gds`) and the names in records of changes (`oid-changes`) count:
what dataset rows state about organisations would make the registry depend on itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.folding import fold
from odlinked.intake.relations import Related, Turn
from odlinked.kinds import Kind, select
from odlinked.queries import load

NAMES = "queries/documents/organization-names.rq"
SAYING = (Kind.ORGANIZATION, Kind.EVENT)
"""Kinds of record with names of organisations: what publishers are known by."""

_LOOK_AGAIN = "the published organisations changed: `odlinked publish --rebuild` looks the publishers of all datasets up anew"

Registry = dict[str, tuple[str, ...]]


def registry(archive: Archive, assets: Assets, entries: Mapping[str, Entry]) -> Registry:
    """Return folded name -> the last parts of the IRIs of all published organisations known by it, in order."""
    hashes = [entry.hash for entry in _saying(entries) if not _is_second(entry)]
    if not hashes:
        return {}
    store = ox.Store()
    store.bulk_load(b"".join(text for _, text in archive.texts(hashes)), format=ox.RdfFormat.N_TRIPLES)
    found: dict[str, set[str]] = {}
    rows = store.query(load(assets, NAMES).text)
    assert isinstance(rows, ox.QuerySolutions)  # noqa: S101 - narrows the engine's wider type
    for row in rows:
        found.setdefault(fold(row["name"].value), set()).add(row["organization"].value.rpartition("/")[2])
    return {name: tuple(sorted(organizations)) for name, organizations in found.items()}


def renamed(turn: Turn) -> Related:
    """Return a note where names lead to other organisations than before: datasets already published may now be identified
    differently.

    It writes nothing: which organisation a dataset's publisher is, is part of its mapping.
    """
    before, after = turn.before.entries, turn.after.entries
    if _own(before) == _own(after) or not turn.before.of(Kind.DATASET):
        return Related()
    archive = turn.after.texts.archive
    same = registry(archive, turn.assets, before) == registry(archive, turn.assets, after)
    return Related() if same else Related(notes=(_LOOK_AGAIN,))


def _own(entries: Mapping[str, Entry]) -> set[tuple[str, bytes]]:
    """Return (IRI, hash) of the records of organisations and of their changes."""
    return {(entry.iri, entry.hash) for entry in _saying(entries)}


def _saying(entries: Mapping[str, Entry]) -> Iterator[Entry]:
    """Yield the living records that a row made of organisations and of their changes."""
    for iri in select(entries, *SAYING):
        entry = entries[iri]
        if entry.key is not None and entry.state == "live":
            yield entry


def _is_second(entry: Entry) -> bool:
    """True when a record was minted because another source already had its IRI: it is not another organisation."""
    return entry.iri.rpartition("/")[2].startswith(f"{entry.source}.")
