"""The home page: search, facets, results; without a search, the themes and what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from flask import Flask, Response, request

from odlinked.catalog.asking import ministries, themes
from odlinked.catalog.asking.news import found_words, news
from odlinked.catalog.served.searching import DIMENSIONS
from odlinked.catalog.summaries.grades import GRADE, STARS
from odlinked.search.request import MAX_LENGTH
from odlinked.web.http.cache import Rendered
from odlinked.web.pages import facets
from odlinked.web.site import list_pages
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

MOST_VALUES: Final = 10
LAST_RESULT: Final = 10_000
"""How far a search can be paged: page 100,000 would read everything before it."""

MOST_ORGANIZATIONS: Final = 10

ORDERS: Final = ("relevance", "modified", "title")

_FACETS: Final = ("theme", "publisher", "format", "api", "frequency", GRADE, STARS, "state", "area", "covers", "year", "strategy",
                  "badge", "faults")
"""The filters beside results, in the order of what readers look for."""



class SearchRequest:
    """The search of a request: the text, the chosen facet values, the order and the page, all within their limits."""

    def __init__(self, site: Site) -> None:
        """Read the current request; raise `Problem` for a facet value that is none."""
        arguments = request.args
        self.text = arguments.get("q", "").strip()[:MAX_LENGTH]
        chosen = {name: arguments.getlist(name)[:MOST_VALUES] for name in (*DIMENSIONS, "rule")}
        meant = {name: [facets.meant(site, name, v) for v in values if v] for name, values in chosen.items()}
        self.facets = {name: list(dict.fromkeys(values)) for name, values in meant.items() if values}
        order = arguments.get("sort", "")
        self.order = order if order in ORDERS else ("relevance" if self.text else "modified")
        self.page = min(list_pages.page_number(arguments.get("page")), LAST_RESULT // list_pages.SIZE)

    @property
    def anything(self) -> bool:
        """Whether anything was searched at all; a bare home page shows the whole catalogue instead."""
        return bool(self.text or self.facets or self.page > 1 or "sort" in request.args or "q" in request.args
                    or request.path == "/datasets")

    def link(self, place: RequestContext, **changes: object) -> str:
        """Return a link to the same search with changes; another page of it only where `page` is among them."""
        query: dict[str, object] = {"q": self.text, **self.facets, "sort": request.args.get("sort", "")}
        return place.to("/", **{**query, **changes})

    def pager(self, place: RequestContext) -> Callable[[int], str]:
        """Return a function from page number to link."""
        return lambda number: self.link(place, page=number if number > 1 else "")

    def toggled(self, place: RequestContext, dimension: str, value: str) -> str:
        """Return a link to the same search with one facet value added, or removed where it is chosen."""
        values = self.facets.get(dimension, [])
        changed = [v for v in values if v != value] if value in values else [*values, value]
        return self.link(place, **{dimension: changed})


def install(app: Flask, site: Site) -> None:
    """Add the home page."""

    @app.get("/")
    @app.get("/datasets")
    def home() -> Response:
        place, search, menu = site.place(), SearchRequest(site), request.path
        today = None if search.anything else site.clock.today()

        def make() -> Rendered:
            release = site.release
            found = release.search(search.text, search.facets, page=search.page, size=list_pages.SIZE if search.anything else 6,
                                   order=search.order)
            if search.page > 1 and not found.records:
                raise not_found("list")
            viewer = Viewer(release, site.vocabulary, place)
            total = min(found.total, LAST_RESULT)
            front = _front(site, viewer, today) if today is not None else {}
            html = site.render("home.html" if front else "results.html", place, search=search, found=found, **front,
                               release=release, paging=list_pages.Paging(search.page, list_pages.SIZE, total), named=viewer.named,
                               path="/", menu=menu, counts=release.counts(), dimensions=_FACETS, orders=ORDERS,
                               capped=found.total > LAST_RESULT)
            body = html.encode("utf-8")
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept((menu, request.query_string, place, today), make), vary="Accept-Language")


def _front(site: Site, viewer: Viewer, today: date) -> dict[str, Any]:
    """Return what the page shows where nothing is searched for: what is new, who publishes most, how good it is, words to try."""
    release, place = site.release, viewer.place
    say = site.words.into(place.language)
    names = [viewer.named(iri).name for _, iri, _ in release.noted(themes.counted)[:4]]
    most = [one for one in site.organizations()[:MOST_ORGANIZATIONS] if one.datasets]
    return {
        "news": release.noted(news, today), "publishers": most, "whole": release.noted(ministries.whole, today),
        "examples": release.noted(found_words, (*say("home.examples").split("|"), *names, *(one.name for one in most[:2]))),
    }
