"""Which predicates have values whose text in the documents is another than the store's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox

_MOST: Final = 2_000
"""Most values that are looked for in the store."""


def predicates(spellings: Mapping[str, str], path: Path) -> frozenset[str] | None:
    """Return the predicates of the store at `path` with such values ("007", P12M), by folded term -> original spelling.

    None where there are too many such values to look for: any predicate may have them.
    """
    other = [folded for folded, original in spellings.items() if folded.rpartition('"')[0] != original.rpartition('"')[0]]
    if len(other) > _MOST:
        return None
    store = ox.Store.read_only(str(path))
    lines = "".join(f"<urn:x> <urn:x> {term} .\n" for term in other)
    terms = (statement.object for statement in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES))
    return frozenset(quad.predicate.value for term in terms for quad in store.quads_for_pattern(None, None, term))
