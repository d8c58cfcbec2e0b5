"""RDF from tables: csv2rdf, standard and minimal mode (Generating RDF from Tabular Data on the Web)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from odlinked.csvw.annotated import AnnotatedCell, AnnotatedGroup, AnnotatedRow, AnnotatedTable
from odlinked.csvw.compile import term
from odlinked.csvw.model import Common, TableDescription, TableGroup
from odlinked.csvw.terms import PREFIXES, expand, expand_type
from odlinked.namespaces import CSVW, RDF, RDFS, XSD
from odlinked.rdf.ntriples import encode, iri, string, tagged, typed

_TYPE, _FIRST, _REST, _NIL = (f"<{RDF}{name}>" for name in ("type", "first", "rest", "nil"))


def convert(read: AnnotatedGroup, *, minimal: bool = False) -> Iterator[bytes]:
    """Yield the N-Triples lines (no line breaks) generated from a group of tables.

    Minimal mode has the cells' triples only; standard mode adds their rows and tables. Blank node labels are `_:b0`, `_:b1` … in
    order, those of a row `_:t1r5b0` (table and row); repeats are possible.
    """
    return CsvwWriter(minimal).group(read)


def _line(subject: str, predicate: str, object_: str) -> bytes:
    return f"{subject} {predicate} {object_} .".encode("utf-8", "replace")


def _csvw(name: str) -> str:
    return f"<{CSVW}{name}>"


class CsvwWriter:
    """Writes tables as N-Triples lines; blank nodes get labels in order, within a row by its number: a row is written alike
    wherever it is written."""

    def __init__(self, minimal: bool) -> None:
        self.minimal, self.tables = minimal, 0
        self._within, self._blanks = "", 0

    def blank(self) -> str:
        """Return the label of a new blank node."""
        self._blanks += 1
        return f"_:{self._within}b{self._blanks - 1}"

    def group(self, read: AnnotatedGroup) -> Iterator[bytes]:
        """Yield the lines of a group of tables."""
        node, head = self.begun(read.group)
        yield from head
        for table in read.tables:
            if not table.table.suppress_output:
                yield from self.table(node, table)

    def begun(self, group: TableGroup) -> tuple[str, list[bytes]]:
        """Return the node of a group, and the lines about it."""
        node = iri(group.id) if group.id else self.blank()
        if self.minimal:
            return node, []
        return node, [_line(node, _TYPE, _csvw("TableGroup")), *self.annotations(node, group.common, group.notes)]

    def table(self, group: str, read: AnnotatedTable) -> Iterator[bytes]:
        """Yield the lines of a table in the group with that node."""
        node, head = self.table_begun(group, read.table)
        yield from head
        for row in read.rows:
            yield from self.row(node, read.table.url, row)
        yield from self.comments(node, read.comments)

    def table_begun(self, group: str, table: TableDescription) -> tuple[str, list[bytes]]:
        """Return the node of a table in the group with that node, and the lines about it."""
        self.tables += 1
        node = iri(table.id) if table.id else self.blank()
        if self.minimal:
            return node, []
        return node, [_line(group, _csvw("table"), node), _line(node, _TYPE, _csvw("Table")),
                      _line(node, _csvw("url"), iri(table.url)), *self.annotations(node, table.common, table.notes)]

    def comments(self, table: str, comments: Sequence[str]) -> Iterator[bytes]:
        """Yield the lines of the comments in the file of the table with that node."""
        for comment in () if self.minimal else comments:
            yield _line(table, f"<{RDFS}comment>", string(comment))

    def row(self, table: str, url: str, row: AnnotatedRow) -> Iterator[bytes]:
        """Yield the lines of a row of the table with that node and URL, the one begun last."""
        outside, self._within, self._blanks = self._blanks, f"t{self.tables}r{row.number}", 0
        yield from self._row(table, url, row)
        self._within, self._blanks = "", outside

    def _row(self, table: str, url: str, row: AnnotatedRow) -> Iterator[bytes]:
        default, about = self.blank(), ""
        shown = [cell for cell in row.cells if not cell.column.suppress_output]
        if not self.minimal:
            node = self.blank()
            yield _line(table, _csvw("row"), node)
            yield _line(node, _TYPE, _csvw("Row"))
            yield _line(node, _csvw("rownum"), typed(str(row.number), XSD + "integer"))
            yield _line(node, _csvw("url"), iri(f"{url}#row={row.source}"))
            for title, language in row.titles:
                yield _line(node, _csvw("title"), tagged(title, language) if language else string(title))
            for about in dict.fromkeys(cell.about for cell in shown):
                yield _line(node, _csvw("describes"), iri(about) if about else default)
        for cell in shown:
            yield from self.cell(iri(cell.about) if cell.about else default, url, cell)

    def cell(self, subject: str, url: str, cell: AnnotatedCell) -> Iterator[bytes]:
        """Yield the lines of a cell."""
        predicate = iri(cell.property or f"{url}#{cell.column.name}")
        if cell.value:
            yield _line(subject, predicate, iri(cell.value))
            return
        terms = [term(value).decode() for value in cell.cell.values]
        if cell.column.separator is not None and cell.column.ordered:
            head = self.blank() if terms else _NIL
            yield _line(subject, predicate, head)
            yield from self.sequence(head, terms)
        else:
            for item in terms:
                yield _line(subject, predicate, item)

    def sequence(self, node: str, items: Sequence[str]) -> Iterator[bytes]:
        """Yield an RDF list that begins at `node`."""
        for index, item in enumerate(items, 1):
            following = self.blank() if index < len(items) else _NIL
            yield _line(node, _FIRST, item)
            yield _line(node, _REST, following)
            node = following

    def annotations(self, node: str, common: Sequence[Common], notes: Sequence[Any]) -> Iterator[bytes]:
        """Yield the lines of the common properties and notes of a description."""
        for item in common:
            yield from self.value(node, iri(item.iri), item.normal)
        for note in notes:
            yield from self.value(node, _csvw("note"), note)

    def value(self, subject: str, predicate: str, value: Any) -> Iterator[bytes]:
        """Yield the triples of a normalised JSON-LD value."""
        if isinstance(value, list):
            for item in value:
                yield from self.value(subject, predicate, item)
        elif not isinstance(value, dict):
            yield from _primitive(subject, predicate, value)
        elif "@value" in value:
            yield from _literal(subject, predicate, value)
        else:
            node = iri(value["@id"]) if "@id" in value else self.blank()
            yield _line(subject, predicate, node)
            types = value.get("@type", [])
            for name in types if isinstance(types, list) else [types]:
                yield _line(node, _TYPE, iri(expand_type(name) or name))
            for name, item in value.items():
                full = None if name.startswith("@") else expand(name, PREFIXES)
                if full is not None:
                    yield from self.value(node, iri(full), item)


def _primitive(subject: str, predicate: str, value: Any) -> Iterator[bytes]:
    if isinstance(value, bool):
        yield _line(subject, predicate, typed(str(value).lower(), XSD + "boolean"))
    elif isinstance(value, int):
        yield _line(subject, predicate, typed(str(value), XSD + "integer"))
    elif isinstance(value, float):
        yield _line(subject, predicate, typed(repr(value), XSD + "double"))


def _literal(subject: str, predicate: str, value: dict[str, Any]) -> Iterator[bytes]:
    plain = value["@value"]
    if not isinstance(plain, str) and "@type" not in value:
        yield from _primitive(subject, predicate, plain)
        return
    text = str(plain).lower() if isinstance(plain, bool) else str(plain)
    kind = expand_type(value["@type"]) if "@type" in value else None
    if kind and kind != XSD + "string":
        literal = typed(text, encode(kind))
    else:
        literal = tagged(text, value["@language"]) if "@language" in value else string(text)
    yield _line(subject, predicate, literal)
