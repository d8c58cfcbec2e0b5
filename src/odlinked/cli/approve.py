"""`approve`: a hand-in becomes public, or is given back; `list pending`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli import mirror
from odlinked.cli.console import progress
from odlinked.cli.language import counted, say, told
from odlinked.cli.publish import issues, summary
from odlinked.errors import SettingsError
from odlinked.mapping import dates
from odlinked.publishing.handins import HandedFile, HandIns
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings


class Approval(NamedTuple):
    """The options of `approve`: day and document as they were given, or that the hand-in is given back."""

    day: str | None
    document: str | None
    give_back: bool = False
    allow_removals: bool = False


def approve(number: str, files: tuple[Path, ...], how: Approval, settings: Settings, workspace: Path) -> int:
    """Publish a hand-in under its approval, or give it back, and report the result."""
    if how.give_back and not (how.day or how.document or files):
        made = HandIns(Publisher(Workspace(workspace), settings)).give_back(number)
        click.echo(say("{number} is given back: {files} removed, nothing is published.", number=number,
                       files=counted(len(made.waiting), "file")))
        return 0
    if how.give_back or not (how.day and how.document):
        raise SettingsError("name --day and --document, or --give-back alone", doing="approving", on=number,
                            next_step="For instance: odlinked approve H0001 --day 2026-12-01 --document 1150001234")
    with progress() as advance:
        handins = HandIns(Publisher(Workspace(workspace), settings, advance))
        done = handins.approve(number, _day(how.day), how.document.strip(), files, allow_removals=how.allow_removals)
        lines = [summary(done), *issues(done, settings, workspace)]
    for note in done.notes:
        click.echo(f"odlinked: {told('note', note)}", err=True)
    left = [one.name for made in handins.all() if made.number == number for one in made.waiting]
    if left:
        lines.append(say("Of {number} {files} still wait: {names}", number=number, files=counted(len(left), "file"),
                         names="、".join(left)))
    for line in lines:
        click.echo(line)
    return max(mirror.follow(settings, workspace), 1 if done.own[0] or done.own[2] or done.held else 0)


def lines(workspace: Workspace, settings: Settings) -> Iterator[str]:
    """Yield a line for each file of each hand-in: number, source, when it came, name and what became of it."""
    for made in HandIns(Publisher(workspace, settings)).all():
        for one in made.files:
            yield f"{made.number}  {made.source:<20} {made.received[:10]}  {_state(one)}  {one.name}"


def _state(file: HandedFile) -> str:
    if not file.document:
        return say("waits")
    return say("approved on {day}, {document}, release {release}", day=file.day, document=file.document, release=file.release)


def _day(text: str) -> date:
    moment = dates.read(text)
    if moment is None or moment.datatype != "date":
        raise SettingsError(f"{text!r} is no day", doing="approving", on="--day",
                            next_step="Write it like 2026-12-01 or 115/12/1")
    return date.fromisoformat(moment.lexical)
