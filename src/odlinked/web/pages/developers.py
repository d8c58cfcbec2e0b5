"""`/developers`: what programs can have and how, with examples that run as they are copied."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response

from odlinked import queries
from odlinked.web.http.cache import Rendered
from odlinked.web.pages.questions import StoredQuestions, grouped
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site

QUERY: Final = "queries/examples/titles.rq"
"""The query that is asked in the example of SPARQL."""


def install(app: Flask, site: Site) -> None:
    """Add the page for developers."""
    desk: StoredQuestions = app.extensions["odlinked.questions"]

    @app.get("/developers")
    def developers() -> Response:
        place = site.place()

        def make() -> Rendered:
            groups = grouped(desk.questions.values())
            free = [one for _, found in groups for one in found if not any(given.required for given in one.query.takes.values())]
            example = next((one for one in free if one.query.takes), free[0] if free else None)
            serve = site.settings.serve
            dataset = next(iter(site.release.page("dataset", 1, 1)[1]), None)
            body = site.render("developers.html", place, groups=groups, example=example, path="/developers", serve=serve,
                               dataset=dataset, query=queries.load(site.assets, QUERY).text.strip()).encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/developers", place), make), vary="Accept-Language")
