"""Lifting: the tables of a group as N-Triples lines, validated on the way. Memory does not grow with the rows, keys aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Protocol

from odlinked.csvw import metadata_files
from odlinked.csvw.annotated import AnnotatedTable, ConceptOf
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.csvw.model import TableDescription
from odlinked.csvw.rdf import CsvwWriter
from odlinked.csvw.validation import KeyWatch
from odlinked.lifting.conversion.faults import FaultLog, FileFaults, LiftFault
from odlinked.lifting.conversion.passing import PassingTable
from odlinked.lifting.linking import links
from odlinked.lifting.linking.link_file import ProposedLink
from odlinked.lifting.linking.links import LinkWords, TableLinks
from odlinked.lifting.reading import marks, rows, screening
from odlinked.lifting.reading.site import PublishedFolder
from odlinked.lifting.reading.tables import OpenedTable, TableReader
from odlinked.lifting.reading.words import DescribingWords
from odlinked.settings import ReadSettings
from odlinked.standards.packs import Standards
from odlinked.standards.persons import Persons


class RecordTaker(Protocol):
    """Takes the records of a table as they pass."""

    def begin(self, table: TableDescription) -> Callable[[Sequence[str]], None]:
        """Begin with a table as it is lifted; return what takes the cells of each record."""


class RowEngine(Protocol):
    """What the rows of a table pass in: this process, or others."""

    def screened(self, persons: Persons, opened: OpenedTable) -> None:
        """Have all rows examined for personal data."""

    def lifted(self, passing: PassingTable, opened: OpenedTable) -> Iterator[bytes]:
        """Yield the lines of all rows in order; `passing` has what is found on the way."""


class _Here:
    """This process."""

    def screened(self, persons: Persons, opened: OpenedTable) -> None:
        """Examine all rows."""
        for block in opened.blocks():
            persons.take_columns(len(block), block.distinct, block.times)

    def lifted(self, passing: PassingTable, opened: OpenedTable) -> Iterator[bytes]:
        """Yield the lines of all rows."""
        for block in opened.blocks():
            yield from passing.lines(block)


HERE: Final = _Here()

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
    were written, by kind of target and property. `taker`, if any, takes the records as well, without columns left out. Rows pass
    in the `engine`.
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
    linked: Counter[tuple[str, str]] = field(default_factory=Counter)
    engine: RowEngine = field(default_factory=lambda: HERE)

    @cached_property
    def faults(self) -> FileFaults:
        """Where the faults of the file are told."""
        return FileFaults(self.site.start.path.name, self.log)

    @property
    def headings(self) -> dict[str, str]:
        """What each column is headed by, by its name."""
        return self.faults.headings

    def located(self, overriding: str = "") -> LocatedGroup:
        """Find and read the metadata; raise `MetadataError` where it cannot be used."""
        found = metadata_files.find(self.site.start.url, self.site, overriding=overriding)
        for problem in found.problems:
            self.faults.take(problem)
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
            table = opened.reading.table
            of_table, head = writer.table_begun(node, rows.stated(table))
            if not table.suppress_output:
                yield self._joined(head)
            passing = PassingTable(opened.reading, place, writer, of_table, watch, self.faults, dict(concepts[place]),
                                   self._linking(table, concepts[place]))
            yield from self._table(passing, opened, advance)
        for problem in watch.problems():
            self.faults.take(problem, "key")

    def readings(self, located: LocatedGroup, concepts: Sequence[Mapping[str, ConceptOf]]) -> list[OpenedTable]:
        """Return the tables ready to be read, without columns and words of persons that nobody decided on; these are told."""
        reader = TableReader(self.site, self.caps, self.words, self.log.clean, self.faults.told)
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
            self.faults.headings |= {column.name: screening.heading_of(column) for column in opened.reading.table.columns}
            found = screening.personal(opened, self.standards, self.engine.screened)
            for column in found:
                decided = screening.is_decided(column)
                kind = "persons-decided" if decided else "persons-left-out" if column.suppress_output else "persons"
                self.log.take(LiftFault(kind, self.site.start.path.name, column=self.headings[column.name]))
            self.faults.hidden |= {self.headings[column.name] for column in found if not screening.is_decided(column)}
            undecided = [column.name for column in found if not screening.is_decided(column)]
            read = opened.reading.table if undecided and not table.schema.given else table
            made.append(screening.without(read, undecided, self.site.start.path.name) if undecided else table)
        return located._replace(group=replace(located.group, tables=tuple(made)))

    def _table(self, passing: PassingTable, opened: OpenedTable, advance: Advance) -> Iterator[bytes]:
        """Yield the lines of the rows of a table and of what is said behind them."""
        reading, before, written = passing.reading, 0, self.counts.triples
        self.faults.drain(reading)
        for row, cells in opened.uneven.rows.items():
            detail = f"row {row} has {cells} cells, not {opened.uneven.width}"
            self.log.take(LiftFault("row", self.site.start.path.name, row, detail=detail))
        if self.taker is not None:
            passing.takers.append(self.taker.begin(reading.table))
        for piece in self.engine.lifted(passing, opened):
            self.counts.rows += passing.rows - before
            advance("rows", passing.rows - before)
            before = passing.rows
            self.counts.triples = written + passing.triples
            yield piece
        self.counts.rows += passing.rows - before
        self.counts.triples = written + passing.triples
        if not reading.table.suppress_output:
            yield self._joined(passing.writer.comments(passing.node, reading.comments))
            if passing.linking is not None:
                yield self._counted(b"".join(passing.linking.lines()))
                self.linked += passing.linking.written()

    def _joined(self, found: Iterable[bytes]) -> bytes:
        return self._counted(b"".join([line + b"\n" for line in found]))

    def _counted(self, piece: bytes) -> bytes:
        self.counts.triples += piece.count(b"\n")
        return piece
