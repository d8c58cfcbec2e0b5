"""The style sheet and the logo: a handful of files read once, cached by browsers for as long as they are unchanged."""

from __future__ import annotations

from flask import Flask, Response, request

from odlinked.web.site.problems import not_found
from odlinked.web.site.site import FOLDER, Site

_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}


def install(app: Flask, site: Site) -> None:
    """Add the routes of static files; their links carry the version, so they may be kept for a year."""
    files = {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in (FOLDER / "static").iterdir()
             if path.suffix in _TYPES}

    @app.get("/static/<name>")
    def static(name: str) -> Response:
        found = files.get(name)
        if found is None:
            raise not_found()
        response = Response(found[0], mimetype=found[1])
        current = request.args.get("v") == site.version
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        response.set_etag(f"{site.version}-{name}")
        response.make_conditional(request)
        return response

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(files["mark.svg"][0], mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
