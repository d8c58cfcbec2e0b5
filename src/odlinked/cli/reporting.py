"""`report`: the periodic report as a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from odlinked.catalog.workspace import Workspace
from odlinked.errors import InputError
from odlinked.reporting import report as reports
from odlinked.settings import Settings


def report(kind: str, as_of: date, output: Path | None, language: str, settings: Settings, workspace: Path) -> int:
    """Write the report into a file and tell its name."""
    made = reports.make(Workspace(workspace), settings, kind, as_of, language)
    path = output or Path(f"{kind}-{as_of}.xlsx")
    try:
        path.write_bytes(made)
    except OSError as problem:
        raise InputError(problem.strerror or str(problem), doing="writing the report", on=str(path)) from problem
    click.echo(f"{path}: {len(made):,} bytes")
    return 0
