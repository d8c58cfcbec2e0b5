"""Zip packages (xlsx, ods) opened with care: nothing is unpacked past the caps, whatever the archive's directory says."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final
from xml.parsers import expat

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits

CHUNK: Final = 1 << 18
FREE: Final = 16 << 20
"""Bytes that may be unpacked whatever the ratio: a small workbook of equal rows packs a hundredfold."""

_ENDLESS: Final = 1 << 62


class Package:
    """An open package. Every byte unpacked is counted against the size and ratio caps."""

    def __init__(self, path: Path, name: str, size: int, caps: ReadSettings) -> None:
        self.name, self.caps = name, caps
        self._size = size
        self._unpacked = self._cells = 0
        self._archive = zipfile.ZipFile(path)
        self._left = {info.filename: info for info in self._archive.infolist()}
        if len(self._left) != len(self._archive.infolist()):
            raise self.broken("two of its parts have the same name")
        self._check(sum(info.file_size for info in self._archive.infolist()))

    def __enter__(self) -> Package:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._archive.close()

    def names(self) -> list[str]:
        """Return the names of all parts."""
        return self._archive.namelist()

    def chunks(self, part: str) -> Iterator[bytes]:
        """Yield an unpacked part; `InputError` at the caps and where its true size is not the stated one."""
        info = self._archive.getinfo(part)
        stated, info.file_size = info.file_size, _ENDLESS  # else reading would stop at the stated size and never see a lie
        self._left.pop(part, None)
        found = 0
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(CHUNK):
                    found += len(chunk)
                    self._check(self._unpacked + found)
                    yield chunk
        finally:
            info.file_size = stated
        if found != stated:
            raise self.broken(f"its directory says that {part!r} has {stated:,} bytes, but it has {found:,}")
        self._unpacked += found

    def parse(self, part: str, parser: expat.XMLParserType) -> None:
        """Feed a part to `parser`; a document type, and so every entity trick, is refused."""
        def refuse(*_: object) -> None:
            raise self.broken(f"{part!r} declares a document type, which no spreadsheet program writes")

        parser.StartDoctypeDeclHandler = refuse
        try:
            for chunk in self.chunks(part):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as problem:
            raise self.broken(f"{part!r} is not well-formed XML: {problem}") from problem

    def drain(self) -> None:
        """Unpack the parts nobody has read yet and keep nothing, so that the caps hold for them too."""
        for part in list(self._left):
            for _ in self.chunks(part):
                pass

    def broken(self, why: str) -> InputError:
        """Return the error for a package that cannot be trusted."""
        return InputError(f"the workbook is broken ({why})", doing="reading", on=self.name,
                          next_step="Open it, save it again and retry")

    def check_area(self, sheet: str, rows: int, columns: int) -> None:
        """Raise `InputError` when a sheet is too tall or wide, or the workbook spreads over more cells than can be held."""
        self._cells = limits.check_area(f"{self.name}, sheet {sheet}", rows, columns, self._cells, self.caps)

    def too_much_text(self, sheet: str) -> InputError:
        """Return the error for texts that are stored once and shown in many cells, and so add up to too much."""
        return limits.too_much_text(f"{self.name}, sheet {sheet}", self.caps)

    def _check(self, unpacked: int) -> None:
        if unpacked > self.caps.max_bytes:
            raise limits.over(self.name, f"unpacked it has more than {self.caps.max_bytes:,} bytes", f"{self.caps.max_bytes:,}",
                              "max_bytes")
        if unpacked > max(FREE, self.caps.max_ratio * self._size):
            ratio = self.caps.max_ratio
            raise limits.over(self.name, f"it unpacks to more than {ratio} times its size", f"{ratio}", "max_ratio")
