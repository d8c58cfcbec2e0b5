"""One run of the mirror: bring it to the served release, compare it, and state what it holds."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from odlinked import ownership
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.clock import Clock
from odlinked.errors import MirrorError, SettingsError, WorkspaceError, said_by_system
from odlinked.mirror import incremental, snapshot
from odlinked.mirror.comparison import MirrorComparison, compare, listed, wanted
from odlinked.mirror.engine import MirrorEngine
from odlinked.mirror.incremental import Steps
from odlinked.mirror.ledger import Ledger
from odlinked.settings import MirrorSettings, Settings

LEDGER: Final = "mirror.sqlite"
STATE: Final = "mirror.json"
SNAPSHOTS: Final = "mirror"


@dataclass(frozen=True)
class Mirrored:
    """What a run did (None where it only compared) and what the comparison found."""

    release: str
    steps: Steps | None
    comparison: MirrorComparison

    @property
    def same(self) -> bool:
        """True where the mirror holds the release, and nothing else of ours."""
        return self.comparison.same and not (self.steps and self.steps.refused)


@dataclass(frozen=True)
class MirrorState:
    """What the mirror is known to hold whole: release and content, "" where that is not known.

    `cap`: at how many rows its engine cuts answers, 0 where it does not.
    """

    release: str = ""
    content: str = ""
    cap: int = 0


def state(root: Path) -> MirrorState:
    """Return what the mirror of a workspace is known to hold."""
    try:
        found = json.loads((root / STATE).read_text(encoding="utf-8"))
        return MirrorState(str(found["release"]), str(found["content"]), int(found["cap"]))
    except (OSError, ValueError, KeyError, TypeError):
        return MirrorState()


@dataclass(frozen=True)
class Mirror:
    """The mirror of a workspace; `environment` holds the credentials."""

    workspace: Workspace
    settings: Settings
    environment: Mapping[str, str]
    progress: Callable[[str, int], None] = lambda _stage, _done: None

    def update(self, *, anew: bool = False) -> Mirrored:
        """Bring the mirror to the served release and compare; with `anew` nothing is taken to be known of what it holds.

        Raise `SettingsError` where no mirror is set, `MirrorError` where the engine or the command fails. Until a run has found
        mirror and release the same, nothing is stated of what the mirror holds.
        """
        with self._opened() as (engine, release):
            _state(self.workspace.root, None)
            done = self._incremental(engine, release, anew) if self._mirror.mode == "incremental" else (
                self._snapshot(engine, release))
            if done.same:
                _state(self.workspace.root, release, done.comparison.cap)
            return done

    def compare(self) -> Mirrored:
        """Compare the mirror with the served release, and change nothing in it."""
        with self._opened() as (engine, release):
            found = self._compared(engine, release)
            _state(self.workspace.root, release if found.same else None, found.cap)
            return Mirrored(release.name, None, found)

    @property
    def _mirror(self) -> MirrorSettings:
        return self.settings.mirror

    @contextmanager
    def _opened(self) -> Iterator[tuple[MirrorEngine, Release]]:
        """Yield engine and served release, under the lock of the mirror."""
        if not self._mirror.mode:
            raise SettingsError("no mirror is set", doing="mirroring", next_step=(
                "Set mirror.mode to incremental or snapshot, and the engine's addresses; see docs/mirror.md"))
        name = self.workspace.current()
        if name is None:
            raise WorkspaceError("nothing is published yet", doing="mirroring", on=str(self.workspace.root),
                                 next_step="Run `odlinked publish FILE --source NAME` first")
        assets = Assets(self.settings.overlays)
        engine = MirrorEngine(self._mirror, self.environment, assets)
        with self.workspace.apart("mirror", Clock.of(self.settings.catalog.timezone)):
            release = Release(self.workspace, name, assets)
            try:
                yield engine, release
            except (OSError, sqlite3.OperationalError) as problem:
                why = said_by_system(problem) if isinstance(problem, OSError) else f"its index cannot be read ({problem})"
                raise MirrorError(why, doing="mirroring release", on=release.name,
                                  next_step="Make room on the disk of the workspace, then run `odlinked mirror` again"
                                  ) from problem
            finally:
                engine.close()
                release.close()

    def _incremental(self, engine: MirrorEngine, release: Release, anew: bool) -> Mirrored:
        with Ledger(self.workspace.root / LEDGER, self._mirror.graph_store) as ledger:
            if anew:
                ledger.forget()
            steps = incremental.update(engine, ledger, release, self.progress)
            known = ledger.graphs()
            if engine.count() == len(known) + ledger.others:
                there, others = set(known), ledger.others
            else:
                there, others = listed(engine, {**known, **wanted(release)}, release.base)
            found = compare(engine, release, there, others, self._mirror.uncompared)
            if not found.same:
                # What differs is not what the ledger says: the next run writes it again.
                ledger.doubt(line.partition(": ")[0] for line in found.different)
        return Mirrored(release.name, steps, found)

    def _snapshot(self, engine: MirrorEngine, release: Release) -> Mirrored:
        mirror = self._mirror
        file = snapshot.write(release, self.workspace.root / SNAPSHOTS, self.progress)
        if mirror.command:
            snapshot.run(mirror.command, file, release, "mirror.command", mirror.command_seconds)
        found = self._compared(engine, release)
        if found.same and mirror.switch:
            snapshot.run(mirror.switch, file, release, "mirror.switch", mirror.command_seconds)
        return Mirrored(release.name, Steps(found.wanted, 0, 0, ()), found)

    def _compared(self, engine: MirrorEngine, release: Release) -> MirrorComparison:
        return compare(engine, release, *listed(engine, wanted(release), release.base), self._mirror.uncompared)


def _state(root: Path, release: Release | None, cap: int = 0) -> None:
    """Write down what the mirror holds whole; None: nothing is known."""
    path = root / STATE
    if release is None:
        with suppress(FileNotFoundError):
            path.unlink()
        return
    partial = path.with_suffix(".next")
    with open(partial, "w", encoding="utf-8", opener=ownership.opener) as file:
        json.dump({"release": release.name, "content": release.content, "cap": cap}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
