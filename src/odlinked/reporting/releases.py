"""Which release a report is made from: the one served on its day, else the current one."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.release import Release
from odlinked.catalog.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import WorkspaceError


class Served(NamedTuple):
    """The release of a report, and whether it is the one that was served on that day; `base` is the last one before the
    period."""

    release: Release
    was_served: bool
    base: Release | None

    def close(self) -> None:
        """Release the leases."""
        self.release.close()
        if self.base:
            self.base.close()


def served(workspace: Workspace, assets: Assets, as_of: date, start: date, clock: Clock) -> Served:
    """Return the release last published by the end of `as_of` (days as `clock` counts them), and the last from before
    `start`, if they are kept.

    Rollbacks are not recorded: a release counts as served from its publishing to the next. Raise `WorkspaceError` where nothing
    is published.
    """
    current = workspace.current()
    if current is None:
        raise WorkspaceError("nothing is published yet", doing="reporting on", on=str(workspace.root),
                             next_step="Run `odlinked publish FILE --source NAME` first")
    days = {name: clock.day(datetime.fromisoformat(workspace.manifest(name)["created"]))
            for name in workspace.names() if workspace.is_readable(name)}
    then = max((name for name, day in days.items() if day <= as_of and name <= current), default="")
    before = max((name for name, day in days.items() if day < start and name < (then or current)), default="")
    release = Release(workspace, then or current, assets)
    return Served(release, bool(then), Release(workspace, before, assets) if before else None)
