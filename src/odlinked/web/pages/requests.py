"""`/requests`: what people requested of the organisations, with how long it took and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Flask, Response, request

from odlinked.catalog.asking import requests as catalogue
from odlinked.catalog.summaries.records import Record
from odlinked.documents import Document
from odlinked.namespaces import ODL, SCHEMA
from odlinked.web.http.cache import Rendered
from odlinked.web.pages import facets
from odlinked.web.site import list_pages
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import NamedItem, Viewer

NONE = "none"
"""How an address asks for the requests that state no outcome."""


@dataclass(frozen=True)
class RequestRow:
    """A request: its record, who is asked, what came of it (None: not stated), the days to its answer, the days it has waited
    where it has none, and whether it has one.

    `kind` is how it was made; `grounds` are the legal grounds given for not opening, `excuses` what was given and is none, and
    `opened` the datasets that were opened because of it.
    """

    record: Record
    publisher: NamedItem | None
    outcome: NamedItem | None
    days: int | None
    waiting: int | None
    answered: bool
    kind: NamedItem | None
    grounds: list[NamedItem]
    excuses: list[NamedItem]
    opened: list[NamedItem]


@dataclass(frozen=True)
class RequestKind:
    """How many requests of a kind (None: not stated) there are, how many are answered, and how many refused with what is no
    ground."""

    kind: NamedItem | None
    requests: int
    answered: int
    idle: int


def install(app: Flask, site: Site) -> None:
    """Add the list of requests."""

    @app.get("/requests")
    def requests() -> Response:
        place, page = site.place(), list_pages.page_number(request.args.get("page"))
        written, today = request.args.get("outcome", "").strip()[:200], site.clock.today()
        outcome = _outcome(site, written)

        def make() -> Rendered:
            release = site.release
            viewer = Viewer(release, site.vocabulary, place)
            found = release.noted(catalogue.listed, outcome, page, list_pages.SIZE)
            paging = list_pages.Paging(page, list_pages.SIZE, found.total)
            if page > paging.last:
                raise not_found("list")
            rows = [_request(viewer, record, today) for record in found.records]
            counts = [(viewer.named(iri) if iri else None, iri, count) for iri, count in release.noted(catalogue.counted)]
            kinds = [RequestKind(viewer.named(iri) if iri else None, *numbers)
                     for iri, *numbers in release.noted(catalogue.by_kind)]
            body = site.render("requests.html", place, rows=rows, counts=counts, kinds=kinds, outcome=outcome, none=NONE,
                               paging=paging, total=sum(count for _, _, count in counts), path="/requests").encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/requests", outcome, page, today, place), make), vary="Accept-Language")


def _outcome(site: Site, written: str) -> str | None:
    """Return the outcome that is meant (None: any); raise `Problem` (400) with the known ones for a word that is none."""
    if not written:
        return None
    return "" if written == NONE else facets.coded(site, "outcome", "feedback-outcome", written)


def _request(viewer: Viewer, record: Record, today: date) -> RequestRow:
    document = viewer.release.document(record.iri)
    reader = Reader(document if document is not None else Document(record.iri, b""))
    outcome, answer = reader.iri_of(ODL + "feedbackOutcome"), reader.iri_of(SCHEMA + "acceptedAnswer")
    took = reader.value(ODL + "daysToAnswer", answer) if answer else ""
    asked = record.issued if len(record.issued) == len("2026-11-29") else ""
    kind = reader.iri_of(ODL + "feedbackKind")
    grounds, excuses, opened = ([viewer.named(term.value) for term in reader.all(ODL + name) if term.is_iri]
                                for name in ("withholdingGround", "noGround", "openedDataset"))
    return RequestRow(record, viewer.named(record.publisher) if record.publisher else None,
                   viewer.named(outcome) if outcome else None, int(took) if took.isdecimal() else None,
                   max(0, (today - date.fromisoformat(asked)).days) if asked and not answer else None, bool(answer),
                   viewer.named(kind) if kind else None, grounds, excuses, opened)
