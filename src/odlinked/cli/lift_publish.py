"""`lift --publish` and `lift --withdraw`: rows join the catalogue with their dataset, or leave it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli import lift_faults, lift_stars
from odlinked.cli.console import progress
from odlinked.cli.language import say, told
from odlinked.cli.lift_options import LiftOptions
from odlinked.errors import InputError, printable
from odlinked.lifting.conversion.faults import FaultLog, LiftFault
from odlinked.lifting.conversion.lift import Lifting
from odlinked.lifting.conversion.row_rules import RowRules
from odlinked.lifting.describing import documents, editions
from odlinked.lifting.describing.documents import DescriptionDocument
from odlinked.lifting.describing.editions import EditionChange
from odlinked.lifting.publication.publication import PublishedFiles
from odlinked.lifting.reading.site import metadata_url
from odlinked.publishing import rows
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.settings import Settings


def publish(file: Path, options: LiftOptions, settings: Settings, workspace: Path, rules: RowRules, one: Lifting) -> int:
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
            assets, earlier = publisher.desk.assets, _earlier(publisher.workspace, table)

            def compared(rows: int) -> list[EditionChange]:
                return _compared(file, document, rows, earlier, settings, one.log) if earlier else []

            return PublishedFiles(one, document, table.graph, folder, source, assets, lift_stars.gauge(one, settings),
                                  lift_stars.known(assets), earlier, compared).write(located, advance)

        table, done = rows.join(publisher, options.publish, file.name, write)
    for line in lift_faults.report(one.log, rules):
        click.echo(printable(line), err=True)
    doubts = len(documents.doubts(document))
    if doubts:
        click.echo(printable(say("The description still has {count} doubts for a person to settle", count=doubts)), err=True)
    _tell(done)
    click.echo(printable(say("{file}: {rows} rows are published, {triples} triples in graph <{graph}>; "
                             "to take them out: odlinked lift --withdraw {name}", file=file.name, rows=f"{one.counts.rows:,}",
                             triples=f"{one.counts.triples:,}", graph=table.graph, name=table.name)))
    lift_stars.dereference(table.name, settings, workspace)
    return 1 if rules.errors(one.log) else 0


def _earlier(workspace: Workspace, table: LiftedTable) -> Path | None:
    """Return the folder of the edition of a table that is published now, None where there is none."""
    current = workspace.current()
    listed = lifted.of_manifest(workspace.manifest(current)) if current else ()
    return next((before.folder(workspace) for before in listed if before.name == table.name), None)


def _compared(file: Path, document: DescriptionDocument, rows: int, earlier: Path, settings: Settings,
              log: FaultLog) -> list[EditionChange]:
    """Return what changed in the columns since the edition that is published, and tell it as faults."""
    before = documents.read(earlier / lifted.METADATA) or {}
    facts = json.loads((earlier / lifted.FACTS).read_text(encoding="utf-8"))
    doubled = editions.doubled(file, str(document.get("odl:sheet", "")), settings.read)
    found = list(editions.changes(before | {"odl:rows": facts["rows"]}, document | {"odl:rows": rows}, doubled))
    for change in found:
        value, detail = (change.now, "") if change.row else ("", change.now)
        log.take(LiftFault(change.kind, file.name, change.row, change.column, value, detail))
    return found


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
