"""One streaming look at the XML of an xlsx workbook before calamine reads it: extent, error values, leading zeros."""

from __future__ import annotations

import posixpath
from array import array
from pathlib import Path
from xml.parsers import expat

from odlinked.settings import ReadSettings
from odlinked.sheets.numerals import Zeros, zeros
from odlinked.sheets.packages import Package
from odlinked.sheets.seen import Seen
from odlinked.sheets.tables import column_index

Attributes = dict[str, str]


def look(path: Path, name: str, size: int, caps: ReadSettings) -> list[Seen]:
    """Return what was seen of each sheet, in order; raise `InputError` at a cap, a lying directory or a document type."""
    with Package(path, name, size, caps) as package:
        parts = set(package.names())
        sheets = _sheets(package, parts)
        styles = _styles(package) if "xl/styles.xml" in parts else {}
        lengths = _lengths(package) if "xl/sharedStrings.xml" in parts else array("L")
        seen = [_Worksheet(package, sheet, styles, lengths).read(part) if part in parts else Seen() for sheet, part in sheets]
        package.drain()
    return seen


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    return parser


def _sheets(package: Package, parts: set[str]) -> list[tuple[str, str]]:
    """Return name and part of each worksheet, in order."""
    targets: Attributes = {}
    sheets: list[tuple[str, str]] = []

    def relation(tag: str, attributes: Attributes) -> None:
        if tag.endswith(" Relationship"):
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")

    def sheet(tag: str, attributes: Attributes) -> None:
        if tag.endswith(" sheet"):
            key = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            sheets.append((attributes.get("name", ""), targets.get(key, "")))

    for part, handler in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        if part not in parts:
            raise package.broken(f"it has no part {part!r}")
        parser = _parser()
        parser.StartElementHandler = handler
        package.parse(part, parser)
    return sheets


def _styles(package: Package) -> dict[str, Zeros]:
    """Return the formats that show leading zeros, by the number of the cell style."""
    formats: dict[str, Zeros] = {}
    styles: dict[str, Zeros] = {}
    count = 0
    within = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal count, within
        kind = tag.rpartition(" ")[2]
        if kind == "numFmt":
            found = zeros(attributes.get("formatCode", ""))
            if found:
                formats[attributes.get("numFmtId", "")] = found
        elif kind == "cellXfs":
            within = True
        elif kind == "xf" and within:
            if attributes.get("numFmtId") in formats:
                styles[str(count)] = formats[attributes["numFmtId"]]
            count += 1

    def end(tag: str) -> None:
        nonlocal within
        within = within and not tag.endswith(" cellXfs")

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    package.parse("xl/styles.xml", parser)
    return styles


def _lengths(package: Package) -> array[int]:
    """Return how many characters each shared text has."""
    lengths = array("L")

    def start(tag: str, attributes: Attributes) -> None:
        if tag.endswith(" si"):
            lengths.append(0)

    def data(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    parser = _parser()
    parser.StartElementHandler, parser.CharacterDataHandler = start, data
    package.parse("xl/sharedStrings.xml", parser)
    return lengths


class _Worksheet:
    """Reads one worksheet part: a cell is settled when the next one starts."""

    def __init__(self, package: Package, sheet: str, styles: dict[str, Zeros], lengths: array[int]) -> None:
        self.package, self.sheet, self.styles, self.lengths = package, sheet, styles, lengths
        self.seen = Seen()
        self.row = self.column = -1
        self.top = self.left = 1 << 30
        self.bottom = self.right = -1
        self.characters = 0
        self.letters: dict[str, int] = {}
        self.cell: Attributes | None = None
        self.filled = False
        self.text: list[str] = []

    def read(self, part: str) -> Seen:
        parser = _parser()
        parser.StartElementHandler = self.start
        parser.CharacterDataHandler = self.text.append
        self.package.parse(part, parser)
        self.settle()
        if self.bottom >= 0:
            self.package.check_area(self.sheet, self.bottom + 1, self.right + 1)
        return self.seen

    def start(self, tag: str, attributes: Attributes) -> None:
        kind = tag[tag.rfind(" ") + 1:]
        if kind == "v":
            self.filled = True
            self.text.clear()
        elif kind == "c":
            if self.cell is not None:
                self.settle()
            self.text.clear()
            self.cell = attributes
            self.place(attributes.get("r"))
        elif kind == "is":
            self.filled = True
        elif kind == "row":
            self.settle()
            self.row = int(attributes["r"]) - 1 if attributes.get("r", "").isdecimal() else self.row + 1
            self.column = -1

    def place(self, where: str | None) -> None:
        """Find the cell's place: stated, else right of the one before."""
        letters = where.rstrip("0123456789") if where else ""
        if where is None or not letters.isalpha() or len(letters) > 4 or len(where) - len(letters) not in range(1, 9):
            self.column += 1
            return
        if letters not in self.letters:
            self.letters[letters] = column_index(letters)
        self.column, self.row = self.letters[letters], int(where[len(letters):]) - 1

    def settle(self) -> None:
        """Take the cell before into account; only what holds a value has an extent."""
        cell, self.cell = self.cell, None
        if cell is None or not self.filled:
            return
        self.filled = False
        row, column = self.row, self.column
        if row < self.top or row > self.bottom or column < self.left or column > self.right:
            self.top, self.bottom = min(row, self.top), max(row, self.bottom)
            self.left, self.right = min(column, self.left), max(column, self.right)
        kind = cell.get("t")
        if kind == "s":
            self.shared()
        elif kind == "e":
            self.seen.shown[row + 1][column] = "".join(self.text).strip()
        elif cell.get("s") in self.styles and kind in (None, "n"):
            self.zeros(self.styles[cell["s"]])

    def shared(self) -> None:
        index = "".join(self.text).strip()
        if index.isdecimal() and int(index) < len(self.lengths):
            self.characters += self.lengths[int(index)]
            if self.characters > self.package.caps.max_bytes:
                raise self.package.too_much_text(self.sheet)

    def zeros(self, style: Zeros) -> None:
        try:
            number = float("".join(self.text))
        except ValueError:
            return
        if number.is_integer() and abs(number) < 1e15:
            self.seen.shown[self.row + 1][self.column] = style.show(int(number))
