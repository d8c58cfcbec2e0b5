"""`validate`, `map` and `read`: looking at files without a workspace."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.cli.console import progress
from odlinked.cli.telling import Telling, tell
from odlinked.documents import Document
from odlinked.errors import FormError, InputError, SettingsError
from odlinked.mapping import forms
from odlinked.mapping.refine import Context, Mapper
from odlinked.publishing import graphs
from odlinked.publishing.binding import bind
from odlinked.publishing.check import check
from odlinked.quality import annotated
from odlinked.settings import Settings, is_source
from odlinked.sheets.tables import Table, column_letter


def validate(files: tuple[Path, ...], form: str | None, profile: str | None, telling: Telling, settings: Settings) -> int:
    """Check files and tell what was found; exit 2 where a file holds nothing that could be judged."""
    with progress() as advance:
        if graphs.all_graphs(files):
            found, notes = graphs.check(files, profile, settings, advance)
        else:
            found, notes = check(files, form, profile, settings, advance)
    for note in notes:
        click.echo(f"odlinked: {note}", err=True)
    nothing = found.unjudged
    only = len(nothing) == len({table.file for table in found.checked}) and not found.findings
    code = 2 if only else tell(found, files, telling, settings)
    for file, why in nothing.items():
        click.echo(f"odlinked: {InputError(why, doing='checking', on=file).line()}", err=True)
    return 2 if nothing else code


def write_mapped(file: Path, form: str | None, source: str, settings: Settings) -> int:
    """Write the documents a file makes, each after the other, as N-Triples."""
    if not is_source(source):
        raise SettingsError(f"{source!r} cannot name a source", doing="mapping", on=file.name,
                            next_step="Use letters, digits, - and _ (like moenv-2026)")
    assets = Assets(settings.overlays)
    context = Context(settings.catalog.base, source, settings.catalog.timezone, settings.publish.public_keys)
    seen: set[str] = set()
    for table, binding in bind(file, file.name, form, settings, assets).tables:
        mapper = Mapper(binding, assets, context)
        rows = table.rows()
        while batch := list(islice(rows, 1_000)):
            for mapped in mapper.map(batch):
                fresh: list[Document] = [d for d in mapped.documents if d.iri not in seen]
                seen.update(d.iri for d in fresh)
                sys.stdout.buffer.write(b"".join(d.text for d in fresh))
    return 0


def show_tables(file: Path, rows: int, settings: Settings) -> int:
    """Show the tables of a file: place, headings with the form's columns, the first rows."""
    assets = Assets(settings.overlays)
    known = forms.load_all(assets)
    for table in inventory.read(file, settings.read, None, forms.knowledge(known)):
        place = f"{table.file} · {table.sheet}" if table.sheet else table.file
        fit = _fit(known, table, assets)
        headings = f"header in row {table.header_row}" if table.header_row else "keys as headings"
        click.echo(f"{place}: {headings}; {fit}")
        for index, heading in enumerate(table.headings):
            click.echo(f"  {column_letter(index):>3} {heading}")
        for row in islice(table.rows(), rows):
            click.echo(f"  {row.number:>6} " + " | ".join(cell[:30].replace("\n", " ") for cell in row.cells))
    return 0


def _fit(known: Sequence[forms.Form], table: Table, assets: Assets) -> str:
    """Tell which form a table is on, or why none fits."""
    if annotated.is_list(table.headings, assets):
        return "the findings of an earlier check, left out"
    try:
        return forms.explain(forms.find(known, table))
    except FormError as problem:
        return problem.line()
