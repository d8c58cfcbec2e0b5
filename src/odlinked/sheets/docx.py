"""Tables of a .docx document (ECMA-376-1, 17.4), streamed from its main part by expat.

Text that a revision deleted or moved away is not read, text it added is. Content controls are transparent. python-docx, which the
tests write documents with, knows neither: it leaves out rows and text within content controls and insertions, and reads with a
parser of its own beside the limits of `packages`.
"""

from __future__ import annotations

from typing import Final

from odlinked.sheets.packages import Package, counted
from odlinked.sheets.written import MOST_SPAN, WrittenTables, streamed
from odlinked.sheets.xlsx_parts import main_part

_SPACES: Final = ("http://schemas.openxmlformats.org/wordprocessingml/2006/main ",
                  "http://purl.oclc.org/ooxml/wordprocessingml/main ")
_FALLBACK: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"
_SKIPPED: Final = frozenset({"del", "moveFrom", "rt", "pict"})
"""Elements whose content is no text of the document: deleted or moved away, pronunciation, old drawings."""

_MARKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SYMBOLS: Final = {"F0FE": "☑", "F0FD": "☒", "F052": "☑", "F0A8": "□", "F06F": "□", "F0A3": "□", "F06E": "■"}
"""Boxes in the fonts Wingdings and Wingdings 2, by their code: ticked or not, they are the answer in a cell."""

Attributes = dict[str, str]


def tables(package: Package) -> WrittenTables:
    """Return the tables of a document; `InputError` for a package that cannot be trusted or a table within a cell."""
    package.check_parts()
    main = main_part(package, "word/document.xml")
    if main is None:
        raise package.broken("it has no part 'word/document.xml', nor another that its relationships call the document")
    return streamed(package, main, _DocxDocument(package))


class _DocxDocument:
    """Reads the main part; a paragraph's text is held until the paragraph ends, a cell's until the cell ends."""

    def __init__(self, package: Package) -> None:
        self.tables = WrittenTables(package)
        self.skipping = self.boxes = 0
        self.spoken = False
        self.held: list[str] = []
        self.paragraphs: list[str] = []
        self.in_cell = self.deleted = False
        self.across, self.merged = 1, ""
        self.open: dict[int, tuple[int, int, int]] = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        name = _local(tag)
        if self.skipping or tag == _FALLBACK or name in _SKIPPED:
            self.deleted |= name == "del" and not self.in_cell and self.tables.table is not None
            self.skipping += 1
            return
        if name == "t":
            self.spoken = not (self.boxes and self.in_cell)
        elif name in _MARKS:
            self.held.append(_MARKS[name])
        elif name == "sym":
            self.held.append(_SYMBOLS.get(_value(attributes, "char").upper(), ""))
        elif name == "txbxContent":
            self.boxes += 1
        elif name == "tbl":
            self.tables.open()
            self.open = {}
        elif name == "tr":
            self.deleted = False
        elif name == "gridBefore":
            self.tables.cell("", _count(attributes))
        elif name == "tc":
            self.in_cell, self.across, self.merged = True, 1, ""
            self.paragraphs, self.held = [], []
        elif name == "gridSpan":
            self.across = _count(attributes)
        elif name == "vMerge":
            self.merged = _value(attributes, "val") or "continue"

    def text(self, text: str) -> None:
        if self.spoken and not self.skipping:
            self.held.append(text)

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
            return
        name = _local(tag)
        if name == "t":
            self.spoken = False
        elif name == "p":
            said, self.held = "".join(self.held), []
            if self.in_cell:
                self.paragraphs.append(said)
            elif self.tables.table is None:
                self.tables.line(said)
        elif name == "txbxContent":
            self.boxes -= 1
        elif name == "tc":
            self.settle()
        elif name == "tr":
            self.finish()
        elif name == "tbl":
            for left, (top, right, bottom) in self.open.items():
                self.tables.merge(top, left, bottom, right)
            self.tables.close()

    def settle(self) -> None:
        """Take the cell that just ended; one that continues the merged cell above shows nothing itself."""
        self.in_cell = False
        row = self.tables.number + 1
        left = self.tables.cell("" if self.merged == "continue" else "\n".join(self.paragraphs), self.across)
        right = left + self.across - 1
        before = self.open.get(left)
        if self.merged == "continue" and before is not None and not self.deleted:
            self.open[left] = before[0], before[1], row
            return
        if before is not None:
            top, end, bottom = self.open.pop(left)
            self.tables.merge(top, left, bottom, end)
        if self.merged == "restart":
            self.open[left] = row, right, row
        else:
            self.tables.merge(row, left, row, right)

    def finish(self) -> None:
        """Take the row that just ended, unless a revision deleted it."""
        if self.deleted:
            self.tables.cells = []
        self.tables.end_row()
        self.deleted = False


def _local(tag: str) -> str:
    """Return the name of an element of WordprocessingML without its namespace, "" for any other."""
    return next((tag[len(space):] for space in _SPACES if tag.startswith(space)), "")


def _value(attributes: Attributes, name: str) -> str:
    return next((attributes[space + name] for space in _SPACES if space + name in attributes), "")


def _count(attributes: Attributes) -> int:
    """Return a number of columns; anything but a whole number from one to a thousand counts as one."""
    return min(counted(_value(attributes, "val")), MOST_SPAN)
