"""The cells of a described table as typed columns: what Parquet, statistics and row questions are made of.

A column has the type of its datatype. A cell that does not fit it is text in a column of its own (`NAME_text`), which is only
there where a cell does not fit: nothing is dropped, and numbers stay numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import unquote

from odlinked.csvw import cells
from odlinked.csvw.compile import MEMO_ENTRIES, MEMO_LENGTH
from odlinked.csvw.model import Column, TableDescription

MISFIT: Final = "_text"
"""What the name of a column ends with that holds, as text, the cells that do not fit another."""

_LONGEST_INTEGER: Final = 1 << 63
TypedCell = tuple[Any, str | None]
"""A cell: its value, None for a gap, and the text that is no such value, if any."""


@dataclass(frozen=True)
class TypedColumn:
    """A column that is written: its name in tables, description, place in a record, and type.

    The types are `integer`, `number`, `truth`, `day`, `time` (with a zone), `local` (without one) and `text`.
    """

    name: str
    column: Column
    place: int
    type: str
    read: Callable[[str], TypedCell] = field(repr=False)

    @property
    def misfits(self) -> str:
        """The name of the column with what does not fit."""
        return self.name + MISFIT


class TypedMemory(dict[str, TypedCell]):
    """Remembers what short strings of a column become, up to a limit."""

    def __init__(self, read: Callable[[str], TypedCell]) -> None:
        self._read = read

    def __missing__(self, text: str) -> TypedCell:
        found = self._read(text)
        if len(text) <= MEMO_LENGTH:
            if len(self) >= MEMO_ENTRIES:
                self.clear()
            self[text] = found
        return found


def columns(table: TableDescription) -> list[TypedColumn]:
    """Return the columns of a table that are written: virtual ones and those left out are not."""
    found: list[TypedColumn] = []
    shown = [column for column in table.columns if not column.virtual and not column.suppress_output]
    taken: set[str] = set()
    for column in shown:
        name = _free(unquote(column.name), taken)
        taken |= {name.casefold(), (name + MISFIT).casefold()}
        kind, value = _typed(column)
        found.append(TypedColumn(name, column, column.number - 1, kind, _reader(column, value)))
    return found


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no other column has, in whatever case: engines do not tell them apart."""
    number, wanted = 1, name or "column"
    while {wanted.casefold(), (wanted + MISFIT).casefold()} & taken:
        number += 1
        wanted = f"{name}_{number}"
    return wanted


def _typed(column: Column) -> tuple[str, Callable[[str], Any]]:
    """Return the type of a column, and what makes a value of a lexical form; the form itself for all that is text here."""
    datatype, kind = column.datatype, column.datatype.builtin.kind
    if column.separator is not None:
        return "text", str
    if kind == "number":
        whole = any(part in datatype.builtin.iri for part in ("nteger", "#long", "#int", "#short", "#byte", "#unsigned"))
        return ("integer", _integer) if whole else ("number", _number)
    if kind == "boolean":
        return "truth", _truth
    if datatype.base == "date":
        return "day", date.fromisoformat
    if datatype.base in ("dateTime", "datetime", "dateTimeStamp"):
        zoned = bool(getattr(datatype.date, "zone", "")) or datatype.base == "dateTimeStamp" \
            or str(datatype.format or "").rstrip().endswith(("X", "x"))
        return ("time", _zoned) if zoned else ("local", _local)
    return "text", str


def _integer(lexical: str) -> int:
    found = int(lexical)
    if not -_LONGEST_INTEGER <= found < _LONGEST_INTEGER:
        raise ValueError(lexical)
    return found


def _number(lexical: str) -> float:
    found = float(lexical)
    if not math.isfinite(found):
        raise ValueError(lexical)
    return found


def _truth(lexical: str) -> bool:
    return {"true": True, "false": False}[lexical]


def _zoned(lexical: str) -> datetime:
    found = datetime.fromisoformat(lexical)
    if found.tzinfo is None:
        raise ValueError(lexical)
    return found


def _local(lexical: str) -> datetime:
    found = datetime.fromisoformat(lexical)
    if found.tzinfo is not None:
        raise ValueError(lexical)
    return found


def _reader(column: Column, value: Callable[[str], Any]) -> Callable[[str], TypedCell]:
    """Return what reads a cell; text that a column's type cannot hold (a year of five digits) is no loss, it stays text."""

    def read(text: str) -> TypedCell:
        if column.separator is not None:
            return (text or None), None
        found = cells.parse(text, column)
        if not found.values:
            return None, None
        lexical = found.values[0].lexical
        if found.errors:
            return (lexical, None) if value is str else (None, lexical)
        try:
            return value(lexical), None
        except (ValueError, KeyError, OverflowError):
            return None, lexical

    return read


def transposed(records: Sequence[Sequence[str]], found: Sequence[TypedColumn], memories: Sequence[TypedMemory],
               ) -> list[tuple[list[Any], list[str | None]]]:
    """Return for each column the values of some records, and the texts that are none."""
    made = []
    for column, memory in zip(found, memories, strict=True):
        place = column.place
        pairs = [memory[record[place] if place < len(record) else ""] for record in records]
        made.append(([pair[0] for pair in pairs], [pair[1] for pair in pairs]))
    return made
