"""`/rows/NAME`: the published rows of a data file, as a page and as downloads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, request

from odlinked.catalog import lifted
from odlinked.catalog.lifted import LiftedTable
from odlinked.catalog.release import Release
from odlinked.documents import Document
from odlinked.lifting import croissant
from odlinked.web.http.cache import Rendered
from odlinked.web.http.gate import ClientLimiter
from odlinked.web.http.negotiation import HTML, choose
from odlinked.web.pages import downloads, plain, row_views, structured
from odlinked.web.site.address import RequestContext
from odlinked.web.site.display import Display
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import Problem, not_found
from odlinked.web.site.resources import Resource, answer, send, shown_since, split_suffix, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

DOWNLOADS: Final = 4
"""Most row files read at a time."""

FORMS: Final = {"nt": "application/n-triples", "ttl": "text/turtle", "parquet": "application/vnd.apache.parquet"}
SAFE: Final = "/-._~:@!$&'()*+,;="
"""What is not percent-encoded in the path of a row's address."""

_METADATA: Final = "application/csvm+json"
_CROISSANT: Final = f'application/ld+json; profile="{croissant.VERSION}"'


def install(app: Flask, site: Site) -> None:
    """Add the routes of published rows."""
    gate = ClientLimiter(everyone=DOWNLOADS, each=2)

    @app.get("/rows/<name>")
    def rows(name: str) -> Response:
        found = table_of(site.release, name)
        chosen = choose(request.headers.get("Accept"), ("text/html", *FORMS.values()), generic=True)
        if chosen is None:
            raise Problem(406, "unacceptable", links=_links(site.place(), name))
        if chosen == "text/html":
            return _page(site, found)
        suffix = next(suffix for suffix, media_type in FORMS.items() if media_type == chosen)
        response = _download(site, gate, found, suffix)
        response.headers["Vary"] = "Accept"
        return response

    @app.get("/data/<path:name>")
    def row(name: str) -> Response:
        return _thing(site, name)

    @app.get("/rows/<name>.html")
    def page(name: str) -> Response:
        return _page(site, table_of(site.release, name))

    @app.get("/rows/<name>.<any(nt, ttl, parquet):suffix>")
    def download(name: str, suffix: str) -> Response:
        return _download(site, gate, table_of(site.release, name), suffix)

    @app.get("/rows/<name>/metadata.json")
    def metadata(name: str) -> Response:
        found = table_of(site.release, name)
        path = found.folder(site.release.workspace) / lifted.METADATA
        rendered = site.kept((f"/rows/{name}/metadata.json", found.key),
                             lambda: Rendered(body := path.read_bytes(), _METADATA, tag(body), site.release.created))
        return send(rendered)

    @app.get("/rows/<name>/croissant.json")
    def machine_learning(name: str) -> Response:
        found, place = table_of(site.release, name), site.place()
        return send(site.kept((f"/rows/{name}/croissant.json", found.key, place.root, place.origin),
                              lambda: _croissant(site, found, place.absolute(f"/rows/{name}"))))


def _croissant(site: Site, table: LiftedTable, address: str) -> Rendered:
    """Return the table as Croissant for a service whose page of it is at `address`."""
    release = site.release
    record, document = release.record(table.dataset), release.document(table.dataset)
    dataset = structured.described(site.assets, release, document, record.publisher, "zh-Hant") if record and document else {}
    metadata = json.loads((table.folder(release.workspace) / lifted.METADATA).read_bytes())
    made = croissant.described(dataset, metadata, lifted.facts(release.workspace, table), address, table.distribution)
    body = (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    return Rendered(body, _CROISSANT, tag(body), release.created)


def table_of(release: Release, name: str) -> LiftedTable:
    """Return the table of a name, or raise the problem that there is none."""
    found = next((one for one in release.tables if one.name == name), None)
    if found is None:
        raise not_found("page")
    return found


def _thing(site: Site, name: str) -> Response:
    """Answer the address of a row, of a code or of the properties (`ns`) of a table: what the graphs of rows say of it."""
    stem, suffix = split_suffix(name)
    if suffix and site.release.noted(about, name):
        stem, suffix = name, ""
    return answer(site, f"/data/{quote(stem, safe=SAFE)}", suffix, lambda: _described(site, stem))


def about(release: Release, name: str) -> bytes:
    """Return what rows say of the thing at a path below `/data/` (decoded), or of the properties that begin with it."""
    iri = f"{release.base}/data/{quote(name, safe=SAFE)}"
    iris = [iri]
    if name.endswith("/ns"):
        properties = (one["property"] for table in release.tables for one in lifted.facts(release.workspace, table)["columns"])
        iris += sorted({one for one in properties if one.startswith(iri + "#")})
    return lifted.statements(release.store_path, release.tables, iris) if release.tables else b""


def _described(site: Site, name: str) -> Resource:
    release = site.release
    text = release.noted(about, name)
    if not text:
        raise not_found("page")
    iri = f"{release.base}/data/{quote(name, safe=SAFE)}"

    def write(place: RequestContext) -> str:
        viewer = Viewer(release, site.vocabulary, place)
        told = plain.nodes(Reader(Document(iri, text)), viewer, Display(place.language, site.words.into(place.language)))
        return site.render("row.html", place, iri=iri, parts_told=told, path=f"/data/{quote(name, safe=SAFE)}")

    return Resource(release.created, write, lambda _: text, (iri,))


def _links(place: RequestContext, name: str) -> str:
    links = [f'<{place.absolute(f"/rows/{name}")}>; rel="canonical"']
    links += [f'<{place.root}/rows/{name}.{suffix}>; rel="alternate"; type="{media_type}"'
              for suffix, media_type in FORMS.items()]
    links.append(f'<{place.root}/rows/{name}/metadata.json>; rel="describedby"; type="{_METADATA}"')
    return ", ".join([*links, f'<{place.root}/rows/{name}/croissant.json>; rel="describedby"; type="application/ld+json"; '
                              f'profile="{croissant.VERSION}"'])


def _page(site: Site, found: LiftedTable) -> Response:
    place, path = site.place(), f"/rows/{found.name}"

    def make() -> Rendered:
        release = site.release
        table = table_of(release, found.name)
        viewer = Viewer(release, site.vocabulary, place)
        facts: dict[str, Any] = lifted.facts(release.workspace, table)
        body = site.render("rows.html", place, table=table, facts=facts, view=row_views.view(site, viewer, table, facts),
                           dataset=viewer.named(table.dataset), path=path, queries=site.queries()).encode()
        return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), f"{place.root}{path}.{HTML}",
                        _links(place, table.name), place.language)

    return send(site.kept((path, found.key, found.asked, place), make), vary="Accept, Accept-Language")


def _download(site: Site, gate: ClientLimiter, table: LiftedTable, suffix: str) -> Response:
    """Send the rows as a file, piece by piece."""
    release = site.release
    etag = f'"{hashlib.sha256(f"{table.key} {suffix}".encode()).hexdigest()[:32]}"'
    own = {"Content-Disposition": f'attachment; filename="{table.name}.{suffix}"', "Link": _links(site.place(), table.name)}
    size = _size(release, table, suffix)
    if size is not None:
        own["Content-Length"] = str(size)
    return downloads.answer(release, gate, etag, FORMS[suffix], _pieces(release, table, suffix), {}, own)


def _size(release: Release, table: LiftedTable, suffix: str) -> int | None:
    if suffix == "parquet":
        return (table.folder(release.workspace) / lifted.PARQUET).stat().st_size
    size = lifted.facts(release.workspace, table)["bytes"].get(suffix)
    return None if size is None else int(size)


def _pieces(release: Release, table: LiftedTable, suffix: str) -> Callable[[], Iterator[bytes]]:
    folder: Path = table.folder(release.workspace)
    if suffix == "nt":
        return lambda: lifted.triples(release.workspace, table)
    if suffix == "ttl":
        return lambda: lifted.whole_lines(folder / lifted.TURTLE)
    return lambda: lifted.blocks(folder / lifted.PARQUET)
