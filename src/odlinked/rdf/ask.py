"""Running the project's own queries on a store: the one way a `.rq` of the assets is run.

Every query declares the prefixes it uses, so that it runs as it is in any SPARQL tool. Here the prefixes of
`ontologies/prefixes.ttl` are put before it nevertheless, on its first line: an overlay's query may leave them out, its own
declarations win, and the line number of an error stays that of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from odlinked import queries
from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.queries import Query
from odlinked.rdf import vocabulary

_NT: Final = ox.RdfFormat.N_TRIPLES

QueryValue = str | int | None
"""What a parameter is bound to; None leaves it unbound."""


def load(assets: Assets, name: str) -> Query:
    """Return query `name` of the assets with the project's prefixes before it; raise `AssetError` if it does not exist."""
    prologue = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in vocabulary.prefixes(assets).items())
    return Query(name, queries.load(assets, name).text, prologue)


def construct(store: ox.Store, query: Query, **values: QueryValue) -> bytes:
    """Return what a CONSTRUCT makes, as N-Triples; raise `AssetError` for a query that cannot run or is not a CONSTRUCT.

    Raise `QueryError` for values that are not those of its parameters.
    """
    found = _run(store, query, values)
    if not isinstance(found, ox.QueryTriples):
        raise AssetError("it is no CONSTRUCT", doing="running the query", on=query.name)
    return found.serialize(format=_NT) or b""


def solutions(store: ox.Store, query: Query, **values: QueryValue) -> Iterator[dict[str, Any]]:
    """Yield the rows of a SELECT: variable -> term of pyoxigraph, unbound variables left out. Raise as `construct`."""
    found = _run(store, query, values)
    if not isinstance(found, ox.QuerySolutions):
        raise AssetError("it is no SELECT", doing="running the query", on=query.name)
    names = [variable.value for variable in found.variables]
    for row in found:
        yield {name: term for name, term in zip(names, row, strict=True) if term is not None}


def select(store: ox.Store, query: Query, **values: QueryValue) -> Iterator[dict[str, str]]:
    """Yield the rows of a SELECT as text: variable -> IRI or the literal's text. Unbound variables are left out."""
    for row in solutions(store, query, **values):
        yield {name: str(getattr(term, "value", "")) for name, term in row.items()}


def _run(store: ox.Store, query: Query, values: dict[str, QueryValue]) -> Any:
    bound = query.bindings(**values) if values or query.parameters else None
    try:
        return store.query(query.prologue + query.text, substitutions=bound)
    except SyntaxError as problem:
        raise AssetError(f"it cannot be read ({problem})", doing="running the query", on=query.name) from problem


@dataclass(frozen=True)
class Stage:
    """CONSTRUCT queries that run one after the other.

    Their results are loaded into the store before the next stage begins, so that no query sees the results of another one of its
    stage; with `in_turn`, before the next query begins. With `answers` they are the result of the pipeline and are not loaded.
    """

    queries: Sequence[Query]
    in_turn: bool = False
    answers: bool = False


def run(store: ox.Store, stages: Sequence[Stage], sift: Callable[[bytes], bytes] = bytes) -> bytes:
    """Run a pipeline of CONSTRUCTs over a store; return the results of the stages that answer, as N-Triples.

    The result of a query of another stage is passed to `sift`, which returns what of it is to be loaded. Raise `AssetError` as
    `construct` does.
    """
    answers: list[bytes] = []
    for stage in stages:
        waiting: list[bytes] = []
        for query in stage.queries:
            made = construct(store, query)
            if stage.answers:
                answers.append(made)
            elif stage.in_turn:
                _take(store, sift(made))
            else:
                waiting.append(made)
        for made in waiting:
            _take(store, sift(made))
    return b"".join(answers)


def _take(store: ox.Store, ntriples: bytes) -> None:
    store.load(ntriples, format=_NT, lenient=True)  # the engine's output is well-formed
