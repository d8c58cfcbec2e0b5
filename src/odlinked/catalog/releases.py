"""The served release of a workspace, opened anew after a switch."""

from __future__ import annotations

import threading

from odlinked.assets import Assets
from odlinked.catalog.release import Release
from odlinked.catalog.workspace import Workspace
from odlinked.errors import WorkspaceError


class Releases:
    """A workspace's releases: `current` returns the served one and reopens it after a switch."""

    def __init__(self, workspace: Workspace, assets: Assets | None = None) -> None:
        self.workspace, self.assets = workspace, assets or Assets()
        self._lock = threading.Lock()
        self._open: Release | None = None
        self._stamp: tuple[int, ...] | None = None

    def held(self) -> Release | None:
        """Return the served release where it is open already, None where looking for it takes longer."""
        stamp, held = self.workspace.stamp(), self._open
        return held if stamp is not None and stamp == self._stamp else None

    def current(self) -> Release:
        """Return the served release; raise `WorkspaceError` where nothing is published."""
        known = self.held()
        if known is not None:
            return known
        stamp, held = self.workspace.stamp(), self._open
        name = self.workspace.current()
        if held is not None and held.name == name:
            self._stamp = stamp
            return held
        if name is None:
            raise WorkspaceError("nothing is published yet", doing="serving", on=str(self.workspace.root),
                                 next_step="Run `odlinked publish FILE --source NAME` first")
        with self._lock:
            if self._open is None or self._open.name != name:
                # The release before is dropped, not closed: requests in progress end on it, the last one frees its lease.
                self._stamp, self._open = None, Release(self.workspace, name, self.assets)
            return self._open
