"""`lift --publish` and `lift --withdraw`: rows join the catalogue with their dataset, or leave it."""

from __future__ import annotations

from pathlib import Path

import click

from odlinked.catalog.lifted import LiftedTable
from odlinked.catalog.workspace import Workspace
from odlinked.cli import lift_faults, lift_stars
from odlinked.cli.console import progress
from odlinked.cli.language import say, told
from odlinked.cli.lift_options import LiftOptions
from odlinked.errors import InputError, printable
from odlinked.lifting import documents
from odlinked.lifting.lift import Lifting
from odlinked.lifting.publication import PublishedFiles
from odlinked.lifting.site import metadata_url
from odlinked.publishing import rows
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.settings import Settings


def publish(file: Path, options: LiftOptions, settings: Settings, workspace: Path, one: Lifting) -> int:
    """Publish the rows of a file and report what does not fit; return 1 where something does not."""
    document = documents.read(options.metadata or documents.place_of(file))
    if document is None or "tableSchema" not in document:
        raise InputError("there is no description of its columns", doing="publishing rows", on=file.name,
                         next_step="Run `odlinked lift --describe` first, and read what it proposes")
    one.minimal = True
    located = one.located("" if options.metadata is None else metadata_url(one.site.start, options.metadata))
    with progress() as advance:
        publisher = Publisher(Workspace(workspace), settings, advance)

        def write(table: LiftedTable, folder: Path, source: str) -> str:
            assets = publisher.desk.assets
            return PublishedFiles(one, document, table.graph, folder, source, assets, lift_stars.gauge(one, settings),
                                  lift_stars.known(assets)).write(located, advance)

        table, done = rows.join(publisher, options.publish, file.name, write)
    for line in lift_faults.report(one.log):
        click.echo(printable(line), err=True)
    doubts = len(documents.doubts(document))
    if doubts:
        click.echo(printable(say("The description still has {count} doubts for a person to settle", count=doubts)), err=True)
    _tell(done)
    click.echo(printable(say("{file}: {rows} rows are published, {triples} triples in graph <{graph}>; "
                             "to take them out: odlinked lift --withdraw {name}", file=file.name, rows=f"{one.counts.rows:,}",
                             triples=f"{one.counts.triples:,}", graph=table.graph, name=table.name)))
    lift_stars.dereference(table.name, settings, workspace)
    return 1 if one.log.errors else 0


def withdraw(name: str, settings: Settings, workspace: Path) -> int:
    """Take published rows out of the catalogue."""
    with progress() as advance:
        done = rows.withdraw(Publisher(Workspace(workspace), settings, advance), name)
    _tell(done)
    click.echo(printable(say("The rows of {name} are taken out", name=name)))
    return 0


def _tell(done: Published) -> None:
    for note in done.notes:
        click.echo(f"odlinked: {told('note', note)}", err=True)
    click.echo(say("Release {release} is served now", release=done.release) if done.new else
               say("Nothing that is published differs: release {release} stays", release=done.release))
