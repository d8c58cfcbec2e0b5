"""The organisations of a release: all of them with their datasets counted, and those that match a name or an identifier."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple
from urllib.parse import unquote

from odlinked.catalog.index.selection import Selection
from odlinked.catalog.index.selections import Selections
from odlinked.catalog.served.release import Release
from odlinked.folding import fold
from odlinked.namespaces import CODE

_OID: Final = re.compile(r"\d+(?:\.\d+)+\Z")


TOTALS: Final = "queries/stored/organization-totals.rq"
"""The numbers of organisations, each with all below it, as a question: what pages show of the index is its answer."""

_BADGE: Final = CODE + "quality-badge/"


class Totals(NamedTuple):
    """Datasets of an organisation: its own, and with all below it; of these the open ones, and of the open ones those that have a
    badge stated, and platinum."""

    own: int
    datasets: int
    own_open: int
    open: int
    stated: int
    own_platinum: int
    platinum: int


class Organization(NamedTuple):
    """An organisation: its names ("" where it has none in English), object identifier ("" where none is known), its own
    datasets, and those of it and all below it. `above` is the body above it ("" where none is known)."""

    iri: str
    name: str
    name_en: str
    oid: str
    datasets: int
    with_all_below: int = 0
    above: str = ""


def totals(release: Release, organization: str, day: date) -> Totals | None:
    """Return the numbers of an organisation, None where nothing is published by it or below it; open ones as of a day that is
    not before that of the release."""
    sets = release.selections
    own = sets.of("publisher", organization)
    datasets = sets.any("publisher", all_below(units_of(release), organization))
    if not datasets:
        return None
    open_ones = is_open(sets, day)
    best = sets.of("badge", _BADGE + "platinum")
    badged = sets.any("badge", sets.values("badge") - {_BADGE + "not-tested"})
    own_open, opened = own & open_ones, datasets & open_ones
    return Totals(len(own), len(datasets), len(own_open), len(opened), len(opened & badged), len(own_open & best),
                  len(opened & best))


def is_open(sets: Selections, day: date) -> Selection:
    """Return the datasets that are open on a day not before that of the release."""
    when = day.isoformat()
    return sets.any("opens", (since for since in sets.values("opens") if since <= when[:len(since)]))


def everyone(release: Release) -> list[Organization]:
    """Return the living organisations, those with most datasets of their own first, then by name."""
    sets, units = release.selections, units_of(release)
    above = {unit: body for body, its in units.items() for unit in its}
    found = []
    for _, iri, title, title_en in release.titles("organization"):
        last = unquote(iri.rpartition("/")[2])
        below = all_below(units, iri)
        own = sets.count("publisher", iri)
        # One publisher's datasets need no set: most organisations have none below them.
        datasets = own if len(below) == 1 else len(set(chain.from_iterable(sets.ids("publisher", one) for one in below)))
        found.append(Organization(iri, title or title_en or last, title_en, last if _OID.match(last) else "", own, datasets,
                                  above.get(iri, "")))
    return sorted(found, key=lambda one: (-one.datasets, one.name, one.iri))


def units_of(release: Release) -> dict[str, list[str]]:
    """Return organisation -> those directly below it."""
    names = {number: iri for number, iri, _, _ in release.titles("organization")}
    sets = release.selections
    return {above: [names[number] for number in sets.ids("parent", above) if number in names] for above in sets.values("parent")}


def all_below(units: Mapping[str, Sequence[str]], organization: str) -> list[str]:
    """Return an organisation and all below it, each once, also where units are below each other in a ring."""
    found = {organization: None}
    waiting = [organization]
    while waiting:
        fresh = [unit for unit in units.get(waiting.pop(), ()) if unit not in found]
        found.update(dict.fromkeys(fresh))
        waiting += fresh
    return list(found)


def namesakes(organizations: Sequence[Organization]) -> frozenset[str]:
    """Return the names that several organisations bear: 統計處 says nothing without the body above it."""
    return frozenset(name for name, times in Counter(one.name for one in organizations).items() if times > 1)


@lru_cache(maxsize=1 << 14)
def _searched(names: str) -> str:
    """Return names as they are compared."""
    return fold(names)


def matching(organizations: Sequence[Organization], text: str) -> list[Organization]:
    """Return those whose names contain every word of a text, folded (臺 and 台 are one), or whose identifier begins with it."""
    words = [fold(word) for word in text.split()]
    if not words:
        return list(organizations)
    return [one for one in organizations if all(word in _searched(f"{one.name}|{one.name_en}") for word in words)
            or f"{one.oid}.".startswith(f"{text.strip().rstrip('.')}.")]
