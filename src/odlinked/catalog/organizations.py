"""The organisations of a release: all of them with their datasets counted, and those that answer to a name or an identifier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from odlinked.catalog.publishers import PUBLISHERS
from odlinked.catalog.release import Release
from odlinked.folding import fold

MOST: Final = 200_000
"""Organisations that are listed; the official list has 8,200."""

_OID: Final = re.compile(r"\d+(?:\.\d+)+\Z")


class Organization(NamedTuple):
    """An organisation: its names ("" where it has none in English), object identifier ("" where none is known), datasets."""

    iri: str
    name: str
    name_en: str
    oid: str
    datasets: int
    folded: str


def everyone(release: Release) -> list[Organization]:
    """Return the living organisations, those with most datasets first, then by name."""
    counts = {iri: int(datasets) for iri, _, _, datasets in release.ask(PUBLISHERS)}
    found = []
    for record in release.page("organization", 1, MOST)[1]:
        last = unquote(record.iri.rpartition("/")[2])
        name, told = record.title or record.title_en or last, fold(f"{record.title}|{record.title_en}")
        oid = last if _OID.match(last) else ""
        found.append(Organization(record.iri, name, record.title_en, oid, counts.get(record.iri, 0), told))
    return sorted(found, key=lambda one: (-one.datasets, one.name, one.iri))


def matching(organizations: Sequence[Organization], text: str) -> list[Organization]:
    """Return those whose names hold every word of a text, folded (臺 and 台 are one), or whose identifier begins with it."""
    words = [fold(word) for word in text.split()]
    if not words:
        return list(organizations)
    return [one for one in organizations
            if all(word in one.folded for word in words) or f"{one.oid}.".startswith(f"{text.strip().rstrip('.')}.")]
