"""Zip packages (xlsx, ods) opened safely: nothing is unpacked past the limits, whatever the archive's directory states.

Part names are compared as OPC compares them (ECMA-376-2, 6.2.2): without regard to letter case, and a backslash, which some
writers put for a slash, is a slash.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Final
from xml.parsers import expat

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits

CHUNK: Final = 1 << 18
FREE: Final = 16 << 20
"""Bytes that may be unpacked whatever the compression ratio: a small workbook of equal rows compresses a hundredfold."""

MOST_NAMES: Final = 100_000
_DIRECTORY: Final = 32 << 20
_END: Final = b"PK\x05\x06"
_ENDLESS: Final = 1 << 62
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
                  OverflowError, KeyError)
"""Exceptions that the standard library raises on a crafted archive."""


class Package:
    """An open package; `names` are those of its parts in order, `locked` is true where a password is needed.

    Every byte unpacked counts against the size and ratio limits.
    """

    def __init__(self, file: BinaryIO, name: str, size: int, caps: ReadSettings) -> None:
        self.name, self.caps = name, caps
        self._size = size
        self._unpacked = 0
        self._counted: set[str] = set()
        self._check_directory(file)
        try:
            self._archive = zipfile.ZipFile(file)
        except _BROKEN as problem:
            raise self.broken(str(problem)) from problem
        self._infos = [info for info in self._archive.infolist() if info.filename and not info.is_dir()]
        self._by_name = {info.filename: info for info in self._infos}
        self._parts = {plain(info.filename): info for info in self._infos}
        self.names = [info.filename for info in self._infos[:MOST_NAMES]]
        self.locked = any(info.flag_bits & 1 for info in self._infos)

    def _check_directory(self, file: BinaryIO) -> None:
        """Refuse a table of contents that is too large for memory, before reading it."""
        file.seek(max(0, self._size - (1 << 16) - 22))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise self.broken("its table of contents is missing")
        stated = struct.unpack_from("<I", tail, at + 12)[0]
        if stated != 0xFFFFFFFF and stated > _DIRECTORY:
            raise self.broken("its table of contents is too large")
        file.seek(0)

    def check_parts(self) -> None:
        """Check what the directory states of all parts against the limits; no two parts may have the same name."""
        if len(self._parts) != len(self._infos):
            raise self.broken("two of its parts have the same name")
        self._check(sum(info.file_size for info in self._infos))

    def __enter__(self) -> Package:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._archive.close()

    def __contains__(self, part: str) -> bool:
        return plain(part) in self._parts

    def _info(self, part: str) -> zipfile.ZipInfo:
        found = self._by_name.get(part) or self._parts.get(plain(part))
        if found is None:
            raise self.broken(f"it has no part {part!r}")
        return found

    def head(self, part: str, size: int) -> bytes:
        """Return the first bytes of a part."""
        try:
            with self._archive.open(self._info(part)) as stream:
                return stream.read(size)
        except _BROKEN as problem:
            raise self.broken(f"{part!r} cannot be unpacked: {problem}") from problem

    def chunks(self, part: str) -> Iterator[bytes]:
        """Yield an unpacked part; `InputError` at the caps and where its true size is not the stated one.

        A part read again is not counted again.
        """
        info = self._info(part)
        before = 0 if info.filename in self._counted else self._unpacked
        found, stated = 0, info.file_size
        self._check(before + stated)
        info.file_size = _ENDLESS  # else reading would stop at the stated size and never notice a false one
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(CHUNK):
                    found += len(chunk)
                    self._check(before + found)
                    yield chunk
        except _BROKEN as problem:
            raise self.broken(f"{part!r} cannot be unpacked: {problem}") from problem
        finally:
            info.file_size = stated
        if found != stated:
            raise self.broken(f"its directory says that {part!r} has {stated:,} bytes, but it has {found:,}")
        if info.filename not in self._counted:
            self._counted.add(info.filename)
            self._unpacked += found

    def parsed(self, part: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feed a part to `parser` chunk by chunk, yielding after each; a document type, and with it every entity attack, is
        refused."""
        def refuse(*_: object) -> None:
            raise self.broken(f"{part!r} declares a document type, which no spreadsheet program writes")

        parser.StartDoctypeDeclHandler = refuse
        try:
            for chunk in self.chunks(part):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
            yield
        except (expat.ExpatError, LookupError, UnicodeError) as problem:  # the latter two for encodings of unknown names
            raise self.broken(f"{part!r} is not well-formed XML: {problem}") from problem

    def parse(self, part: str, parser: expat.XMLParserType) -> None:
        """Feed the whole of a part to `parser`."""
        for _ in self.parsed(part, parser):
            pass

    def broken(self, why: str) -> InputError:
        """Return the error for a package that is not safe to read."""
        return limits.broken(self.name, why)

    def _check(self, unpacked: int) -> None:
        if unpacked > self.caps.max_bytes:
            raise limits.over(self.name, f"unpacked it has more than {self.caps.max_bytes:,} bytes", f"{self.caps.max_bytes:,}",
                              "max_bytes")
        if unpacked > max(FREE, self.caps.max_ratio * self._size):
            ratio = self.caps.max_ratio
            raise limits.over(self.name, f"it unpacks to more than {ratio} times its size", f"{ratio}", "max_ratio")


def plain(part: str) -> str:
    """Return a part's name as names are compared."""
    return part.replace("\\", "/").lstrip("/").lower()


def counted(value: str) -> int:
    """Return a number of columns or rows as a part states it: anything but a whole number above zero counts as one."""
    return max(int(value), 1) if value.isdecimal() and len(value) < 10 else 1
