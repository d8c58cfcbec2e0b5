"""What machines fetch as a whole: the dump, the description of the data (VoID), sitemap, robots and health."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TypeVar

from flask import Flask, Response, jsonify, redirect

from odlinked.catalog.served import void as describing
from odlinked.catalog.served.release import Release
from odlinked.documents import Document
from odlinked.errors import WorkspaceError
from odlinked.namespaces import DCTERMS, VOID, XSD
from odlinked.rdf.turtle import PrefixedNames
from odlinked.version import __version__
from odlinked.web.http.cache import gzipped
from odlinked.web.http.gate import ClientLimiter
from odlinked.web.pages import downloads, graph_store
from odlinked.web.site.address import KINDS, RequestContext
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import Resource, answer
from odlinked.web.site.site import Site

T = TypeVar("T")

SITEMAP_SIZE = 5_000

COUNTED = 30
"""Classes and properties whose counts the page of the data shows; its RDF has all."""

DOWNLOADS = 8
"""Most dumps read at a time: together with the queries that may wait or be read slowly, fewer than the server's threads."""


def install(app: Flask, site: Site) -> None:
    """Add the routes of feeds."""

    gate = ClientLimiter(everyone=DOWNLOADS, each=2)
    graph_store.install(app, site, gate)

    @app.get("/dump.nq.gz")
    def dump() -> Response:
        return _dump(site, gate)

    @app.get("/dump-graphs.nq.gz")
    def dump_graphs() -> Response:
        return _dump_graphs(site, gate)

    @app.get("/dump-graphs.sha256")
    def checksums() -> Response:
        release = site.release
        headers = {"Content-Disposition": 'attachment; filename="dump-graphs.sha256"'}
        pieces = partial(_checksums, release)
        return downloads.answer(release, gate, _tag(release, "checksums"), "text/plain", pieces, headers, {})

    @app.get("/void", defaults={"suffix": ""})
    @app.get("/void.<any(html, ttl, jsonld, rdf, nt):suffix>")
    def void(suffix: str) -> Response:
        return answer(site, "/void", suffix, lambda: _void(site))

    @app.get("/.well-known/void")
    def well_known() -> Response:
        response = redirect(site.place().to("/void"), 302, Response=Response)
        response.autocorrect_location_header = False
        assert isinstance(response, Response)  # noqa: S101 - narrows werkzeug's wider type
        return response

    @app.get("/robots.txt")
    def robots() -> Response:
        place = site.place()
        lines = ["User-agent: *", f"Disallow: {place.root}/sparql?", f"Disallow: {place.root}/query/*?",
                 f"Disallow: {place.root}/*?*sort=",
                 f"Sitemap: {place.absolute('/sitemap.xml')}", ""]
        return Response("\n".join(lines), mimetype="text/plain")

    @app.get("/sitemap.xml")
    def sitemap() -> Response:
        place, counts = site.place(), site.release.counts()
        pages = [(kind, number) for kind in KINDS for number in range(1, -(-counts.get(kind, 0) // SITEMAP_SIZE) + 1)]
        return _xml(site, "sitemapindex.xml", pages=[place.absolute(f"/sitemap/{kind}-{n}.xml") for kind, n in pages])

    @app.get(f"/sitemap/<any({', '.join(KINDS)}):kind>-<int:number>.xml")
    def sitemap_page(kind: str, number: int) -> Response:
        place = site.place()
        listed = site.release.dates(kind, number, SITEMAP_SIZE) if 0 < number < 100_000 else []
        if not listed:
            raise not_found("list")
        pages = [(place.absolute(str(place.path_of(iri))), changed[:10]) for iri, changed in listed]
        return _xml(site, "sitemap.xml", pages=pages)

    @app.get("/health")
    def health() -> Response:
        try:
            release = site.release
        except WorkspaceError as problem:
            response = jsonify(status="empty", detail=problem.why, version=__version__)
            response.status_code = 503
        else:
            response = jsonify(status="ok", release=release.name, version=__version__)
        response.headers["Cache-Control"] = "no-store"
        return response


def _xml(site: Site, template: str, **facts: object) -> Response:
    return Response(site.render(template, site.place(), **facts), mimetype="application/xml")


def _dump(site: Site, gate: ClientLimiter) -> Response:
    """Stream the dump; its entity tag is the content of the release, so an unchanged catalogue costs nothing."""
    release = site.release
    tag = f'"{hashlib.sha256(f"dump|{release.content}|{release.dump_size()}".encode()).hexdigest()[:32]}"'
    own = {"Content-Length": str(release.dump_size()), "Accept-Ranges": "none",
           "Content-Disposition": 'attachment; filename="dump.nq.gz"'}
    return downloads.answer(release, gate, tag, "application/gzip", release.dump, {}, own)


def _tag(release: Release, what: str) -> str:
    return f'"{hashlib.sha256(f"{what}|{release.content}".encode()).hexdigest()[:32]}"'


def _dump_graphs(site: Site, gate: ClientLimiter) -> Response:
    """Stream the documents as N-Quads, each in the graph that its record's IRI names, in the order of these."""
    release = site.release
    own = {"Accept-Ranges": "none", "Content-Disposition": 'attachment; filename="dump-graphs.nq.gz"'}
    return downloads.answer(release, gate, _tag(release, "graphs"), "application/gzip", partial(_graphs, release), {}, own)


def _graphs(release: Release) -> Iterator[bytes]:
    """Yield the documents in gzip members of so many each, which together are one gzip file (RFC 1952, section 2.2)."""
    for batch in batched(release.documents()):
        texts = (one.text.replace(b" .\n", f" <{one.iri}> .\n".encode()) for one in batch)
        yield gzipped(b"".join(texts))


def _checksums(release: Release) -> Iterator[bytes]:
    """Yield a line for each graph, as `sha256sum` writes them: the SHA-256 of its canonical N-Triples, and its name."""
    for batch in batched(release.hashes()):
        yield "".join(f"{digest.hex()}  {iri}\n" for iri, digest in batch).encode()


def batched(items: Iterable[T], size: int = 256) -> Iterator[list[T]]:
    """Yield items by so many."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _void(site: Site) -> Resource:
    """Describe the data: what there is and how to get it (VoID, sections 2 to 5), counted when the release was made."""
    release = site.release
    about = describing.data_of(release.base)

    def graph(place: RequestContext) -> bytes:
        stored = release.document(describing.iri_of(release.base))
        access = describing.access(site.assets, about, place.absolute("/"), place.absolute("/dump.nq.gz"),
                                    place.absolute("/sparql") if site.queries() else None)
        # Where it can be had depends on who asks: what was true when it was published gives way.
        endpoint = f"<{about}> <{VOID}sparqlEndpoint> ".encode()
        said = (*{line[: line.index(b"> ", line.index(b"> ") + 2) + 2] for line in access.lines}, endpoint)
        lines = [line for line in (stored.lines if stored else ()) if not line.startswith(said)]
        time = f"<{about}> <{DCTERMS}modified> \"{release.created.isoformat()}\"^^<{XSD}dateTime> ."
        return Document.of("", [*lines, *access.lines, time.encode()]).text

    def write(place: RequestContext) -> str:
        stored = release.document(describing.iri_of(release.base))
        found = describing.counted(stored.text if stored else b"", about)
        short = PrefixedNames(site.prefixes).short
        tables = {name: [(short(iri) or iri, iri, number) for iri, number in listed[:COUNTED]]
                  for name, listed in (("classes", found.classes), ("properties", found.properties))}
        return site.render("void.html", place, release=release, counts=release.counts(), path="/void", size=release.dump_size(),
                           totals=found.totals, tables=tables)

    return Resource(release.created, write, graph, (about,))
