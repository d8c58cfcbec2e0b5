"""A worksheet part: where its rows and cells are, and the cells that get another style."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from odlinked.quality.annotated import markup
from odlinked.quality.annotated.markup import BrokenPart, Element
from odlinked.sheets.tables import column_index, column_letter

_PLACE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_RANGED: Final = re.compile(rb"""<(?:\w+:)?f\b(?=[^>]*\st=["'](?:array|dataTable)["'])[^>]*\sref=["']([A-Z0-9:]{2,30})["']""")
_BEFORE_LEGACY: Final = frozenset((
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr",
    "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
    "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
))
"""The elements before `legacyDrawing` in a worksheet (ECMA-376 part 1, CT_Worksheet)."""


class CellPosition(NamedTuple):
    """A cell: its 1-based row and 0-based column."""

    row: int
    column: int

    @property
    def name(self) -> str:
        """The cell as a spreadsheet names it: C5."""
        return f"{column_letter(self.column)}{self.row}"


Style = Callable[[CellPosition, int, str], int]
"""(cell, its own style, severity) -> the style it gets."""


def place(name: str) -> CellPosition | None:
    """Return the position that a cell's name gives, None where it is not a cell's name."""
    match = _PLACE.fullmatch(name)
    return CellPosition(int(match[2]), column_index(match[1])) if match else None


class Worksheet:
    """A worksheet part, read once; `painted` returns it with other styles. Raise `BrokenPart` for an invalid part."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.rows: dict[int, Element] = {}
        self._top: dict[str, Element] = {}
        self._spans: list[tuple[CellPosition, CellPosition]] = []
        self._columns: list[tuple[int, int, dict[str, str]]] = []
        self._known: dict[int, list[tuple[int, Element]]] = {}
        self._after = 0
        before = 0
        for element in markup.walk(data, _wanted, 3):
            kind = markup.local(element.name)
            if kind == "row":
                before = _number(element.attributes.get("r"), before + 1)
                self.rows[before] = element
            elif element.depth <= 2:
                self._top[kind] = element
                self._after = element.end if kind in _BEFORE_LEGACY else self._after
            elif kind == "mergeCell":
                first, _, last = element.attributes.get("ref", "").partition(":")
                ends = place(first), place(last or first)
                if ends[0] and ends[1]:
                    self._spans.append((ends[0], ends[1]))
            else:
                low, high = (_number(element.attributes.get(end), 0) for end in ("min", "max"))
                self._columns.append((low - 1, high - 1, element.attributes))
        if "sheetData" not in self._top or "worksheet" not in self._top:
            raise BrokenPart("it is no worksheet")
        self.prefix = markup.prefix(self._top["worksheet"].name)
        if self._top["worksheet"].attributes.get("xmlns" + (":" + self.prefix[:-1] if self.prefix else "")) != markup.MAIN:
            raise BrokenPart("it is no worksheet of the known kind")

    def anchor(self, at: CellPosition) -> CellPosition:
        """Return the cell that shows a position: the first one of the merged cells it belongs to, else itself."""
        for first, last in self._spans:
            if first.row <= at.row <= last.row and first.column <= at.column <= last.column:
                return first
        return at

    def first_filled(self, row: int) -> int:
        """Return the column of the first non-blank cell of a row, 0 where there is none."""
        element = self.rows.get(row)
        cells = _cells(self.data[element.start:element.end]) if element else []
        return next((column for column, cell in cells if not cell.empty), 0)

    def width(self, column: int) -> int:
        """Return a column's approximate width in pixels."""
        for low, high, attributes in self._columns:
            if low <= column <= high:
                wide = _real(attributes.get("width"), 8.43)
                return 0 if attributes.get("hidden") in ("1", "true") else int(wide * 7 + 5)
        return 64

    def height(self, row: int) -> int:
        """Return a row's approximate height in pixels."""
        attributes = self.rows[row].attributes if row in self.rows else {}
        return 0 if attributes.get("hidden") in ("1", "true") else int(_real(attributes.get("ht"), 15.0) * 4 / 3)

    @property
    def legacy(self) -> str:
        """The relationship id of the drawing that holds comments, "" for none."""
        element = self._top.get("legacyDrawing")
        return next((value for name, value in element.attributes.items() if markup.local(name) == "id"), "") if element else ""

    def painted(self, marks: Mapping[CellPosition, str], style: Style, legacy: str = "") -> bytes:
        """Return the part with the cells of `marks` in the style that `style(place, its own, severity)` gives.

        `legacy` is the relationship id of a drawing of comments to add.
        """
        by_row: dict[int, dict[int, str]] = {}
        for at, severity in marks.items():
            by_row.setdefault(at.row, {})[at.column] = severity
        edits = [self._row(row, by_row[row], style) for row in sorted(by_row) if row in self.rows]
        edits += self._new_rows({row: wanted for row, wanted in by_row.items() if row not in self.rows}, style)
        if legacy:
            piece = f'<{self.prefix}legacyDrawing xmlns:r="{markup.OFFICE}" r:id="{legacy}"/>'
            edits.append((self._after, self._after, piece.encode()))
        edits += self._dimension(marks)
        return markup.edited(self.data, edits)

    def kept(self, at: CellPosition) -> str:
        """Return why another text may not be written into a cell: "merged", "hidden", "formula" (its value is calculated) or
        "absent"; "" where it may."""
        if any(first.row <= at.row <= last.row and first.column <= at.column <= last.column for first, last in self._spans):
            return "merged"
        element = self.rows.get(at.row)
        if element is None:
            return "absent"
        if self.width(at.column) == 0 or element.attributes.get("hidden") in ("1", "true"):
            return "hidden"
        cell = dict(self._cells_of(at.row)).get(at.column)
        if cell is None or cell.empty:
            return "absent"
        if _FORMULA.search(self.data, element.start + cell.inner, element.start + cell.end) or self._is_calculated(at):
            return "formula"
        return ""

    def _cells_of(self, row: int) -> list[tuple[int, Element]]:
        """Return the cells of a row, which are looked for once."""
        if row not in self._known:
            self._known[row] = _cells(self.data[self.rows[row].start:self.rows[row].end])
        return self._known[row]

    def _is_calculated(self, at: CellPosition) -> bool:
        """True in the range of an array formula or a table of operations, which only their first cells have."""
        return any(first.row <= at.row <= last.row and first.column <= at.column <= last.column for first, last in self._results)

    @cached_property
    def _results(self) -> list[tuple[CellPosition, CellPosition]]:
        found = []
        for match in _RANGED.finditer(self.data):
            first, _, last = match[1].decode().partition(":")
            ends = place(first), place(last or first)
            if ends[0] and ends[1]:
                found.append((ends[0], ends[1]))
        return found

    def rewritten(self, texts: Mapping[CellPosition, str]) -> bytes:
        """Return the part with other texts in cells that are there (see `kept`), each in the style it had."""
        by_row: dict[int, dict[int, str]] = {}
        for at, written in texts.items():
            by_row.setdefault(at.row, {})[at.column] = written
        edits: list[markup.Edit] = []
        for row, wanted in by_row.items():
            start = self.rows[row].start
            for column, cell in self._cells_of(row):
                if column in wanted:
                    edits.append(self._text(start, cell, CellPosition(row, column), wanted[column]))
        return markup.edited(self.data, edits)

    def _text(self, start: int, cell: Element, at: CellPosition, written: str) -> markup.Edit:
        """Return the edit that makes a cell one with a text of its own; its other attributes stay, but not those that say how its
        value is stored."""
        kept = "".join(f' {name}="{markup.quoted(value)}"' for name, value in cell.attributes.items() if name in ("s", "ph"))
        name = cell.name
        piece = (f'<{name} r="{at.name}"{kept} t="inlineStr"><{self.prefix}is><{self.prefix}t xml:space="preserve">'
                 f"{markup.text(written)}</{self.prefix}t></{self.prefix}is></{name}>")
        return start + cell.start, start + cell.end, piece.encode()

    def with_legacy(self, data: bytes, legacy: str) -> bytes:
        """Return the part as `rewritten` gave it with the relationship of a drawing of comments."""
        piece = f'<{self.prefix}legacyDrawing xmlns:r="{markup.OFFICE}" r:id="{legacy}"/>'.encode()
        at = self._after + len(data) - len(self.data)
        return markup.edited(data, [(at, at, piece)])

    def _row(self, row: int, wanted: Mapping[int, str], style: Style) -> markup.Edit:
        """Return the edit of an existing row."""
        element = self.rows[row]
        data = self.data[element.start:element.end]
        tag = len(data) if element.empty else element.inner - element.start
        cells = _cells(data)
        columns = [column for column, _ in cells]
        own = dict(cells)
        edits, after = [], b""
        for column, severity in sorted(wanted.items()):
            cell = own.get(column)
            if cell is not None:
                number = style(CellPosition(row, column), _number(cell.attributes.get("s"), 0), severity)
                edits.append((cell.start, cell.inner, markup.set_attributes(data[cell.start:cell.inner], {"s": str(number)})))
                continue
            at = CellPosition(row, column)
            piece = self._cell(at, style(at, self._inherited(element.attributes, column), severity))
            left = bisect_left(columns, column)
            if element.empty:
                after += piece
            else:
                before = cells[left - 1][1].end if left else tag
                edits.append((before, before, piece))
        head = _stretched(data[:tag], element.attributes, [column for column in wanted if column not in own])
        if element.empty:
            body = head if not after else head[:-2].rstrip() + b">" + after + f"</{element.name}>".encode()
            return element.start, element.end, body
        return element.start, element.end, markup.edited(data, [(0, tag, head), *edits])

    def _new_rows(self, wanted: Mapping[int, Mapping[int, str]], style: Style) -> list[markup.Edit]:
        """Return the edits that insert rows missing in the sheet."""
        whole = self._top["sheetData"]
        known = sorted(self.rows)
        tail = b""
        edits: list[markup.Edit] = []
        for row, cells in sorted(wanted.items()):
            inner = b"".join(self._cell(at, style(at, self._inherited({}, at.column), severity))
                             for at, severity in sorted((CellPosition(row, column), mark) for column, mark in cells.items()))
            piece = f'<{self.prefix}row r="{row}">'.encode() + inner + f"</{self.prefix}row>".encode()
            following = bisect_left(known, row)
            if following < len(known):
                at = self.rows[known[following]].start
                edits.append((at, at, piece))
            else:
                tail += piece
        return [*edits, markup.inserted(self.data, whole, tail)] if tail else edits

    def _cell(self, at: CellPosition, style: int) -> bytes:
        return f'<{self.prefix}c r="{at.name}" s="{style}"/>'.encode()

    def _inherited(self, row: Mapping[str, str], column: int) -> int:
        """Return the style of a cell missing in the sheet: its row's, else its column's."""
        if row.get("customFormat") in ("1", "true"):
            return _number(row.get("s"), 0)
        return next((_number(stated.get("style"), 0) for low, high, stated in self._columns if low <= column <= high), 0)

    def _dimension(self, marks: Iterable[CellPosition]) -> list[markup.Edit]:
        """Return the edit of the stated extent where a marked cell is outside of it."""
        element = self._top.get("dimension")
        if element is None:
            return []
        first, _, last = element.attributes.get("ref", "").partition(":")
        ends = [end for end in (place(first), place(last or first)) if end]
        if len(ends) != 2:
            return []
        new = [at for at in marks
               if not (ends[0].row <= at.row <= ends[1].row and ends[0].column <= at.column <= ends[1].column)]
        if not new:
            return []
        rows, columns = ([end[i] for end in (*ends, *new)] for i in (0, 1))
        ref = f"{CellPosition(min(rows), min(columns)).name}:{CellPosition(max(rows), max(columns)).name}"
        tag = markup.set_attributes(self.data[element.start:element.inner], {"ref": ref})
        return [(element.start, element.inner, tag)]


def _wanted(path: tuple[str, ...]) -> bool:
    """Accept the root, its children, rows, merges and columns."""
    depth = len(path)
    return depth <= 2 or (depth == 3 and path[1:] in (("sheetData", "row"), ("mergeCells", "mergeCell"), ("cols", "col")))


def _cells(row: bytes) -> list[tuple[int, Element]]:
    """Return the cells of a row, in order, with their columns: stated, else right of the one before."""
    found, before = [], -1
    for cell in markup.walk(row, lambda path: path[1:] == ("c",), 2):
        at = place(cell.attributes.get("r", ""))
        before = at.column if at else before + 1
        found.append((before, cell))
    return found


def _stretched(tag: bytes, attributes: Mapping[str, str], columns: list[int]) -> bytes:
    """Return a row's tag whose `spans` (a hint) reaches the columns that are new in it."""
    ends = attributes.get("spans", "").split(":")
    if not columns or len(ends) != 2 or not all(end.isdecimal() for end in ends):
        return tag
    low, high = min(int(ends[0]), min(columns) + 1), max(int(ends[1]), max(columns) + 1)
    return markup.set_attributes(tag, {"spans": f"{low}:{high}"})


def _number(text: str | None, other: int) -> int:
    return int(text) if text is not None and text.isdecimal() else other


def _real(text: str | None, other: float) -> float:
    try:
        return min(max(float(text or other), 0.0), 500.0)
    except ValueError:
        return other
