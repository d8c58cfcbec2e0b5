"""The tables of a text document while it is read: rows and merged cells by table, and the lines of text before each.

Documents have no sheets: a table is named by its number, `Table1` for the first, which is how findings name it.
"""

from __future__ import annotations

from typing import Final, Protocol
from xml.parsers import expat

from odlinked.errors import InputError
from odlinked.sheets import caps as limits
from odlinked.sheets.headings import is_blank, on_one_line
from odlinked.sheets.merges import Merge, Merges
from odlinked.sheets.packages import Package
from odlinked.sheets.sheet import CONTROLS, Extent, Sheet
from odlinked.sheets.tables import Row, column_letter

MOST_TABLES: Final = 1_000
MOST_SPAN: Final = 1_000
"""Most columns or rows that a cell or row of a text document counts for."""

MOST_LINES: Final = 40
"""Most lines of text kept for a table, those nearest to it."""

_LONGEST_LINE: Final = 400


class DocumentReader(Protocol):
    """Takes the elements and texts of a document's main part, and has the tables in the end."""

    tables: WrittenTables

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def text(self, text: str) -> None: ...

    def end(self, tag: str) -> None: ...


def streamed(package: Package, part: str, reader: DocumentReader) -> WrittenTables:
    """Pass a part of a package through `reader` (names as "namespace local"); return its tables."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = reader.start, reader.end, reader.text
    package.parse(part, parser)
    return reader.tables


class WrittenTable:
    """A table: its rows, merged cells and width, and the lines between it and the table before."""

    def __init__(self, number: int, lines: list[str]) -> None:
        self.name, self.lines = f"Table{number}", lines
        self.rows: list[Row] = []
        self.merges = Merges(stated=True)
        self.width = 0

    def sheet(self) -> Sheet:
        """Return the table as a worksheet of which nothing else is known."""
        return Sheet(self.name, iter(self.rows), self.merges)


class WrittenTables:
    """Receives the tables of a document; `after` are the lines behind the last one."""

    def __init__(self, package: Package) -> None:
        self.package, self.extent = package, Extent(package.name, package.caps)
        self.found: list[WrittenTable] = []
        self.after: list[str] = []
        self.table: WrittenTable | None = None
        self.number = 0
        self.cells: list[str] = []

    def line(self, text: str) -> None:
        """Take a line of text that stands in no table."""
        text = on_one_line(text)
        if text and len(text) <= _LONGEST_LINE:
            self.after = [*self.after[1 - MOST_LINES:], text]

    def open(self) -> None:
        """Start a table; raise `InputError` where it stands in a cell of another, or there are too many."""
        if self.table is not None:
            raise InputError(f"a table stands within a cell of another, at {self.cell_name()}", doing="reading",
                             on=f"{self.package.name}, {self.table.name}",
                             next_step="Write its content as text, or move it out of the cell")
        if len(self.found) >= MOST_TABLES:
            raise limits.broken(self.package.name, f"it has more than {MOST_TABLES:,} tables")
        self.table = WrittenTable(len(self.found) + 1, self.after)
        self.after, self.number, self.cells = [], 0, []
        self.reach = self.extent.of(len(self.found), self.table.name)
        self.found.append(self.table)

    def cell_name(self) -> str:
        """Return the name of the cell that comes next, as a spreadsheet names it."""
        return f"{column_letter(len(self.cells))}{self.number + 1}"

    def cell(self, text: str, across: int = 1) -> int:
        """Take a cell that is `across` columns wide; return its column (0-based)."""
        left = len(self.cells)
        limits.check_width(f"{self.package.name}, {self.table.name if self.table else ''}", self.number + 1, left + across,
                           self.package.caps)
        self.cells += [text.translate(CONTROLS).strip(), *[""] * (across - 1)]
        return left

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Note a merged cell of the open table."""
        if self.table is not None and (bottom > top or right > left):
            self.table.merges.add(Merge(top, left, bottom, right))

    def end_row(self, times: int = 1) -> None:
        """Take the row that just ended, as often as it is repeated."""
        cells, table = self.cells, self.table
        self.cells = []
        if table is not None:
            table.width = max(table.width, len(cells))
            while cells and not cells[-1]:
                cells.pop()
            if cells and not is_blank(cells):
                self.reach.take(self.number + 1, cells, times)
                table.rows += [Row(self.number + step, tuple(cells)) for step in range(1, times + 1)]
        self.number += times

    def close(self) -> None:
        """End the table."""
        self.table = None
