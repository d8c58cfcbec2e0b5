"""Errors reported to machines as problem details (RFC 9457) and to people as a page."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from odlinked.catalog.keeping import damage
from odlinked.errors import WorkspaceError
from odlinked.web.http import negotiation
from odlinked.web.site.site import Site

_PAGE_TYPES = ("application/problem+json", "text/html", "application/json")
_log = logging.getLogger("odlinked.web")


class Problem(Exception):
    """A request that cannot be answered.

    `status` is the HTTP status, `key` names its texts (`problem.<key>.title` and `.text`), `facts` fill the texts, `extra` are
    further members of the problem object, `links` the value of a Link header, `retry_after` the seconds to wait (0: not stated).
    """

    def __init__(self, status: int, key: str, *, facts: dict[str, object] | None = None,
                 extra: dict[str, object] | None = None, links: str = "", retry_after: int = 0) -> None:
        super().__init__(key)
        self.retry_after = retry_after
        self.status, self.key, self.links = status, key, links
        self.facts, self.extra = facts or {}, extra or {}


def not_found(kind: str = "page") -> Problem:
    """Return the problem of a path that names nothing; `kind` selects the texts."""
    return Problem(404, f"missing_{kind}")


def install(app: Flask, site: Site) -> None:
    """Let the application handle problems, HTTP errors, an unpublished workspace and failures in one way."""

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return answer(site, error)

    @app.errorhandler(WorkspaceError)
    def unavailable(error: WorkspaceError) -> Response:
        try:
            site.releases.current()
        except WorkspaceError:
            _log.warning("%s", error)
            return answer(site, Problem(503, "unpublished", retry_after=30))
        _log.error("answering %s %r failed: %s", request.method, request.path, error)
        return answer(site, Problem(500, "failed"))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        known = {400: "bad", 404: "missing_page", 405: "method", 413: "large", 414: "long"}
        response = answer(site, Problem(status, known.get(status, "other")))
        for name, value in error.get_headers():
            if name.lower() in ("allow", "retry-after", "location"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def failure(error: Exception) -> Response:
        if why := damage.no_room(error):
            _log.error("answering %s %r failed: %s", request.method, request.path, why)
            return answer(site, Problem(503, "full", retry_after=60))
        _log.error("answering %s %r failed", request.method, request.path, exc_info=error)
        return answer(site, Problem(500, "failed"))


def answer(site: Site, problem: Problem) -> Response:
    """Return a problem as a page where the client prefers HTML, else as problem+json."""
    place = site.place()
    words = site.words.into(place.language)
    title = words(f"problem.{problem.key}.title", **problem.facts)
    text = words(f"problem.{problem.key}.text", **problem.facts)
    chosen = negotiation.choose(request.headers.get("Accept"), _PAGE_TYPES) or _PAGE_TYPES[0]
    if chosen == "text/html":
        body = site.render("problem.html", place, problem=problem, title=title, text=text)
        response = Response(body, problem.status, mimetype="text/html")
    else:
        response = Response(_details(problem, title, text), problem.status, mimetype="application/problem+json")
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Content-Language"] = place.language
    response.headers["Cache-Control"] = "no-store" if problem.status >= 500 else "no-cache"
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.links:
        response.headers["Link"] = problem.links
    return response


def _details(problem: Problem, title: str, text: str) -> str:
    """Return the problem object: `about:blank` as type, so `title` is the status phrase (RFC 9457, section 4.2.1)."""
    details: dict[str, Any] = {
        "type": "about:blank", "title": HTTPStatus(problem.status).phrase, "status": problem.status,
        "detail": f"{title}: {text}", "instance": request.path, **problem.extra,
    }
    return json.dumps(details, ensure_ascii=False, indent=1)
