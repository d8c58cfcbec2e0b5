"""Queries of programs answered before the web framework is asked: it would take longer than most of them.

Only a query by GET from a program goes this way. Whatever else comes of it than a result held in memory (a failure, a large
result in its file) is handed to the application as an `Outcome`, which tells it as it tells all others; nothing is asked twice.
A short text is read and its answer awaited in the event loop (`soon`): to give it to a thread and back would take longer. What
takes longer there goes on in a thread from where it is (`UNDERWAY`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from odlinked.cage.jobs import CALLS_STR, StoreView
from odlinked.cage.query_run import QueryRun
from odlinked.web.http import cors
from odlinked.web.http.metrics import Counted
from odlinked.web.http.replay import COUNTED, KEPT
from odlinked.web.sparql import protocol
from odlinked.web.sparql.replies import OUTCOME, Asked, Outcome, QueryReply, Told

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from odlinked.cage.tokenizer import Inspection
    from odlinked.web.sparql.endpoint import Service

UNDERWAY: Final = "odlinked.underway"
"""Where the WSGI environment holds an `_Underway`, which a thread is to go on with."""

SHORT: Final = 6_000
"""Longest query string of a request that is read in the event loop: well below a millisecond."""

_SEARCH: Final = ("matches", "\\")
"""What a text has in it that may search the full text, which takes longer."""


class _Underway(NamedTuple):
    """A query on its way: its text, how it goes on, what was asked."""

    query: str
    run: QueryRun
    asked: Asked


class Shortcut:
    """The WSGI application before the application."""

    def __init__(self, application: WSGIApplication, service: Service, opened: Callable[[], tuple[Hashable, StoreView]],
                 held: Callable[[], tuple[Hashable, StoreView] | None], headers: Mapping[str, str],
                 counted: Counted | None = None, believe: Callable[[WSGIEnvironment], object] | None = None) -> None:
        """`opened` returns the edition that is served and its store, `held` the same where that takes no time.

        `headers` are those of every answer; `believe` writes the client's address into the environment as proxies state it.
        """
        self._application, self._service, self._opened, self._held = application, service, opened, held
        self._counted, self._believe = counted, believe
        self._headers = [*{**headers, **cors.OPEN}.items()]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if OUTCOME in environ or not self._is_mine(environ):
            return self._application(environ, start)
        began = time.perf_counter()
        found = self._gone_on(environ) if UNDERWAY in environ else self._asked(environ)
        if found is None or isinstance(found.of, Exception) or found.of.spooled is not None:
            environ[OUTCOME] = found
            return self._application(environ, start)
        told = self._told(environ, found.of, began)
        start("200 OK", told.headers)
        return (told.body,)

    async def soon(self, environ: WSGIEnvironment) -> Told | None:
        """Answer a query in the event loop; None where a thread is to call the application with `environ`."""
        if not self._is_mine(environ) or len(environ["QUERY_STRING"]) > SHORT or self._service.mirror:
            return None
        if self._believe:
            self._believe(environ)
        began, query = time.perf_counter(), ""
        run: QueryRun | None = None
        try:
            wanted = protocol.asked(environ["QUERY_STRING"].encode("latin-1"))
            held = self._held()
            query = wanted.query or ""
            if not query or held is None or any(word in query for word in _SEARCH) or CALLS_STR.search(query):
                return None
            edition, view = held
            caller = protocol.client(environ)
            inspection = self._service.reader.inspect(query, caller)
            asked = self._service.asked(wanted, inspection, view, caller, environ.get("HTTP_ACCEPT"))
            self._keep(environ, inspection, edition)
            if isinstance(asked, QueryReply):
                return self._told(environ, asked, began)
            run = self._service.lanes.run(view, asked.job, caller)
            answer = await run.soon()
            if answer is None:
                environ[UNDERWAY], run = _Underway(query, run, asked), None
                return None
            return self._told(environ, self._service.replied(asked, answer), began)
        except Exception as failure:  # whatever it is, the application tells it
            environ.pop(KEPT, None)
            environ[OUTCOME] = Outcome(query, failure)
            return None
        finally:
            if run is not None:
                run.leave()

    def _is_mine(self, environ: WSGIEnvironment) -> bool:
        return (environ["PATH_INFO"] == self._service.path and environ["REQUEST_METHOD"] == "GET"
                and "HTTP_IF_NONE_MATCH" not in environ and "html" not in environ.get("HTTP_ACCEPT", "").lower())

    def _told(self, environ: WSGIEnvironment, reply: QueryReply, began: float) -> Told:
        if self._counted:
            self._counted(reply.status, time.perf_counter() - began)
            environ[COUNTED] = partial(self._counted, reply.status, 0.0)
        return Told([*reply.headers.items(), ("Content-Length", str(len(reply.body))), *self._headers], reply.body)

    @staticmethod
    def _keep(environ: WSGIEnvironment, inspection: Inspection, edition: Hashable) -> None:
        """Allow that an answer be given again while it is right."""
        if not inspection.volatile:
            environ[KEPT] = edition

    def _gone_on(self, environ: WSGIEnvironment) -> Outcome:
        """Return what came of a query that is on its way."""
        underway: _Underway = environ[UNDERWAY]
        try:
            return Outcome(underway.query, self._service.replied(underway.asked, self._service.lanes.go_on(underway.run)))
        except Exception as failure:
            environ.pop(KEPT, None)
            return Outcome(underway.query, failure)

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
        self._keep(environ, inspection, edition)
        return Outcome(query, reply)
