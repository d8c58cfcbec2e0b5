"""The first filled worksheet of an xlsx workbook, streamed; shared texts are held, up to a cap."""

from __future__ import annotations

import posixpath
from typing import Final

from odlinked.evidence.inspection.package import Package, Unreadable, parser
from odlinked.evidence.inspection.shape import Shape, Wanted
from odlinked.evidence.inspection.sheet import Further, Sheet, is_date, number
from odlinked.sheets.tables import column_index

MOST_TEXT: Final = 128 << 20
"""Bytes, about, that shared texts may take."""

_A_TEXT: Final = 60
"""Bytes that a text takes besides its characters."""

MOST_COLUMNS: Final = 16_384
Attributes = dict[str, str]


def read(package: Package, wanted: Wanted) -> Shape:
    """Return what the first worksheet that shows anything holds; raise `Unreadable`."""
    parts, from_1904 = _sheets(package)
    if not parts:
        raise Unreadable("it has no worksheet")
    dates = _date_styles(package) if "xl/styles.xml" in package.names else frozenset[str]()
    texts = _texts(package) if "xl/sharedStrings.xml" in package.names else []
    sheet = Sheet(wanted)
    unread = 0
    for part in parts:
        if not sheet.is_blank:
            unread += _holds_table(package, part, texts)
            continue
        sheet = Sheet(wanted)
        _Worksheet(sheet, texts, dates, from_1904).read(package, part)
    shape = sheet.shape()
    shape.unread = unread
    return shape


def _holds_table(package: Package, part: str, texts: list[str]) -> bool:
    """Say whether a worksheet that is not read holds a table; its first rows are looked at."""
    try:
        _Worksheet(Further(Wanted()), texts, frozenset(), False).read(package, part)
    except (Further.Enough, Unreadable):  # what cannot be read is not read either
        return True
    return False


def _sheets(package: Package) -> tuple[list[str], bool]:
    """Return the parts of the worksheets in order, and whether dates count from 1904."""
    targets: dict[str, str] = {}
    keys: list[str] = []
    from_1904 = False

    def relation(tag: str, attributes: Attributes) -> None:
        if tag.endswith(" Relationship"):
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")

    def sheet(tag: str, attributes: Attributes) -> None:
        nonlocal from_1904
        if tag.endswith(" sheet"):
            keys.append(next((value for key, value in attributes.items() if key.endswith(" id")), ""))
        elif tag.endswith(" workbookPr"):
            from_1904 = attributes.get("date1904", "0") in ("1", "true")

    for part, handler in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        if part not in package.names:
            raise Unreadable(f"it has no part {part!r}")
        reader = parser()
        reader.StartElementHandler = handler
        package.parse(part, reader)
    names = set(package.names)
    return [targets[key] for key in keys if targets.get(key) in names], from_1904


def _date_styles(package: Package) -> frozenset[str]:
    """Return the numbers of the cell styles that show dates or times."""
    codes: dict[str, str] = {}
    found: set[str] = set()
    count, within = 0, False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal count, within
        kind = tag.rpartition(" ")[2]
        if kind == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif kind == "cellXfs":
            within = True
        elif kind == "xf" and within:
            key = attributes.get("numFmtId", "0")
            if key.isdecimal() and is_date(int(key[:9]), codes.get(key, "")):
                found.add(str(count))
            count += 1

    def end(tag: str) -> None:
        nonlocal within
        within = within and not tag.endswith(" cellXfs")

    reader = parser()
    reader.StartElementHandler, reader.EndElementHandler = start, end
    package.parse("xl/styles.xml", reader)
    return frozenset(found)


def _texts(package: Package) -> list[str]:
    """Return the shared texts, what is read aloud of them left out."""
    texts: list[str] = []
    held: list[str] = []
    total = 0
    within = skip = False

    def start(tag: str, _: Attributes) -> None:
        nonlocal within, skip
        kind = tag[tag.rfind(" ") + 1:]
        within = kind == "t" and not skip
        skip = skip or kind == "rPh"

    def end(tag: str) -> None:
        nonlocal within, skip, total
        within = False
        kind = tag[tag.rfind(" ") + 1:]
        if kind == "si":
            texts.append("".join(held))
            total += 2 * len(texts[-1]) + _A_TEXT
            held.clear()
            if total > MOST_TEXT:
                raise Unreadable("its shared texts are more than are held")
        elif kind == "rPh":
            skip = False

    def data(text: str) -> None:
        if within:
            held.append(text)

    reader = parser()
    reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = start, end, data
    package.parse("xl/sharedStrings.xml", reader)
    return texts


class _Worksheet:
    """Reads one worksheet part row by row."""

    def __init__(self, sheet: Sheet, texts: list[str], dates: frozenset[str], from_1904: bool) -> None:
        self.sheet, self.texts, self.dates, self.from_1904 = sheet, texts, dates, from_1904
        self.number, self.at, self.cells = 0, -1, list[str]()
        self.cell: Attributes = {}
        self.held: list[str] = []
        self.within = False
        self.kinds: dict[str, str] = {}
        self.columns: dict[str, int] = {}

    def read(self, package: Package, part: str) -> None:
        reader = parser()
        reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = self.start, self.end, self.data
        package.parse(part, reader)

    def start(self, tag: str, attributes: Attributes) -> None:
        kind = self.kinds.get(tag) or self.kinds.setdefault(tag, tag[tag.rfind(" ") + 1:])
        if kind == "c":
            self.cell = attributes
            self.held.clear()
        elif kind == "v":
            self.within = True
            return
        elif kind == "row":
            stated = attributes.get("r", "")
            self.number = int(stated) if stated.isdecimal() and len(stated) < 9 else self.number + 1
            self.cells, self.at = [], -1
        self.within = kind == "t"

    def data(self, text: str) -> None:
        if self.within:
            self.held.append(text)

    def end(self, tag: str) -> None:
        self.within = False
        kind = self.kinds[tag]
        if kind == "c":
            self.place()
            text = self.shown("".join(self.held)) if self.held else ""
            blanks = self.at - len(self.cells)
            if text and blanks >= 0:
                self.cells += [""] * blanks
                self.cells.append(text)
        elif kind == "row" and self.cells:
            self.sheet.take(self.number, self.cells)

    def place(self) -> None:
        """Find the cell's column: the stated one, else the one after the cell before."""
        letters = self.cell.get("r", "").rstrip("0123456789")
        column = self.columns.get(letters)
        if column is None:
            column = _column(letters) if letters else self.at + 1
            if 0 < len(letters) < 4:
                self.columns[letters] = column
        self.at = min(column, MOST_COLUMNS)

    def shown(self, raw: str) -> str:
        """Return what the cell shows."""
        kind = self.cell.get("t", "n")
        if kind == "s":
            return self.texts[int(raw)] if raw.isdecimal() and len(raw) < 10 and int(raw) < len(self.texts) else ""
        if kind == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE" if raw else ""
        if kind != "n" or not raw:
            return raw
        try:
            return number(float(raw), date=self.cell.get("s") in self.dates, from_1904=self.from_1904)
        except (ValueError, OverflowError):
            return raw


def _column(letters: str) -> int:
    """Return the 0-based column that letters name; what names none is past the last one."""
    if len(letters) > 3 or not letters.isascii() or not letters.isalpha():
        return MOST_COLUMNS
    return min(column_index(letters), MOST_COLUMNS)
