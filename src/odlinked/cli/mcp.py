"""`mcp`: the catalogue as tools for an assistant on this machine."""

from __future__ import annotations

from pathlib import Path

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.settings import Settings
from odlinked.web import stdio


def mcp(language: str, settings: Settings, workspace: Path) -> int:
    """Answer over stdin and stdout until they are closed."""
    stdio.serve(settings, Workspace(workspace).root, language)
    return 0
