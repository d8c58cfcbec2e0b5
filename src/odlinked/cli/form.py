"""`form`: a form to fill in, as a workbook, or one that knows the headings of a table."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.cli import lists
from odlinked.cli.language import say
from odlinked.errors import FormError, InputError
from odlinked.mapping import forms, known_headings, readings, renamed
from odlinked.reporting import blank
from odlinked.settings import Settings
from odlinked.sheets.tables import Table, listed
from odlinked.whole_file import replacing


def write(name: str | None, output: Path | None, language: str, settings: Settings, workspace: Path) -> int:
    """Write the form, or list the forms where none is named."""
    if name is None:
        if output is not None:
            raise InputError("no form is named", doing="writing the form", on=str(output),
                             next_step="Name one of those that `odlinked form` lists")
        return lists.show("forms", language, settings, workspace)
    target = output or Path(f"{name}.xlsx")
    blank.save(name, target, language, settings)
    click.echo(f"odlinked: {say('{name}: form to fill in written to {file}', name=name, file=target)}", err=True)
    return 0


def like(file: Path, name: str | None, output: Path | None, settings: Settings) -> int:
    """Write an overlay: the form nearest to each table of a file that fits none, which then knows its headings."""
    assets = Assets(settings.overlays)
    known = forms.load_all(assets)
    folder = output or Path("overlay")
    found: dict[str, list[tuple[str, str]]] = {}
    tables = [table for table in inventory.read(file, settings.read, known=known_headings.knowledge(known)) if table.headings]
    for table in tables:
        nearest = _nearest(known, table, name)
        if nearest is not None:
            binding, pairs = nearest
            found.setdefault(binding.form.name, []).extend((yours, ours) for _, yours, ours in pairs)
    if not found:
        raise InputError("each of its tables is on a form, or on none that is like it", doing="looking for the nearest form of",
                         on=file.name, next_step="`odlinked read FILE` tells which headings a form knows")
    for form in (one for one in known if one.name in found):
        target = folder / form.asset
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, "writing the form") as part:
            part.write_text(renamed.description(form, dict(found[form.name]).items(), assets), encoding="utf-8")
        told = listed([f"{yours} = {ours}" for yours, ours in dict(found[form.name]).items()], 20)
        click.echo(say("{file}: the form {name} that knows {pairs}", file=target, name=form.name, pairs=told))
    click.echo(say("To use it, name the folder in odlinked.toml: [assets] overlays = [{folder}]", folder=f'"{folder}"'))
    after = forms.load_all(Assets((*settings.overlays, folder)))
    lacking = [explained for table in tables if (explained := _lacking(after, table))]
    for line in lacking:
        click.echo(say("Still to be mended: {line}", line=line))
    return 1 if lacking else 0


def _nearest(known: list[forms.Form], table: Table, name: str | None) -> tuple[forms.Binding, list[tuple[int, str, str]]] | None:
    """Return the form nearest to a table that fits none, or the named one, and what its headings may stand for."""
    try:
        readings.fitted(known, table)
    except FormError:
        found = forms.nearest([forms.bind(form, table) for form in known if name in (None, form.name)])
        return found if found and found[1] else None
    return None


def _lacking(known: list[forms.Form], table: Table) -> str:
    try:
        readings.fitted(known, table)
    except FormError as problem:
        return problem.why
    return ""
