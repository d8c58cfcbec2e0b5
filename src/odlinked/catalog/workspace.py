"""The workspace: the folder that holds inputs, documents and releases, and the lock that lets one publisher in."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odlinked.clock import UNIVERSAL, Clock
from odlinked.errors import InputError, WorkspaceError

FORMAT = 1
"""The number of the stored form. A reader refuses any other and names `publish --rebuild`."""


@dataclass(frozen=True)
class Workspace:
    """A workspace at `root`:

        lock                      held (flock) by the one publish at work, with its name in it
        inputs/SHA256             every file published, mode 0600, never served
        documents-1.sqlite        documents by hash, shared by all releases, and what is known of rows already mapped
        dump/KEY.gz               parts of the dump, by content
        releases/000007/          manifest.json, catalog.sqlite, store/, lease
        current                   the served release's name; switched by one rename
    """

    root: Path

    @property
    def inputs(self) -> Path:
        """The folder of kept inputs."""
        return self.root / "inputs"

    @property
    def documents(self) -> Path:
        """The archive of documents of this stored form: another form's stays beside it until no release needs it."""
        return self.root / f"documents-{FORMAT}.sqlite"

    @property
    def dump(self) -> Path:
        """The folder of dump parts."""
        return self.root / "dump"

    @property
    def releases(self) -> Path:
        """The folder of releases."""
        return self.root / "releases"

    @property
    def current_file(self) -> Path:
        """The file that names the served release."""
        return self.root / "current"

    def create(self) -> None:
        """Make the folders where they are missing; raise `WorkspaceError` where that is not possible."""
        try:
            for folder in (self.root, self.inputs, self.dump, self.releases):
                folder.mkdir(parents=True, exist_ok=True)
            self.inputs.chmod(0o700)
        except OSError as problem:
            raise WorkspaceError(
                problem.strerror or str(problem), doing="preparing the workspace", on=str(self.root),
                next_step="Name a writable folder with --workspace",
            ) from problem

    def current(self) -> str | None:
        """Return the name of the served release, or None where nothing is published."""
        try:
            return self.current_file.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def switch(self, name: str) -> None:
        """Make release `name` the served one: one rename, after everything it needs is on disk."""
        fresh = self.current_file.with_suffix(".next")
        with fresh.open("w", encoding="ascii") as file:
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
        """Tell whether release `name` is of the stored form this version reads."""
        return bool(self.manifest(name, any_format=True).get("format") == FORMAT)

    def manifest(self, name: str, *, any_format: bool = False) -> dict[str, Any]:
        """Return the manifest of release `name`; raise `WorkspaceError` where it is missing or, unless asked, of another form."""
        path = self.releases / name / "manifest.json"
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as problem:
            raise WorkspaceError("there is no such release", doing="opening release", on=name,
                                 next_step="See `odlinked list releases`") from problem
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
            with path.open("rb") as source, partial.open("wb") as target:
                partial.chmod(0o600)
                while block := source.read(1 << 20):
                    digest.update(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            name = digest.hexdigest()
            if (self.inputs / name).exists():
                partial.unlink()
            else:
                partial.replace(self.inputs / name)
                sync(self.inputs)
        except OSError as problem:
            partial.unlink(missing_ok=True)
            raise InputError(problem.strerror or str(problem), doing="keeping", on=path.name) from problem
        return name

    @contextlib.contextmanager
    def locked(self, purpose: str, clock: Clock = UNIVERSAL) -> Iterator[None]:
        """Hold the workspace's lock; raise `WorkspaceError` at once, naming the holder, where another has it."""
        self.create()
        with (self.root / "lock").open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as problem:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise WorkspaceError(f"it is held by {holder}", doing=f"{purpose} in the workspace", on=str(self.root),
                                     next_step="Wait until that has ended") from problem
            file.seek(0)
            file.truncate()
            file.write(f"`odlinked {purpose}` (process {os.getpid()}, since {clock.now().isoformat(' ', 'seconds')})")
            file.flush()
            self._sweep()
            try:
                yield
            finally:
                file.seek(0)
                file.truncate()

    def _sweep(self) -> None:
        """Remove what a killed publish left half made: releases without a manifest, partial inputs.

        A release that a purge had made anew, whole, and whose old one it had already put aside, takes its place first.
        """
        for folder in self.releases.glob("*.again"):
            place = folder.with_suffix("")
            if (folder / "manifest.json").is_file() and place.with_suffix(".gone").is_dir() and not place.exists():
                folder.rename(place)
        for folder in self.releases.iterdir():
            if folder.is_dir() and not (folder.name.isdigit() and (folder / "manifest.json").is_file()):
                shutil.rmtree(folder, ignore_errors=True)
        for partial in (*self.inputs.glob(".partial-*"), *self.dump.glob(".partial-*")):
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def leased(folder: Path) -> Iterator[None]:
    """Hold a reader's lease on a release folder, so that a prune leaves it alone."""
    with (folder / "lease").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_leased(folder: Path) -> bool:
    """Tell whether a living process reads the release in `folder`."""
    with (folder / "lease").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
