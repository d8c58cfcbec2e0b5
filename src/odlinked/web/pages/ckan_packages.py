"""Datasets, organisations and themes as the CKAN action API shows them: packages with resources, organizations, groups.

The fields are those of CKAN 2.10's `package_show`; what DCAT says beyond them is in `extras`, by the names ckanext-dcat gives.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record
from odlinked.documents import Document
from odlinked.namespaces import DCAT, DCTERMS, FOAF, VCARD
from odlinked.web.site.address import identifier_of
from odlinked.web.site.document import Reader
from odlinked.web.site.view import Viewer

PackageFields = dict[str, Any]

_NAME: Final = re.compile(r"[a-z0-9_-]{2,100}\Z")
_OTHER: Final = re.compile(r"[^a-z0-9_-]+")
_EXTRAS: Final = {
    "identifier": DCTERMS + "identifier", "issued": DCTERMS + "issued", "modified": DCTERMS + "modified",
    "language": DCTERMS + "language", "frequency": DCTERMS + "accrualPeriodicity", "access_rights": DCTERMS + "accessRights",
    "theme": DCAT + "theme", "documentation": FOAF + "page", "contact_name": VCARD + "fn", "in_series": DCAT + "inSeries",
}
"""Name of an extra -> property."""

_LISTS: Final = ("language", "theme", "documentation", "in_series")


def name_of(iri: str) -> str:
    """Return the name a record has in addresses of CKAN (2 to 100 of a-z, 0-9, _ and -): its identifier where that is one, else
    what is left of it and a hash, so that no two are alike."""
    identifier = identifier_of(iri)
    if _NAME.match(identifier):
        return identifier
    left = _OTHER.sub("-", identifier.lower()).strip("-")[:60]
    return f"{left}-{hashlib.sha256(iri.encode()).hexdigest()[:12]}".lstrip("-")


def datasets(release: Release) -> dict[str, int]:
    """Return name -> id of the living datasets, in the order of names."""
    return dict(sorted((name_of(iri), number) for number, iri, _, _ in release.titles("dataset")))


def time_of(time: str) -> str:
    """Return a time of the change log as CKAN writes it: UTC without a zone, to the microsecond."""
    return f"{time.removesuffix('Z')}000" if time else ""


class Packages:
    """Shows records of the release of a viewer as CKAN does."""

    def __init__(self, viewer: Viewer, themes: Mapping[str, str]) -> None:
        """`themes` are the names of groups by the IRIs of their themes."""
        self._viewer, self._release, self._themes = viewer, viewer.release, themes

    def packages(self, ids: Iterable[int]) -> list[PackageFields]:
        """Return packages by the ids of their records, in the order of these."""
        records = self._release.some(list(ids))
        texts = self._release.texts([bytes.fromhex(record.hash) for record in records])
        return [self.package(record, Document(record.iri, texts[bytes.fromhex(record.hash)])) for record in records]

    def package(self, record: Record, document: Document) -> PackageFields:
        """Return one package."""
        reader, changes = Reader(document), self._release.changes
        contact = reader.iri_of(DCAT + "contactPoint")
        licence = reader.iri_of(DCTERMS + "license")
        last = changes.of(record.iri)
        resources = [self._resource(reader, node, place, record.iri) for place, node in
                     enumerate(reader.iris(DCAT + "distribution"))]
        tags = sorted({term.value for term in reader.all(DCAT + "keyword")})
        return {
            "id": identifier_of(record.iri), "name": name_of(record.iri), "title": record.title or record.title_en,
            "notes": record.description, "url": reader.iri_of(DCAT + "landingPage"), "type": "dataset", "state": "active",
            "private": False, "version": "", "author": record.publisher_name, "author_email": "",
            "maintainer": reader.value(VCARD + "fn", contact),
            "maintainer_email": reader.iri_of(VCARD + "hasEmail", contact).removeprefix("mailto:"),
            **self._licence(licence),
            "metadata_created": time_of(changes.began(record.iri)), "metadata_modified": time_of(last.time if last else ""),
            "owner_org": identifier_of(record.publisher) if record.publisher else None,
            "organization": self.organization(record.publisher, record.publisher_name) if record.publisher else None,
            "groups": [self.group(iri) for iri in reader.iris(DCAT + "theme") if iri in self._themes],
            "tags": [tag(one) for one in tags], "num_tags": len(tags), "resources": resources, "num_resources": len(resources),
            "extras": self._extras(reader, record, contact),
            "relationships_as_subject": [], "relationships_as_object": [], "creator_user_id": None,
        }

    def organization(self, iri: str, title: str, count: int | None = None) -> PackageFields:
        """Return an organization; `count` is its number of packages where that is asked for."""
        found: PackageFields = {
            "id": identifier_of(iri), "name": name_of(iri), "title": title, "display_name": title, "description": "",
            "image_url": "", "image_display_url": "", "type": "organization", "is_organization": True,
            "approval_status": "approved", "state": "active", "num_followers": 0,
        }
        return found if count is None else {**found, "package_count": count}

    def group(self, theme: str, count: int | None = None) -> PackageFields:
        """Return the group of a theme."""
        title = self._viewer.named(theme).name
        found: PackageFields = {"id": self._themes[theme], "name": self._themes[theme], "title": title, "display_name": title,
                        "description": "", "image_display_url": "", "type": "group", "is_organization": False, "state": "active"}
        return found if count is None else {**found, "package_count": count}

    def named(self, iri: str) -> str:
        """Return the name of a code or an organisation."""
        return self._viewer.named(iri).name

    def licence(self, iri: str) -> PackageFields:
        """Return a licence as `license_list` does."""
        title = self._viewer.named(iri).name
        return {"id": iri, "title": title, "url": iri, "status": "active", "is_generic": False}

    def _licence(self, iri: str) -> PackageFields:
        if not iri:
            return {"license_id": "", "license_title": None}
        return {"license_id": iri, "license_title": self._viewer.named(iri).name, "license_url": iri}

    def _extras(self, reader: Reader, record: Record, contact: str) -> list[PackageFields]:
        given: PackageFields = {"uri": record.iri, "guid": record.iri, "title_en": record.title_en,
                        "publisher_uri": record.publisher, "publisher_name": record.publisher_name}
        for name, predicate in _EXTRAS.items():
            values = [term.value for term in reader.all(predicate, contact if name.startswith("contact") else "")]
            if values:
                given[name] = json.dumps(values, ensure_ascii=False) if name in _LISTS else values[0]
        return [{"key": key, "value": value} for key, value in given.items() if value]

    def _resource(self, reader: Reader, node: str, place: int, package: str) -> PackageFields:
        media = reader.iri_of(DCAT + "mediaType", node).rpartition("/media-types/")[2]
        shown = reader.iri_of(DCTERMS + "format", node)
        format_ = shown.rpartition("/")[2]
        title = reader.value(DCTERMS + "title", node)
        file, page = reader.iri_of(DCAT + "downloadURL", node), reader.iri_of(DCAT + "accessURL", node)
        size = reader.value(DCAT + "byteSize", node)
        return {
            "id": node.rpartition("#")[2] if node.startswith(package + "#") else quote(node, safe=""), "uri": node,
            "package_id": identifier_of(package), "name": title or format_,
            "description": reader.value(DCTERMS + "description", node),
            "url": file or page, "download_url": file, "access_url": page, "format": format_, "mimetype": media or None,
            "size": int(size) if size.isdecimal() else None, "position": place, "state": "active", "hash": "",
            "license": reader.iri_of(DCTERMS + "license", node), "resource_type": None, "url_type": None,
            "datastore_active": False, "last_modified": reader.value(DCTERMS + "modified", node) or None, "created": None,
        }


def tag(text: str) -> PackageFields:
    """Return a tag."""
    return {"id": text, "name": text, "display_name": text, "state": "active", "vocabulary_id": None}

