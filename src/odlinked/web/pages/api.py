"""`/openapi.json` describes the service for programs, `/api` the same for people; both are made of one description."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from flask import Flask, Response

from odlinked.errors import WorkspaceError
from odlinked.web.http.cache import Rendered
from odlinked.web.pages.openapi import Describer
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site


def _release(site: Site) -> tuple[str, str]:
    """Return what the description is kept for: it names the organisations of the release."""
    with suppress(WorkspaceError):
        return site.release.identity
    return "", ""


def install(app: Flask, site: Site) -> None:
    """Add the description and its page."""

    def described(language: str) -> dict[str, Any]:
        return Describer(app, site, app.extensions["odlinked.questions"], language).document(site.place().absolute("") or "/")

    @app.get("/openapi.json")
    def openapi() -> Response:
        place = site.place()
        key = (_release(site), "/openapi.json", place)
        rendered = site.cache.get(key)
        if rendered is None:
            body = json.dumps(described(place.language), ensure_ascii=False).encode()
            rendered = Rendered(body, "application/json", tag(body), shown_since(site), language=place.language)
            site.cache.put(key, rendered)
        return send(rendered, vary="Accept-Language")

    @app.get("/api")
    def api() -> Response:
        place = site.place()
        key = (_release(site), "/api", place)
        rendered = site.cache.get(key)
        if rendered is None:
            body = site.render("api.html", place, path="/api", api=described(place.language)).encode()
            rendered = Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)
            site.cache.put(key, rendered)
        return send(rendered, vary="Accept-Language")
