"""`/compare?id=…&id=…`: up to four datasets side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from flask import Flask, Response, request

from odlinked.catalog.summaries.traits import FIELD, traits
from odlinked.documents import Document
from odlinked.namespaces import DCAT, DCTERMS, SKOS
from odlinked.web.http.cache import Rendered
from odlinked.web.pages.dataset import MOST, neighbours
from odlinked.web.site import evidence
from odlinked.web.site.address import RequestContext, identifier_of, record_iri
from odlinked.web.site.document import Reader
from odlinked.web.site.evidence import Gist
from odlinked.web.site.problems import Problem
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import RecordView, Viewer

LONGEST: Final = 500
_NAMED: Final = 80
"""So much of an identifier that names nothing is repeated to the reader."""


@dataclass(frozen=True)
class Side:
    """A dataset in the comparison: its view, what evidence tells, the names of its fields that others of the comparison have too,
    with how many do (itself counted), and those only it has; the areas and periods it covers; the comparison without it."""

    identifier: str
    view: RecordView
    gist: Gist
    shared: list[tuple[str, int]]
    others: list[str]
    coverage: list[str]
    without: str


def install(app: Flask, site: Site) -> None:
    """Add the comparison."""

    @app.get("/compare")
    def compare() -> Response:
        place, names = site.place(), _names(site, request.args.getlist("id"))

        def make() -> Rendered:
            release = site.release
            viewer = Viewer(release, site.vocabulary, place)
            sides = _sides(viewer, place, names)
            near = neighbours(viewer, sides[0].view.record.iri) if len(sides) == 1 else []
            body = site.render("compare.html", place, sides=sides, names=names, near=near, most=MOST, path="/compare").encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/compare", names, place), make), vary="Accept-Language")


def _names(site: Site, given: Sequence[str]) -> tuple[str, ...]:
    """Return the identifiers that are given as such, as addresses of pages or as IRIs, each once; raise `Problem` (400) for more
    than can be compared."""
    found: dict[str, None] = {}
    for written in given:
        text = written.strip()[:LONGEST]
        path = text.removeprefix(site.base()).removeprefix("/id")
        name = unquote(path.removeprefix("/dataset/")) if path.startswith("/dataset/") else text
        if name:
            found[name] = None
    if len(found) > MOST:
        raise Problem(400, "compare_many", facts={"n": len(found)})
    return tuple(found)


def _sides(viewer: Viewer, place: RequestContext, names: Sequence[str]) -> list[Side]:
    """Return what is shown of each dataset; raise `Problem` (404) where there is none of a name."""
    release, found, unknown = viewer.release, list[tuple[RecordView, Document]](), list[str]()
    for name in names:
        record = release.record(record_iri(release.base, "dataset", name))
        document = release.document_of(record) if record is not None else None
        if record is None or document is None or record.state != "live" or record.kind != "dataset":
            unknown.append(name[:_NAMED])
        else:
            found.append((viewer.record(record, Reader(document)), document))
    if unknown:
        raise Problem(404, "compare_unknown", facts={"names": "、".join(unknown)})
    kinds = [{number: one.value for number, one in traits(document).items() if one.aspect == FIELD} for _, document in found]
    counts = Counter(number for fields in kinds for number in fields)
    made = []
    for (view, document), fields in zip(found, kinds, strict=True):
        ordered = {name: number for name in view.fields for number, own in fields.items() if own == name}
        gist = evidence.gist(viewer.vocabulary, release.quality(view.record.iri))
        own = identifier_of(view.record.iri)
        made.append(Side(own, view, gist, [(name, counts[number]) for name, number in ordered.items() if counts[number] > 1],
                         [name for name, number in ordered.items() if counts[number] == 1], _coverage(viewer, Reader(document)),
                         place.to("/compare", id=[name for name in names if name != own])))
    return made


def _coverage(viewer: Viewer, reader: Reader) -> list[str]:
    """Return the areas and the periods that a record states."""
    found = []
    for term in reader.all(DCTERMS + "spatial"):
        text = reader.text(SKOS + "prefLabel", viewer.language, term.value)
        found.append(text.value if text else viewer.named(term.value).name if term.is_iri else term.value)
    for node in reader.iris(DCTERMS + "temporal"):
        days = [reader.value(DCAT + name, node)[:10] for name in ("startDate", "endDate")]
        found.append(" – ".join(days).strip())
    return [one for one in found if one]
