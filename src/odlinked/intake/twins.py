"""Datasets that a person calls the same: each has what the other states and it does not, said to be the other's.

What comes from a twin hangs on a node of its own, `…#twin-HASH`, which names the twin it was derived from: nothing is counted
twice, and no badge is anybody's but the record's that earned it. Where the twin goes, so do its facts. Which statements are
carried is said by `queries/documents/twin.rq`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import pyoxigraph as ox

from odlinked.intake.relations import Turn
from odlinked.kinds import quality_iri
from odlinked.namespaces import ODL, OWL
from odlinked.rdf import ask, ntriples

SAME_AS: Final = f"<{OWL}sameAs>"
_QUERY: Final = "queries/documents/twin.rq"
_TWIN: Final = f"<{ODL}twin>"
_STATEMENT: Final = f"<{ODL}twinStatement>"


def placed(iri: str) -> tuple[bytes, ...]:
    """Return how the lines begin that a document has from twins, but for `owl:sameAs`."""
    return tuple(start.encode() for start in (f"<{iri}> {_TWIN} ", f"<{iri}> {_STATEMENT} ", f"<{iri}#twin-"))


def carried(turn: Turn, twins: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, list[bytes]]]:
    """Yield datasets with the lines that their twins give them; both of each pair live."""
    query = ask.load(turn.assets, _QUERY)
    for one, other in (order for pair in twins for order in (pair, pair[::-1])):
        store = ox.Store()
        for iri in (one, other):
            own = b"\n".join(line for line in turn.after.text(iri).split(b"\n") if not line.startswith(placed(iri)))
            store.load(own, format=ox.RdfFormat.N_TRIPLES, lenient=True)
        node = f"{one}#twin-{hashlib.sha256(other.encode()).hexdigest()[:16]}"
        made = ask.construct(store, query, dataset=one, twin=other, node=node, quality=quality_iri(other))
        lines = [ntriples.spelled(line) for line in made.split(b"\n") if line]
        yield one, [*lines, f"<{one}> {SAME_AS} <{other}> .".encode(), f"<{one}> {_TWIN} <{other}> .".encode()]
