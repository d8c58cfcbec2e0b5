"""Which predicates of a release have values whose text is another than the store's."""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from odlinked.catalog.release import Release

MOST: Final = 2_000
"""Most values that are looked for in the store, to know the predicates that have them."""


def respelled(release: Release) -> frozenset[str] | None:
    """Return the predicates with values whose text is another than the store's ("007", P12M); None where there are too many such
    values to look for: any predicate may have them."""
    pairs = release.spellings().items()
    other = [folded for folded, original in pairs if folded.rpartition('"')[0] != original.rpartition('"')[0]]
    if len(other) > MOST:
        return None
    store = ox.Store.read_only(str(release.store_path))
    lines = "".join(f"<urn:x> <urn:x> {term} .\n" for term in other)
    terms = (statement.object for statement in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES))
    return frozenset(quad.predicate.value for term in terms for quad in store.quads_for_pattern(None, None, term))
