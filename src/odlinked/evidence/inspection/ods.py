"""The first filled sheet of an OpenDocument spreadsheet, streamed; repeats are unrolled only where something shows."""

from __future__ import annotations

import re
from typing import Final

from odlinked.evidence.inspection.package import Package, Unreadable, parser
from odlinked.evidence.inspection.shape import Shape, Wanted
from odlinked.evidence.inspection.sheet import MOST_CELLS, Further, Sheet, number

_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_PADDED: Final = re.compile(r"-?0\d+\Z")
_MOST_TEXT: Final = 1 << 28
Attributes = dict[str, str]


def read(package: Package, wanted: Wanted) -> Shape:
    """Return what the first sheet that shows anything holds; raise `Unreadable`."""
    if "content.xml" not in package.names:
        raise Unreadable("it has no part 'content.xml'")
    if "META-INF/manifest.xml" in package.names and b"encryption-data" in package.head("META-INF/manifest.xml", 1 << 20):
        raise Unreadable("it wants a password")
    content = _Content(wanted)
    reader = parser()
    reader.StartElementHandler, reader.EndElementHandler = content.start, content.end
    reader.CharacterDataHandler = content.data
    try:
        package.parse("content.xml", reader)
    except Unreadable:
        if content.further is None:
            raise
        content.unread += 1  # what cannot be read is not read either
    if not content.any:
        raise Unreadable("it has no sheet")
    shape = content.sheet.shape()
    shape.unread = content.unread
    return shape


class _Content:
    """Reads content.xml row by row."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.sheet = Sheet(wanted)
        self.further: Further | None = None
        self.tables = self.skip = self.unread = 0
        self.any = False
        self.number = self.blanks = self.shown = 0
        self.row: Attributes = {}
        self.cells: list[str] = []
        self.cell: Attributes | None = None
        self.text: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == _TABLE + "table":
            self.tables += 1
            self.any = True
        elif tag == _TABLE + "table-row":
            self.row, self.cells, self.blanks = attributes, [], 0
        elif tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self.cell = attributes
            self.text.clear()
        elif tag == _OFFICE + "annotation":
            self.skip += 1
        elif tag == _TEXT + "p" and self.text and not self.skip:
            self.text.append("\n")
        elif tag == _TEXT + "s" and not self.skip:
            self.text.append(" ")

    def data(self, text: str) -> None:
        if self.cell is not None and not self.skip:
            self.text.append(text)

    def end(self, tag: str) -> None:
        if tag == _OFFICE + "annotation":
            self.skip -= 1
        elif tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self.settle()
        elif tag == _TABLE + "table-row":
            self.rows()
        elif tag == _TABLE + "table":
            self.tables -= 1
            if not self.tables and not self.sheet.is_blank:
                self.further = Further(self.wanted)
            self.number = 0

    def settle(self) -> None:
        """Take the cell that just ended; blank ones wait until a filled one follows."""
        cell, self.cell = self.cell or {}, None
        times = _count(cell, "number-columns-repeated")
        text = _shown(cell, "".join(self.text))
        if not text:
            self.blanks += times
            return
        self.shown += len(text) * times
        if len(self.cells) + self.blanks + times > MOST_CELLS or self.shown > _MOST_TEXT:
            raise Unreadable("its filled cells spread over more cells than are read")
        self.cells += [""] * self.blanks + [text] * times
        self.blanks = 0

    def rows(self) -> None:
        """Take the row that just ended as often as it is repeated."""
        times = _count(self.row, "number-rows-repeated")
        if self.cells and self.further is not None:
            self.look(self.further, times)
        elif self.cells:
            for step in range(1, times + 1):
                self.sheet.take(self.number + step, self.cells)
        self.number += times
        self.cells = []


    def look(self, further: Further, times: int) -> None:
        """Take the row of a sheet after the one that counts, until it is known to hold a table."""
        try:
            for _ in range(min(times, 2)):
                further.take(self.number, self.cells)
        except Further.Enough:
            self.unread += not further.told
            further.told = True


def _shown(cell: Attributes, text: str) -> str:
    """Return what a cell shows: numbers plainly, dates as ISO 8601, leading zeros kept."""
    kind = cell.get(_OFFICE + "value-type", "")
    if kind in ("float", "percentage", "currency") and not _PADDED.match(text.strip()):
        try:
            return number(float(cell.get(_OFFICE + "value", "")))
        except (ValueError, OverflowError):
            return text
    if kind == "date":
        return cell.get(_OFFICE + "date-value", text)
    return text


def _count(attributes: Attributes, key: str) -> int:
    """Return a repeat; what is no whole number above zero counts as one."""
    value = attributes.get(_TABLE + key, "1")
    return max(int(value), 1) if value.isdecimal() and len(value) < 10 else 1
