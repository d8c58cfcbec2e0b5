"""Tables of an OpenDocument text (ODF 1.3, part 3, 9.1), streamed from content.xml by expat.

A cell is its text. What a revision deleted is not read; a table in a frame is, where the frame stands in no cell.
"""

from __future__ import annotations

from typing import Final

from odlinked.sheets.packages import Package, counted
from odlinked.sheets.written import MOST_SPAN, WrittenTables, streamed

_CONTENT: Final = "content.xml"
_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_DRAW: Final = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 "
_TAGS: Final = {
    _TABLE + "table": "table", _TABLE + "table-row": "row", _TABLE + "table-cell": "cell",
    _TABLE + "covered-table-cell": "covered", _TEXT + "p": "p", _TEXT + "h": "p", _TEXT + "s": "s",
    _TEXT + "tab": "tab", _TEXT + "line-break": "break",
    _DRAW + "frame": "frame", _TEXT + "tracked-changes": "skipped", _TEXT + "note": "skipped", _TEXT + "ruby-text": "skipped",
    _OFFICE + "annotation": "skipped"}
_COLUMNS, _ROWS = _TABLE + "number-columns-repeated", _TABLE + "number-rows-repeated"
_ACROSS, _DOWN = _TABLE + "number-columns-spanned", _TABLE + "number-rows-spanned"
_BLANKS: Final = _TEXT + "c"
Attributes = dict[str, str]


def tables(package: Package) -> WrittenTables:
    """Return the tables of a document; `InputError` for a package that cannot be trusted or a table within a cell."""
    package.check_parts()
    return streamed(package, _CONTENT, _OdtContent(package))


class _OdtContent:
    """Reads content.xml; a paragraph's text is held until it ends, a cell's until the cell ends."""

    def __init__(self, package: Package) -> None:
        self.tables = WrittenTables(package)
        self.skipping = self.frames = self.speaking = 0
        self.held: list[str] = []
        self.paragraphs: list[str] = []
        self.cell: Attributes | None = None
        self.row: Attributes = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        kind = _TAGS.get(tag)
        if self.skipping or kind == "skipped":
            self.skipping += 1
        elif kind == "p":
            self.speaking += 1
        elif kind in ("s", "tab", "break"):
            self.held.append(" " * _count(attributes, _BLANKS) if kind == "s" else "\t" if kind == "tab" else "\n")
        elif kind == "frame":
            self.frames += 1
        elif kind == "table":
            self.tables.open()
        elif kind == "row":
            self.row = attributes
        elif kind in ("cell", "covered"):
            self.cell, self.paragraphs, self.held = attributes, [], []

    def text(self, text: str) -> None:
        if self.speaking and not self.skipping and not (self.frames and self.cell is not None):
            self.held.append(text)

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
            return
        kind = _TAGS.get(tag)
        if kind == "p":
            self.speaking -= 1
            said, self.held = "".join(self.held), []
            if self.cell is not None:
                self.paragraphs.append(said)
            elif self.tables.table is None:
                self.tables.line(said)
        elif kind == "frame":
            self.frames -= 1
        elif kind in ("cell", "covered"):
            self.settle(self.cell or {}, is_covered=kind == "covered")
        elif kind == "row":
            self.tables.end_row(_count(self.row, _ROWS))
        elif kind == "table":
            self.tables.close()

    def settle(self, cell: Attributes, *, is_covered: bool) -> None:
        """Take the cell that just ended; a covered one shows nothing, but has its place."""
        self.cell = None
        text = "" if is_covered else "\n".join(self.paragraphs)
        row = self.tables.number + 1
        for _ in range(_count(cell, _COLUMNS)):
            left = self.tables.cell(text)
            if not is_covered:
                self.tables.merge(row, left, row + _count(cell, _DOWN) - 1, left + _count(cell, _ACROSS) - 1)


def _count(attributes: Attributes, key: str) -> int:
    """Return a repeat or span; anything but a whole number from one to a thousand counts as one."""
    return min(counted(attributes.get(key, "1")), MOST_SPAN)
