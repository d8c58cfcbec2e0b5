"""`validate`, `map` and `read`: examining files without a workspace."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click

from odlinked import api
from odlinked.assets import Assets
from odlinked.cli.console import progress
from odlinked.cli.findings import OutputOptions, write_report
from odlinked.cli.language import say, spoken, told
from odlinked.errors import FormError, InputError
from odlinked.mapping import forms, readings
from odlinked.quality.reports import words
from odlinked.settings import Settings
from odlinked.sheets.tables import Table, column_letter


def validate(files: tuple[Path, ...], form: str | None, profile: str | None, options: OutputOptions, settings: Settings) -> int:
    """Check files and report the result; exit 2 where a file holds nothing that could be judged."""
    with progress() as advance:
        found, notes = api.validate(files, form=form, profile=profile, settings=settings, progress=advance)
    for note in notes:
        click.echo(f"odlinked: {told('note', note)}", err=True)
    nothing = found.unjudged
    only = len(nothing) == len({table.file for table in found.checked}) and not found.findings
    code = 2 if only else write_report(found, files, options, settings)
    for file in nothing:
        problem = InputError(found.unjudged[file], doing="checking", on=file)
        click.echo(f"odlinked: {spoken().messages.line(problem)}", err=True)
    return 2 if nothing else code


def write_mapped(file: Path, form: str | None, source: str, settings: Settings) -> int:
    """Write the documents that a file makes, one after the other, as N-Triples."""
    for document in api.documents(file, source=source, form=form, settings=settings):
        sys.stdout.buffer.write(document.text)
    return 0


def show_tables(file: Path, rows: int, settings: Settings) -> int:
    """Show the tables of a file: place, headings with the form's columns, the first rows."""
    assets = Assets(settings.overlays)
    known = forms.load_all(assets)
    for table in api.read(file, settings):
        place = f"{table.file} · {table.sheet}" if table.sheet else table.file
        fit = _fit(known, table, assets)
        headings = (say("header in row {row}", row=table.header_row) if table.header_row
                    else say("keys as headings"))
        click.echo(f"{place}: {headings}; {fit}")
        for index, heading in enumerate(table.headings):
            click.echo(f"  {column_letter(index):>3} {heading}")
        for row in islice(table.rows(), rows):
            click.echo(f"  {row.number:>6} " + " | ".join(cell[:30].replace("\n", " ") for cell in row.cells))
    return 0


def _fit(known: Sequence[forms.Form], table: Table, assets: Assets) -> str:
    """Show which form a table is on, or why none fits."""
    if words.is_list(table.headings, assets):
        return say("the findings of an earlier check, left out")
    try:
        return told("part", forms.explain(readings.fitted(known, table)[0].binding))
    except FormError as problem:
        return spoken().messages.line(problem)
