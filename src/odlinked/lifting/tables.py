"""The tables of a described group, opened: delimited text by its dialect, workbooks and JSON by the readers of spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from odlinked.csvw import annotated
from odlinked.csvw.annotated import ConceptOf, TableReading
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.errors import InputError
from odlinked.inventory import files
from odlinked.lifting import flatness, rows
from odlinked.lifting.site import Site
from odlinked.lifting.words import DescribingWords
from odlinked.namespaces import ODL
from odlinked.settings import ReadSettings
from odlinked.sheets.kinds import detect
from odlinked.sheets.tables import Table, listed

SHEET: Final = ODL + "sheet"
"""Common property of a table description: the worksheet, or the path of keys to the records."""


@dataclass(frozen=True)
class TableReader:
    """Opens the tables of a site: under `caps`, with what descriptions say of rows (`words`); totals and markup are `told`."""

    site: Site
    caps: ReadSettings
    words: DescribingWords
    told: rows.Told

    def opened(self, located: LocatedGroup, place: int, concepts: Mapping[str, ConceptOf]) -> TableReading:
        """Return a table of a group, by its place, ready to be read from the start."""
        table, document = located.group.tables[place], located.files[place]
        path = self.site.path(table.url)
        if path is None or (SHEET not in table.annotations and is_delimited(path)):
            read = annotated.stream(table, document.opened, located.spoken(place), concepts)
        else:
            found = chosen(path, str(table.annotations.get(SHEET, "")), self.caps)
            if detect(path, path.name) == "json":
                flatness.check(path, path.name, found.sheet)
            read = annotated.of_records(table, [[heading] if heading else [] for heading in found.headings],
                                        _records(found, len(found.headings)), concepts=concepts)
        read.records = rows.prepared(read.records, read.table, self.words, self.told)
        return read


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


def _records(table: Table, width: int) -> Iterator[DelimitedRecord]:
    """Yield rows as records of one width: a cell that is cut off because nothing follows it is empty, as is a blank one."""
    for number, cells in table.rows():
        shown = [cell if cell.strip() else "" for cell in cells] if " " in cells or "\u3000" in cells else cells
        yield DelimitedRecord(number, [*shown, *[""] * (width - len(cells))])
