"""Worksheets of an xlsx workbook (ECMA-376-1, 18), streamed from their XML by expat.

One pass yields the displayed text of every cell: its value in its number format, the text of its error, and for a formula that
was never calculated the formula itself. Hints that only help a program to be faster, such as the stated extent of a sheet, are
not read, so that wrong ones do no harm. calamine, a reader in Rust, was used together with this one before: it knows neither
formats nor formulas, refuses a workbook for one error value of a newer Excel, and reading twice took longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from odlinked.sheets import xlsx_parts
from odlinked.sheets.headings import is_blank
from odlinked.sheets.merges import Merge, Merges
from odlinked.sheets.numerals import Show, plain
from odlinked.sheets.packages import Package
from odlinked.sheets.sheet import Extent, Reach, Sheet, roc, uncalculated
from odlinked.sheets.tables import Row, column_index
from odlinked.sheets.xlsx_parts import Attributes, Contents, Local, unescaped, workbook_part

__all__ = ["sheets", "workbook_part"]

_WORDS: Final = frozenset({"inlineStr", "str", "d"})
"""Types of cells that hold their text themselves (18.18.11)."""

_REMEMBERED: Final = 10_000
"""Most values whose displayed text is cached."""

_MERGE: Final = re.compile(rb"<(?:[\w.\-]+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_BEHIND: Final = 256
"""Most bytes that the tag of a merged cell takes."""

_MOST_MERGES: Final = 1_000_000


def sheets(package: Package, most_text: int) -> Iterator[Sheet]:
    """Yield the worksheets in order; raise `InputError` for a package that is not safe to read. `most_text` bytes of texts are
    kept in memory."""
    package.check_parts()
    found = xlsx_parts.contents(package, most_text)
    extent = Extent(package.name, package.caps)
    for index, (name, part) in enumerate(found.sheets):
        merges = Merges(_merges(package, part), stated=True)
        yield Sheet(name, _XlsxWorksheet(found, extent.of(index, name)).rows(package, part), merges)


def _merges(package: Package, part: str) -> list[Merge]:
    """Return the merged cells. They are stored after all rows but needed before them, so they are searched for in the bytes."""
    found: list[Merge] = []
    rest = b""
    for chunk in package.chunks(part):
        if b"mergeCell" not in rest + chunk:
            rest = chunk[-_BEHIND:]
            continue
        text = rest + chunk
        end = 0
        for match in _MERGE.finditer(text):
            left, top, right, bottom = match.groups()
            end = match.end()
            found.append(Merge(int(top), column_index(left.decode()), int(bottom), column_index(right.decode())))
        if len(found) > _MOST_MERGES:
            raise package.broken(f"it has more than {_MOST_MERGES:,} merged cells")
        rest = text[max(end, len(text) - _BEHIND):]
    return found


class _XlsxWorksheet:
    """Reads one worksheet part row by row; a cell is settled when the next one starts.

    End tags are handled only in cells of text, where blanks and line breaks between tags must not count. Elsewhere a call for
    each of them would take a third of the time.
    """

    def __init__(self, found: Contents, reach: Reach) -> None:
        self.texts, self.styles, self.reach = found.texts, found.styles, reach
        self.ready: list[Row] = []
        self.number, self.at, self.stated = 0, -1, False
        self.cells: list[str] = []
        self.cell: Attributes | None = None
        self.held: list[str] = []
        self.words: list[str] = []
        self.filled = self.aloud = False
        self.formula: list[str] | None = None
        self.local = Local()
        self.columns: dict[str, int] = {}
        self.remembered: dict[tuple[str, str], str] = {}
        self.reader = xlsx_parts.parser()

    def rows(self, package: Package, part: str) -> Iterator[Row]:
        """Yield the non-blank rows."""
        reader, ready = self.reader, self.ready
        reader.StartElementHandler, reader.CharacterDataHandler = self.start, self.held.append
        for _ in package.parsed(part, reader):
            yield from ready
            ready.clear()
        self.finish()
        yield from ready

    def start(self, tag: str, attributes: Attributes) -> None:
        kind = self.local[tag]
        if kind == "v":
            if self.formula is not None:
                self.formula += self.held
            self.held.clear()
            self.filled = True
        elif kind == "c":
            if self.cell is not None:
                self.settle(self.cell)
            self.cell = attributes
            self.held.clear()
            if attributes.get("t") in _WORDS:
                self.reader.EndElementHandler = self.end
        elif kind == "row":
            self.finish()
            stated = attributes.get("r", "")
            self.stated = stated.isdecimal() and len(stated) < 9
            self.number = int(stated) if self.stated else self.number + 1
        elif kind == "f":
            self.formula = []
            self.held.clear()
        elif kind == "t":
            self.held.clear()
        elif kind == "rPh":
            self.aloud = True

    def end(self, tag: str) -> None:
        """Take the text of a `v` or `t` that ends; phonetic text is skipped."""
        kind = self.local[tag]
        if kind == "v" or (kind == "t" and not self.aloud):
            self.words += self.held
        elif kind == "rPh":
            self.aloud = False

    def finish(self) -> None:
        """Settle the last cell of a row and hand the row over."""
        if self.cell is not None:
            self.settle(self.cell)
            self.cell = None
        if self.cells and not is_blank(self.cells):
            self.reach.take(self.number, self.cells)
            self.ready.append(Row(self.number, tuple(self.cells)))
        self.cells, self.at = [], -1

    def settle(self, cell: Attributes) -> None:
        """Store the displayed text of the cell at its position."""
        where = cell.get("r")
        letters = where.rstrip("0123456789") if where else ""
        at = self.columns.get(letters)
        if at is None:
            at = self.column(letters)
        if not self.stated and self.at < 0 and where and where[len(letters):].isdecimal() and len(where) < 12:
            self.number, self.stated = int(where[len(letters):]), True
        self.at = at
        kind = cell.get("t", "n")
        if kind == "s":
            text = self.shared() if self.filled else ""
        elif kind in _WORDS:
            text = self.text(kind)
            if self.formula is not None and not self.filled:
                text = uncalculated("".join(self.held))
        else:
            text = self.value(cell, kind)
        self.filled, self.formula = False, None
        if text:
            cells = self.cells
            if at < len(cells):
                cells[at] = text
                return
            if at > len(cells):
                cells += [""] * (at - len(cells))
            cells.append(text)

    def column(self, letters: str) -> int:
        """Return the column that letters name; without letters, it is the one after the cell before."""
        if not letters or len(letters) > 3 or not (letters.isascii() and letters.isalpha()):
            return self.at + 1
        self.columns[letters] = column = column_index(letters)
        return column

    def shared(self) -> str:
        try:
            index = int("".join(self.held))
        except ValueError:
            return ""
        return self.texts[index] if 0 <= index < len(self.texts) else ""

    def text(self, kind: str) -> str:
        """Return the text of a cell that holds its text inline."""
        self.reader.EndElementHandler = None
        if self.formula is not None and not self.filled:
            return uncalculated("".join(self.formula or self.held))
        text = unescaped("".join(self.words))
        self.words.clear()
        return roc(text) if kind == "d" else text

    def value(self, cell: Attributes, kind: str) -> str:
        """Return the displayed text of a number, a truth value or an error; a formula without a value shows itself."""
        raw = "".join(self.held).strip() if self.filled else ""
        if not raw:
            return uncalculated("".join(self.formula or self.held)) if self.formula is not None else ""
        if kind == "b":
            return "TRUE" if raw in ("1", "true") else "FALSE"
        if kind != "n":
            return raw
        style = cell.get("s", "")
        show = self.styles.get(style)
        if show is None and raw.isdigit() and len(raw) < 16 and raw[0] != "0":
            return raw
        key = (style, raw)
        text = self.remembered.get(key)
        return self.number_text(key, show or plain) if text is None else text

    def number_text(self, key: tuple[str, str], show: Show) -> str:
        """Compute the displayed text of a number, and cache it for the next cell of the same style and value."""
        try:
            text = show(float(key[1]))
        except (ValueError, OverflowError):
            text = key[1]
        if len(self.remembered) >= _REMEMBERED:
            self.remembered.clear()
        self.remembered[key] = text
        return text
