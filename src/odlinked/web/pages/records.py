"""Records: `/id/…` points to the page about a thing, `/dataset/…`, `/series/…`, `/organization/…` and so on describe it."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, redirect, request

from odlinked.catalog.asking import membership
from odlinked.catalog.asking.organizations import TOTALS
from odlinked.catalog.asking.organizations import totals as organization_totals
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record, SearchResult
from odlinked.documents import Document
from odlinked.kinds import quality_iri
from odlinked.namespaces import DCTERMS, ODL, PROV
from odlinked.web.pages import dashboard, dataset, organizations, plain, states, structured
from odlinked.web.pages.dashboard import UnitsWanted
from odlinked.web.pages.query import asking
from odlinked.web.pages.row_views import numeric
from odlinked.web.site import list_pages
from odlinked.web.site.address import KINDS, RequestContext, record_iri
from odlinked.web.site.display import Display
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import Problem, not_found
from odlinked.web.site.resources import Resource, answer, split_suffix
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

_TEMPLATES = {"dataset": "record.html", "service": "record.html", "organization": "organization.html", "series": "series.html"}
NEAREST = 3
"""So many living datasets are told of one that was taken down."""

_LISTS = ("organization", "series")
"""Kinds whose page lists datasets."""


def install(app: Flask, site: Site) -> None:
    """Add the routes of records."""

    @app.get("/id/<kind>/<path:name>")
    def thing(kind: str, name: str) -> Response:
        _find(site, kind, name)
        place = site.place()
        return _see_other(place.to(f"/{kind}/{quote(name, safe='')}"))

    @app.get("/id/catalog")
    def whole_catalog() -> Response:
        return _see_other(site.place().to("/catalog"))

    @app.get("/<kind>/<path:name>")
    def about(kind: str, name: str) -> Response:
        return _about(site, kind, name)


def _see_other(location: str) -> Response:
    """Return 303: the thing itself cannot be sent, but a description of it can."""
    response = redirect(location, 303, Response=Response)
    assert isinstance(response, Response)  # noqa: S101 - narrows werkzeug's wider type
    response.autocorrect_location_header = False
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _about(site: Site, kind: str, name: str) -> Response:
    page = list_pages.page_number(request.args.get("page")) if kind in _LISTS and request.args else 1
    stem, suffix = split_suffix(name)
    if suffix and site.release.record(record_iri(site.release.base, kind, name)) is not None:
        stem, suffix = name, ""
    wanted = UnitsWanted.of_request() if kind == "organization" and request.args else UnitsWanted()
    pairs: dict[str, object] = {"page": page if page > 1 else "", **wanted.changes}
    query = urlencode({name: value for name, value in pairs.items() if value})
    day = site.clock.today().isoformat() if kind == "organization" else ""
    return answer(site, f"/{kind}/{quote(stem, safe='')}", suffix, lambda: _resource(site, kind, stem, page, wanted), query, day)


def _find(site: Site, kind: str, name: str) -> Record:
    """Return the record that an identifier names, or raise the problem why there is none to show."""
    if len(name) > 500 or not kind.isascii() or not kind.isalpha():
        raise not_found(kind if kind in KINDS else "page")
    record = site.release.record(record_iri(site.release.base, kind, name))
    # A tombstone has no kind any more; its former one is in its IRI.
    if record is None or not (record.state == "gone" or (record.state == "live" and (record.kind == kind or kind not in KINDS))):
        raise not_found(kind if kind in KINDS else "page")
    return record


def _resource(site: Site, kind: str, name: str, page: int, wanted: UnitsWanted) -> Resource:
    release = site.release
    record = _find(site, kind, name)
    document = release.document_of(record)
    if document is None:
        raise Problem(500, "failed")
    if record.state == "gone":
        return tombstone(site, record, document)
    found = _members(release, kind, record, page) if kind in _LISTS else None

    def write(place: RequestContext) -> str:
        measured = release.record(quality_iri(record.iri))
        quality = release.quality(record.iri) if measured is not None else None
        viewer, reader = Viewer(release, site.vocabulary, place), Reader(document)
        view = viewer.record(record, reader, release.findings(record.iri))
        facts = {"view": view, "kind": kind, "release": release,
                 "path": f"/{kind}/{quote(name, safe='')}", "viewer": viewer, "named": viewer.named,
                 "measured": measured is not None and kind in ("dataset", "organization"),
                 "tables": [(table, _previewed(release, table)) for table in release.tables if table.dataset == record.iri]}
        if found is not None:
            facts |= {"found": found, "paging": list_pages.Paging(page, list_pages.SIZE, found.total)}
        if kind == "series":
            facts["gaps"] = release.noted(membership.gaps, record.iri)
        if kind == "organization":
            facts |= _organization(site, viewer, record, reader, quality)
            facts["units"] = dashboard.unit_table(site, viewer, record.iri, site.clock.today(), wanted)
            facts["orders"] = tuple(dashboard.ORDERS)
        elif kind in ("dataset", "service"):
            facts |= dataset.facts(viewer, view, reader, kind, quality)
            facts["structured"] = structured.data(site.assets, release, document, record.publisher, place.language)
        elif kind not in _TEMPLATES:
            told = plain.nodes(reader, viewer, Display(place.language, site.words.into(place.language)))
            facts["parts_told"] = plain.grouped(told)
        return site.render(_TEMPLATES.get(kind, "plain.html"), place, **facts)

    return Resource(record.changed, write, lambda _: document.text + _rows(release, record.iri), (record.iri,))


def _previewed(release: Release, table: LiftedTable) -> dict[str, Any]:
    """Return what was found in published rows, with the headings of their columns by name (`titles`)."""
    found = lifted.facts(release.workspace, table)
    return found | {"titles": {one["name"]: one["title"] for one in found["columns"]}, "numeric": numeric(found)}


def _rows(release: Release, iri: str) -> bytes:
    """Return what is said of the published rows of a dataset: downloads, the service that answers questions, statistics."""
    found = [release.document(table.iri) for table in release.tables if table.dataset == iri]
    return b"".join(document.text for document in found if document is not None)


def _members(release: Release, kind: str, record: Record, page: int) -> SearchResult:
    """Return a page of the datasets of a series or an organisation."""
    found = membership.members(release, record.iri, page, list_pages.SIZE) if kind == "series" else release.search(
        "", {"publisher": [record.iri]}, page=page, size=list_pages.SIZE, order="modified")
    if page > 1 and not found.records:
        raise not_found("list")
    return found


def _organization(site: Site, viewer: Viewer, record: Record, reader: Reader, quality: Document | None) -> dict[str, Any]:
    """Return what the page of an organisation shows beside the view of its record."""
    day, release, place = site.clock.today(), viewer.release, viewer.place
    say = site.words.into(place.language)
    return {
        "around": organizations.Surroundings(release, record.iri), "office": lambda: organizations.office(reader),
        "totals": release.noted(organization_totals, record.iri, day), "today": day.isoformat(),
        "asking_totals": lambda as_of: asking(site, place, TOTALS, today=as_of),
        "by_name": set(reader.iris(ODL + "parentByName")),
        "board": dashboard.dashboard(viewer, record.iri, day, quality, say),
        "reasons": partial(dashboard.reason, viewer),
        "question_of": partial(dashboard.asked, place) if site.queries() else None,
        "question": partial(dashboard.asked, place, record.iri) if site.queries() else None,
    }


def tombstone(site: Site, record: Record, document: Document) -> Resource:
    """Return the tombstone: 410, with the reason the document states, and the nearest living datasets."""

    def write(place: RequestContext) -> str:
        reader, viewer = Reader(document), Viewer(site.release, site.vocabulary, place)
        publisher = reader.iri_of(DCTERMS + "publisher")
        return site.render("gone.html", place, record=record, facts=states.withdrawn(viewer, reader),
                           reason=reader.text(ODL + "withdrawalReason", place.language),
                           when=reader.value(PROV + "invalidatedAtTime") or record.changed.isoformat(),
                           former_kind=_former_kind(record), nearest=_nearest(site.release, record, publisher),
                           publisher=viewer.named(publisher) if publisher else None)

    return Resource(record.changed, write, lambda _: document.text, (record.iri,), status=410)


def _former_kind(record: Record) -> str:
    """Return what a record was, as its address says it; "" where its address names no kind."""
    kind = record.iri.rpartition("/")[0].rpartition("/")[2]
    return kind if kind in KINDS else ""


def _nearest(release: Release, record: Record, publisher: str) -> list[Record]:
    """Return the living datasets whose names are nearest to that of a record that was taken down: its publisher's, else any's."""
    title = record.title or record.title_en
    if not title:
        return []
    own = release.search(title, {"publisher": [publisher]}, size=NEAREST).records if publisher else []
    return own or release.search(title, size=NEAREST).records
