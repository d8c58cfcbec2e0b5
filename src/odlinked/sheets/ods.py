"""Sheets of an OpenDocument spreadsheet (ODF 1.3, part 3, 9.1), streamed from content.xml by expat.

The file holds the displayed text of each cell next to its value. For numbers the text is used, without thousands separators and
currencies, provided that it is the stored number, rounded: 113.10 and 007 stay as they are. Dates and times are ISO 8601. Repeats
are counted, and expanded only where a cell is not blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from odlinked.sheets import caps as limits
from odlinked.sheets.headings import is_blank
from odlinked.sheets.merges import Merge, Merges
from odlinked.sheets.numerals import plain
from odlinked.sheets.packages import Package, counted
from odlinked.sheets.sheet import CONTROLS, Extent, Reach, Sheet, roc, uncalculated
from odlinked.sheets.tables import Row

_CONTENT: Final = "content.xml"
_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_DRAW: Final = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 "
_TAGS: Final = {
    _TABLE + "table-cell": "cell", _TABLE + "covered-table-cell": "cell", _TABLE + "table-row": "row", _TABLE + "table": "table",
    _TEXT + "p": "p", _TEXT + "s": "s", _TEXT + "tab": "tab", _TEXT + "line-break": "break", _TEXT + "ruby-text": "skipped",
    _OFFICE + "annotation": "skipped", _DRAW + "frame": "skipped", _DRAW + "custom-shape": "skipped", _DRAW + "g": "skipped",
    _DRAW + "control": "skipped"}
"""What is read, by tag. What is "skipped" is no part of a cell's text: a note, a drawing, or a pronunciation."""

_VALUE_TYPE, _VALUE, _FORMULA = _OFFICE + "value-type", _OFFICE + "value", _TABLE + "formula"
_COLUMNS, _ROWS = _TABLE + "number-columns-repeated", _TABLE + "number-rows-repeated"
_ACROSS, _DOWN = _TABLE + "number-columns-spanned", _TABLE + "number-rows-spanned"
_BLANKS: Final = _TEXT + "c"
_MOST_BLANKS: Final = 1_000
_NUMBERS: Final = frozenset({"float", "percentage", "currency"})
_DRESS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))|(?:NT|US|HK)?[$€£¥￥]")
_NUMBER: Final = re.compile(r"-?\d+(?:\.(\d+))?")
_DURATION: Final = re.compile(r"PT(\d{1,9})H(\d{1,2})M(\d{1,2})(?:[.,]\d+)?S\Z")
_SCIENTIFIC: Final = re.compile(r"\d[eE][+-]?\d")
Attributes = dict[str, str]


def sheets(package: Package) -> Iterator[Sheet]:
    """Yield the sheets in order, each to be read before the next; `InputError` for a package that cannot be trusted."""
    package.check_parts()
    content = _Content(package)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = content.start, content.end
    content.parser = parser
    steps = package.parsed(_CONTENT, parser)
    index = 0
    while True:
        while len(content.sheets) <= index:
            if next(steps, _ENDED) is _ENDED:
                if not index:
                    raise package.broken("it has no sheet")
                return
        opened = content.sheets[index]
        yield Sheet(opened.name, _rows(opened, steps), opened.merges)
        opened.wanted = False
        index += 1


def _rows(opened: _Opened, steps: Iterator[None]) -> Iterator[Row]:
    """Yield the rows of a sheet as far as they are wanted, and read on until it ends."""
    while True:
        yield from opened.ready
        opened.ready.clear()
        if opened.ended or next(steps, _ENDED) is _ENDED:
            yield from opened.ready
            return


_ENDED: Final = object()


class _Opened:
    """A sheet being read: rows waiting to be yielded; once it is no longer `wanted`, none are kept."""

    def __init__(self, name: str, reach: Reach) -> None:
        self.name, self.reach = name, reach
        self.ready: list[Row] = []
        self.merges = Merges(stated=True)
        self.ended, self.wanted = False, True


class _Content:
    """Parses content.xml; blank cells and rows are only counted until a cell that is not blank follows."""

    parser: expat.XMLParserType

    def __init__(self, package: Package) -> None:
        self.package = package
        self.extent = Extent(package.name, package.caps)
        self.sheets: list[_Opened] = []
        self.sheet: _Opened | None = None
        self.tables = self.skipping = 0
        self.number = self.blanks = 0
        self.row: Attributes = {}
        self.cells: list[str] = []
        self.cell: Attributes | None = None
        self.held: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        kind = _TAGS.get(tag)
        if kind == "cell":
            if not self.skipping:
                self.cell = attributes
                self.held.clear()
        elif kind == "p":
            if self.cell is not None and not self.skipping:
                if self.held:
                    self.held.append("\n")
                self.parser.CharacterDataHandler = self.held.append
        elif kind == "row":
            self.row, self.cells, self.blanks = attributes, [], 0
        elif kind == "table":
            self.tables += 1
            if self.tables == 1:
                name = attributes.get(_TABLE + "name", "")
                self.sheet = _Opened(name, self.extent.of(len(self.sheets), name))
                self.sheets.append(self.sheet)
                self.number = 0
        elif kind == "skipped":
            self.skipping += 1
            self.parser.CharacterDataHandler = None
        elif kind is not None and self.cell is not None and not self.skipping:
            self.held.append(" " * min(_count(attributes, _BLANKS), _MOST_BLANKS) if kind == "s" else
                             "\t" if kind == "tab" else "\n")

    def end(self, tag: str) -> None:
        kind = _TAGS.get(tag)
        if kind == "p":
            self.parser.CharacterDataHandler = None
        elif kind == "cell":
            if self.cell is not None and not self.skipping and self.sheet is not None:
                self.settle(self.sheet, self.cell)
        elif kind == "row":
            if self.sheet is not None and not self.skipping:
                self.finish(self.sheet)
        elif kind == "skipped":
            self.skipping -= 1
            if not self.skipping and self.cell is not None:
                self.parser.CharacterDataHandler = self.held.append
        elif kind == "table":
            self.tables -= 1
            if not self.tables and self.sheet is not None:
                self.sheet.ended, self.sheet = True, None

    def settle(self, sheet: _Opened, cell: Attributes) -> None:
        """Take the cell that just ended."""
        self.cell = None
        times = _count(cell, _COLUMNS) if _COLUMNS in cell else 1
        if _DOWN in cell or _ACROSS in cell:
            self.merge(sheet, cell)
        text = _shown(cell, "".join(self.held))
        if not text:
            self.blanks += times
            return
        width = len(self.cells) + self.blanks + times
        if width > self.package.caps.max_columns:
            limits.check_width(sheet.reach.on, self.number + 1, width, self.package.caps)
        if self.blanks:
            self.cells += [""] * self.blanks
            self.blanks = 0
        if times == 1:
            self.cells.append(text)
        else:
            self.cells += [text] * times

    def merge(self, sheet: _Opened, cell: Attributes) -> None:
        down, across = _count(cell, _DOWN), _count(cell, _ACROSS)
        if down > 1 or across > 1:
            left = len(self.cells) + self.blanks
            sheet.merges.add(Merge(self.number + 1, left, self.number + down, left + across - 1))

    def finish(self, sheet: _Opened) -> None:
        """Hand over the row that just ended, as often as it is repeated."""
        times = _count(self.row, _ROWS) if _ROWS in self.row else 1
        if self.cells and sheet.wanted and not is_blank(self.cells):
            sheet.reach.take(self.number + 1, self.cells, times)
            cells = tuple(self.cells)
            sheet.ready += [Row(self.number + step, cells) for step in range(1, times + 1)]
        self.number += times
        self.cells = []


def _shown(cell: Attributes, text: str) -> str:
    """Return what a cell shows."""
    kind = cell.get(_VALUE_TYPE)
    if kind in _NUMBERS:
        return _number(cell.get(_VALUE, ""), text.strip())
    if kind == "date":
        return roc(cell.get(_OFFICE + "date-value", text).removesuffix("T00:00:00"))
    if kind == "time":
        match = _DURATION.match(cell.get(_OFFICE + "time-value", ""))
        return f"{int(match[1]):02}:{int(match[2]):02}:{int(match[3]):02}" if match else text
    if kind == "boolean":
        return cell.get(_OFFICE + "boolean-value", text).upper()
    if text:
        return text.translate(CONTROLS)
    if kind is None and _FORMULA in cell:
        return uncalculated(cell[_FORMULA].partition("=")[2])
    return cell.get(_OFFICE + "string-value", "")


def _number(value: str, text: str) -> str:
    """Return the text of a number: the displayed one where that is the stored number, rounded or padded, else the stored one."""
    if text == value and text.isdigit():
        return text
    try:
        stored = float(value)
    except ValueError:
        return text
    shown = _DRESS.sub("", text).replace("−", "-").strip()
    match = _NUMBER.search(shown)
    if match is None or "," in shown or (stored < 0) != (match[0][0] == "-"):
        return plain(stored)
    if stored.is_integer() and "." not in shown and "".join(filter(str.isdigit, shown)).lstrip("0") == plain(abs(stored)):
        return shown
    scale = 100 if "%" in shown else 1
    near = abs(float(match[0]) - stored * scale) <= 0.500001 * 0.1 ** len(match[1] or "")
    return shown if near and "/" not in shown and not _SCIENTIFIC.search(shown) else plain(stored)


def _count(attributes: Attributes, key: str) -> int:
    """Return a repeat or span; anything but a whole number above zero counts as one."""
    return counted(attributes.get(key, "1"))
