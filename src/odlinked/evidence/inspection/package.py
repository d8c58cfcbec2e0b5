"""Zip packages, unpacked with care: whatever the archive's directory says, nothing is unpacked past the caps."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from odlinked.evidence.inspection.source import Source

CHUNK: Final = 1 << 18
MOST: Final = 1 << 29
"""Bytes unpacked of one package at most."""

FREE: Final = 16 << 20
RATIO: Final = 200
"""Above `FREE` bytes a package that unpacks to more than this many times its size is a bomb."""

MOST_MEMBERS: Final = 100_000
_DIRECTORY: Final = 32 << 20
_END: Final = b"PK\x05\x06"


class Unreadable(Exception):
    """A packed or binary file is broken, locked or too large to be read: says why."""


class Package:
    """An open zip file. `names` are those of its members in order; `locked` says that a password is wanted."""

    def __init__(self, source: Source) -> None:
        file = source.file()
        file.seek(max(0, source.size - (1 << 16) - 22))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise Unreadable("its table of contents is missing")
        size = struct.unpack_from("<I", tail, at + 12)[0]
        if size != 0xFFFFFFFF and size > _DIRECTORY:
            raise Unreadable("its table of contents is too large")
        self._most, self._unpacked = min(MOST, max(FREE, RATIO * source.size)), 0
        try:
            self._archive = zipfile.ZipFile(source.file())
            infos = self._archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, OverflowError) as problem:
            raise Unreadable(str(problem)) from problem
        self.names = [info.filename for info in infos[:MOST_MEMBERS] if info.filename and not info.filename.endswith("/")]
        self.locked = any(info.flag_bits & 1 for info in infos)

    def chunks(self, name: str, *, whole: bool = True) -> Iterator[bytes]:
        """Yield a member's bytes; raise `Unreadable` at the caps (at once if the `whole` is wanted) and where it is broken."""
        try:
            stated = self._archive.getinfo(name).file_size if whole else 0
            with self._archive.open(name) as stream:
                while chunk := stream.read(CHUNK):
                    self._unpacked += len(chunk)
                    if max(self._unpacked, stated) > self._most:
                        raise Unreadable("it unpacks to far more than its size")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, KeyError,
                struct.error) as problem:
            raise Unreadable(str(problem)) from problem

    def head(self, name: str, size: int) -> bytes:
        """Return the first bytes of a member."""
        held = b""
        for chunk in self.chunks(name, whole=False):
            held += chunk
            if len(held) >= size:
                break
        return held[:size]

    def parse(self, name: str, parser: expat.XMLParserType) -> None:
        """Feed a member to `parser`; a document type, and so every entity trick, is refused."""
        def refuse(*_: object) -> None:
            raise Unreadable(f"{name!r} declares a document type")

        parser.StartDoctypeDeclHandler = refuse
        try:
            for chunk in self.chunks(name):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as problem:  # the latter for encodings of unknown names
            raise Unreadable(f"{name!r} is not well-formed XML: {problem}") from problem


def parser() -> expat.XMLParserType:
    """Return a parser that gives tags as "namespace name"."""
    found = expat.ParserCreate(namespace_separator=" ")
    found.buffer_text = True
    return found
