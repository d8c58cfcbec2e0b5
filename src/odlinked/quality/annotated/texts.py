"""A workbook made of lines of text, for files that cannot carry comments: every cell as text, none run or converted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Final

from odlinked.errors import InputError
from odlinked.quality.annotated import findings_sheet, markup, styles
from odlinked.quality.annotated.styles import Styles
from odlinked.sheets.tables import Row

_LONGEST: Final = 32_767
_ROWS: Final = 1_048_576
_COLUMNS: Final = 16_384
_TEXT: Final = 49
"""The number format "@": a cell that is changed stays text."""

_WIDTH: Final = 22
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_BOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def as_workbook(lines: Iterable[Row], sheet: str, name: str) -> io.BytesIO:
    """Return a workbook with one worksheet that holds the lines of the file `name`; raise `InputError` for a file that does not
    fit."""
    made = Styles(None)
    style = made.made(number=_TEXT)
    rows, widest = [], 1
    for number, cells in lines:
        longest = max(map(len, cells), default=0)
        if number > _ROWS or len(cells) > _COLUMNS or longest > _LONGEST:
            raise InputError(f"row {number:,} does not fit: a worksheet takes {_ROWS:,} rows, {_COLUMNS:,} columns and "
                             f"{_LONGEST:,} characters a cell", doing="annotating", on=name,
                             next_step="Write the findings with --format csv")
        widest = max(widest, len(cells))
        rows.append(findings_sheet.row_of(number, [(cell, style) for cell in cells]))
    columns = f'<cols><col min="1" max="{widest}" width="{_WIDTH}" style="{style}" customWidth="1"/></cols>'
    content = {
        "[Content_Types].xml": _types(),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{markup.MAIN}" xmlns:r="{markup.OFFICE}"><sheets>'
                           f'<sheet name="{markup.quoted(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{markup.MAIN}">{columns}<sheetData>{"".join(rows)}</sheetData>'
                                    "</worksheet>",
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


def _types() -> str:
    overrides = (("xl/workbook.xml", _BOOK_TYPE), ("xl/worksheets/sheet1.xml", findings_sheet.MEDIA_TYPE),
                 (styles.PART, styles.MEDIA_TYPE))
    return (f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides) + "</Types>")


def _relations(*leading: tuple[str, str]) -> str:
    elements = (f'<Relationship Id="rId{number}" Type="{markup.OFFICE}/{kind}" Target="{target}"/>'
                for number, (kind, target) in enumerate(leading, 1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">' + "".join(elements) + "</Relationships>"
