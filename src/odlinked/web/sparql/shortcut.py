"""Queries of programs answered before the web framework is asked: it would take longer than most of them.

Only a query by GET from a program goes this way. Whatever else comes of it than a result held in memory (a failure, a large
result in its file) is handed to the application as an `Outcome`, which tells it as it tells all others; nothing is asked twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from odlinked.cage.jobs import StoreView
from odlinked.web.http import cors
from odlinked.web.http.metrics import Counted
from odlinked.web.http.replay import COUNTED, KEPT
from odlinked.web.sparql import protocol
from odlinked.web.sparql.replies import OUTCOME, Outcome

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from odlinked.web.sparql.endpoint import Service


class Shortcut:
    """The WSGI application before the application."""

    def __init__(self, application: WSGIApplication, service: Service, opened: Callable[[], tuple[Hashable, StoreView]],
                 headers: Mapping[str, str], counted: Counted | None = None) -> None:
        """`opened` returns the edition that is served and its store; `headers` are those of every answer."""
        self._application, self._service, self._opened, self._counted = application, service, opened, counted
        self._headers = [*{**headers, **cors.OPEN}.items()]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if (environ["PATH_INFO"] != self._service.path or environ["REQUEST_METHOD"] != "GET" or "HTTP_IF_NONE_MATCH" in environ
                or "html" in environ.get("HTTP_ACCEPT", "").lower()):
            return self._application(environ, start)
        began = time.perf_counter()
        found = self._asked(environ)
        if found is None or isinstance(found.of, Exception) or found.of.spooled is not None:
            environ[OUTCOME] = found
            return self._application(environ, start)
        reply = found.of
        if self._counted:
            self._counted(reply.status, time.perf_counter() - began)
            environ[COUNTED] = partial(self._counted, reply.status, 0.0)
        start("200 OK", [*reply.headers.items(), ("Content-Length", str(len(reply.body))), *self._headers])
        return (reply.body,)

    def _asked(self, environ: WSGIEnvironment) -> Outcome | None:
        """Return what came of the query of a request, None where it has none."""
        query = ""
        try:
            wanted = protocol.asked(environ["QUERY_STRING"].encode("latin-1"))
            if wanted.query is None:
                return None
            query = wanted.query
            edition, view = self._opened()
            caller = protocol.client(environ)
            inspection = self._service.reader.inspect(query, caller)
            reply = self._service.reply(wanted, inspection, view, caller, environ.get("HTTP_ACCEPT"))
        except Exception as failure:  # whatever it is, the application tells it
            return Outcome(query, failure)
        if not inspection.volatile:
            environ[KEPT] = edition
        return Outcome(query, reply)
