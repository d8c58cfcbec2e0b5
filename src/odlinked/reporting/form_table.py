"""A table on a form as a file: a workbook whose cells are all text, or CSV as the platform writes it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from odlinked import csv_text
from odlinked.mapping.forms import Form, annotation, title
from odlinked.reporting.form_rows import FormRow

_LONGEST_SHEET = 31


class FormTable(NamedTuple):
    """Rows of a form, of which the columns `used` (indexes in form order) are written."""

    form: Form
    used: Sequence[int]
    rows: Sequence[FormRow]


def sheet_title(form: Form, language: str) -> str:
    """Return the name of a form as a worksheet may be called."""
    label = form.labels.get(language) or form.name
    return "".join(c for c in label if c not in r"[]:*?/\'")[:_LONGEST_SHEET]


def written(table: FormTable, suffix: str) -> bytes:
    """Return the file: ".csv" in UTF-8 with a byte order mark, or ".xlsx"."""
    if suffix == ".csv":
        return (csv_text.MARK + csv_text.written(_lines(table))).encode()
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(sheet_title(table.form, "zh-Hant"))
    sheet.freeze_panes = "A2"
    for number, line in enumerate(_lines(table)):
        sheet.append([_text(sheet, text, number == 0) for text in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(table: FormTable) -> Iterator[list[str]]:
    columns = [table.form.columns[place] for place in table.used]
    yield [title(column) for column in columns]
    for number, row in enumerate(table.rows, 1):
        yield [str(number) if annotation(column, "runningNumber") else row.cells[place]
               for place, column in zip(table.used, columns, strict=True)]


def _text(sheet: Any, text: str, is_heading: bool) -> Any:
    """Return a cell of text: nothing in it is a formula, a number or a day to a spreadsheet."""
    cell: Any = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    if is_heading:
        cell.font = Font(bold=True)
    else:
        cell.number_format = "@"
    return cell
