"""The marked workbook of a checked file: the submitted one where it is an .xlsx, for a delimited file a workbook made of it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.quality import annotated
from odlinked.quality.annotated import Rewritten
from odlinked.quality.report import Report
from odlinked.settings import ReadSettings

_NOT_ANNOTATED: Final = {
    "ods": "an OpenDocument spreadsheet", "xls": "an Excel 97 workbook", "json": "a JSON file, which has no cells",
}


def write(report: Report, file: Path, name: str, target: IO[bytes], language: str, caps: ReadSettings) -> None:
    """Write the marked workbook of `file`, which findings call `name`; raise `InputError` for one that cannot carry marks."""
    source, sheets = _workbook(file, name, caps)
    annotated.annotate(source, target, report, name, language, caps.max_bytes, sheets)


def mend(report: Report, file: Path, name: str, target: IO[bytes], language: str, caps: ReadSettings) -> Rewritten:
    """Write the workbook of `file` with the certain repairs of a report; return which were written; raise `InputError` as `write`
    does."""
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
    if kind in _NOT_ANNOTATED:
        raise InputError(f"{_NOT_ANNOTATED[kind]} cannot carry our comments", doing="annotating", on=name,
                         next_step="Save it as xlsx and check that, or write the findings with --format csv")
    if kind == "xlsx":
        return file, {}
    sheet = annotated.sheet_name(file.stem, ())
    return annotated.as_workbook(inventory.every_row(file, name, caps), sheet, name), {None: sheet}
