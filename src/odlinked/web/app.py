"""The application: every route, the responses to problems, and the headers of each response."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, request

from odlinked.assets import Assets
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.version import __version__
from odlinked.web.assistants import route as assistants
from odlinked.web.charts.outlines import Outlines
from odlinked.web.http import cors, metrics
from odlinked.web.http.policy import NO_SCRIPT
from odlinked.web.pages import (
    api,
    atom,
    catalogue,
    citations,
    ckan,
    compare,
    developers,
    directory,
    event_feed,
    feeds,
    findings,
    history,
    home,
    quality,
    query,
    query_editor,
    questions,
    reconcile,
    records,
    requests,
    row_questions,
    rows,
    sources,
    terms,
    themes,
)
from odlinked.web.pages import validate as validating
from odlinked.web.site import address, former_addresses, problems, site, static_files
from odlinked.web.site.problems import Problem
from odlinked.web.sparql.shortcut import Shortcut

LONGEST_QUERY = 4_000
LONGEST_PATH = 2_000

HEADERS = {
    "Content-Security-Policy": NO_SCRIPT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "interest-cohort=(), geolocation=(), camera=(), microphone=()",
}
"""What every response tells browsers, unless it says otherwise itself, as the query page does: nothing from other hosts, no
script, no frame, no referrer."""


_METHODS = {validating.PATH: validating.METHODS, assistants.PATH: assistants.METHODS, reconcile.PATH: reconcile.METHODS}
"""Addresses that take other methods than those of readers."""

_LONG = ("/sparql", reconcile.PATH)
"""Addresses whose parameters may be long: they have caps of their own."""


def create(releases: Releases, settings: Settings, assets: Assets | None = None, *, editor: Path | None = site.EDITOR,
           outlines: Path | None = site.OUTLINES) -> Flask:
    """Return the WSGI application over a workspace's releases; raise `AssetError` for invalid assets.

    `editor` is the built script of the query page: where there is no such file, the page is its plain form. `outlines` is what
    maps are drawn on: where there is no such file, values of counties stand in a table alone.
    """
    app = Flask("odlinked", static_folder=None, template_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    web = site.build(releases, settings, assets or Assets(settings.overlays), site.script(editor),
                     Outlines.read(outlines))

    app.extensions["odlinked.releases"] = releases
    app.extensions["odlinked.site"] = web

    @app.before_request
    def preflight() -> Response | None:
        is_preflight = request.method == "OPTIONS" and request.path != "/sparql"
        methods = ckan.METHODS if ckan.is_action(request.path) else _METHODS.get(request.path.rstrip("/"), cors.READERS)
        return Response(status=204, headers=cors.preflight(methods)) if is_preflight else None

    @app.before_request
    def caps() -> None:
        if len(request.path) > LONGEST_PATH or (len(request.query_string) > LONGEST_QUERY and request.path not in _LONG):
            raise Problem(414, "long")

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.update(cors.OPEN)
        return response

    parts = (former_addresses, problems, home, rows, row_questions, records, directory, findings, quality, catalogue, terms,
             feeds, query, query_editor, questions, validating, static_files, api, developers, themes, sources, requests,
             citations, compare, history, ckan, event_feed, atom, assistants, reconcile)
    for part in parts:
        part.install(app, web)
    service = app.extensions["odlinked.sparql"]
    lanes = service.lanes
    counted = metrics.install(app, settings.serve.metrics, __version__, {
        "light_queries_waiting": ("Queries that wait for a place among the short ones", lambda: lanes.light.waiting),
        "heavy_queries_waiting": ("Queries that wait for a place among the long ones", lambda: lanes.heavy.waiting),
        "kept_page_bytes": ("Bytes of pages that are kept", lambda: web.pages.held),
        "kept_answer_bytes": ("Bytes of answers to queries that are kept", lambda: service.kept.held),
        "spooled_bytes": ("Bytes of long answers that are being read", lambda: lanes.spooled),
    })
    if not settings.catalog.former_bases:  # requests under one of them are led on
        app.wsgi_app = Shortcut(app.wsgi_app, service, lambda: query.opened(web), HEADERS,  # type: ignore[assignment, method-assign]
                                counted(service.path) if counted else None)
    app.wsgi_app = address.behind_proxy(app.wsgi_app, settings.serve.proxies)  # type: ignore[assignment, method-assign]
    return app
