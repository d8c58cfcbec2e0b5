"""The served release of a workspace, opened anew after a switch."""

from __future__ import annotations

import threading

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.errors import WorkspaceError


class Releases:
    """A workspace's releases: `current` returns the served one and reopens it after a switch."""

    def __init__(self, workspace: Workspace, assets: Assets | None = None) -> None:
        self.workspace, self.assets = workspace, assets or Assets()
        self._lock = threading.Lock()
        self._open: Release | None = None
        self._stamp: tuple[int, ...] | None = None

    def current(self) -> Release:
        """Return the served release; raise `WorkspaceError` where nothing is published."""
        stamp, held = self.workspace.stamp(), self._open
        if held is not None and stamp is not None and stamp == self._stamp:
            return held
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
