"""Meaning: CONSTRUCT queries turn the row graph into DCAT-AP, and the result is cut into one document a record.

A batch of rows lives in a throw-away Oxigraph store: the row graph in the default graph, code lists and context in named
graphs. First the form's `names` queries give rows and members their IRIs, then its `refines` make the triples.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import pyoxigraph as ox

from odlinked import documents
from odlinked.assets import Assets
from odlinked.documents import Derivation, Document
from odlinked.errors import AssetError
from odlinked.mapping import cells, codes, dates, fields, folding, lift, privacy, urls
from odlinked.mapping.forms import Binding, Form, prefix_map
from odlinked.tables import Row

BATCH = 1_000
"""Rows mapped together; more do not make it faster."""

PREPARE = "mappings/shared/prepare.rq"
"""What is said once about the code lists in a given context; its triples join the code graph."""

_CODES = ox.NamedNode("urn:odlinked:codes")
_CONTEXT = ox.NamedNode("urn:odlinked:context")
_NT = ox.RdfFormat.N_TRIPLES
_CODE: tuple[ModuleType, ...] = (cells, codes, dates, documents, fields, folding, lift, privacy, urls)


@dataclass(frozen=True)
class Context:
    """What a mapping needs to know beside the rows: the catalogue's `base`, the source's name, the time zone of bare times."""

    base: str
    source: str
    timezone: str = "+08:00"
    public_hosts: tuple[str, ...] = ()

    def graph(self) -> bytes:
        """Return the context as N-Triples."""
        subject = f"<{_CONTEXT.value}>".encode()
        pairs = (("base", self.base), ("source", self.source), ("timezone", self.timezone))
        return b"".join(subject + f" <{codes.ROWS}{name}> ".encode() + cells.plain(text) + b" .\n" for name, text in pairs)


@dataclass(frozen=True)
class Mapped:
    """What a row says: the same whatever other rows are mapped with it.

    `documents`: the record first, then what else is the row's own (a service), then shared ones (organisations).
    `places`: node IRI -> row and list member it came from. `shared`: IRIs of documents other rows make, too.
    A row that yields no record has no documents. `withdrawn`: the row takes its record down.
    """

    row: int
    documents: tuple[Document, ...]
    places: dict[str, Derivation]
    withdrawn: bool
    shared: frozenset[str]


class Mapper:
    """Maps the rows of one table. It can be pickled: what cannot travel is built again where it arrives."""

    def __init__(self, binding: Binding, assets: Assets, context: Context) -> None:
        self.binding, self.assets, self.context = binding, assets, context

    def __reduce__(self) -> tuple[type[Mapper], tuple[Binding, Assets, Context]]:
        return Mapper, (self.binding, self.assets, self.context)

    @property
    def form(self) -> Form:
        """The form the table is written on."""
        return self.binding.form

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of everything but the row a `Mapped` depends on: the mapping's part of a reuse key."""
        form = self.form
        total = hashlib.sha256()
        names = {form.asset, PREPARE, "ontologies/prefixes.ttl", *form.names, *form.refines, *self.assets.glob(codes.PATTERN)}
        total.update(self.assets.digest(names).encode())
        total.update(repr((self.context, self.binding.columns)).encode())
        for module in (*_CODE, inspect.getmodule(Mapper)):
            total.update(inspect.getsource(module).encode() if module else b"")
        return total.hexdigest()

    def map(self, rows: Sequence[Row]) -> list[Mapped]:
        """Map rows (of different numbers), in their order. Rows that make the same record are mapped one by one."""
        answer: list[Mapped] = []
        for start in range(0, len(rows), BATCH):
            answer += self._batch(rows[start:start + BATCH])
        return answer

    def ntriples(self, rows: Iterable[Row]) -> bytes:
        """Return what the queries make of rows, with control triples: for looking at a mapping."""
        store = self._store()
        store.bulk_load(self._lift.rows(rows), format=_NT)
        for query in self._names:
            store.bulk_load(_construct(store, query), format=_NT)
        return b"".join(_construct(store, query) for query in self._refines)

    def _batch(self, rows: Sequence[Row]) -> list[Mapped]:
        result = documents.split(self.ntriples(rows))
        self._check(result)
        owners: dict[str, set[int]] = {}
        places: dict[int, dict[str, Derivation]] = {}
        for node, derivations in result.derived.items():
            record = node.split("#", 1)[0]
            for derivation in derivations:
                owners.setdefault(record, set()).add(derivation.row)
                places.setdefault(derivation.row, {}).setdefault(node, derivation)
        tangled = {number for numbers in owners.values() if len(numbers) > 1 for number in numbers}
        own: dict[int, list[str]] = {}
        for record, numbers in owners.items():
            for number in numbers:
                own.setdefault(number, []).append(record)
        shared: dict[int, list[str]] = {}
        for record, numbers in result.mentioned.items():
            for number in numbers:
                shared.setdefault(number, []).append(record)
        answer = []
        for row in rows:
            if row.number in tangled and len(rows) > 1:
                answer += self._batch([row])
                continue
            answer.append(_mapped(row.number, own.get(row.number, []), shared.get(row.number, []),
                                  places.get(row.number, {}), result))
        return answer

    def _check(self, result: documents.Split) -> None:
        """Raise `AssetError` for a mapping that makes nodes outside every record: its author's fault, not the data's."""
        placed = {node.split("#", 1)[0] for node in result.derived} | result.mentioned.keys()
        lost = sorted(result.strays) + sorted(result.documents.keys() - placed)
        if lost:
            raise AssetError(f"it makes the node {lost[0]}, which belongs to no record", doing="mapping with the form",
                             on=self.form.name, next_step="Name every node under its record and say ctl:derivedFrom or ctl:mentionedIn")

    @cached_property
    def _code_lists(self) -> codes.Codes:
        return codes.load(self.assets)

    @cached_property
    def _lift(self) -> lift.Lift:
        return lift.Lift(self.binding, self._code_lists.index, self.context.public_hosts)

    @cached_property
    def _code_graph(self) -> bytes:
        """The code lists and what `prepare.rq` says of them here."""
        store = ox.Store()
        store.bulk_load(self._code_lists.graph, format=_NT, to_graph=_CODES)
        store.bulk_load(self.context.graph(), format=_NT, to_graph=_CONTEXT)
        return self._code_lists.graph + _construct(store, self._query(PREPARE))

    @cached_property
    def _names(self) -> list[str]:
        return [self._query(name) for name in self.form.names]

    @cached_property
    def _refines(self) -> list[str]:
        return [self._query(name) for name in self.form.refines]

    @cached_property
    def _prologue(self) -> str:
        return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in prefix_map(self.assets).items())

    def _query(self, name: str) -> str:
        """Return a query with the project's prefixes before it (its own PREFIX lines come later and win)."""
        return self._prologue + self.assets.text(name)

    def _store(self) -> ox.Store:
        store = ox.Store()
        store.bulk_load(self._code_graph, format=_NT, to_graph=_CODES)
        store.bulk_load(self.context.graph(), format=_NT, to_graph=_CONTEXT)
        return store


def _construct(store: ox.Store, query: str) -> bytes:
    try:
        result = store.query(query)
    except SyntaxError as problem:
        raise AssetError(str(problem), doing="running a mapping query", on=query.rsplit("\n", 3)[0][-60:]) from problem
    if not isinstance(result, ox.QueryTriples):
        raise AssetError("it is no CONSTRUCT", doing="running a mapping query")
    return result.serialize(format=_NT) or b""


def _mapped(number: int, own: list[str], shared: list[str], places: dict[str, Derivation], result: documents.Split) -> Mapped:
    """Put together what one row made: datasets before services, then shared documents by IRI."""
    own = sorted(own, key=lambda iri: ("/id/dataset/" not in iri, iri))
    if not own:
        return Mapped(number, (), {}, False, frozenset())
    texts = tuple(result.documents[iri] for iri in (*own, *sorted(shared)) if iri in result.documents)
    return Mapped(number, texts, places, any(iri in result.withdrawn for iri in own), frozenset(shared))
