"""The base of a command where the settings state none: that of what is published, so that addresses stay permanent."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import OdlinkedError
from odlinked.settings import Settings


def based(settings: Settings, workspace: Workspace, port: int | None = None) -> Settings:
    """Return the settings with the base of the published records, where none is set.

    That is what the workspace was first published under; else the address of this machine at `port`. A workspace that cannot be
    read is reported by the command that reads it.
    """
    default = Settings().catalog.base
    if settings.catalog.base != default:
        return settings
    base = default if port is None else f"{default.rpartition(':')[0]}:{port}"
    with contextlib.suppress(OdlinkedError):
        current = workspace.current()
        base = str(workspace.manifest(current, any_format=True)["base"]) if current else base
    return settings if base == default else replace(settings, catalog=replace(settings.catalog, base=base))
