"""One resource, several representations: negotiation, entity tags, conditional requests, alternates (RFC 9110).

An entity tag is the hash of the bytes shown: whatever changes on a page, be it the name of another record, changes it, and one
changed record does not make every other stale. A date is less precise, so it is used only where it is certainly right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from wsgiref.handlers import format_date_time

from flask import Response, request
from werkzeug.http import parse_date

from odlinked.errors import OdlinkedError
from odlinked.rdf.serialise import serialise
from odlinked.web.http.cache import Rendered
from odlinked.web.http.negotiation import HTML, MEDIA_TYPES, choose, takes_gzip
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import Problem
from odlinked.web.site.site import Site

_OFFERED: Final = tuple(MEDIA_TYPES.values())
_NAMES: Final = {media_type: name for name, media_type in MEDIA_TYPES.items()}
_VARY: Final = "Accept, Accept-Language"


@dataclass(frozen=True)
class Resource:
    """What can be shown under a path.

    `modified` is when the RDF last changed; `page` writes the HTML page, `graph` the N-Triples; `first` are the IRIs that come
    first. `many`: several records are on it, so that what a format cannot hold of one is left out with a note instead of refusing
    the page. `status` is the HTTP status.
    """

    modified: datetime
    page: Callable[[RequestContext], str]
    graph: Callable[[RequestContext], bytes]
    first: tuple[str, ...] = ()
    many: bool = False
    status: int = 200


def split_suffix(name: str) -> tuple[str, str]:
    """Return a path's last part without its format suffix, and the suffix ("" where it has none of ours)."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, suffix) if dot and stem and suffix in MEDIA_TYPES else (name, "")


def answer(site: Site, path: str, suffix: str, make: Callable[[], Resource], query: str = "", as_of: str = "") -> Response:
    """Answer a GET or HEAD for the resource under `path` (quoted, without suffix); `query` is its canonical query string.

    `as_of` is the day of a resource that is another one tomorrow.
    """
    place = site.place()
    name = suffix or _NAMES.get(choose(request.headers.get("Accept"), _OFFERED, generic=True) or "", "")
    if not name:
        raise Problem(406, "unacceptable", extra={"alternatives": _alternatives(place, path, query)},
                      links=alternate_links(place, path, query))
    view = (place.language, place.explicit, place.elsewhere) if name == HTML else ("", False, False)
    key = (path, query, name, place.root, place.origin, place.base, view, as_of)
    rendered = site.kept(key, lambda: _render(site, place, path, query, name, make()))
    vary = _VARY if not suffix else ("Accept-Language" if name == HTML else "")
    return send(rendered, vary=vary)


def shown_since(site: Site) -> datetime:
    """Return since when a page may have its present content: it shows names of other records, and texts of this edition of the
    service.

    Both a switch of the release, forth or back, and a start of the service are later than all before: the date never goes back.
    """
    with suppress(OSError):
        return max(site.built, datetime.fromtimestamp(int(site.releases.workspace.current_file.stat().st_mtime), UTC))
    return site.built


def _render(site: Site, place: RequestContext, path: str, query: str, name: str, resource: Resource) -> Rendered:
    links = alternate_links(place, path, query, place.language if name == HTML and place.explicit else "")
    location = f"{place.root}{path}.{name}" + (f"?{query}" if query else "")
    if name == HTML:
        if place.explicit:
            location += ("&" if query else "?") + f"lang={place.language}"
        body = resource.page(place).encode("utf-8")
        return Rendered(body, "text/html; charset=utf-8", tag(body), max(resource.modified, shown_since(site)), location, links,
                        place.language, resource.status)
    try:
        graph = resource.graph(replace(place, suffix=name))
        body = serialise(graph, name, site.prefixes, resource.first, whole=not resource.many)
    except OdlinkedError as problem:
        raise Problem(406, "unwritable", facts={"why": str(problem)}, links=links,
                      extra={"alternatives": _alternatives(place, path, query)}) from problem
    charset = "" if name in ("jsonld", "nt") else "; charset=utf-8"
    return Rendered(body, MEDIA_TYPES[name] + charset, tag(body), resource.modified, location, links, status=resource.status)


def tag(body: bytes) -> str:
    """Return the entity tag of a representation."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def alternate_links(place: RequestContext, path: str, query: str = "", language: str = "") -> str:
    """Return the Link header of a resource: its canonical address and each format (RFC 8288).

    A page that was asked for in a language is its own canonical address: search engines keep no page that names another one.
    """
    tail = f"?{query}" if query else ""
    own = "&".join(one for one in (query, f"lang={language}" if language else "") if one)
    links = [f'<{place.absolute(path)}{"?" if own else ""}{own}>; rel="canonical"']
    for name, media_type in MEDIA_TYPES.items():
        links.append(f'<{place.root}{path}.{name}{tail}>; rel="alternate"; type="{media_type}"')
    return ", ".join(links)


def _alternatives(place: RequestContext, path: str, query: str) -> list[dict[str, str]]:
    tail = f"?{query}" if query else ""
    return [{"type": media_type, "href": f"{place.root}{path}.{name}{tail}"} for name, media_type in MEDIA_TYPES.items()]


def send(rendered: Rendered, *, vary: str = "") -> Response:
    """Return a rendered answer, compressed where the client accepts that, or 304 where it already has it."""
    packed = rendered.worth_packing and takes_gzip(request.headers.get("Accept-Encoding"))
    etag = rendered.packed_etag if packed else rendered.etag
    headers = [("ETag", etag), ("Last-Modified", format_date_time(rendered.modified.timestamp())), ("Cache-Control", "no-cache")]
    varies = ", ".join(part for part in (vary, "Accept-Encoding" if rendered.worth_packing else "") if part)
    found = (("Content-Location", rendered.location), ("Link", rendered.links), ("Content-Language", rendered.language),
             ("Vary", varies))
    headers += [(name, value) for name, value in found if value]
    if rendered.status == 200 and _has_it(rendered, etag, vary):
        response = Response(status=304, headers=headers)
        response.headers.pop("Content-Type", None)
        return response
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    return Response(rendered.packed if packed else rendered.body, rendered.status, headers, content_type=rendered.media_type)


def is_known(etag: str) -> bool:
    """Say whether the client has the representation of this entity tag (If-None-Match, RFC 9110, section 13.1.2)."""
    tags = request.headers.get("If-None-Match", "")
    return tags.strip() == "*" or any(tag.strip().removeprefix("W/") == etag for tag in tags.split(","))


def _has_it(rendered: Rendered, etag: str, vary: str) -> bool:
    """Evaluate If-None-Match, else If-Modified-Since (RFC 9110, section 13.2.2).

    A date counts where it is the very one served (after a rollback it is an earlier one) and only the address, no header of the
    request, decided what is shown: a format's or a language's copy must not be taken for another's.
    """
    if "If-None-Match" in request.headers:
        return is_known(etag)
    since = request.headers.get("If-Modified-Since")
    if since is None or any(name.strip() in request.headers for name in vary.split(",")):
        return False
    return parse_date(since) == rendered.modified.astimezone(UTC).replace(microsecond=0)
