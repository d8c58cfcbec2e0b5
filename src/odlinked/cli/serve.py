"""`serve` and `demo`: the catalogue on an address of this machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from odlinked.assets import Assets, bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.cli.addresses import based
from odlinked.cli.console import progress
from odlinked.cli.language import say
from odlinked.cli.publish import summary
from odlinked.errors import WorkspaceError
from odlinked.publishing.publish import Publisher
from odlinked.quality import reports
from odlinked.settings import Settings
from odlinked.validation.inventories import check
from odlinked.web import server

EXAMPLES = {
    "moenv": ("moenv-inventory-2026.xlsx", "moenv-inventory-resources-2026.ods", "moenv-inventory-climate-big5-2026.csv"),
    "national": ("data-gov-tw-excerpt.csv",),
}
"""What `demo` publishes: source -> files below `examples/`."""

_FAULTS_SHOWN = 6
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def serve(host: str | None, port: int | None, settings: Settings, workspace: Path) -> int:
    """Serve until Ctrl-C."""
    place = Workspace(workspace)
    said, where = _tried(place, host, port, settings)
    server.run(settings, place.root, where, lambda: click.echo(said))
    return 0


def _tried(place: Workspace, host: str | None, port: int | None, settings: Settings) -> tuple[str, server.ServerAddress]:
    """Return what to announce, and the address, once the served release has been read; this process keeps nothing of it open."""
    release = Releases(place, Assets(settings.overlays)).current()
    where = server.address(host or settings.serve.host, settings.serve.port if port is None else port)
    _try_reading(release)
    return _said(release, where), where


def _said(release: Release, where: server.ServerAddress) -> str:
    """Return what is served where."""
    counts = release.counts()
    lines = [say("Release {release}: {datasets} datasets, {services} services, {organizations} organisations.",
                 release=release.name, datasets=f"{counts.get('dataset', 0):,}", services=f"{counts.get('service', 0):,}",
                 organizations=f"{counts.get('organization', 0):,}"),
             say("Serving at {address} (Ctrl-C stops)", address=where.url)]
    if _lost(release.base, where):
        lines.append(say("Permanent addresses of its records begin with {base}, where this does not listen: they lead nowhere. "
                         "Pages link by path. `odlinked publish --rebuild` moves the records to another `catalog.base`",
                         base=release.base))
    return "\n".join(lines)


def _try_reading(release: Release) -> None:
    """Read what the first pages need, so that a damaged workspace is reported here and not by a server that answers nothing."""
    if not (release.store_path / "CURRENT").is_file():
        raise WorkspaceError("it is damaged or missing", doing="opening the store", on=str(release.store_path),
                             next_step="Build it anew with `odlinked publish --rebuild`, or serve another release: "
                             "`odlinked rollback RELEASE`")
    for record in release.page("dataset", 1, 20)[1]:
        release.document(record.iri)
        release.findings(record.iri)


def demo(host: str | None, port: int | None, once: bool, language: str, settings: Settings, workspace: Path) -> int:
    """Publish the examples, report what is faulty, serve."""
    where = None if once else server.address(host or settings.serve.host, settings.serve.port if port is None else port)
    place = Workspace(workspace)
    settings = based(settings, place, where.port if where else None)
    examples = bundled() / "examples"
    for source, names in EXAMPLES.items():
        files = [examples / name for name in names]
        with progress() as advance:
            done = Publisher(place, settings, advance).publish(files, source)
            found, _ = check(files, None, None, settings, advance)
        click.echo(f"── {source}: {', '.join(names)}")
        click.echo(summary(done))
        click.echo(reports.write("text", found, language, most=_FAULTS_SHOWN))
    if where is None:
        return 0
    things = _try(where.url, place, settings)
    server.run(settings, place.root, where, lambda: click.echo(things))
    return 0


def _lost(base: str, where: server.ServerAddress) -> bool:
    """True when a base names this machine, but not the address that is served."""
    parts = urlsplit(base)
    return parts.hostname in _LOOPBACK and (parts.port or 80) != where.port


def _try(url: str, place: Workspace, settings: Settings) -> str:
    """Return the address and three things to try."""
    release = Releases(place, Assets(settings.overlays)).current()
    record = release.page("dataset", 1, 1)[1][0]
    path = record.iri.removeprefix(release.base).replace("/id/", "/", 1)
    elsewhere = "" if release.base.endswith(url.rpartition(":")[2]) else say(
        "Permanent addresses begin with {base}: they lead here once it is served at that port.", base=release.base) + "\n"
    return elsewhere + "\n".join((
        say("Serving at {address} (Ctrl-C stops). Three things to try:", address=url),
        f"  1. {url}/?q=空氣",
        f"  2. curl {url}{path}.ttl",
        f"  3. curl {url}/query/states.csv",
    ))
