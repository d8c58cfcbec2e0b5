"""Bringing a mirror up to date graph by graph: what is gone is deleted first, then what is new or differs is written.

Deletions come first so that a record taken down or erased leaves the mirror before anything else happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import NamedTuple

from odlinked.catalog.served.release import Release
from odlinked.errors import MirrorError
from odlinked.mirror import comparison
from odlinked.mirror.engine import GraphRefused, MirrorEngine
from odlinked.mirror.ledger import Ledger

_BATCH = 200
"""Graphs in doubt at a time: as many are written again after a crash."""

_MOST_REFUSED = 20
"""After so many refused graphs a run stops: the fault is not with single graphs."""

Progress = Callable[[str, int], None]


class Steps(NamedTuple):
    """What a run did: graphs written, removed, left as they were, and a line for each that the engine refused."""

    written: int
    removed: int
    kept: int
    refused: tuple[str, ...]


def update(engine: MirrorEngine, ledger: Ledger, release: Release, progress: Progress) -> Steps:
    """Make the mirror hold the documents of a release; raise `MirrorError` where the engine stops taking graphs.

    Whatever ends it, the ledger knows what the mirror holds, and the next run goes on from there.
    """
    wanted = comparison.wanted(release)
    look(engine, ledger, release.base, wanted)
    known = ledger.graphs()
    gone = sorted(known.keys() - wanted.keys())
    come = sorted(iri for iri, digest in wanted.items() if known.get(iri) != digest)
    refused: list[str] = []
    for batch in _batches(gone):
        ledger.doubt(batch)
        done: list[str] = []
        try:
            for graph in batch:
                if _taken(partial(engine.delete, graph), graph, refused):
                    done.append(graph)
                progress("remove", 1)
        finally:
            ledger.settle((), done)
    written = 0
    for batch in _batches(come):
        ledger.doubt(batch)
        sent: list[tuple[str, bytes]] = []
        try:
            for graph in batch:
                document = release.document(graph)
                if document is None:
                    raise MirrorError("its document is missing from the archive", doing="mirroring", on=graph)
                if _taken(partial(engine.put, graph, document.text), graph, refused):
                    sent.append((graph, document.hash))
                progress("write", 1)
        finally:
            ledger.settle(sent)
            written += len(sent)
    return Steps(written, len(gone), len(wanted) - len(come), tuple(refused))


def look(engine: MirrorEngine, ledger: Ledger, base: str, wanted: Mapping[str, bytes]) -> None:
    """Look whether the mirror still holds as many graphs as the ledger says; where not, learn which it holds."""
    known = ledger.graphs()
    if ledger.others >= 0 and None not in known.values() and engine.count() == len(known) + ledger.others:
        return
    ledger.found(*comparison.listed(engine, {**known, **wanted}, base))


def _taken(write: Callable[[], None], graph: str, refused: list[str]) -> bool:
    """Write a graph; note where the engine refuses it, and raise `MirrorError` where it refuses too many."""
    try:
        write()
    except GraphRefused as problem:
        refused.append(f"{graph}: {problem.why}")
        if len(refused) >= _MOST_REFUSED:
            raise MirrorError(f"{len(refused)} graphs were refused, the last: {problem.why}", doing="writing graph", on=graph,
                              next_step="Mend the engine's settings, then run `odlinked mirror` again") from problem
        return False
    return True


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while batch := list(islice(rest, _BATCH)):
        yield batch
