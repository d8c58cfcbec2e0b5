"""Hand-ins that wait for approval: whole files, checked and kept as they were handed in.

They are in no release, so no page, query, dump, search or feed can tell them. An approval names its day and document number and
publishes the very bytes that were handed in.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from odlinked import ownership
from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import InputError, WorkspaceError
from odlinked.publishing.publish import Publisher
from odlinked.publishing.published import Published
from odlinked.publishing.rehearsal import Rehearsed, rehearse
from odlinked.whole_file import replacing

_FOLDER = "pending"
_STATED = "hand-in.json"
_LONGEST = 100


@dataclass(frozen=True)
class HandedFile:
    """A file of a hand-in: its name and SHA-256 (hex), and once it is approved the day, document number and release."""

    name: str
    sha256: str
    day: str = ""
    document: str = ""
    release: str = ""


@dataclass(frozen=True)
class HandIn:
    """Files of a source that were handed in together; `received` is an ISO time, `is_whole` whether they hold the whole state."""

    number: str
    source: str
    form: str | None
    received: str
    is_whole: bool
    files: tuple[HandedFile, ...]

    @property
    def waiting(self) -> tuple[HandedFile, ...]:
        """The files that are not approved yet."""
        return tuple(one for one in self.files if not one.document)


class HandIns:
    """The hand-ins of a workspace, and their way into it."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher, self.workspace, self.clock = publisher, publisher.workspace, publisher.clock
        self.folder = self.workspace.root / _FOLDER

    def keep(self, files: Sequence[Path], source: str, form: str | None = None, *,
             allow_removals: bool = False) -> tuple[HandIn, Rehearsed]:
        """Check files as a dry run does, keep them, and return the hand-in and what its approval would do.

        Raise what a publish would raise: what cannot be published cannot be handed in.
        """
        found = rehearse(self.publisher, files, source, form, allow_removals=allow_removals)
        with self.workspace.apart("pending", self.clock):
            number = f"H{max((int(one.number[1:]) for one in self.all()), default=0) + 1:04}"
            place = self.folder / number
            made = HandIn(number, source, form, self.clock.now().isoformat(timespec="seconds"), found.is_whole, ())
            try:
                for step, file in enumerate(files, 1):
                    target = place / str(step) / file.name
                    target.parent.mkdir(parents=True)
                    with file.open("rb") as given, open(target, "wb", opener=ownership.opener) as kept:
                        shutil.copyfileobj(given, kept)
                    made = replace(made, files=(*made.files, HandedFile(file.name, _digest(target))))
                self._write(made)
            except OSError as problem:
                shutil.rmtree(place, ignore_errors=True)
                raise InputError(f"it cannot be kept ({problem.strerror})", doing="handing in", on=source) from problem
        return made, found

    def all(self) -> list[HandIn]:
        """Return all hand-ins, approved ones too, in the order of their numbers."""
        return list(_stated(self.folder))

    def approve(self, number: str, day: date, document: str, files: Sequence[Path] = (), *,
                allow_removals: bool = False) -> Published:
        """Publish a hand-in, or those of its files that `files` are copies of; the others stay pending.

        Raise `InputError` for an unknown number, what is approved already, a file that is not as it was handed in, a day to come
        or a document without number; and what a publish raises, in which case the hand-in stays pending.
        """
        with self.workspace.apart("pending", self.clock):
            made = self._known(number)
            chosen = self._chosen(made, files)
            self._check(made, day, document)
            notes = self._check_order(made)
            places = [self.folder / number / str(made.files.index(one) + 1) / one.name for one in chosen]
            for one, place in zip(chosen, places, strict=True):
                if not place.is_file() or _digest(place) != one.sha256:
                    raise WorkspaceError(f"the kept copy of {one.name} is not what was handed in", doing="approving", on=number,
                                         next_step="Hand it in again")
            done = self.publisher.publish(places, made.source, made.form, allow_removals=allow_removals)
            approved = {one: replace(one, day=day.isoformat(), document=document, release=done.release) for one in chosen}
            self._write(replace(made, files=tuple(approved.get(one, one) for one in made.files)))
            for place in places:  # the release's kept input is the one copy: what is erased there is nowhere else
                shutil.rmtree(place.parent, ignore_errors=True)
        return replace(done, notes=(*notes, *done.notes))

    def give_back(self, number: str) -> HandIn:
        """Remove what is not approved of a hand-in; return it as it was. Raise `InputError` where nothing of it waits."""
        with self.workspace.apart("pending", self.clock):
            made = self._known(number)
            if not made.waiting:
                raise self._approved(made)
            for step, one in enumerate(made.files, 1):
                if one in made.waiting:
                    shutil.rmtree(self.folder / number / str(step), ignore_errors=True)
            if made.waiting == made.files:
                shutil.rmtree(self.folder / number)
            else:
                self._write(replace(made, files=tuple(one for one in made.files if one.document)))
        return made

    def _known(self, number: str) -> HandIn:
        found = next((one for one in _stated(self.folder) if one.number == number), None)
        if found is None:
            waiting = ", ".join(one.number for one in _stated(self.folder) if one.waiting)
            raise InputError("there is no hand-in of that number", doing="looking for the hand-in", on=number,
                             next_step=f"Those that wait are {waiting}" if waiting else "None waits: see `odlinked list pending`")
        return found

    def _approved(self, made: HandIn) -> InputError:
        last = made.files[-1]
        return InputError(f"it is approved already, on {last.day} under {last.document} (release {last.release})",
                          doing="approving", on=made.number, next_step="Hand a change in as a new one")

    def _chosen(self, made: HandIn, files: Sequence[Path]) -> tuple[HandedFile, ...]:
        """Return the files that are to be approved: all that wait, or those that are given, byte by byte."""
        if not made.waiting:
            raise self._approved(made)
        chosen = []
        for file in files:
            try:
                digest = _digest(file)
            except OSError as problem:
                raise InputError(f"it cannot be read ({problem.strerror})", doing="approving", on=str(file)) from problem
            found = next((one for one in made.files if one.sha256 == digest), None)
            if found is None:
                raise InputError(f"it is not as it was handed in with {made.number}", doing="approving", on=file.name,
                                 next_step="Approve what was handed in, or hand the changed file in anew")
            if found.document:
                raise InputError(f"it is approved already, on {found.day} under {found.document}", doing="approving",
                                 on=file.name, next_step="Hand a change in as a new one")
            chosen.append(found)
        return tuple(dict.fromkeys(chosen)) or made.waiting

    def _check(self, made: HandIn, day: date, document: str) -> None:
        if day > self.clock.today():
            raise InputError(f"{day} is still to come: it is {self.clock.today()}", doing="approving", on=made.number,
                             next_step="Name the day of the approval")
        if not (0 < len(document) <= _LONGEST and document.isprintable() and any(map(str.isdigit, document))):
            raise InputError(f"{document[:_LONGEST]!r} is no document number", doing="approving", on=made.number,
                             next_step="Name the document of the approval and its number")

    def _check_order(self, made: HandIn) -> tuple[str, ...]:
        """Refuse a whole list that was handed in before another of its source which is published already; tell it of changes."""
        received = datetime.fromisoformat(made.received)
        later = [one.number for one in _stated(self.folder) if one.source == made.source and one.number > made.number
                 and len(one.waiting) < len(one.files)]
        own = {file.sha256 for one in _stated(self.folder) for file in one.files}
        later += [one["name"] for one in self._inputs()
                  if one["source"] == made.source and one["live"] and one["sha256"] not in own
                  and datetime.fromisoformat(one["published"]) > received]
        if not later:
            return ()
        if made.is_whole:
            raise InputError(f"it was handed in before {later[0]}, which is published already", doing="approving", on=made.number,
                             next_step="Hand it in again if it is meant to replace that")
        return (f"{made.number} was handed in before {later[0]}, which is published already: where both name a dataset, "
                f"{made.number} counts now",)

    def _inputs(self) -> list[dict[str, Any]]:
        current = self.workspace.current()
        if current is None:
            return []
        with Index(self.workspace.releases / current / "catalog.sqlite", read_only=True) as index:
            return index.inputs()

    def _write(self, made: HandIn) -> None:
        with replacing(self.folder / made.number / _STATED, "handing in") as part:
            part.write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1), encoding="utf-8")


def waiting(workspace: Workspace) -> list[HandIn]:
    """Return the hand-ins of which something waits for approval, in the order of their numbers."""
    return [one for one in _stated(workspace.root / _FOLDER) if one.waiting]


def _stated(folder: Path) -> Iterator[HandIn]:
    for path in sorted(folder.glob(f"H*/{_STATED}")):
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            yield HandIn(**{**raw, "files": tuple(HandedFile(**one) for one in raw["files"])})
        except (OSError, ValueError, TypeError, KeyError) as problem:
            raise WorkspaceError(f"it cannot be read ({type(problem).__name__})", doing="reading the hand-in",
                                 on=str(path)) from problem


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
