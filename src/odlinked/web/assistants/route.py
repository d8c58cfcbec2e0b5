"""`/mcp`: the tools for assistants over HTTP (Model Context Protocol, Streamable HTTP): a message by POST, its answer as JSON."""

from __future__ import annotations

from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from odlinked.cage.failures import QueryFailure
from odlinked.settings import Settings
from odlinked.web.assistants.toolbox import Toolbox
from odlinked.web.site.address import forwarded
from odlinked.web.site.problems import Problem
from odlinked.web.site.site import Site
from odlinked.web.sparql import protocol

PATH: Final = "/mcp"
MOST: Final = protocol.MAX_BODY
"""Most bytes of a message: a query as long as any may be."""

_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_REFUSED: Final = {403: "origin", 421: "host"}
_AGAIN: Final = 5


class _Endpoint:
    """Answers messages; the toolbox is made with the first of them."""

    def __init__(self, app: Flask, site: Site) -> None:
        self._app, self._site = app, site
        self._hosts, self._origins = known_hosts(site.settings)

    @cached_property
    def _toolbox(self) -> Toolbox:
        return Toolbox(self._app)

    def answer(self) -> Response:
        """Answer the message of the current request; raise `Problem` for what is none."""
        if request.mimetype != "application/json":
            raise Problem(415, "message", facts={"why": ""})
        body = _body()
        from odlinked.web.assistants import server

        server.quiet()
        hosts = [*self._hosts, *known_hosts(self._site.settings, self._site.base())[0]]
        message = server.HttpMessage(self._headers(), body)
        language = self._site.place().language
        found = server.exchange(self._toolbox, message, PATH, language, hosts, self._origins)
        if found.status in _REFUSED:
            raise Problem(found.status, _REFUSED[found.status])
        response = Response(found.body, found.status)
        for name, value in found.headers:
            if name.lower() in (b"content-type", b"allow"):
                response.headers[name.decode("latin-1")] = value.decode("latin-1")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the request as ASGI has them; the host is the one that a proxy of ours states."""
        stated = forwarded(request.environ, self._site.settings.serve.proxies)[1]
        found = {name.lower(): value for name, value in request.headers.items()} | ({"host": stated} if stated else {})
        lower = {"host", "origin"}
        return [(name.encode("latin-1"), (value.lower() if name in lower else value).encode("latin-1", "replace"))
                for name, value in found.items()]


def known_hosts(settings: Settings, base: str = "") -> tuple[list[str], list[str]]:
    """Return the hosts and the origins that a request may state: those of the settings, of the catalogue's base, and loopback.

    A host ending in `:*` stands for every port. A page of another origin is not let in, whatever name it found us under.
    """
    named = [settings.serve.public_url, settings.catalog.base, base]
    hosts = {urlsplit(one).netloc.lower() for one in named if one} | {one.lower() for one in settings.serve.hosts}
    hosts |= {f"{one}:*" for one in hosts if ":" not in one.rpartition("]")[2]}
    hosts |= {entry for one in _LOOPBACK for entry in (one, f"{one}:*")}
    return sorted(hosts), sorted(f"{scheme}://{one}" for one in hosts for scheme in ("http", "https"))


def install(app: Flask, site: Site) -> None:
    """Add the address."""
    endpoint = _Endpoint(app, site)

    @app.post(PATH)
    def mcp() -> Response:
        return endpoint.answer()


def _body() -> bytes:
    """Return the message; raise `Problem` (408, 413, 400, 503) where it did not come in."""
    request.max_content_length = MOST
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as problem:
        raise Problem(413, "large") from problem
    except QueryFailure as problem:  # the server says why
        if problem.status == 503:
            raise Problem(503, "busy", retry_after=_AGAIN) from problem
        raise Problem(408 if isinstance(problem, protocol.SlowBody) else 400, "message", facts={"why": problem.why}) from problem
