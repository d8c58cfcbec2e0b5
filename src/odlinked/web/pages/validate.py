"""`/validate`: a person drops a file and sees what is wrong with it, a program sends one and gets the report; nothing is kept.

The report is that of `odlinked validate`. The file is checked in a process of its own (`odlinked.validation.process`): nothing of
it is read in this one but the form it was sent in.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from odlinked.cage.failures import Gone, QueryFailure
from odlinked.validation import process
from odlinked.validation.process import CheckedUpload, NotChecked, Upload
from odlinked.web.http.gate import ClientLimiter
from odlinked.web.http.negotiation import choose
from odlinked.web.pages.findings import FORMATS
from odlinked.web.site.problems import Problem, not_found
from odlinked.web.site.resources import shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.sparql import protocol

PATH: Final = "/validate"
METHODS: Final = "GET, HEAD, POST, OPTIONS"
HTML: Final = "html"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORTS: Final = {**FORMATS, "txt": ("text", "text/plain; charset=utf-8"), "xlsx": (process.WORKBOOK, XLSX)}
"""Name in `format=` -> style of the report and media type; `html` is the page."""

BODIES: Final = {
    XLSX: "xlsx", "text/csv": "csv", "text/tab-separated-values": "tsv", "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.spreadsheet": "ods", "application/json": "json", "text/turtle": "ttl",
    "application/ld+json": "jsonld", "application/rdf+xml": "rdf", "application/n-triples": "nt", "application/n-quads": "nq",
    "application/trig": "trig", "application/octet-stream": "",
}
"""Media type of a file sent as the body itself -> its suffix; a body of bytes has it in the parameter `name`."""

_TYPES: Final = {f".{suffix}": media_type for media_type, suffix in BODIES.items() if suffix}

FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
LARGEST_LINK: Final = 6_000_000
"""Most bytes of a marked workbook that is part of the page; a larger one is had by sending the file again, for `xlsx`."""

_WAITING: Final = 4
"""Files that may wait for each that is checked."""

_PATIENCE: Final = 10.0
"""Seconds a file waits for its turn."""

_AGAIN: Final = 15
_STATUS: Final = {"time": 422, "memory": 422, "result": 422, "refused": 422, "broken": 500}
_ENVELOPE: Final = 1 << 20
"""Bytes of a form besides the file."""


def largest(megabytes: int) -> int:
    """Return the most bytes of a body for files of so many megabytes."""
    return (megabytes << 20) + _ENVELOPE


def install(app: Flask, site: Site) -> None:
    """Add the page; `serve.upload_workers = 0` leaves it out."""
    caps = site.settings.serve
    turns = threading.BoundedSemaphore(caps.upload_workers or 1)
    app.extensions["odlinked.bodies"] = {PATH: largest(caps.upload_mb)}
    gate = ClientLimiter(_WAITING * caps.upload_workers, _WAITING)

    @app.route(PATH, methods=["GET", "POST"])
    def validate() -> Response:
        if not caps.upload_workers:
            raise not_found()
        if request.method != "POST":
            return _empty(site)
        name = _format()
        client = protocol.caller(request)
        upload = _upload(caps.upload_mb)
        if not gate.enter(client.address):
            raise Problem(503, "validate_busy", retry_after=_AGAIN)
        try:
            if not turns.acquire(timeout=_PATIENCE):
                raise Problem(503, "validate_busy", retry_after=_AGAIN)
            try:
                style = REPORTS[name][0] if name != HTML else process.PAGE
                found = process.check(upload, style, site.place().language, site.settings, client.abortable)
            finally:
                turns.release()
        except NotChecked as problem:
            if problem.reason == "full":
                raise Problem(503, "full", retry_after=60) from problem
            facts = {"seconds": caps.upload_seconds, "size": caps.upload_memory_mb, "file": upload.name,
                     "why": problem.said.get(site.place().language) or problem.why}
            raise Problem(_STATUS.get(problem.reason, 500), f"validate_{problem.reason}", facts=dict(facts)) from problem
        except Gone:
            return Response(status=Gone.status)
        finally:
            gate.leave(client.address)
        return _page(site, upload, found) if name == HTML else _report(site, upload, found, name)


def _format() -> str:
    """Return the format asked for: that of `format=`, in the address or the form, else of the Accept header."""
    named = request.args.get("format", "")
    if not named and request.mimetype in FORMS:
        with suppress(RequestEntityTooLarge):
            _limit()
            named = request.form.get("format", "")
    if named:
        known = next((key for key, (style, _) in REPORTS.items() if named.lower() in (key, style)), "")
        if not known and named.lower() != HTML:
            raise Problem(400, "validate_format", facts={"formats": ", ".join((HTML, *REPORTS))})
        return known or HTML
    types = {media_type.partition(";")[0]: key for key, (_, media_type) in REPORTS.items()}
    # Who takes anything is a program: browsers name HTML.
    first = ("application/json", "text/html")
    found = choose(request.headers.get("Accept"), (*first, *(one for one in types if one not in first)))
    if found is None:
        raise Problem(406, "unacceptable", extra={"alternatives": [{"type": one, "href": f"{PATH}?format={key}"}
                                                                   for one, key in types.items()]})
    return types.get(found, HTML)


def _limit(megabytes: int = 0) -> None:
    """Set how much of a form is read: werkzeug keeps the file in a temporary one that has no name."""
    if megabytes:
        request.max_content_length = largest(megabytes)
    request.max_form_memory_size = 2 << 20


def _upload(megabytes: int) -> Upload:
    """Return what was sent: a file of the form, a table pasted into it, or the body itself; raise `Problem` (400, 413, 415)."""
    too_large = Problem(413, "validate_large", facts={"size": megabytes})
    _limit(megabytes)
    try:
        if request.mimetype in FORMS:
            sent, pasted = request.files.get("file"), request.form.get("table", "")
            if sent is not None and sent.filename:
                upload = Upload.of(sent.filename, sent.stream.read((megabytes << 20) + 1))
            else:
                upload = Upload.of("table", pasted.strip("\r\n").encode("utf-8", "replace") if pasted.strip() else b"")
        elif request.mimetype in BODIES:
            suffix = BODIES[request.mimetype]
            upload = Upload.of(request.args.get("name") or f"file.{suffix}".rstrip("."), request.get_data(cache=False))
        else:
            known = ", ".join((*FORMS, *BODIES))
            raise Problem(415, "validate_type", facts={"types": known}, extra={"known": [*FORMS, *BODIES]})
    except RequestEntityTooLarge as problem:
        raise too_large from problem
    except QueryFailure as problem:  # the body did not come in: the server says why
        if isinstance(problem, protocol.SlowBody):
            raise Problem(408, "validate_slow") from problem
        if problem.status == 503:
            raise Problem(503, "validate_busy", retry_after=_AGAIN) from problem
        raise Problem(400, "validate_cut") from problem
    if len(upload.content) > megabytes << 20:
        raise too_large
    if not upload.content:
        raise Problem(400, "validate_nothing")
    return upload


def _headers(site: Site, response: Response) -> Response:
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Content-Language"] = site.place().language
    response.headers["Cache-Control"] = "no-store"
    return response


def _empty(site: Site) -> Response:
    """Return the page before anything was dropped."""
    response = Response(_rendered(site), mimetype="text/html")
    _headers(site, response).headers["Cache-Control"] = "no-cache"
    response.set_etag(tag(response.get_data()).strip('"'))
    response.last_modified = shown_since(site)
    response.make_conditional(request)
    return response


def _page(site: Site, upload: Upload, found: CheckedUpload) -> Response:
    link = _link(found.workbook, LARGEST_LINK)
    mended = _link(found.mended, LARGEST_LINK - len(found.workbook), _TYPES.get(found.suffix, "application/octet-stream"))
    body = _rendered(site, file=upload.name, found=found.page, marked=link, marked_name=_name(upload, "marked", ".xlsx"),
                     mended=mended, mended_name=_name(upload, "mended", found.suffix), is_workbook=found.suffix != ".json",
                     is_marked=found.suffix == ".xlsx", cells=found.cells, unmarked=found.unmarked,
                     larger=bool(found.workbook) and not link)
    return _headers(site, Response(body, mimetype="text/html"))


def _link(file: bytes, most: int, media_type: str = XLSX) -> str:
    """Return a file as an address that needs nothing of the server, "" for none and for one that is too large."""
    return f"data:{media_type};base64,{b64encode(file).decode()}" if file and len(file) <= most else ""


def _rendered(site: Site, **facts: Any) -> str:
    place = site.place()
    nothing: dict[str, Any] = {"file": "", "found": None, "marked": "", "marked_name": "", "unmarked": {}, "larger": False,
                               "mended": "", "mended_name": "", "is_workbook": True, "is_marked": True, "cells": 0}
    return site.render("validate.html", place, path=PATH, caps=site.settings.serve, formats=tuple(REPORTS),
                       other="en" if place.language == "zh-Hant" else "zh-Hant", **(nothing | facts))


def _report(site: Site, upload: Upload, found: CheckedUpload, name: str) -> Response:
    """Answer with the report in a format, or with the marked workbook."""
    if name == process.WORKBOOK:
        if not found.workbook:
            raise Problem(422, "validate_unmarked", facts={"why": found.unmarked.get(site.place().language, "")})
        response = Response(found.workbook, content_type=XLSX)
        named = quote(_name(upload, "marked", ".xlsx"), safe="")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{named}"
        return _headers(site, response)
    return _headers(site, Response(found.report, content_type=REPORTS[name][1]))


def _name(upload: Upload, how: str, suffix: str) -> str:
    """Return the name under which a marked or mended file is saved: never that of the submitted file."""
    return f"{upload.name.rpartition('.')[0] or upload.name}-{how}{suffix}"
