"""`/reconcile`: the codes and organisations of the catalogue as a Reconciliation Service (API 0.2), which OpenRefine speaks."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from odlinked.cage.failures import QueryFailure
from odlinked.folding import fold
from odlinked.namespaces import SKOS
from odlinked.search.candidates import LONGEST
from odlinked.search.things import KnownThing
from odlinked.version import __version__
from odlinked.web.pages import reconciliation
from odlinked.web.pages.reconciliation import PROPERTIES, Reconciler
from odlinked.web.site.problems import Problem, not_found
from odlinked.web.site.site import Site
from odlinked.web.sparql import protocol

PATH: Final = "/reconcile"
METHODS: Final = "GET, HEAD, POST, OPTIONS"
FIELDS: Final = ("queries", "extend")
"""What is sent by GET or in a form by POST."""

_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$.]{0,127}", re.ASCII)
_FRAMED: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""The policy of a preview, which clients show in a frame."""

_WIDTH, _HEIGHT = 420, 220
_AGAIN: Final = 5
_MOST_SHOWN: Final = 20


def install(app: Flask, site: Site) -> None:
    """Add the service."""

    def speaker() -> Reconciler:
        return Reconciler(site, site.place().language)

    @app.route(PATH, methods=["GET", "POST"])
    def reconcile() -> Response:
        given = _given()
        if "queries" in given:
            batch = reconciliation.queries(given["queries"])
            return _answer(speaker().answers(batch))
        if "extend" in given:
            return _answer(speaker().extension(given["extend"]))
        return _answer(manifest(site, speaker()))

    @app.get(f"{PATH}/suggest/<any(entity, type, property):what>")
    def suggest(what: str) -> Response:
        prefix = request.args.get("prefix", "")[:LONGEST]
        start = request.args.get("cursor", "0")
        first = int(start) if start.isdecimal() and len(start) < 6 else 0
        return _answer({"result": _suggested(speaker(), what, prefix)[first:first + _MOST_SHOWN]})

    @app.get(f"{PATH}/flyout/<any(entity, type, property):what>")
    def flyout(what: str) -> Response:
        iri, one = request.args.get("id", ""), speaker()
        if what == "entity":
            return _answer({"id": iri, "html": _preview(site, one, _known(one, iri), whole=False)})
        names = one.types() if what == "type" else {pid: one.property_name(pid) for pid in PROPERTIES}
        if iri not in names:
            raise not_found("page")
        return _answer({"id": iri, "html": site.render("reconcile_word.html", site.place(), name=names[iri], iri=iri,
                                                       text=site.vocabulary.text(iri, SKOS + "definition", one.language))})

    @app.get(f"{PATH}/preview")
    def preview() -> Response:
        one = speaker()
        body = _preview(site, one, _known(one, request.args.get("id", "")), whole=True)
        response = Response(body, mimetype="text/html")
        response.headers.update({"Content-Security-Policy": _FRAMED, "Cache-Control": "no-cache", "Vary": "Accept-Language",
                                 "Content-Language": one.language})
        return response

    @app.get(f"{PATH}/view")
    def view() -> Response:
        found = _known(speaker(), request.args.get("id", ""))
        path = site.vocabulary.path(found.iri) or site.place().path_of(found.iri)
        return Response("", 303, {"Location": site.place().to(path) if path else found.iri}, mimetype="text/plain")

    @app.get(f"{PATH}/properties")
    def properties() -> Response:
        one, kind = speaker(), request.args.get("type", "")
        listed = [{"id": pid, "name": one.property_name(pid)} for pid in PROPERTIES]
        return _answer({"type": kind, "properties": listed} if kind else {"properties": listed})


def manifest(site: Site, one: Reconciler) -> dict[str, Any]:
    """Return the service manifest (section 3.1): what the service offers, and where."""
    place = site.place()

    def at(path: str) -> str:
        return place.absolute(PATH + path)

    by_id = "?id={{id}}"
    suggests = {what: {"service_url": place.absolute(PATH), "service_path": f"/suggest/{what}",
                       "flyout_service_url": place.absolute(PATH), "flyout_service_path": f"/flyout/{what}?id=${{id}}"}
                for what in ("entity", "type", "property")}
    return {
        "versions": ["0.2"], "name": site.name(place.language), "serviceVersion": __version__,
        "identifierSpace": place.base + "/id/", "schemaSpace": SKOS + "Concept",
        "documentation": place.absolute("/developers"),
        "defaultTypes": [{"id": iri, "name": name} for iri, name in one.types().items()],
        "view": {"url": at("/view") + by_id},
        "preview": {"url": at("/preview") + by_id, "width": _WIDTH, "height": _HEIGHT},
        "suggest": suggests,
        "extend": {"propose_properties": {"service_url": place.absolute(PATH), "service_path": "/properties"},
                   "property_settings": []},
        "batchSize": reconciliation.MOST_QUERIES,
    }


def _given() -> dict[str, str]:
    """Return what was sent: parameters of the address, else fields of a form; raise `Problem` for a body that did not come."""
    if request.method != "POST":
        return {name: request.args[name] for name in FIELDS if name in request.args}
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise Problem(415, "reconcile_form")
    request.max_content_length = protocol.MAX_BODY
    request.max_form_memory_size = protocol.MAX_BODY
    try:
        return {name: request.form[name] for name in FIELDS if name in request.form} or {
            name: request.args[name] for name in FIELDS if name in request.args}
    except RequestEntityTooLarge as problem:
        raise Problem(413, "large") from problem
    except QueryFailure as problem:  # the server says why
        if problem.status == 503:
            raise Problem(503, "validate_busy", retry_after=_AGAIN) from problem
        status = 408 if isinstance(problem, protocol.SlowBody) else 400
        raise Problem(status, "reconcile_cut", facts={"why": problem.why}) from problem


def _answer(content: dict[str, Any]) -> Response:
    """Return an answer as JSON, or as a script that calls the function named by `callback` (JSONP)."""
    body, callback = json.dumps(content, ensure_ascii=False, separators=(",", ":")), request.args.get("callback", "")
    media_type = "application/json"
    if callback and request.method != "POST":
        if not _CALLBACK.fullmatch(callback):
            raise Problem(400, "reconcile_callback")
        # A comment first: the answer can then not begin with bytes that the one who asks has chosen. Two separators end lines
        # in old scripts.
        body = "/**/" + callback + "(" + body.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + ");"
        media_type = "text/javascript"
    response = Response(body, content_type=f"{media_type}; charset=utf-8" if callback else media_type)
    response.headers.update({"Cache-Control": "no-cache", "Vary": "Accept-Language"})
    return response


def _suggested(one: Reconciler, what: str, prefix: str) -> list[dict[str, Any]]:
    if what == "entity":
        return [one.entity(found) for found in one.index.beginning(prefix, (), 10 * _MOST_SHOWN)]
    names = one.types() if what == "type" else {pid: one.property_name(pid) for pid in PROPERTIES}
    wanted = fold(prefix)
    return [{"id": iri, "name": name} for iri, name in names.items()
            if wanted in fold(name) or wanted in fold(iri)]


def _known(one: Reconciler, iri: str) -> KnownThing:
    found = one.index.things.get(iri)
    if found is None:
        raise not_found("code")
    return found


def _preview(site: Site, one: Reconciler, thing: KnownThing, *, whole: bool) -> str:
    above = [one.index.things[iri].name(one.language) for iri in thing.above if iri in one.index.things]
    others = [text for text, how, _ in thing.called if how != "code" and text != thing.name(one.language)]
    return site.render("reconcile_preview.html", site.place(), thing=thing, name=thing.name(one.language), above=above,
                       others=others[:12], kind=one.entity(thing)["type"][0]["name"], text=one.definition(thing), whole=whole)
