"""`/catalog`: the catalogue as DCAT in pages a harvester can follow (Hydra Core, section 4.1 collections).

Records stand at the places the change log gave them when they first came. A record that is taken down keeps its place, as a
tombstone, so pages do not move while they are being read and releases change. What changed since a time, is of a theme, or of a
publisher is listed in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask, Response, request

from odlinked.catalog.asking import questions
from odlinked.catalog.log.changes import LoggedChange, is_living
from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.summary import EU_THEME, EU_THEMES
from odlinked.documents import Document
from odlinked.kinds import Kind
from odlinked.namespaces import ADMS, DCAT, DCTERMS, HYDRA, ODL, PROV, RDF, XSD
from odlinked.web.pages import facets, harvest_profiles, harvest_times
from odlinked.web.pages.harvest_profiles import FULL, HIGH_VALUE, KNOWN
from odlinked.web.site import list_pages
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import Resource, answer
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

SIZE = 100
LARGEST = 500
_KINDS = {"dataset": "dataset", "series": "dataset", "service": "service"}
"""Kind of record -> the DCAT property that lists it; a series is a dataset, too (DCAT 3, section 6.7)."""

_NEXT = timedelta(milliseconds=1)
_WITHDRAWN = "http://publications.europa.eu/resource/authority/distribution-status/WITHDRAWN"


@dataclass(frozen=True)
class HarvestRequest:
    """What a harvester asks for: members a page, and the filters: ISO time, IRIs of theme and publisher, name of a profile."""

    size: int = SIZE
    since: str = ""
    theme: str = ""
    publisher: str = ""
    profile: str = FULL

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.since or self.theme or self.publisher or self.profile == HIGH_VALUE)

    def query(self, page: int) -> dict[str, object]:
        """Return the canonical parameters of a page: defaults are left out."""
        given = {"page": page if page > 1 else "", "size": self.size if self.size != SIZE else "", "modified_since": self.since,
                 "theme": self.theme, "publisher": self.publisher, "profile": self.profile if self.profile != FULL else ""}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class _Slice:
    """A page: the last change of each of its records, how many records are living and how many places there are in all."""

    changes: list[LoggedChange]
    living: int
    places: int


def install(app: Flask, site: Site) -> None:
    """Add the routes of the catalogue document."""

    @app.get("/catalog", defaults={"suffix": ""})
    @app.get("/catalog.<any(html, ttl, jsonld, rdf, nt):suffix>")
    def catalog(suffix: str) -> Response:
        page = list_pages.page_number(request.args.get("page"))
        wanted = _wanted(site)
        return answer(site, "/catalog", suffix, lambda: _resource(site, page, wanted), urlencode(wanted.query(page)))


def _wanted(site: Site) -> HarvestRequest:
    """Read what is asked for; raise `Problem` (400) for a value that is not known, with those that are."""
    given = request.args
    profile = given.get("profile") or FULL
    if profile not in KNOWN:
        raise facets.unknown(site, "profile", profile, KNOWN, [])
    size = min(LARGEST, list_pages.page_number(given.get("size") or str(SIZE)))
    theme, publisher = given.get("theme"), given.get("publisher")
    return HarvestRequest(size, harvest_times.since(site, given.get("modified_since") or ""),
                  _theme(site, theme) if theme else "",
                  facets.meant(site, "publisher", publisher) if publisher else "", profile)


def _theme(site: Site, written: str) -> str:
    """Return the theme that is meant: one of the European Union's by its code, as data.europa.eu asks for them, or our own."""
    text = written.strip().casefold()
    listed = questions.codes(site.assets, EU_THEME)
    return next((code.iri for code in listed if text in (code.iri.casefold(), code.notation.casefold())), None) or \
        facets.meant(site, "theme", written)


def _resource(site: Site, page: int, wanted: HarvestRequest) -> Resource:
    release = site.release
    found = release.noted(_slice, page, wanted)
    paging = list_pages.Paging(page, wanted.size, found.places)
    if page > paging.last:
        raise not_found("list")
    records = [record for one in found.changes if (record := release.record(one.iri)) is not None]
    shared = dict.fromkeys(record.publisher for record in records if record.publisher and record.state == "live")

    def graph(place: RequestContext) -> bytes:
        about = Kind.CATALOG.iri(release.base)
        lines = _catalog(release, about)
        lines |= {f"<{about}> <{DCAT}{_KINDS[one.kind]}> <{one.iri}> .".encode() for one in found.changes if is_living(one)}
        documents = map(release.document, [*(one.iri for one in found.changes), *shared])
        text = Document.of(about, lines).text + b"".join(document.text for document in documents if document)
        text = harvest_profiles.profiled(site.assets, wanted.profile, text + b"".join(map(_vanished, found.changes)))
        return Document.of(about, [*_view(site, place, paging, found.living, wanted), *text.split(b"\n")[:-1]]).text

    def write(place: RequestContext) -> str:
        viewer = Viewer(release, site.vocabulary, place)
        return site.render("catalog.html", place, release=release, records=records, paging=paging, living=found.living,
                           named=viewer.named, wanted=wanted, path="/catalog", query=urlencode(wanted.query(page)))

    # The catalogue changes with every release.
    return Resource(release.created, write, graph, (Kind.CATALOG.iri(release.base),), many=True)


def _slice(release: Release, page: int, wanted: HarvestRequest) -> _Slice:
    """Return what stands on a page of what is wanted."""
    changes, start = release.changes, (page - 1) * wanted.size
    if wanted.is_all:
        counts = release.counts()
        return _Slice(changes.listing(start, wanted.size), sum(counts.get(kind, 0) for kind in _KINDS), changes.count())
    # Who was told of a time has been told of everything that changed at it: a switch is one moment.
    places = changes.since(harvest_times.read(wanted.since) + _NEXT) if wanted.since else changes.places()
    dimension = EU_THEME if wanted.theme.startswith(EU_THEMES) else "theme"
    among = [release.carrying(dimension, wanted.theme)] if wanted.theme else []
    among += [release.carrying("publisher", wanted.publisher)] if wanted.publisher else []
    among += [release.once(harvest_profiles.high_value)] if wanted.profile == HIGH_VALUE else []
    listed = [one for one in places if all(one.iri in some for some in among)]
    return _Slice(changes.at([one.number for one in listed[start:start + wanted.size]]), sum(one.is_living for one in listed),
                  len(listed))


def _catalog(release: Release, about: str) -> set[bytes]:
    """Return the catalogue's own statements, without its members: those are on the page they belong to."""
    document = release.document(about)
    members = tuple(f"<{about}> <{DCAT}{kind}> ".encode() for kind in set(_KINDS.values()))
    return {line for line in document.lines if not line.startswith(members)} if document else set()


def _vanished(change: LoggedChange) -> bytes:
    """Return the tombstone of a record that left none, as after a rollback to a release that never had it; nothing for others."""
    if is_living(change) or change.hash is not None:
        return b""
    about = f"<{change.iri}>"
    lines = (f"{about} <{RDF}type> <{ODL}Tombstone> .", f"{about} <{ADMS}status> <{_WITHDRAWN}> .",
             f'{about} <{PROV}invalidatedAtTime> "{change.time}"^^<{XSD}dateTime> .')
    return "".join(f"{line}\n" for line in lines).encode()


def _view(site: Site, place: RequestContext, paging: list_pages.Paging, living: int, wanted: HarvestRequest) -> set[bytes]:
    """Return the collection and the view of one page of it, addressed as the client reaches them and in the format it reads.

    The first page says when the catalogue changed last: as long as it is the same, so is every other page.
    """
    about = f"<{Kind.CATALOG.iri(place.base)}>"

    def at(page: int) -> str:
        query = urlencode(wanted.query(page))
        return f"<{place.absolute('/catalog')}{'.' + place.suffix if place.suffix else ''}{'?' + query if query else ''}>"

    here = at(paging.page)
    steps = {"first": 1, "last": paging.last}
    if paging.page > 1:
        steps["previous"] = paging.page - 1
    if paging.page < paging.last:
        steps["next"] = paging.page + 1
    lines = {
        f"{about} <{RDF}type> <{HYDRA}Collection> .", f"{about} <{HYDRA}view> {here} .",
        f'{about} <{HYDRA}totalItems> "{living}"^^<{XSD}integer> .',
        f"{here} <{RDF}type> <{HYDRA}PartialCollectionView> .",
        *(f"{here} <{HYDRA}{step}> {at(number)} ." for step, number in steps.items()),
        *harvest_profiles.stated(site.assets, wanted.profile, here[1:-1]),
    }
    if paging.page == 1 and (changed := site.release.changes.time()):
        lines.add(f'{about} <{DCTERMS}modified> "{changed}"^^<{XSD}dateTime> .')
    return {line.encode("ascii") for line in lines}
