"""Where the material lives: rules, mappings, questions and words, from the package and from overlays.

An asset has a name like `mappings/moenv-open/refine.rq`. Overlays are folders of the same shape; a later one
replaces an asset of the same name or adds to them, so an agency adds a form, its rules and its questions without Python.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath

from odlinked.errors import AssetError

ROOMS = ("ontologies", "shapes", "mappings", "queries")


@cache
def bundled() -> Path:
    """Return the folder that holds the bundled assets: the installed package, or the checkout it is developed in."""
    package = Path(__file__).resolve().parent
    for folder in (package, package.parent.parent):
        if all((folder / room).is_dir() for room in ROOMS):
            return folder
    raise AssetError(
        "the bundled assets are missing", doing="looking for rules and mappings", on=str(package),
        next_step="Install odlinked again",
    )


@contextmanager
def shaped(doing: str, name: str) -> Iterator[None]:
    """Take the asset `name` apart: what does not fit the shape it is read by (or is no TOML) is an `AssetError`."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        raise AssetError(f"it is not as it has to be ({type(problem).__name__}: {problem})", doing=doing, on=name) from problem


@dataclass(frozen=True)
class Assets:
    """The assets of a run: the bundled ones with `overlays` (folders, first to last) laid over them."""

    overlays: tuple[Path, ...] = ()

    def find(self, name: str) -> Path:
        """Return the file of asset `name`; raise `AssetError` where no layer holds it."""
        path = self.get(name)
        if path is None:
            raise AssetError("there is no such asset", doing="looking for", on=name,
                             next_step="Check the name and the overlays in odlinked.toml")
        return path

    def get(self, name: str) -> Path | None:
        """Return the file of asset `name`, or None."""
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            return None
        for layer in reversed((bundled(), *self.overlays)):
            path = layer.joinpath(*pure.parts)
            if path.is_file():
                return path
        return None

    def glob(self, pattern: str) -> dict[str, Path]:
        """Return name -> file of all assets that match `pattern` (as `Path.glob`), sorted by name."""
        parts = pattern.split("/")
        found = {name: layer / name for layer in (bundled(), *self.overlays) for name in _matching(str(layer), parts)}
        return dict(sorted(found.items()))

    def text(self, name: str) -> str:
        """Return asset `name` as text (UTF-8)."""
        return self.find(name).read_text(encoding="utf-8")

    def stamp(self, pattern: str) -> tuple[tuple[str, int, int], ...]:
        """Return path, time of change (ns) and size of assets that match `pattern`: what was read of them holds while equal."""
        states = ((str(path), path.stat()) for path in self.glob(pattern).values())
        return tuple((path, state.st_mtime_ns, state.st_size) for path, state in states)

    def state(self, room: str) -> frozenset[tuple[str, int, int]]:
        """Return path, time of change (ns) and size of every file of a room, as `stamp` does of some, ten times as fast."""
        found = set()
        for layer in (bundled(), *self.overlays):
            for folder, _, names in os.walk(layer / room):
                for name in names:
                    path = os.path.join(folder, name)
                    with suppress(OSError):  # a link that leads nowhere is no asset
                        status = os.stat(path)
                        found.add((path, status.st_mtime_ns, status.st_size))
        return frozenset(found)

    def digest(self, names: Iterable[str]) -> str:
        """Return a hex SHA-256 over the names and bytes of assets: the part they play in a reuse key."""
        total = hashlib.sha256()
        for name in sorted(names):
            content = self.find(name).read_bytes()
            total.update(f"{name}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()


def _matching(folder: str, parts: Sequence[str], before: str = "") -> Iterator[str]:
    """Yield the names of the files below a folder that match the parts of a pattern, as `Path.glob` finds them, in a third of its
    time: a publish looks for assets some twenty times."""
    first, *rest = parts
    if rest and not set(first) & set("*?["):
        yield from _matching(f"{folder}/{first}", rest, f"{before}{first}/")
        return
    if first == "**":
        yield from _matching(folder, rest, before)
    entries: Sequence[os.DirEntry[str]] = ()
    with suppress(OSError), os.scandir(folder) as listing:  # what is not there, or may not be read, holds no asset
        entries = list(listing)
    for entry in entries:
        if first == "**":
            if entry.is_dir(follow_symlinks=False):
                yield from _matching(entry.path, parts, f"{before}{entry.name}/")
        elif fnmatchcase(entry.name, first):
            if not rest and entry.is_file():
                yield before + entry.name
            elif rest and entry.is_dir():
                yield from _matching(entry.path, rest, f"{before}{entry.name}/")
