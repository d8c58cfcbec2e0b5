"""The first publish of a catalogue, made once for all tests that begin with the same one."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.publishing.assemble import Published
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

Key = tuple[str, ...]

_MOST = 40
"""Releases that are held at a time, 7 MB each."""


def publish(workspace: Workspace, files: Sequence[Path], source: str, settings: Settings, clock: Clock | None = None, *,
            allow_removals: bool = False) -> Published:
    """Publish files. In an empty workspace the release is a copy of one that was made in this process of the same files, settings
    and clock: few tests are about how it was made, and it is as it would be made again."""
    is_begun = workspace.root.exists() and any(workspace.root.iterdir())
    if is_begun or type(clock) not in (Clock, type(None)) or not all(file.is_file() for file in files):
        return Publisher(workspace, settings, clock=clock).publish(files, source, allow_removals=allow_removals)
    digests = (f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    key = (*digests, source, repr(settings), repr(clock))
    made = _made()
    if key not in made:
        if len(made) >= _MOST:
            shutil.rmtree(made.pop(next(iter(made)))[0])
        root = Path(tempfile.mkdtemp(prefix="odlinked-first-"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        made[key] = root, Publisher(Workspace(root / "var"), settings, clock=clock).publish(files, source)
    made[key] = root, published = made.pop(key)  # the last to be removed
    shutil.copytree(root / "var", workspace.root, dirs_exist_ok=True)
    return published


def copied(make: Callable[[Path], object], folder: Path) -> None:
    """Fill a folder with what `make` writes into one: it is asked once in this process."""
    shutil.copytree(_written(make), folder, dirs_exist_ok=True)


@lru_cache(maxsize=8)
def _written(make: Callable[[Path], object]) -> Path:
    root = Path(tempfile.mkdtemp(prefix="odlinked-made-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    make(root)
    return root


@lru_cache(maxsize=1)
def _made() -> dict[Key, tuple[Path, Published]]:
    """Return the folders of first releases, and what publishing them came to."""
    return {}
