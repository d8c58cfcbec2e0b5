"""The marked or mended file of a checked one: the submitted workbook where it is an .xlsx, for a delimited file one made of it.

Of an .xls and an .ods a workbook with the texts of all sheets is marked. Mended, an .ods and JSON stay what they are.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.quality import annotated
from odlinked.quality.annotated import Rewritten, TextSheet
from odlinked.quality.report import Report
from odlinked.settings import ReadSettings
from odlinked.sheets import workbook
from odlinked.sheets.kinds import FileKind
from odlinked.sheets.sheet import in_order
from odlinked.validation import records

_DOCUMENTS: Final[Mapping[FileKind, str]] = MappingProxyType({"docx": "a Word document", "odt": "an OpenDocument text"})
"""Files whose tables stand in a text."""

GIVEN_BACK: Final = {"xlsx": ".xlsx", "delimited": ".xlsx", "xls": ".xlsx", "ods": ".ods", "json": ".json"}
"""What a mended file is, by the kind of the file it is made of."""


_OTHERS: Final[tuple[FileKind, ...]] = ("xls", "ods")


def given_back(file: Path, name: str) -> str:
    """Return the suffix of the mended file of `file`; raise `InputError` for a document, whose text is not rewritten."""
    kind = inventory.detect(file, name)
    if kind in _DOCUMENTS:
        raise InputError(f"{_DOCUMENTS[kind]} is not rewritten", doing="mending", on=name,
                         next_step="Correct the cells named in the findings, or save its tables as xlsx and check that")
    return file.suffix if kind == "json" and file.suffix else GIVEN_BACK[kind]


def has_cells(file: Path, name: str) -> bool:
    """True when a file has cells that could carry marks."""
    return inventory.detect(file, name) not in ("json", *_DOCUMENTS)


def write(report: Report, file: Path, name: str, target: IO[bytes], language: str, caps: ReadSettings) -> None:
    """Write the marked workbook of `file`, which findings call `name`; raise `InputError` for one that cannot carry marks."""
    source, sheets = _workbook(file, name, caps)
    annotated.annotate(source, target, report, name, language, caps.max_bytes, sheets)


def mend(report: Report, file: Path, name: str, target: IO[bytes], language: str, caps: ReadSettings) -> Rewritten:
    """Write `file` with the certain repairs of a report, as `given_back` says; return which were written; raise `InputError` for
    one that cannot be preserved."""
    kind = inventory.detect(file, name)
    if kind == "json":
        return records.mend(report, file, name, target, caps)
    if kind == "ods":
        return annotated.rewrite_opendocument(file, target, report, name, language, caps.max_bytes)
    source, sheets = _workbook(file, name, caps)
    return annotated.rewrite(source, target, report, name, language, caps.max_bytes, sheets)


def mend_and_mark(report: Report, file: Path, name: str, target: IO[bytes], language: str, caps: ReadSettings) -> Rewritten:
    """Write the workbook of `file` with the certain repairs, and with marks where something is left to be mended."""
    source, sheets = _workbook(file, name, caps)
    done = annotated.rewrite(source, io.BytesIO(), report, name, language, caps.max_bytes, sheets)
    written = {id(one) for one in done.written}
    rest = replace(report, findings=tuple(one for one in report.findings if id(one) not in written))
    between = io.BytesIO()
    annotated.annotate(source, between, rest, name, language, caps.max_bytes, sheets)
    # Marked first: marks of an earlier check are taken off there, and with them every comment of ours.
    annotated.rewrite(between, target, replace(report, findings=done.written), name, language, caps.max_bytes, sheets)
    return done


def _workbook(file: Path, name: str, caps: ReadSettings) -> tuple[Path | IO[bytes], dict[str | None, str]]:
    """Return the workbook that gets the marks, and the worksheet of findings without one."""
    kind = inventory.detect(file, name)
    if kind == "json":
        raise InputError("a JSON file has no cells to mark", doing="annotating", on=name,
                         next_step="Write the findings with --format csv")
    if kind in _DOCUMENTS:
        raise InputError(f"{_DOCUMENTS[kind]} cannot carry our comments", doing="annotating", on=name,
                         next_step="Save it as xlsx and check that, or write the findings with --format csv")
    if kind == "xlsx":
        return file, {}
    if kind in _OTHERS:
        return _texts(file, name, kind, caps), {}
    sheet = annotated.sheet_name(file.stem, ())
    return annotated.as_workbook([TextSheet(sheet, inventory.every_row(file, name, caps))], name), {None: sheet}


def _texts(file: Path, name: str, kind: FileKind, caps: ReadSettings) -> IO[bytes]:
    """Return an .xlsx with what every cell of another workbook shows, as text, and its merged cells."""
    with file.open("rb") as opened:
        sheets = []
        for sheet in workbook.sheets(opened, name, kind, file.stat().st_size, caps):
            rows = in_order(sheet.rows)
            sheets.append(TextSheet(sheet.name, rows, [one for merges in sheet.merges.by_top.values() for one in merges]))
    return annotated.as_workbook(sheets, name)
