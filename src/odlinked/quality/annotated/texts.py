"""A workbook made of lines of text, for files that cannot carry comments: every cell as text, none run or converted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from odlinked.errors import InputError
from odlinked.quality.annotated import findings_sheet, markup, styles
from odlinked.quality.annotated.styles import Styles
from odlinked.quality.annotated.worksheet import CellPosition
from odlinked.sheets.merges import Merge
from odlinked.sheets.tables import Row

_LONGEST: Final = 32_767
_ROWS: Final = 1_048_576
_COLUMNS: Final = 16_384
_TEXT: Final = 49
"""The number format "@": a cell that is changed stays text."""

_WIDTH: Final = 22
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_BOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


class TextSheet(NamedTuple):
    """A worksheet to be made: its name, the lines in it and the cells that are merged."""

    name: str
    rows: Iterable[Row]
    merges: Sequence[Merge] = ()


def as_workbook(sheets: Sequence[TextSheet], name: str) -> io.BytesIO:
    """Return a workbook with the sheets of the file `name`; raise `InputError` for a file that does not fit."""
    made = Styles(None)
    style = made.made(number=_TEXT)
    parts = {f"xl/worksheets/sheet{number}.xml": _sheet(sheet, style, name) for number, sheet in enumerate(sheets, 1)}
    leading = [("worksheet", part.removeprefix("xl/")) for part in parts]
    named = "".join(f'<sheet name="{markup.quoted(sheet.name)}" sheetId="{number}" r:id="rId{number}"/>'
                    for number, sheet in enumerate(sheets, 1))
    content = {
        "[Content_Types].xml": _types(list(parts)),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{markup.MAIN}" xmlns:r="{markup.OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(*leading, ("styles", "styles.xml")),
        **parts,
        "xl/styles.xml": made.bytes().decode().removeprefix(markup.HEAD),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in content.items():
            info = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, markup.HEAD + text)
    packed.seek(0)
    return packed


def _sheet(sheet: TextSheet, style: int, name: str) -> str:
    """Return the part of a worksheet."""
    rows, widest = [], 1
    for number, cells in sheet.rows:
        longest = max(map(len, cells), default=0)
        if number > _ROWS or len(cells) > _COLUMNS or longest > _LONGEST:
            raise InputError(f"row {number:,} does not fit: a worksheet takes {_ROWS:,} rows, {_COLUMNS:,} columns and "
                             f"{_LONGEST:,} characters a cell", doing="annotating", on=name,
                             next_step="Write the findings with --format csv")
        widest = max(widest, len(cells))
        rows.append(findings_sheet.row_of(number, [(cell, style) for cell in cells]))
    columns = f'<cols><col min="1" max="{widest}" width="{_WIDTH}" style="{style}" customWidth="1"/></cols>'
    merged = "".join(f'<mergeCell ref="{CellPosition(one.top, one.left).name}:{CellPosition(one.bottom, one.right).name}"/>'
                     for one in sheet.merges)
    merges = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{markup.MAIN}">{columns}<sheetData>{"".join(rows)}</sheetData>{merges}</worksheet>'


def _types(sheets: Sequence[str]) -> str:
    overrides = (("xl/workbook.xml", _BOOK_TYPE), *((part, findings_sheet.MEDIA_TYPE) for part in sheets),
                 (styles.PART, styles.MEDIA_TYPE))
    return (f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides) + "</Types>")


def _relations(*leading: tuple[str, str]) -> str:
    elements = (f'<Relationship Id="rId{number}" Type="{markup.OFFICE}/{kind}" Target="{target}"/>'
                for number, (kind, target) in enumerate(leading, 1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">' + "".join(elements) + "</Relationships>"
