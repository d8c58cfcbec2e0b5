"""What each action of the CKAN action API answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from odlinked.catalog.asking import questions
from odlinked.catalog.index.selection import Selection
from odlinked.catalog.served.release import Release
from odlinked.version import __version__
from odlinked.web.pages.ckan_lookups import ORDERS, keywords, licences, licensed, numbers
from odlinked.web.pages.ckan_packages import PackageFields, Packages, datasets, name_of, tag
from odlinked.web.pages.ckan_parameters import Invalid, Missing, flag_of, number_of, text_of, texts_of
from odlinked.web.pages.ckan_search import Ids, SearchQueryRefused, SolrFields
from odlinked.web.site.address import identifier_of, record_iri
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer

MOST: Final = 1_000
"""Most packages, organizations or groups of an answer, as CKAN has it."""

_ROWS: Final = 10
_MOST_FACETS: Final = 20
_FACETS: Final = {"organization": "publisher", "groups": "theme", "res_format": "format", "owner_org": "publisher"}
"""Facet of CKAN -> dimension of the index."""

_STATED: Final = ("tags", "license_id")
"""Facets of CKAN that are counted by what datasets state."""

_FORMAT: Final = "http://publications.europa.eu/resource/authority/file-type/"
_SORT: Final = re.compile(r"(id|name|title_string|title|metadata_modified|metadata_created|score)(?:\s+(asc|desc))?\Z")
_CKAN: Final = "2.10"
"""The version of CKAN whose reading actions these are."""


class Actions:
    """The actions, for one request."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.known: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "package_list": self._package_list, "package_show": self._package_show, "package_search": self._package_search,
            "dataset_list": self._package_list, "dataset_show": self._package_show, "dataset_search": self._package_search,
            "current_package_list_with_resources": self._current, "organization_list": self._organization_list,
            "organization_show": self._organization_show, "group_list": self._group_list, "group_show": self._group_show,
            "tag_list": self._tag_list, "license_list": self._license_list, "status_show": self._status, "site_read": _true,
            "help_show": self._help,
        }

    @property
    def _release(self) -> Release:
        return self._site.release

    def _packages(self) -> Packages:
        themes = {iri: name for name, iri in self._themes().items()}
        return Packages(Viewer(self._release, self._site.vocabulary, self._site.place()), themes)

    def _themes(self) -> dict[str, str]:
        return {code.notation.lower(): code.iri for code in questions.codes(self._site.assets, "service-category")}

    def _publishers(self) -> dict[str, str]:
        """Return the IRIs of organisations by their names and by their ids."""
        listed = [one.iri for one in self._site.organizations()]
        return {**{identifier_of(iri): iri for iri in listed}, **{name_of(iri): iri for iri in listed}}

    def _package_list(self, given: Mapping[str, Any]) -> list[str]:
        names = list(self._release.once(datasets))
        start = number_of(given, "offset", 0)
        return names[start:start + number_of(given, "limit", len(names))]

    def _package_show(self, given: Mapping[str, Any]) -> PackageFields:
        wanted = text_of(given, "id") or text_of(given, "name_or_id")
        if not wanted:
            raise Invalid("name_or_id", "Missing value")
        release = self._release
        number = release.once(datasets).get(wanted) or release.once(numbers).get(record_iri(release.base, "dataset", wanted))
        number = number or release.once(numbers).get(wanted)
        if number is None:
            raise Missing
        return self._packages().packages([number])[0]

    def _current(self, given: Mapping[str, Any]) -> list[PackageFields]:
        start, limit = number_of(given, "offset", 0), min(MOST, number_of(given, "limit", MOST))
        listed = self._sorted(frozenset(self._release.once(numbers).values()), "metadata_modified desc")
        return self._packages().packages(listed[start:start + limit])

    def _package_search(self, given: Mapping[str, Any]) -> PackageFields:
        filters = [*texts_of(given, "fq"), *texts_of(given, "fq_list")]
        text = (text_of(given, "q") or "").strip()
        release, start = self._release, number_of(given, "start", 0)
        fields = SolrFields(frozenset(release.once(numbers).values()), self._fields(), self._since, self._site.clock.now())
        if fields.names(text):
            filters, text = [*filters, text], ""
        found = fields.found([one for one in filters if one.strip()])
        sort = text_of(given, "sort") or "score desc, metadata_modified desc"
        if text and text != "*":
            ranked = [release.once(numbers)[iri] for iri in release.matches(text, len(fields.everything) or 1).best]
            listed = [one for one in ranked if one in found]
            listed = listed if sort.startswith("score") else self._sorted(frozenset(listed), sort)
        else:
            listed = self._sorted(found, sort)
        rows = min(MOST, number_of(given, "rows", _ROWS))
        counted = self._counted(given, listed)
        return {
            "count": len(listed), "sort": sort, "results": self._packages().packages(listed[start:start + rows]),
            "facets": {field: {one["name"]: one["count"] for one in items} for field, items in counted.items()},
            "search_facets": {field: {"title": field, "items": items} for field, items in counted.items()},
        }

    def _fields(self) -> dict[str, Callable[[str], Ids]]:
        names = self._release.once(datasets)
        return {
            **{field: partial(self._having, dimension) for field, dimension in _FACETS.items()},
            **{field: partial(self._stating, field) for field in _STATED},
            "state": partial(self._constant, "active"), "dataset_type": partial(self._constant, "dataset"),
            "type": partial(self._constant, "dataset"), "private": partial(self._constant, "false"),
            "capacity": partial(self._constant, "public"), "site_id": partial(self._constant, "*"),
            "name": lambda value: frozenset(number for name, number in names.items() if value in ("*", name)),
            "id": lambda value: frozenset(number for iri, number in self._release.once(numbers).items()
                                          if value in ("*", identifier_of(iri))),
        }

    def _constant(self, only: str, value: str) -> Ids:
        return frozenset(self._release.once(numbers).values()) if value in (only, "*") or only == "*" else frozenset()

    def _having(self, dimension: str, value: str) -> Ids:
        sets = self._release.selections
        if value == "*":
            return frozenset(sets.any(dimension, sets.values(dimension)).ids())
        named = {"publisher": self._publishers().get(value, ""), "theme": self._themes().get(value.lower(), ""),
                 "format": _FORMAT + value.upper()}[dimension]
        return frozenset(sets.of(dimension, named).ids()) if named else frozenset()

    def _stated(self, field: str) -> dict[str, frozenset[str]]:
        return self._release.once(keywords if field == "tags" else licensed)

    def _stating(self, field: str, value: str) -> Ids:
        found = self._stated(field)
        iris = frozenset().union(*found.values()) if value == "*" else found.get(value, frozenset())
        return frozenset(number for iri, number in self._release.once(numbers).items() if iri in iris)

    def _since(self, moment: datetime) -> Ids:
        known = self._release.once(numbers)
        return frozenset(known[one.iri] for one in self._release.changes.since(moment) if one.iri in known)

    def _sorted(self, ids: Ids, sort: str) -> list[int]:
        """Return ids in the order that the first part of a sort asks for; raise `SearchQueryRefused` for an unknown one."""
        parts = [_SORT.match(one.strip()) for one in sort.split(",")]
        if not all(parts) or parts[0] is None:
            raise SearchQueryRefused(f"cannot sort by {sort[:60]!r}")
        if parts[0][1] == "score":
            parts = parts[1:] or parts
        first = parts[0]
        assert first is not None  # noqa: S101 - all of them were found
        field = first[1]
        listed = self._release.once(ORDERS[field])
        is_down = first[2] == "desc" or (first[2] is None and field == "score")
        return [number for number in (reversed(listed) if is_down else listed) if number in ids]

    def _counted(self, given: Mapping[str, Any], listed: list[int]) -> dict[str, list[PackageFields]]:
        """Return what a search counts: field -> values, each with its name, title and count."""
        asked = given.get("facet.field") or []
        if isinstance(asked, str):
            try:
                asked = json.loads(asked)
            except ValueError:
                asked = [asked.strip("[]'\" ")]
        if str(given.get("facet", "true")).lower() == "false" or not isinstance(asked, list):
            return {}
        asked = [one for one in asked if isinstance(one, str)][:_MOST_FACETS]
        if unknown := [one for one in asked if one not in _FACETS and one not in _STATED]:
            known = ", ".join(sorted((*_FACETS, *_STATED)))
            raise SearchQueryRefused(f"undefined field {unknown[0][:60]!r}; counted are {known}")
        most = number_of(given, "facet.limit", 50, least=-1)
        counts = self._release.selections.within(Selection.of(listed), {_FACETS[one] for one in asked if one in _FACETS})
        packages, themes = self._packages(), {iri: name for name, iri in self._themes().items()}
        found: dict[str, list[PackageFields]] = {}
        for field in asked:
            items = []
            for dimension, value, count in counts:
                if dimension == _FACETS.get(field):
                    name = themes.get(value, "") if dimension == "theme" else (
                        name_of(value) if dimension == "publisher" else value.rpartition("/")[2])
                    title = packages.named(value)
                    items.append({"name": name, "display_name": title, "count": count})
            items = items if field in _FACETS else self._counted_by_statement(field, frozenset(listed))
            found[field] = items if most < 0 else items[:most]
        return found

    def _counted_by_statement(self, field: str, listed: Ids) -> list[PackageFields]:
        """Return the values that the datasets of some ids state, the most frequent first."""
        among = {iri for iri, number in self._release.once(numbers).items() if number in listed}
        counts = [(len(iris & among), value) for value, iris in self._stated(field).items()]
        packages = self._packages()
        return [{"name": value, "display_name": packages.named(value) if field == "license_id" else value, "count": count}
                for count, value in sorted(counts, key=lambda one: (-one[0], one[1])) if count]

    def _organization_list(self, given: Mapping[str, Any]) -> list[Any]:
        wanted = {one for text in texts_of(given, "organizations") for one in re.split(r"[\s,]+", text.strip("[]")) if one}
        listed = sorted(self._site.organizations(), key=lambda one: name_of(one.iri))
        if re.match(r"package_count|packages", text_of(given, "sort") or ""):
            listed.sort(key=lambda one: -one.datasets)
        listed = [one for one in listed if not wanted or wanted & {name_of(one.iri), identifier_of(one.iri)}]
        start = number_of(given, "offset", 0)
        listed = listed[start:start + number_of(given, "limit", len(listed))]
        if not flag_of(given, "all_fields"):
            return [name_of(one.iri) for one in listed]
        packages = self._packages()
        return [packages.organization(one.iri, one.name, one.datasets) for one in listed]

    def _organization_show(self, given: Mapping[str, Any]) -> PackageFields:
        iri = self._publishers().get(text_of(given, "id") or "")
        if iri is None:
            raise Missing
        one = next(one for one in self._site.organizations() if one.iri == iri)
        packages = self._packages()
        found = packages.organization(iri, one.name, one.datasets)
        if flag_of(given, "include_datasets"):
            found["packages"] = packages.packages(list(self._release.selections.of("publisher", iri).ids())[:_ROWS])
        return {**found, "users": [], "tags": [], "groups": [], "extras": [{"key": "uri", "value": iri}]}

    def _group_list(self, given: Mapping[str, Any]) -> list[Any]:
        listed, start = sorted(self._themes().items()), number_of(given, "offset", 0)
        listed = listed[start:start + number_of(given, "limit", len(listed))]
        if not flag_of(given, "all_fields"):
            return [name for name, _ in listed]
        packages = self._packages()
        return [packages.group(iri, self._release.selections.count("theme", iri)) for _, iri in listed]

    def _group_show(self, given: Mapping[str, Any]) -> PackageFields:
        iri = self._themes().get((text_of(given, "id") or "").lower())
        if iri is None:
            raise Missing
        found = self._packages().group(iri, self._release.selections.count("theme", iri))
        return {**found, "users": [], "tags": [], "groups": [], "extras": [{"key": "uri", "value": iri}]}

    def _tag_list(self, given: Mapping[str, Any]) -> list[Any]:
        query = (text_of(given, "query") or "").lower()
        found = [one for one in self._release.once(keywords) if query in one.lower()]
        return list(map(tag, found)) if flag_of(given, "all_fields") else found

    def _license_list(self, _given: Mapping[str, Any]) -> list[PackageFields]:
        packages = self._packages()
        return [packages.licence(iri) for iri in self._release.once(licences)]

    def _status(self, _given: Mapping[str, Any]) -> PackageFields:
        place = self._site.place()
        return {"ckan_version": _CKAN, "site_title": self._site.name(place.language), "site_url": place.absolute(""),
                "site_description": self._release.description.get(place.language, ""), "error_emails_to": None,
                "locale_default": "zh_Hant_TW", "extensions": [], "odlinked_version": __version__}

    def _help(self, given: Mapping[str, Any]) -> str:
        name = text_of(given, "name") or ""
        if name not in self.known:
            raise Missing
        return f"{name}: as in CKAN {_CKAN}, reading. See {self._site.place().absolute('/api')}"


def _true(_given: Mapping[str, Any]) -> bool:
    return True
