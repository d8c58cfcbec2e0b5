"""`/feeds/dcat-ap`: the changes of the catalogue as a DCAT-AP Feed, SEMIC's profile of Linked Data Event Streams (LDES, TREE).

An activity (Activity Streams: Create, Update, Delete) tells of a record; what the record says then is in the graph named by the
activity. The view lists pages by time, and has the newest few changes itself until they fill a page: a client that follows asks
for the view alone, and for a page once in a while. A page is complete when it first appears and is cached for ever. Pages older
than the newest few are listed on nodes of their own, which never change either. Of a record all versions are told whose documents
the workspace still keeps, at least the latest one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from flask import Flask, Response, request

from odlinked.catalog.log import changelog
from odlinked.catalog.log.changes import LoggedChange, LogPage, is_living
from odlinked.catalog.served.release import Release
from odlinked.documents import Document
from odlinked.namespaces import ODL, RDF, SH, XSD
from odlinked.rdf import trig
from odlinked.rdf.ntriples import string
from odlinked.web.http.cache import Rendered
from odlinked.web.http.negotiation import choose
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import Problem, not_found
from odlinked.web.site.resources import send, tag
from odlinked.web.site.site import Site

AS: Final = "https://www.w3.org/ns/activitystreams#"
LDES: Final = "https://w3id.org/ldes#"
TREE: Final = "https://w3id.org/tree#"
PATH: Final = "/feeds/dcat-ap"
NEWEST: Final = 24
"""Pages that a node lists."""

FOR_EVER: Final = "public, max-age=31536000, immutable"

_ACTIVITIES: Final = {changelog.ADDED: "Create", changelog.RESTORED: "Create", changelog.CHANGED: "Update",
                      changelog.WITHDRAWN: "Delete"}
_PREFIXES: Final = {"as": AS, "ldes": LDES, "tree": TREE}
_SUFFIX: Final = ".<any(trig, jsonld):suffix>"


def install(app: Flask, site: Site) -> None:
    """Add the feed."""

    @app.get(PATH, defaults={"suffix": ""})
    @app.get(PATH + _SUFFIX)
    def event_feed(suffix: str) -> Response:
        return _answer(site, PATH, suffix, "")

    @app.get(f"{PATH}/<int:number>", defaults={"suffix": ""})
    @app.get(f"{PATH}/<int:number>{_SUFFIX}")
    def event_page(number: int, suffix: str) -> Response:
        return _answer(site, f"{PATH}/{number}", suffix, "page", name=str(number))

    @app.get(f"{PATH}/<int:number>-<int:last>", defaults={"suffix": ""})
    @app.get(f"{PATH}/<int:number>-<int:last>{_SUFFIX}")
    def event_joined_page(number: int, last: int, suffix: str) -> Response:
        return _answer(site, f"{PATH}/{number}-{last}", suffix, "page", name=f"{number}-{last}")

    @app.get(f"{PATH}/older/<int:number>-<name>", defaults={"suffix": ""})
    @app.get(f"{PATH}/older/<int:number>-<name>{_SUFFIX}")
    def event_block(number: int, name: str, suffix: str) -> Response:
        return _answer(site, f"{PATH}/older/{number}-{name}", suffix, "older", number, name)


def _answer(site: Site, path: str, suffix: str, what: str, number: int = 0, name: str = "") -> Response:
    place = site.place()
    types = tuple(media_type for media_type, _ in trig.FORMATS.values())
    chosen = suffix or next((one for one, (media_type, _) in trig.FORMATS.items()
                             if media_type == choose(request.headers.get("Accept"), types)), "")
    if not chosen:
        raise Problem(406, "unacceptable", extra={"alternatives": [
            {"type": media_type, "href": f"{place.root}{path}.{one}"} for one, (media_type, _) in trig.FORMATS.items()]})
    node = _FeedNode(site, place, path, suffix)

    def make() -> Rendered:
        media_type, write = trig.FORMATS[chosen]
        default, named = node.page(name) if what == "page" else node.older(number, name) if what else node.view()
        body = write(default, named, {**site.prefixes, **_PREFIXES})
        return Rendered(body, media_type, tag(body), site.release.created, f"{place.root}{path}.{chosen}")

    rendered = site.kept((path, suffix, chosen, place.root, place.origin, place.base), make)
    response = send(rendered, vary="" if suffix else "Accept")
    if what and response.status_code in (200, 304):
        response.headers["Cache-Control"] = FOR_EVER
    return response


class _FeedNode:
    """A node of the feed at a path, in the format of a suffix ("" where the client negotiates)."""

    def __init__(self, site: Site, place: RequestContext, path: str, suffix: str) -> None:
        self._release, self._place, self._suffix = site.release, place, f".{suffix}" if suffix else ""
        self._about = self._at(path)
        self._stream = f"{place.base}{PATH}#stream"

    def _at(self, path: str) -> str:
        return self._place.absolute(path) + self._suffix

    def view(self) -> tuple[bytes, trig.NamedGraphs]:
        """Return the stream, its changes that fill no page yet, and where its pages are."""
        stream, about, policy = f"<{self._stream}>", f"<{self._about}>", f"<{self._stream}-latest>"
        described = f"<{self._about}#description>"
        lines = {
            f"{stream} <{RDF}type> <{LDES}EventStream> .", f"{stream} <{LDES}timestampPath> <{AS}published> .",
            f"{stream} <{TREE}timestampPath> <{AS}published> .", f"{stream} <{LDES}versionOfPath> <{AS}object> .",
            f"{stream} <{TREE}view> {about} .", f"{about} <{RDF}type> <{TREE}Node> .",
            f"{stream} <{LDES}versionCreateObject> <{AS}Create> .", f"{stream} <{LDES}versionUpdateObject> <{AS}Update> .",
            f"{stream} <{LDES}versionDeleteObject> <{AS}Delete> .",
            f"{about} <{TREE}viewDescription> {described} .", f"{described} <{LDES}retentionPolicy> {policy} .",
            f"{policy} <{RDF}type> <{LDES}LatestVersionSubset> .", f'{policy} <{LDES}amount> "1"^^<{XSD}integer> .',
            *self._shape(stream),
        }
        pages, last = self._release.changes.pages()
        blocks = len(pages) // NEWEST
        for number in range(blocks):
            lines |= self._leads(f"{PATH}/older/{number}-{_name(_block(pages, number))}", _block(pages, number))
        for page in pages[blocks * NEWEST:]:
            lines |= self._leads(f"{PATH}/{page.name}", [page])
        members, graphs = self._members(self._release.changes.between(last.first, last.last) if last else ())
        return _text(lines | members), graphs

    def _shape(self, stream: str) -> Iterator[str]:
        """Yield the shape that members conform to: a client that is told of none asks for the view once more to look for it."""
        shape = f"{self._stream}-member"
        yield f"{stream} <{TREE}shape> <{shape}> ."
        yield f"<{shape}> <{RDF}type> <{SH}NodeShape> ."
        for path, kind in ((AS + "object", f"<{SH}nodeKind> <{SH}IRI>"), (AS + "published", f"<{SH}datatype> <{XSD}dateTime>")):
            one = f"<{shape}-{path.removeprefix(AS)}>"
            yield f"<{shape}> <{SH}property> {one} ."
            yield f"{one} <{SH}path> <{path}> ."
            yield f"{one} {kind} ."
            yield from (f'{one} <{SH}{name}> "1"^^<{XSD}integer> .' for name in ("minCount", "maxCount"))

    def older(self, number: int, name: str) -> tuple[bytes, trig.NamedGraphs]:
        """Return a node that lists so many pages; raise `Problem` where there is none under this name."""
        pages, _ = self._release.changes.pages()
        block = _block(pages, number) if number < len(pages) // NEWEST else []
        if not block or _name(block) != name:
            raise not_found("list")
        lines = {f"<{self._about}> <{RDF}type> <{TREE}Node> ."}
        for page in block:
            lines |= self._leads(f"{PATH}/{page.name}", [page])
        return _text(lines), ()

    def page(self, name: str) -> tuple[bytes, trig.NamedGraphs]:
        """Return the changes of a page; raise `Problem` where there is none of this name."""
        changes = self._release.changes.page(name)
        if changes is None:
            raise not_found("list")
        lines, graphs = self._members(changes)
        return _text(lines | {f"<{self._about}> <{RDF}type> <{TREE}Node> ."}), graphs

    def _members(self, changes: Sequence[LoggedChange]) -> tuple[set[str], trig.NamedGraphs]:
        """Return the activities of changes, and the graphs of what their records said."""
        found, lines = told(self._release, changes), set[str]()
        for change in found:
            activity = self._activity(change)
            lines |= {f"<{self._stream}> <{TREE}member> <{activity}> .",
                      f"<{activity}> <{RDF}type> <{AS}{_ACTIVITIES[change.what]}> .",
                      f"<{activity}> <{AS}object> <{change.iri}> .",
                      f'<{activity}> <{AS}published> "{change.time}"^^<{XSD}dateTime> .'}
            if change.reason:
                # Of the record, as its tombstone has it: the profile's shape of an activity is closed.
                lines.add(f"<{change.iri}> <{ODL}withdrawalReason> {string(change.reason)} .")
        return lines, [(self._activity(change), document.text) for change, document in found.items() if document is not None]

    def _activity(self, change: LoggedChange) -> str:
        return f"{self._place.base}{PATH}#{change.number}"

    def _leads(self, path: str, pages: Sequence[LogPage]) -> set[str]:
        """Return the relations to a node whose changes are all of the times of some pages (TREE, section 3.2)."""
        about, target = f"<{self._about}>", self._at(path)
        ends = {"GreaterThanOrEqualToRelation": pages[0].time, "LessThanOrEqualToRelation": pages[-1].until}
        lines = set[str]()
        for kind, time in ends.items():
            relation = f"<{self._about}#{kind[:4].lower()}-{path.removeprefix(PATH + '/').replace('/', '-')}>"
            lines |= {f"{about} <{TREE}relation> {relation} .", f"{relation} <{RDF}type> <{TREE}{kind}> .",
                      f"{relation} <{TREE}path> <{AS}published> .", f'{relation} <{TREE}value> "{time}"^^<{XSD}dateTime> .',
                      f"{relation} <{TREE}node> <{target}> ."}
        return lines


def told(release: Release, changes: Sequence[LoggedChange]) -> dict[LoggedChange, Document | None]:
    """Return changes with what their records said then, None where they are gone; those whose documents are no longer kept are
    left out, as the retention policy allows: a later version of the record is told."""
    texts = release.texts([one.hash for one in changes if is_living(one) and one.hash is not None])
    found = dict[LoggedChange, Document | None]()
    for one in changes:
        if not is_living(one):
            found[one] = None
        elif one.hash is not None and one.hash in texts:
            found[one] = Document(one.iri, texts[one.hash])
    return found


def _block(pages: Sequence[LogPage], number: int) -> Sequence[LogPage]:
    return pages[number * NEWEST:(number + 1) * NEWEST]


def _name(pages: Sequence[LogPage]) -> str:
    """Return the name of a node that lists pages: another one where any of them has another address."""
    return hashlib.sha256(repr([page.name for page in pages]).encode()).hexdigest()[:12]


def _text(lines: set[str]) -> bytes:
    return Document.of("", (line.encode() for line in lines)).text
