"""`odlinked mcp`: the tools over stdin and stdout, for an assistant on the machine that has the workspace."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from odlinked.cage.turns import Caller
from odlinked.settings import Settings
from odlinked.web.assistants.toolbox import Toolbox
from odlinked.web.server import build
from odlinked.web.sparql.protocol import CALLER


def serve(settings: Settings, workspace: Path, language: str) -> None:
    """Answer one client until it closes stdin; raise `AssetError` for invalid assets.

    A release that is published meanwhile is read from the next call on.
    """
    from odlinked.web.assistants import server

    app = build(settings, workspace, compiled=False)
    try:
        server.quiet()
        with app.test_request_context():
            toolbox = Toolbox(app)
        asyncio.run(server.over_stdio(toolbox, lambda caller: _request(app, caller, language), language))
    finally:
        app.extensions["odlinked.sparql"].close()


def _request(app: Flask, caller: Caller, language: str) -> AbstractContextManager[Any]:
    """Return a request of a reader on this machine, at the catalogue's own addresses."""
    with app.app_context():
        base = urlsplit(app.extensions["odlinked.site"].base())
    return app.test_request_context("/", base_url=f"{base.scheme}://{base.netloc}{base.path}",
                                    headers={"Accept-Language": language}, environ_overrides={CALLER: caller})
