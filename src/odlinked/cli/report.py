"""`report`: the periodic report as a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from odlinked.catalog.workspace import Workspace
from odlinked.cli.language import say
from odlinked.clock import Clock
from odlinked.errors import InputError, said_by_system
from odlinked.reporting import report as reports
from odlinked.settings import Settings


def report(kind: str, as_of: date | None, output: Path | None, language: str, settings: Settings, workspace: Path) -> int:
    """Write the report as of a day, today where none is given, into a file and print its name."""
    day = as_of or Clock.of(settings.catalog.timezone).today()
    made = reports.make(Workspace(workspace), settings, kind, day, language)
    path = output or Path(f"{kind}-{day}.xlsx")
    try:
        path.write_bytes(made)
    except OSError as problem:
        raise InputError(said_by_system(problem), doing="writing the report", on=str(path)) from problem
    click.echo(say("{file}: {size} bytes", file=path, size=f"{len(made):,}"))
    return 0
