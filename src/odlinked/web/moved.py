"""Former addresses of the catalogue lead to the present ones (`catalog.former_bases`)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from odlinked.web.site import Site


def install(app: Flask, web: Site) -> None:
    """Answer requests that came in under a former base with 301 to the same record under the base of today."""
    former = {urlsplit(base).netloc.lower(): urlsplit(base).path for base in web.settings.catalog.former_bases}
    if not former:
        return

    @app.before_request
    def lead() -> Response | None:
        root = former.get(request.host.lower())
        if root is None or not request.path.startswith(root):
            return None
        return redirect(web.base() + request.full_path.removeprefix(root).removesuffix("?"), 301)
