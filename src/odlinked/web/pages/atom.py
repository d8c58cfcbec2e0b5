"""`/datasets.atom` and `/badges.atom` with the parameters of a search: what changed among the datasets it finds (RFC 4287).

One entry a change, the newest first, from the change log. A dataset that was taken down is found by no search any more: it is
told in the feed of everything and in those of its publisher.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, Response, request

from odlinked.catalog.log.changes import Judged, LoggedChange, is_living
from odlinked.catalog.served.release import Release
from odlinked.namespaces import CODE
from odlinked.web.http.cache import Rendered
from odlinked.web.pages import event_feed
from odlinked.web.pages.home import SearchRequest
from odlinked.web.site.address import RequestContext
from odlinked.web.site.resources import send, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

MOST: Final = 50
"""Entries of a feed."""

_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


@dataclass(frozen=True)
class AtomEntry:
    """An entry, all of it as text; `what` is a word for programs, `label` the same for people, `link` "" for none."""

    id: str
    title: str
    updated: str
    link: str
    what: str
    label: str
    unit: str
    summary: str


def install(app: Flask, site: Site) -> None:
    """Add the feeds."""

    @app.get("/datasets.atom")
    def changes_feed() -> Response:
        return _answer(site, "/datasets.atom")

    @app.get("/badges.atom")
    def badges_feed() -> Response:
        return _answer(site, "/badges.atom")


def _answer(site: Site, path: str) -> Response:
    place, search = site.place(), SearchRequest(site)

    def make() -> Rendered:
        viewer = Viewer(site.release, site.vocabulary, place)
        among = site.release.noted(_found, search.text, tuple((name, tuple(values)) for name, values in search.facets.items()))
        entries = _judged(site, viewer, among) if path == "/badges.atom" else _changed(site, viewer, among)
        asked = {"q": search.text, **search.facets}
        query = urlencode([(name, one) for name, values in asked.items()
                           for one in (values if isinstance(values, list) else [values]) if one])
        named = [search.text, *(viewer.named(value).name for values in search.facets.values() for value in values)]
        title = " · ".join([site.name(place.language), site.words.say(f"atom{path.replace('/', '.').removesuffix('.atom')}",
                                                                      place.language), *(one for one in named if one)])
        listed = list(entries)
        facts = {"own": _address(place, path, query), "page": _address(place, "/datasets", query), "title": _plain(title),
                 "entries": listed, "updated": listed[0].updated if listed else site.release.changes.time()}
        body = site.render("atom.xml", place, **facts).encode("utf-8", "replace")
        return Rendered(body, "application/atom+xml; charset=utf-8", tag(body), site.release.created, language=place.language)

    return send(site.kept((path, request.query_string, place), make), vary="Accept-Language")


def _address(place: RequestContext, path: str, query: str) -> str:
    language = f"lang={place.language}" if place.explicit else ""
    whole = "&".join(one for one in (query, language) if one)
    return place.absolute(path) + (f"?{whole}" if whole else "")


def _found(release: Release, text: str, chosen: Iterable[tuple[str, tuple[str, ...]]]) -> frozenset[str] | None:
    """Return the datasets that a search finds, and those taken down that were a publisher's; None for all there are."""
    found: frozenset[str] | None = None
    if text:
        found = frozenset(release.matches(text, max(1, release.counts().get("dataset", 0))).best)
    for dimension, values in chosen:
        having = frozenset[str]().union(*(release.carrying(dimension, one) for one in values))
        found = having if found is None else found & having
    return found


def _changed(site: Site, viewer: Viewer, among: frozenset[str] | None) -> Iterator[AtomEntry]:
    """Yield the changes of datasets, newest first."""
    for change in viewer.release.changes.recent(MOST, ("dataset",), among):
        yield _entry(site, viewer, change)


def _entry(site: Site, viewer: Viewer, change: LoggedChange) -> AtomEntry:
    label = site.words.say(f"atom.{change.what}", viewer.language)
    title, link, unit = _about(viewer, change.iri)
    summary = change.reason if not is_living(change) and change.reason else label
    own = f"{viewer.place.base}{event_feed.PATH}#{change.number}"
    return AtomEntry(own, f"{label} · {title}", change.time, link, change.what, label, unit, _plain(summary))


def _judged(site: Site, viewer: Viewer, among: frozenset[str] | None) -> Iterator[AtomEntry]:
    """Yield the changes of badges and of what visits of files came to, newest first."""
    for judged in viewer.release.changes.judged(MOST, among):
        title, link, unit = _about(viewer, judged.iri)
        told = _steps(site, viewer, judged)
        yield AtomEntry(f"{viewer.place.base}/badges.atom#{judged.number}", f"{title} · {told}", judged.time, link, "judged",
                        site.words.say("atom.judged", viewer.language), unit, told)


def _steps(site: Site, viewer: Viewer, judged: Judged) -> str:
    """Return what a judgement was before and is now, for people."""
    def badge(value: str) -> str:
        if value.startswith(CODE):
            return viewer.named(value).name
        return site.words.say(f"facet.grade.{value or 'unchecked'}", viewer.language)

    def link(value: str) -> str:
        return site.words.say(f"atom.link.{value or 'unchecked'}", viewer.language)

    steps = [f"{badge(judged.before[0])} → {badge(judged.after[0])}"] if judged.before[0] != judged.after[0] else []
    steps += [f"{link(judged.before[1])} → {link(judged.after[1])}"] if judged.before[1] != judged.after[1] else []
    return _plain(site.words.say("comma", viewer.language).join(steps))


def _about(viewer: Viewer, iri: str) -> tuple[str, str, str]:
    """Return title, link and publisher's name of a record."""
    record = viewer.release.record(iri)
    title = (record.title_en if viewer.language == "en" else "") or record.title or record.title_en if record else ""
    path = viewer.place.path_of(iri)
    return (_plain(title) or iri, viewer.place.absolute(quote(path, safe="/%")) if path else "",
            _plain(record.publisher_name or "") if record else "")


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
