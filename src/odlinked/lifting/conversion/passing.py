"""A table whose rows pass: from a block of rows to lines of N-Triples, faults, keys and links, wherever that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from odlinked import columnar
from odlinked.csvw.annotated import AnnotatedRow, ConceptOf, TableReading
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.lines import CompiledTable, MadeLines, compiled
from odlinked.csvw.rdf import CsvwWriter
from odlinked.csvw.subjects import CompiledKey
from odlinked.csvw.validation import KeyWatch
from odlinked.lifting.conversion.faults import FileFaults
from odlinked.lifting.linking.links import TableLinks
from odlinked.lifting.reading import screening
from odlinked.sheets.encoded import EncodedBlock
from odlinked.sheets.tables import RowBlock

_BATCH: Final = 500
STEP: Final = 1_000
"""Rows whose lines are made at once where columns are encoded: what is joined stays small."""

_RARE: Final = 20
"""Where one row in so many, or more, does not plainly fit, all rows of a block pass one by one."""


@dataclass
class PassingTable:
    """A table whose rows pass: its 0-based place in the group, the writer of its lines and its node, the watch of its keys, what
    its values stand for, and where its faults are told. `takers` take the cells of each record as well; `rows` have passed, and
    `triples` were made of them."""

    reading: TableReading
    place: int
    writer: CsvwWriter
    node: str
    watch: KeyWatch
    faults: FileFaults
    concepts: dict[str, ConceptOf]
    linking: TableLinks | None = None
    takers: list[Callable[[Sequence[str]], None]] = field(default_factory=list)
    rows: int = 0
    triples: int = 0

    def lines(self, block: RowBlock) -> Iterator[bytes]:
        """Yield the lines of a block, some hundred rows at a time or more; keys are watched and faults told."""
        quickly = self._encoded(block) if isinstance(block, EncodedBlock) else None
        yield from self._by_rows(block) if quickly is None else quickly

    def _encoded(self, block: EncodedBlock) -> Iterator[bytes] | None:
        """Return the lines of a block whose columns are encoded; None where its rows must pass one by one."""
        made = self._compiled.encoded(block.encoded, self.rows + 1) if self._compiled else None
        if made is None or len(made[1]) * _RARE > len(block):
            return None
        lines, faulty = made
        thorough = {at: self._thoroughly(self.rows + 1 + at, DelimitedRecord(block.numbers[at], block.row(at)))
                    for at in sorted(faulty)}
        kept = [at for at in range(len(block)) if at not in faulty] if faulty else []
        for names, key in self._keys:
            digests = key.encoded(block.encoded)
            self.watch.add_digested(self.place, names, [block.numbers[at] for at in kept] if faulty else block.numbers,
                                    digests.take(columnar.numbers(kept)) if faulty else digests)
        for take in self._takers:
            for at, cells in enumerate(block.rows):
                take(thorough[at][1].cells if at in thorough else cells)
        self.rows += len(block)
        return iter(()) if self.reading.table.suppress_output else self._pieces(lines, thorough, len(block))

    def _pieces(self, lines: Callable[[int, int], MadeLines], thorough: Mapping[int, tuple[AnnotatedRow, DelimitedRecord]],
                count: int) -> Iterator[bytes]:
        """Yield the lines of rows, those that were read thoroughly among the others."""
        for first in range(0, count, STEP):
            last = min(first + STEP, count)
            (made, triples), start = lines(first, last), first
            among = sorted(at for at in thorough if first <= at < last)
            for at in among:
                yield self._counted(columnar.content(made, start - first, at - first))
                yield self._counted(self._written(thorough[at][0]))
                start = at + 1
            rest = columnar.content(made, start - first, last - first)
            if among:
                yield self._counted(rest)
            else:
                self.triples += triples
                yield rest

    def _counted(self, piece: bytes) -> bytes:
        """Return lines; how many they are is looked up in them, which takes a tenth of the time that making them does."""
        self.triples += piece.count(b"\n")
        return piece

    @property
    def _takers(self) -> Sequence[Callable[[Sequence[str]], None]]:
        return self.takers if self.linking is None else (self.linking.take, *self.takers)

    def _by_rows(self, block: RowBlock) -> Iterator[bytes]:
        """Yield the lines of a block, some hundred rows at a time."""
        count, cells, number = len(block.rows), list[Sequence[str]](block.rows), self.rows + 1
        found = self._compiled.block(block.rows, number, block.columns if block.width >= 0 else None) \
            if self._compiled else [None] * count
        self._watch(block, found)
        thorough: dict[int, AnnotatedRow] = {}
        for at, one in enumerate(found) if None in found else ():
            if one is None:
                record = DelimitedRecord(block.numbers[at], list(block.rows[at]))
                thorough[at], record = self._thoroughly(number + at, record)
                cells[at] = record.cells
        for take in self._takers:
            for record_cells in cells:
                take(record_cells)
        self.rows += count
        for start in range(0, 0 if self.reading.table.suppress_output else count, _BATCH):
            yield self._counted(b"".join([self._written(thorough[at]) if one is None else one
                                          for at, one in enumerate(found[start:start + _BATCH], start)]))

    @cached_property
    def _compiled(self) -> CompiledTable | None:
        """The fast way to its lines, if there is one."""
        if not self.writer.minimal:
            return None
        return compiled(self.reading.table, self.concepts, self.linking.layers if self.linking else (), self.place + 1)

    @cached_property
    def _keys(self) -> list[tuple[tuple[str, ...], CompiledKey]]:
        """The keys to watch, compiled."""
        return [(names, CompiledKey(self.reading.table, names)) for names in self.watch.keys(self.place)]

    def _watch(self, block: RowBlock, made: Sequence[bytes | None]) -> None:
        """Watch the keys of the rows whose lines are made; those of the others are watched as they are read thoroughly."""
        if not self._keys:
            return
        numbers, columns = block.numbers, block.columns
        if None in made:
            plain = [at for at, found in enumerate(made) if found is not None]
            numbers = [numbers[at] for at in plain]
            columns = list(zip(*[block.rows[at] for at in plain], strict=True))
        for names, key in self._keys if numbers else ():
            self.watch.add(self.place, names, numbers, key.values(columns))

    def _thoroughly(self, number: int, record: DelimitedRecord) -> tuple[AnnotatedRow, DelimitedRecord]:
        """Return a record as the reference reads it, and without persons in what does not fit; take its faults."""
        reading = self.reading
        row = reading.row(number, record)
        if reading.notes.problems and (cleaned := self._without_persons(row, record)) is not record:
            reading.notes.problems.clear()
            record, row = cleaned, reading.row(number, cleaned)
        self.watch.take(self.place, row)
        if reading.notes.problems:
            self.faults.drain(reading)
        return row, record

    def _written(self, row: AnnotatedRow) -> bytes:
        """Return the lines of a row, with what its values stand for."""
        row = row if self.linking is None else self.linking.row(row)
        return b"".join([line + b"\n" for line in self.writer.row(self.node, self.reading.table.url, row)])

    def _without_persons(self, row: AnnotatedRow, record: DelimitedRecord) -> DelimitedRecord:
        """Return a record without the persons in cells that do not fit their datatype and stay text; each one is told."""
        cells = list(record.cells)
        for place, cell in enumerate(row.cells[:len(cells)]):
            column = self.reading.table.columns[place]
            if cell.cell.errors and not column.suppress_output and not screening.is_decided(column):
                cleaned = self.faults.log.clean(cells[place])
                if cleaned != cells[place]:
                    cells[place] = cleaned
                    self.faults.told("persons-cell", record.number, column.name, "")
        return DelimitedRecord(record.number, cells) if cells != list(record.cells) else record
