"""`/openapi.json` describes the service for programs, `/api` the same for people; both are made of one description."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response

from odlinked.web.http.cache import Rendered
from odlinked.web.pages.openapi import Describer
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site


def install(app: Flask, site: Site) -> None:
    """Add the description and its page."""

    def described(language: str) -> dict[str, Any]:
        return Describer(app, site, app.extensions["odlinked.questions"], language).document(site.place().absolute("") or "/")

    @app.get("/openapi.json")
    def openapi() -> Response:
        place = site.place()

        def make() -> Rendered:
            body = json.dumps(described(place.language), ensure_ascii=False).encode()
            return Rendered(body, "application/json", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/openapi.json", place), make), vary="Accept-Language")

    @app.get("/api")
    def api() -> Response:
        place = site.place()

        def make() -> Rendered:
            body = site.render("api.html", place, path="/api", api=described(place.language)).encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/api", place), make), vary="Accept-Language")
