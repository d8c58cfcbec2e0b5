"""A dry run of a publish: what it would add, change and take down, computed in a private copy and discarded.

The archive and the index of the served release are copied to a temporary folder and the publish is done there up to the point
where a release would be made. Nothing is written into the workspace, which need not even exist.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import WorkspaceError, said_by_system
from odlinked.findings import Issue
from odlinked.intake.arrivals import code
from odlinked.intake.difference import difference, is_shown
from odlinked.mapping.forms import title
from odlinked.namespaces import DCTERMS, FOAF, RDF, SKOS
from odlinked.pool import Pool, collector_paused, cores
from odlinked.publishing.files import Publish
from odlinked.publishing.publish import Publisher, check_source
from odlinked.publishing.published import Published
from odlinked.rdf.ntriples import triples

_TITLES = (DCTERMS + "title", SKOS + "prefLabel", FOAF + "name")


@dataclass(frozen=True)
class Move:
    """What would become of a public record: "come", "change" or "go", its kind, identifier and title, and the fields that
    differ, by the headings of the form."""

    what: str
    kind: str
    code: str
    title: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rehearsed:
    """What a publish would do: `done` counts it, `done.new` is whether there would be a release; `issues` are the faults without
    a record, `files` the names of their inputs; `is_whole` is whether they hold the whole state of the source."""

    done: Published
    moves: tuple[Move, ...]
    issues: tuple[Issue, ...]
    files: dict[int, str]
    is_whole: bool


def rehearse(publisher: Publisher, files: Sequence[Path], source: str, form: str | None = None, *,
             allow_removals: bool = False, kind: type[Publish] = Publish) -> Rehearsed:
    """Return what publishing `files` as `source` would do; raise what the publish would raise.

    `kind` is the kind of publish. What is measured of datasets and organisations is left out: it follows from the rest.
    """
    check_source(source)
    desk = publisher.desk
    current = desk.workspace.current()
    with TemporaryDirectory(prefix="odlinked-") as folder, collector_paused():
        scratch = Workspace(Path(folder))
        scratch.create()
        if current is not None:
            _copy(desk.workspace, scratch, current)
        with kind(replace(desk, workspace=scratch), source, current, allow_removals=allow_removals) as run:
            with Pool(cores(desk.settings.publish.workers)) as pool:
                inputs = run.taken(files, form)
                following = run.worked(inputs, pool)
                changes = difference(run.entries, following.entries)
                path = scratch.releases / (current or "") / "catalog.sqlite"
                same = current is not None and not (changes.come or changes.gone) and is_shown(
                    run.archive, path, run.now, changes.moved, following.issues)
                done = run.assembly(pool).result(current or "", new=not same, rows=run.rows, following=following, changes=changes,
                                               entries=run.entries).of(run.told_of(inputs), following)
            moves = tuple(_move(run, entry) for entry in changes.come if entry.key is not None and entry.is_public)
    names = {i["id"]: i["name"] for i in run.inputs} | {i.id: i.name for i in inputs}
    return Rehearsed(replace(done, notes=tuple(run.notes)), moves, tuple(following.issues), names,
                     any(one.mode == "full" for one in inputs))


def _copy(workspace: Workspace, scratch: Workspace, current: str) -> None:
    """Copy what a publish reads of a workspace: the archive, and index and manifest of the served release."""
    place = scratch.releases / current
    place.mkdir()
    try:
        for name in ("catalog.sqlite", "manifest.json"):
            shutil.copyfile(workspace.releases / current / name, place / name)
    except OSError as problem:
        raise WorkspaceError(said_by_system(problem), doing="reading release", on=current,
                             next_step="Run it again when no other publish or prune is at work") from problem
    if not workspace.documents.exists():
        return
    archive = Archive(workspace.documents)
    try:
        with closing(sqlite3.connect(scratch.documents)) as copy:
            archive.db.backup(copy)
    except sqlite3.Error as problem:
        raise WorkspaceError(f"its database fails ({problem})", doing="copying the archive", on=str(workspace.documents),
                             next_step="Run it as the account that publishes, with room in the temporary folder") from problem
    finally:
        archive.close()


def _move(run: Publish, entry: Entry) -> Move:
    _, old = run.entries.get(entry.iri, (0, None))
    new = run.archive.text(entry.hash) or b""
    known = (run.archive.text(old.hash) or b"") if old is not None and old.state == "live" else b""
    kind, name = entry.iri.rsplit("/", 2)[-2], code(entry.iri)
    what = "go" if entry.state == "gone" else "change" if known else "come"
    titles = [t.object.value for t in triples(known or new) if t.subject == entry.iri and t.predicate in _TITLES]
    return Move(what, kind, name, titles[0] if titles else "", _fields(run, entry, known, new) if what == "change" else ())


def _fields(run: Publish, entry: Entry, known: bytes, new: bytes) -> tuple[str, ...]:
    """Return what differs between two documents of a record, by heading, else by the property's name."""
    differing = b"\n".join(set(known.split(b"\n")) ^ set(new.split(b"\n")))
    paths = {triple.predicate for triple in triples(differing)} - {RDF + "type"}
    binding = run.bindings.get((entry.input or 0, entry.sheet))
    headings: dict[str, str] = {}
    for (_, path), columns in binding.form.carries.items() if binding else ():
        headings.setdefault(path, title(binding.form.columns[columns[0]]) if binding else "")
    return tuple(sorted({headings.get(path) or path.replace("#", "/").rpartition("/")[2] for path in paths}))
