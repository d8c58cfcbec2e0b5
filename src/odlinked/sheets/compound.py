"""Streams of an OLE compound file ([MS-CFB]), the wrapping of xls workbooks and of encrypted xlsx ones."""

from __future__ import annotations

import struct
from typing import Final

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END: Final = 0xFFFFFFFA
"""Sector numbers from here on mark free sectors and ends of chains."""


class BrokenCompound(Exception):
    """The compound file cannot be followed."""


def streams(content: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file by name; raise `BrokenCompound` where its chains do not hold together."""
    try:
        return _Compound(content).streams()
    except (struct.error, IndexError, ValueError, OverflowError) as problem:
        raise BrokenCompound(str(problem)) from problem


class _Compound:
    """Follows sector chains (2.3), the mini stream (2.4) and directory entries (2.6)."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("its sector size is unknown")
        self.size, self.mini = 1 << shift, 1 << mini_shift
        self.fat = self._numbers(self._fat_sectors())
        self.cutoff = struct.unpack_from("<I", content, 56)[0]
        self.mini_fat = self._numbers(self._chain(struct.unpack_from("<I", content, 60)[0], self.fat))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.content[start:start + self.size]

    def _numbers(self, sectors: list[int]) -> list[int]:
        data = b"".join(map(self._sector, sectors))
        return list(struct.unpack(f"<{len(data) // 4}I", data[:len(data) // 4 * 4]))

    def _fat_sectors(self) -> list[int]:
        sectors = [number for number in struct.unpack_from("<109I", self.content, 76) if number < _END]
        further, most = struct.unpack_from("<I", self.content, 68)[0], len(self.content) // self.size
        seen = 0
        while further < _END:
            *numbers, further = struct.unpack(f"<{self.size // 4}I", self._sector(further))
            sectors += [number for number in numbers if number < _END]
            seen += 1
            if seen > most:
                raise ValueError("its sectors run in a circle")
        return sectors

    def _chain(self, start: int, fat: list[int]) -> list[int]:
        chain = []
        while start < _END:
            chain.append(start)
            if len(chain) > len(fat):
                raise ValueError("its sectors run in a circle")
            start = fat[start]
        return chain

    def streams(self) -> dict[str, bytes]:
        directory = b"".join(map(self._sector, self._chain(struct.unpack_from("<I", self.content, 48)[0], self.fat)))
        entries = [directory[at:at + 128] for at in range(0, len(directory) - 127, 128)]
        container = b""
        found: dict[str, bytes] = {}
        for entry in entries:
            length, kind = struct.unpack_from("<HB", entry, 64)
            start, size = struct.unpack_from("<II", entry, 116)
            if kind == 5:
                container = b"".join(map(self._sector, self._chain(start, self.fat)))
            elif kind == 2:
                name = entry[:max(length - 2, 0)].decode("utf-16-le", "replace")
                found[name] = self._stream(start, size, container)
        return found

    def _stream(self, start: int, size: int, container: bytes) -> bytes:
        if size < self.cutoff:
            pieces = [container[number * self.mini:(number + 1) * self.mini] for number in self._chain(start, self.mini_fat)]
        else:
            pieces = [self._sector(number) for number in self._chain(start, self.fat)]
        return b"".join(pieces)[:size]
