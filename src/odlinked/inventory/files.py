"""The entry point of the readers: one file in, its tables out."""

from __future__ import annotations

from pathlib import Path

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets import delimited
from odlinked.sheets.kinds import detect
from odlinked.sheets.layout import Known
from odlinked.sheets.tables import Table


def read(path: Path, caps: ReadSettings, name: str | None = None, known: Known | None = None) -> list[Table]:
    """Return the tables of a csv, tsv, xlsx, xls, ods, docx, odt or json file; its kind is determined from its content.

    They come in the order of the file, those of a json file with its records first. `name` is shown to people instead of the
    file's own. `known` returns how many of some headings a form knows and, when given, decides between rows that could be the
    header (see the rules in `layout`). A worksheet without a table gives one without headings and rows whose `titles` are its
    lines. Raise `InputError`, one line, for what cannot be read.
    """
    name = name or path.name
    size = limits.check_file(path, name, caps)
    kind = detect(path, name)
    try:
        if kind == "delimited":
            return delimited.read(path, name, caps, known)
        # The readers of other files are imported when they are needed: a list of data is a delimited file most often.
        from odlinked.sheets import document, records, workbook

        if kind == "json":
            return records.read(path, name, caps, known)
        if kind in ("docx", "odt"):
            return document.read(path, name, kind, size, caps, known)
        return workbook.read(path, name, kind, size, caps, known)
    except OSError as problem:
        raise InputError(f"the file cannot be read ({problem})", doing="reading", on=name) from problem
