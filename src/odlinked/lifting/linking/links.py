"""Accepted links as statements: from the rows whose values stand for known things, or from the codes of the dataset's own.

They are counted as they are written; in the end a `void:Linkset` for each kind of target says how many there are (Describing
Linked Datasets with the VoID Vocabulary, section 5).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from odlinked.assets import Assets
from odlinked.csvw import cells
from odlinked.csvw.annotated import AnnotatedCell, AnnotatedRow, ConceptOf, expanded
from odlinked.csvw.compile import MEMO_ENTRIES
from odlinked.csvw.lines import LinkedValues
from odlinked.csvw.model import Column, TableDescription
from odlinked.csvw.templates import Template
from odlinked.errors import AssetError, InputError
from odlinked.lifting.linking.link_file import ProposedLink
from odlinked.namespaces import ODL, RDF, VOID, XSD
from odlinked.rdf.ntriples import iri, typed

WORDS: Final = "ontologies/lifting/links.toml"
PROPERTY: Final = ODL + "linkProperty"
"""Common property of a column: how rows are linked to what its values stand for."""

_CERTAIN: Final = 96.0


@dataclass(frozen=True)
class LinkWords:
    """The properties that links are stated by."""

    kinds: Mapping[str, str]
    otherwise: str
    same: str
    close: str

    @classmethod
    def of(cls, assets: Assets) -> LinkWords:
        """Read them; raise `AssetError` for a file that cannot be used."""
        try:
            found = tomllib.loads(assets.text(WORDS))
            return cls(found["kinds"], found["otherwise"], found["same"], found["close"])
        except (tomllib.TOMLDecodeError, KeyError) as problem:
            raise AssetError(f"the properties of links cannot be read ({problem})", doing="reading the properties of links",
                             on=WORDS) from problem


class _LinkCounter:
    """Counts how many rows have each linked value of a column; other values are only remembered, up to a limit."""

    def __init__(self, column: Column, wanted: frozenset[str]) -> None:
        self._column, self._wanted = column, wanted
        self._memo: dict[str, str] = {}
        self.counts: Counter[str] = Counter()

    def take(self, text: str) -> None:
        """Count a cell."""
        value = self._memo.get(text)
        if value is None:
            read = cells.parse(text, self._column)
            value = read.values[0].lexical if read.values and not read.errors else ""
            value = value if value in self._wanted else ""
            if len(self._memo) >= MEMO_ENTRIES:
                self._memo.clear()
            self._memo[text] = value
        if value:
            self.counts[value] += 1


class TableLinks:
    """The accepted links of one table, as its rows pass: links of rows to things, and of codes of the dataset's own to others."""

    def __init__(self, table: TableDescription, links: Sequence[ProposedLink], words: LinkWords,
                 concepts: Mapping[str, ConceptOf]) -> None:
        self.table, self.words, self.concepts = table, words, concepts
        self.places = {unquote(column.name): place for place, column in enumerate(table.columns)
                       if not column.virtual and not column.suppress_output}
        used = [one for one in links if one.column in self.places]
        self.kinds = sorted({one.kind for one in used})
        self.of_rows = [one for one in used if not self._is_code(one)]
        self.of_codes = [one for one in used if self._is_code(one)]
        self.layers = self._layered()
        self._counters = [(self.places[name], _LinkCounter(table.columns[self.places[name]], frozenset(
            one.value for one in used if one.column == name))) for name in dict.fromkeys(one.column for one in used)]

    def _is_code(self, one: ProposedLink) -> bool:
        column = self.table.columns[self.places[one.column]]
        return column.value_url is not None or column.name in self.concepts

    def property_of(self, one: ProposedLink) -> str:
        """Return the property that a row is linked by."""
        given = self.table.columns[self.places[one.column]].annotations.get(PROPERTY)
        own = given.get("@id") if isinstance(given, dict) else given
        return str(own or self.words.kinds.get(one.kind, self.words.otherwise))

    def _layered(self) -> list[LinkedValues]:
        """Return the links of rows so that each value has one target in each layer."""
        layers: list[LinkedValues] = []
        for one in self.of_rows:
            name, prop = one.column, self.property_of(one)
            layer = next((each for each in layers if (each.column, each.property) == (name, prop)
                          and one.value not in each.targets), None)
            if layer is None:
                layer = LinkedValues(name, prop, {})
                layers.append(layer)
            layer.targets[one.value] = one.target
        return layers

    def take(self, found: Sequence[str]) -> None:
        """Count the values of a record."""
        for place, counter in self._counters:
            if place < len(found):
                counter.take(found[place])

    def counted(self) -> list[Counter[str]]:
        """Return how many rows have each linked value so far, column by column: what `add` takes in another process."""
        return [counter.counts for _, counter in self._counters]

    def add(self, counted: Sequence[Counter[str]]) -> None:
        """Take what was counted in other rows."""
        for (_, counter), counts in zip(self._counters, counted, strict=True):
            counter.counts += counts

    def row(self, row: AnnotatedRow) -> AnnotatedRow:
        """Return a row with its links as further cells."""
        more = []
        for layer in self.layers:
            cell = row.cells[self.places[layer.column]]
            target = layer.targets.get(cell.cell.values[0].lexical) if cell.cell.values and not cell.cell.errors else None
            if target:
                more.append(AnnotatedCell(cell.column, cell.cell, cell.about, layer.property, target))
        return row._replace(cells=(*row.cells, *more)) if more else row

    def written(self) -> Counter[tuple[str, str]]:
        """Return how many links were written, by kind of target and property: those of rows, one a row, and those of codes."""
        met = dict(self._counters)
        found: Counter[tuple[str, str]] = Counter()
        for one in self.of_rows:
            found[one.kind, self.property_of(one)] += met[self.places[one.column]].counts[one.value]
        for one, _, prop in self._codes():
            found[one.kind, prop] += 1
        return +found

    def _codes(self) -> Iterator[tuple[ProposedLink, str, str]]:
        """Yield the links of codes that rows have: the link, the code and the property."""
        met = dict(self._counters)
        for one in self.of_codes:
            place = self.places[one.column]
            column, known = self.table.columns[place], self.concepts.get(self.table.columns[place].name)
            if met[place].counts[one.value]:
                code = known(one.value) if known else expanded(
                    self.table, Template(column.value_url or ""), {column.name: one.value})
                if code:
                    yield one, code, self.words.same if one.score >= _CERTAIN else self.words.close

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the links of codes, then of the sets of links."""
        for one, code, prop in self._codes():
            yield f"{iri(code)} {iri(prop)} {iri(one.target)} .\n".encode("utf-8", "replace")
        totals = self.written()
        for number, kind in enumerate(self.kinds, 1):
            yield from self._linkset(number, kind, {prop: count for (of, prop), count in totals.items() if of == kind})

    def _linkset(self, number: int, kind: str, properties: Mapping[str, int]) -> Iterator[bytes]:
        if not properties:
            return
        table = self.table.url
        node, dataset = iri(f"{table}#links-{number}"), iri(table)
        yield f"{node} <{RDF}type> <{VOID}Linkset> .\n".encode()
        yield f"{node} <{VOID}subjectsTarget> {dataset} .\n".encode("utf-8", "replace")
        yield f"{node} <{VOID}objectsTarget> {iri(kind)} .\n".encode("utf-8", "replace")
        for prop in sorted(properties):
            yield f"{node} <{VOID}linkPredicate> {iri(prop)} .\n".encode("utf-8", "replace")
        yield f"{node} <{VOID}triples> {typed(str(sum(properties.values())), XSD + 'integer')} .\n".encode("utf-8", "replace")


def unknown(links: Sequence[ProposedLink], tables: Sequence[TableDescription], file: str) -> None:
    """Raise `InputError` where an accepted link is of a column that no table has: renamed, or another file's."""
    names = {unquote(column.name) for table in tables for column in table.columns}
    lost = sorted({one.column for one in links} - names)
    if lost:
        raise InputError(f"its accepted links are of a column that the file does not have: {', '.join(lost)}", doing="lifting",
                         on=file, next_step="Correct the column in the file of links, or run `odlinked link` again")
