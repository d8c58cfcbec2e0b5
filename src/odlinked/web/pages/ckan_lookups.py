"""What the CKAN action API looks up in a release again and again: worked out once for each release (`Release.once`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from odlinked.catalog.served.release import Release
from odlinked.web.pages.ckan_packages import datasets
from odlinked.web.site.address import identifier_of


def licences(release: Release) -> list[str]:
    """Return the licences that records state."""
    return [iri for iri, in release.ask("queries/collection/licences.rq") if iri]


def keywords(release: Release) -> dict[str, frozenset[str]]:
    """Return keyword -> the datasets that have it."""
    return _bearers(release, "queries/collection/keywords.rq")


def licensed(release: Release) -> dict[str, frozenset[str]]:
    """Return licence -> the datasets that are under it."""
    return _bearers(release, "queries/collection/licensed.rq")


def _bearers(release: Release, query: str) -> dict[str, frozenset[str]]:
    """Return value -> the datasets that have it, of a query that gives both."""
    found: dict[str, set[str]] = {}
    for value, dataset in release.ask(query):
        found.setdefault(value, set()).add(dataset)
    return {value: frozenset(iris) for value, iris in found.items()}


def numbers(release: Release) -> dict[str, int]:
    """Return IRI -> id of the living datasets."""
    return {iri: number for number, iri, _, _ in release.titles("dataset")}


def by_name(release: Release) -> list[int]:
    """Return the ids of the living datasets in the order of their names."""
    return list(release.once(datasets).values())


def by_id(release: Release) -> list[int]:
    """Return them in the order of their identifiers."""
    return [number for _, number in sorted((identifier_of(iri), number) for iri, number in release.once(numbers).items())]


def by_title(release: Release) -> list[int]:
    """Return them in the order of their titles."""
    return [number for _, number in sorted((title, number) for number, _, title, _ in release.titles("dataset"))]


def by_change(release: Release) -> list[int]:
    """Return them in the order of their last changes."""
    known = release.once(numbers)
    return [known[iri] for iri in release.changes.by_time() if iri in known]


def by_coming(release: Release) -> list[int]:
    """Return them in the order they first came in."""
    known = release.once(numbers)
    return [known[one.iri] for one in release.changes.places() if one.iri in known]


ORDERS: Final[dict[str, Callable[[Release], list[int]]]] = {
    "id": by_id, "name": by_name, "title": by_title, "title_string": by_title, "metadata_modified": by_change, "score": by_change,
    "metadata_created": by_coming}
"""Order of CKAN -> what gives the datasets in it."""
