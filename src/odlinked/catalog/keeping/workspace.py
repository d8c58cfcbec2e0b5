"""The workspace: the folder that holds inputs, documents and releases, and the lock that lets one publisher in."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from odlinked import ownership
from odlinked.catalog.keeping import archive_files
from odlinked.catalog.keeping.locks import lock
from odlinked.clock import UNIVERSAL, Clock
from odlinked.errors import InputError, WorkspaceError, said_by_system

FORMAT = 1
"""The number of the stored form. A reader refuses any other and names `publish --rebuild`."""

TERMS: Final = "terms.json"
"""The file of a release's folder with the terms that the query page completes; a release of an earlier version has none."""

_STATED: Final = {"created": str, "content": str, "base": str, "inputs": list}
"""What every manifest states, of whatever stored form, and the JSON kind of it."""


@dataclass(frozen=True)
class Workspace:
    """A workspace at `root`:

        lock                      held (flock) by the one publish at work, with its name in it
        inputs/SHA256             every file published, mode 0600, never served
        documents-1.sqlite        documents by hash, shared by all releases, and what is known of rows already mapped; after
                                  a purge documents-1.1.sqlite, documents-1.2.sqlite ...
        changes.sqlite            what each switch of the served release changed, kept across releases
        dump/KEY.gz               parts of the dump, by content
        rows/KEY/                 published rows of a data file, by content (`catalog.keeping.lifted`)
        lifting/                  rows that are being made ready to be published, of the one who holds lift.lock
        releases/000007/          manifest.json, catalog.sqlite, store/, terms.json, lease
        pending/H0001/            files that wait for approval, as they were handed in; pending.lock
        harvest/NAME/             what is kept of a harvested source; harvest.lock
        mirror.sqlite, .json      what a mirror holds; mirror/ a snapshot for one; mirror.lock
        current                   the served release's name; switched by one rename

    Withheld records are in it: what is made in it is for its owner alone (0700, 0600), and no symbolic link in it is followed.
    """

    root: Path

    @property
    def inputs(self) -> Path:
        """The folder of kept inputs."""
        return self.root / "inputs"

    @property
    def documents(self) -> Path:
        """The archive of documents of this stored form: another form's is kept next to it until no release needs it.

        A purge writes it anew under another name, see `archive_files`.
        """
        return archive_files.latest(self.root, FORMAT)

    @property
    def dump(self) -> Path:
        """The folder of dump parts."""
        return self.root / "dump"

    @property
    def rows(self) -> Path:
        """The folder of published rows."""
        return self.root / "rows"

    @property
    def lifting(self) -> Path:
        """The folder of rows that are made ready to be published while others may publish; what a kill left in it is swept."""
        return self.root / "lifting"

    @property
    def releases(self) -> Path:
        """The folder of releases."""
        return self.root / "releases"

    @cached_property
    def current_file(self) -> Path:
        """The file that names the served release."""
        return self.root / "current"

    def create(self) -> None:
        """Create missing folders, make existing ones private; raise `WorkspaceError` where that is not possible."""
        self.check_links()
        try:
            for folder in (self.root, self.inputs, self.dump, self.rows, self.releases):
                folder.mkdir(parents=True, exist_ok=True)
            for path in (self.inputs, self.dump, self.rows, self.releases, *self.root.glob("documents-*.sqlite*"),
                         *self.root.glob("evidence.*"), *self.root.glob("changes.*")):
                ownership.tighten(path)
        except OSError as problem:
            raise WorkspaceError(
                said_by_system(problem), doing="preparing the workspace", on=str(self.root),
                next_step="Name a writable folder with --workspace",
            ) from problem

    def check_links(self) -> None:
        """Raise `WorkspaceError` where something of the workspace is a symbolic link, which leads out of it."""
        for path in (self.inputs, self.dump, self.rows, self.lifting, self.releases, self.current_file, self.root / "lock",
                     self.documents,
                     self.root / "changes.sqlite"):
            _no_link(path)

    def current(self) -> str | None:
        """Return the name of the served release, or None where nothing is published.

        Raise `WorkspaceError` where the file that says it is a link, cannot be read, or names no release.
        """
        self.check_links()
        try:
            name = self.current_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except NotADirectoryError as problem:
            raise WorkspaceError("it is no folder", doing="opening the workspace", on=str(self.root),
                                 next_step="Name a folder with --workspace") from problem
        except (OSError, UnicodeDecodeError) as problem:
            raise self._no_release(getattr(problem, "strerror", None) or "it is no text") from problem
        if not re.fullmatch(r"[0-9]{6,}", name):
            raise self._no_release(f"it says {name[:20]!r}" if name else "it is empty")
        return name

    def stamp(self) -> tuple[int, ...] | None:
        """Return what tells the file that names the served release from the one it is replaced by, None without one."""
        try:
            found = os.lstat(self.current_file)
        except OSError:
            return None
        return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _no_release(self, why: str) -> WorkspaceError:
        whole = self.names()[-1:] or ["000001"]
        return WorkspaceError(f"{why}, not which release is served", doing="reading", on=str(self.current_file),
                              next_step=f"Write the name of a folder below releases/ into it: {whole[0]} is the last whole one")

    def switch(self, name: str) -> None:
        """Make release `name` the served one: one rename, after everything it needs is on disk."""
        fresh = self.current_file.with_suffix(".next")
        with open(fresh, "w", encoding="ascii", opener=ownership.opener) as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.current_file)
        sync(self.root)

    def names(self) -> list[str]:
        """Return the names of complete releases, oldest first."""
        if not self.releases.is_dir():
            return []
        return sorted(p.name for p in self.releases.iterdir() if p.name.isdigit() and (p / "manifest.json").is_file())

    def next_name(self) -> str:
        """Return the name for a new release: never one used before, complete or not."""
        taken = [int(p.name) for p in self.releases.iterdir() if p.name.isdigit()]
        return f"{max(taken, default=0) + 1:06d}"

    def is_readable(self, name: str) -> bool:
        """True when release `name` is of the stored form that this version reads."""
        return bool(self.manifest(name, any_format=True).get("format") == FORMAT)

    def manifest(self, name: str, *, any_format: bool = False) -> dict[str, Any]:
        """Return the manifest of release `name`; raise `WorkspaceError` where it is missing or, unless requested, of another
        form."""
        path = self.releases / name / "manifest.json"
        for part in (path.parent, path, path.with_name("catalog.sqlite"), path.with_name("store")):
            _no_link(part)
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as problem:
            raise WorkspaceError("there is no such release", doing="opening release", on=name,
                                 next_step="See `odlinked list releases`") from problem
        except (OSError, ValueError, RecursionError) as problem:
            raise _damaged(path, getattr(problem, "strerror", None) or str(problem)) from problem
        if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
            raise _damaged(path, "it states no stored form")
        if missing := [key for key, kind in _STATED.items() if not isinstance(manifest.get(key), kind)]:
            raise _damaged(path, f"it lacks {', '.join(missing)}")
        if manifest.get("format") != FORMAT and not any_format:
            raise WorkspaceError(
                f"its stored form is number {manifest.get('format')}, this version reads number {FORMAT}",
                doing="opening release", on=name, next_step="Run `odlinked publish --rebuild`",
            )
        return manifest

    def keep_input(self, path: Path) -> str:
        """Copy a file into the inputs by its SHA-256 and return that (hex); a file already there is not copied again."""
        digest = hashlib.sha256()
        partial = self.inputs / f".partial-{os.getpid()}"
        try:
            with path.open("rb") as source, open(partial, "wb", opener=ownership.opener) as target:
                while block := source.read(1 << 20):
                    digest.update(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            name = digest.hexdigest()
            _no_link(self.inputs / name)
            if (self.inputs / name).exists():
                partial.unlink()
            else:
                partial.replace(self.inputs / name)
                sync(self.inputs)
        except OSError as problem:
            partial.unlink(missing_ok=True)
            if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise  # no fault of the file: told as `catalog.keeping.damage` tells it
            raise InputError(said_by_system(problem), doing="keeping", on=path.name) from problem
        return name

    @contextlib.contextmanager
    def locked(self, purpose: str, clock: Clock = UNIVERSAL) -> Iterator[None]:
        """Hold the workspace's lock; raise `WorkspaceError` at once, naming the holder, where another has it."""
        with ownership.private():
            self.create()
            with lock(self.root, purpose, clock):
                self._sweep()
                yield

    @contextlib.contextmanager
    def apart(self, purpose: str, clock: Clock = UNIVERSAL) -> Iterator[None]:
        """Hold the lock of a purpose ("mirror", "harvest", "lift") that leaves publishing free; raise `WorkspaceError` at once
        where another has it."""
        with ownership.private():
            self.create()
            with lock(self.root, purpose, clock, f"{purpose}.lock"):
                yield

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Remove what is half made when an error ends a publish: a release, and the inputs, rows and dump parts only it has."""
        folders = (self.inputs, self.dump, self.rows)
        before = {*self.names(), *(path for folder in folders for path in folder.iterdir())}
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                self._sweep()
                if before.issuperset(self.names()):
                    for path in {path for folder in folders for path in folder.iterdir()} - before:
                        remove(path)
            raise

    def _sweep(self) -> None:
        """Remove what a killed publish left half made: releases without a manifest, partial inputs.

        A complete release rebuilt by a purge, whose old one was already moved away, takes its place first.
        """
        for folder in self.releases.glob("*.again"):
            place = folder.with_suffix("")
            if (folder / "manifest.json").is_file() and place.with_suffix(".gone").is_dir() and not place.exists():
                folder.rename(place)
        for folder in self.releases.iterdir():
            if folder.is_dir() and not (folder.name.isdigit() and (folder / "manifest.json").is_file()):
                shutil.rmtree(folder, ignore_errors=True)
        archive_files.remove_old(self.documents, FORMAT)
        folders = (self.inputs, self.dump, self.rows)
        for partial in (*(path for one in folders for path in one.glob(".partial-*")), self.current_file.with_suffix(".next")):
            remove(partial)
        if self.lifting.exists():
            with contextlib.suppress(WorkspaceError), lock(self.root, "lift", UNIVERSAL, "lift.lock"):
                remove(self.lifting)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _no_link(path: Path) -> None:
    if path.is_symlink():
        raise WorkspaceError("it is a symbolic link, which leads out of the workspace", doing="opening", on=str(path),
                             next_step="Put the folder or file itself there; the workspace as a whole may be a link")


def _damaged(path: Path, why: str) -> WorkspaceError:
    return WorkspaceError(f"it is damaged ({why})", doing="reading", on=str(path),
                          next_step="Put it back from a copy, or serve another release: `odlinked rollback RELEASE`")


def sync(path: Path) -> None:
    """Flush what was written to a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
