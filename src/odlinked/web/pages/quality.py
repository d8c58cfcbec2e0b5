"""Quality pages: `/quality` lists organisations; `/quality/dataset/…`, `/quality/organization/…` show the result of one and
why."""

from __future__ import annotations

from datetime import date
from functools import lru_cache, partial
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, Response, redirect

from odlinked.catalog.asking import ministries
from odlinked.documents import Document
from odlinked.kinds import Kind, quality_iri
from odlinked.measure.bench import Parameters
from odlinked.measure.explain import Explained, Explainer, Point, item
from odlinked.measure.observations import row_stars
from odlinked.namespaces import DCTERMS, EARL, OA, RDF
from odlinked.rdf.ntriples import Term
from odlinked.web.pages import ladder
from odlinked.web.pages.dashboard import asked
from odlinked.web.pages.organization_scorecard import SCORES, standing
from odlinked.web.pages.quality_overview import ORDERS, OverviewWanted, QualityOverview, name_of, overview
from odlinked.web.pages.query import asking
from odlinked.web.pages.records import tombstone
from odlinked.web.pages.scorecard import Cards
from odlinked.web.site.address import RequestContext
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import Resource, answer, split_suffix
from odlinked.web.site.site import Site
from odlinked.web.site.view import NamedItem, Viewer

_KINDS: Final = "<any(dataset, organization):kind>"


def install(app: Flask, site: Site) -> None:
    """Add the routes of quality pages."""
    explain = app.extensions["odlinked.explain"] = _Explain(site)

    @app.get("/quality")
    def quality_overview() -> Response:
        wanted = OverviewWanted.of_request()
        query = urlencode({name: value for name, value in wanted.changes.items() if value})
        return answer(site, "/quality", "", lambda: _overview(site, wanted), query, site.clock.today().isoformat())

    @app.get("/id/quality/common")
    def quality_common_thing() -> Response:
        return _see_other(site.place().to("/quality/common"))

    @app.get("/quality/common", defaults={"suffix": ""})
    @app.get("/quality/common.<suffix>")
    def quality_common(suffix: str) -> Response:
        name, known = split_suffix(f"common.{suffix}" if suffix else "common")
        if name != "common":
            raise not_found("page")
        return answer(site, "/quality/common", known, lambda: _common(site))

    @app.get("/id/quality/<any(dataset, organization, series):kind>/<path:name>")
    def quality_thing(kind: str, name: str) -> Response:
        return _see_other(site.place().to(f"/quality/{kind}/{quote(name, safe='')}"))

    @app.get("/quality/series/<name>")
    def quality_family(name: str) -> Response:
        name, suffix = split_suffix(name)
        path = f"/quality/series/{quote(name, safe='')}"
        return answer(site, path, suffix, lambda: _family(site, name, path))

    @app.get(f"/quality/{_KINDS}/<path:name>")
    def quality_about(kind: str, name: str) -> Response:
        stem, suffix = split_suffix(name)
        if suffix and site.release.record(_iri(site, kind, name)) is not None:
            stem, suffix = name, ""
        path = f"/quality/{kind}/{quote(stem, safe='')}"
        return answer(site, path, suffix, lambda: _about(site, kind, stem, path, explain))


def _see_other(location: str) -> Response:
    response = redirect(location, 303, Response=Response)
    assert isinstance(response, Response)  # noqa: S101 - narrows werkzeug's wider type
    response.autocorrect_location_header = False
    return response


def _iri(site: Site, kind: str, name: str) -> str:
    return Kind(kind).iri(site.release.base, name)


class _Explain:
    """Explains datasets as of the day their release was made; the assets are read once a day."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._explainer = lru_cache(maxsize=2)(self._made)

    def _made(self, day: str) -> Explainer:
        return Explainer(self.site.assets, Parameters.of(self.site.settings.measure), date.fromisoformat(day))

    def points(self, record: Document, quality: Document) -> list[Point]:
        """Return every single result of a dataset, from its record and its observations."""
        return self._today.explain(item(record, quality, self._other_records(record.iri)))

    def all(self, record: Document, quality: Document) -> Explained:
        """Return every single result of a dataset, how the steps of its badge stand, and what corrections would add."""
        return self._today.explained(item(record, quality, self._other_records(record.iri)))

    def whole(self, record: Document, quality: Document) -> bytes:
        """Return a quality document with what follows and is not kept in it."""
        derived = self._today.derived(item(record, quality, self._other_records(record.iri)))
        return Document.of(quality.iri, [*quality.lines, *(line for line in derived.split(b"\n") if line)]).text

    @property
    def _today(self) -> Explainer:
        return self._explainer(self.site.release.day.isoformat())

    def _other_records(self, iri: str) -> bytes:
        """Return what other records state about a dataset's quality: its cost, and what people requested."""
        release = self.site.release
        others = [other for other in release.hanging("about", iri)[1] if other.kind in ("cost", "feedback")]
        told = [document.text for other in others if (document := release.document(other.iri)) is not None]
        told += [row_stars(document.text) for table in release.tables if table.dataset == iri
                 and (document := release.document(table.iri)) is not None]
        return b"".join(told)


def _about(site: Site, kind: str, name: str, path: str, explain: _Explain) -> Resource:
    release = site.release
    iri = _iri(site, kind, name)
    record = release.record(iri)
    if record is None:
        raise not_found(kind)
    document = release.document(iri)
    if record.state == "gone" and document is not None:
        return tombstone(site, record, document)
    quality = release.quality(iri)
    measured = release.record(quality_iri(iri))
    if quality is None or measured is None or document is None:
        raise not_found("page")
    record_document, quality_document = document, quality

    def write(place: RequestContext) -> str:
        viewer, reader = Viewer(release, site.vocabulary, place), Reader(quality_document)
        if kind == "dataset":
            explained = explain.all(record_document, quality_document)
            card = Cards(viewer, iri, Reader(record_document)).card(reader, explained.points)
            return site.render("quality_dataset.html", place, record=record, card=card, path=path, viewer=viewer,
                               ladder=ladder.ladder(viewer, explained.steps, explained.points),
                               gains=ladder.gains(viewer, explained), six=card.six,
                               files=viewer.file_names(Reader(record_document), site.words.into(place.language)),
                               faults=[viewer.fault(one) for one in release.findings(iri)],
                               asking=partial(asking, site, place))
        return site.render("quality_agency.html", place, record=record, stands=standing(viewer, reader), path=path,
                           scores=SCORES, viewer=viewer, asking=partial(asking, site, place),
                           question=partial(asked, place, iri) if site.queries() else None)

    def text(_: RequestContext) -> bytes:
        return explain.whole(record_document, quality_document) if kind == "dataset" else quality_document.text

    return Resource(measured.changed, write, text, (quality_document.iri,))


def _family(site: Site, name: str, path: str) -> Resource:
    """Return the page of a family of datasets that look like one series."""
    release = site.release
    iri = Kind.SERIES_QUALITY.iri(release.base, name)
    record, document = release.record(iri), release.document(iri)
    if record is None or document is None:
        raise not_found("page")

    def write(place: RequestContext) -> str:
        viewer, reader = Viewer(release, site.vocabulary, place), Reader(document)
        publisher = reader.iri_of(DCTERMS + "publisher")
        return site.render("quality_family.html", place, record=record, path=path,
                           publisher=viewer.named(publisher) if publisher else None,
                           members=[viewer.named(member) for member in reader.iris(OA + "hasTarget")])

    return Resource(record.changed, write, lambda _: document.text, (iri,))


def _common(site: Site) -> Resource:
    """Return the page of the measurements that datasets have in common."""
    release = site.release
    iri = Kind.COMMON_QUALITY.iri(release.base)
    record, document = release.record(iri), release.document(iri)
    if record is None or document is None:
        raise not_found("page")

    def write(place: RequestContext) -> str:
        viewer, reader = Viewer(release, site.vocabulary, place), Reader(document)
        shown = [(node.partition("#")[2], [(viewer.term(one), [_told(site, viewer, term) for term in reader.all(one, node)])
                                           for one in reader.predicates(node) if one != RDF + "type"])
                 for node in sorted(reader.nodes)]
        return site.render("quality_common.html", place, record=record, path="/quality/common", shown=shown)

    return Resource(record.changed, write, lambda _: document.text, (iri,))


def _told(site: Site, viewer: Viewer, term: Term) -> NamedItem:
    """Return a value of a measurement in the words of the page."""
    if term.is_iri and term.value.startswith(EARL):
        return NamedItem(site.words.say(f"quality.outcome.{term.value.removeprefix(EARL)}", viewer.language))
    if term.value in ("true", "false"):
        return NamedItem(site.words.say(f"quality.truth.{term.value}", viewer.language))
    return viewer.term(term.value) if term.is_iri else NamedItem(term.value)


def _overview(site: Site, wanted: OverviewWanted) -> Resource:
    """Return the list of measured organisations."""
    release = site.release

    def made(place: RequestContext) -> QualityOverview:
        found = overview(site, Viewer(release, site.vocabulary, place), wanted)
        if wanted.page > found.paging.last:
            raise not_found("list")
        return found

    def write(place: RequestContext) -> str:
        return site.render("quality.html", place, found=made(place), wanted=wanted, orders=tuple(ORDERS), path="/quality",
                           question_of=partial(asked, place) if site.queries() else None, name_of=name_of,
                           whole=release.noted(ministries.whole, site.clock.today()))

    def graph(place: RequestContext) -> bytes:
        documents = (release.quality(line.organization.iri) for line in made(place).lines)
        return b"".join(document.text for document in documents if document is not None)

    return Resource(release.created, write, graph, many=True)
