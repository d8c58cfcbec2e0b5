"""`form`: a form to fill in, as a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked.cli import lists
from odlinked.cli.language import say
from odlinked.errors import InputError
from odlinked.reporting import blank
from odlinked.settings import Settings


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
