"""Lifting: the tables of a group as N-Triples lines, validated on the way. Memory does not grow with the rows, keys aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol
from urllib.parse import unquote

from odlinked.csvw import lines, metadata_files
from odlinked.csvw.annotated import NOT_LISTED, AnnotatedRow, AnnotatedTable, ConceptOf, TableReading
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.csvw.model import TableDescription
from odlinked.csvw.problems import ValidationProblem
from odlinked.csvw.rdf import CsvwWriter
from odlinked.csvw.validation import KeyWatch
from odlinked.lifting import links, marks, rows, screening
from odlinked.lifting.faults import FaultLog, LiftFault
from odlinked.lifting.link_file import ProposedLink
from odlinked.lifting.links import LinkWords, TableLinks
from odlinked.lifting.site import PublishedFolder
from odlinked.lifting.tables import OpenedTable, TableReader
from odlinked.lifting.words import DescribingWords
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import RowBlock
from odlinked.standards.packs import Standards

_BATCH = 500


class RecordTaker(Protocol):
    """Takes the records of a table as they pass."""

    def begin(self, table: TableDescription) -> Callable[[Sequence[str]], None]:
        """Begin with a table as it is lifted; return what takes the cells of each record."""


Advance = Callable[[str, int], None]


@dataclass
class LiftCounts:
    """How many tables and rows were read, and how many triples were written."""

    tables: int = 0
    rows: int = 0
    triples: int = 0


@dataclass
class Lifting:
    """One lifting of a file and what is told of it.

    `minimal` leaves out rows and tables as nodes. `concepts` returns for a table the concepts that the values of its columns
    stand for; `standards` recognise personal data. `links` are the accepted ones, stated by `link_words`; `linked` is how many
    were written, by kind of target and property. `taker`, if any, takes the records as well, without columns left out.
    """

    site: PublishedFolder
    log: FaultLog
    caps: ReadSettings
    words: DescribingWords
    standards: Standards
    concepts: Callable[[TableDescription], Mapping[str, ConceptOf]]
    minimal: bool = False
    taker: RecordTaker | None = None
    counts: LiftCounts = field(default_factory=LiftCounts)
    links: Sequence[ProposedLink] = ()
    link_words: LinkWords | None = None
    hidden: set[str] = field(default_factory=set)
    headings: dict[str, str] = field(default_factory=dict)
    linked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def located(self, overriding: str = "") -> LocatedGroup:
        """Find and read the metadata; raise `MetadataError` where it cannot be used."""
        found = metadata_files.find(self.site.start.url, self.site, overriding=overriding)
        for problem in found.problems:
            self.take(problem)
        group = found.group
        return found._replace(group=replace(group, tables=tuple(map(rows.ours, group.tables))))

    def lines(self, located: LocatedGroup, advance: Advance = lambda stage, done: None) -> Iterator[bytes]:
        """Yield pieces of N-Triples, whole lines each; every row is validated as it passes, keys after the last one."""
        writer = CsvwWriter(self.minimal)
        concepts = [self.concepts(table) for table in located.group.tables]
        readings = self.readings(located, concepts)
        links.unknown(self.links, [one.reading.table for one in readings], self.site.start.path.name)
        watch = KeyWatch([AnnotatedTable(one.reading.table, (), (), ()) for one in readings])
        node, head = writer.begun(located.group)
        yield self._joined(head)
        for place, opened in enumerate(readings):
            self.counts.tables += 1
            linking = self._linking(opened.reading.table, concepts[place])
            passing, before = _Passing(opened, place, watch, concepts[place], linking), self.counts.rows
            for piece in self._table(writer, node, passing):
                advance("rows", self.counts.rows - before)
                before = self.counts.rows
                yield piece
        for problem in watch.problems():
            self.take(problem, "key")

    def readings(self, located: LocatedGroup, concepts: Sequence[Mapping[str, ConceptOf]]) -> list[OpenedTable]:
        """Return the tables ready to be read, without columns and words of persons that nobody decided on; these are told."""
        reader = TableReader(self.site, self.caps, self.words, self.log.clean, self.told)
        for table in located.group.tables:
            path = self.site.path(table.url)
            for heading in marks.before_headings(path) if path is not None else ():
                self.log.take(LiftFault("mark", path.name if path else "", column=heading))
        located = self._screened(replace(reader, clean=str, told=lambda *found: None), located)
        return [reader.opened(located, place, known) for place, known in enumerate(concepts)]

    def _linking(self, table: TableDescription, concepts: Mapping[str, ConceptOf]) -> TableLinks | None:
        """Return the accepted links of a table, None where it has none."""
        if not self.links or self.link_words is None:
            return None
        return TableLinks(table, self.links, self.link_words, concepts)

    def _screened(self, reader: TableReader, located: LocatedGroup) -> LocatedGroup:
        """Return the group without the columns that hold personal data and are not decided on; all of them are told."""
        made = []
        for place, table in enumerate(located.group.tables):
            opened = reader.opened(located, place, {})
            self.headings |= {column.name: screening.heading_of(column) for column in opened.reading.table.columns}
            found = screening.personal(opened, self.standards)
            for column in found:
                decided = screening.is_decided(column)
                kind = "persons-decided" if decided else "persons-left-out" if column.suppress_output else "persons"
                self.log.take(LiftFault(kind, self.site.start.path.name, column=self.headings[column.name]))
            self.hidden |= {self.headings[column.name] for column in found if not screening.is_decided(column)}
            undecided = [column.name for column in found if not screening.is_decided(column)]
            read = opened.reading.table if undecided and not table.schema.given else table
            made.append(screening.without(read, undecided, self.site.start.path.name) if undecided else table)
        return located._replace(group=replace(located.group, tables=tuple(made)))

    def told(self, kind: str, row: int, column: str, value: str) -> None:
        """Take what was found as a record was prepared."""
        self._fault(kind, row, column, value, "")

    def _table(self, writer: CsvwWriter, group: str, passing: _Passing) -> Iterator[bytes]:
        """Yield the lines of a table; one whose output is suppressed is only validated."""
        reading, shown = passing.reading, not passing.reading.table.suppress_output
        node, head = writer.table_begun(group, rows.stated(reading.table))
        if shown:
            yield self._joined(head)
        self._drain(reading)
        made = passing.compiled() if self.minimal else None
        linking, number = passing.linking, 1
        takers: list[Callable[[Sequence[str]], None]] = [] if linking is None else [linking.take]
        if self.taker is not None:
            takers.append(self.taker.begin(reading.table))
        for block in passing.opened.blocks:
            count, rows_ = len(block.rows), list[Sequence[str]](block.rows)
            even = block.columns if block.width >= 0 else None
            found = made.block(block.rows, number, even) if made else [None] * count
            passing.watch_block(block, found)
            thorough: dict[int, AnnotatedRow] = {}
            for at, one in enumerate(found) if None in found else ():
                if one is None:
                    record = DelimitedRecord(block.numbers[at], list(block.rows[at]))
                    thorough[at], record = self._thoroughly(passing, number + at, record)
                    rows_[at] = record.cells
            for take in takers:
                for cells in rows_:
                    take(cells)
            number += count
            self.counts.rows += count
            for start in range(0, count if shown else 0, _BATCH):
                yield self._counted(b"".join([self._written(writer, node, passing, thorough[at]) if one is None else one
                                              for at, one in enumerate(found[start:start + _BATCH], start)]))
        if shown:
            yield self._joined(writer.comments(node, reading.comments))
            if linking is not None:
                yield self._counted(b"".join(linking.lines()))
                self.linked += linking.written()

    def _thoroughly(self, passing: _Passing, number: int, record: DelimitedRecord) -> tuple[AnnotatedRow, DelimitedRecord]:
        """Return a record as the reference reads it, and without persons in what does not fit; take its faults."""
        reading = passing.reading
        row = reading.row(number, record)
        if reading.notes.problems and (cleaned := self._without_persons(reading.table, row, record)) is not record:
            reading.notes.problems.clear()
            record, row = cleaned, reading.row(number, cleaned)
        passing.watch.take(passing.place, row)
        if reading.notes.problems:
            self._drain(reading)
        return row, record

    def _written(self, writer: CsvwWriter, node: str, passing: _Passing, row: AnnotatedRow) -> bytes:
        """Return the lines of a row, with what its values stand for."""
        row = row if passing.linking is None else passing.linking.row(row)
        return b"".join([line + b"\n" for line in writer.row(node, passing.reading.table.url, row)])

    def _without_persons(self, table: TableDescription, row: AnnotatedRow, record: DelimitedRecord) -> DelimitedRecord:
        """Return a record without the persons in cells that do not fit their datatype and stay text; each one is told."""
        cells = list(record.cells)
        for place, cell in enumerate(row.cells[:len(cells)]):
            column = table.columns[place]
            if cell.cell.errors and not column.suppress_output and not screening.is_decided(column):
                cleaned = self.log.clean(cells[place])
                if cleaned != cells[place]:
                    cells[place] = cleaned
                    self.told("persons-cell", record.number, column.name, "")
        return DelimitedRecord(record.number, cells) if cells != list(record.cells) else record

    def _joined(self, found: Iterable[bytes]) -> bytes:
        return self._counted(b"".join([line + b"\n" for line in found]))

    def _counted(self, piece: bytes) -> bytes:
        self.counts.triples += piece.count(b"\n")
        return piece

    def _drain(self, reading: TableReading) -> None:
        for problem in reading.notes.problems:
            self.take(problem)
        reading.notes.problems.clear()

    def take(self, problem: ValidationProblem, kind: str = "") -> None:
        """Take a problem of the engine as a fault."""
        if not kind:
            listed = "concept" if problem.message == NOT_LISTED else "cell"
            kind = listed if problem.column else "row" if problem.row else "metadata" if problem.error else "warning"
        detail = problem.message if problem.row else f"{problem.place}: {problem.message}"
        self._fault(kind, problem.row, problem.column, problem.value, detail)

    def _fault(self, kind: str, row: int, column: str, value: str, detail: str) -> None:
        """Tell a fault; nothing of what stands in a column of personal data is told, nor in the whole rows of such a table."""
        name = self.headings.get(column, unquote(column))
        if self.hidden and (name in self.hidden or not name):
            value = ""
            detail = "" if name in self.hidden else detail
        self.log.take(LiftFault(kind, self.site.start.path.name, row, name, value, detail))


@dataclass
class _Passing:
    """A table whose rows pass: its place in the group, the watch of its keys, and what its values stand for."""

    opened: OpenedTable
    place: int
    watch: KeyWatch
    concepts: Mapping[str, ConceptOf]
    linking: TableLinks | None = None

    @property
    def reading(self) -> TableReading:
        """The reader of its rows one by one."""
        return self.opened.reading

    def compiled(self) -> lines.CompiledTable | None:
        """Return the fast way to its lines, if there is one."""
        return lines.compiled(self.reading.table, self.concepts, self.linking.layers if self.linking else ())

    @cached_property
    def keys(self) -> list[tuple[tuple[str, ...], lines.KeysOf]]:
        """The keys to watch, compiled."""
        return [(names, lines.keyed(self.reading.table, names)) for names in self.watch.keys(self.place)]

    def watch_block(self, block: RowBlock, made: Sequence[bytes | None]) -> None:
        """Watch the keys of the rows whose lines are made; those of the others are watched as they are read thoroughly."""
        if not self.keys:
            return
        numbers, columns = block.numbers, block.columns
        if None in made:
            plain = [at for at, found in enumerate(made) if found is not None]
            numbers = [numbers[at] for at in plain]
            columns = list(zip(*[block.rows[at] for at in plain], strict=True))
        for names, key in self.keys if numbers else ():
            self.watch.add(self.place, names, numbers, key(columns))
