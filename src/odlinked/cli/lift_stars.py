"""`lift --stars` and `lift --dereference`: the fourth and fifth star, as a report of a file and as evidence of published rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from odlinked.assets import Assets
from odlinked.catalog.asking import known_things
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.cli.language import reported, say
from odlinked.errors import InputError, printable
from odlinked.lifting.conversion.lift import Lifting
from odlinked.lifting.publication.dereferencing import Dereferenced, OwnService
from odlinked.lifting.publication.stars import StarGauge
from odlinked.publishing import rows
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.whole_file import replacing

ALL = "all"


def gauge(one: Lifting, settings: Settings) -> StarGauge:
    """Return what measures the stars: subjects are asked of the catalogue's own service, wherever it is configured to be."""
    own = (settings.catalog.base.rstrip("/") + "/", one.site.url)
    return StarGauge(_service(settings, settings.catalog.base), lambda iri: iri.startswith(own))


def _service(settings: Settings, base: str) -> OwnService:
    return OwnService(base, settings.serve.public_url)


def report(measured: StarGauge, target: Path, assets: Assets) -> Iterator[str]:
    """Write the report of the stars and yield its lines for people."""
    found = measured.report(known(assets))
    with replacing(target, "writing") as part, part.open("wb") as out:
        out.write((json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"))
    answers = {"works": reported("yes"), "fails": reported("no"), "not-established": reported("not established")}
    yield reported("fourth star (rows answer at their addresses with RDF): {answer}; {found} of {of} sampled do",
                   answer=answers[found.fourth], found=sum(one.is_found for one in found.sampled), of=len(found.sampled))
    yield reported("fifth star (links to things elsewhere): {answer}; {links} links", answer=answers[found.fifth],
                   links=f"{sum(one.links for one in found.vocabularies):,}")
    for each in found.vocabularies:
        counts = {name: f"{getattr(each, name):,}" for name in ("links", "targets", "known")}
        yield reported("  {kind}: {links} links to {targets} things, {known} of them known to the catalogue", kind=each.iri,
                       **counts)


def known(assets: Assets) -> dict[str, str]:
    """Return the scheme or class of the things that the catalogue knows."""
    return {iri: thing.kind for iri, thing in known_things.listed(assets).items()}


def dereference(name: str, settings: Settings, workspace: Path) -> int:
    """Ask the service for the sampled addresses of published rows (of one table, or `all`) and publish what came.

    Return 1 where one does not answer as it should, 2 where the service does not answer at all: then nothing is published.
    """
    space = Workspace(workspace)
    manifest = space.manifest(space.current() or "") if space.current() else {}
    tables = [one for one in lifted.of_manifest(manifest) if name in (ALL, one.name)]
    if not tables:
        raise InputError("there are no published rows of this name", doing="measuring the stars", on=name,
                         next_step="Publish them: odlinked lift FILE --publish DATASET")
    answers = {table.name: _asked(table, space, settings, str(manifest["base"])) for table in tables}
    answered = {key: found for key, found in answers.items() if any(one.status for one in found)}
    for key, found in answers.items():
        click.echo(printable(_told(key, found)))
    if answered:
        with progress() as advance:
            rows.note_answers(Publisher(space, settings, advance), answered)
    if len(answered) < len(answers):
        return 2
    return 0 if all(one.is_found for found in answers.values() for one in found) else 1


def _asked(table: LiftedTable, space: Workspace, settings: Settings, base: str) -> list[Dereferenced]:
    service = _service(settings, base)
    found: list[Dereferenced] = []
    for iri in lifted.facts(space, table).get("subjects", ()):
        if found and not any(one.status for one in found):
            break  # the service does not answer: it need not be waited for once for each row
        found.append(service.ask(iri))
    return found


def _told(name: str, found: list[Dereferenced]) -> str:
    if not any(one.status for one in found):
        return say("{name}: the fourth star is not checked, for the service does not answer; once it is served: "
                   "odlinked lift --dereference {table}", name=name, table=name)
    return say("{name}: {found} of {of} sampled addresses answer with RDF (fourth star)", name=name,
               found=sum(one.is_found for one in found), of=len(found))
