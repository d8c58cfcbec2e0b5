"""A form to fill in: the ministry's own table as a workbook that offers codes, refuses what is wrong and shows what is missing.

Drop-downs and checks are data validation, the colour of a cell that must be filled in is conditional formatting (ECMA-376 part 1,
18.3.1.33 and 18.3.1.18): spreadsheets hold them while somebody types, not while cells are pasted; the check of the file stays.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from odlinked.assets import Assets
from odlinked.errors import FormError, InputError
from odlinked.mapping import forms
from odlinked.mapping.forms import Form
from odlinked.quality.shapes import LANGUAGES, Profile
from odlinked.reporting import blank_columns
from odlinked.reporting.blank_columns import PLACEHOLDERS, BlankColumn
from odlinked.reporting.form_table import sheet_title
from odlinked.settings import Settings
from odlinked.whole_file import replacing

ROWS: Final = 2_000
"""Rows that have drop-downs and checks."""

_REQUIRED: Final = PatternFill("solid", fgColor="F6D9A8")
_USUAL: Final = PatternFill("solid", fgColor="DDE6F0")
_MISSING: Final = PatternFill("solid", bgColor="F9E0DA")
_LINE: Final = Border(bottom=Side(style="thin", color="7D7D7D"))
_FORMATS: Final = {"date": "yyyy-mm-dd", "month": "yyyy-mm", "time": "yyyy-mm-dd hh:mm:ss", "number": "0"}
_FIRST_DAY: Final = 32_874
"""1 January 1990 as a spreadsheet counts days."""

_DAY_0: Final = date(1899, 12, 30)
_OF_A_CODE: Final = "abcdefghijklmnopqrstuvwxyz0123456789_-.:"
"""The characters of an identifier, folded (`mapping.identifiers`)."""

_LAST_DAY: Final = 73_050
"""31 December 2099."""

_BOX: Final = 255
"""Most characters of a box of data validation."""


def find(name: str, settings: Settings) -> Form:
    """Return the form with a name; raise `FormError` naming those there are."""
    known = {form.name: form for form in forms.load_all(Assets(settings.overlays))}
    if name not in known:
        raise FormError("there is no such form", doing="looking for the form", on=name, next_step=f"Forms: {', '.join(known)}")
    return known[name]


def save(name: str, target: Path, language: str, settings: Settings) -> None:
    """Write the form called `name` to fill in; raise `InputError` where it cannot be written, or the file is there already."""
    form = find(name, settings)
    if form.turned:
        raise InputError("its headings stand below each other, and such a table is not written", doing="writing the form",
                         on=name, next_step="Fill in the ministry's own paper: it is read as it is")
    if target.suffix.lower() != ".xlsx":
        raise InputError("a form is an .xlsx", doing="writing the form", on=str(target), next_step="Name it .xlsx")
    if target.exists():
        raise InputError("the file is there already, and may be filled in", doing="writing the form", on=str(target),
                         next_step="Give another name")
    data = workbook(form, Profile.load(Assets(settings.overlays), settings.publish.profile), language)
    with replacing(target, "writing the form") as part:
        part.write_bytes(data)


def workbook(form: Form, profile: Profile, language: str) -> bytes:
    """Return the form to fill in as an .xlsx; boxes and notes begin in `language`, the other one follows."""
    order = (language, *(tag for tag in LANGUAGES if tag != language))
    texts = blank_columns.words(profile.assets)
    columns = blank_columns.columns(form, profile)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = sheet_title(form, language)
    lists: Any = book.create_sheet(texts[language]["lists"])
    lists.sheet_state = "hidden"
    ranges: dict[str, str] = {}
    for number, column in enumerate(columns, 1):
        _heading(sheet, number, column, order)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _width(column)
        sheet.column_dimensions[letter].number_format = _FORMATS.get(column.kind, "@")
        if column.choices and column.scheme not in ranges:
            ranges[column.scheme] = _listed(lists, len(ranges) + 1, column.scheme, column.choices)
        if column.kind == "text" and PLACEHOLDERS not in ranges:
            ranges[PLACEHOLDERS] = _listed(lists, len(ranges) + 1, PLACEHOLDERS, blank_columns.placeholders(profile.assets))
        check = _check(column, letter, ranges)
        _worded(check, column, order, texts)
        sheet.add_data_validation(check)
        check.add(f"{letter}2:{letter}{ROWS + 1}")
        if column.required:
            last = get_column_letter(len(columns))
            missing = FormulaRule(formula=[f"AND(COUNTA($A2:${last}2)>0,LEN(TRIM({letter}2))=0)"], fill=_MISSING)  # type: ignore[no-untyped-call]
            sheet.conditional_formatting.add(f"{letter}2:{letter}{ROWS + 1}", missing)
        doubtful = _doubtful(column, f"{letter}2", ranges)
        if doubtful:
            shown = FormulaRule(formula=[doubtful], fill=_MISSING)  # type: ignore[no-untyped-call]
            sheet.conditional_formatting.add(f"{letter}2:{letter}{ROWS + 1}", shown)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heading(sheet: Any, number: int, column: BlankColumn, order: Sequence[str]) -> None:
    """Write a heading: the form's own word, coloured where it must be filled in, with a note of what the rules say."""
    cell = sheet.cell(1, number, column.heading)
    cell.font, cell.border = Font(bold=True), _LINE
    cell.fill = _REQUIRED if column.required else _USUAL
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    note = "\n\n".join("\n".join(filter(None, (column.hint[tag], column.note[tag]))) for tag in order)
    cell.comment = Comment(note, "odlinked", height=60 + 18 * note.count("\n"), width=360)


def _width(column: BlankColumn) -> int:
    longest = max((len(choice) for choice in column.choices), default=0)
    return max(12, min(40, 2 * max(len(column.heading), longest)))


def _listed(lists: Any, number: int, scheme: str, choices: Sequence[str]) -> str:
    """Write the choices of a list into a column of the hidden sheet, below its IRI; return their range.

    By the IRIs the sheet is known when the form is read again (`intake.bindings`).
    """
    for row, choice in enumerate((scheme, *choices), 1):
        lists.cell(row, number, choice).data_type = "s"
    letter = get_column_letter(number)
    return f"'{lists.title}'!${letter}$2:${letter}${len(choices) + 1}"


def _check(column: BlankColumn, letter: str, ranges: Mapping[str, str]) -> DataValidation:
    """Return the validation of a column's cells."""
    cell = f"{letter}2"
    if column.kind == "list":
        return DataValidation("list", formula1=ranges[column.scheme])
    if column.kind in ("date", "month", "time"):
        first = (date(column.first, 1, 1) - _DAY_0).days if column.first else _FIRST_DAY
        return DataValidation("date", operator="between", formula1=str(first), formula2=str(_LAST_DAY))
    if column.kind == "number":
        return DataValidation("whole", operator="greaterThanOrEqual", formula1="0")
    if column.kind == "length":
        return DataValidation("textLength", operator="between", formula1=str(column.least), formula2=str(column.most))
    conditions = _conditions(column, cell, letter, ranges)
    if not conditions:
        return DataValidation(None)
    return DataValidation("custom", formula1=conditions[0] if len(conditions) == 1 else f"AND({','.join(conditions)})")


def _conditions(column: BlankColumn, cell: str, letter: str, ranges: Mapping[str, str]) -> list[str]:
    """Return what must hold of a cell, as formulas."""
    found = []
    if column.kind == "address":
        found = [f'OR(LEFT({cell},7)="http://",LEFT({cell},8)="https://")', f'ISNUMBER(SEARCH("://?*.?*",{cell}))',
                 f'ISERROR(SEARCH("://http",{cell}))', f'ISERROR(FIND(" ",{cell}))',
                 f'ISERROR(FIND("、",{cell}))',
                 f'ISERROR(SEARCH("://localhost",{cell}))']
    elif column.kind == "unique":
        found = [f"COUNTIF(${letter}$2:${letter}${ROWS + 1},{cell})=1",
                 # Filled up to its length: what FIND says of an empty text differs between spreadsheets.
                 f'SUMPRODUCT(--ISERROR(FIND(MID(LOWER({cell})&REPT("a",99),ROW($1:$99),1),"{_OF_A_CODE}")))=0',
                 f'SUMPRODUCT(--ISNUMBER(FIND(MID("{_OF_A_CODE[:36]}",ROW($1:$36),1),LOWER({cell}))))>0']
    elif column.kind == "words":
        found = [_all_listed(column, cell, ranges)]
    elif column.kind == "text":
        found = [f"SUMPRODUCT(--({ranges[PLACEHOLDERS]}=LOWER(TRIM({cell}))))=0"]
    return found


def _all_listed(column: BlankColumn, cell: str, ranges: Mapping[str, str]) -> str:
    """Return the formula that holds where every part of a cell is of its list: so many are as there are parts."""
    mark = column.separator
    part = f'TRIM(MID(SUBSTITUTE({cell},"{mark}",REPT(" ",99)),(ROW($1:$40)-1)*99+1,99))'
    return f'SUMPRODUCT(COUNTIF({ranges[column.scheme]},{part}))=LEN({cell})-LEN(SUBSTITUTE({cell},"{mark}",""))+1'


def _doubtful(column: BlankColumn, cell: str, ranges: Mapping[str, str]) -> str:
    """Return the formula that holds where a cell is coloured, although it can be written: "" for never."""
    if column.kind == "list" and column.separator and column.note[LANGUAGES[0]]:
        return f"AND(LEN({cell})>0,NOT({_all_listed(column, cell, ranges)}))"
    return ""


def _worded(check: DataValidation, column: BlankColumn, order: Sequence[str], texts: blank_columns.BlankTexts) -> None:
    """Give a validation its boxes: what to write beforehand, what was wrong afterwards."""
    hint = "\n".join(column.hint[tag] for tag in order)[:_BOX]
    check.allow_blank = True
    check.showInputMessage, check.prompt = True, hint
    if column.kind and column.style:
        check.showErrorMessage, check.errorStyle = True, "stop" if column.style == "stop" else "warning"
        check.errorTitle, check.error = texts[order[0]]["wrong"][:32], hint
    else:
        check.showErrorMessage = False
