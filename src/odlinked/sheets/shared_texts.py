"""How long the texts are that an xls workbook stores once for all its cells ([MS-XLS] 2.4.265 SST, 2.5.293)."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence


def lengths(records: Sequence[bytes]) -> array[int]:
    """Return the characters of each shared text; `records` are the SST record and its continuations."""
    found = array("L")
    if not records:
        return found
    reader = _Reader(records)
    _, unique = struct.unpack("<II", reader.take(8))
    for _ in range(unique):
        count, flags = struct.unpack("<HB", reader.take(3))
        runs = struct.unpack("<H", reader.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", reader.take(4))[0] if flags & 4 else 0
        reader.skip_text(count, flags)
        reader.skip(4 * runs + extra)
        found.append(count)
    return found


class _Reader:
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

    def skip_text(self, count: int, flags: int) -> None:
        while count:
            width = 2 if flags & 1 else 1
            fit = min(count, (len(self.records[self.index]) - self.at) // width)
            self.at, count = self.at + fit * width, count - fit
            if count:
                self.index, self.at = self.index + 1, 1
                flags = self.records[self.index][0]
