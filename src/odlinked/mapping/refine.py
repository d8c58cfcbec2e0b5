"""Meaning: CONSTRUCT queries turn the row graph into DCAT-AP, and the result is split into one document a record.

A batch of rows lives in a throw-away Oxigraph store: the row graph in the default graph, code lists and context in named
graphs. First the form's `names` queries give rows and members their IRIs, then its `refines` make the triples.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from odlinked import documents
from odlinked.assets import Assets
from odlinked.csvw.model import Column
from odlinked.documents import Derivation, Document
from odlinked.errors import AssetError
from odlinked.kinds import Kind
from odlinked.mapping import codes, conditions, copies, lift, openings, organizations, triples
from odlinked.mapping.forms import Binding, Form
from odlinked.mapping.gate import Passed, RowGate
from odlinked.mapping.verdicts import RowVerdict
from odlinked.namespaces import CODE, DCAT
from odlinked.persons import words
from odlinked.queries import Query
from odlinked.rdf import ask
from odlinked.sheets.tables import Row

EDITION: Final = 3
"""Raised where a code change gives other documents or findings for a row than before: a part of every row's reuse key.

`tests/test_editions.py` ties it to the code it stands for, and says what to do where that has changed.
"""

BATCH = 1_000
"""Rows mapped together; more do not make it faster."""

PREPARE = "mappings/shared/prepare.rq"
"""Derived once from the code lists in a given context; its triples join the code graph."""

CODES: Final = ox.NamedNode("urn:odlinked:codes")
CONTEXT: Final = ox.NamedNode("urn:odlinked:context")
"""The graphs in which queries of mappings find code lists, and the catalogue's base and time zone."""

_NT = ox.RdfFormat.N_TRIPLES
_READ = re.compile(r"\brow:(\w+)")


@dataclass(frozen=True)
class MappingContext:
    """What a mapping needs to know in addition to the rows: the catalogue's `base`, the source's name, the time zone of bare
    times."""

    base: str
    source: str
    timezone: str = "+08:00"
    public_hosts: tuple[str, ...] = ()

    def graph(self) -> bytes:
        """Return the context as N-Triples."""
        subject = f"<{CONTEXT.value}>".encode()
        pairs = (("base", self.base), ("source", self.source), ("timezone", self.timezone))
        return b"".join(subject + f" <{codes.ROWS}{name}> ".encode() + triples.plain(text) + b" .\n" for name, text in pairs)


@dataclass(frozen=True)
class Mapped:
    """The result of mapping a row: the same whatever other rows are mapped with it.

    `documents`: the record first, then what else is the row's own (a service), then shared ones (organisations). `places`: node
    IRI -> row and list member it came from. `shared`: IRIs of documents that other rows make as well. A row that yields no record
    has no documents; where the gate holds it back, `verdict` has the reason and `claims` the IRIs of the records it would make.
    `withdrawn`: the row takes its record down. `standing`: "deferred" where the row's approval is still pending, else "withheld",
    "restricted" (on request) or "".
    """

    row: int
    documents: tuple[Document, ...]
    places: dict[str, Derivation]
    withdrawn: bool
    shared: frozenset[str]
    standing: str = ""
    verdict: RowVerdict | None = None
    claims: tuple[str, ...] = ()


class Mapper:
    """Maps the rows of one table. It can be pickled: what cannot be pickled is rebuilt on arrival."""

    def __init__(self, binding: Binding, assets: Assets, context: MappingContext,
                 registry: organizations.Registry | None = None) -> None:
        self.binding, self.assets, self.context, self.registry = binding, assets, context, registry

    def __reduce__(self) -> tuple[type[Mapper], tuple[Binding, Assets, MappingContext, organizations.Registry | None]]:
        return Mapper, (self.binding, self.assets, self.context, self.registry)

    @property
    def form(self) -> Form:
        """The form the table is written on."""
        return self.binding.form

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of everything that a `Mapped` depends on, except for the row and what it `joins`: its part of a reuse
        key."""
        form = self.form
        names = {form.asset, *form.extended, PREPARE, openings.ASSET, conditions.ASSET, organizations.UNITS,
                 "ontologies/prefixes.ttl", *form.names, *form.refines, *self.assets.glob(codes.PATTERN),
                 *self.assets.glob(words.PATTERN)}
        total = hashlib.sha256(self.assets.digest(names).encode())
        total.update(repr((EDITION, astuple(self.context), self.binding.columns, ox.__version__)).encode())
        return total.hexdigest()

    @cached_property
    def gate(self) -> RowGate:
        """The gate that every row of the table passes."""
        return RowGate(self.binding, self.assets, self._code_lists.index)

    def joins(self, row: Passed) -> str:
        """Return what of the organisation registry the row joins, "" for nothing: the rest of its reuse key."""
        cells = [(row.cells[place], column) for place, column in self._organization_columns if place < len(row.cells)]
        return organizations.answers(cells, self.registry, self._listed, self._units)

    @cached_property
    def _organization_columns(self) -> list[tuple[int, Column]]:
        return [(place, column) for column, place in zip(self.form.columns, self.binding.columns, strict=True)
                if place is not None and organizations.is_named(column)] if self.registry else []

    @cached_property
    def _units(self) -> organizations.Units:
        return organizations.Units.load(self.assets)

    @cached_property
    def _listed(self) -> Mapping[str, str]:
        return self._code_lists.index.get(organizations.SCHEME, {})

    def map(self, rows: Sequence[Row | Passed]) -> list[Mapped]:
        """Map rows (with different numbers), in their order; a row that has not passed the gate passes it first.

        Rows that would make one document together, the same record or an organisation spelled in two ways, are mapped separately,
        so that each result depends on its row alone.
        """
        passed = list(self.gate.rows(rows))
        answer = {row.number: self._held(row) for row in passed if row.verdict}
        records = [Row(row.number, row.cells) for row in passed if not row.verdict]
        for start in range(0, len(records), BATCH):
            for part in self._lift.apart(records[start:start + BATCH]):
                answer.update(self._batch(part))
        return [answer[row.number] for row in passed]

    def _held(self, row: Passed) -> Mapped:
        """Return the result for a row that makes no record: why, and which records it would make."""
        made = self._batch([Row(row.number, row.cells)])[row.number] if any(row.cells) else None
        claims = tuple(d.iri for d in made.documents if d.iri not in made.shared) if made else ()
        return Mapped(row.number, (), {}, False, frozenset(), verdict=row.verdict, claims=claims)

    def ntriples(self, rows: Iterable[Row | Passed]) -> bytes:
        """Return what the queries construct from rows, with control triples: for inspecting a mapping."""
        made, copied = self._constructed(Row(row.number, row.cells) for row in self.gate.rows(rows) if not row.verdict)
        return made + b"".join(line + b"\n" for lines in copied.values() for line in lines)

    def row_graphs(self, rows: Iterable[Row | Passed]) -> bytes:
        """Return rows as the queries find them, a small graph each (N-Triples): for looking at a mapping."""
        given = (Row(row.number, row.cells) for row in self.gate.rows(rows) if not row.verdict)
        return b"".join(self._lifting({}, self._read(self._queries)).rows(given).lines)

    def _constructed(self, rows: Iterable[Row]) -> tuple[bytes, dict[bytes, list[bytes]]]:
        """Return what the queries construct from rows, as N-Triples, and what they copy, as lines by subject."""
        store, lifted, named = self._store(), self._lift.rows(rows), list[bytes]()
        store.bulk_load(b"".join(lifted.lines), format=_NT)

        def noted(made: bytes) -> bytes:
            named.append(made)
            return made

        made = ask.run(store, self._stages, noted)
        return made, self._copies.lines(lifted.copied, named)

    def _batch(self, rows: Sequence[Row]) -> dict[int, Mapped]:
        """Return the results by row number."""
        result = documents.split(*self._constructed(rows))
        self._check(result)
        owned: dict[int, set[str]] = {}
        owners: dict[str, set[int]] = {}
        places: dict[int, dict[str, Derivation]] = {}
        for node, derivations in result.derived.items():
            record = node.split("#", 1)[0]
            for place in derivations:
                owned.setdefault(place.row, set()).add(record)
                owners.setdefault(record, set()).add(place.row)
                mine = places.setdefault(place.row, {})
                mine[node] = min(place, mine.get(node, place))
        shared: dict[int, list[str]] = {}
        for record, numbers in result.mentioned.items():
            for number in numbers:
                shared.setdefault(number, []).append(record)
        tangled = {number for numbers in owners.values() if len(numbers) > 1 for number in numbers}
        answer = {row.number: _mapped(row.number, owned.get(row.number, set()), shared.get(row.number, []),
                                      places.get(row.number, {}), result) for row in rows if row.number not in tangled}
        for layer in _layers([row for row in rows if row.number in tangled], owned):
            answer.update(self._batch(layer))
        return answer

    def _check(self, result: documents.Split) -> None:
        """Raise `AssetError` for a mapping that makes nodes outside every record: a fault of its author, not of the data."""
        placed = {node.split("#", 1)[0] for node in result.derived} | result.mentioned.keys()
        lost = sorted(result.strays) + sorted(result.documents.keys() - placed)
        if lost:
            raise AssetError(f"it makes the node {lost[0]}, which belongs to no record", doing="mapping with the form",
                             on=self.form.name,
                             next_step="Name every node under its record and state ctl:derivedFrom or ctl:mentionedIn")

    @cached_property
    def _code_lists(self) -> codes.CodeLists:
        return codes.load(self.assets)

    @cached_property
    def _lift(self) -> lift.Lift:
        return self._lifting(self._copies.marked, self._read([query for stage in self._stages for query in stage.queries]))

    def _lifting(self, copied: Mapping[str, tuple[bytes, ...]], wanted: Container[str]) -> lift.Lift:
        context = self.context
        index = self._code_lists.index
        use = conditions.Conditions.load(self.assets, index.get(CODE + "use-condition", {}), index.get(CODE + "fee", {}))
        return lift.Lift(self.binding, triples.Reading(index, context.timezone, context.public_hosts, wanted, self.registry,
                                                       context.base, self._units, openings.Openings.load(self.assets), use,
                                                       copied, self.assets))

    @staticmethod
    def _read(queries: Iterable[Query]) -> set[str]:
        """Return the names that queries read."""
        return {name for query in queries for name in _READ.findall(query.text)}

    @cached_property
    def _code_graph(self) -> bytes:
        """The code lists and what `prepare.rq` derives from them here."""
        store = ox.Store()
        store.bulk_load(self._code_lists.graph, format=_NT, to_graph=CODES)
        store.bulk_load(self.context.graph(), format=_NT, to_graph=CONTEXT)
        return self._code_lists.graph + ask.construct(store, ask.load(self.assets, PREPARE))

    @cached_property
    def _carried(self) -> bytes:
        """The properties of a dataset that the table can fill, as N-Triples: its columns feed them."""
        paths = sorted({path for cls, path in self.binding.carries if cls == DCAT + "Dataset"})
        return "".join(f"<{CONTEXT.value}> <{codes.ROWS}carries> <{path}> .\n" for path in paths).encode()

    @cached_property
    def _queries(self) -> tuple[Query, ...]:
        return tuple(ask.load(self.assets, name) for name in (*self.form.names, *self.form.refines))

    @cached_property
    def _copied(self) -> tuple[copies.Copies, list[Query]]:
        return copies.found(self._queries[len(self.form.names):])

    @property
    def _copies(self) -> copies.Copies:
        return self._copied[0]

    @cached_property
    def _stages(self) -> tuple[ask.Stage, ...]:
        """The form's queries: `odl:names`, each of which sees the names given by those before it, then what `odl:refines` do not
        only copy."""
        names = self._queries[:len(self.form.names)]
        return ask.Stage(names, in_turn=True), ask.Stage(self._copied[1], answers=True)

    def _store(self) -> ox.Store:
        store = ox.Store()
        store.bulk_load(self._code_graph, format=_NT, to_graph=CODES, lenient=True)
        store.bulk_load(self.context.graph() + self._carried, format=_NT, to_graph=CONTEXT)
        return store


def _layers(rows: Sequence[Row], owned: Mapping[int, set[str]]) -> list[list[Row]]:
    """Distribute rows into layers so that no two of a layer own the same record."""
    layers: list[list[Row]] = []
    depth: dict[str, int] = {}
    for row in rows:
        records = owned[row.number]
        level = max(depth.get(record, 0) for record in records)
        depth.update((record, level + 1) for record in records)
        if level == len(layers):
            layers.append([])
        layers[level].append(row)
    return layers


def _mapped(number: int, owned: set[str], shared: list[str], places: dict[str, Derivation], result: documents.Split) -> Mapped:
    """Assemble the result of one row: datasets before services, then shared documents by IRI."""
    if not owned:
        return Mapped(number, (), {}, False, frozenset())
    own = sorted(owned, key=lambda iri: (Kind.of(iri) is not Kind.DATASET, iri))
    texts = tuple(result.documents[iri] for iri in (*own, *sorted(shared)) if iri in result.documents)
    states = set().union(*(result.standing.get(iri, ()) for iri in own))
    standing = next((one for one in ("deferred", "withheld", "restricted") if one in states), "")
    return Mapped(number, texts, places, any(iri in result.withdrawn for iri in own), frozenset(shared), standing)
