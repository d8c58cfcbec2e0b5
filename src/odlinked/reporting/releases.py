"""Which release a report is made from: the one served on its day, else the current one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.log import changelog
from odlinked.catalog.served.release import Release
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
    """Return the release that was served at the end of `as_of` (days as `clock` counts them), and the one before `start`, if they
    are kept: an older one that happens to be kept does not stand for one that is gone.

    Raise `WorkspaceError` where nothing is published.
    """
    current = workspace.current()
    if current is None:
        raise WorkspaceError("nothing is published yet", doing="reporting on", on=str(workspace.root),
                             next_step="Run `odlinked publish FILE --source NAME` first")
    days = {name: clock.day(datetime.fromisoformat(workspace.manifest(name)["created"]))
            for name in workspace.names() if workspace.is_readable(name)}
    then = _served(workspace, days, as_of, current, clock)
    before = _served(workspace, days, start - timedelta(days=1), then or current, clock)
    release = Release(workspace, then or current, assets)
    return Served(release, bool(then), Release(workspace, before, assets) if before and before != release.name else None)


def _served(workspace: Workspace, days: Mapping[str, date], day: date, last: str, clock: Clock) -> str:
    """Return the name of the release that was served at the end of a day, "" where it is not kept.

    The change log knows every switch, also back to an earlier release; of days before the log began the manifests tell.
    """
    told = changelog.served_at(workspace, clock.end(day))
    if told:
        return told if told in days else ""
    return max((name for name, made in days.items() if made <= day and name <= last), default="")
