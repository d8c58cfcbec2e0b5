"""The application: every route, the answers to problems, and the headers each answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

from odlinked.assets import Assets
from odlinked.catalog.release import Releases
from odlinked.settings import Settings
from odlinked.web.http import cors
from odlinked.web.pages import catalogue, directory, feeds, findings, home, quality, query, questions, records, terms
from odlinked.web.site import address, former_addresses, problems, site, static_files
from odlinked.web.site.problems import Problem

LONGEST_QUERY = 4_000
LONGEST_PATH = 2_000

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self';"
                               " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "interest-cohort=(), geolocation=(), camera=(), microphone=()",
}
"""What every answer says to browsers: nothing from other hosts, no script, no frame, no trace left elsewhere."""


def create(releases: Releases, settings: Settings, assets: Assets | None = None) -> Flask:
    """Return the WSGI application over a workspace's releases; raise `AssetError` for material that is wrong."""
    app = Flask("odlinked", static_folder=None, template_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    web = site.build(releases, settings, assets or Assets(settings.overlays))

    app.extensions["odlinked.releases"] = releases

    @app.before_request
    def preflight() -> Response | None:
        asks = request.method == "OPTIONS" and request.path != "/sparql"
        return Response(status=204, headers=cors.preflight()) if asks else None

    @app.before_request
    def caps() -> None:
        if len(request.path) > LONGEST_PATH or (len(request.query_string) > LONGEST_QUERY and request.path != "/sparql"):
            raise Problem(414, "long")

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.extend(HEADERS)
        response.headers.update(cors.OPEN)
        return response

    parts = (former_addresses, problems, home, records, directory, findings, quality, catalogue, terms, feeds, query, questions,
             static_files)
    for part in parts:
        part.install(app, web)
    app.wsgi_app = address.behind_proxy(app.wsgi_app, settings.serve.proxies)  # type: ignore[assignment, method-assign]
    return app
