"""Texts of an xls workbook: those a record holds, and those stored once for all cells ([MS-XLS] 2.4.265 SST, 2.5.293)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

_HEAD: Final = struct.Struct("<HB")
_SMALLEST: Final = 3
"""Bytes of the shortest text in the table."""


def text(data: bytes, at: int) -> str:
    """Return a text of BIFF8 with a length of two bytes (2.5.294)."""
    count, flags = struct.unpack_from("<HB", data, at)
    start = at + 3
    if flags & 1:
        return data[start:start + count * 2].decode("utf-16-le", "replace")
    return data[start:start + count].decode("latin-1")


def shared(records: Sequence[bytes]) -> list[str]:
    """Return the shared texts; `records` are the SST record and its continuations. A table that is cut gives those before."""
    if not records:
        return []
    reader = _RecordReader(records)
    found: list[str] = []
    try:
        _, unique = struct.unpack("<II", reader.take(8))
        for _ in range(min(unique, sum(map(len, records)) // _SMALLEST)):
            count, flags = _HEAD.unpack(reader.take(3))
            runs = struct.unpack("<H", reader.take(2))[0] if flags & 8 else 0
            extra = struct.unpack("<I", reader.take(4))[0] if flags & 4 else 0
            found.append(reader.text(count, flags))
            if runs or extra:
                reader.skip(4 * runs + extra)
    except (struct.error, IndexError):  # the last text, or what is beside it, is not there
        return found
    return found


class _RecordReader:
    """Walks over records as over one; a text that is cut goes on after a byte that says how wide its characters are."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self.records, self.index, self.at = records, 0, 0

    def _left(self) -> int:
        while self.at >= len(self.records[self.index]):
            self.index, self.at = self.index + 1, 0
        return len(self.records[self.index]) - self.at

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, which are never cut."""
        self._left()
        start, self.at = self.at, self.at + count
        return self.records[self.index][start:self.at]

    def skip(self, count: int) -> None:
        while count:
            step = min(count, self._left())
            self.at, count = self.at + step, count - step

    def text(self, count: int, flags: int) -> str:
        width, data = 2 if flags & 1 else 1, self.records[self.index]
        end = self.at + count * width
        if end <= len(data):  # it is not cut, as nearly all are
            start, self.at = self.at, end
            return data[start:end].decode("utf-16-le" if width == 2 else "latin-1", "replace")
        pieces: list[str] = []
        while count:
            width = 2 if flags & 1 else 1
            fit = min(count, max(0, len(self.records[self.index]) - self.at) // width)
            raw = self.records[self.index][self.at:self.at + fit * width]
            pieces.append(raw.decode("utf-16-le" if width == 2 else "latin-1", "replace"))
            self.at, count = self.at + fit * width, count - fit
            if count:
                self.index, self.at = self.index + 1, 1
                flags = self.records[self.index][0]
        return "".join(pieces)
