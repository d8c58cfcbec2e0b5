"""A publish of what is published already: files, settings, assets and observations are those of the last publish of a release.

A catalogue that is published every day from files that change now and then would otherwise read, compare and measure everything
to find that nothing differs. What a publish came to is noted in the folder of its release under a key of everything that it
depended on, with the days for which it holds: measurements change by themselves on a day that is known when they are made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.catalog.index import Index, is_current
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import InputError, said_by_system
from odlinked.evidence import notebook
from odlinked.mapping import refine
from odlinked.measure import carried
from odlinked.publishing.published import Published, asset_digests
from odlinked.settings import ReadSettings, Settings
from odlinked.version import __version__

_FILE = "repeat.json"


@dataclass(frozen=True)
class Given:
    """What a publish is given: files, the source, the form that is asked for, and whether many records may be taken down."""

    files: tuple[Path, ...]
    source: str
    form: str | None
    allow_removals: bool


class Repeat:
    """A publish that may have been made before, with the state of everything it depends on when it begins."""

    def __init__(self, workspace: Workspace, settings: Settings, assets: Assets, given: Given) -> None:
        self.workspace, self._given, self._caps = workspace, given, settings.read
        self._parts = (__version__, refine.EDITION, carried.editions(), [path.name for path in given.files], given.source,
                       given.form, given.allow_removals, settings, asset_digests(assets), notebook.stamp(workspace.root))

    def made(self, release: str, now: str) -> Published | None:
        """Return what the publish came to when it was made last for the release that is served, None where it has to be made.

        `now` is an ISO time: a planned opening may have come, a measurement changed.
        """
        folder = self.workspace.releases / release
        try:
            noted = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            stated: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value
                                      for name, value in noted["published"].items()}
            done = Published(**stated)
            key, since, day, sizes = noted["key"], str(noted["since"]), now[:10], noted.get("sizes")
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if sizes is not None and sizes != _sizes(self._given.files):
            return None  # as of a list in which something was changed: it need not be hashed to know that
        digests = [_digest(path, self._caps) for path in self._given.files]
        if key != self._key(digests) or day < since or (done.until and day > done.until):
            return None
        kept = [self.workspace.documents, *(self.workspace.inputs / digest for digest in digests)]
        if not all(path.is_file() for path in kept):
            return None  # an input was erased by a purge
        if not is_current(folder / "catalog.sqlite"):
            return None
        with Index(folder / "catalog.sqlite", read_only=True) as index:
            return None if index.due(now) else done

    def note(self, done: Published, digests: Sequence[str], now: str) -> None:
        """Note what the publish of files, kept under these SHA-256 as of the ISO time `now`, came to, for the release that is
        served after it."""
        unchanged = replace(done, new=False, added=0, changed=0, gone=0)
        text = json.dumps({"key": self._key(digests), "since": now[:10], "published": asdict(unchanged),
                           "sizes": _sizes(self.workspace.inputs / digest for digest in digests)}, ensure_ascii=False)
        path = self.workspace.releases / done.release / _FILE
        partial = path.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)

    def _key(self, digests: Sequence[str]) -> str:
        return hashlib.sha256(repr((self._parts, list(digests))).encode()).hexdigest()


def _sizes(paths: Iterable[Path]) -> list[int]:
    """Return the sizes of files in bytes, -1 of one that cannot be looked at."""
    found = []
    for path in paths:
        try:
            found.append(path.stat().st_size)
        except OSError:
            found.append(-1)
    return found


def _digest(path: Path, caps: ReadSettings) -> str:
    """Return the hex SHA-256 of a file, the name under which a workspace keeps it."""
    inventory.check_file(path, path.name, caps)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise InputError(said_by_system(problem), doing="reading", on=path.name) from problem
