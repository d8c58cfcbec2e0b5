"""Worksheets of an xls workbook, read from its records: BIFF8 of Excel 97 to 2003 ([MS-XLS]), BIFF5 of Excel 5.0 and 95.

One pass yields the displayed text of every cell, as in the other formats. Texts of BIFF5 are bytes in the code page the workbook
states.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from typing import Final

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import numerals, xls_texts
from odlinked.sheets.encoding import errors
from odlinked.sheets.headings import is_blank
from odlinked.sheets.merges import Merge, Merges
from odlinked.sheets.numerals import Show, plain
from odlinked.sheets.sheet import CONTROLS, Extent, Reach, Sheet
from odlinked.sheets.tables import Row

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _DATEMODE, _FORMAT, _XF = 0x0809, 0x000A, 0x002F, 0x0085, 0x0022, 0x041E, 0x00E0
_CODEPAGE, _SST, _CONTINUE, _MERGED = 0x0042, 0x00FC, 0x003C, 0x00E5
_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _STRING, _LABEL, _RSTRING, _LABELSST = (
    0x0203, 0x027E, 0x00BD, 0x0205, 0x0006, 0x0207, 0x0204, 0x00D6, 0x00FD)
_CELLS: Final = frozenset({_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _LABEL, _RSTRING, _LABELSST})
_ERRORS: Final = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
                  0x2A: "#N/A", 0x2B: "#GETTING_DATA"}
_ODD_ERROR: Final = "#ERROR!"
_MERGED_HEAD: Final = re.compile(rb"(?s)\xe5\x00(?=(..)(..))")
_BIFF8, _BIFF5 = 0x0600, 0x0500
_TABLES: Final = (0, 1)
"""Kinds of sheets that have cells: worksheets and dialogs, macro sheets."""

_HEAD: Final = struct.Struct("<HH")
_PLACE: Final = struct.Struct("<HHH")
_DOUBLE: Final = struct.Struct("<d")
_INDEX: Final = struct.Struct("<I")
_PAIR: Final = struct.Struct("<HI")
_UTF_16, _LATIN = 1200, 1252
_PAGES: Final = {10000: "mac-roman", 0x8000: "mac-roman", 0x8001: "cp1252", 367: "ascii", _UTF_16: "utf-16-le", 65001: "utf-8"}
_REMEMBERED: Final = 10_000


def sheets(stream: bytes, name: str, caps: ReadSettings) -> Iterator[Sheet]:
    """Yield the worksheets of a workbook's stream in order; raise `InputError` for a password, an exceeded limit or a broken
    workbook."""
    try:
        book = _XlsBook(stream, name)
    except (struct.error, IndexError) as problem:
        raise limits.broken(name, str(problem)) from problem
    extent = Extent(name, caps)
    for index, (title, place) in enumerate(book.places):
        merges = Merges(stated=True)
        yield Sheet(title, _guarded(_XlsWorksheet(book, place, extent.of(index, str(index + 1))), merges, name), merges)


def _guarded(sheet: _XlsWorksheet, merges: Merges, name: str) -> Iterator[Row]:
    try:
        for merge in sheet.merges():
            merges.add(merge)
        yield from sheet.rows()
    except (struct.error, IndexError) as problem:
        raise limits.broken(name, str(problem)) from problem


def records(stream: bytes, at: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield position, type and content of the records from `at` on."""
    end = len(stream) - 4
    while at <= end:
        kind, length = _HEAD.unpack_from(stream, at)
        yield at, kind, stream[at + 4:at + 4 + length]
        at += 4 + length


class _XlsBook:
    """The globals of a workbook: names and offsets of its worksheets, shared texts, and how numbers are shown by style."""

    def __init__(self, stream: bytes, name: str) -> None:
        self.stream, self.name = stream, name
        self.places: list[tuple[str, int]] = []
        self.texts: list[str] = []
        self.shows: list[Show | None] = []
        self.modern, self.codec = True, "cp1252"
        self._codes: dict[int, str] = {}
        self._styles: list[int] = []
        shared: list[bytes] = []
        from_1904 = False
        last = 0
        for at, kind, data in records(stream):
            if at == 0:
                self._version(kind, data)
            if kind == _SST or (kind == _CONTINUE and last == _SST):
                shared.append(data)
            elif kind == _DATEMODE:
                from_1904 = data[:1] == b"\x01"
            elif kind == _EOF:
                break
            else:
                self._take(kind, data)
            last = last if kind == _CONTINUE else kind
        self.texts = [text if text.isprintable() else text.translate(CONTROLS) for text in xls_texts.shared(shared)]
        shows = {style: numerals.show(self._codes.get(style, ""), style, from_1904=from_1904) for style in set(self._styles)}
        self.shows = [shows[style] for style in self._styles]
        if not self.places:
            raise limits.broken(name, "it has no worksheet")

    def _version(self, kind: int, data: bytes) -> None:
        version = _HEAD.unpack_from(data)[0] if kind == _BOF else 0
        if version not in (_BIFF8, _BIFF5):
            raise InputError("the workbook is older than Excel 5.0, or none", doing="reading", on=self.name,
                             next_step="Save it as xlsx")
        self.modern = version == _BIFF8

    def _take(self, kind: int, data: bytes) -> None:
        if kind == _FILEPASS:
            raise limits.locked(self.name)
        if kind == _CODEPAGE and not self.modern:
            self.codec = self._page(_HEAD.unpack_from(data + b"\0\0")[0])
        elif kind == _BOUNDSHEET and data[5] in _TABLES:
            place = _INDEX.unpack_from(data)[0]
            if place >= len(self.stream):
                raise limits.broken(self.name, "a sheet lies past its end")
            self.places.append((self._short(data, 6), place))
        elif kind == _FORMAT:
            self._codes[_HEAD.unpack_from(data)[0]] = xls_texts.text(data, 2) if self.modern else self._short(data, 2)
        elif kind == _XF:
            self._styles.append(struct.unpack_from("<H", data, 2)[0])

    def _page(self, number: int) -> str:
        """Return the codec of a code page ([MS-XLS] 2.4.52)."""
        codec = _PAGES.get(number, f"cp{number}")
        try:
            codecs.lookup(codec)
        except LookupError as problem:
            raise InputError(f"its texts are in code page {number}, which is not read", doing="reading", on=self.name,
                             next_step="Save it as xlsx") from problem
        return codec

    def _short(self, data: bytes, at: int) -> str:
        """Return a text with a length of one byte (2.5.240)."""
        count = data[at]
        if not self.modern:
            return self.decoded(data[at + 1:at + 1 + count])
        if data[at + 1] & 1:
            return data[at + 2:at + 2 + 2 * count].decode("utf-16-le", "replace")
        return data[at + 2:at + 2 + count].decode("latin-1")

    def text(self, data: bytes, at: int) -> str:
        """Return the text a record holds from `at` on, with a length of two bytes."""
        if self.modern:
            return xls_texts.text(data, at).translate(CONTROLS)
        count = struct.unpack_from("<H", data, at)[0]
        return self.decoded(data[at + 2:at + 2 + count]).translate(CONTROLS)

    def decoded(self, raw: bytes) -> str:
        return raw.decode(self.codec, errors(self.codec))


class _XlsWorksheet:
    """Reads the rows of one sheet, without those of charts in it."""

    def __init__(self, book: _XlsBook, place: int, reach: Reach) -> None:
        self.book, self.place, self.reach = book, place, reach
        self.cells: list[str] = []
        self.waiting = -1
        self.remembered: dict[tuple[int, bytes], str] = {}

    def merges(self) -> Iterator[Merge]:
        """Yield the merged cells, which are stored after all rows; up to there only record headers are read, and none where no
        bytes look like a record of merged cells (2.4.168), whose length goes with its count."""
        stream, at, depth = self.book.stream, self.place, 0
        if not any(2 + 8 * match[2][0] + 2048 * match[2][1] == match[1][0] + 256 * match[1][1]
                   for match in _MERGED_HEAD.finditer(stream, at)):
            return
        unpack, end = _HEAD.unpack_from, len(self.book.stream) - 4
        while at <= end:
            kind, length = unpack(stream, at)
            if kind == _MERGED and depth == 1:
                for place in range(at + 6, at + 4 + length - 7, 8):
                    top, bottom, left, right = struct.unpack_from("<HHHH", stream, place)
                    yield Merge(top + 1, left, bottom + 1, right)
            elif kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    return
            at += 4 + length

    def rows(self) -> Iterator[Row]:
        """Yield the non-blank rows, in the order of their records."""
        stream, at, depth, row = self.book.stream, self.place, 0, -1
        head, place, end = _HEAD.unpack_from, _PLACE.unpack_from, len(self.book.stream) - 4
        cells = _CELLS
        while at <= end:
            kind, length = head(stream, at)
            at += 4
            if kind in cells and depth == 1:
                found, column, style = place(stream, at)
                if found != row:
                    if self.cells:
                        yield from self._line(row)
                    row = found
                self._cell(kind, at, length, column, style)
            elif kind == _STRING and self.waiting >= 0:
                self._put(self.waiting, self.book.text(stream[at:at + length], 0))
                self.waiting = -1
            elif kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    break
            at += length
        yield from self._line(row)

    def _line(self, row: int) -> Iterator[Row]:
        """Hand over the row that ended."""
        cells, self.cells, self.waiting = self.cells, [], -1
        if cells and not is_blank(cells):
            self.reach.take(row + 1, cells)
            yield Row(row + 1, tuple(cells))

    def _put(self, column: int, text: str) -> None:
        cells = self.cells
        if not text:
            return
        if column < len(cells):
            cells[column] = text
            return
        if column > len(cells):
            cells += [""] * (column - len(cells))
        cells.append(text)

    def _cell(self, kind: int, at: int, length: int, column: int, style: int) -> None:
        """Store the displayed text of a record's cell at its position; `at` is where the record's content begins."""
        stream = self.book.stream
        if kind == _LABELSST:
            index, texts = _INDEX.unpack_from(stream, at + 6)[0], self.book.texts
            text = texts[index] if index < len(texts) else ""
        elif kind == _NUMBER:
            text = self._number(style, stream[at + 6:at + 14])
        elif kind == _RK:
            text = self._number(style, stream[at + 6:at + 10])
        elif kind == _MULRK:
            for step, place in enumerate(range(at + 4, at + length - 7, 6)):
                self._put(column + step, self._number(_PAIR.unpack_from(stream, place)[0], stream[place + 2:place + 6]))
            return
        else:
            text = self._other(kind, stream[at:at + length], column, style)
        cells = self.cells
        if text and column == len(cells):
            cells.append(text)
        elif text:
            self._put(column, text)

    def _other(self, kind: int, data: bytes, column: int, style: int) -> str:
        """Return the displayed text of a truth value, an error, a formula (2.5.133) or an inline text; a formula's text follows
        in a record of its own."""
        if kind == _BOOLERR:
            return _ERRORS.get(data[6], _ODD_ERROR) if data[7] else "TRUE" if data[6] else "FALSE"
        if kind != _FORMULA:
            return self.book.text(data, 6)
        if data[12:14] != b"\xff\xff":
            return self._number(style, data[6:14])
        if data[6] == 0:
            self.waiting = column
        if data[6] in (1, 2):
            return _ERRORS.get(data[8], _ODD_ERROR) if data[6] == 2 else "TRUE" if data[8] else "FALSE"
        return ""

    def _number(self, style: int, packed: bytes) -> str:
        """Return the displayed text of a number, a double of 8 bytes or an RK number of 4; it is cached by format."""
        shows = self.book.shows
        show = shows[style] if style < len(shows) else None
        if show is None:
            return plain(_DOUBLE.unpack(packed)[0]) if len(packed) == 8 else _packed_text(_INDEX.unpack(packed)[0])
        key = (style, packed)
        text = self.remembered.get(key)
        if text is None:
            text = show(_DOUBLE.unpack(packed)[0] if len(packed) == 8 else _unpacked(_INDEX.unpack(packed)[0]))
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            self.remembered[key] = text
        return text


def _packed_text(packed: int) -> str:
    """Return an RK number as it is stored; most are whole."""
    return str(packed >> 2) if packed & 3 == 2 and packed < 0x80000000 else plain(_unpacked(packed))


def _unpacked(packed: int) -> float:
    """Unpack an RK number (2.5.122): 30 bits of a double or of a signed integer, perhaps in hundredths."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = float(_DOUBLE.unpack(struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return value / 100 if packed & 1 else value
