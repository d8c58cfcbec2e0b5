"""A delimited file cut into parts that can be read apart, by one scan that knows what is quoted."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TextIO

from odlinked.sheets.dialects import DelimitedDialect, DelimitedText
from odlinked.sheets.encoding import errors

_BUFFER: Final = 1 << 18
CUT: Final = frozenset({"utf-8", "utf-8-sig", "cp950", "big5"})
"""Codecs in which the bytes of line ends and quotes are nothing else."""


@dataclass(frozen=True)
class TextFile:
    """Opens a file as text, line ends unchanged: all of it, or `size` bytes from `start`."""

    path: Path
    codec: str
    start: int = 0
    size: int = -1

    def __call__(self) -> TextIO:
        """Return the text; one that is not in the codec raises `UnicodeError` as it is read."""
        handler = errors(self.codec, lost=False)
        if self.size < 0:
            return self.path.open(encoding=self.codec, errors=handler, newline="", buffering=_BUFFER)
        with self.path.open("rb") as file:
            file.seek(self.start)
            return io.TextIOWrapper(io.BytesIO(file.read(self.size)), encoding=self.codec, errors=handler, newline="")


class TextPart(NamedTuple):
    """A part of a text that begins and ends with a record, and how many records stand before it."""

    text: DelimitedText
    before: int


def parts(text: DelimitedText, dialect: DelimitedDialect, size: int) -> Iterator[TextPart]:
    """Yield a text in parts of at least `size` bytes, in order: the whole text where its file cannot be cut.

    `csv.Error` is passed on.
    """
    whole = text.open
    # Blanks around quotes are looked for by counting quotes from the start, however they are meant.
    if not isinstance(whole, TextFile) or codecs.lookup(whole.codec).name not in CUT or dialect.spaced:
        yield TextPart(text, 0)
        return
    start = before = 0
    with whole.path.open("rb") as file:
        while piece := file.read(size):
            piece += file.readline()
            codec = _later(whole.codec) if start else whole.codec
            plain = b'"' not in piece or not dialect.quoting
            length, records = (len(piece), _lines(piece)) if plain else _records(piece, file, codec, text, dialect)
            yield TextPart(text._replace(open=replace(whole, codec=codec, start=start, size=length)), before)
            start, before = start + length, before + records
            file.seek(start)


def _later(codec: str) -> str:
    """Return the codec of a part that is not the first: a mark there is a character."""
    return codec.removesuffix("-sig")


def _lines(piece: bytes) -> int:
    ends = piece.count(b"\n") + (piece.count(b"\r") - piece.count(b"\r\n") if b"\r" in piece else 0)
    return ends + (not piece.endswith((b"\n", b"\r")))


def _records(piece: bytes, file: BinaryIO, codec: str, text: DelimitedText, dialect: DelimitedDialect) -> tuple[int, int]:
    """Return how many bytes and records there are to the end of the record that is open at the end of a piece."""
    taken = records = 0
    handler = errors(codec, lost=False)

    def lines() -> Iterator[str]:
        nonlocal taken
        following = chain.from_iterable(line.splitlines(keepends=True) for line in iter(file.readline, b""))
        for line in chain(piece.splitlines(keepends=True), following):
            shown = line.decode(_later(codec) if taken else codec, handler)
            taken += len(line)
            yield shown

    csv.field_size_limit(text.longest)
    for _ in dialect.reader(text.lines(lines(), dialect)):
        records += 1
        if taken >= len(piece):
            break
    return taken, records
