"""A dBASE table, as shapefiles hold their attributes in: columns, number of rows, values."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.errors import InputError
from odlinked.evidence.inspection.shape import ContentShape, Expectation, RowCounter
from odlinked.sheets.encoding import Encoding, detect_chunks

_END: Final = 0x0D
_DELETED: Final = 0x2A
_NAMES: Final = 255


class Columns(NamedTuple):
    """The header: names as bytes with the widths of their columns, the stated number of rows, bytes of the header and of a
    row."""

    names: list[bytes]
    widths: list[int]
    rows: int
    start: int
    width: int


def header(head: bytes) -> Columns:
    """Read the header from the first bytes; raise `InputError` where it is not one."""
    try:
        rows, start, width = struct.unpack_from("<IHH", head, 4)
    except struct.error as problem:
        raise InputError("the table is cut") from problem
    names: list[bytes] = []
    widths: list[int] = []
    at = 32
    while at + 32 <= min(start, len(head)) and head[at] != _END and len(names) < _NAMES:
        names.append(head[at:at + 11].split(b"\0")[0])
        widths.append(head[at + 16])
        at += 32
    if not names or 1 + sum(widths) != width or start < at:
        raise InputError("it is no dBASE table")
    return Columns(names, widths, rows, start, width)


def read(columns: Columns, chunks: Iterator[bytes], codec: str, wanted: Expectation) -> ContentShape:
    """Return the content of the table; `chunks` are its bytes from the beginning."""
    names = [name.decode(codec, "replace") for name in columns.names]
    shape = ContentShape()
    shape.named(names)
    rows = RowCounter(names, wanted.check)
    pending, skip = b"", columns.start
    number = 0
    for chunk in chunks:
        pending += chunk
        if skip:
            pending, skip = pending[skip:], max(0, skip - len(pending))
        whole = len(pending) // columns.width
        for index in range(min(whole, columns.rows - number)):
            number += 1
            record = pending[index * columns.width:(index + 1) * columns.width]
            if record[0] != _DELETED:
                rows.take(number, _cells(record, columns.widths, codec) if rows.check else ("-",))
        pending = pending[whole * columns.width:]
    shape.count = rows.count if number == columns.rows else None
    shape.broken = None if number == columns.rows else f"it states {columns.rows} rows, but it has {number}"
    return shape


def _cells(record: bytes, widths: list[int], codec: str) -> list[str]:
    cells, at = [], 1
    for width in widths:
        cells.append(record[at:at + width].decode(codec, "replace").strip(" \0"))
        at += width
    return cells


def encoding(columns: Columns, chunks: Iterator[bytes]) -> Encoding | None:
    """Return the encoding of names and rows, None where it cannot be determined."""
    pieces = list(columns.names)
    size, skip = 0, columns.start
    for chunk in chunks:
        pieces.append(chunk[skip:].replace(b"\0", b" "))
        skip = max(0, skip - len(chunk))
        size += len(chunk)
        if size > 1 << 24:
            break
    found = detect_chunks(lambda: iter([b"".join(pieces)]), whole=size <= 1 << 24, own=True)
    return found if isinstance(found, Encoding) else None
