"""`export`: the catalogue written back on a ministry's form."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.cli.language import say
from odlinked.reporting.export import Export, Exported
from odlinked.settings import Settings

_SHOWN = 20
_NAMED = 5


def write(form: str, source: str | None, output: Path | None, settings: Settings, workspace: Path) -> int:
    """Write the records and report what the form does not carry back; 1 where a record is not the same when read again."""
    target = output or Path(f"{form}.xlsx")
    with progress() as advance:
        done = Export(Workspace(workspace), form, settings, source, advance).save(target)
    click.echo(said(done, target))
    return 1 if done.differing else 0


def said(done: Exported, target: Path) -> str:
    """Return what came of an export."""
    lines = [say("{file}: records written: {count}; the same in every column when read again: {number}.", file=target,
                 count=f"{done.written:,}", number=f"{done.same:,}")]
    if done.blank:
        lines.append(say("Left blank, as they are never published: {names}.", names=", ".join(done.blank)))
    for heading, iris in done.left_out.items():
        names = ", ".join(iri.rpartition("/")[2] for iri in iris[:_NAMED]) + (", …" if len(iris) > _NAMED else "")
        lines.append(say("{name}: a part is never published (a key, for which REMOVED stands, or a person's mail address), "
                         "records: {count} ({examples})", name=heading, count=f"{len(iris):,}", examples=names))
    if done.differing:
        lines.append(say("Not the same when read again: {count}.", count=f"{len(done.differing):,}"))
        lines += [f"  {iri}: {', '.join(headings)}" for iri, headings in done.differing[:_SHOWN]]
        if len(done.differing) > _SHOWN:
            lines.append(say("  … and {count} more", count=f"{len(done.differing) - _SHOWN:,}"))
    return "\n".join(lines)
