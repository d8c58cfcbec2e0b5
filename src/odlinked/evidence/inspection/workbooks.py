"""Workbooks as data: the rows of their worksheets, as the shared readers give them, counted by the shared layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from odlinked.errors import InputError
from odlinked.evidence.inspection.shape import ContentShape, Expectation
from odlinked.evidence.inspection.tables import Tables
from odlinked.settings import ReadSettings
from odlinked.sheets.merges import Filling
from odlinked.sheets.sheet import Sheet, in_order
from odlinked.sheets.tables import Row

CAPS: Final = ReadSettings(max_bytes=1 << 29, max_rows=5_000_000, max_columns=16_384, max_ratio=200)
"""The limits for reading an untrusted file."""

MOST_TEXT: Final = 128 << 20
"""Approximate most bytes of shared texts."""

LOOKED_AT: Final = 200
"""Rows of a further worksheet that are examined for a table with more of the described fields."""


def read(sheets: Callable[[], Iterator[Sheet]], wanted: Expectation) -> ContentShape:
    """Return what the worksheets hold; `sheets` opens them from their start. Raise `InputError` where the one that is read is
    broken; another one that is broken is reported as not read."""
    try:
        return _read(sheets(), wanted, lambda sheet: _rising(sheet.rows))
    except _Disordered:
        return _read(sheets(), wanted, lambda sheet: iter(in_order(sheet.rows)))


def _read(sheets: Iterator[Sheet], wanted: Expectation, rows: Callable[[Sheet], Iterator[Row]]) -> ContentShape:
    tables = Tables(wanted)
    broken = 0
    try:
        for sheet in sheets:
            tables.read(_enough(rows(sheet), tables), sheet.merges, raw=Filling(sheet.merges).filled)
    except InputError:
        if tables.is_blank or tables.sheets[-1].is_read:
            raise
        broken = not tables.sheets[-1].others
    shape = tables.shape()
    shape.unread += broken
    return shape


def _enough(rows: Iterator[Row], tables: Tables) -> Iterator[Row]:
    """Yield the rows of a sheet, only the first of one that is not read while another is."""
    for count, row in enumerate(rows):
        if count == LOOKED_AT and not tables.is_blank and not tables.sheets[-1].is_read:
            return
        yield row


class _Disordered(Exception):
    """The rows are out of order."""


def _rising(rows: Iterator[Row]) -> Iterator[Row]:
    last = 0
    for row in rows:
        if row.number <= last:
            raise _Disordered
        last = row.number
        yield row
