"""The organisations of a release: all of them with their datasets counted, and those that match a name or an identifier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import unquote

from odlinked.catalog.release import Release
from odlinked.folding import fold

MOST: Final = 200_000
"""Most organisations that are listed; the official list has 8,200."""

_OID: Final = re.compile(r"\d+(?:\.\d+)+\Z")


TOTALS: Final = "queries/collection/totals.rq"
"""The numbers of organisations, each with all below it: the one query of pages, report and users."""


class Totals(NamedTuple):
    """Datasets of an organisation: its own, and with all below it; of these the open ones, and of the open ones those that have a
    badge stated, platinum, gold or better, and those that were measured."""

    own: int
    datasets: int
    own_open: int
    open: int
    stated: int
    own_platinum: int
    platinum: int
    gold: int
    checked: int


NOTHING: Final = Totals(0, 0, 0, 0, 0, 0, 0, 0, 0)


class Organization(NamedTuple):
    """An organisation: its names ("" where it has none in English), object identifier ("" where none is known), its own
    datasets, and those of it and all below it."""

    iri: str
    name: str
    name_en: str
    oid: str
    datasets: int
    folded: str
    with_all_below: int = 0


def totals(release: Release, day: date) -> dict[str, Totals]:
    """Return the numbers of every organisation that publishes something, itself or below it; open ones as of a day."""
    return {iri: Totals(*map(int, counts)) for _, iri, *counts in release.ask(TOTALS, asOf=day.isoformat())}


def everyone(release: Release) -> list[Organization]:
    """Return the living organisations, those with most datasets of their own first, then by name."""
    counts = totals(release, release.created.date())
    found = []
    for record in release.page("organization", 1, MOST)[1]:
        last = unquote(record.iri.rpartition("/")[2])
        name, searched = record.title or record.title_en or last, fold(f"{record.title}|{record.title_en}")
        oid = last if _OID.match(last) else ""
        found.append(Organization(record.iri, name, record.title_en, oid, counts.get(record.iri, NOTHING).own, searched,
                                  counts.get(record.iri, NOTHING).datasets))
    return sorted(found, key=lambda one: (-one.datasets, one.name, one.iri))


def matching(organizations: Sequence[Organization], text: str) -> list[Organization]:
    """Return those whose names contain every word of a text, folded (臺 and 台 are one), or whose identifier begins with it."""
    words = [fold(word) for word in text.split()]
    if not words:
        return list(organizations)
    return [one for one in organizations
            if all(word in one.folded for word in words) or f"{one.oid}.".startswith(f"{text.strip().rstrip('.')}.")]
