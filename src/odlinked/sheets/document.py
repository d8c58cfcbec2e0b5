"""Tables of text documents, .docx and .odt, read like worksheets: headings by the same layout, cells by table, row and column.

A table without headings that follows another of its width, with no text between them, continues it: a list that was cut where a
page ends. The text before a table, and behind the last one, are its lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import docx, odt, workbook
from odlinked.sheets.kinds import FileKind
from odlinked.sheets.layout import Known
from odlinked.sheets.packages import Package
from odlinked.sheets.tables import Row, Table
from odlinked.sheets.written import WrittenTable

_BY_CHANCE: Final = 1
"""Headings of a form that a data row may show by chance."""


def read(path: Path, name: str, kind: FileKind, size: int, caps: ReadSettings, known: Known | None = None) -> list[Table]:
    """Return the tables of a document in their order; raise `InputError` for one that has none, is broken or exceeds a limit."""
    with path.open("rb") as file, Package(file, name, size, caps) as package:
        written = docx.tables(package) if kind == "docx" else odt.tables(package)
    found: list[Table] = []
    before: WrittenTable | None = None
    for table in written.found:
        behind = written.after if table is written.found[-1] else []
        found += _tables(table, before, found, behind, name, caps, known)
        before = table
    if not any(table.headings for table in found):
        why = "none of its tables has a row that can be a header" if found else "the document has no table"
        raise InputError(why, doing="reading", on=name, next_step="Give the table a row of headings")
    return found


def _tables(table: WrittenTable, before: WrittenTable | None, found: list[Table], behind: list[str], name: str,
            caps: ReadSettings, known: Known | None) -> Iterator[Table]:
    lines = tuple(Row(0, (line,)) for line in (*table.lines, *behind))
    headed = found[-1] if found and found[-1].headings else None
    if headed is not None and before is not None and _continues(table, before, known):
        rows = workbook.filled_down(table.rows, table.merges, caps.max_rows)
        yield Table(name, table.name, headed.headings, 0, lambda: iter(rows), lines)
        return
    for one in workbook.tables(table.sheet(), name, caps, known):
        yield Table(one.file, one.sheet, one.headings, one.header_row, one.read, (*lines, *one.titles))


def _continues(table: WrittenTable, before: WrittenTable, known: Known | None) -> bool:
    """True when a table is the rest of the one before: as wide, nothing between them, and no headings that a form knows."""
    if known is None or table.lines or not table.rows or table.width != before.width:
        return False
    return known(table.rows[0].cells) <= _BY_CHANCE
