"""Streams of an OLE compound file ([MS-CFB]), the container of xls workbooks and of encrypted xlsx ones; read with olefile.

olefile tolerates what a damaged file states, and follows sizes and chains as far as they claim to go. So the sizes that bound its
work are compared with the size of the file first (a FAT, a mini FAT or a stream cannot be larger than the file), and a stream
shorter than its directory entry states is an error: the file was truncated.
"""

from __future__ import annotations

import struct
from types import TracebackType
from typing import Any, BinaryIO, Final

from olefile import OleFileIO

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER: Final = 512
_NUMBER: Final = 4
"""Bytes of a sector number in the FAT."""


class BrokenCompound(Exception):
    """The compound file is damaged and cannot be read."""


class Compound:
    """An open compound file: the `names` of its top-level streams, in any order, and their content."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._size = size
        _check(file, size)
        try:
            self._ole = OleFileIO(file)
            self.names = {path[0] for path in self._ole.listdir(streams=True, storages=False) if len(path) == 1}
        except Exception as problem:  # olefile raises KeyError, IndexError, RecursionError and others on damaged directories
            raise BrokenCompound(str(problem) or type(problem).__name__) from problem
        root: Any = self._ole.root
        if root is None or root.size > size:
            raise BrokenCompound("its mini stream is larger than the file")

    def __enter__(self) -> Compound:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._ole.close()

    def stream(self, name: str) -> bytes:
        """Return the content of a stream; raise `BrokenCompound` where it is missing, truncated, or stated to be larger than the
        file."""
        try:
            stated: int = self._ole.get_size(name)
            if stated > self._size:
                raise BrokenCompound(f"its stream {name!r} is larger than the file")
            content: bytes = self._ole.openstream(name).read()
        except BrokenCompound:
            raise
        except Exception as problem:
            raise BrokenCompound(str(problem) or type(problem).__name__) from problem
        if len(content) != stated:
            raise BrokenCompound(f"its stream {name!r} has {len(content):,} of {stated:,} bytes")
        return content


def _check(file: BinaryIO, size: int) -> None:
    """Compare what the header states (2.2) with the size of the file; olefile loops as often as these numbers say."""
    file.seek(0)
    header = file.read(_HEADER)
    file.seek(0)
    if len(header) < _HEADER:
        raise BrokenCompound("it ends within its header")
    shift, mini_shift = struct.unpack_from("<HH", header, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise BrokenCompound("its sector size is unknown")
    sectors = size // (1 << shift) + 1
    fat, mini_fat, difat = (struct.unpack_from("<I", header, at)[0] for at in (44, 64, 72))
    most = sectors * _NUMBER // (1 << shift) + 2
    if fat > most or mini_fat > sectors or difat > most:
        raise BrokenCompound("its allocation tables are larger than the file")
