"""One look at the records of an xls workbook ([MS-XLS]) before calamine reads it: extent, passwords, errors, leading zeros."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import shared_texts
from odlinked.sheets.compound import BrokenCompound, streams
from odlinked.sheets.numerals import Zeros, zeros
from odlinked.sheets.seen import Seen

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _FORMAT, _XF = 0x0809, 0x000A, 0x002F, 0x0085, 0x041E, 0x00E0
_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _LABELSST = 0x0203, 0x027E, 0x00BD, 0x0205, 0x0006, 0x00FD
_SST, _CONTINUE, _DIMENSIONS = 0x00FC, 0x003C, 0x0200
_PLACE: Final = struct.Struct("<HHH")
_LONGEST: Final = 32_767
_TEXTS: Final = (0x0204, 0x00D6)
_ERRORS: Final = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def look(path: Path, name: str, size: int, caps: ReadSettings) -> list[Seen]:
    """Return what was seen of each sheet in order; raise `InputError` for a password, a cap or a broken file."""
    try:
        found = streams(path.read_bytes())
        book = found.get("Workbook") or found.get("Book")
        if not book:
            raise BrokenCompound("it has no workbook stream")
        return _Book(book, name, caps).read()
    except (BrokenCompound, struct.error, IndexError) as problem:
        raise InputError(f"the workbook is broken ({problem})", doing="reading", on=name,
                         next_step="Open it, save it again as xlsx and retry") from problem


def records(stream: bytes, at: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield position, type and content of the records from `at` on."""
    end = len(stream) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4:at + 4 + length]
        at += 4 + length


class _Book:
    """Reads the globals, then each sheet at the position the globals give."""

    def __init__(self, stream: bytes, name: str, caps: ReadSettings) -> None:
        self.stream, self.name, self.caps = stream, name, caps
        self.formats: dict[int, Zeros] = {}
        self.styles: list[int] = []
        self.texts: list[bytes] = []
        self.lengths: array[int] = array("L")
        self.characters = self.cells = 0
        self.modern = True

    def read(self) -> list[Seen]:
        sheets = []
        previous = 0
        for _, kind, data in records(self.stream):
            if kind == _FILEPASS:
                raise limits.locked(self.name)
            if kind == _BOF:
                self.modern = struct.unpack_from("<H", data)[0] == 0x0600
            elif kind == _BOUNDSHEET:
                sheets.append(struct.unpack_from("<I", data)[0])
                if sheets[-1] >= len(self.stream):
                    raise BrokenCompound("a sheet lies past its end")
            elif kind == _FORMAT:
                self._format(data)
            elif kind == _XF:
                self.styles.append(struct.unpack_from("<H", data, 2)[0])
            elif kind == _SST or (kind == _CONTINUE and previous == _SST):
                self.texts.append(data)
                kind = _SST
            elif kind == _EOF:
                break
            previous = kind
        if self.texts and struct.unpack_from("<I", self.texts[0], 4)[0] > sum(map(len, self.texts)):
            raise BrokenCompound("its table of texts says that it holds more than it can")
        with suppress(struct.error, IndexError):  # a table that cannot be followed: each text counts as the longest
            self.lengths = shared_texts.lengths(self.texts)
        return [self._sheet(at, index) for index, at in enumerate(sheets)]

    def _format(self, data: bytes) -> None:
        if self.modern:
            count, flags = struct.unpack_from("<HB", data, 2)
            code = data[5:5 + 2 * count].decode("utf-16-le", "replace") if flags & 1 else data[5:5 + count].decode("latin-1")
        else:
            code = data[3:3 + data[2]].decode("latin-1")
        found = zeros(code)
        if found:
            self.formats[struct.unpack_from("<H", data)[0]] = found

    def _sheet(self, at: int, index: int) -> Seen:
        """Walk the cells of one sheet, up to its end."""
        seen, depth, bottom, right = Seen(), 0, -1, -1
        for _, kind, data in records(self.stream, at):
            if kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    break
            elif kind == _DIMENSIONS:
                self._stated(data, index)
            elif depth == 1 and len(data) >= 6:
                last = self._cell(kind, data, seen)
                if last >= 0:
                    bottom, right = max(bottom, struct.unpack_from("<H", data)[0]), max(right, last)
        self.cells = limits.check_area(f"{self.name}, sheet {index + 1}", bottom + 1, right + 1, self.cells, self.caps)
        return seen

    def _stated(self, data: bytes, index: int) -> None:
        """Hold the extent a sheet states against the caps too: calamine makes room for it."""
        first, last, left, right = struct.unpack_from("<IIHH" if self.modern else "<HHHH", data)
        if first > last or left > right:
            raise BrokenCompound("a sheet ends before it starts")
        if last > first and right > left:
            limits.check_area(f"{self.name}, sheet {index + 1}", last - first, right - left, self.cells, self.caps)

    def _cell(self, kind: int, data: bytes, seen: Seen) -> int:
        """Take one record into account; return the last column it fills, or -1 when it is no filled cell."""
        row: int
        column: int
        row, column, style = _PLACE.unpack_from(data)
        if kind == _MULRK:
            for index, place in enumerate(range(4, len(data) - 7, 6)):
                style, value = struct.unpack_from("<HI", data, place)
                self._zeros(seen, row, column + index, style, _number(value))
            return column + (len(data) - 6) // 6 - 1
        if kind == _NUMBER:
            self._zeros(seen, row, column, style, struct.unpack_from("<d", data, 6)[0])
        elif kind == _RK:
            self._zeros(seen, row, column, style, _number(struct.unpack_from("<I", data, 6)[0]))
        elif kind == _BOOLERR:
            if data[7]:
                seen.shown[row + 1][column] = _ERRORS.get(data[6], "#ERROR!")
        elif kind == _FORMULA:
            if data[12:14] != b"\xff\xff":
                self._zeros(seen, row, column, style, struct.unpack_from("<d", data, 6)[0])
            elif data[6] == 2:
                seen.shown[row + 1][column] = _ERRORS.get(data[8], "#ERROR!")
        elif kind == _LABELSST:
            self._text(struct.unpack_from("<I", data, 6)[0])
        elif kind not in _TEXTS:
            return -1
        return column

    def _text(self, index: int) -> None:
        """Count the characters of a shared text, which are stored once and shown in every cell."""
        self.characters += self.lengths[index] if index < len(self.lengths) else _LONGEST
        if self.characters > self.caps.max_bytes:
            raise limits.too_much_text(self.name, self.caps)

    def _zeros(self, seen: Seen, row: int, column: int, style: int, value: float) -> None:
        form = self.formats.get(self.styles[style]) if style < len(self.styles) else None
        if form and value.is_integer() and abs(value) < 1e15:
            seen.shown[row + 1][column] = form.show(int(value))


def _number(packed: int) -> float:
    """Unpack an RK number (2.5.122): 30 bits of a double or of a signed integer, perhaps in hundredths."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return value / 100 if packed & 1 else value
