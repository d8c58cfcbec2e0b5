"""Files in a folder instead of visits: for offices without a network, and for CI before anything is online.

The file of a distribution is found by the folder's `files.csv` (columns `distribution` or `url`, and `file`), else by the
last part of its address ("…/export/stations.csv" is `stations.csv`), as long as no other address ends the same way.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

from odlinked.clock import UNIVERSAL, Clock
from odlinked.errors import InputError
from odlinked.evidence.observation import ANSWER, ApiDescription, Content, ContentObservation, Observation, Target
from odlinked.evidence.visit import MAX_DESCRIPTION, Describe, Examine, basis_of, following

MANIFEST = "files.csv"
_STEP = 1_048_576


class Folder:
    """The files of a folder, by the distributions they are given for."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise InputError("it is not a folder", doing="looking for files in", on=str(path))
        self.path = path
        self.names = {file.name for file in path.iterdir() if file.is_file()} - {MANIFEST}
        self.listed = _manifest(path / MANIFEST) if (path / MANIFEST).is_file() else {}
        self._urls: dict[str, str] = {}
        self.ambiguous: set[str] = set()
        self.without = 0

    def learn(self, targets: Iterable[Target]) -> None:
        """Record which file names several addresses end with; those files belong to none of them without a manifest."""
        for target in targets:
            for url in (target.url, target.declared.description_url):
                name = last_part(url)
                if name in self.names and self._urls.setdefault(name, url) != url:
                    self.ambiguous.add(name)

    def given(self, targets: Iterable[Target]) -> Iterator[Target]:
        """Yield the targets that a file is given for; the others are counted in `without`, and what is known of them is kept."""
        for target in targets:
            if self.file(target.url, target.distribution) is None:
                self.without += 1
            else:
                yield target

    def file(self, url: str, distribution: str = "") -> Path | None:
        """Return the file given for a distribution or an address, None where there is none."""
        listed = self.listed.get(distribution) or self.listed.get(url)
        if listed is not None:
            return self.path / listed
        name = last_part(url)
        return self.path / name if name in self.names and name not in self.ambiguous else None


def last_part(url: str) -> str:
    """Return the last part of an address's path, decoded; "" where it is not a plain file name."""
    name = unquote(url.partition("?")[0].partition("#")[0].rpartition("/")[2])
    return "" if "/" in name or "\\" in name or "\0" in name or name in (".", "..") else name


def _manifest(path: Path) -> dict[str, str]:
    """Read a manifest: distribution IRI or address -> file. Raise `InputError` for a file outside the folder."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"it cannot be read ({problem})", doing="reading", on=str(path)) from problem
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        key, file = (row.get("distribution") or row.get("url") or "").strip(), (row.get("file") or "").strip()
        if not key or not file:
            raise InputError(f"row {number} does not name a distribution or url, and a file", doing="reading", on=str(path),
                             next_step="The columns are distribution, url and file")
        inside = (path.parent / file).resolve()
        if not inside.is_relative_to(path.parent.resolve()) or not inside.is_file():
            raise InputError(f"row {number} names {file!r}, which is no file in this folder", doing="reading", on=str(path))
        found[key] = file
    return found


class FileVisitor:
    """Examines given files as `visit.Visitor` examines what servers send."""

    def __init__(self, folder: Folder, examine: Examine, describe: Describe, max_bytes: int, clock: Clock = UNIVERSAL) -> None:
        self._clock = clock
        self._folder, self._examine, self._describe, self._max_bytes = folder, examine, describe, max_bytes

    def visit(self, target: Target, before: Observation | None = None) -> Observation:
        """Examine the file given for a target (which `Folder.given` ensures to exist)."""
        path = self._folder.file(target.url, target.distribution)
        observed = Observation(target.distribution, ANSWER + "given-file", self._clock.now().replace(microsecond=0),
                               self._content(path, target) if path else ContentObservation(), basis=basis_of(target))
        described = self._description(target.declared.description_url)
        if described is not None:
            observed = replace(observed, description_answer=ANSWER + "given-file",
                               content=replace(observed.content, api=described))
        return following(observed, before)

    def _content(self, path: Path, target: Target) -> ContentObservation:
        with path.open("rb") as file:
            size = path.stat().st_size
            stream = cast(BinaryIO, file if size <= self._max_bytes else io.BytesIO(file.read(self._max_bytes)))
            digest = hashlib.sha256()
            while part := stream.read(_STEP):
                digest.update(part)
            stream.seek(0)
            kept = min(size, self._max_bytes)
            found = self._examine(Content(stream, kept, kept == size, "", path.name), target.declared)
        return replace(found, byte_size=kept, sha256=digest.hexdigest(), complete=kept == size)

    def _description(self, url: str) -> ApiDescription | None:
        path = self._folder.file(url) if url else None
        if path is None:
            return None
        if path.stat().st_size > MAX_DESCRIPTION:
            return ApiDescription()
        return self._describe(path.read_bytes())
