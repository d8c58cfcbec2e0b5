"""`/organizations`: every organisation of the catalogue, searched by name or identifier, as a page, JSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from flask import Flask, Response, request

from odlinked import csv_text
from odlinked.catalog.asking import organizations
from odlinked.catalog.asking.organizations import Organization
from odlinked.web.http.cache import Rendered
from odlinked.web.site import list_pages
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

LONGEST: Final = 100
SIZE: Final = 50
_COLUMNS: Final = ("iri", "name", "name_en", "oid", "datasets", "with_all_below")
_TYPES: Final = {"html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8"}


def install(app: Flask, site: Site) -> None:
    """Add the list of organisations."""

    @app.get("/organizations", defaults={"suffix": "html"})
    @app.get("/organizations.<any(html, json, csv):suffix>")
    def directory(suffix: str) -> Response:
        place = site.place()
        text, page = request.args.get("q", "").strip()[:LONGEST], list_pages.page_number(request.args.get("page"))

        def make() -> Rendered:
            found = organizations.matching(site.organizations(), text)
            body = _page(site, place, text, page, found) if suffix == "html" else _data(suffix, found)
            return Rendered(body, _TYPES[suffix], tag(body), shown_since(site),
                            language=place.language if suffix == "html" else "")

        rendered = site.kept(("/organizations", text, page, suffix, place), make)
        return send(rendered, vary="Accept-Language" if suffix == "html" else "")


def _page(site: Site, place: RequestContext, text: str, page: int, found: Sequence[Organization]) -> bytes:
    paging = list_pages.Paging(page, SIZE, len(found))
    if page > paging.last:
        raise not_found("list")
    shown = found[(page - 1) * SIZE : page * SIZE]
    return site.render("organizations.html", place, text=text, shown=shown, paging=paging, path="/organizations",
                       same=organizations.namesakes(site.organizations()),
                       named=Viewer(site.release, site.vocabulary, place).named).encode()


def _data(suffix: str, found: Sequence[Organization]) -> bytes:
    """Return organisations as JSON or CSV (RFC 4180), not split into pages."""
    rows = [{name: getattr(one, name) for name in _COLUMNS} for one in found]
    if suffix == "json":
        return json.dumps({"total": len(rows), "organizations": rows}, ensure_ascii=False).encode()
    return csv_text.written([_COLUMNS, *(row.values() for row in rows)]).encode()
