"""Under which base a verb works where the settings say none: that of what is published, so that addresses stay permanent."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from odlinked.catalog.workspace import Workspace
from odlinked.errors import OdlinkedError
from odlinked.settings import Settings


def based(settings: Settings, workspace: Workspace, port: int | None = None) -> Settings:
    """Return the settings with a base under which the records are, where none is set.

    That is what the workspace was first published under; else, at `port` of this machine, where the addresses lead. A
    workspace that cannot be read is told by the verb that reads it.
    """
    default = Settings().catalog.base
    if settings.catalog.base != default:
        return settings
    base = default if port is None else f"{default.rpartition(':')[0]}:{port}"
    with contextlib.suppress(OdlinkedError):
        current = workspace.current()
        base = str(workspace.manifest(current, any_format=True)["base"]) if current else base
    return settings if base == default else replace(settings, catalog=replace(settings.catalog, base=base))
