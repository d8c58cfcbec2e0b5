"""`/themes`: the themes, strategies and series, each with its datasets counted."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from odlinked.catalog.asking.themes import counted, every_series
from odlinked.web.http.cache import Rendered
from odlinked.web.site import list_pages
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

SIZE: Final = 50
"""Series a page: there may be hundreds."""


def install(app: Flask, site: Site) -> None:
    """Add the page of themes and series."""

    @app.get("/themes")
    def themes() -> Response:
        place, page = site.place(), list_pages.page_number(request.args.get("page"))

        def make() -> Rendered:
            release = site.release
            viewer = Viewer(release, site.vocabulary, place)
            found = release.noted(counted)
            groups = {name: [(iri, count) for of, iri, count in found if of == name] for name in ("theme", "strategy")}
            series = release.noted(every_series)
            paging = list_pages.Paging(page, SIZE, len(series))
            if page > paging.last:
                raise not_found("list")
            body = site.render("themes.html", place, groups=groups, series=series[(page - 1) * SIZE : page * SIZE], paging=paging,
                               named=viewer.named, path="/themes").encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/themes", page, place), make), vary="Accept-Language")
