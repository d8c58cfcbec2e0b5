"""The SPARQL service (SPARQL 1.1 Protocol and Service Description) over any Oxigraph store, in sandboxed processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Flask, Response, request
from werkzeug.http import parse_etags

from odlinked import queries
from odlinked.assets import Assets
from odlinked.cage import tokenizer
from odlinked.cage.failures import QueryFailure, Syntax
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.lanes import Lanes
from odlinked.cage.process import Answer
from odlinked.cage.turns import Caller
from odlinked.mirror.answers import MirrorAnswers
from odlinked.rdf.vocabulary import prefixes
from odlinked.settings import ServeSettings
from odlinked.version import __version__
from odlinked.web.http import cors
from odlinked.web.http.cache import Cache
from odlinked.web.site import words
from odlinked.web.sparql import failure_texts, protocol, results
from odlinked.web.sparql.prepared import PreparedAnswers
from odlinked.web.sparql.protocol import POST_TYPES, QueryRequest
from odlinked.web.sparql.replies import METHODS, OUTCOME, Outcome, Page, QueryPage, QueryReply, WrongMethod, not_acceptable
from odlinked.web.sparql.results import GRAPHS, ResultFormat
from odlinked.web.sparql.streams import Stream, Streams
from odlinked.web.sparql.texts import TextReader

__all__ = ["QueryPage", "Service", "StoreView", "mount"]

KEPT_BYTES: Final = 32_000_000
PAGE_BYTES: Final = 2_000_000
"""Largest answer that is passed to a page."""

PREFLIGHT: Final = {**cors.preflight(METHODS), "Accept-Post": ", ".join(POST_TYPES)}
_NOT_DESCRIBED: Final = dict.fromkeys(("description", "graphs", "data"))
_EVERY = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")


@dataclass
class Service:
    """The endpoint of one application. `close` ends its processes; they also end with the server."""

    store_of: Callable[[], StoreView]
    settings: ServeSettings
    address_of: Callable[[], str]
    page: Page | None
    assets: Assets
    path: str = "/sparql"
    edition: str = __version__
    described_of: Callable[[], Mapping[str, str | None]] | None = None
    lanes: Lanes = field(init=False)
    kept: Cache[bytes] = field(init=False)
    streams: Streams = field(default_factory=Streams)
    mirror: MirrorAnswers | None = None
    reader: TextReader = field(default_factory=TextReader)
    prepared: PreparedAnswers = field(default_factory=PreparedAnswers)

    def __post_init__(self) -> None:
        self._words, self._prefixes = words.load(), prefixes(self.assets)
        self.lanes = Lanes(self.settings)
        self.kept = Cache(KEPT_BYTES, len, 16)

    def close(self) -> None:
        """End the sandboxed processes."""
        self.lanes.close()
        self.reader.close()
        if self.mirror:
            self.mirror.close()

    def answer(self) -> Response:
        """Answer the current request."""
        if request.method == "OPTIONS":
            return Response(status=204, headers=PREFLIGHT)
        query = ""
        try:
            if request.method not in METHODS:
                raise WrongMethod(f"{request.method} is not an operation of the SPARQL protocol", f"Use {METHODS}")
            done: Outcome | None = request.environ.get(OUTCOME)
            if done is not None:
                query = done.query
                return self._response(done.reply(), protocol.caller(request))
            with self.reader.turn_of(protocol.size(request), protocol.caller(request)):
                wanted = protocol.read(request)
            if wanted.query is None:
                return self._description(wanted)
            query = wanted.query
            return self._result(wanted, query)
        except QueryFailure as failure:
            try:
                with self.reader.turn(query if isinstance(failure, Syntax) else "", protocol.caller(request)):
                    return self._told(failure, query)
            except QueryFailure as none:  # no turn to look for the mistake
                return self._told(none, query)

    def _result(self, wanted: QueryRequest, query: str) -> Response:
        """Answer a query with a page for a person, else with its result."""
        caller = protocol.caller(request)
        inspection = self.reader.inspect(query, caller)
        accept, known = request.headers.get("Accept"), request.headers.get("If-None-Match", "")
        if self.page and not wanted.format and results.prefers_page(accept, results.offered(inspection.form)):
            return self._shown(wanted, query, inspection, self.page)
        return self._response(self.reply(wanted, inspection, self.store_of(), caller, accept, known), caller)

    def reply(self, wanted: QueryRequest, inspection: tokenizer.Inspection, view: StoreView, caller: Caller, accept: str | None,
              known: str = "") -> QueryReply:
        """Return the result of a query, a kept one if its content is still current; raise a `QueryFailure`.

        `accept` and `known` are the request's headers Accept and If-None-Match.
        """
        query = wanted.query or ""
        formats = results.offered(inspection.form)
        form = results.choose(formats, accept, wanted.format)
        if form is None:
            raise not_acceptable(formats, wanted.format)
        job = self.job(wanted, query, inspection, view, form, caller)
        headers = {"Content-Type": form.content_type, "Vary": "Accept", "Cache-Control": "no-store"}
        key = b""
        if not inspection.volatile:
            key = self._key(job, view, form)
            headers["Cache-Control"] = "no-cache"
            headers["ETag"] = f'W/"{key.hex()[:32]}"'
            if known and parse_etags(known).contains_weak(key.hex()[:32]):
                return QueryReply(304, headers)
            kept = self.kept.get(key)
            if kept is not None:
                return QueryReply(200, headers, kept)
        self.reader.ready(job, view, caller)
        answer = (self.mirror or self.lanes).ask(view, job, caller)
        if not answer.in_memory:
            return QueryReply(200, headers, spooled=answer)
        body = answer.read()
        if key:
            self.kept.put(key, body)
        return QueryReply(200, headers, body)

    def _response(self, reply: QueryReply, caller: Caller) -> Response:
        if reply.spooled is not None:
            return self.streamed(reply.spooled, reply.headers, caller.address)
        return Response(reply.body, reply.status, reply.headers)

    def streamed(self, answer: Answer, headers: dict[str, str], client: str) -> Response:
        """Send a large answer from its file."""
        headers["Content-Length"] = str(answer.size)
        if request.method == "HEAD":
            answer.close()
            return Response(headers=headers)
        try:
            self.streams.take(client)
        except QueryFailure:
            answer.close()
            raise
        response = Response(stream := Stream(answer.chunks(), self.streams, client), headers=headers)
        response.call_on_close(stream.close)
        response.call_on_close(answer.close)
        return response

    def job(self, wanted: QueryRequest, query: str, inspection: tokenizer.Inspection, view: StoreView,
            form: ResultFormat, caller: Caller) -> QueryJob:
        """Return what is asked of the sandbox for a stranger's query; raise `Busy` where its long text gets no turn."""
        name, graph_name = (form.name, "ttl") if form not in GRAPHS else ("json", form.name)
        base = view.base + self.path if view.base else self.address_of()
        known = tuple((prefix, self._prefixes[prefix]) for prefix in sorted(inspection.undeclared & self._prefixes.keys()))
        with self.reader.turn(query, caller):
            run = view.searched(query, self._prefixes, self.reader.call_for(query))
        return QueryJob(query, inspection, base, name, graph_name, wanted.default_graphs, wanted.named_graphs, known, 0, *run)

    def _key(self, job: QueryJob, view: StoreView, form: ResultFormat) -> bytes:
        """Return a digest of all that decides the bytes of an answer: content, query, dataset, format and our edition."""
        return hashlib.sha256(job.key(view) + f"{form.name} {form.media_type} {self.edition}".encode()).digest()

    def _shown(self, wanted: QueryRequest, query: str, inspection: tokenizer.Inspection, page: Page) -> Response:
        """Answer a person with a page that holds the result."""
        formats, caller = results.offered(inspection.form), protocol.caller(request)
        view = self.store_of()
        job = self.job(wanted, query, inspection, view, formats[0], caller)
        key = self._key(job, view, formats[0])
        body = None if inspection.volatile else self.kept.get(key)
        if body is None:
            self.reader.ready(job, view, caller)
            answer = (self.mirror or self.lanes).ask(view, job, caller)
            if answer.size > PAGE_BYTES:
                answer.close()
                return page(QueryPage(query, inspection.form, formats[0].media_type, b"", True, None, formats))
            body = answer.read()
            if not inspection.volatile:
                self.kept.put(key, body)
        return page(QueryPage(query, inspection.form, formats[0].media_type, body, False, None, formats))

    def _description(self, wanted: QueryRequest) -> Response:
        """Answer with the service description (a page for a person, where there is one)."""
        accept = request.headers.get("Accept")
        if self.page and not wanted.format and results.prefers_page(accept, GRAPHS):
            return self.page(QueryPage())
        form = results.choose(GRAPHS, accept, wanted.format)
        if form is None and accept and not results.prefers_page(accept, GRAPHS):
            raise not_acceptable(GRAPHS, wanted.format)
        form = form or GRAPHS[0]
        question = queries.load(self.assets, "queries/service/description.rq")
        facts = question.bindings(
            endpoint=self.address_of(), seconds=self.settings.query_seconds, memory=self.settings.query_memory_mb,
            result=self.settings.query_result_mb, characters=tokenizer.MAX_TEXT, nesting=tokenizer.MAX_NESTING,
            operators=tokenizer.MAX_OPERATORS, **(self.described_of() if self.described_of else _NOT_DESCRIBED),
        )
        triples = ox.Store().query(question.text, substitutions=facts)
        body = results.serialised(triples, form, dict(tokenizer.inspect(question.text).prefixes))
        headers = {"Content-Type": form.content_type, "Vary": "Accept", "Cache-Control": "no-cache"}
        response = Response(body, headers=headers)
        response.set_etag(hashlib.sha256(body).hexdigest()[:32], weak=True)
        response.make_conditional(request)
        return response

    def _told(self, failure: QueryFailure, query: str) -> Response:
        return failure_texts.response(failure, query, self.page, self._words, self._prefixes, self.reader.call_for(query))


def mount(
    app: Flask,
    store_of: Callable[[], StoreView],
    settings: ServeSettings | None = None,
    *,
    path: str = "/sparql",
    address_of: Callable[[], str] | None = None,
    page: Page | None = None,
    assets: Assets | None = None,
    edition: str = __version__,
    described_of: Callable[[], Mapping[str, str | None]] | None = None,
    mirror: MirrorAnswers | None = None,
) -> Service:
    """Mount the endpoint at `path` of an application, over the store that `store_of` returns at each request.

    `described_of` gives the addresses of the `description` (VoID) and of the documents as `graphs`, and the IRI of the `data`.
    `address_of` gives the endpoint's public absolute address (default: that of the request); `page` renders the answer for
    a person and sets no status of its own. `edition` names the code that answers: another one makes other entity tags.
    `mirror` answers instead of the store.
    Processes start with the first query (or `service.lanes.warm(view)`).
    """
    address = address_of or (lambda: request.base_url)
    service = Service(store_of, settings or ServeSettings(), address, page, assets or Assets(), path, edition,
                      described_of, mirror=mirror)
    blueprint = Blueprint("sparql", __name__)
    blueprint.add_url_rule(
        path, "sparql", service.answer, methods=_EVERY, provide_automatic_options=False, strict_slashes=False,
    )

    @blueprint.after_request
    def open_to_all(response: Response) -> Response:
        response.headers.update(cors.OPEN)
        return response

    app.register_blueprint(blueprint)
    return service
