"""One streaming look at the XML of an ods workbook before calamine reads it: extent, errors, leading zeros, merged cells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.parsers import expat

from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets.merges import Merge
from odlinked.sheets.packages import Package
from odlinked.sheets.seen import Seen

_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_ERROR: Final = re.compile(r"#[A-Z0-9/]+[!?]?\Z|Err:\d{3}\Z")
_PADDED: Final = re.compile(r"-?0\d+\Z")
Attributes = dict[str, str]


def look(path: Path, name: str, size: int, caps: ReadSettings) -> list[Seen]:
    """Return what was seen of each sheet, in order; raise `InputError` at a cap, a lying directory or a document type."""
    with Package(path, name, size, caps) as package:
        if "content.xml" not in package.names():
            raise package.broken("it has no part 'content.xml'")
        content = _Content(package)
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = content.start, content.end
        parser.CharacterDataHandler = content.data
        package.parse("content.xml", parser)
        package.drain()
    return content.seen


class _Content:
    """Reads content.xml. Repeats are counted, not unrolled; only what shows something has an extent."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.seen: list[Seen] = []
        self.sheet: str | None = None
        self.merges: list[Merge] = []
        self.row = self.column = self.repeat = 0
        self.bottom = self.right = -1
        self.characters = self.differing = 0
        self.cell: Attributes | None = None
        self.skip = 0
        self.text: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == _TABLE + "table" and self.sheet is None:
            self.sheet = attributes.get(_TABLE + "name", "")
            self.merges = []
            self.seen.append(Seen(merges=self.merges))
            self.row = self.characters = 0
            self.bottom = self.right = -1
        elif self.sheet is None:
            return
        elif tag == _TABLE + "table-row":
            self.repeat, self.column = _count(attributes, "number-rows-repeated"), 0
        elif tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self.cell = attributes
            self.text.clear()
        elif tag == _OFFICE + "annotation":
            self.skip += 1

    def data(self, text: str) -> None:
        if self.cell is not None and not self.skip:
            self.text.append(text)

    def end(self, tag: str) -> None:
        if self.sheet is None:
            return
        if tag == _OFFICE + "annotation":
            self.skip -= 1
        elif tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self.settle()
        elif tag == _TABLE + "table-row":
            self.row += self.repeat
        elif tag == _TABLE + "table":
            if self.bottom >= 0:
                self.package.check_area(self.sheet, self.bottom + 1, self.right + 1)
            self.sheet = None

    def settle(self) -> None:
        """Take the cell that just ended into account."""
        cell, self.cell = self.cell or {}, None
        times = _count(cell, "number-columns-repeated")
        row, column = self.row, self.column
        self.column += times
        text = "".join(self.text).strip()
        if not text and _OFFICE + "value-type" not in cell:
            return
        self.bottom, self.right = max(self.bottom, row + self.repeat - 1), max(self.right, column + times - 1)
        self.characters += len(text) * times * self.repeat
        if self.characters > self.package.caps.max_bytes:
            raise self.package.too_much_text(self.sheet or "")
        down, across = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
        if down > 1 or across > 1:
            self.merges.append(Merge(row + 1, column, row + down, column + across - 1))
        if self._differs(cell, text):
            self.differing += times * self.repeat
            limits.check_rows(self.package.name, max(self.bottom + 1, self.differing), self.package.caps)
            limits.check_width(self.package.name, row + 1, self.right + 1, self.package.caps)
            shown = self.seen[-1].shown
            for number in range(row + 1, row + self.repeat + 1):
                shown[number].update(dict.fromkeys(range(column, column + times), text))

    @staticmethod
    def _differs(cell: Attributes, text: str) -> bool:
        """True when the cell shows something else than its stored value: an error, or a whole number with leading zeros."""
        kind = cell.get(_OFFICE + "value-type")
        if kind == "float" and _PADDED.match(text):
            value = cell.get(_OFFICE + "value", "")
            return bool(re.fullmatch(r"-?\d+(\.0*)?", value)) and int(text) == int(float(value))
        is_error = any(key.endswith(" value-type") and value == "error" for key, value in cell.items())
        return bool(_ERROR.match(text)) and (is_error or _TABLE + "formula" in cell)


def _count(attributes: Attributes, key: str) -> int:
    """Return a repeat or span; what is no whole number above zero counts as one."""
    value = attributes.get(_TABLE + key, "1")
    return max(int(value), 1) if value.isdecimal() and len(value) < 10 else 1
