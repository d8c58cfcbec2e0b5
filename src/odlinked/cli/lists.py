"""`list`: releases, sources, forms, rules and proposed series."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import click

from odlinked.assets import Assets
from odlinked.catalog.asking import publishers
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.summaries import series
from odlinked.cli import approve
from odlinked.cli.language import counted, say, told
from odlinked.errors import SettingsError
from odlinked.mapping import forms
from odlinked.quality.reports import words
from odlinked.quality.reports.widths import pad
from odlinked.quality.shapes import Profile
from odlinked.settings import Settings


def show(what: str, language: str, settings: Settings, workspace: Path) -> int:
    """List them, one a line."""
    if what == "series":
        return _proposals(settings, Workspace(workspace))
    lines = {"releases": _releases, "sources": _sources}.get(what)
    if what == "pending":
        found = list(approve.lines(Workspace(workspace), settings))
    elif lines is not None:
        found = lines(Workspace(workspace))
    elif what == "forms":
        found = [f"{form.name:<16} {pad(say('delta') if form.delta else say('full'), 6)} "
                 f"{pad(say('internal') if form.internal else say('public'), 9)}{form.labels.get(language, '')}"
                 for form in forms.load_all(Assets(settings.overlays))]
    else:
        assets = Assets(settings.overlays)
        labels = words.load(assets)[language]
        found = [f"{rule.name:<28} {pad(labels[rule.severity], 8)} {rule.names.get(language, '')}"
                 for rule in Profile.load(assets, settings.publish.profile).rules.values()]
    click.echo("\n".join(found) if found else say("There are no {what} yet.", what=told("line", what)))
    return 0


def organizations(what: str, shares: bool, settings: Settings, workspace: Path) -> int:
    """List the organisations that publish datasets, or the shares of datasets by what is known about their publishers."""
    if what != "organizations":
        raise SettingsError("only organizations have shares", doing="listing", on=what,
                            next_step="Run `odlinked list organizations --shares`")
    release = Releases(Workspace(workspace), Assets(settings.overlays)).current()
    if not shares:
        for name, oid, datasets in publishers.ranked(release):
            click.echo(f"{datasets:>7,}  {oid or '-':<36} {name}")
        return 0
    for share in publishers.shares(release):
        part = f"{share.datasets / share.of:>6.1%}" if share.of else f"{'-':>6}"
        click.echo(f"{share.name:<11} {counted(share.datasets, 'dataset'):>16} {part}  {counted(share.publishers, 'name'):>10}  "
                   f"{told('line', share.meaning)}")
    return 0


def _releases(workspace: Workspace) -> list[str]:
    current = workspace.current()
    found = []
    for name in workspace.names():
        manifest = workspace.manifest(name, any_format=True)
        mark = "*" if name == current else " "
        inputs = counted(len(manifest["inputs"]), "input")
        found.append(f"{mark} {name}  {manifest['created']}  {inputs}  {manifest['content'][:12]}")
    return found


def _proposals(settings: Settings, workspace: Workspace) -> int:
    """Write the series that titles suggest as a table on the form `series`; datasets already in a series are left out."""
    assets = Assets(settings.overlays)
    release = Releases(workspace, assets).current()
    named = (series.Candidate(unquote(iri.rpartition("/")[2]), title, publisher, placed)
             for iri, title, publisher, placed in release.names("dataset"))
    found = series.propose(named, series.Periods.load(assets))
    click.echo(series.table(found, assets).encode(), nl=False)
    proposed = say("{count} series proposed, {datasets} in them", count=f"{len(found):,}",
                   datasets=counted(sum(len(one.members) for one in found), "dataset"))
    click.echo(f"odlinked: {proposed}", err=True)
    return 0


def _sources(workspace: Workspace) -> list[str]:
    current = workspace.current()
    if current is None:
        return []
    release = Release(workspace, current)
    try:
        return [f"{s['source']:<20} {s['form']:<16} "
                + say("{inputs}, last {time}", inputs=counted(s["inputs"], "input"), time=s["published"][:19])
                for s in release.sources()]
    finally:
        release.close()
