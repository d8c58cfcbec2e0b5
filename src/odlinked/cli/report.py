"""`report`: periodic reports and a ministry's papers as workbooks and slides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.language import say
from odlinked.cli.report_options import ReportChoice
from odlinked.clock import Clock
from odlinked.errors import InputError, said_by_system
from odlinked.reporting import report as reports
from odlinked.reporting.annex import Annex
from odlinked.reporting.form_copy import Copied
from odlinked.settings import Settings

ANNEX = "annex"
_NAMED = 10
"""Most bodies that are named."""


def report(how: ReportChoice, language: str, settings: Settings, workspace: Path) -> int:
    """Write the report into a file, or a file for each unit into a folder, and print their names.

    1 where a record of the annex is not the same when it is read again.
    """
    day = how.as_of or Clock.of(settings.catalog.timezone).today()
    if how.slides is not None and (how.by_unit or how.kind == ANNEX):
        raise InputError("slides are made of a whole report", doing="writing slides", on=str(how.slides),
                         next_step="Leave out --by, and give another --kind: meeting")
    if how.kind == ANNEX:
        return _annex(how, day, settings, workspace)
    book = reports.compiled(Workspace(workspace), settings, how.kind, day, language, how.public, how.since)
    if how.by_unit:
        folder = how.output or Path(f"{how.kind}-{day}")
        _folder(folder)
        for name, made in reports.by_unit(book):
            _put(folder / name, made)
        return 0
    _put(how.output or Path(f"{how.kind}-{day}.xlsx"), reports.workbook(book))
    if how.slides is not None:
        _put(how.slides, reports.slides(book))
    return 0


def _annex(how: ReportChoice, day: date, settings: Settings, workspace: Path) -> int:
    annex = Annex(Workspace(workspace), settings, day, how.public, how.ministry)
    if how.by_unit:
        folder = how.output or Path(f"{ANNEX}-{day}")
        _folder(folder)
        made: Iterator[tuple[Path, Copied]] = annex.save_each(folder)
    else:
        target = how.output or Path(f"{ANNEX}-{day}.xlsx")
        made = iter([(target, annex.save(target))])
    is_same = True
    for path, done in made:
        click.echo(say("{file}: records written: {count}; the same in every column when read again: {number}.", file=path,
                       count=f"{done.written:,}", number=f"{done.same:,}"))
        for iri, headings in done.differing:
            click.echo(f"  {iri}: {', '.join(headings)}")
        is_same = is_same and not done.differing
    if annex.left_out:
        units = ", ".join(sorted(annex.left_out)[:_NAMED]) + (", …" if len(annex.left_out) > _NAMED else "")
        click.echo(say("Left out: datasets of bodies of which no list says whose they are: {count} ({units}).",
                       count=f"{annex.left_out.total():,}", units=units))
    return 0 if is_same else 1


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(said_by_system(problem), doing="writing the report", on=str(path)) from problem


def _put(path: Path, made: bytes) -> None:
    try:
        path.write_bytes(made)
    except OSError as problem:
        raise InputError(said_by_system(problem), doing="writing the report", on=str(path)) from problem
    click.echo(say("{file}: {size} bytes", file=path, size=f"{len(made):,}"))
