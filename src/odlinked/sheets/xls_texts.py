"""Texts of an xls workbook: inline in a record, or stored once for all cells ([MS-XLS] 2.4.265 SST, 2.5.293)."""

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
    """Return the shared texts; `records` are the SST record and its continuations. A truncated table gives those before the
    cut."""
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
    except (struct.error, IndexError):  # the last text, or what follows it, is missing
        return found
    return found


class _RecordReader:
    """Reads over records as if they were one; a text that is split continues after a byte that says how wide its characters
    are."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self.records, self.index, self.at = records, 0, 0

    def _left(self) -> int:
        while self.at >= len(self.records[self.index]):
            self.index, self.at = self.index + 1, 0
        return len(self.records[self.index]) - self.at

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, which are never split."""
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
        if end <= len(data):  # it is not split, as is nearly always so
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
