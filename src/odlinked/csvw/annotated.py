"""The annotated table: rows and cells with the URLs of their templates (Model for Tabular Data, sections 4 and 6)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import BinaryIO, Final, NamedTuple
from urllib.parse import unquote

from odlinked.csvw import cells, delimited
from odlinked.csvw.dialects import PLAIN
from odlinked.csvw.model import Cell, Column, Dialect, TableDescription, TableGroup
from odlinked.csvw.problems import Notes, ValidationProblem
from odlinked.csvw.schemas import derived_name, with_inherited
from odlinked.csvw.templates import Template
from odlinked.csvw.terms import PREFIXES, is_absolute, resolve


class AnnotatedCell(NamedTuple):
    """A cell: its column, its values, and the URLs that its column's templates give for it ("" where there is none)."""

    column: Column
    cell: Cell
    about: str
    property: str
    value: str


class AnnotatedRow(NamedTuple):
    """A row: its 1-based number among the data rows, its number in the file, its cells and its titles with language."""

    number: int
    source: int
    cells: tuple[AnnotatedCell, ...]
    titles: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AnnotatedTable:
    """A table with its rows. `table` has one column for each column of the file, virtual ones last.

    Of a table that is streamed, the rows can be read once; `comments` and `problems` grow while they are read.
    """

    table: TableDescription
    comments: Sequence[str]
    rows: Iterable[AnnotatedRow]
    problems: Sequence[ValidationProblem]


@dataclass(frozen=True)
class AnnotatedGroup:
    """A group with its tables read, and all problems found on the way."""

    group: TableGroup
    tables: tuple[AnnotatedTable, ...]
    problems: tuple[ValidationProblem, ...]

    @property
    def errors(self) -> tuple[ValidationProblem, ...]:
        """The problems that make validation fail."""
        return tuple(problem for problem in self.problems if problem.error)


NOT_LISTED: Final = "it is not in the code list"
"""What is wrong with a value that stands for no concept of its column's list."""

ConceptOf = Callable[[str], str]
"""From a value to the IRI of the concept it stands for, "" where it stands for none."""


class TableReading:
    """A table that is being read: its description, comments, problems so far, and its records, which can be read once.

    `table` has one column for each column of the file, virtual ones last.
    """

    def __init__(self, table: TableDescription, comments: Sequence[str], records: Iterable[delimited.DelimitedRecord],
                 notes: Notes, reader: _RowReader) -> None:
        self.table, self.comments, self.records, self.notes = table, comments, records, notes
        self._reader = reader

    def row(self, number: int, record: delimited.DelimitedRecord) -> AnnotatedRow:
        """Return a record as a row, by its 1-based number among the records; its faults are added to the notes."""
        return self._reader.row(number, record, self.notes)

    def annotated(self) -> AnnotatedTable:
        """Return the table with its rows, read as they are asked for; its comments and problems grow meanwhile."""
        rows = (self.row(number, record) for number, record in enumerate(self.records, 1))
        return AnnotatedTable(self.table, self.comments, rows, self.notes.problems)


def annotate(table: TableDescription, content: bytes, dialect: Dialect | None = None) -> AnnotatedTable:
    """Read a table's file. `dialect` is used where the metadata names none (for instance from the media type)."""
    read = stream(table, lambda: io.BytesIO(content), dialect).annotated()
    return replace(read, rows=tuple(read.rows))


def stream(table: TableDescription, opened: Callable[[], BinaryIO], dialect: Dialect | None = None,
           concepts: Mapping[str, ConceptOf] = MappingProxyType({})) -> TableReading:
    """Begin to read a table's file, which `opened` opens from the start. For `concepts` see `of_records`."""
    spoken = table.dialect or dialect or PLAIN
    parsed = delimited.parse_file(opened, spoken, table.url)
    first = next(parsed.records, None)
    width = max((len(row) for row in parsed.headers), default=0) or (len(first.cells) if first else 0)
    titles = [[row[i] for row in parsed.headers if i < len(row) and row[i]] for i in range(width)]
    records = parsed.records if first is None else chain([first], parsed.records)
    return of_records(table, titles, records, parsed.comments, concepts, headed=bool(parsed.headers), skipped=spoken.skip_columns)


def of_records(table: TableDescription, titles: list[list[str]], records: Iterable[delimited.DelimitedRecord],
               comments: Sequence[str] = (), concepts: Mapping[str, ConceptOf] = MappingProxyType({}), *, headed: bool = True,
               skipped: int = 0) -> TableReading:
    """Begin to read the table of some records; `titles` are what each of its columns is headed by, outermost first.

    `concepts` has for the name of a column the concepts that its values stand for; a value without one stays text, as a fault.
    `skipped` columns stand before the first one.
    """
    notes = Notes(place=table.url)
    described = _described(table, titles, headed, notes)
    return TableReading(described, comments, records, notes, _RowReader(described, skipped, concepts))


def _described(table: TableDescription, titles: list[list[str]], headed: bool, notes: Notes) -> TableDescription:
    """Return the table with a column for each of the file, compared with the header (section 6.1)."""
    schema = table.schema
    described = [column for column in schema.columns if not column.virtual]
    virtual = [column for column in schema.columns if column.virtual]
    language = schema.inherited.lang or "und"
    if schema.given:
        if len(described) != len(titles) and titles:
            notes.error(f"the file has {len(titles)} columns and its metadata describes {len(described)}")
        for column, found in zip(described, titles, strict=False):
            if headed and not compatible(column, found, language):
                notes.error(f"column {column.number} is headed {' / '.join(found)!r}, which its metadata does not expect")
    for index in range(len(described) + 1, len(titles) + 1):
        own = {language: titles[index - 1]} if titles[index - 1] and not schema.given else {}
        bare = Column(name=derived_name(own, index, language), number=index, titles=own, named=False)
        described.append(with_inherited(bare, schema.inherited))
    virtual = [replace(column, number=len(described) + i) for i, column in enumerate(virtual, 1)]
    return replace(table, schema=replace(schema, columns=(*described, *virtual)))


def compatible(column: Column, titles: list[str], language: str) -> bool:
    """True when a described column may be the one headed by `titles` in a language (Metadata Vocabulary, section 5.4.3)."""
    if (not column.named and not column.titles) or not titles:
        return True
    return any(title in titles and _same_language(tag, language) for tag, texts in column.titles.items() for title in texts)


def _same_language(left: str, right: str) -> bool:
    if "und" in (left, right):
        return True
    a, b = left.lower().split("-"), right.lower().split("-")
    length = min(len(a), len(b))
    return a[:length] == b[:length]


class _Links:
    """The templates of one column, read once."""

    def __init__(self, column: Column) -> None:
        self.about = Template(column.about_url) if column.about_url is not None else None
        self.property = Template(column.property_url) if column.property_url is not None else None
        self.value = Template(column.value_url) if column.value_url is not None else None
        self.name = unquote(column.name)

    @cached_property
    def any(self) -> bool:
        return bool(self.about or self.property or self.value)


class _RowReader:
    """Turns records into annotated rows of one table."""

    def __init__(self, table: TableDescription, skipped: int, concepts: Mapping[str, ConceptOf]) -> None:
        self.table, self.skipped, self.concepts = table, skipped, concepts
        self.columns = [(column, _Links(column)) for column in table.columns]
        self.width = sum(1 for column in table.columns if not column.virtual)

    def row(self, number: int, record: delimited.DelimitedRecord, notes: Notes) -> AnnotatedRow:
        if len(record.cells) != self.width:
            notes.of_row(record.number, f"row {record.number} has {len(record.cells)} cells, not {self.width}")
        read: list[Cell] = []
        variables: dict[str, str | list[str]] = {}
        for index, (column, _) in enumerate(self.columns):
            text = record.cells[index] if index < min(len(record.cells), self.width) else ""
            cell = cells.parse(text, column)
            read.append(cell)
            for why in cell.errors:
                notes.of_cell(record.number, column.name, column.number, text, why)
            if cell.values and not column.virtual:
                variables[column.name] = cell.values[0].lexical if column.separator is None \
                    else [value.lexical for value in cell.values]
        variables |= {"_row": str(number), "_sourceRow": str(record.number), "_url": self.table.url}
        made = tuple(self._cell(column, links, cell, variables)
                     for (column, links), cell in zip(self.columns, read, strict=True))
        if self.concepts:
            made = tuple(self._concept(cell, record.number, notes) for cell in made)
        return AnnotatedRow(number, record.number, made, self._titles(read))

    def _concept(self, found: AnnotatedCell, row: int, notes: Notes) -> AnnotatedCell:
        """Return a cell with the concept its value stands for."""
        concept_of, cell = self.concepts.get(found.column.name), found.cell
        if concept_of is None or not cell.values:
            return found
        concept = concept_of(cell.values[0].lexical)
        if not concept:
            notes.of_cell(row, found.column.name, found.column.number, cell.values[0].lexical, NOT_LISTED)
        return found._replace(value=concept)

    def _cell(self, column: Column, links: _Links, cell: Cell, variables: dict[str, str | list[str]]) -> AnnotatedCell:
        if not links.any:
            return AnnotatedCell(column, cell, "", "", "")
        variables |= {"_column": str(column.number), "_sourceColumn": str(column.number + self.skipped), "_name": links.name}
        about, prop = expanded(self.table, links.about, variables), expanded(self.table, links.property, variables)
        value = expanded(self.table, links.value, variables) if links.value and (cell.values or column.virtual) else ""
        return AnnotatedCell(column, cell, about, prop, value)

    def _titles(self, read: list[Cell]) -> tuple[tuple[str, str], ...]:
        wanted = self.table.schema.row_titles
        return tuple((value.lexical, value.language) for name in wanted
                     for (column, _), cell in zip(self.columns, read, strict=True) if column.name == name
                     for value in cell.values)


def expanded(table: TableDescription, template: Template | None, variables: Mapping[str, str | list[str]]) -> str:
    """Expand a template, then its prefix, and resolve it against the table's URL (Metadata Vocabulary, section 5.1.4)."""
    if template is None:
        return ""
    url = template.expand(variables)
    prefix, colon, local = url.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    return url if is_absolute(url) else resolve(table.url, url)
