"""The bytes to examine, read as often as needed and never held in memory as a whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, Final, TextIO

from odlinked.evidence.observation import Content
from odlinked.sheets.encoding import CHUNK, errors

HEAD: Final = 1 << 16
"""Bytes at the beginning by which a kind is determined."""


class Source:
    """A content as chunks, as text and as a file of its own; several readers may work at the same time."""

    def __init__(self, content: Content) -> None:
        self._stream = content.stream
        self.size, self.complete = content.size, content.complete
        self.content_type, self.file_name = content.content_type, content.file_name
        self.head = self.file().read(HEAD)

    def file(self) -> io.BufferedReader:
        """Return the content as a binary file with a position of its own; closing it leaves the stream open."""
        return io.BufferedReader(_View(self._stream), HEAD)

    def chunks(self) -> Iterator[bytes]:
        """Yield the content from its beginning."""
        file = self.file()
        while chunk := file.read(CHUNK):
            yield chunk

    def text(self, codec: str) -> TextIO:
        """Return the content as text, line ends unchanged. Undecodable bytes become U+FFFD: above all an incomplete end."""
        return io.TextIOWrapper(self.file(), encoding=codec, errors=errors(codec), newline="")


class _View(io.RawIOBase):
    """A position of its own in a stream that others read too."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._stream.seek(self._at)
        piece = self._stream.read(len(buffer))
        buffer[:len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            offset += self._stream.seek(0, io.SEEK_END)
        elif whence == io.SEEK_CUR:
            offset += self._at
        if offset < 0:
            raise ValueError("a place before the beginning")
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at
