"""`/graph-store`: documents as graphs, read by the SPARQL 1.1 Graph Store HTTP Protocol, and only read.

Every record's document is a graph named by the record's IRI; the default graph holds all of them (the dump). The bytes are those
of the documents, as everywhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request

from odlinked.errors import OdlinkedError
from odlinked.formats import RDF_FORMATS
from odlinked.rdf.serialise import serialise
from odlinked.web.http.cache import Rendered
from odlinked.web.http.gate import ClientLimiter
from odlinked.web.http.negotiation import ALIASES, choose, takes_gzip
from odlinked.web.pages import downloads
from odlinked.web.site.problems import Problem, not_found
from odlinked.web.site.resources import send, tag
from odlinked.web.site.site import Site

_NAMES: Final = {form.media_type: form.name for form in RDF_FORMATS}
_NTRIPLES: Final = next(form.media_type for form in RDF_FORMATS if form.name == "nt")
_TURTLE: Final = next(form.media_type for form in RDF_FORMATS if form.name == "ttl")


def install(app: Flask, site: Site, gate: ClientLimiter) -> None:
    """Add the graph store; `gate` admits downloads of the default graph, which is as long as the dump."""

    @app.get("/graph-store")
    def graph_store() -> Response:
        graphs = request.args.getlist("graph")
        if len(graphs) + ("default" in request.args) != 1 or not all(graphs):
            raise Problem(400, "which_graph")
        return _named(site, graphs[0]) if graphs else _default(site, gate)


def _named(site: Site, iri: str) -> Response:
    """Answer with the document of a record (section 4.1 for the name, section 5.2 for reading)."""
    release = site.release
    record, document = release.record(iri), release.document(iri)
    if record is None or document is None or record.state not in ("live", "gone"):
        raise not_found("graph")
    name = _format(tuple(_NAMES))
    try:
        body = serialise(document.text, _NAMES[name], site.prefixes, (iri,))
    except OdlinkedError as problem:
        raise Problem(406, "unwritable", facts={"why": str(problem)}) from problem
    charset = "; charset=utf-8" if name.startswith("text/") else ""
    status = HTTPStatus.OK if record.state == "live" else HTTPStatus.GONE
    return send(Rendered(body, name + charset, tag(body), record.changed, status=status), vary="Accept")


def _default(site: Site, gate: ClientLimiter) -> Response:
    """Answer with the default graph: N-Triples, sent as the parts of the dump are packed or unpacked piece by piece.

    Every N-Triples document is a Turtle document, too (RDF 1.2 Turtle, section 1): who asks for that gets the same bytes.
    """
    media_type = _format((_NTRIPLES, _TURTLE))
    release = site.release
    packed = takes_gzip(request.headers.get("Accept-Encoding"))
    etag = f'"{release.content[:32]}{"-ttl" if media_type == _TURTLE else ""}{"-gzip" if packed else ""}"'
    headers = {"Vary": "Accept, Accept-Encoding", **({"Content-Encoding": "gzip"} if packed else {})}
    pieces = release.dump if packed else lambda: unpacked(release.dump())
    return downloads.answer(release, gate, etag, media_type, pieces, headers, {})


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of gzip members laid end to end (RFC 1952, section 2.2)."""
    member = zlib.decompressobj(wbits=31)
    for piece in pieces:
        rest = piece
        while rest:
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            if out := member.decompress(rest):
                yield out
            rest = member.unused_data
    if not member.eof:
        raise EOFError("the dump ends within a gzip member")


def _format(offered: tuple[str, ...]) -> str:
    """Return the media type to answer in; raise `Problem` (406) where the client takes none of those offered."""
    found = choose(request.headers.get("Accept"), offered, generic=True)
    if found is None:
        known = [{"type": one, "aliases": ALIASES.get(one, ())} for one in offered]
        raise Problem(406, "unacceptable", extra={"alternatives": known})
    return found
