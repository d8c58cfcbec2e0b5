"""The tables of a described group, opened: delimited text by its dialect, workbooks and JSON by the readers of spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from odlinked.csvw import annotated
from odlinked.csvw.annotated import ConceptOf, TableReading
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.csvw.model import TableDescription
from odlinked.errors import InputError
from odlinked.inventory import files
from odlinked.lifting import flatness
from odlinked.lifting.site import Site
from odlinked.namespaces import ODL
from odlinked.settings import ReadSettings
from odlinked.sheets.kinds import detect
from odlinked.sheets.tables import Table, listed

SHEET: Final = ODL + "sheet"
"""Common property of a table description: the worksheet, or the path of keys to the records."""


def opened(site: Site, located: LocatedGroup, place: int, concepts: Mapping[str, ConceptOf], caps: ReadSettings) -> TableReading:
    """Return a table of a group, by its place, ready to be read from the start."""
    table, document = located.group.tables[place], located.files[place]
    path = site.path(table.url)
    if path is None or is_delimited(path):
        return annotated.stream(table, document.opened, located.spoken(place), concepts)
    found = chosen(path, str(table.annotations.get(SHEET, "")), caps)
    if detect(path, path.name) == "json":
        flatness.check(path, path.name, found.sheet)
    return annotated.of_records(table, [[heading] if heading else [] for heading in found.headings],
                                _records(found, len(found.headings)), concepts=concepts)


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
    """Yield rows as records of one width: cells that are cut off because nothing follows them are blank."""
    for number, cells in table.rows():
        yield DelimitedRecord(number, [*cells, *[""] * (width - len(cells))])


def described(table: TableDescription) -> Mapping[int, str]:
    """Return the heading of each column of a description by its place from 0: its first title, else its name."""
    return {place: next((texts[0] for texts in column.titles.values() if texts), column.name)
            for place, column in enumerate(table.columns) if not column.virtual}
