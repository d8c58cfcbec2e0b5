"""Which releases stay: rolling back to one, pruning old ones, and what only they needed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from odlinked.catalog.index import Index
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.leases import is_leased
from odlinked.catalog.keeping.workspace import Workspace, remove
from odlinked.catalog.log import changelog
from odlinked.clock import UNIVERSAL, Clock, quarter_of
from odlinked.errors import WorkspaceError


@dataclass(frozen=True)
class Pruned:
    """What a prune removed: releases by name, and how many documents, inputs and dump parts."""

    releases: tuple[str, ...]
    documents: int
    inputs: int
    parts: int


def rollback(workspace: Workspace, name: str | None, clock: Clock = UNIVERSAL) -> str:
    """Serve release `name` again, or the one before the served one, and return its name."""
    with workspace.locked("rollback"):
        names, current = workspace.names(), workspace.current()
        if name is None:
            earlier = [n for n in names if current is not None and n < current]
            if not earlier:
                raise WorkspaceError("there is no earlier release", doing="rolling back", on=current or str(workspace.root),
                                     next_step="See `odlinked list releases`")
            name = earlier[-1]
        name = name.zfill(6)
        workspace.manifest(name)
        with changelog.turning(workspace, name, clock.now()):
            workspace.switch(name)
        return name


def prune(workspace: Workspace, keep: int) -> Pruned:
    """Remove all but the newest `keep` releases, never the served one, one that is being read, or a quarter's last."""
    with workspace.locked("prune"):
        names, current = workspace.names(), workspace.current()
        staying = set(names[-keep:]) | ({current} if current else set()) | _quarter_ends(workspace, names)
        gone = [n for n in names if n not in staying and not is_leased(workspace.releases / n)]
        for name in gone:
            folder = workspace.releases / name
            # The manifest first: a half removed folder is then not a release any more.
            (folder / "manifest.json").unlink()
            shutil.rmtree(folder, ignore_errors=True)
        return sweep(workspace, gone)


def _quarter_ends(workspace: Workspace, names: Sequence[str]) -> set[str]:
    """Return the last release of each quarter of a year that has ended."""
    last: dict[str, str] = {}
    for name in names:
        created = str(workspace.manifest(name, any_format=True)["created"])
        last[quarter_of(created)] = name
    return {last[quarter] for quarter in sorted(last)[:-1]}


def sweep(workspace: Workspace, gone: Sequence[str]) -> Pruned:
    """Remove documents, inputs and dump parts that no release left needs."""
    hashes: set[bytes] = set()
    keys: set[bytes | None] = set()
    inputs: set[str] = set()
    parts: set[str] = set()
    tables: set[str] = set()
    for name in workspace.names():
        tables |= {table.key for table in lifted.of_manifest(workspace.manifest(name, any_format=True))}
        if not workspace.is_readable(name):
            inputs |= {i["sha256"] for i in workspace.manifest(name, any_format=True)["inputs"]}
            continue
        with Index(workspace.releases / name / "catalog.sqlite", read_only=True) as index:
            needs = index.needs()
            inputs |= {i["sha256"] for i in index.inputs() if i["live"]}
        hashes |= needs[0]
        keys |= needs[1]
        parts |= needs[2]
    archive = Archive(workspace.documents, write=True)
    # A row taken in again starts from the document it made, which relations to other records may have changed since then.
    rows = {key for key in keys if key is not None}
    for outcome in archive.outcomes(list(rows)).values():
        hashes.update(made.hash for made in outcome.made)
    removed = archive.retain(hashes, rows)
    archive.close()
    old_inputs = [p for p in workspace.inputs.iterdir() if p.name not in inputs]
    old_parts = [p for p in workspace.dump.glob("*.gz") if p.stem not in parts]
    for path in (*old_inputs, *old_parts):
        path.unlink()
    for folder in workspace.rows.iterdir():
        if folder.name not in tables:
            remove(folder)
    return Pruned(tuple(gone), removed, len(old_inputs), len(old_parts))
