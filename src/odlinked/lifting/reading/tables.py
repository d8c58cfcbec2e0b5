"""The tables of a described group, opened: delimited text by its dialect, workbooks and JSON by the readers of spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.csvw import annotated
from odlinked.csvw.annotated import ConceptOf, TableReading
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.csvw.model import TableDescription
from odlinked.errors import InputError
from odlinked.inventory import files
from odlinked.lifting.reading import flatness, rows
from odlinked.lifting.reading.site import PublishedFolder
from odlinked.lifting.reading.words import DescribingWords
from odlinked.namespaces import ODL
from odlinked.settings import ReadSettings
from odlinked.sheets.kinds import detect
from odlinked.sheets.tables import BLOCK, PartOfRows, RowBlock, Table, Uneven, listed

_BLANK: Final = frozenset({" ", "\u3000"})
SHEET: Final = ODL + "sheet"
"""Common property of a table description: the worksheet, or the path of keys to the records."""


class OpenedTable(NamedTuple):
    """A table that is being read: its reader, its rows as they are written in the file, `parts` of them (of about so many bytes)
    that can be read apart, where the file can be cut, how rows are prepared to be lifted, with what is `told` on the way, and
    which rows are not as wide as most."""

    reading: TableReading
    written: Callable[[], Iterable[RowBlock]]
    parts: Callable[[int], Sequence[PartOfRows]] | None
    prepared: Callable[[Iterable[RowBlock], rows.Told], Iterable[RowBlock]]
    told: rows.Told
    uneven: Uneven

    def blocks(self) -> Iterable[RowBlock]:
        """Return the rows as they are to be lifted."""
        return self.prepared(self.written(), self.told)


@dataclass(frozen=True)
class TableReader:
    """Opens the tables of a site: under `caps`, with what descriptions say of rows (`words`).

    `clean` takes persons out of texts; that, totals and markup are `told`. `found` are the tables that were looked for already.
    """

    site: PublishedFolder
    caps: ReadSettings
    words: DescribingWords
    clean: Callable[[str], str]
    told: rows.Told
    found: dict[tuple[Path, str], Table] = field(default_factory=dict)

    def opened(self, located: LocatedGroup, place: int, concepts: Mapping[str, ConceptOf]) -> OpenedTable:
        """Return a table of a group, by its place, ready to be read from the start."""
        table, document = located.group.tables[place], located.files[place]
        path = self.site.path(table.url)
        parts: Callable[[int], Sequence[PartOfRows]] | None = None
        shown, uneven = True, Uneven(0, {})
        if path is None or (SHEET not in table.annotations and is_delimited(path)):
            read = annotated.stream(table, document.opened, located.spoken(place), concepts)
            written: Callable[[], Iterable[RowBlock]] = partial(_together, read.records)
            shown = False
        else:
            found = self._table(path, str(table.annotations.get(SHEET, "")))
            read = annotated.of_records(table, [[heading] if heading else [] for heading in found.headings],
                                        (), concepts=concepts)
            written, parts, uneven = found.blocks, found.parts, found.uneven
        prepared = partial(_prepared, read.table, self.words, self.clean, shown)
        return OpenedTable(read, written, parts, prepared, self.told, uneven)

    def _table(self, path: Path, sheet: str) -> Table:
        """Return a table of a workbook or of records, found once."""
        if (path, sheet) not in self.found:
            self.found[path, sheet] = chosen(path, sheet, self.caps)
            if detect(path, path.name) == "json":
                flatness.check(path, path.name, self.found[path, sheet].sheet)
        return self.found[path, sheet]


def is_delimited(path: Path) -> bool:
    """True for a file of delimited text."""
    return detect(path, path.name) == "delimited"


def chosen(path: Path, sheet: str, caps: ReadSettings) -> Table:
    """Return the table of a sheet, the first one where none is named; raise `InputError` where there is none."""
    tables = [table for table in files.read(path, caps) if table.headings]
    for table in tables:
        if not sheet or table.sheet == sheet:
            return table
    names = listed([table.sheet or "" for table in tables])
    raise InputError(f"there is no table {sheet!r}, only {names}" if tables else "there is no table in it", doing="reading",
                     on=path.name)


def _together(records: Iterable[DelimitedRecord]) -> Iterator[RowBlock]:
    """Yield records some thousand at a time."""
    left = iter(records)
    while some := list(islice(left, BLOCK)):
        yield RowBlock([record.number for record in some], [record.cells for record in some])


def _prepared(table: TableDescription, words: DescribingWords, clean: Callable[[str], str], shown: bool,
              blocks: Iterable[RowBlock], told: rows.Told) -> Iterable[RowBlock]:
    """Return blocks of rows as they are to be lifted: blank cells empty where they are read as `shown`."""
    return rows.prepared(map(_shown, blocks) if shown else blocks, table, words, clean, told)


def _shown(block: RowBlock) -> RowBlock:
    """Return a block whose blank cells are empty."""
    if not any(not _BLANK.isdisjoint(texts) for texts in block.distinct):
        return block
    return RowBlock(block.numbers, [[text if text.strip() else "" for text in cells] for cells in block.rows])
