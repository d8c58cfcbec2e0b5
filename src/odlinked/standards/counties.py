"""Which county a text stands for: its name in any writing of the code list, or a code of it or of a place within it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from odlinked.assets import Assets
from odlinked.folding import fold
from odlinked.namespaces import CODE, SKOS
from odlinked.rdf import vocabulary

FILE: Final = "ontologies/standards/county.ttl"
SCHEME: Final = CODE + "county"
LEAST: Final = 3
"""Fewer different counties are no column of counties."""

_NAMES: Final = frozenset({SKOS + "prefLabel", SKOS + "altLabel", SKOS + "notation"})
_WITHIN: Final = re.compile(r"(\d{5})(?:\d{3}(?:-?\d{3})?)")
"""The code of a township (eight digits) or village (eleven): the first five are the county's."""


class CountyCount(NamedTuple):
    """How often each county (code of five digits) is found, and how many values are none."""

    counts: Mapping[str, int]
    left: int


@dataclass(frozen=True)
class Counties:
    """The counties of the code list; it is read when the first text is asked for."""

    assets: Assets

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        """Folded name, code or IRI -> code of five digits."""
        found: dict[str, str] = {}
        for triple in vocabulary.read(self.assets, FILE, "reading the counties"):
            iri = str(getattr(triple.subject, "value", ""))
            if iri.startswith(SCHEME + "/") and triple.predicate.value in _NAMES:
                code = iri.rpartition("/")[2]
                found[fold(str(getattr(triple.object, "value", "")))] = found[iri] = code
        return found

    def code(self, text: str) -> str:
        """Return the code of the county that a text (a name, a code, an IRI of the code list) stands for, or ""."""
        known = self._codes.get(text) or self._codes.get(folded := fold(text))
        if known is None and (within := _WITHIN.fullmatch(folded)):
            known = self._codes.get(within[1])
        return known or ""

    def count(self, values: Iterable[tuple[str, int]]) -> CountyCount | None:
        """Return the counties among values and how often each is there; None unless they are most of the values, and three.

        A column of other things may have a county in it by chance: a postal code, a place in a list of countries.
        """
        found: Counter[str] = Counter()
        for text, often in values:
            found[self.code(text)] += often
        left = found.pop("", 0)
        return CountyCount(found, left) if len(found) >= LEAST and left <= found.total() else None
