"""An Oxigraph directory for a release: bulk loaded once, then carried forward by the difference.

Strings come in as canonical N-Triples. Oxigraph keeps values, not spellings: served RDF comes from the documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from odlinked.errors import WorkspaceError

PIECE = 80_000_000
"""Bytes loaded at once, about half a million triples: a whole national list at once takes 1.6 GB, pieces 0.5 GB and no longer."""


def build(folder: Path, text: Iterable[bytes], piece: int = PIECE) -> None:
    """Bulk load N-Triples (whole lines) into a new store at `folder`, about `piece` bytes at a time, and optimise it.

    A piece is written to a file first: Oxigraph then parses it on all cores. Raise `WorkspaceError` where a line is refused.
    """
    _load(folder, text, ox.RdfFormat.N_TRIPLES, piece)


def add(folder: Path, quads: Iterable[bytes], piece: int = PIECE) -> None:
    """Bulk load N-Quads (whole lines) into the store at `folder`, which no release is served from yet; raise as `build`."""
    _load(folder, quads, ox.RdfFormat.N_QUADS, piece)


def remove_graphs(folder: Path, graphs: Iterable[str]) -> None:
    """Remove named graphs from the store at `folder`, which no release is served from yet."""
    store = ox.Store(str(folder))
    for graph in graphs:
        store.remove_graph(ox.NamedNode(graph))
    store.flush()
    del store


def _load(folder: Path, text: Iterable[bytes], style: ox.RdfFormat, piece: int) -> None:
    spool = folder.with_suffix(".spool")
    store = ox.Store(str(folder))
    source = iter(text)
    try:
        while _spooled(source, spool, piece):
            store.bulk_load(path=str(spool), format=style, lenient=False)
    except (SyntaxError, ValueError) as problem:
        raise WorkspaceError(f"the store refuses a document: {problem}", doing="loading", on=str(folder)) from problem
    finally:
        spool.unlink(missing_ok=True)
    store.optimize()
    store.flush()
    del store


def _spooled(source: Iterator[bytes], spool: Path, piece: int) -> int:
    """Write texts to a file until it has `piece` bytes, and return how many it has: none at the end."""
    size = 0
    with spool.open("wb") as file:
        for text in source:
            size += file.write(text)
            if size >= piece:
                break
    return size


def carry(previous: Path, folder: Path, removed: Iterable[bytes], added: Iterable[bytes]) -> None:
    """Make the store at `folder` from `previous` (hard links, both stay whole) and the triples that differ.

    `removed` and `added` are N-Triples lines. Removal before addition, in one flush.
    """
    source = ox.Store.read_only(str(previous))
    source.backup(str(folder))
    del source
    amend(folder, removed, added)


def amend(folder: Path, removed: Iterable[bytes], added: Iterable[bytes]) -> None:
    """Remove and then add N-Triples lines in the store at `folder`, which no release is served from yet."""
    store = ox.Store(str(folder))
    for quad in _quads(removed):
        store.remove(quad)
    store.extend(_quads(added))
    store.flush()
    del store


def difference(old: bytes, new: bytes) -> tuple[set[bytes], set[bytes]]:
    """Return (removed, added) lines that turn the store's image of document `old` into that of `new`.

    Two spellings of one value are one triple in the store: what stays of a subject and predicate that lost a line is
    added again, so that removing `"056"` does not take `"56"` with it.
    """
    before, after = set(old.split(b"\n")) - {b""}, set(new.split(b"\n")) - {b""}
    removed = before - after
    touched = {tuple(line.split(b" ", 2)[:2]) for line in removed}
    added = {line for line in after if line not in before or tuple(line.split(b" ", 2)[:2]) in touched}
    return removed, added


def _quads(lines: Iterable[bytes]) -> Iterable[ox.Quad]:
    text = b"\n".join(lines)
    return ox.parse(text, format=ox.RdfFormat.N_TRIPLES) if text else ()


class Folding:
    """Finds the value a store keeps for a typed literal: `"056"^^xsd:integer` -> `"56"^^xsd:integer`."""

    def __init__(self) -> None:
        self._store = ox.Store()
        self._known: dict[tuple[str, str], str] = {}
        self._node = ox.NamedNode("urn:odlinked:folding")

    def folded(self, value: str, datatype: str) -> str:
        """Return the N-Triples term Oxigraph gives back for the literal (memoised, bounded)."""
        key = (value, datatype)
        found = self._known.get(key)
        if found is None:
            literal = ox.Literal(value, datatype=ox.NamedNode(datatype))
            quad = ox.Quad(self._node, self._node, literal)
            self._store.add(quad)
            found = str(next(iter(self._store.quads_for_pattern(None, None, None))).object)
            self._store.remove(quad)
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[key] = found
        return found
