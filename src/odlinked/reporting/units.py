"""The units in the order of a ministry's papers, by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets, shaped
from odlinked.folding import fold, plain
from odlinked.rdf import ask

NAMES: Final = "queries/reports/organizations.rq"
NAMED: Final = "queries/reports/units-named.rq"
ORDER: Final = "queries/reports/units.toml"
_ODD: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class UnitNames:
    """The names of organisations by IRI, the body above each, and the place each has in the papers: by the names of `order`,
    others after."""

    names: Mapping[str, str]
    order: tuple[str, ...]
    above: Mapping[str, str]

    @classmethod
    def of(cls, assets: Assets, documents: Iterable[bytes], settled: Sequence[str], datasets: Iterable[bytes] = ()) -> UnitNames:
        """Return the names that documents of organisations say, and of units that have none those that documents of `datasets`
        call them by; `settled` is the order of the settings, else the asset's."""
        rows = _asked(assets, NAMES, documents)
        named = sorted((row["organization"], row["name"]) for row in _asked(assets, NAMED, datasets))
        above = {row["organization"]: row["above"] for row in rows if "above" in row}
        found = sorted((row["organization"], row["name"]) for row in rows if "name" in row)
        return cls(dict(reversed(named)) | dict(reversed(found)), order(assets, settled), above)

    def name(self, iri: str) -> str:
        """Return the name of a unit, the last part of its IRI where none is known."""
        return self.names.get(iri, iri.rpartition("/")[2])

    def is_of(self, iri: str, ministry: str) -> bool | None:
        """True when a unit is the ministry of that name or below it, None where nothing is known above it."""
        chain = [iri]
        while (body := self.above.get(chain[-1])) and body not in chain:
            chain.append(body)
        named = fold(ministry) in {fold(self.name(one)) for one in chain}
        return named or (False if len(chain) > 1 else None)

    def place(self, iri: str) -> tuple[int, str, str]:
        """Return the sort key of a unit."""
        name = self.name(iri)
        return place(name, self.order), name, iri


def _asked(assets: Assets, question: str, documents: Iterable[bytes]) -> list[dict[str, str]]:
    store = ox.Store()
    store.bulk_load(b"".join(documents), format=ox.RdfFormat.N_TRIPLES)
    return list(ask.select(store, ask.load(assets, question)))


def order(assets: Assets, settled: Sequence[str]) -> tuple[str, ...]:
    """Return the folded names of units in the order of the papers: that of the settings, else of the asset."""
    with shaped("reading the order of units", ORDER):
        listed = settled or [name for names in tomllib.loads(assets.text(ORDER)).values() for name in names]
        return tuple(fold(name) for name in listed)


def place(name: str, names: Sequence[str]) -> int:
    """Return where a unit stands: by its whole name, or the end of it (經濟部商業司 is 商業司); after all if it is not listed."""
    folded = fold(name)
    exact = next((number for number, one in enumerate(names) if folded == one), None)
    return exact if exact is not None else next((number for number, one in enumerate(names) if folded.endswith(one)), len(names))


def file_name(kind: str, day: date, unit: tuple[str, str], taken: set[str]) -> str:
    """Return the name of the file of a unit (name, IRI), and add it to those `taken`: nothing in it leads out of its folder, and
    of two units that are called the same each has its own."""
    name, iri = unit
    said = _ODD.sub("_", plain(name))[:80].strip("._") or "none"
    own = f"{kind}-{day}-{said}.xlsx"
    if own.casefold() in taken:
        own = f"{kind}-{day}-{said}-{_ODD.sub('_', iri.rpartition('/')[2])[:80]}.xlsx"
    taken.add(own.casefold())
    return own
