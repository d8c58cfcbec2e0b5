"""The first filled worksheet of an xls workbook ([MS-XLS], BIFF8), read from its records."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from odlinked.evidence.inspection.package import Unreadable
from odlinked.evidence.inspection.shape import Shape, Wanted
from odlinked.evidence.inspection.sheet import Further, Sheet, is_date, number

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _DATEMODE, _FORMAT, _XF = 0x0809, 0x000A, 0x002F, 0x0085, 0x0022, 0x041E, 0x00E0
_SST, _CONTINUE = 0x00FC, 0x003C
_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _STRING, _LABEL, _LABELSST = (
    0x0203, 0x027E, 0x00BD, 0x0205, 0x0006, 0x0207, 0x0204, 0x00FD)
_ERRORS: Final = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_BIFF8: Final = 0x0600
_WORKSHEET: Final = 0
_MOST_TEXT: Final = 1 << 28


def read(stream: bytes, wanted: Wanted) -> Shape:
    """Return what the first worksheet that shows anything holds; raise `Unreadable`."""
    try:
        return _Book(stream).read(wanted)
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise Unreadable(f"the workbook is broken ({problem})") from problem


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of the records from `at` on."""
    end = len(stream) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4:at + 4 + length]
        at += 4 + length


class _Book:
    """Reads the globals, then the sheets at the places the globals give."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.formats: dict[int, str] = {}
        self.dates: list[bool] = []
        self.texts: list[str] = []
        self.places: list[int] = []
        self.from_1904 = False
        self.shown = 0

    def read(self, wanted: Wanted) -> Shape:
        self.globals()
        if not self.places:
            raise Unreadable("it has no worksheet")
        sheet = Sheet(wanted)
        unread = 0
        for place in self.places:
            if not sheet.is_blank:
                unread += self._holds_table(place)
                continue
            sheet = Sheet(wanted)
            for row, cells in self.rows(place):
                sheet.take(row + 1, cells)
        shape = sheet.shape()
        shape.unread = unread
        return shape

    def _holds_table(self, place: int) -> bool:
        """Say whether a worksheet that is not read holds a table; its first rows are looked at."""
        further = Further(Wanted())
        try:
            for row, cells in self.rows(place):
                further.take(row + 1, cells)
        except (Further.Enough, struct.error, IndexError, UnicodeDecodeError):  # what cannot be read is not read either
            return True
        return False

    def globals(self) -> None:
        shared: list[bytes] = []
        last = 0
        for index, (kind, data) in enumerate(_records(self.stream)):
            if index == 0 and (kind != _BOF or struct.unpack_from("<H", data)[0] != _BIFF8):
                raise Unreadable("the workbook is of Excel 95 or older")
            if kind == _FILEPASS:
                raise Unreadable("it wants a password")
            if kind == _BOUNDSHEET and data[5] == _WORKSHEET:
                self.places.append(struct.unpack_from("<I", data)[0])
            elif kind == _DATEMODE:
                self.from_1904 = data[:1] == b"\x01"
            elif kind == _FORMAT:
                self.formats[struct.unpack_from("<H", data)[0]] = _text(data, 2)
            elif kind == _XF:
                code = struct.unpack_from("<H", data, 2)[0]
                self.dates.append(is_date(code, self.formats.get(code, "")))
            elif kind == _SST or (kind == _CONTINUE and last == _SST):
                shared.append(data)
            elif kind == _EOF:
                break
            last = last if kind == _CONTINUE else kind
        if shared:
            self.texts = _Texts(shared).read()

    def rows(self, place: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a sheet that hold anything, in the order of their records; a row that comes again starts anew."""
        row, cells = -1, dict[int, str]()
        waiting: int | None = None
        for kind, data in _records(self.stream, place):
            if kind == _EOF:
                break
            if kind == _STRING and waiting is not None:
                cells[waiting], waiting = _text(data, 0), None
                continue
            found = self.cells(kind, data)
            if found is None:
                continue
            if found[0] != row:
                if cells:
                    yield row, _line(cells)
                row, cells = found[0], {}
            for column, text in found[1]:
                self.shown += len(text)
                if text:
                    cells[column] = text
            waiting = found[1][0][0] if kind == _FORMULA and not found[1][0][1] else None
            if self.shown > _MOST_TEXT:
                raise Unreadable("its cells show more text than is read")
        if cells:
            yield row, _line(cells)

    def cells(self, kind: int, data: bytes) -> tuple[int, list[tuple[int, str]]] | None:
        """Return row and cells (column and text) of a record, None when it is none of cells."""
        if kind not in (_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _LABEL, _LABELSST):
            return None
        row, column, style = struct.unpack_from("<HHH", data)
        if kind == _MULRK:
            packed = struct.iter_unpack("<HI", data[4:4 + (len(data) - 6) // 6 * 6])
            return row, [(column + step, self.number(_unpacked(value), style)) for step, (style, value) in enumerate(packed)]
        if kind == _NUMBER:
            text = self.number(struct.unpack_from("<d", data, 6)[0], style)
        elif kind == _RK:
            text = self.number(_unpacked(struct.unpack_from("<I", data, 6)[0]), style)
        elif kind == _BOOLERR:
            text = _ERRORS.get(data[6], "#N/A") if data[7] else "TRUE" if data[6] else "FALSE"
        elif kind == _LABEL:
            text = _text(data, 6)
        elif kind == _LABELSST:
            index = struct.unpack_from("<I", data, 6)[0]
            text = self.texts[index] if index < len(self.texts) else ""
        else:
            text = self.result(data, style)
        return row, [(column, text)]

    def result(self, data: bytes, style: int) -> str:
        """Return the value stored with a formula, "" where a text follows in the next record."""
        if data[12:14] != b"\xff\xff":
            return self.number(struct.unpack_from("<d", data, 6)[0], style)
        return {1: "TRUE" if data[8] else "FALSE", 2: _ERRORS.get(data[8], "#N/A")}.get(data[6], "")

    def number(self, value: float, style: int) -> str:
        return number(value, date=style < len(self.dates) and self.dates[style], from_1904=self.from_1904)


class _Texts:
    """The shared texts (2.4.265): one after another over several records; a text that is cut goes on with its width anew."""

    def __init__(self, records: list[bytes]) -> None:
        self.records, self.index, self.at = records, 0, 0

    def read(self) -> list[str]:
        _, unique = struct.unpack("<II", self.take(8))
        texts: list[str] = []
        for _ in range(min(unique, sum(map(len, self.records)) // 3)):
            count, flags = struct.unpack("<HB", self.take(3))
            runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
            extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
            texts.append(self.text(count, flags))
            self.skip(4 * runs + extra)
        return texts

    def left(self) -> int:
        while self.at >= len(self.records[self.index]):
            self.index, self.at = self.index + 1, 0
        return len(self.records[self.index]) - self.at

    def take(self, count: int) -> bytes:
        self.left()
        start, self.at = self.at, self.at + count
        return self.records[self.index][start:self.at]

    def skip(self, count: int) -> None:
        while count:
            step = min(count, self.left())
            self.at, count = self.at + step, count - step

    def text(self, count: int, flags: int) -> str:
        pieces: list[str] = []
        while count:
            width = 2 if flags & 1 else 1
            fit = min(count, (len(self.records[self.index]) - self.at) // width)
            raw = self.records[self.index][self.at:self.at + fit * width]
            pieces.append(raw.decode("utf-16-le" if width == 2 else "latin-1", "replace"))
            self.at, count = self.at + fit * width, count - fit
            if count:
                self.index, self.at = self.index + 1, 1
                flags = self.records[self.index][0]
        return "".join(pieces)


def _line(cells: dict[int, str]) -> list[str]:
    """Return cells as a row from column A."""
    line = [""] * (max(cells) + 1)
    for column, text in cells.items():
        line[column] = text
    return line


def _text(data: bytes, at: int) -> str:
    """Return a text with a length of two bytes (2.5.294)."""
    count, flags = struct.unpack_from("<HB", data, at)
    start = at + 3
    if flags & 1:
        return data[start:start + count * 2].decode("utf-16-le", "replace")
    return data[start:start + count].decode("latin-1")


def _unpacked(packed: int) -> float:
    """Unpack an RK number (2.5.122): 30 bits of a double or of a signed integer, perhaps in hundredths."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return value / 100 if packed & 1 else value
