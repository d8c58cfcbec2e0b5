"""The page of `/sparql`: a plain form, examples from files, and the answer as a table; the endpoint itself is `endpoint`."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Response, request

from odlinked import queries
from odlinked.catalog.asking import questions
from odlinked.catalog.served import void
from odlinked.catalog.served.release import Release
from odlinked.clock import UNIVERSAL, Clock
from odlinked.mirror.answers import MirrorAnswers
from odlinked.queries import Query
from odlinked.rdf.turtle import PrefixedNames
from odlinked.standards.counties import Counties
from odlinked.web.http.cache import gzipped
from odlinked.web.http.negotiation import takes_gzip
from odlinked.web.pages import maps, query_editor
from odlinked.web.site.address import RequestContext
from odlinked.web.site.site import Site
from odlinked.web.sparql import endpoint
from odlinked.web.sparql.endpoint import QueryPage, StoreView

MOST_ROWS: Final = 500
LONGEST_LINK: Final = 6_000
_TODAY: Final = "today"
"""The parameter of an example for the current day, in the catalogue's time."""


@dataclass(frozen=True)
class ResultCell:
    """A value in an answer: its text, where it links to, its language, the local name of its datatype, its whole IRI."""

    text: str
    link: str | None = None
    language: str = ""
    datatype: str = ""
    full: str = ""


@dataclass(frozen=True)
class ResultTable:
    """An answer as rows: `whole` counts all of them, `rows` holds those that are shown."""

    columns: list[str]
    rows: list[list[ResultCell]]
    whole: int


def install(app: Flask, site: Site) -> None:
    """Mount the SPARQL endpoint over the current release and give it its page."""
    examples = [queries.load(site.assets, name) for name in site.assets.glob("queries/pages/*.rq")]
    kept = sorted(questions.stored(site.assets).items())
    site.queries = lambda: True

    def page(shown: QueryPage) -> Response:
        nonce = query_editor.nonce(site)
        body, packed = _page(site, examples, kept, shown, nonce).encode(), takes_gzip(request.headers.get("Accept-Encoding"))
        if packed:  # the stored questions are links with the whole of each: nine tenths of the page
            body = gzipped(body)
        response = Response(body, mimetype="text/html", headers=query_editor.policy_with(nonce))
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept, Accept-Language, Accept-Encoding"
        response.headers["Content-Language"] = site.place().language
        response.headers["Cache-Control"] = "no-cache"
        return response

    service = endpoint.mount(app, lambda: _store(site.release), site.settings.serve, page=page, assets=site.assets,
                             address_of=lambda: site.place().absolute("/sparql"), edition=site.version,
                             described_of=lambda: _described(site), mirror=_mirror(site))
    app.extensions["odlinked.sparql"] = service


def opened(site: Site) -> tuple[Hashable, StoreView]:
    """Return the edition that is served and its store, outside of what the application knows of a request."""
    edition = site.edition()  # told before the release is opened, as in `Site.release`
    return edition, _store(site.releases.current())


def _store(release: Release) -> StoreView:
    return StoreView(release.store_path, release.content, release.spellings, release.base, lambda: release.respelled,
                     release.matches)


def _described(site: Site) -> dict[str, str | None]:
    """Return where the data is described, where its documents are read, and what it is called."""
    place = site.place()
    return {"description": place.absolute("/void"), "graphs": place.absolute("/graph-store"), "data": void.data_of(place.base)}


def _mirror(site: Site) -> MirrorAnswers | None:
    """Return what answers queries instead of the release's store, where the settings say so."""
    settings = site.settings
    return MirrorAnswers(settings.mirror, settings.serve, site.releases.workspace.root) if settings.mirror.answers else None


def text_of(query: Query, clock: Clock = UNIVERSAL) -> str:
    """Return an example without its header lines, with today's date where it asks for that."""
    if _TODAY not in query.parameters:
        return query.spelled()
    return query.spelled(today=clock.today().isoformat())


def asking(site: Site, place: RequestContext, name: str, topic: str = "", **values: str) -> str:
    """Return a link that runs query `name` (an asset) on the topic with this IRI, or with the values of its parameters; "" where
    that is impossible."""
    given = {"topic": topic, **values} if topic else values
    return editor_link(place, queries.load(site.assets, name).spelled(**given)) if site.queries() else ""


def _page(site: Site, examples: list[Query], kept: Sequence[tuple[str, Query]], shown: QueryPage, nonce: str) -> str:
    place = site.place()
    stored: dict[str, list[tuple[str, str, str]]] = {}
    for name, query in kept:
        stored.setdefault(query.header.get("topic", ""), []).append(
            (query.summaries[place.language] or name, place.to(f"/query/{name}"), _editable(site, query)))
    table, verdict, graph, areas, dots = None, None, "", None, None
    if shown.body and shown.media_type == "application/sparql-results+json":
        answer = json.loads(shown.body)
        verdict = answer.get("boolean")
        if verdict is None:
            table = tabled(answer, place, PrefixedNames(site.prefixes))
            said = answer["head"].get("vars", []), answer["results"]["bindings"]
            areas, dots = maps.counties_of(site, Counties(site.assets), *said), maps.places_of(site, *said)
    elif shown.body:
        graph = shown.body.decode("utf-8", "replace")
    downloads = [(form.name, form.media_type, editor_link(place, shown.query, form.name)) for form in shown.formats]
    texts = [text_of(query, site.clock) for query in examples]
    listed = [(query.summaries[place.language], text, editor_link(place, text))
              for query, text in zip(examples, texts, strict=True)]
    return site.render("sparql.html", place, shown=shown, table=table, verdict=verdict, graph=graph, areas=areas,
                       dots=dots, listed=listed, nonce=nonce,
                       editor=query_editor.settings(site, place, shown, LONGEST_LINK) if nonce else "",
                       stored=sorted(stored.items(), key=lambda group: (group[0] == "", group[0])), many=len(kept),
                       downloads=[one for one in downloads if shown.query and one[2]], path="/sparql",
                       again={"query": shown.query} if shown.query and editor_link(place, shown.query) else {},
                       limits=site.settings.serve, prefixes=site.prefixes.items(),
                       start=shown.query or (listed[0][1] if listed else ""))


def _editable(site: Site, query: Query) -> str:
    """Return a link to a stored question in the editor, with what holds where nothing is given; "" where something must be."""
    if any(one.required for one in query.takes.values()):
        return ""
    reader = questions.ParameterReader(site.assets, site.clock.today(), site.organizations)
    return editor_link(site.place(), query.spelled(**reader.values(query, ())))


def editor_link(place: RequestContext, query: str, form: str = "") -> str:
    """Return a link that asks a query, or "" where the query is too long for an address."""
    link = place.to("/sparql", query=query, format=form)
    return link if len(link) <= LONGEST_LINK else ""


def tabled(answer: dict[str, Any], place: RequestContext, names: PrefixedNames) -> ResultTable:
    """Return SPARQL Results JSON as rows with links."""
    columns: list[str] = answer["head"].get("vars", [])
    bindings: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
    rows = [[_cell(binding.get(name), place, names) for name in columns] for binding in bindings[:MOST_ROWS]]
    return ResultTable(columns, rows, len(bindings))


def _cell(term: dict[str, str] | None, place: RequestContext, names: PrefixedNames) -> ResultCell:
    if term is None:
        return ResultCell("")
    if term["type"] == "uri":
        iri = term["value"]
        return ResultCell(names.short(iri) or place.path_of(iri) or iri, place.link(iri), full=iri)
    datatype = term.get("datatype", "").rpartition("#")[2]
    return ResultCell(term["value"], None, term.get("xml:lang", ""), datatype)
