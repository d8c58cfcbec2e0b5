"""Rows and cells of an OpenDocument spreadsheet in its content, and which of them may be written (ODF 1.3, part 3, 9.1)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from odlinked.quality.annotated import markup
from odlinked.quality.annotated.markup import BrokenPart, Element
from odlinked.quality.annotated.rewriting import LONGEST_CELL
from odlinked.quality.annotated.worksheet import CellPosition

_SHEET: Final = ("document-content", "body", "spreadsheet", "table")
_AROUND: Final = frozenset({"table-row", "table-row-group", "table-header-rows", "table-rows", "table-columns",
                            "table-column-group", "table-header-columns"})
"""What can stand between a sheet and its rows, columns and cells."""

_CELLS: Final = frozenset({"table-cell", "covered-table-cell"})
_TAKEN: Final = frozenset({"table-row", "table-row-group", "table-column", *_CELLS})
_DEEP: Final = 40
_PLAIN: Final = frozenset({"p", "s", "tab", "line-break"})
"""The elements of a text without a look of its own."""

_NAMESPACES: Final = {"office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
                      "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
                      "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0"}


@dataclass
class RepeatedRow:
    """A row element: the number of its first row, how many it stands for, and whether people see it."""

    element: Element
    first: int
    times: int
    hidden: bool
    cells: list[tuple[int, int, Element]] = field(default_factory=list)
    """The first column, how many columns it stands for, and the element of each cell."""


@dataclass
class SheetOfRows:
    """A sheet: its rows, hidden columns, and the cells whose values an array formula gives: first and last row and column."""

    lines: list[RepeatedRow] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    calculated: list[tuple[int, int, int, int]] = field(default_factory=list)

    def line(self, row: int) -> RepeatedRow | None:
        """Return the row element that a row belongs to."""
        place = bisect_right(self.lines, row, key=lambda one: one.first) - 1
        return self.lines[place] if place >= 0 and row < self.lines[place].first + self.lines[place].times else None

    def kept(self, data: bytes, at: CellPosition, instead: str) -> str:
        """Return why a cell stays as it is, "" where another text may be written into it."""
        line = self.line(at.row)
        cell = next((one for first, times, one in line.cells if first <= at.column < first + times), None) if line else None
        if line is None or cell is None:
            return "absent"
        stated = _local(cell)
        if markup.local(cell.name) != "table-cell" or any(_count(stated, f"number-{what}-spanned") > 1
                                                          for what in ("columns", "rows")):
            return "merged"
        if line.hidden or at.column in self.hidden:
            return "hidden"
        if "formula" in stated or any(top <= at.row <= bottom and first <= at.column <= last
                                      for top, bottom, first, last in self.calculated):
            return "formula"
        inside = children(data[cell.start:cell.end])
        if not any(markup.local(one.name) == "p" for one in inside):
            return "absent"
        if not _is_plain(data[cell.start:cell.end]):
            return "format"
        return "long" if len(instead) > LONGEST_CELL else ""


def found(data: bytes) -> tuple[dict[str, str], dict[str, SheetOfRows]]:
    """Return the prefixes of the namespaces and the sheets by name, without those of one name; raise `BrokenPart` for what is no
    content of a spreadsheet."""
    elements = sorted(markup.walk(data, _wanted, _DEEP), key=lambda one: one.start)
    if not elements or markup.local(elements[0].name) != "document-content":
        raise BrokenPart("it is no content of a spreadsheet")
    prefixes = {uri: name.partition(":")[2] for name, uri in elements[0].attributes.items() if name.startswith("xmlns:")}
    if any(uri not in prefixes for uri in _NAMESPACES.values()):
        raise BrokenPart("its namespaces are not declared at its root")
    return {name: prefixes[uri] for name, uri in _NAMESPACES.items()}, _gathered(elements[1:])


def _gathered(found: Sequence[Element]) -> dict[str, SheetOfRows]:
    """Return rows, columns and cells in their sheets."""
    sheets: dict[str, SheetOfRows] = {}
    doubled: set[str] = set()
    sheet, row, column, folded = SheetOfRows(), 1, 0, 0
    for element in found:
        kind, stated = markup.local(element.name), _local(element)
        if kind == "table":
            name = stated.get("name", "")
            doubled |= {name} & sheets.keys()
            sheet, row, column, folded = SheetOfRows(), 1, 0, 0
            sheets[name] = sheet
        elif kind == "table-column":
            times = _count(stated, "number-columns-repeated")
            if stated.get("visibility", "visible") != "visible":
                sheet.hidden |= set(range(column, min(column + times, 100_000)))
            column += times
        elif kind == "table-row-group":
            folded = element.end if stated.get("display") == "false" else folded
        elif kind == "table-row":
            times = _count(stated, "number-rows-repeated")
            hidden = stated.get("visibility", "visible") != "visible" or element.start < folded
            sheet.lines.append(RepeatedRow(element, row, times, hidden))
            row += times
        elif sheet.lines:
            _put(sheet, element, stated)
    for name in doubled:
        del sheets[name]
    return sheets


def _put(sheet: SheetOfRows, element: Element, stated: Mapping[str, str]) -> None:
    line = sheet.lines[-1]
    at = line.cells[-1][0] + line.cells[-1][1] if line.cells else 0
    line.cells.append((at, _count(stated, "number-columns-repeated"), element))
    across, down = _count(stated, "number-matrix-columns-spanned"), _count(stated, "number-matrix-rows-spanned")
    if across > 1 or down > 1:
        sheet.calculated.append((line.first, line.first + down - 1, at, at + across - 1))


def _wanted(path: tuple[str, ...]) -> bool:
    """Accept the root, sheets, and the rows, columns and cells of sheets, not those of tables in drawings or cells."""
    if len(path) == 1:
        return True
    if path[:4] != _SHEET:
        return False
    return len(path) == 4 or (path[-1] in _TAKEN and _AROUND.issuperset(path[4:-1]))


def children(cell: bytes) -> list[Element]:
    """Return the children of a cell, whose namespaces are declared around it."""
    return list(markup.walk(cell, lambda path: len(path) == 2, 2))


def _is_plain(cell: bytes) -> bool:
    """True where no part of a cell's text has a look or a link of its own."""
    return not list(markup.walk(cell, lambda path: len(path) > 2 and path[1] == "p" and path[-1] not in _PLAIN, _DEEP))


def _local(element: Element) -> dict[str, str]:
    """Return the attributes by their names without prefixes."""
    return {markup.local(name): value for name, value in element.attributes.items()}


def _count(stated: Mapping[str, str], name: str) -> int:
    """Return a repeat or span; anything but a whole number above zero counts as one."""
    value = stated.get(name, "1")
    return max(int(value), 1) if value.isdecimal() and len(value) < 10 else 1
