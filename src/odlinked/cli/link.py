"""`link`: links proposed from the values of a data file to known things, as a file for a person to decide on."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import click

from odlinked.assets import Assets
from odlinked.catalog.asking import known_things
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli import lift, lift_faults
from odlinked.cli.language import reported, say
from odlinked.cli.lift_options import LiftOptions
from odlinked.errors import InputError, WorkspaceError, printable
from odlinked.lifting.conversion.faults import FaultLog
from odlinked.lifting.conversion.row_rules import RowRules
from odlinked.lifting.describing import documents
from odlinked.lifting.linking import concept_sources, link_file, linking
from odlinked.lifting.linking.link_file import ProposedLink
from odlinked.persons import recognition
from odlinked.search.candidates import NameIndex
from odlinked.search.things import KnownThing
from odlinked.settings import Settings


def link(file: Path, options: LiftOptions, sources: tuple[tuple[Path, ...], str], certain: bool, settings: Settings,
         workspace: Path) -> int:
    """Write the links proposed for a file beside it, or to `options.output`; decisions made before stay. Return 0.

    `sources` are files of concepts and the address of a SPARQL endpoint ("" for none); `certain`: accept what is certain.
    """
    assets = Assets(settings.overlays)
    file = _data_file(file)
    log = FaultLog(recognition(assets).cleaned)
    one = lift.lifting(file, options, settings, assets, log)
    located = lift.located(one, options)
    readings = one.readings(located, [one.concepts(table) for table in located.group.tables])
    columns = [column for reading in readings for column in linking.values(reading)]
    target = options.output or link_file.place_of(file)
    before = link_file.read(target)
    concepts, endpoint = sources
    things: dict[str, KnownThing] = {}
    for path in concepts:
        if not path.is_file():
            raise InputError("there is no such file", doing="reading concepts", on=path.name)
        things |= concept_sources.of_file(path, settings.read)
    index = NameIndex([*_catalogue(workspace, assets).things.values(), *things.values()])
    beside = concept_sources.EndpointLabels(endpoint, assets) if endpoint else lambda values: None
    outcome = linking.proposed(columns, index, certain, beside)
    links = link_file.merged(before, outcome.links)
    link_file.write(target, links)
    for line in lift_faults.report(log, RowRules(assets)):
        click.echo(printable(line), err=True)
    for name, looked, found, left in outcome.columns:
        told = reported("column {heading}: {found} of {values} different values may be linked", heading=name,
                        values=f"{looked:,}", found=f"{found:,}")
        more = reported("; the values of {count} more rows were not looked up (too many, or too long)", count=f"{left:,}")
        click.echo(printable(told + (more if left else "")))
    click.echo(printable(_summary(target, links)), err=True)
    return 0


def _summary(target: Path, links: list[ProposedLink]) -> str:
    decided = Counter(one.decision for one in links)
    return say("{path} written: {links} proposals, {accepted} accepted, {rejected} rejected, {open} open", path=target.name,
               links=f"{len(links):,}", **{name: f"{decided[name]:,}" for name in link_file.DECISIONS})


def _data_file(file: Path) -> Path:
    """Return the data file: that of a description, where one was given."""
    if file.name.endswith("-metadata.json") and file.with_name(file.name.removesuffix("-metadata.json")).is_file():
        return file.with_name(file.name.removesuffix("-metadata.json"))
    if file.suffix == ".json" and file.is_file():
        with suppress(InputError):
            document = documents.read(file) or {}
            url = document.get("url")
            if "tableSchema" in document and isinstance(url, str) and (beside := file.with_name(Path(url).name)).is_file():
                return beside
    return file


def _catalogue(workspace: Path, assets: Assets) -> NameIndex:
    """Return the codes, with the organisations of what is published, if anything is."""
    try:
        with closing(Releases(Workspace(workspace), assets).current()) as release:
            return known_things.index(release)
    except WorkspaceError:
        return NameIndex(known_things.listed(assets).values())
