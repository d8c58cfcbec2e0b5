"""`/api/3/action/…`: the CKAN action API, reading, so that what harvests or lists a CKAN site reads this catalogue unchanged.

By GET with a query string or by POST with JSON, as CKAN takes both. Errors have CKAN's shapes. Actions that write are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask, Response, request

from odlinked.web.http.cache import Rendered
from odlinked.web.pages.ckan_actions import Actions
from odlinked.web.pages.ckan_parameters import Invalid, Missing
from odlinked.web.pages.ckan_search import SearchQueryRefused
from odlinked.web.site.problems import Problem
from odlinked.web.site.resources import send, tag
from odlinked.web.site.site import Site

PATHS: Final = ("/api/3/action/<name>", "/api/action/<name>")
METHODS: Final = "GET, HEAD, POST, OPTIONS"
LARGEST: Final = 64_000
"""Most bytes of the JSON of a request."""

_WRITING: Final = ("_create", "_update", "_patch", "_delete", "_purge", "_upsert", "_revise", "_invite", "_chained")


def install(app: Flask, site: Site) -> None:
    """Add the actions."""
    for path in PATHS:
        app.add_url_rule(path, path, lambda name: _answer(site, name), methods=["GET", "POST"])


def is_action(path: str) -> bool:
    """Whether a path is an action's, which takes POST for reading, too."""
    return path.startswith(("/api/3/action/", "/api/action/"))


def _answer(site: Site, name: str) -> Response:
    actions = Actions(site)
    action = actions.known.get(name)
    if name.endswith(_WRITING):
        return _failed(403, "Authorization Error", message="Access denied: this catalogue is read only")
    if action is None:
        return _json(400, f"Bad request - Action name not known: {name[:60]}")
    try:
        given = _given()
    except ValueError as problem:
        return _json(400, f"Bad request - JSON Error: {problem}")
    try:
        # Made each time: what it needs of the whole catalogue is kept with the release, and there are too many to keep each.
        rendered = _made(site, name, action, given)
    except Missing:
        return _failed(404, "Not Found Error", message="Not found")
    except Invalid as problem:
        return _failed(409, "Validation Error", **{problem.field: [problem.why]})
    except SearchQueryRefused as problem:
        return _failed(400, "Search Query Error", message=f"Search Query is invalid: {problem}")
    response = send(rendered, vary="Accept-Language")
    if request.method == "POST":
        del response.headers["ETag"], response.headers["Last-Modified"]
    return response


def _given() -> dict[str, Any]:
    """Return the parameters: of the JSON of a POST, else of the address; raise `ValueError` for what is no JSON object."""
    if request.method != "POST":
        return dict(request.args.items())
    request.max_content_length = LARGEST
    if (request.content_length or 0) > LARGEST:
        raise Problem(413, "large")
    if request.mimetype == "application/x-www-form-urlencoded" and request.form:
        return dict(request.form.items())
    body = request.get_data(cache=False)
    try:
        found = json.loads(body or b"{}")
    except RecursionError as problem:
        raise ValueError("it is nested too deep") from problem
    json.dumps(found, ensure_ascii=False).encode()  # half a character is no text: a ValueError, too
    if not isinstance(found, dict):
        raise ValueError("Request data JSON decoded to " + json.dumps(found)[:40] + " but it needs to be a dictionary.")
    return found


def _made(site: Site, name: str, action: Callable[[Mapping[str, Any]], Any], given: Mapping[str, Any]) -> Rendered:
    place = site.place()
    result = action(given)
    body = _dumped({"help": f"{place.absolute('/api/3/action/help_show')}?name={name}", "success": True, "result": result})
    return Rendered(body, "application/json;charset=utf-8", tag(body), site.release.created, language=place.language)


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _failed(status: int, kind: str, **facts: object) -> Response:
    help_ = request.base_url if request.host_url else request.path
    return _json(status, {"help": help_, "success": False, "error": {"__type": kind, **facts}})


def _json(status: int, value: object) -> Response:
    return _raw(status, _dumped(value))


def _raw(status: int, body: bytes) -> Response:
    response = Response(body, status, content_type="application/json;charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
