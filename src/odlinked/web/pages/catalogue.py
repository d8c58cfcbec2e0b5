"""`/catalog`: the catalogue as DCAT in pages a harvester can follow (Hydra Core, section 4.1 collections)."""

from __future__ import annotations

from flask import Flask, Response, request

from odlinked.catalog.release import Release
from odlinked.documents import Document
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, HYDRA, RDF, XSD
from odlinked.web.pages.records import members
from odlinked.web.site import list_pages
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import Resource, answer
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

SIZE = 100
LARGEST = 500
_KINDS = {"dataset": "dataset", "series": "dataset", "service": "service"}
"""Kind of record -> the DCAT property that lists it; a series is a dataset, too (DCAT 3, section 6.7)."""


def install(app: Flask, site: Site) -> None:
    """Add the routes of the catalogue document."""

    @app.get("/catalog", defaults={"suffix": ""})
    @app.get("/catalog.<any(html, ttl, jsonld, rdf, nt):suffix>")
    def catalog(suffix: str) -> Response:
        page = list_pages.page_number(request.args.get("page"))
        size = min(LARGEST, list_pages.page_number(request.args.get("size") or str(SIZE)))
        return answer(site, "/catalog", suffix, lambda: _resource(site, page, size), _query(page, size))


def _query(page: int, size: int) -> str:
    """Return the canonical query string of a page: defaults are left out."""
    parts = ([f"page={page}"] if page > 1 else []) + ([f"size={size}"] if size != SIZE else [])
    return "&".join(parts)


def _resource(site: Site, page: int, size: int) -> Resource:
    release = site.release
    total, records = members(release, tuple(_KINDS), (page - 1) * size, size)
    paging = list_pages.Paging(page, size, total)
    if page > paging.last:
        raise not_found("list")
    shared = dict.fromkeys(record.publisher for record in records if record.publisher)

    def graph(place: RequestContext) -> bytes:
        about = Kind.CATALOG.iri(release.base)
        lines = _view(place, release.base, paging) | _catalog(release, about)
        lines |= {f"<{about}> <{DCAT}{_KINDS[record.kind]}> <{record.iri}> .".encode() for record in records}
        members = map(release.document, [*(record.iri for record in records), *shared])
        return Document.of(about, lines).text + b"".join(document.text for document in members if document)

    def write(place: RequestContext) -> str:
        viewer = Viewer(release, site.vocabulary, place)
        return site.render("catalog.html", place, release=release, records=records, paging=paging, size=size,
                           named=viewer.named, default_size=SIZE, path="/catalog", query=_query(page, size))

    # The catalogue changes with every release.
    return Resource(release.created, write, graph, (Kind.CATALOG.iri(release.base),), many=True)


def _catalog(release: Release, about: str) -> set[bytes]:
    """Return the catalogue's own statements, without its members: those are on the page they belong to."""
    document = release.document(about)
    members = tuple(f"<{about}> <{DCAT}{kind}> ".encode() for kind in set(_KINDS.values()))
    return {line for line in document.lines if not line.startswith(members)} if document else set()


def _view(place: RequestContext, base: str, paging: list_pages.Paging) -> set[bytes]:
    """Return the collection and the view of one page of it, addressed as the client reaches them."""
    about = f"<{Kind.CATALOG.iri(base)}>"

    def at(page: int) -> str:
        query = _query(page, paging.size)
        return f"<{place.absolute('/catalog')}{'?' + query if query else ''}>"

    here = at(paging.page)
    steps = {"first": 1, "last": paging.last}
    if paging.page > 1:
        steps["previous"] = paging.page - 1
    if paging.page < paging.last:
        steps["next"] = paging.page + 1
    lines = {
        f"{about} <{RDF}type> <{HYDRA}Collection> .", f"{about} <{HYDRA}view> {here} .",
        f'{about} <{HYDRA}totalItems> "{paging.total}"^^<{XSD}integer> .',
        f"{here} <{RDF}type> <{HYDRA}PartialCollectionView> .",
        *(f"{here} <{HYDRA}{step}> {at(number)} ." for step, number in steps.items()),
    }
    return {line.encode("ascii") for line in lines}
