"""The style sheet, the logo and the script of the query page: a handful of files read once, cached by browsers for as long as
they are unchanged."""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

from odlinked.web.http.negotiation import takes_gzip
from odlinked.web.site.problems import not_found
from odlinked.web.site.site import EDITOR, FOLDER, Site

WORTH_PACKING: Final = 1_000
"""Bytes from which a file is sent compressed to who takes that."""

_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}


def install(app: Flask, site: Site) -> None:
    """Add the routes of static files; their links carry the version, so they may be kept for a year."""
    files = {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in (FOLDER / "static").iterdir()
             if path.suffix in _TYPES}
    if site.editor:
        files[EDITOR.name] = (site.editor, "text/javascript")
    squeezed = {name: gzip.compress(body, 9, mtime=0) for name, (body, _) in files.items() if len(body) > WORTH_PACKING}

    @app.get("/static/<name>")
    def static(name: str) -> Response:
        found = files.get(name)
        if found is None:
            raise not_found()
        body, kind = found
        packed = name in squeezed and takes_gzip(request.headers.get("Accept-Encoding"))
        response = Response(squeezed[name] if packed else body, mimetype=kind)
        if name in squeezed:
            response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        current = request.args.get("v") == site.version
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        response.set_etag(f"{site.version}-{name}" + ("-gzip" if packed else ""))
        response.make_conditional(request)
        return response

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(files["mark.svg"][0], mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
