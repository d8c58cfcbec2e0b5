"""`/rows/NAME`: the published rows of a data file, as a page and as downloads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, request

from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.served.release import Release
from odlinked.documents import Document
from odlinked.lifting.publication import croissant
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
    written = _written()
    stem, suffix = split_suffix(name)
    if suffix and site.release.noted(about, name, written):
        stem, suffix = name, ""
    if suffix:
        written = written.removesuffix("." + suffix)
    return answer(site, f"/data/{written}", suffix, lambda: _described(site, stem, written))


def _written() -> str:
    """Return the part of the address below `/data/` as it was asked for, escapes included: addresses that differ in them (%3A and
    a colon, %2F and a slash) may be those of different things."""
    path = str(request.environ.get("REQUEST_URI", "")).partition("?")[0].partition("/data/")[2]
    escaped = re.sub("%[0-9a-f]{2}", lambda found: found[0].upper(), quote(path, safe="%" + SAFE, encoding="latin-1"))
    return escaped or quote(request.path.partition("/data/")[2], safe=SAFE)


def _addresses(release: Release, name: str, written: str) -> list[str]:
    """Return the addresses that are meant: as written, and as it may be escaped by what made the rows (RFC 6570 escapes all but
    letters, digits and -._~) or by a browser."""
    known = dict.fromkeys((written, quote(name, safe=SAFE), quote(name, safe="/-._~")))
    return [f"{release.base}/data/{one}" for one in known]


def about(release: Release, name: str, written: str = "") -> bytes:
    """Return what rows say of the thing at a path below `/data/` (decoded, and as written), or of the properties that begin with
    it."""
    for iri in _addresses(release, name, written or quote(name, safe=SAFE)):
        iris = [iri]
        if name.endswith("/ns"):
            tables = (lifted.facts(release.workspace, table)["columns"] for table in release.tables)
            properties = (one["property"] for columns in tables for one in columns)
            iris += sorted({one for one in properties if one.startswith(iri + "#")})
        found = lifted.statements(release.store_path, release.tables, iris) if release.tables else b""
        if found:
            return found
    return b""


def _described(site: Site, name: str, written: str) -> Resource:
    release = site.release
    text = release.noted(about, name, written)
    if not text:
        raise not_found("page")
    known = _addresses(release, name, written)
    iri = next((one for one in known if f"<{one}> ".encode() in text), known[0])

    def write(place: RequestContext) -> str:
        viewer = Viewer(release, site.vocabulary, place)
        told = plain.nodes(Reader(Document(iri, text)), viewer, Display(place.language, site.words.into(place.language)))
        return site.render("row.html", place, iri=iri, parts_told=told, path=f"/data/{written}")

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
